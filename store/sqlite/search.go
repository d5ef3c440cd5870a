package sqlite

import (
	"context"
	"slices"

	"perch/chat"
	"perch/chat/search"
	"perch/store/sqlstore"
	"perch/store/textindex"
)

// Search finds messages (chat.Messages). The index says which they are, once it
// knows of all that was stored before; their texts are read from the store.
func (s *Store) Search(ctx context.Context, q chat.MessageSearch) (chat.Found, error) {
	if err := ctx.Err(); err != nil {
		return chat.Found{}, err
	}
	head, err := s.JournalHead(ctx)
	if err != nil || len(q.Rooms) == 0 {
		return chat.Found{}, err
	}
	if err := s.index.wait(ctx, head); err != nil {
		return chat.Found{}, err
	}
	if !slices.IsSorted(q.Rooms) {
		q.Rooms = slices.Sorted(slices.Values(q.Rooms))
	}
	hits, total, err := s.index.text.Search(ctx, &q)
	if err != nil {
		if ctx.Err() != nil {
			return chat.Found{}, ctx.Err()
		}
		return chat.Found{}, chat.Wrap(chat.KindDatabase, "searching", err)
	}
	return reading(s.found(ctx, &q, hits, total))
}

// found reads the messages that were found. One that was changed since the index
// was asked is left out if it cannot be read or does not hold what was looked
// for any more.
func (s *Store) found(ctx context.Context, q *chat.MessageSearch, hits []textindex.Hit, total int) (chat.Found, error) {
	out := chat.Found{Total: total, Hits: make([]chat.Hit, 0, len(hits))}
	matcher, filter := search.Compile(*q), search.CompileFilter(q)
	for _, h := range hits {
		m, err := sqlstore.ListAfter(ctx, s.statements, h.Room, h.ID-1, 1)
		if err != nil {
			return chat.Found{}, err
		}
		if len(m) == 0 || m[0].ID != h.ID || !matcher.Match(m[0].Text) || !filter.Match(m[0].Text, m[0].Alert) {
			out.Total--
			continue
		}
		out.Hits = append(out.Hits, chat.Hit{Message: m[0], Position: h.Position})
	}
	return out, nil
}
