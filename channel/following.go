package channel

import (
	"context"
	"slices"

	"perch/chat"
	"perch/chat/access"
)

// News says what is new for a user in a room that he follows.
type News struct {
	Room RoomView
	Marked
}

// Follow says that the user wants to know what is new in a room, or no longer.
// What is there when he begins counts as read. Who may join a room may follow it,
// also one that keeps no history.
func (x *Session) Follow(ctx context.Context, guid string, on bool) error {
	p, sub, err := x.decide(access.Join, lower(guid))
	switch {
	case p.Room == nil:
		return err
	case err != nil && on: // anybody may stop
		return x.refuse(ctx, "follow", access.Decide(&sub, access.Join, p), p.Room)
	}
	return x.svc.follow(ctx, x.user.ID, []*chat.Room{p.Room}, on)
}

// Follows says whether the user follows a room that is there.
func (x *Session) Follows(ctx context.Context, guid string) (bool, error) {
	p, ok := x.svc.catalog.place(lower(guid))
	if !ok {
		return false, nil
	}
	m, err := x.svc.store.FindMark(ctx, x.user.ID, p.Room.ID)
	return m.Followed, err
}

// SetFollowed makes exactly the given rooms those that a user follows: a front
// end that learns of them elsewhere says so (XCCOS 12.2). Rooms that he may not
// join are left out.
func (s *Service) SetFollowed(ctx context.Context, user chat.PrincipalID, guids []string) error {
	sub, ok := s.subject(user)
	if !ok {
		return chat.E(chat.KindNoSuchPrincipal, "no such user")
	}
	var rooms []*chat.Room
	wanted := map[chat.RoomID]bool{}
	for _, guid := range guids {
		if p, ok := s.catalog.place(lower(guid)); ok && access.Decide(&sub, access.Join, p).Allowed {
			rooms = append(rooms, p.Room)
			wanted[p.Room.ID] = true
		}
	}
	marks, err := s.store.ListMarks(ctx, user)
	if err != nil {
		return err
	}
	var dropped []chat.Mark
	for _, m := range marks {
		if m.Followed && !wanted[m.Room] {
			m.Followed = false
			dropped = append(dropped, m)
		}
	}
	if len(dropped) > 0 {
		if err := s.store.UpdateMarks(ctx, dropped); err != nil {
			return err
		}
		s.gather.marksChanged(dropped)
		s.tellFollowed(dropped)
	}
	return s.follow(ctx, user, rooms, true)
}

func (s *Service) follow(ctx context.Context, user chat.PrincipalID, rooms []*chat.Room, on bool) error {
	var changed []chat.Mark
	for _, r := range rooms {
		m, err := s.store.FindMark(ctx, user, r.ID)
		if err != nil {
			return err
		}
		if m.Followed == on {
			continue
		}
		m.Followed = on
		if on && m.Read == 0 {
			if m.Read, err = s.store.Head(ctx, r.ID); err != nil {
				return err
			}
		}
		changed = append(changed, m)
	}
	if len(changed) == 0 {
		return nil
	}
	if err := s.store.UpdateMarks(ctx, changed); err != nil {
		return err
	}
	s.gather.marksChanged(changed)
	s.tellFollowed(changed)
	if !on {
		return nil
	}
	return s.backfill(ctx, user, changed)
}

// tellFollowed tells the sessions that want it what their user follows, or no
// longer.
func (s *Service) tellFollowed(marks []chat.Mark) {
	var events []*Event
	for i := range marks {
		if p, ok := s.catalog.placeOf(marks[i].Room); ok {
			events = append(events, &Event{Kind: EventFollowed, Room: refOf(p.Room), Followed: marks[i].Followed})
		}
	}
	for _, x := range s.sessionsOf(marks[0].User) {
		if x.opening.Feeds && x.opening.Sink.Deliver(events) != nil {
			s.lose(x)
		}
	}
}

// MarkRead says that the user has read a room's messages up to one; zero means
// all of them. It never goes back.
func (x *Session) MarkRead(ctx context.Context, guid string, upTo chat.MessageID) error {
	p, _, err := x.allow(ctx, "read", access.Join, lower(guid))
	if err != nil {
		return err
	}
	head, err := x.svc.store.Head(ctx, p.Room.ID)
	if err != nil {
		return err
	}
	if upTo <= 0 || upTo > head {
		upTo = head
	}
	return x.svc.read(ctx, x.user.ID, p.Room.ID, upTo)
}

