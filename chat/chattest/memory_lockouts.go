package chattest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

func (s *memory) ListLockouts(ctx context.Context, after chat.Time) ([]chat.Lockout, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Lockout
	for name, until := range s.lockouts {
		if until > after {
			out = append(out, chat.Lockout{Name: name, Until: until})
		}
	}
	slices.SortFunc(out, func(a, b chat.Lockout) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (s *memory) UpdateLockout(ctx context.Context, l chat.Lockout, now chat.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	maps.DeleteFunc(s.lockouts, func(_ string, until chat.Time) bool { return until <= now })
	s.lockouts[l.Name] = l.Until
	return nil
}

func (s *memory) DeleteLockout(ctx context.Context, name string) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.lockouts, name)
	return nil
}
