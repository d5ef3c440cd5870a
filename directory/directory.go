// Package directory is the service that knows who there is: users, groups, the
// domain that holds them all, their credentials, tokens and policy. It answers
// from memory and writes every change to the store with its journal entry.
//
// It promises that what it tells is what is stored, that a change is told to
// whoever watches, in order and outside of any lock, and that a secret never
// leaves it but as the answer to a proof.
//
// It knows no protocol; NTLM and passwords are checked by those who ask.
package directory

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
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
	Site   string    // the server's site; empty: Default
	Pool   string    // its pool; empty: the domain
	Rand   io.Reader // for salts; nil: crypto/rand
	// Lockout is what failed passwords cost.
	Lockout Lockout
	Now     func() time.Time
	Log     *slog.Logger
}

// Store is what the directory keeps its things in.
type Store interface {
	chat.Principals
	chat.Objects
	chat.Passes
	chat.Lockouts
}

// Service is the directory. It implements chat.Directory.
//
// Locks, in order: Service.change (held through a whole change), preview.cacheMu,
// Service.mu, watchers.mu. What Service.mu guards is written with Service.change
// held, too.
type Service struct {
	cfg    Config
	store  Store
	hasher hasher
	watch  watchers

	failures failures
	lockouts sync.Mutex // keeps in order what is counted of failures and what is stored of them

	// The folded names of the policies of this server's pool and site.
	poolScope, siteScope string

	change sync.Mutex // serialises changes

	mu       sync.RWMutex // guards the fields below
	byID     map[chat.PrincipalID]*known
	byURI    map[string]*known
	byGUID   map[string]*known // in lower case
	byName   map[string]*known // by folded name
	graph    graph
	policies policies
	domain   chat.PrincipalID
	era      int                                     // grows with every change of graph
	cache    map[chat.PrincipalID][]chat.PrincipalID // affiliations in this era
}

// known is a principal in memory. It is replaced, never changed.
type known struct {
	chat.Principal
	folded string // its name, without case
	search string // see searchText
}

// Open reads everything, and makes the domain's principal if there is none.
func Open(ctx context.Context, cfg Config, store Store) (*Service, error) {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	s := &Service{
		cfg: cfg, store: store, hasher: newHasher(cfg.Rand), graph: newGraph(),
		cache: map[chat.PrincipalID][]chat.PrincipalID{}, failures: failures{Lockout: cfg.Lockout},
	}
	s.siteScope = "site:" + strings.ToLower(cmp.Or(cfg.Site, "Default"))
	s.poolScope = "pool:" + strings.ToLower(cmp.Or(cfg.Pool, cfg.Domain))
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
	lockouts, err := s.store.ListLockouts(ctx, chat.At(s.cfg.Now()))
	if err != nil {
		return err
	}
	s.failures.restore(lockouts)
	memberships, err := s.store.ListMemberships(ctx)
	if err != nil {
		return err
	}
	n := len(principals)
	s.byID, s.byURI, s.byName = make(map[chat.PrincipalID]*known, n), make(map[string]*known, n), make(map[string]*known, n)
	s.byGUID = make(map[string]*known, n)
	for i := range principals {
		s.putLocked(&principals[i])
	}
	s.graph.load(memberships)
	return s.loadPolicies(ctx)
}

func (s *Service) putLocked(p *chat.Principal) {
	if old := s.byID[p.ID]; old != nil {
		delete(s.byURI, old.URI)
		delete(s.byGUID, strings.ToLower(old.GUID))
		delete(s.byName, old.folded)
	}
	if p.State == chat.PrincipalDeleted {
		delete(s.byID, p.ID)
		return
	}
	k := &known{Principal: *p, folded: strings.ToLower(p.Name), search: searchText(p)}
	s.byID[k.ID], s.byURI[k.URI], s.byName[k.folded], s.byGUID[strings.ToLower(k.GUID)] = k, k, k, k
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
	return p.Principal, true
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
	return p.Principal, true
}

// FindGUID finds by GUID; deleted ones are not found.
func (s *Service) FindGUID(guid string) (chat.Principal, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p := s.byGUID[strings.ToLower(guid)]
	if p == nil {
		return chat.Principal{}, false
	}
	return p.Principal, true
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
	for _, p := range [...]*known{s.byName[a], s.byURI[a], s.byURI["sip:"+a]} {
		if p != nil {
			return p.Principal, nil
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
			out = append(out, p.Principal)
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
	list, cached := s.cache[id]
	if !cached {
		list = s.affiliationsLocked(s.graph.above, id)
	}
	era, exists := s.era, s.byID[id] != nil
	s.mu.RUnlock()
	if cached || !exists {
		return list
	}
	s.mu.Lock()
	if s.era == era { // else the answer is that of a moment ago
		s.cache[id] = list
	}
	s.mu.Unlock()
	return list
}

func (s *Service) affiliationsLocked(above edges, id chat.PrincipalID) []chat.PrincipalID {
	list := reach(above, id)
	if s.byID[id] != nil && id != s.domain { // groups and containers lie in the domain, too
		list = append(list, s.domain)
	}
	slices.Sort(list)
	return slices.Clone(list) // which has no room left over
}

// AffiliatedSince says since when a user belongs to each of his affiliations:
// over all ways by which he does, the smallest of what is the greatest number on
// a way. Zero for himself and for the domain.
func (s *Service) AffiliatedSince(user chat.PrincipalID) map[chat.PrincipalID]chat.InvitationID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.affiliatedSinceLocked(s.graph.above, user)
}

func (s *Service) affiliatedSinceLocked(above edges, user chat.PrincipalID) map[chat.PrincipalID]chat.InvitationID {
	since := arrivals(above, user)
	if s.byID[user] != nil {
		since[s.domain] = 0
	}
	return since
}

// Members returns the users that the principal is or holds, sorted.
func (s *Service) Members(id chat.PrincipalID) []chat.PrincipalID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.usersLocked(s.graph.below, id)
}

// usersLocked are the users that principals are or hold, sorted.
func (s *Service) usersLocked(below edges, ids ...chat.PrincipalID) []chat.PrincipalID {
	var out []chat.PrincipalID
	if slices.Contains(ids, s.domain) {
		for id, p := range s.byID {
			if p.Kind == chat.KindUser {
				out = append(out, id)
			}
		}
	} else {
		for _, id := range reach(below, ids...) {
			if p := s.byID[id]; p != nil && p.Kind == chat.KindUser {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Enabled says whether policy gives the user persistent chat.
func (s *Service) Enabled(id chat.PrincipalID) bool {
	return s.Policy(id).EnablePersistentChat
}

// Domain is the principal that holds every user.
func (s *Service) Domain() chat.PrincipalID { return s.domain }
