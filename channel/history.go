package channel

import (
	"context"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// History returns the newest n messages of a room, or the newest below the id
// before if that is not zero, oldest first, at most Limits.HistoryRequest; the
// read is in the journal before it returns. The room need not be joined; the
// right to read decides. A room whose category keeps no history has none. Who
// follows the room has read it up to here.
func (x *Session) History(ctx context.Context, guid string, before chat.MessageID, n int) (RoomRef, []chat.Message, error) {
	p, sub, err := x.decide(access.Read, strings.ToLower(guid))
	if p.Room == nil {
		return RoomRef{}, nil, err
	}
	ref := RoomRef{ID: p.Room.ID, GUID: p.Room.GUID, Name: p.Room.Name}
	if err != nil {
		if !p.Category.History && x.joined(p.Room.ID) != nil {
			return ref, nil, nil
		}
		return ref, nil, x.refuse(ctx, "read", access.Decide(&sub, access.Read, p), p.Room)
	}
	if n < 1 {
		return ref, nil, chat.E(chat.KindInvalid, "ask for one message or more")
	}
	n = min(n, x.svc.cfg.Limits.HistoryRequest)
	var messages []chat.Message
	if before == 0 {
		messages, err = x.svc.newest(ctx, p.Room.ID, n)
	} else {
		messages, err = x.svc.store.ListNewest(ctx, p.Room.ID, before, n)
	}
	if err != nil {
		return ref, nil, err
	}
	e := x.entry(chat.EntryHistory, p.Room)
	if len(messages) > 0 {
		e.Message, e.Last = messages[0].ID, messages[len(messages)-1].ID
	}
	if err := x.svc.commits.record(ctx, []chat.Entry{e}); err != nil {
		return ref, nil, err
	}
	if before == 0 && e.Last != 0 {
		x.svc.gather.readUpTo(x.user.ID, p.Room.ID, e.Last)
	}
	return ref, messages, nil
}

// newest reads from memory while the room is live, and else from the store.
func (s *Service) newest(ctx context.Context, id chat.RoomID, n int) ([]chat.Message, error) {
	l := s.liveOf(id)
	if l == nil {
		return s.store.ListNewest(ctx, id, 0, n)
	}
	l.history.Lock()
	messages, ok := l.newest.Last(n)
	age := l.newest.Age()
	l.history.Unlock()
	if ok {
		return messages, nil
	}
	keep := l.newest.Keep()
	messages, err := s.store.ListNewest(ctx, id, 0, max(n, keep))
	if err != nil {
		return nil, err
	}
	l.history.Lock()
	l.newest.Seed(messages[max(0, len(messages)-keep):], age)
	l.history.Unlock()
	return messages[max(0, len(messages)-n):], nil
}
