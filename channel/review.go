package channel

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"perch/chat"
	"perch/chat/access"
)

// reviewer looks again at who is in which room after a change of rights: of a
// principal, a room or a category. Who may no longer be there is put out; who may be
// there again and follows the room is told so. Changes that come while it works are
// remembered once each, so its queue is bounded by what there is.
type reviewer struct {
	wake chan struct{}
	quit chan struct{}

	mu      sync.Mutex                // guards the fields below
	people  map[chat.PrincipalID]bool // true: gone
	rooms   map[chat.RoomID]struct{}
	invites map[chat.RoomID]struct{} // rooms that may have new members
	walls   bool                     // people may have come to stand apart, or no longer do
}

func (r *reviewer) init() {
	r.wake, r.quit = make(chan struct{}, 1), make(chan struct{})
	r.clearLocked()
}

func (r *reviewer) clearLocked() {
	r.people, r.rooms, r.invites, r.walls = map[chat.PrincipalID]bool{}, map[chat.RoomID]struct{}{}, map[chat.RoomID]struct{}{}, false
}

// principalChanged takes a change from the directory. Where there are walls, it
// may concern what others may do, too.
func (s *Service) principalChanged(c chat.PrincipalChange) {
	if !c.Gone && !c.Rights {
		return
	}
	s.gather.namesChanged()
	if !s.wallShelf.empty() {
		s.reviewAll()
	}
	s.review.principal(c)
}

func (r *reviewer) principal(c chat.PrincipalChange) {
	r.mu.Lock()
	r.people[c.ID] = r.people[c.ID] || c.Gone
	r.mu.Unlock()
	r.nudge()
}

// wallsChanged takes a change of who stands apart, which may concern every room.
func (r *reviewer) wallsChanged() {
	r.mu.Lock()
	r.walls = true
	r.mu.Unlock()
	r.nudge()
}

// roomsChanged takes changes of rooms.
func (r *reviewer) roomsChanged(ids ...chat.RoomID) {
	r.mu.Lock()
	for _, id := range ids {
		r.rooms[id] = struct{}{}
	}
	r.mu.Unlock()
	r.nudge()
}

// invite takes rooms that may have new members.
func (r *reviewer) invite(rooms []chat.Room) {
	r.mu.Lock()
	for i := range rooms {
		r.invites[rooms[i].ID] = struct{}{}
	}
	r.mu.Unlock()
	r.nudge()
}

func (r *reviewer) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *reviewer) stop() { close(r.quit) }

func (r *reviewer) run(s *Service) {
	for {
		select {
		case <-r.quit:
			return
		case <-r.wake:
		}
		r.mu.Lock()
		people, rooms, invites, walls := r.people, r.rooms, r.invites, r.walls
		r.clearLocked()
		r.mu.Unlock()
		if walls {
			for _, room := range s.allRooms() {
				rooms[room.ID] = struct{}{}
			}
		}
		for id, gone := range people {
			s.reviewPerson(id, gone)
		}
		for id := range rooms {
			s.reviewRoom(id)
		}
		s.callBack(people, rooms)
		s.inviteTo(slices.Collect(maps.Keys(invites)))
		for id := range people {
			s.inviteSessions(id)
		}
		if walls {
			s.tellWalls()
		}
	}
}

// inviteTo tells people of rooms that they have become members of. After a
// change of many rooms everybody who is signed in is looked at once.
func (s *Service) inviteTo(rooms []chat.RoomID) {
	const many = 64
	if len(rooms) <= many {
		for _, id := range rooms {
			s.inviteMembers(id)
		}
		return
	}
	s.mu.Lock()
	users := slices.Collect(maps.Keys(s.byUser))
	s.mu.Unlock()
	for _, u := range users {
		s.inviteSessions(u)
	}
}

func (s *Service) reviewPerson(id chat.PrincipalID, gone bool) {
	if gone {
		s.forgetDeleted(id)
	}
	for _, x := range s.sessionsOf(id) {
		if gone || !s.dir.Enabled(id) {
			x.end(CauseRemoved)
			continue
		}
		x.mu.Lock()
		rooms := make([]*membership, 0, len(x.rooms))
		for _, m := range x.rooms {
			rooms = append(rooms, m)
		}
		x.mu.Unlock()
		for _, m := range rooms {
			s.reviewSeat(x, m)
		}
	}
}

// forgetDeleted brings the catalog up to date when the principal was deleted,
// not only disabled.
func (s *Service) forgetDeleted(id chat.PrincipalID) {
	if p, found := s.dir.FindPrincipal(id); !found || p.State == chat.PrincipalDeleted {
		s.catalog.forget(id)
	}
}

func (s *Service) reviewRoom(id chat.RoomID) {
	l := s.liveOf(id)
	if l == nil {
		return
	}
	seats := make(chan []*Session, 1)
	l.put(work{kind: workSeats, seats: func(all []*Session) { seats <- all }})
	for _, x := range <-seats {
		if m := x.joined(id); m != nil {
			s.reviewSeat(x, m)
		}
	}
}

// reviewSeat puts a session out of a room that its user may no longer be in,
// and otherwise brings his mask up to date.
func (s *Service) reviewSeat(x *Session, m *membership) {
	p, sub, err := x.decide(access.Join, m.guid)
	if err == nil {
		m.live.put(work{kind: workMask, session: x, mask: access.Mask(&sub, p)})
		return
	}
	e := x.entry(chat.EntryPart, &chat.Room{ID: m.live.ref.ID, GUID: m.guid, Name: m.live.ref.Name})
	e.Cause = string(CauseRemoved)
	s.commits.add(job{entries: []chat.Entry{e}})
	x.leave(m, true, nil)
}

// callBack tells sessions of rooms that their users follow, and may join, and that
// they are not in: the right was lost, and is there again. A session that is opened
// meanwhile asks what it follows when the rights are as they are now.
func (s *Service) callBack(people map[chat.PrincipalID]bool, rooms map[chat.RoomID]struct{}) {
	feeding := s.feeding()
	if len(feeding) == 0 {
		return
	}
	ctx := context.Background()
	for user := range people {
		if len(feeding[user]) == 0 {
			continue
		}
		marks, err := s.store.ListMarks(ctx, user)
		if err != nil {
			s.cfg.Log.Error("the rooms that a user follows cannot be read", slog.Any("error", err))
			continue
		}
		for i := range marks {
			if marks[i].Followed {
				s.callBackTo(marks[i].Room, feeding[user])
			}
		}
	}
	for room := range rooms {
		for _, user := range s.gather.followers(ctx, s, room) {
			s.callBackTo(room, feeding[user])
		}
	}
}

// feeding are the sessions that are told what their users follow.
func (s *Service) feeding() map[chat.PrincipalID][]*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[chat.PrincipalID][]*Session{}
	for x := range s.sessions {
		if x.opening.Feeds {
			out[x.user.ID] = append(out[x.user.ID], x)
		}
	}
	return out
}

func (s *Service) callBackTo(room chat.RoomID, sessions []*Session) {
	for _, x := range sessions {
		p, ok := s.catalog.placeOf(room)
		if !ok || x.Joined(room) {
			continue
		}
		if _, _, err := x.decide(access.Join, p.Room.GUID); err != nil {
			continue
		}
		if x.opening.Sink.Deliver([]*Event{{Kind: EventFollowed, Room: refOf(p.Room), Followed: true}}) != nil {
			s.lose(x)
		}
	}
}
