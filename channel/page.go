package channel

import (
	"context"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// Where says which part of a room's history is asked for.
type Where int

const (
	Newest   Where = iota
	BeforeID       // the newest below ID
	AfterID        // the oldest above ID
	AroundID       // half of them up to ID, half behind it
	AtTime         // from the first that was posted at or after Time
)

// PageQuery asks for a part of a room's history.
type PageQuery struct {
	Where Where
	ID    chat.MessageID
	Time  chat.Time
	N     int // more than Limits.HistoryRequest: that many
}

// Page is a part of a room's history, oldest first.
type Page struct {
	Room         RoomRef
	Messages     []chat.Message
	Head         chat.MessageID // of the room
	First        chat.MessageID // the oldest that can be read, zero for none
	Revised      chat.EntryID   // what removed, replaced or purged messages of the room last, zero for none; see Service.Revised
	Older, Newer bool           // there are such that can be read
}

// Page reads a part of a room's history; the read is in the journal before it
// returns, and so is that it was refused. The room need not be joined; the right
// to read decides. A room that keeps no history shows none of it to those who may
// join it. It moves nobody's mark: who pages has not read everything.
func (x *Session) Page(ctx context.Context, guid string, q PageQuery) (Page, error) {
	p, sub, err := x.decide(access.Read, strings.ToLower(guid))
	if p.Room == nil {
		return Page{}, err
	}
	out := Page{Room: refOf(p.Room)}
	if err != nil && (p.Category.History || !access.Decide(&sub, access.Join, p).Allowed) {
		return out, x.refuse(ctx, "read", access.Decide(&sub, access.Read, p), p.Room)
	}
	// It is read before the messages: they are not older than it says.
	revised, err := x.svc.store.ListRevised(ctx, []chat.RoomID{p.Room.ID})
	if err != nil {
		return out, err
	}
	out.Revised = revised[p.Room.ID]
	if out.Head, err = x.svc.store.Head(ctx, p.Room.ID); err != nil || !p.Category.History {
		return out, err
	}
	if q.N < 1 {
		return out, chat.E(chat.KindInvalid, "ask for one message or more")
	}
	q.N = min(q.N, x.svc.cfg.Limits.HistoryRequest)
	if out.Messages, err = x.svc.part(ctx, p.Room.ID, &q); err != nil {
		return out, err
	}
	e := x.entry(chat.EntryHistory, p.Room)
	if n := len(out.Messages); n > 0 {
		e.Message, e.Last = out.Messages[0].ID, out.Messages[n-1].ID
	}
	if err := x.svc.surroundings(ctx, p.Room.ID, &q, &out); err != nil {
		return out, err
	}
	return out, x.svc.commits.record(ctx, []chat.Entry{e})
}

// part reads the messages that are asked for.
func (s *Service) part(ctx context.Context, room chat.RoomID, q *PageQuery) ([]chat.Message, error) {
	switch q.Where {
	case BeforeID:
		return s.store.ListNewest(ctx, room, max(q.ID, 1), q.N)
	case AfterID:
		return s.store.ListAfter(ctx, room, q.ID, q.N)
	case AroundID:
		older, err := s.store.ListNewest(ctx, room, q.ID+1, (q.N+1)/2)
		if err != nil || q.N == 1 {
			return older, err
		}
		newer, err := s.store.ListAfter(ctx, room, q.ID, q.N/2)
		return append(older, newer...), err
	case AtTime:
		id, err := s.store.FindAt(ctx, room, q.Time)
		if err != nil {
			return nil, err
		}
		return s.store.ListAfter(ctx, room, id-1, q.N)
	}
	return s.newest(ctx, room, q.N)
}

// surroundings says what there is beside the messages of a page.
func (s *Service) surroundings(ctx context.Context, room chat.RoomID, q *PageQuery, out *Page) error {
	first, err := s.store.ListAfter(ctx, room, 0, 1)
	if err != nil || len(first) == 0 {
		return err
	}
	out.First = first[0].ID
	n := len(out.Messages)
	if n == 0 { // all that can be read lies on one side of what was asked for
		out.Older = q.Where != BeforeID
		out.Newer = !out.Older
		return nil
	}
	out.Older = out.Messages[0].ID > out.First
	if last := out.Messages[n-1].ID; q.Where != Newest && last < out.Head {
		next, err := s.store.ListAfter(ctx, room, last, 1)
		if err != nil {
			return err
		}
		out.Newer = len(next) > 0
	}
	return nil
}

// Message reads one message; the read is in the journal before it returns.
// KindNoSuchObject: there is none that can be read.
func (x *Session) Message(ctx context.Context, guid string, id chat.MessageID) (RoomRef, chat.Message, error) {
	p, _, err := x.allow(ctx, "read", access.Read, strings.ToLower(guid))
	if err != nil {
		return RoomRef{}, chat.Message{}, err
	}
	ref := refOf(p.Room)
	list, err := x.svc.store.ListMessages(ctx, p.Room.ID, []chat.MessageID{id})
	if err != nil {
		return ref, chat.Message{}, err
	}
	if len(list) == 0 {
		return ref, chat.Message{}, chat.E(chat.KindNoSuchObject, "the room has no such message that can be read")
	}
	e := x.entry(chat.EntryHistory, p.Room)
	e.Message, e.Last = id, id
	return ref, list[0], x.svc.commits.record(ctx, []chat.Entry{e})
}

// Ref names the room with an id.
func (s *Service) Ref(id chat.RoomID) (RoomRef, bool) {
	p, ok := s.catalog.placeOf(id)
	if !ok {
		return RoomRef{}, false
	}
	return refOf(p.Room), true
}
