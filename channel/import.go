package channel

import (
	"context"

	"perch/chat"
)

// ImportMessages stores messages that were posted elsewhere: with their ids,
// authors, times and texts. They must come in the order of their ids; ids that
// the room has given already are left out, so that an import that was cut short
// is finished by running it again, and ids that are missing are taken without a
// message. It returns how many were stored.
func (s *Service) ImportMessages(ctx context.Context, arg string, list []chat.Message) (int, error) {
	p, err := s.findPlace(arg)
	if err != nil {
		return 0, err
	}
	head, err := s.store.Head(ctx, p.Room.ID)
	if err != nil {
		return 0, err
	}
	origin := chat.Origin{RoomGUID: p.Room.GUID, RoomName: p.Room.Name, Endpoint: "import"}
	var b chat.Batch
	stored := 0
	for i := range list {
		m := &list[i]
		if m.ID <= head {
			continue
		}
		if m.ID-head > maxGap {
			return 0, chat.E(chat.KindInvalid, "the messages of "+p.Room.Name+" have a hole of more than a million ids")
		}
		for ; head < m.ID-1; head++ {
			b.Drafts = append(b.Drafts, chat.Draft{Room: p.Room.ID, At: m.At, Unlogged: true})
			b.Origins = append(b.Origins, origin)
		}
		b.Drafts = append(b.Drafts, chat.Draft{
			Room: p.Room.ID, Author: m.Author, AuthorURI: m.AuthorURI, AuthorName: m.AuthorName, At: m.At, Alert: m.Alert, Text: m.Text, Rich: m.Rich,
		})
		b.Origins = append(b.Origins, origin)
		head = m.ID
		stored++
	}
	if len(b.Drafts) == 0 {
		return 0, nil
	}
	if _, err := s.store.Append(ctx, b); err != nil {
		return 0, err
	}
	s.historyChanged(p.Room.ID)
	s.gather.nudge()
	return stored, nil
}

// maxGap bounds the ids that an import takes without a message.
const maxGap = 1_000_000
