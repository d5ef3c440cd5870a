// Package directory is the service that knows who there is: users, groups, the
// domain that holds them all, their credentials and their policy. It answers
// from memory and writes every change to the store with its journal entry.
//
// It promises that what it tells is what is stored, that a change is told to
// whoever watches, in order and outside of any lock, and that a secret never
// leaves it but as the answer to a proof.
//
// It knows no protocol; NTLM and passwords are checked by those who ask.
package directory

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"perch/chat"
)

// Config is what the service needs beside its store.
type Config struct {
	Domain string    // SIP domain of all users
	Rand   io.Reader // for salts; nil: crypto/rand
	Now    func() time.Time
	Log    *slog.Logger
}

// Service is the directory. It implements chat.Directory.
//
// Locks, in order: Service.change (held through a whole change), Service.mu,
// watchers.mu.
type Service struct {
	cfg    Config
	store  chat.Principals
	hasher hasher
	watch  watchers

	change sync.Mutex // serialises changes

	mu       sync.RWMutex // guards the fields below
	byID     map[chat.PrincipalID]*chat.Principal
	byURI    map[string]*chat.Principal
	byName   map[string]*chat.Principal
	groups   map[chat.PrincipalID][]chat.PrincipalID // member -> groups that hold it directly
	members  map[chat.PrincipalID][]chat.PrincipalID // group -> direct members
	policies map[chat.PrincipalID]bool               // EnablePersistentChat; 0 is the global policy
	domain   chat.PrincipalID
	cache    map[chat.PrincipalID][]chat.PrincipalID // affiliations; emptied by any change of groups
}

