package channel

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/access"
)

// CategorySpec describes a category to create.
type CategorySpec struct {
	GUID                      string // of an imported category; empty: a new one
	Name, Description         string
	Invitations, Files        bool
	FileTypes                 []string // as in chat.Category
	NoHistory                 bool     // history is on unless this says otherwise
	Strict                    bool
	Retention                 string
	Allowed, Denied, Creators []chat.PrincipalID
}

// ListPatch changes a list of principals: what is in Add goes in, what is in
// Remove out; Clear empties it first.
type ListPatch struct {
	Clear       bool
	Add, Remove []chat.PrincipalID
}

func (p *ListPatch) apply(list []chat.PrincipalID) []chat.PrincipalID {
	if p.Clear {
		list = nil
	}
	out := append(slices.Clone(list), p.Add...)
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(id chat.PrincipalID) bool { return slices.Contains(p.Remove, id) })
}

// CategoryPatch changes a category; nil leaves a thing as it is.
type CategoryPatch struct {
	Version                     int64 // as in RoomPatch
	Name, Description           *string
	Invitations, Files, History *bool
	Strict                      *bool
	FileTypes                   *[]string
	Retention                   *string
	Allowed, Denied, Creators   ListPatch
}

// checkName checks a room's or category's name and returns it trimmed.
func checkName(name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return "", chat.E(chat.KindInvalid, "a name is needed")
	case len([]rune(name)) > chat.MaxNameLength:
		return "", chat.E(chat.KindInvalid, "a name may have 256 characters at most")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xFFFD }):
		return "", chat.E(chat.KindInvalid, "a name may not hold control characters")
	}
	return name, nil
}

func checkDescription(text string) error {
	if len([]rune(text)) > chat.MaxDescriptionLength {
		return chat.E(chat.KindInvalid, "a description may have 256 characters at most")
	}
	return nil
}

// Uses says in words where a principal is allowed, is denied, has a role or
// stands at a wall.
func (s *Service) Uses(id chat.PrincipalID) []string {
	out := s.catalog.uses(id)
	for _, w := range s.Walls() {
		if w.A == id || w.B == id {
			out = append(out, "a side of the wall "+w.Name)
		}
	}
	return out
}

// Categories lists all categories by name.
func (s *Service) Categories() []chat.Category {
	s.catalog.mu.RLock()
	out := make([]chat.Category, 0, len(s.catalog.categories))
	for _, c := range s.catalog.categories {
		out = append(out, *c)
	}
	s.catalog.mu.RUnlock()
	slices.SortFunc(out, func(a, b chat.Category) int { return strings.Compare(foldName(a.Name), foldName(b.Name)) })
	return out
}

// checkRetention checks the name of a retention class.
func checkRetention(class string) error {
	if len(class) > chat.MaxNameLength || strings.ContainsFunc(class, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '"' || r == 0xFFFD }) {
		return chat.E(chat.KindInvalid, "a retention class has a name without spaces and quotation marks")
	}
	return nil
}

// FindCategory finds a category by name or address (ma-cat://...).
func (s *Service) FindCategory(arg string) (chat.Category, error) {
	if c, ok := s.catalog.find(arg).(*chat.Category); ok {
		return *c, nil
	}
	if c, ok := s.catalog.category(lower(arg)); ok {
		return *c, nil
	}
	return chat.Category{}, chat.E(chat.KindNoSuchCategory, "no category is named "+arg)
}

// Retention is the retention class of a room's category, empty for none; known is
// false for a room that is not there.
func (s *Service) Retention(guid string) (class string, known bool) {
	p, ok := s.catalog.place(guid)
	if !ok {
		return "", false
	}
	return p.Category.Retention, true
}

