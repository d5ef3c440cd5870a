package channel

import (
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/chat"
)

// addinContent is an add-in as the store keeps it.
type addinContent struct{ Name, URL string }

func addinOf(guid string, it shelved[addinContent]) chat.Addin {
	return chat.Addin{GUID: guid, Name: it.value.Name, URL: it.value.URL, Version: it.version}
}

// Addins lists the registered add-ins by name.
func (s *Service) Addins() []chat.Addin {
	var out []chat.Addin
	s.addins.each(func(guid string, it shelved[addinContent]) { out = append(out, addinOf(guid, it)) })
	return byName(out, func(a *chat.Addin) string { return a.Name })
}

// FindAddin finds an add-in by name or GUID.
func (s *Service) FindAddin(arg string) (chat.Addin, error) {
	for _, a := range s.Addins() {
		if a.GUID == strings.ToLower(arg) || foldName(a.Name) == foldName(arg) {
			return a, nil
		}
	}
	return chat.Addin{}, chat.E(chat.KindNoSuchObject, "no add-in is named "+arg)
}

func checkAddin(a *addinContent) error {
	a.Name = strings.TrimSpace(a.Name)
	switch n := utf8.RuneCountInString(a.Name); {
	case n == 0 || n > chat.MaxAddinName:
		return chat.E(chat.KindInvalid, "an add-in needs a name of up to 50 characters")
	case utf8.RuneCountInString(a.URL) > chat.MaxAddinURL:
		return chat.E(chat.KindInvalid, "an add-in's address may have 255 characters at most")
	}
	u, err := url.Parse(a.URL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https":
		return chat.E(chat.KindInvalid, "an add-in's address is like https://example.com/page, not "+a.URL)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		// Browsers show no such page inside one that came by HTTPS, and anybody on
		// the way could put another in its place.
		return chat.E(chat.KindInvalid, "an add-in's address begins with https:// (http:// on this machine only), not "+a.URL)
	}
	return nil
}

// loopback says whether a host is this machine by its name or address.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// CreateAddin registers an add-in.
func (s *Service) CreateAddin(ctx context.Context, name, address string) (chat.Addin, error) {
	return s.saveAddin(ctx, uuid.NewString(), 0, &addinContent{name, address}, nil)
}

// UpdateAddin changes an add-in's name or address; nil leaves it. A version that is
// not zero must be that of the stored one (KindCollision).
func (s *Service) UpdateAddin(ctx context.Context, arg string, version int64, name, address *string) (chat.Addin, error) {
	old, err := s.FindAddin(arg)
	if err != nil {
		return old, err
	}
	if version != 0 && version != old.Version {
		return old, chat.E(chat.KindCollision, "the add-in was changed by somebody else meanwhile: read it again")
	}
	was := addinContent{old.Name, old.URL}
	now := was
	set(&now.Name, name)
	set(&now.URL, address)
	return s.saveAddin(ctx, old.GUID, old.Version, &now, &was)
}

func (s *Service) saveAddin(ctx context.Context, guid string, version int64, now, was *addinContent) (chat.Addin, error) {
	if err := checkAddin(now); err != nil {
		return chat.Addin{}, err
	}
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	if other, err := s.FindAddin(now.Name); err == nil && other.GUID != guid {
		return chat.Addin{}, chat.E(chat.KindDuplicateAddin, "an add-in is named "+now.Name+" already")
	}
	err := save(ctx, s, s.addins, guid, 0, version, now, was)
	if err != nil {
		return chat.Addin{}, err
	}
	s.tellAddin(guid)
	it, _ := s.addins.find(guid)
	return addinOf(guid, it), nil
}

// DeleteAddin removes an add-in from the list; rooms that showed it show none.
func (s *Service) DeleteAddin(ctx context.Context, arg string) error {
	a, err := s.FindAddin(arg)
	if err != nil {
		return err
	}
	none := ""
	for _, r := range s.roomsWithAddin(a.GUID) {
		if _, err := s.UpdateRoom(ctx, r.GUID, RoomPatch{Addin: &none}); err != nil {
			return err
		}
	}
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	return remove(ctx, s, s.addins, a.GUID)
}

func (s *Service) roomsWithAddin(guid string) (out []*chat.Room) {
	sorted, _ := s.catalog.list()
	for _, n := range sorted {
		if n.room.Addin == guid {
			out = append(out, n.room)
		}
	}
	return out
}

// tellAddin tells the rooms that show an add-in that it has changed.
func (s *Service) tellAddin(guid string) {
	for _, r := range s.roomsWithAddin(guid) {
		s.tellChanged(r.ID)
	}
}

// save stores a value and puts it on its shelf. The caller holds catalog.change.
func save[T any](ctx context.Context, s *Service, on *shelf[T], guid string, owner chat.PrincipalID, version int64, now, was *T) error {
	o, err := object(on.kind, guid, owner, version, now)
	if err != nil {
		return err
	}
	stored, err := s.store.UpdateObjects(ctx, []chat.Object{o}, []chat.Entry{objectEntry(s, on.kind, guid, was, now)})
	if err != nil {
		return err
	}
	return on.put(&stored[0])
}

// remove deletes a value from the store and its shelf. The caller holds
// catalog.change.
func remove[T any](ctx context.Context, s *Service, on *shelf[T], guid string) error {
	it, ok := on.find(guid)
	if !ok {
		return chat.E(chat.KindNoSuchObject, "it is deleted already")
	}
	if err := s.store.DeleteObject(ctx, on.kind, guid, objectEntry(s, on.kind, guid, &it.value, nil)); err != nil {
		return err
	}
	on.drop(guid)
	return nil
}

// objectEntry is the journal's record of a change of an administered thing.
func objectEntry[T any](s *Service, kind chat.ObjectKind, name string, before, after *T) chat.Entry {
	b, err := json.Marshal(struct {
		Kind   chat.ObjectKind `json:"kind"`
		Name   string          `json:"name"`
		Before *T              `json:"before"`
		After  *T              `json:"after"`
	}{kind, name, before, after})
	if err != nil {
		b = nil // plain structs always marshal
	}
	return chat.Entry{Kind: chat.EntryObject, At: chat.At(s.cfg.Now()), Detail: string(b)}
}