// Open reads everything, and makes the domain's principal if there is none.
func Open(ctx context.Context, cfg Config, store chat.Principals) (*Service, error) {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	s := &Service{
		cfg: cfg, store: store, hasher: newHasher(cfg.Rand),
		byID: map[chat.PrincipalID]*chat.Principal{}, byURI: map[string]*chat.Principal{}, byName: map[string]*chat.Principal{},
		groups: map[chat.PrincipalID][]chat.PrincipalID{}, members: map[chat.PrincipalID][]chat.PrincipalID{},
		policies: map[chat.PrincipalID]bool{0: true}, cache: map[chat.PrincipalID][]chat.PrincipalID{},
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	if p, ok := s.byName[strings.ToLower(cfg.Domain)]; ok && p.Kind == chat.KindDomain {
		s.domain = p.ID
		return s, nil
	}
	for _, p := range s.List(chat.KindDomain) {
		return nil, chat.E(chat.KindInvalid, fmt.Sprintf("the data folder is that of the domain %s, the configuration says %s: "+
			"set domain = %q, or name another data folder", p.Name, cfg.Domain, p.Name))
	}
	p := s.newPrincipal(chat.KindDomain, cfg.Domain, "")
	made, err := s.store.CreatePrincipals(ctx, []chat.Principal{p}, nil, []chat.Entry{s.entry(nil, &p)})
	if err != nil {
		return nil, err
	}
	s.putLocked(&made[0])
	s.domain = made[0].ID
	return s, nil
}

func (s *Service) load(ctx context.Context) error {
	principals, err := s.store.ListPrincipals(ctx)
	if err != nil {
		return err
	}
	memberships, err := s.store.ListMemberships(ctx)
	if err != nil {
		return err
	}
	policies, err := s.store.ListPolicies(ctx)
	if err != nil {
		return err
	}
	for i := range principals {
		s.putLocked(&principals[i])
	}
	for _, m := range memberships {
		s.groups[m.Member] = append(s.groups[m.Member], m.Group)
		s.members[m.Group] = append(s.members[m.Group], m.Member)
	}
	for _, p := range policies {
		s.policies[p.User] = p.EnablePersistentChat
	}
	return nil
}

func (s *Service) putLocked(p *chat.Principal) {
	if old := s.byID[p.ID]; old != nil {
		delete(s.byURI, old.URI)
		delete(s.byName, strings.ToLower(old.Name))
	}
	if p.State == chat.PrincipalDeleted {
		delete(s.byID, p.ID)
		return
	}
	s.byID[p.ID], s.byURI[p.URI], s.byName[strings.ToLower(p.Name)] = p, p, p
}

// newPrincipal makes one that is not stored yet. A user's address is
// sip:name@domain.
func (s *Service) newPrincipal(kind chat.PrincipalKind, name, display string) chat.Principal {
	now := chat.At(s.cfg.Now())
	p := chat.Principal{
		GUID: uuid.NewString(), Kind: kind, Name: name, DisplayName: display,
		Audit: chat.Audit{CreatedAt: now, UpdatedAt: now},
	}
	p.URI = "ma-grp:" + p.GUID + "@u.g"
	if kind == chat.KindUser {
		p.URI = "sip:" + name + "@" + strings.ToLower(s.cfg.Domain)
	}
	if p.DisplayName == "" {
		p.DisplayName = name
	}
	return p
}

// FindPrincipal finds by id; deleted ones are not found.
func (s *Service) FindPrincipal(id chat.PrincipalID) (chat.Principal, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.byID[id]
	if p == nil {
		return chat.Principal{}, false
	}
	return *p, true
}

// FindURI finds by canonical or differently written address ("SIP:Alice@X").
func (s *Service) FindURI(uri string) (chat.Principal, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.byURI[uri]
	if p == nil {
		p = s.byURI[strings.ToLower(uri)]
	}
	if p == nil {
		return chat.Principal{}, false
	}
	return *p, true
}

// Find resolves what an administrator typed: a name ("alice", "desk"), an
// address ("alice@example.test", "sip:..."), the domain's name or "everyone".
func (s *Service) Find(arg string) (chat.Principal, error) {
	a := strings.ToLower(strings.TrimSpace(arg))
	if a == "everyone" {
		a = strings.ToLower(s.cfg.Domain)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range [...]*chat.Principal{s.byName[a], s.byURI[a], s.byURI["sip:"+a]} {
		if p != nil {
			return *p, nil
		}
	}
	return chat.Principal{}, chat.E(chat.KindNoSuchPrincipal, "no user or group is named "+arg)
}

// List returns all principals of a kind by name.
func (s *Service) List(kind chat.PrincipalKind) []chat.Principal {
	s.mu.RLock()
	var out []chat.Principal
	for _, p := range s.byID {
		if p.Kind == kind {
			out = append(out, *p)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(out, func(a, b chat.Principal) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Affiliations returns, sorted, the principal itself and every group,
// container and domain that holds it, directly or through others. Groups that
// hold each other in a circle are followed once.
func (s *Service) Affiliations(id chat.PrincipalID) []chat.PrincipalID {
	s.mu.RLock()
	list, ok := s.cache[id]
	s.mu.RUnlock()
	if ok {
		return list
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if list, ok := s.cache[id]; ok {
		return list
	}
	seen := reach(id, s.groups)
	if p := s.byID[id]; p != nil && p.Kind == chat.KindUser {
		seen[s.domain] = true
	}
	list = slices.Sorted(maps.Keys(seen))
	s.cache[id] = list
	return list
}

// Members returns the users that the principal is or holds, sorted.
func (s *Service) Members(id chat.PrincipalID) []chat.PrincipalID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.PrincipalID
	if id == s.domain {
		for _, p := range s.byID {
			if p.Kind == chat.KindUser {
				out = append(out, p.ID)
			}
		}
	} else {
		for m := range reach(id, s.members) {
			if p := s.byID[m]; p != nil && p.Kind == chat.KindUser {
				out = append(out, m)
			}
		}
	}
	slices.Sort(out)
	return out
}

// reach is what can be reached from id along edges, id included.
func reach(id chat.PrincipalID, edges map[chat.PrincipalID][]chat.PrincipalID) map[chat.PrincipalID]bool {
	seen := map[chat.PrincipalID]bool{id: true}
	for todo := []chat.PrincipalID{id}; len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, other := range edges[next] {
			if !seen[other] {
				seen[other] = true
				todo = append(todo, other)
			}
		}
	}
	return seen
}

// Enabled says whether policy gives the user persistent chat.
func (s *Service) Enabled(id chat.PrincipalID) bool {
	p, _ := s.Policy(id)
	return p.EnablePersistentChat
}

// Domain is the principal that holds every user.
func (s *Service) Domain() chat.PrincipalID { return s.domain }
