package chattest

import (
	"context"

	"perch/chat"
)

func (s *memory) EraseEntries(ctx context.Context, ids []chat.EntryID) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, id := range ids {
		if id < 1 || int(id) > len(s.journal) || s.journal[id-1].ID == 0 {
			continue
		}
		e := &s.journal[id-1]
		e.Text, e.Rich, e.Cause, e.Detail = "", "", "", ""
		if list := s.messages[e.Room]; e.Kind == chat.EntryPost && int(e.Message) <= len(list) {
			k := &list[e.Message-1]
			k.Text, k.Rich, k.hidden = "", "", true
		}
	}
	return nil
}

func (s *memory) TrimJournal(ctx context.Context, before chat.Time, most int, made func(first, last chat.EntryID) (chat.Entry, error)) (int, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	var old []*chat.Entry
	for i := range max(0, len(s.journal)-1) {
		e := &s.journal[i]
		if e.At >= before && e.ID != 0 || len(old) == most {
			break
		}
		if e.ID != 0 && (e.Kind != chat.EntryPost || len(s.readable(e.Room, []chat.MessageID{e.Message})) == 0) {
			old = append(old, e)
		}
	}
	if len(old) == 0 {
		return 0, nil
	}
	e, err := made(old[0].ID, old[len(old)-1].ID)
	if err != nil {
		return 0, err
	}
	for _, o := range old {
		*o = chat.Entry{} // a place that is empty
	}
	s.write(e)
	return len(old), nil
}
