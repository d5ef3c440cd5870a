package channel

import (
	"context"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// Join enters rooms, one Joined a room asked for, in that order. Joining a
// joined room again is answered again and announced to nobody. The joins are
// in the journal before it returns. One whose right ends meanwhile is answered with
// that, and EventRemoved is told as of anybody who is put out.
func (x *Session) Join(ctx context.Context, guids []string) []Joined {
	out := make([]Joined, len(guids))
	places := make([]access.Place, len(guids))
	masks := make([]chat.Permission, len(guids))
	var entries []chat.Entry
	for i, guid := range guids {
		out[i].GUID = guid
		p, sub, err := x.decide(access.Join, strings.ToLower(guid))
		if err != nil {
			out[i].Err = err
			if p.Room != nil {
				d := access.Decide(&sub, access.Join, p)
				entries = append(entries, x.denied("join", p.Room, d.Rule(), d.Reason()))
			}
			continue
		}
		places[i], masks[i] = p, access.Mask(&sub, p)
		if x.joined(p.Room.ID) == nil {
			entries = append(entries, x.entry(chat.EntryJoin, p.Room))
		}
	}
	err := x.svc.commits.record(ctx, entries)
	for i := range out {
		if out[i].Err == nil {
			out[i].Err = err
		}
		if out[i].Err != nil {
			continue
		}
		out[i].People, out[i].Err = x.enter(places[i], masks[i], len(guids) > 1)
		if out[i].Err == nil {
			out[i].Room, out[i].Err = x.settle(places[i].Room.GUID, masks[i])
		}
	}
	return out
}

// settle decides anew once the session has its seat, and says how the room is then:
// while the join waited for the disk, a review did not find it there. What differs
// is left to the reviewer, who alone changes seats, so that the last change is the
// one that holds; whatever comes later finds the seat.
func (x *Session) settle(guid string, had chat.Permission) (RoomView, error) {
	p, sub, err := x.decide(access.Join, guid)
	if err != nil {
		x.svc.review.principal(chat.PrincipalChange{ID: x.user.ID, Rights: true})
		return RoomView{}, err
	}
	mask := access.Mask(&sub, p)
	if mask != had {
		x.svc.review.principal(chat.PrincipalChange{ID: x.user.ID, Rights: true})
	}
	return x.svc.view(p, mask), nil
}

// enter takes the seat, and returns the participants by display order.
func (x *Session) enter(p access.Place, mask chat.Permission, batch bool) ([]Participant, error) {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil, chat.E(chat.KindForbidden, "the session has ended")
	}
	m := x.rooms[p.Room.ID]
	if m == nil {
		m = &membership{live: x.svc.hold(p.Room), guid: p.Room.GUID}
		x.rooms[p.Room.ID] = m
	}
	answer := make(chan map[chat.PrincipalID]chat.Permission, 1)
	m.live.put(work{kind: workJoin, session: x, mask: mask, batch: batch, joined: func(people map[chat.PrincipalID]chat.Permission) { answer <- people }})
	x.mu.Unlock()
	return x.svc.participants(<-answer), nil
}

// view is a room as a user with the given mask sees it.
func (s *Service) view(p access.Place, mask chat.Permission) RoomView {
	v := RoomView{
		Room: *p.Room, CategoryGUID: p.Category.GUID, CategoryName: p.Category.Name, Permission: mask,
		Logged: p.Category.History, Files: p.Category.Files,
		Invitations: invites(p.Category, p.Room), Strict: p.Category.Strict, Retention: p.Category.Retention, FileTypes: p.Category.FileTypes,
	}
	if it, ok := s.addins.find(p.Room.Addin); ok {
		v.Shows = addinOf(p.Room.Addin, it)
	}
	if l := s.liveOf(p.Room.ID); l != nil {
		v.Participants = int(l.people.Load())
	}
	v.CreatedByURI, v.UpdatedByURI = s.uriOf(p.Room.Audit.CreatedBy), s.uriOf(p.Room.Audit.UpdatedBy)
	return v
}

func (s *Service) uriOf(id chat.PrincipalID) string {
	p, _ := s.dir.FindPrincipal(id)
	return p.URI
}

// Part leaves a room (KindNotJoined if it was not joined).
func (x *Session) Part(ctx context.Context, guid string) (RoomRef, error) {
	p, ok := x.svc.catalog.place(strings.ToLower(guid))
	if !ok {
		return RoomRef{}, chat.E(chat.KindNoSuchRoom, "")
	}
	m := x.joined(p.Room.ID)
	if m == nil {
		return RoomRef{}, chat.E(chat.KindNotJoined, "")
	}
	e := x.entry(chat.EntryPart, p.Room)
	e.Cause = string(CauseLeft)
	if err := x.svc.commits.record(ctx, []chat.Entry{e}); err != nil {
		return RoomRef{}, err
	}
	done := make(chan struct{})
	if !x.leave(m, false, func() { close(done) }) {
		return m.live.ref, nil
	}
	<-done
	return m.live.ref, nil
}

// leave gives the seat up; false if somebody else just did.
func (x *Session) leave(m *membership, removed bool, done func()) bool {
	x.mu.Lock()
	if x.rooms[m.live.ref.ID] != m {
		x.mu.Unlock()
		return false
	}
	delete(x.rooms, m.live.ref.ID)
	m.live.put(work{kind: workPart, session: x, removed: removed, done: func() {
		x.svc.release(m.live)
		if done != nil {
			done()
		}
	}})
	x.mu.Unlock()
	return true
}
