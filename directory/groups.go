package directory

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"

	"perch/chat"
)

// CreateGroup creates a group. Its name must differ from every user's.
func (s *Service) CreateGroup(ctx context.Context, name, display string) (chat.Principal, error) {
	return s.createHolder(ctx, chat.KindGroup, name, display)
}

// CreateContainer creates a directory container; it holds users, groups and
// containers as a group does.
func (s *Service) CreateContainer(ctx context.Context, name, display string) (chat.Principal, error) {
	return s.createHolder(ctx, chat.KindContainer, name, display)
}

func (s *Service) createHolder(ctx context.Context, kind chat.PrincipalKind, name, display string) (chat.Principal, error) {
	name = strings.TrimSpace(name)
	if err := CheckName(name); err != nil {
		return chat.Principal{}, err
	}
	if err := checkParticulars(display); err != nil {
		return chat.Principal{}, err
	}
	p := s.newPrincipal(kind, name, display)
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
	return s.endsLocked(s.graph.down[group])
}

// GroupsOf lists the groups that hold a principal directly, by name.
func (s *Service) GroupsOf(id chat.PrincipalID) []chat.Principal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.endsLocked(s.graph.up[id])
}

func (s *Service) endsLocked(list []edge) []chat.Principal {
	var out []chat.Principal
	for _, e := range list {
		if p := s.byID[e.to]; p != nil {
			out = append(out, p.Principal)
		}
	}
	slices.SortFunc(out, func(a, b chat.Principal) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Join puts members into a group or container: a group holds users and groups, a
// container holds containers, too. Leave takes them out.
func (s *Service) Join(ctx context.Context, group chat.PrincipalID, members ...chat.PrincipalID) error {
	return s.JoinVersion(ctx, group, 0, members...)
}

// MembersVersion is the version of what a group holds itself: another for other
// members. It has 53 bits, so that every client can keep it.
func (s *Service) MembersVersion(group chat.PrincipalID) int64 {
	s.mu.RLock()
	var ids []chat.PrincipalID
	for _, e := range s.graph.down[group] {
		ids = append(ids, e.to)
	}
	s.mu.RUnlock()
	slices.Sort(ids)
	h := fnv.New64a()
	var b [8]byte
	for _, id := range ids {
		_, _ = h.Write(binary.BigEndian.AppendUint64(b[:0], uint64(id))) // a hash takes everything
	}
	return int64(h.Sum64()>>11) | 1 // never zero, which stands for none
}

// checkVersion refuses a change of a group that does not hold any more what it held
// in a version. Service.change is held.
func (s *Service) checkVersion(group chat.PrincipalID, version int64) error {
	if version != 0 && version != s.MembersVersion(group) {
		return chat.E(chat.KindCollision, "the group's members were changed by somebody else meanwhile: read them again")
	}
	return nil
}

// JoinVersion is Join, and LeaveVersion Leave, of a group that still holds what it
// held in a version (KindCollision); zero: whatever it holds.
func (s *Service) JoinVersion(ctx context.Context, group chat.PrincipalID, version int64, members ...chat.PrincipalID) error {
	s.change.Lock()
	defer s.change.Unlock()
	g, err := s.holder(group)
	if err == nil {
		err = s.checkVersion(group, version)
	}
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := s.checkMember(&g, m); err != nil {
			return err
		}
	}
	return s.regroup(ctx, &g, memberships(group, members), nil)
}

// Leave takes members out of a group or container.
func (s *Service) Leave(ctx context.Context, group chat.PrincipalID, members ...chat.PrincipalID) error {
	return s.LeaveVersion(ctx, group, 0, members...)
}

// LeaveVersion is described with JoinVersion.
func (s *Service) LeaveVersion(ctx context.Context, group chat.PrincipalID, version int64, members ...chat.PrincipalID) error {
	s.change.Lock()
	defer s.change.Unlock()
	g, err := s.holder(group)
	if err == nil {
		err = s.checkVersion(group, version)
	}
	if err != nil {
		return err
	}
	return s.regroup(ctx, &g, nil, memberships(group, members))
}

// holder finds a group or container.
func (s *Service) holder(id chat.PrincipalID) (chat.Principal, error) {
	g, ok := s.FindPrincipal(id)
	if !ok || g.Kind != chat.KindGroup && g.Kind != chat.KindContainer {
		return g, chat.E(chat.KindNoSuchPrincipal, "no such group")
	}
	return g, nil
}

func (s *Service) checkMember(g *chat.Principal, member chat.PrincipalID) error {
	m, ok := s.FindPrincipal(member)
	switch {
	case !ok:
		return chat.E(chat.KindNoSuchPrincipal, "no such user or group")
	case member == g.ID || m.Kind == chat.KindDomain:
		return chat.E(chat.KindInvalid, "a group holds users and other groups, not itself nor the domain")
	case m.Kind == chat.KindContainer && g.Kind != chat.KindContainer:
		return chat.E(chat.KindInvalid, "a group cannot hold the container "+m.Name+": a container can")
	}
	return nil
}

func memberships(group chat.PrincipalID, members []chat.PrincipalID) []chat.Membership {
	list := make([]chat.Membership, len(members))
	for i, m := range members {
		list[i] = chat.Membership{Group: group, Member: m}
	}
	return list
}

// regroup stores and tells a change of what a group holds. Service.change is held.
func (s *Service) regroup(ctx context.Context, g *chat.Principal, add, remove []chat.Membership) error {
	var changed []chat.PrincipalID
	for _, m := range slices.Concat(add, remove) {
		changed = append(changed, m.Member)
	}
	cause := "joined"
	if add == nil {
		cause = "left"
	}
	added, err := s.store.UpdateMemberships(ctx, add, remove, []chat.Entry{s.memberEntry(g, cause, changed)})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.graph.remove(remove)
	s.graph.add(missing(&s.graph, added))
	s.staleLocked(changed)
	concerned := s.usersLocked(s.graph.below, changed...)
	s.mu.Unlock()
	s.tellRights(concerned)
	return nil
}

// memberEntry is the journal's record of who joined or left a group.
func (s *Service) memberEntry(g *chat.Principal, cause string, members []chat.PrincipalID) chat.Entry {
	uris := make([]string, len(members))
	for i, m := range members {
		p, _ := s.FindPrincipal(m)
		uris[i] = p.URI
	}
	e := s.entry(g, g)
	e.Cause, e.Detail = cause, marshal(map[string]any{"before": g, "after": g, "members": uris})
	return e
}

// staleLocked forgets the affiliations of principals and of all that they hold.
func (s *Service) staleLocked(ids []chat.PrincipalID) {
	s.era++
	for _, id := range reach(s.graph.below, ids...) {
		delete(s.cache, id)
	}
}

// unlinkLocked takes a deleted principal out of all groups and empties it. It
// returns the users whom it held.
func (s *Service) unlinkLocked(id chat.PrincipalID) (held []chat.PrincipalID) {
	s.staleLocked([]chat.PrincipalID{id})
	held = s.usersLocked(s.graph.below, id)
	var gone []chat.Membership
	for _, e := range s.graph.up[id] {
		gone = append(gone, chat.Membership{Group: e.to, Member: id})
	}
	for _, e := range s.graph.down[id] {
		gone = append(gone, chat.Membership{Group: id, Member: e.to})
	}
	s.graph.remove(gone)
	delete(s.graph.up, id)
	delete(s.graph.down, id)
	delete(s.policies.grants, id)
	return held
}

// tellRights tells that the rights of users may have changed.
func (s *Service) tellRights(users []chat.PrincipalID) {
	changes := make([]chat.PrincipalChange, len(users))
	for i, id := range users {
		changes[i] = chat.PrincipalChange{ID: id, Rights: true}
	}
	s.watch.tell(changes...)
}
