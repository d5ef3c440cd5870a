package directory

import (
	"context"
	"slices"
	"strings"

	"perch/chat"
)

// CreateGroup creates a group. Its name must differ from every user's.
func (s *Service) CreateGroup(ctx context.Context, name, display string) (chat.Principal, error) {
	name = strings.TrimSpace(name)
	if err := CheckName(name); err != nil {
		return chat.Principal{}, err
	}
	if err := checkParticulars(display); err != nil {
		return chat.Principal{}, err
	}
	p := s.newPrincipal(chat.KindGroup, name, display)
	made, err := s.create(ctx, []chat.Principal{p}, nil, []chat.Entry{s.entry(nil, &p)})
	if err != nil {
		return chat.Principal{}, err
	}
	return made[0], nil
}

// DirectMembers lists what a group holds itself, by name.
func (s *Service) DirectMembers(group chat.PrincipalID) []chat.Principal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.Principal
	for _, id := range s.members[group] {
		if p := s.byID[id]; p != nil {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(a, b chat.Principal) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// GroupsOf lists the groups that hold a principal directly, by name.
func (s *Service) GroupsOf(id chat.PrincipalID) []chat.Principal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.Principal
	for _, g := range s.groups[id] {
		if p := s.byID[g]; p != nil {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(a, b chat.Principal) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Join puts members, users or groups, into a group; Leave takes them out.
func (s *Service) Join(ctx context.Context, group chat.PrincipalID, members ...chat.PrincipalID) error {
	return s.regroup(ctx, group, members, true)
}

// Leave takes members out of a group.
func (s *Service) Leave(ctx context.Context, group chat.PrincipalID, members ...chat.PrincipalID) error {
	return s.regroup(ctx, group, members, false)
}

func (s *Service) regroup(ctx context.Context, group chat.PrincipalID, members []chat.PrincipalID, join bool) error {
	s.change.Lock()
	defer s.change.Unlock()
	g, ok := s.FindPrincipal(group)
	if !ok || g.Kind != chat.KindGroup {
		return chat.E(chat.KindNoSuchPrincipal, "no such group")
	}
	var concerned []chat.PrincipalID
	list := make([]chat.Membership, len(members))
	for i, m := range members {
		if m == s.domain || m == group {
			return chat.E(chat.KindInvalid, "a group holds users and other groups, not itself nor the domain")
		}
		list[i] = chat.Membership{Group: group, Member: m}
		concerned = append(concerned, s.Members(m)...)
	}
	e := s.entry(&g, &g)
	e.Cause = "joined"
	add, remove := list, []chat.Membership(nil)
	if !join {
		e.Cause = "left"
		add, remove = nil, list
	}
	if err := s.store.UpdateMemberships(ctx, add, remove, []chat.Entry{e}); err != nil {
		return err
	}
	s.mu.Lock()
	for _, m := range members {
		s.groups[m] = without(s.groups[m], group)
		s.members[group] = without(s.members[group], m)
		if join {
			s.groups[m] = append(s.groups[m], group)
			s.members[group] = append(s.members[group], m)
		}
	}
	clear(s.cache)
	s.mu.Unlock()
	s.tellRights(concerned)
	return nil
}

func without(list []chat.PrincipalID, id chat.PrincipalID) []chat.PrincipalID {
	return slices.DeleteFunc(list, func(x chat.PrincipalID) bool { return x == id })
}

// unlinkLocked takes a deleted principal out of all groups and empties it.
func (s *Service) unlinkLocked(id chat.PrincipalID) {
	for _, g := range s.groups[id] {
		s.members[g] = without(s.members[g], id)
	}
	for _, m := range s.members[id] {
		s.groups[m] = without(s.groups[m], id)
	}
	delete(s.groups, id)
	delete(s.members, id)
	delete(s.policies, id)
	clear(s.cache)
}

// tellRights tells that the rights of users may have changed.
func (s *Service) tellRights(users []chat.PrincipalID) {
	changes := make([]chat.PrincipalChange, len(users))
	for i, id := range users {
		changes[i] = chat.PrincipalChange{ID: id, Rights: true}
	}
	s.watch.tell(changes...)
}
