package chattest

import (
	"cmp"
	"context"
	"slices"

	"perch/chat"
	"perch/chat/search"
)

// Search looks at every message.
func (s *memory) Search(ctx context.Context, q chat.MessageSearch) (chat.Found, error) {
	if err := s.begin(ctx); err != nil {
		return chat.Found{}, err
	}
	defer s.mu.Unlock()
	m, f := search.Compile(q), search.CompileFilter(&q)
	var hits []chat.Hit
	for _, room := range slices.Compact(slices.Sorted(slices.Values(q.Rooms))) {
		for _, k := range s.messages[room] {
			if !k.hidden && within(&q, &k) && m.Match(k.Text) && f.Match(k.Text, k.Alert) {
				hits = append(hits, chat.Hit{Message: k.Message, Position: k.position})
			}
		}
	}
	slices.SortFunc(hits, func(a, b chat.Hit) int { return cmp.Compare(a.Position, b.Position) })
	if q.NewestFirst {
		slices.Reverse(hits)
	}
	return chat.Found{Hits: slices.Clone(hits[:min(len(hits), max(q.Limit, 0))]), Total: len(hits)}, nil
}

// within says whether a message is where and by whom a search wants it.
func within(q *chat.MessageSearch, k *kept) bool {
	return (len(q.Authors) == 0 || slices.Contains(q.Authors, k.Author)) &&
		k.At >= q.From && (q.Until == 0 || k.At < q.Until) &&
		k.ID > q.After && (q.Before == 0 || k.ID < q.Before) &&
		k.position > q.AfterPosition && (q.BeforePosition == 0 || k.position < q.BeforePosition)
}
