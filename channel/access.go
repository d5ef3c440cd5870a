package channel

import (
	"context"

	"perch/chat"
	"perch/chat/access"
)

// Right is what one user may do in one room, each with the rule that says so.
type Right struct {
	User      chat.Principal
	Room      RoomView // Permission is the user's
	Decisions map[access.Action]access.Decision
}

// Rights lists what users may do in rooms, by room and user, leaving out those
// who may nothing: for whoever has to prove who could read what. No user means
// all of them, no room likewise. It stops when each says so.
func (s *Service) Rights(user chat.PrincipalID, room string, each func(Right) bool) error {
	users := []chat.PrincipalID{user}
	if user == 0 {
		users = users[:0]
		for _, p := range s.dir.SearchPrincipals("") {
			if p.Kind == chat.KindUser {
				users = append(users, p.ID)
			}
		}
	}
	rooms := s.allRooms()
	if room != "" {
		p, err := s.findPlace(room)
		if err != nil {
			return err
		}
		rooms = []*chat.Room{p.Room}
	}
	for _, r := range rooms {
		p, ok := s.catalog.placeOf(r.ID)
		if !ok || p.Category == nil {
			continue
		}
		for _, id := range users {
			if right, some := s.right(id, p); some && !each(right) {
				return nil
			}
		}
	}
	return nil
}

// roomActions are those that a right in a room is made of.
var roomActions = [...]access.Action{access.See, access.Join, access.Read, access.Post, access.Upload, access.Download, access.Manage}

func (s *Service) right(user chat.PrincipalID, p access.Place) (r Right, some bool) {
	sub, ok := s.subject(user)
	if !ok {
		return r, false
	}
	r = Right{User: sub.User, Decisions: map[access.Action]access.Decision{}}
	for _, a := range roomActions {
		d := access.Decide(&sub, a, p)
		r.Decisions[a] = d
		some = some || d.Allowed
	}
	if some {
		r.Room = s.view(p, access.Mask(&sub, p))
	}
	return r, some
}

// May is what somebody may do in a room now.
type May struct{ Join, Read, Post, Upload, Download, Manage bool }

// May says what the session's user may do in rooms, one answer each.
func (x *Session) May(rooms []RoomView) ([]May, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	out := make([]May, len(rooms))
	for i := range rooms {
		p, ok := x.svc.catalog.placeOf(rooms[i].ID)
		if !ok || p.Category == nil {
			continue
		}
		may := func(a access.Action) bool { return access.Decide(&sub, a, p).Allowed }
		out[i] = May{may(access.Join), may(access.Read), may(access.Post), may(access.Upload), may(access.Download), may(access.Manage)}
	}
	return out, nil
}

// Explain answers, for every action, whether the session's user may do it in a room
// that he sees, and why.
func (x *Session) Explain(ctx context.Context, guid string) (map[access.Action]access.Decision, error) {
	v, err := x.Room(ctx, guid)
	if err != nil {
		return nil, err
	}
	out := map[access.Action]access.Decision{}
	for _, a := range access.Actions() {
		if out[a], err = x.svc.Explain(x.user.ID, a, v.GUID); err != nil {
			return nil, err
		}
	}
	return out, nil
}
