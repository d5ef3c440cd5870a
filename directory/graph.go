package directory

import (
	"cmp"
	"slices"

	"perch/chat"
)

// edge is a direct membership as one of its ends sees it.
type edge struct {
	to    chat.PrincipalID
	since chat.InvitationID
}

// edges finds the direct memberships of a principal in one direction.
type edges func(id chat.PrincipalID) []edge

// graph are all direct memberships. A list is never changed in place, so that
// one that was read can be kept.
type graph struct {
	up, down map[chat.PrincipalID][]edge // member -> groups, group -> members
}

func newGraph() graph {
	return graph{up: map[chat.PrincipalID][]edge{}, down: map[chat.PrincipalID][]edge{}}
}

func (g *graph) above(id chat.PrincipalID) []edge { return g.up[id] }
func (g *graph) below(id chat.PrincipalID) []edge { return g.down[id] }

// load takes what the store has.
func (g *graph) load(memberships []chat.Membership) {
	for _, m := range memberships {
		g.up[m.Member] = append(g.up[m.Member], edge{m.Group, m.Since})
		g.down[m.Group] = append(g.down[m.Group], edge{m.Member, m.Since})
	}
}

// add takes in memberships that are not there.
func (g *graph) add(list []chat.Membership) {
	for member, groups := range grouped(list, func(m chat.Membership) (chat.PrincipalID, edge) { return m.Member, edge{m.Group, m.Since} }) {
		g.up[member] = slices.Concat(g.up[member], groups)
	}
	for group, members := range grouped(list, func(m chat.Membership) (chat.PrincipalID, edge) { return m.Group, edge{m.Member, m.Since} }) {
		g.down[group] = slices.Concat(g.down[group], members)
	}
}

// remove forgets memberships; what is not there is no error.
func (g *graph) remove(list []chat.Membership) {
	for member, groups := range grouped(list, func(m chat.Membership) (chat.PrincipalID, edge) { return m.Member, edge{to: m.Group} }) {
		g.up[member] = without(g.up[member], groups)
	}
	for group, members := range grouped(list, func(m chat.Membership) (chat.PrincipalID, edge) { return m.Group, edge{to: m.Member} }) {
		g.down[group] = without(g.down[group], members)
	}
}

// grouped sorts memberships by one of their ends.
func grouped(list []chat.Membership, ends func(chat.Membership) (chat.PrincipalID, edge)) map[chat.PrincipalID][]edge {
	out := map[chat.PrincipalID][]edge{}
	for _, m := range list {
		id, e := ends(m)
		out[id] = append(out[id], e)
	}
	return out
}

// without is a list less the edges that lead where those of less do.
func without(list, less []edge) []edge {
	gone := make(map[chat.PrincipalID]bool, len(less))
	for _, e := range less {
		gone[e.to] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(e edge) bool { return gone[e.to] })
}

// reach is what can be reached from principals along edges, they included.
// Circles are followed once.
func reach(next edges, from ...chat.PrincipalID) []chat.PrincipalID {
	seen := make(map[chat.PrincipalID]struct{}, 256)
	out := make([]chat.PrincipalID, 0, 256)
	visit := func(id chat.PrincipalID) {
		if _, known := seen[id]; !known {
			seen[id] = struct{}{}
			out = append(out, id)
		}
	}
	for _, id := range from {
		visit(id)
	}
	for i := 0; i < len(out); i++ {
		for _, e := range next(out[i]) {
			visit(e.to)
		}
	}
	return out
}

// arrivals says of all that can be reached from a principal since when it can:
// over all ways, the smallest of what is the greatest number on a way. What can be
// reached first is looked at first, and then never again.
func arrivals(next edges, from chat.PrincipalID) map[chat.PrincipalID]chat.InvitationID {
	since := make(map[chat.PrincipalID]chat.InvitationID, 256)
	for todo := []edge{{to: from}}; len(todo) > 0; { // the latest first
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, known := since[at.to]; known {
			continue
		}
		since[at.to] = at.since
		for _, e := range next(at.to) {
			if _, known := since[e.to]; known {
				continue
			}
			e.since = max(e.since, at.since)
			i, _ := slices.BinarySearchFunc(todo, e.since, func(t edge, n chat.InvitationID) int { return cmp.Compare(n, t.since) })
			todo = slices.Insert(todo, i, e)
		}
	}
	return since
}
