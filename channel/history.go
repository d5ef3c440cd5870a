package channel

import (
	"context"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// History returns the newest n messages of a room, oldest first, at most
// Limits.HistoryRequest; the read is in the journal before it returns. The
// room need not be joined; the right to read decides. A room whose category
// keeps no history has none.
func (x *Session) History(ctx context.Context, guid string, n int) (RoomRef, []chat.Message, error) {
	p, _, err := x.decide(access.Read, strings.ToLower(guid))
	if p.Room == nil {
		return RoomRef{}, nil, err
	}
	ref := RoomRef{ID: p.Room.ID, GUID: p.Room.GUID, Name: p.Room.Name}
	if err != nil {
		if !p.Category.History && x.joined(p.Room.ID) != nil {
			return ref, nil, nil
		}
		return ref, nil, err
	}
	if n < 1 {
		return ref, nil, chat.E(chat.KindInvalid, "ask for one message or more")
	}
	messages, err := x.svc.newest(ctx, p.Room.ID, min(n, x.svc.cfg.Limits.HistoryRequest))
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
	l.history.Unlock()
	if ok {
		return messages, nil
	}
	messages, err := s.store.ListNewest(ctx, id, 0, max(n, s.cfg.Limits.DefaultHistory))
	if err != nil {
		return nil, err
	}
	l.history.Lock()
	l.newest.Seed(messages[max(0, len(messages)-s.cfg.Limits.DefaultHistory):])
	l.history.Unlock()
	return messages[max(0, len(messages)-n):], nil
}
