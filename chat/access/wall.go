package access

import "perch/chat"

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
	// Both says that the user stands on both sides.
	Both bool
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
