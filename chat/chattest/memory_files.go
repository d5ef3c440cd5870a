package chattest

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"perch/chat"
)

func (s *memory) CreateFileToken(ctx context.Context, t chat.FileToken, now chat.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if _, ok := s.fileTokens[t.Token]; ok {
		return chat.E(chat.KindInvalid, "")
	}
	maps.DeleteFunc(s.fileTokens, func(_ string, t chat.FileToken) bool { return t.Expires < now })
	s.fileTokens[t.Token] = t
	return nil
}

func (s *memory) FindFileToken(ctx context.Context, token string) (chat.FileToken, error) {
	if err := s.begin(ctx); err != nil {
		return chat.FileToken{}, err
	}
	defer s.mu.Unlock()
	t, ok := s.fileTokens[token]
	if !ok {
		return t, chat.E(chat.KindInvalidToken, "")
	}
	return t, nil
}

func (s *memory) CreateFile(ctx context.Context, f chat.File, most int) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	unfinished := 0
	for _, other := range s.files {
		if other.Uploader == f.Uploader && other.State == chat.FileUnfinished {
			unfinished++
		}
	}
	_, room := s.rooms[f.Room]
	_, taken := s.files[f.ID]
	switch {
	case !room:
		return chat.E(chat.KindNoSuchRoom, "")
	case unfinished >= most:
		return chat.E(chat.KindLimit, "")
	case taken:
		return chat.E(chat.KindDuplicateName, "")
	}
	s.files[f.ID] = f
	return nil
}

func (s *memory) FindFile(ctx context.Context, id string) (chat.File, error) {
	if err := s.begin(ctx); err != nil {
		return chat.File{}, err
	}
	defer s.mu.Unlock()
	return s.file(id)
}

func (s *memory) file(id string) (chat.File, error) {
	f, ok := s.files[id]
	if !ok {
		return f, chat.E(chat.KindNoSuchObject, "")
	}
	return f, nil
}

// some returns up to n files, by id.
func (s *memory) some(n int, want func(f *chat.File) bool) []chat.File {
	var out []chat.File
	for _, f := range s.files {
		if want(&f) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b chat.File) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(max(n, 0), len(out))]
}

func (s *memory) ListFiles(ctx context.Context, state chat.FileState, after string, n int) ([]chat.File, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.some(n, func(f *chat.File) bool { return f.State == state && f.ID > after }), nil
}

func (s *memory) ListPosted(ctx context.Context, room chat.RoomID, before chat.MessageID, n int) ([]chat.File, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	said := s.messages[room]
	found := s.some(math.MaxInt, func(f *chat.File) bool {
		return f.Room == room && f.Posted > 0 && (before == 0 || f.Posted < before) && int(f.Posted) <= len(said) && !said[f.Posted-1].hidden
	})
	slices.SortStableFunc(found, func(a, b chat.File) int { return cmp.Compare(b.Posted, a.Posted) })
	end := min(max(n, 0), len(found))
	for end > 0 && end < len(found) && found[end].Posted == found[end-1].Posted {
		end++
	}
	return found[:end], nil
}

func (s *memory) UpdateFile(ctx context.Context, f chat.File, from chat.FileState, e []chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	old, err := s.file(f.ID)
	switch {
	case s.leftovers[f.SHA256]:
		return chat.E(chat.KindBusy, "")
	case err != nil:
		return err
	case old.State != from:
		return chat.E(chat.KindCollision, "")
	}
	old.Name, old.Size, old.SHA256, old.Type, old.State, old.Reason, old.At = f.Name, f.Size, f.SHA256, f.Type, f.State, f.Reason, f.At
	s.files[f.ID] = old
	s.write(e...)
	return nil
}

func (s *memory) ListUnposted(ctx context.Context, begun, uploaded chat.Time, n int) ([]chat.File, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.some(n, func(f *chat.File) bool {
		before := uploaded
		if f.State == chat.FileUnfinished {
			before = begun
		}
		return f.Posted == 0 && f.At < before
	}), nil
}

func (s *memory) DeleteFile(ctx context.Context, id string, e []chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	f, err := s.file(id)
	if err != nil {
		return err
	}
	if f.Posted != 0 {
		return chat.E(chat.KindCollision, "")
	}
	delete(s.files, id)
	if f.SHA256 != "" && len(s.some(1, func(other *chat.File) bool { return other.SHA256 == f.SHA256 })) == 0 {
		s.leftovers[f.SHA256] = true
	}
	s.write(e...)
	return nil
}

func (s *memory) ListLeftovers(ctx context.Context, n int) ([]string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := slices.Sorted(maps.Keys(s.leftovers))
	return out[:min(max(n, 0), len(out))], nil
}

func (s *memory) DeleteLeftover(ctx context.Context, hash string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.leftovers, hash)
	return nil
}

func (s *memory) postFiles(room chat.RoomID, ids []string, m chat.MessageID) {
	for _, id := range ids {
		if f, ok := s.files[id]; ok && f.Room == room && f.Posted == 0 {
			f.Posted = m
			s.files[id] = f
		}
	}
}
