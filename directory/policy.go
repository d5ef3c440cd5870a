package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

// GlobalPolicy is the policy that holds where no nearer one does. TagPrefix
// begins the names of those that are granted to users.
const (
	GlobalPolicy = "global"
	TagPrefix    = "tag:"
)

// policyContent and grantContent are how the store keeps them. A grant that was
// taken back names no policy.
type policyContent struct {
	EnablePersistentChat bool
	Description          string
}

type grantContent struct{ Policy string }

// policies are all of them, and who has been granted which.
type policies struct {
	byName map[string]*chat.Policy // by folded name
	grants map[chat.PrincipalID]grant
}

type grant struct {
	policy  string // folded name, empty for none
	version int64
}

func (s *Service) loadPolicies(ctx context.Context) error {
	s.policies = policies{byName: map[string]*chat.Policy{}, grants: map[chat.PrincipalID]grant{}}
	list, err := s.store.ListObjects(ctx, chat.ObjectPolicy)
	if err != nil {
		return err
	}
	for i := range list {
		c, err := content[policyContent](&list[i])
		if err != nil {
			return err
		}
		s.putPolicyLocked(&list[i], c)
	}
	if list, err = s.store.ListObjects(ctx, chat.ObjectGrant); err != nil {
		return err
	}
	for i := range list {
		c, err := content[grantContent](&list[i])
		if err != nil {
			return err
		}
		s.policies.grants[list[i].Owner] = grant{strings.ToLower(c.Policy), list[i].Version}
	}
	return nil
}

// content reads what an object says.
func content[T any](o *chat.Object) (c T, err error) {
	if err = json.Unmarshal([]byte(o.Content), &c); err != nil {
		err = chat.Wrap(chat.KindDatabase, "reading the "+string(o.Kind)+" "+o.Name, err)
	}
	return c, err
}

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // plain structs always marshal
	}
	return string(b)
}

func (s *Service) putPolicyLocked(o *chat.Object, c policyContent) *chat.Policy {
	p := &chat.Policy{Name: o.Name, Description: c.Description, EnablePersistentChat: c.EnablePersistentChat, Version: o.Version}
	s.policies.byName[strings.ToLower(o.Name)] = p
	return p
}

// defaultPolicy is the global one until an administrator sets it: chat is this
// server's only job.
var defaultPolicy = chat.Policy{Name: GlobalPolicy, EnablePersistentChat: true}

// Policy is the policy that holds for a user (zero: for nobody in particular):
// the nearest of the one granted to him, the pool's, the site's, the global one.
func (s *Service) Policy(user chat.PrincipalID) chat.Policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.policyLocked(user)
}

func (s *Service) policyLocked(user chat.PrincipalID) chat.Policy {
	for _, name := range [...]string{s.policies.grants[user].policy, s.poolScope, s.siteScope, GlobalPolicy} {
		if p := s.policies.byName[name]; p != nil {
			return *p
		}
	}
	return defaultPolicy
}

// Policies lists all policies, the global one first and the others by name.
func (s *Service) Policies() []chat.Policy {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := []chat.Policy{defaultPolicy}
	for _, name := range slices.Sorted(maps.Keys(s.policies.byName)) {
		p := *s.policies.byName[name]
		if name == GlobalPolicy {
			out[0] = p
			continue
		}
		out = append(out, p)
	}
	return out
}

// FindPolicy finds a policy by name; a tag's name may leave the prefix out.
func (s *Service) FindPolicy(name string) (chat.Policy, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	folded := strings.ToLower(strings.TrimSpace(name))
	for _, n := range [...]string{folded, TagPrefix + folded} {
		if p := s.policies.byName[n]; p != nil {
			return *p, nil
		}
		if n == GlobalPolicy {
			return defaultPolicy, nil
		}
	}
	return chat.Policy{}, chat.E(chat.KindNoSuchObject, "no policy is named "+name)
}

// checkPolicyName checks a policy's name and returns it as it is kept. Sites and
// pools are named by the configuration, tags by administrators.
func checkPolicyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if strings.EqualFold(name, GlobalPolicy) {
		return GlobalPolicy, nil
	}
	scope, of, ok := strings.Cut(name, ":")
	if !ok {
		scope, of = "tag", name
	}
	scope, of = strings.ToLower(scope), strings.TrimSpace(of)
	switch {
	case of == "":
		return "", chat.E(chat.KindInvalid, "a policy needs a name")
	case scope == "tag":
		return TagPrefix + of, checkTag(of)
	case scope == "site" || scope == "pool":
		return scope + ":" + of, checkParticulars(of)
	}
	return "", chat.E(chat.KindInvalid, fmt.Sprintf("a policy is named global, site:NAME, pool:NAME or tag:NAME, not %q", name))
}

