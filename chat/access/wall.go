package access

import (
	"slices"

	"perch/chat"
)

// Line is an ethical wall with both its sides. The lists are sorted and shared.
type Line struct {
	Wall *chat.Wall
	// A and B are the principals that hold somebody of one side; people on both
	// sides count for neither.
	A, B []chat.PrincipalID
	// Both are the people on both sides.
	Both []chat.PrincipalID
	// UpA and UpB are a side's group itself and what holds it.
	UpA, UpB []chat.PrincipalID
}

func (l *Line) a() Side {
	return Side{Wall: l.Wall, Own: l.A, Other: l.B, OtherUp: l.UpB, Astride: l.Both}
}

func (l *Line) b() Side {
	return Side{Wall: l.Wall, Own: l.B, Other: l.A, OtherUp: l.UpA, Astride: l.Both}
}

// Stand is where somebody stands at the wall; false: nowhere.
func (l *Line) Stand(affiliations []chat.PrincipalID) (Side, bool) {
	inA, inB := holds(affiliations, l.Wall.A), holds(affiliations, l.Wall.B)
	side := l.a()
	if !inA {
		side = l.b()
	}
	side.Both = inA && inB
	return side, inA || inB
}

// Refuses says whether the wall forbids that somebody has a role in a room, whose
// lists name him already (XCCOS 7.6): when it would keep him out, or when the room's
// lists name somebody of the other side. Of a group that holds people of both sides
// one side must be let in.
func (l *Line) Refuses(p Place, who chat.PrincipalID, affiliations []chat.PrincipalID) bool {
	a, b := l.a(), l.b()
	switch inA, inB := holds(l.A, who), holds(l.B, who); {
	case inA && inB:
		return a.bars(p) && b.bars(p)
	case inA:
		return a.bars(p) || a.opposed(p)
	case inB:
		return b.bars(p) || b.opposed(p)
	}
	side, ok := l.Stand(affiliations)
	return ok && side.Both && side.bars(p)
}

func holds(list []chat.PrincipalID, id chat.PrincipalID) bool {
	_, found := slices.BinarySearch(list, id)
	return found
}

// Side is where a user stands at one ethical wall. The lists are sorted and
// shared.
type Side struct {
	Wall *chat.Wall
	// Own and Other are the principals that hold somebody of the user's side,
	// or of the other side; people on both sides count for neither.
	Own, Other []chat.PrincipalID
	// OtherUp are the other side's group itself and what holds it: a category
	// that denies one of them holds nobody of that side.
	OtherUp []chat.PrincipalID
	// Astride are the people on both sides; Both says that the user is one of them.
	// A wall stands between them and everybody of either side.
	Astride []chat.PrincipalID
	Both    bool
}

// bars says whether the wall keeps the user out of a room (XCCOS 7.6). A room is
// held by the side that has a manager in it while the other has none. Where
// neither or both have, it is closed to whoever has the other side among those
// that may be in it. So no two people of both sides are ever in one room.
func (d *Side) bars(p Place) bool {
	if d.Both {
		return touches(p, d.Own) || touches(p, d.Other)
	}
	if has(p.Category.Denied, d.OtherUp) {
		return false
	}
	own, other := has(p.Room.Managers, d.Own), has(p.Room.Managers, d.Other)
	if own != other {
		return other
	}
	return touches(p, d.Other)
}

// opposed says whether a room's lists name somebody who is of the other side, and
// whom the category's scope does not keep out.
func (d *Side) opposed(p Place) bool {
	if has(p.Category.Denied, d.OtherUp) {
		return false
	}
	opponent := func(id chat.PrincipalID) bool { return holds(d.Other, id) && !holds(d.Own, id) }
	return slices.ContainsFunc(p.Room.Members, opponent) || slices.ContainsFunc(p.Room.Managers, opponent) || slices.ContainsFunc(p.Room.Presenters, opponent)
}

// touches says whether somebody of a side may be in a room or manages it.
func touches(p Place, side []chat.PrincipalID) bool {
	return has(p.Room.Members, side) || has(p.Room.Managers, side) || has(p.Room.Presenters, side) ||
		p.Room.Privacy == chat.Open && has(p.Category.Allowed, side)
}

// barring is the first wall that keeps the user out of a room, if any.
func (s *Subject) barring(p Place) *Side {
	if p.Room == nil {
		return nil
	}
	for i := range s.Sides {
		if s.Sides[i].bars(p) {
			return &s.Sides[i]
		}
	}
	return nil
}
