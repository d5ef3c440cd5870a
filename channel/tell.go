package channel

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// lower is the GUID at the end of an address, as it is kept.
func lower(arg string) string { return strings.ToLower(arg[strings.LastIndexByte(arg, '/')+1:]) }

func refOf(r *chat.Room) RoomRef { return RoomRef{ID: r.ID, GUID: r.GUID, Name: r.Name} }

// tell gives everybody in a live room an event, in the room's order.
func (s *Service) tell(room chat.RoomID, e *Event) {
	if l := s.liveOf(room); l != nil {
		l.put(work{kind: workTell, event: e})
	}
}

// tellChanged tells everybody in a room how it is now (XCCOS 5.3).
func (s *Service) tellChanged(room chat.RoomID) {
	p, ok := s.catalog.placeOf(room)
	if !ok || s.liveOf(room) == nil {
		return
	}
	v := s.view(p, 0)
	s.tell(room, &Event{Kind: EventChanged, Room: refOf(p.Room), View: &v})
}

// invites says whether members of a room are invited (XCCOS 7.3).
func invites(c *chat.Category, r *chat.Room) bool {
	return c.Invitations && r.Invitations != chat.InvitationsOff
}

// Invitations are those of the user with an id above after, oldest first: the
// rooms whose member he has become, himself or through a group, since their
// invitations are on. They are computed from the roles as they are, not kept
// (XCCOS 7.3).
func (x *Session) Invitations(ctx context.Context, after chat.InvitationID) ([]Invitation, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	list := x.svc.invitations(&sub, after)
	if len(list) == 0 {
		return nil, nil
	}
	return list, x.svc.commits.record(ctx, []chat.Entry{x.inviteEntry(list)})
}

// inviteEntry says of what invitations the user is told.
func (x *Session) inviteEntry(list []Invitation) chat.Entry {
	type invited struct {
		ID   chat.InvitationID `json:"id"`
		Room string            `json:"room"`
	}
	all := make([]invited, len(list))
	for i := range list {
		all[i] = invited{list[i].ID, list[i].Room.Room.GUID}
	}
	var room chat.Room
	if len(list) == 1 {
		room = list[0].Room.Room
	}
	e := x.entry(chat.EntryInvite, &room)
	b, _ := json.Marshal(all) // numbers and strings
	e.Detail = string(b)
	return e
}

func (s *Service) invitations(sub *access.Subject, after chat.InvitationID) []Invitation {
	since := s.dir.AffiliatedSince(sub.User.ID)
	var out []Invitation
	for _, h := range s.catalog.memberships(since, after) {
		p, ok := s.catalog.placeOf(h.room)
		if !ok || p.Category == nil || p.Room.Disabled || !invites(p.Category, p.Room) ||
			h.since <= max(p.Room.InvitesFrom, p.Category.InvitesFrom) || !access.Decide(sub, access.See, p).Allowed {
			continue
		}
		out = append(out, Invitation{h.since, s.view(p, access.Mask(sub, p))})
	}
	return out
}

// newestInvitation is the greatest id of invitations, or least if there is none above.
func newestInvitation(list []Invitation, least chat.InvitationID) chat.InvitationID {
	for i := range list {
		least = max(least, list[i].ID)
	}
	return least
}

// inviteSessions tells a user's sessions of invitations that they were not told.
func (s *Service) inviteSessions(user chat.PrincipalID) {
	sessions := s.sessionsOf(user)
	sub, ok := s.subject(user)
	if !ok || len(sessions) == 0 {
		return
	}
	for _, x := range sessions {
		if x.opening.Commands {
			continue
		}
		x.mu.Lock()
		after := x.invited
		list := s.invitations(&sub, after)
		x.invited = newestInvitation(list, after)
		x.mu.Unlock()
		if len(list) == 0 {
			continue
		}
		events := make([]*Event, len(list))
		for i := range list {
			events[i] = &Event{Kind: EventInvited, Room: refOf(&list[i].Room.Room), Invitation: &list[i]}
		}
		s.commits.add(job{entries: []chat.Entry{x.inviteEntry(list)}, done: func(err error) {
			if err == nil && x.opening.Sink.Deliver(events) != nil {
				s.lose(x)
			}
		}})
	}
}

// inviteMembers tells whoever is signed in and became a member of a room.
func (s *Service) inviteMembers(id chat.RoomID) {
	p, ok := s.catalog.placeOf(id)
	if !ok || p.Category == nil || !invites(p.Category, p.Room) {
		return
	}
	s.mu.Lock()
	users := slices.Collect(maps.Keys(s.byUser))
	s.mu.Unlock()
	for _, u := range users {
		if access.Holds(p.Room.Members, s.dir.Affiliations(u)) {
			s.inviteSessions(u)
		}
	}
}

func (s *Service) sessionsOf(user chat.PrincipalID) []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Session(nil), s.byUser[user]...)
}
