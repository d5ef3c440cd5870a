package channel

import (
	"context"
	"encoding/json"

	"perch/chat"
)

// MessageFilter picks messages of one room for an administrator.
type MessageFilter struct {
	Room          string // name or address
	Text          string // words; empty: all
	Match         chat.Match
	CaseSensitive bool
	Author        string // address; empty: anybody
	From, Until   chat.Time
}

// Replacement is the original's text for a message that was replaced.
const Replacement = "This message was replaced by the Persistent Chat administrator."

// FilterMessages lists the first messages that a filter picks, and how many it
// picks in all: what RemoveMessages and ReplaceMessages would change.
func (s *Service) FilterMessages(ctx context.Context, f MessageFilter, limit int) (chat.Found, error) {
	q, err := s.filter(&f)
	if err != nil {
		return chat.Found{}, err
	}
	q.Limit = max(1, min(limit, s.cfg.Limits.SearchResults))
	return s.store.Search(ctx, q)
}

func (s *Service) filter(f *MessageFilter) (chat.MessageSearch, error) {
	p, err := s.findPlace(f.Room)
	if err != nil {
		return chat.MessageSearch{}, err
	}
	h := HistorySearch{Text: f.Text, Match: f.Match, CaseSensitive: f.CaseSensitive, From: f.From, Until: f.Until}
	if f.Author != "" {
		h.Authors = []string{f.Author}
	}
	q, err := s.messageSearch(&h)
	q.Rooms = []chat.RoomID{p.Room.ID}
	return q, err
}

// RemoveMessages takes messages out of a room's history; ReplaceMessages gives
// them another text. Both leave the journal its record of what was posted. They
// return how many were changed. Each transaction changes up to changeBatch
// messages; one that was cut short is finished by calling again.
func (s *Service) RemoveMessages(ctx context.Context, f MessageFilter) (int, error) {
	return s.changeMessages(ctx, &f, nil)
}

// ReplaceMessages gives messages another text; see RemoveMessages. Messages that
// have that text already are left as they are.
func (s *Service) ReplaceMessages(ctx context.Context, f MessageFilter, text string) (int, error) {
	if err := s.checkText(&Post{Text: text}); err != nil {
		return 0, err
	}
	return s.changeMessages(ctx, &f, &text)
}

// HideMessages takes messages out of a room's history, by id, as RemoveMessages
// does. A room that is not there any more is no error.
func (s *Service) HideMessages(ctx context.Context, guid string, ids []chat.MessageID) error {
	r, err := s.FindRoom(guid)
	if chat.KindOf(err) == chat.KindNoSuchRoom {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.changeIDs(ctx, r.ID, ids, nil)
	return err
}

// changeBatch bounds one transaction, and with it how long a post may wait.
const changeBatch = 10_000

func (s *Service) changeMessages(ctx context.Context, f *MessageFilter, text *string) (int, error) {
	q, err := s.filter(f)
	if err != nil {
		return 0, err
	}
	q.Limit = changeBatch
	done := 0
	for {
		found, err := s.store.Search(ctx, q)
		if err != nil || len(found.Hits) == 0 {
			return done, err
		}
		var ids []chat.MessageID
		for i := range found.Hits {
			if m := &found.Hits[i]; text == nil || m.Text != *text || m.Rich != "" {
				ids = append(ids, m.ID)
			}
		}
		n, err := s.changeIDs(ctx, q.Rooms[0], ids, text)
		done += n
		if err != nil {
			return done, err
		}
		q.After = found.Hits[len(found.Hits)-1].ID
	}
}

func (s *Service) changeIDs(ctx context.Context, room chat.RoomID, ids []chat.MessageID, text *string) (int, error) {
	p, ok := s.catalog.placeOf(room)
	if !ok {
		return 0, chat.E(chat.KindNoSuchRoom, "the room was deleted meanwhile")
	}
	if len(ids) == 0 {
		return 0, nil
	}
	n, err := s.store.ChangeMessages(ctx, room, ids, text, administrator().entry("", chat.At(s.cfg.Now()), p.Room, ""))
	s.historyChanged(room)
	return n, err
}

// Purge takes every message of a room up to the last one that was posted at or
// before until out of its history, at once. The journal keeps them.
func (s *Service) Purge(ctx context.Context, arg string, until chat.Time) (int, error) {
	p, err := s.findPlace(arg)
	if err != nil {
		return 0, err
	}
	b, err := json.Marshal(map[string]any{"until": until})
	if err != nil {
		return 0, chat.Wrap(chat.KindUnknown, "journal", err)
	}
	n, err := s.store.Purge(ctx, p.Room.ID, until, administrator().entry(chat.EntryPurge, chat.At(s.cfg.Now()), p.Room, string(b)))
	s.historyChanged(p.Room.ID)
	return n, err
}

// historyChanged forgets what memory holds of a room's history, now and once
// more when the room's loop has taken in what was posted before; then it tells
// everybody in the room.
func (s *Service) historyChanged(room chat.RoomID) {
	l := s.liveOf(room)
	if l == nil {
		return
	}
	l.forget()
	l.put(work{kind: workForget})
	l.put(work{kind: workTell, event: &Event{Kind: EventHistory, Room: l.ref}})
}

func (l *liveRoom) forget() {
	l.history.Lock()
	defer l.history.Unlock()
	l.newest.Changed()
}