// read moves a user's mark on.
func (s *Service) read(ctx context.Context, user chat.PrincipalID, room chat.RoomID, upTo chat.MessageID) error {
	m, err := s.store.FindMark(ctx, user, room)
	if err != nil || m.Read >= upTo {
		return err
	}
	m.Read = upTo
	if err := s.store.MoveMarks(ctx, []chat.Mark{m}); err != nil {
		return err
	}
	return s.tellRead(ctx, &m)
}

// tellRead tells the sessions that want it how much of a room their user has not
// read now.
func (s *Service) tellRead(ctx context.Context, m *chat.Mark) error {
	sessions := slices.DeleteFunc(s.sessionsOf(m.User), func(x *Session) bool { return !x.opening.Feeds })
	p, ok := s.catalog.placeOf(m.Room)
	if len(sessions) == 0 || !ok {
		return nil
	}
	head, err := s.store.Head(ctx, m.Room)
	if err != nil {
		return err
	}
	mentions, err := s.store.CountGathered(ctx, m.User, chat.Mentions, m.Room)
	if err != nil {
		return err
	}
	e := []*Event{{Kind: EventRead, Room: refOf(p.Room), Mark: unread(m, head, mentions)}}
	for _, x := range sessions {
		if x.opening.Sink.Deliver(e) != nil {
			s.lose(x)
		}
	}
	return nil
}

func unread(m *chat.Mark, head chat.MessageID, mentions map[chat.RoomID]int) Marked {
	return Marked{Head: head, Read: m.Read, Unread: int(max(0, head-m.Read)), Mentions: mentions[m.Room]}
}

// News lists the rooms that the user follows and may join, by name, with what
// is new in them: also after an absence, and without joining any.
func (x *Session) News(ctx context.Context) ([]News, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	marks, err := x.svc.store.ListMarks(ctx, x.user.ID)
	if err != nil {
		return nil, err
	}
	places := map[chat.RoomID]access.Place{}
	var rooms []chat.RoomID
	for _, m := range marks {
		p, ok := x.svc.catalog.placeOf(m.Room)
		if ok && m.Followed && p.Category != nil && access.Decide(&sub, access.Join, p).Allowed {
			places[m.Room], rooms = p, append(rooms, m.Room)
		}
	}
	heads, err := x.svc.store.ListHeads(ctx, rooms)
	if err != nil {
		return nil, err
	}
	mentions, err := x.svc.store.CountGathered(ctx, x.user.ID, chat.Mentions, 0)
	if err != nil {
		return nil, err
	}
	var out []News
	for i := range marks {
		if p, ok := places[marks[i].Room]; ok {
			out = append(out, News{x.svc.view(p, access.Mask(&sub, p)), unread(&marks[i], heads[marks[i].Room], mentions)})
		}
	}
	slices.SortFunc(out, func(a, b News) int { return compareFolded(a.Room.Name, b.Room.Name) })
	return out, nil
}

// Unread says what the user has not read of a room that he may join, followed or
// not.
func (x *Session) Unread(ctx context.Context, guid string) (n News, followed bool, err error) {
	p, sub, err := x.allow(ctx, "see", access.Join, lower(guid))
	if err != nil {
		return n, false, err
	}
	m, err := x.svc.store.FindMark(ctx, x.user.ID, p.Room.ID)
	if err != nil {
		return n, false, err
	}
	head, err := x.svc.store.Head(ctx, p.Room.ID)
	if err != nil {
		return n, false, err
	}
	mentions, err := x.svc.store.CountGathered(ctx, x.user.ID, chat.Mentions, p.Room.ID)
	return News{x.svc.view(p, access.Mask(&sub, p)), unread(&m, head, mentions)}, m.Followed, err
}

// Heads are the newest messages' ids of rooms that have any.
func (s *Service) Heads(ctx context.Context, rooms []RoomView) (map[chat.RoomID]chat.MessageID, error) {
	return s.store.ListHeads(ctx, idsOf(rooms))
}

// Revised is what changed the messages of rooms last, of those in which any were
// removed, replaced or purged. Whoever was not in a room when EventHistory was told,
// and has pages of it with an older Page.Revised, must read them again.
func (s *Service) Revised(ctx context.Context, rooms []RoomView) (map[chat.RoomID]chat.EntryID, error) {
	return s.store.ListRevised(ctx, idsOf(rooms))
}

func idsOf(rooms []RoomView) []chat.RoomID {
	ids := make([]chat.RoomID, len(rooms))
	for i := range rooms {
		ids[i] = rooms[i].ID
	}
	return ids
}