// CreateCategory creates a category.
func (s *Service) CreateCategory(ctx context.Context, spec CategorySpec) (chat.Category, error) {
	name, err := checkName(spec.Name)
	if err != nil {
		return chat.Category{}, err
	}
	if err := checkDescription(spec.Description); err != nil {
		return chat.Category{}, err
	}
	if err := checkRetention(spec.Retention); err != nil {
		return chat.Category{}, err
	}
	types, err := access.CheckFileTypes(spec.FileTypes)
	if err != nil {
		return chat.Category{}, err
	}
	now := chat.At(s.cfg.Now())
	c := chat.Category{
		GUID: cmp.Or(spec.GUID, uuid.NewString()), Name: name, Description: spec.Description, InvitesFrom: chat.InvitesFromNow,
		Invitations: spec.Invitations, Files: spec.Files, History: !spec.NoHistory, Strict: spec.Strict, Retention: spec.Retention, FileTypes: types,
		Allowed: sorted(spec.Allowed), Denied: sorted(spec.Denied), Creators: sorted(spec.Creators),
		Audit: chat.Audit{CreatedAt: now, UpdatedAt: now},
	}
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	c, err = s.store.CreateCategory(ctx, c, chat.Entry{Kind: chat.EntryCat, At: now, Detail: detail(nil, &c)})
	if err != nil {
		return chat.Category{}, err
	}
	s.catalog.putCategory(c)
	return c, nil
}

func sorted(ids []chat.PrincipalID) []chat.PrincipalID {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}

// UpdateCategory changes a category; whoever its scope no longer holds is put
// out of its rooms.
func (s *Service) UpdateCategory(ctx context.Context, arg string, patch CategoryPatch) (chat.Category, error) {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	old, err := s.FindCategory(arg)
	if err != nil {
		return chat.Category{}, err
	}
	if patch.Version != 0 && patch.Version != old.Version {
		return chat.Category{}, chat.E(chat.KindCollision, "the category was changed by somebody else meanwhile: read it again")
	}
	c := old
	if patch.Name != nil {
		if c.Name, err = checkName(*patch.Name); err != nil {
			return chat.Category{}, err
		}
	}
	if patch.Description != nil {
		c.Description = *patch.Description
		if err := checkDescription(c.Description); err != nil {
			return chat.Category{}, err
		}
	}
	if patch.FileTypes != nil {
		if c.FileTypes, err = access.CheckFileTypes(*patch.FileTypes); err != nil {
			return chat.Category{}, err
		}
	}
	set(&c.Invitations, patch.Invitations)
	set(&c.Files, patch.Files)
	set(&c.History, patch.History)
	set(&c.Strict, patch.Strict)
	set(&c.Retention, patch.Retention)
	if err := checkRetention(c.Retention); err != nil {
		return chat.Category{}, err
	}
	if c.Invitations && !old.Invitations {
		c.InvitesFrom = chat.InvitesFromNow
	}
	c.Allowed, c.Denied, c.Creators = patch.Allowed.apply(c.Allowed), patch.Denied.apply(c.Denied), patch.Creators.apply(c.Creators)
	c.Audit.UpdatedBy, c.Audit.UpdatedAt = 0, chat.At(s.cfg.Now())
	c, err = s.store.UpdateCategory(ctx, c, chat.Entry{Kind: chat.EntryCat, At: c.Audit.UpdatedAt, Detail: detail(&old, &c)})
	if err != nil {
		return chat.Category{}, err
	}
	s.catalog.putCategory(c)
	s.reviewCategory(c.ID, old.Invitations != c.Invitations || old.Files != c.Files || old.History != c.History)
	return c, nil
}

func set[T any](at *T, to *T) {
	if to != nil {
		*at = *to
	}
}

// reviewCategory has all rooms of a category looked at; those in them are told if
// its switches have changed.
func (s *Service) reviewCategory(id chat.CategoryID, switched bool) {
	var rooms []chat.RoomID
	for _, room := range s.allRooms() {
		if room.Category != id {
			continue
		}
		rooms = append(rooms, room.ID)
		if switched {
			s.tellChanged(room.ID)
		}
	}
	s.review.roomsChanged(rooms...)
}

// DeleteCategory deletes a category that has no rooms.
func (s *Service) DeleteCategory(ctx context.Context, arg string) error {
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	c, err := s.FindCategory(arg)
	if err != nil {
		return err
	}
	if err := s.store.DeleteCategory(ctx, c.ID, chat.Entry{Kind: chat.EntryCat, At: chat.At(s.cfg.Now()), Detail: detail(&c, nil)}); err != nil {
		return err
	}
	s.catalog.dropCategory(c.ID)
	return nil
}
