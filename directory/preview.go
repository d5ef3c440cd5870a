package directory

import (
	"math"
	"slices"
	"sync"

	"perch/chat"
)

// newest is the Since of a membership that is not made yet.
const newest chat.InvitationID = math.MaxInt64

// preview is the directory as it would be after a change of memberships. It
// implements chat.Directory, changes nothing, and is asked and thrown away: what
// its own change leaves alone is that of the moment of the question.
type preview struct {
	*Service
	changed graph // lists that differ, whole

	cacheMu sync.Mutex // guards the field below
	cache   map[chat.PrincipalID][]chat.PrincipalID
}

// Preview shows the directory as it would be with memberships removed and added.
// Those that are not there yet have a Since above all others.
func (s *Service) Preview(add, remove []chat.Membership) chat.Directory {
	v := &preview{Service: s, changed: newGraph(), cache: map[chat.PrincipalID][]chat.PrincipalID{}}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, m := range slices.Concat(add, remove) {
		v.changed.up[m.Member], v.changed.down[m.Group] = s.graph.up[m.Member], s.graph.down[m.Group]
	}
	v.changed.remove(remove)
	fresh := missing(&v.changed, add)
	for i := range fresh {
		fresh[i].Since = newest
	}
	v.changed.add(fresh)
	return v
}

// missing are the memberships of a list that are not there, each once.
func missing(g *graph, list []chat.Membership) (out []chat.Membership) {
	seen := make(map[chat.Membership]bool, len(list))
	for _, m := range list {
		k := chat.Membership{Group: m.Group, Member: m.Member}
		if !seen[k] && !slices.ContainsFunc(g.up[m.Member], func(e edge) bool { return e.to == m.Group }) {
			out = append(out, m)
		}
		seen[k] = true
	}
	return out
}

// above and below look through the change at what is there. Service.mu is held.
func (v *preview) above(id chat.PrincipalID) []edge {
	if list, ok := v.changed.up[id]; ok {
		return list
	}
	return v.graph.up[id]
}

func (v *preview) below(id chat.PrincipalID) []edge {
	if list, ok := v.changed.down[id]; ok {
		return list
	}
	return v.graph.down[id]
}

// Affiliations returns what would hold a principal, sorted. The answers are kept,
// because a preview asks for the same users room by room.
func (v *preview) Affiliations(id chat.PrincipalID) []chat.PrincipalID {
	v.cacheMu.Lock()
	defer v.cacheMu.Unlock()
	list, ok := v.cache[id]
	if !ok {
		v.mu.RLock()
		list = v.affiliationsLocked(v.above, id)
		v.mu.RUnlock()
		v.cache[id] = list
	}
	return list
}

// AffiliatedSince says since when a user would belong to what would hold him.
func (v *preview) AffiliatedSince(user chat.PrincipalID) map[chat.PrincipalID]chat.InvitationID {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.affiliatedSinceLocked(v.above, user)
}

// Members returns the users that a principal is or would hold, sorted.
func (v *preview) Members(id chat.PrincipalID) []chat.PrincipalID {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.usersLocked(v.below, id)
}

// Watch never calls.
func (v *preview) Watch(func(chat.PrincipalChange)) (stop func()) { return func() {} }
