package directory

import (
	"context"
	"slices"
	"strings"

	"perch/chat"
)

// GrantedTo lists the users who were granted a policy, sorted.
func (s *Service) GrantedTo(name string) []chat.PrincipalID {
	folded := strings.ToLower(name)
	if folded == "" {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.PrincipalID
	for user, g := range s.policies.grants {
		if g.policy == folded {
			out = append(out, user)
		}
	}
	slices.Sort(out)
	return out
}

// GrantPolicy grants users a tag policy, all or none of them; an empty name takes
// back what was granted, so that the nearest other one holds.
func (s *Service) GrantPolicy(ctx context.Context, users []chat.PrincipalID, name string) error {
	s.change.Lock()
	defer s.change.Unlock()
	if name != "" {
		p, err := s.FindPolicy(name)
		if err != nil {
			return err
		}
		if name = p.Name; !strings.HasPrefix(name, TagPrefix) {
			return chat.E(chat.KindInvalid, "only tag policies are granted to users; "+name+" holds for its scope")
		}
	}
	for _, user := range users {
		if p, ok := s.FindPrincipal(user); !ok || p.Kind != chat.KindUser {
			return chat.E(chat.KindNoSuchPrincipal, "policies are granted to users")
		}
	}
	users = slices.Compact(slices.Sorted(slices.Values(users)))
	return s.changePolicy(users, func() error { return s.storeGrants(ctx, users, name) })
}

// storeGrants gives users another grant, in one write; those who have it already
// keep it. Service.change is held.
func (s *Service) storeGrants(ctx context.Context, users []chat.PrincipalID, name string) error {
	folded := strings.ToLower(name)
	var objects []chat.Object
	var entries []chat.Entry
	for _, user := range users {
		old := s.policies.grants[user]
		if old.policy == folded {
			continue
		}
		p, _ := s.FindPrincipal(user)
		objects = append(objects, chat.Object{Kind: chat.ObjectGrant, Name: p.GUID, Owner: user, Version: old.version, Content: marshal(grantContent{name})})
		entries = append(entries, s.policyEntry(p.URI, s.policyName(old.policy), name))
	}
	if len(objects) == 0 {
		return nil
	}
	stored, err := s.store.UpdateObjects(ctx, objects, entries)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range stored {
		s.policies.grants[stored[i].Owner] = grant{folded, stored[i].Version}
	}
	return nil
}

// policyName is a policy's name as it is kept.
func (s *Service) policyName(folded string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if p := s.policies.byName[folded]; p != nil {
		return p.Name
	}
	return folded
}
