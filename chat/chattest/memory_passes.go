package chattest

import (
	"context"
	"slices"
	"strings"

	"perch/chat"
)

func (s *memory) CreatePass(ctx context.Context, p chat.Pass, most int, e []chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	user, there := s.principals[p.User]
	has := s.passesOf(func(q *chat.Pass) bool { return q.User == p.User && q.Kind == p.Kind })
	taken := s.passesOf(func(q *chat.Pass) bool { return q.ID == p.ID || q.Hash == p.Hash })
	switch {
	case !there || user.State != chat.PrincipalActive:
		return chat.E(chat.KindNoSuchPrincipal, "")
	case len(has) >= most:
		return chat.E(chat.KindLimit, "")
	case len(taken) > 0:
		return chat.E(chat.KindInvalid, "")
	}
	s.passes[p.ID] = p
	s.write(e...)
	return nil
}

func (s *memory) passesOf(want func(p *chat.Pass) bool) []chat.Pass {
	var out []chat.Pass
	for _, p := range s.passes {
		if want(&p) {
			out = append(out, p)
		}
	}
	return chat.SortedPasses(out)
}

func (s *memory) FindPass(ctx context.Context, hash string) (chat.Pass, error) {
	if err := s.begin(ctx); err != nil {
		return chat.Pass{}, err
	}
	defer s.mu.Unlock()
	for _, p := range s.passes {
		if p.Hash == hash {
			return p, nil
		}
	}
	return chat.Pass{}, chat.E(chat.KindNoSuchObject, "")
}

func (s *memory) ListPasses(ctx context.Context, user chat.PrincipalID, kind chat.PassKind) ([]chat.Pass, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.passesOf(func(p *chat.Pass) bool { return p.Kind == kind && (user == 0 || p.User == user) }), nil
}

func (s *memory) UsePass(ctx context.Context, id string, used chat.Time) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if p, ok := s.passes[id]; ok {
		p.Used = used
		s.passes[id] = p
	}
	return nil
}

func (s *memory) DeletePasses(ctx context.Context, ids []string, e []chat.Entry) ([]string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var gone []string
	for i, id := range ids {
		if _, ok := s.passes[id]; !ok {
			continue
		}
		delete(s.passes, id)
		gone = append(gone, id)
		if i < len(e) {
			s.write(e[i])
		}
	}
	return gone, nil
}

func (s *memory) ListStale(ctx context.Context, now, idle chat.Time, n int) ([]chat.Pass, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := s.passesOf(func(p *chat.Pass) bool {
		return p.Expires != 0 && p.Expires <= now || p.Kind == chat.PassSession && p.Used < idle
	})
	slices.SortFunc(out, func(a, b chat.Pass) int { return strings.Compare(a.ID, b.ID) })
	return out[:min(max(n, 0), len(out))], nil
}

func (s *memory) endSessions(user chat.PrincipalID, keep, cause string, at chat.Time) {
	p := s.principals[user]
	for _, q := range s.passesOf(func(q *chat.Pass) bool { return q.User == user && q.Kind == chat.PassSession && q.ID != keep }) {
		delete(s.passes, q.ID)
		s.write(chat.Entry{
			Kind: chat.EntrySignOut, At: at, Actor: user, ActorURI: p.URI, ActorName: p.DisplayName, Cause: cause, Endpoint: q.ID, Client: q.Client,
		})
	}
}
