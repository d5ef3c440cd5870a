package chattest

import (
	"context"
	"slices"
	"strings"
	"time"

	"perch/chat"
)

// clientID is what an author's program calls a post.
type clientID struct {
	author chat.PrincipalID
	id     string
}

// posted is what came of it.
type posted struct {
	at         chat.Time
	room       chat.RoomID
	message    chat.MessageID
	text, rich string
	alert      bool
}

// again says whether a draft was posted before, and what Append returns for it;
// otherwise it is remembered as next.
func (s *memory) again(d *chat.Draft, next chat.MessageID) (id chat.MessageID, again bool) {
	if d.ClientID == "" {
		return 0, false
	}
	key, now := clientID{d.Author, d.ClientID}, posted{d.At, d.Room, next, d.Text, d.Rich, d.Alert}
	oldest := chat.At(d.At.Std().Add(-chat.ClientIDDays * 24 * time.Hour))
	if was, ok := s.clientIDs[key]; ok && was.at >= oldest {
		now.at, now.message = was.at, was.message
		if now != was {
			return 0, true
		}
		return -was.message, true
	}
	s.clientIDs[key] = now
	return 0, false
}

func (s *memory) ListHeads(ctx context.Context, rooms []chat.RoomID) (map[chat.RoomID]chat.MessageID, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := map[chat.RoomID]chat.MessageID{}
	for _, id := range rooms {
		if n := len(s.messages[id]); n > 0 {
			out[id] = chat.MessageID(n)
		}
	}
	return out, nil
}

func (s *memory) FindAt(ctx context.Context, room chat.RoomID, at chat.Time) (chat.MessageID, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	for _, k := range s.messages[room] {
		if k.At >= at {
			return k.ID, nil
		}
	}
	return chat.MessageID(len(s.messages[room])) + 1, nil
}

func (s *memory) ReplacePreference(ctx context.Context, user chat.PrincipalID, p chat.Preference) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if s.preferences[user][p.Label].Version != p.Version {
		return 0, chat.E(chat.KindCollision, "it was changed meanwhile")
	}
	return s.putPreference(user, p.Label, p.Content), nil
}

func (s *memory) ListPreferences(ctx context.Context, user chat.PrincipalID, prefix string) ([]chat.Preference, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Preference
	for label, p := range s.preferences[user] {
		if strings.HasPrefix(label, prefix) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b chat.Preference) int { return strings.Compare(a.Label, b.Label) })
	return out, nil
}

func (s *memory) DeletePreference(ctx context.Context, user chat.PrincipalID, label string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.preferences[user], label)
	return nil
}

func (s *memory) CountGathered(ctx context.Context, user chat.PrincipalID, feed string, room chat.RoomID) (map[chat.RoomID]int, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := map[chat.RoomID]int{}
	for k, g := range s.gathered {
		m, marked := s.marks[markKey{user, g.Room}]
		if k.user == user && k.feed == feed && marked && g.Message > m.Read && (room == 0 || g.Room == room) {
			out[g.Room]++
		}
	}
	return out, nil
}
