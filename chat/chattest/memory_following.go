package chattest

import (
	"cmp"
	"context"
	"slices"

	"perch/chat"
)

type markKey struct {
	user chat.PrincipalID
	room chat.RoomID
}

type gatheredKey struct {
	user     chat.PrincipalID
	feed     string
	position chat.EntryID
}

// there says whether a user and a room are there.
func (s *memory) there(user chat.PrincipalID, room chat.RoomID) bool {
	p, ok := s.principals[user]
	_, open := s.rooms[room]
	return ok && open && p.State != chat.PrincipalDeleted
}

func (s *memory) ListMarks(ctx context.Context, user chat.PrincipalID) ([]chat.Mark, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Mark
	for k, m := range s.marks {
		if k.user == user {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b chat.Mark) int { return cmp.Compare(a.Room, b.Room) })
	return out, nil
}

func (s *memory) FindMark(ctx context.Context, user chat.PrincipalID, room chat.RoomID) (chat.Mark, error) {
	if err := s.begin(ctx); err != nil {
		return chat.Mark{}, err
	}
	defer s.mu.Unlock()
	m := s.marks[markKey{user, room}]
	m.User, m.Room = user, room
	return m, nil
}

func (s *memory) ListFollowers(ctx context.Context, room chat.RoomID) ([]chat.PrincipalID, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.PrincipalID
	for _, m := range s.marks {
		if m.Room == room && m.Followed {
			out = append(out, m.User)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (s *memory) UpdateMarks(ctx context.Context, marks []chat.Mark) error {
	return s.putMarks(ctx, marks, func(m, _ chat.Mark) bool { return m.Followed })
}

func (s *memory) MoveMarks(ctx context.Context, marks []chat.Mark) error {
	return s.putMarks(ctx, marks, func(_, was chat.Mark) bool { return was.Followed })
}

func (s *memory) putMarks(ctx context.Context, marks []chat.Mark, followed func(m, was chat.Mark) bool) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, m := range marks {
		if s.there(m.User, m.Room) {
			was := s.marks[markKey{m.User, m.Room}]
			m.Read, m.Followed = max(m.Read, was.Read), followed(m, was)
			s.marks[markKey{m.User, m.Room}] = m
		}
	}
	return nil
}

func (s *memory) AppendGathered(ctx context.Context, upTo chat.EntryID, g []chat.Gathered) (int, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	s.gatheredUpTo = max(s.gatheredUpTo, upTo)
	before := len(s.gathered)
	for _, n := range g {
		k := gatheredKey{n.User, n.Feed, n.Position}
		if _, known := s.gathered[k]; !known && s.there(n.User, n.Room) {
			s.gathered[k] = n
		}
	}
	return len(s.gathered) - before, nil
}

func (s *memory) GatheredUpTo(ctx context.Context) (chat.EntryID, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return s.gatheredUpTo, nil
}

func (s *memory) ListGathered(ctx context.Context, user chat.PrincipalID, feed string, before chat.EntryID, n int) ([]chat.Gathered, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Gathered
	for k, g := range s.gathered {
		if k.user == user && (feed == "" || k.feed == feed) && (before == 0 || k.position < before) {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b chat.Gathered) int {
		return cmp.Or(cmp.Compare(b.Position, a.Position), cmp.Compare(a.Feed, b.Feed))
	})
	return out[:min(len(out), max(n, 0))], nil
}

func (s *memory) DeleteGathered(ctx context.Context, user chat.PrincipalID, feed string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for k := range s.gathered {
		if k.user == user && k.feed == feed {
			delete(s.gathered, k)
		}
	}
	return nil
}
