package chattest

import (
	"context"
	"slices"

	"perch/chat"
)

func (s *memory) ListMessages(ctx context.Context, room chat.RoomID, ids []chat.MessageID) ([]chat.Message, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Message
	for _, k := range s.readable(room, ids) {
		out = append(out, k.Message)
	}
	return out, nil
}

// readable are those of the given messages that can be read, by id.
func (s *memory) readable(room chat.RoomID, ids []chat.MessageID) []*kept {
	var out []*kept
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if list := s.messages[room]; id > 0 && int(id) <= len(list) && !list[id-1].hidden {
			out = append(out, &list[id-1])
		}
	}
	return out
}

func (s *memory) ChangeMessages(ctx context.Context, room chat.RoomID, ids []chat.MessageID, text *string, e chat.Entry) (int, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	r, ok := s.rooms[room]
	if !ok {
		return 0, chat.E(chat.KindNoSuchRoom, "")
	}
	e = completed(e, &r)
	e.Kind, e.Text, e.Rich, e.Last = chat.EntryRemove, "", "", 0
	if text != nil {
		e.Kind, e.Text = chat.EntryReplace, *text
	}
	list := s.readable(room, ids)
	for _, k := range list {
		if text != nil {
			k.Text, k.Rich, k.Replaced = *text, "", true
		}
		k.hidden = text == nil
		e.Message = k.ID
		s.revise(e)
	}
	return len(list), nil
}

func (s *memory) Purge(ctx context.Context, room chat.RoomID, until chat.Time, e chat.Entry) (int, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	r, ok := s.rooms[room]
	if !ok {
		return 0, chat.E(chat.KindNoSuchRoom, "")
	}
	e = completed(e, &r)
	e.Kind, e.Message, e.Last = chat.EntryPurge, 0, 0
	list := s.messages[room]
	for i := len(list); i > 0; i-- {
		if list[i-1].At <= until {
			list = list[:i]
			break
		}
		list = list[:i-1]
	}
	n := 0
	for i := range list {
		if k := &list[i]; !k.hidden {
			k.hidden = true
			if n++; n == 1 {
				e.Message = k.ID
			}
			e.Last = k.ID
		}
	}
	if n > 0 {
		s.revise(e)
	}
	return n, nil
}

// revise writes what was done to a room's messages.
func (s *memory) revise(e chat.Entry) {
	s.write(e)
	s.revised[e.Room] = s.journal[len(s.journal)-1].ID
}

func (s *memory) ListRevised(ctx context.Context, rooms []chat.RoomID) (map[chat.RoomID]chat.EntryID, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := map[chat.RoomID]chat.EntryID{}
	for _, id := range rooms {
		if at, ok := s.revised[id]; ok {
			out[id] = at
		}
	}
	return out, nil
}