func checkTag(name string) error {
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" ._-", r) {
			continue
		}
		return chat.E(chat.KindInvalid, fmt.Sprintf("the name %q may hold letters a-z, digits, blanks, '.', '_' and '-'", name))
	}
	if len(name) > 64 {
		return chat.E(chat.KindInvalid, "the name of a policy has 64 characters at most")
	}
	return nil
}

// SetPolicy creates or changes a policy. A Version that is not zero must be the
// stored one (else KindCollision).
func (s *Service) SetPolicy(ctx context.Context, p chat.Policy) (chat.Policy, error) {
	name, err := checkPolicyName(p.Name)
	if err != nil {
		return p, err
	}
	if err := checkParticulars(p.Description); err != nil {
		return p, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	o := chat.Object{Kind: chat.ObjectPolicy, Name: name}
	var was *policyContent
	if old := s.policies.byName[strings.ToLower(name)]; old != nil {
		o.Name, o.Version, was = old.Name, old.Version, contentOf(old)
	}
	if p.Version != 0 && p.Version != o.Version {
		return p, chat.E(chat.KindCollision, "the policy was changed by somebody else meanwhile: read it again")
	}
	now := contentOf(&p)
	o.Content = marshal(now)
	err = s.changePolicy(s.governed(name), func() error {
		stored, err := s.store.UpdateObjects(ctx, []chat.Object{o}, []chat.Entry{s.policyEntry(o.Name, was, now)})
		if err != nil {
			return err
		}
		s.mu.Lock()
		p = *s.putPolicyLocked(&stored[0], *now)
		s.mu.Unlock()
		return nil
	})
	return p, err
}

func contentOf(p *chat.Policy) *policyContent {
	return &policyContent{p.EnablePersistentChat, p.Description}
}

func (s *Service) policyEntry(name string, before, after any) chat.Entry {
	return chat.Entry{
		Kind: chat.EntryPolicy, At: chat.At(s.cfg.Now()), Cause: name, Detail: marshal(map[string]any{"before": before, "after": after}),
	}
}

// DeletePolicy deletes a policy; the global one returns to its default. One that
// is granted to users is refused (KindNotEmpty), unless force takes the grants
// with it: they go first, and stay away if the store fails then.
func (s *Service) DeletePolicy(ctx context.Context, name string, force bool) error {
	s.change.Lock()
	defer s.change.Unlock()
	p, err := s.FindPolicy(name)
	if err != nil || p.Version == 0 { // the default is not stored
		return err
	}
	users := s.GrantedTo(p.Name)
	if len(users) > 0 && !force {
		return chat.E(chat.KindNotEmpty, fmt.Sprintf("the policy %s is granted (users: %d): grant them another, or take it from them by force", p.Name, len(users)))
	}
	return s.changePolicy(s.governed(p.Name), func() error {
		if err := s.storeGrants(ctx, users, ""); err != nil {
			return err
		}
		if err := s.store.DeleteObject(ctx, chat.ObjectPolicy, p.Name, s.policyEntry(p.Name, contentOf(&p), nil)); err != nil {
			return err
		}
		s.mu.Lock()
		delete(s.policies.byName, strings.ToLower(p.Name))
		s.mu.Unlock()
		return nil
	})
}

// governed are the users for whom a policy may hold, sorted.
func (s *Service) governed(name string) []chat.PrincipalID {
	if strings.HasPrefix(strings.ToLower(name), TagPrefix) {
		return s.GrantedTo(name)
	}
	return s.Members(s.domain)
}

// changePolicy makes a change that concerns users at most, and tells those for
// whom another value holds then. Service.change is held.
func (s *Service) changePolicy(users []chat.PrincipalID, change func() error) error {
	before := s.values(users)
	err := change()
	var concerned []chat.PrincipalID
	for i, on := range s.values(users) {
		if on != before[i] {
			concerned = append(concerned, users[i])
		}
	}
	s.tellRights(concerned)
	return err
}

// values are what policy gives each of the users.
func (s *Service) values(users []chat.PrincipalID) []bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]bool, len(users))
	for i, id := range users {
		out[i] = s.policyLocked(id).EnablePersistentChat
	}
	return out
}
