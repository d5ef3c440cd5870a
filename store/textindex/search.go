package textindex

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"perch/chat"
)

// Hit is a message that was found.
type Hit struct {
	Position chat.EntryID
	Room     chat.RoomID
	ID       chat.MessageID
}

// Search finds messages, in the order of posting or the opposite, and says how
// many there are in all.
func (x *Index) Search(ctx context.Context, search *chat.MessageSearch) (hits []Hit, total int, err error) {
	defer recovered(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	v := x.now()
	defer runtime.KeepAlive(v)
	q := newQuery(search)
	for _, s := range v.segments {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		if found := q.find(ctx, s); found != nil {
			total += found.count()
			hits = q.first(hits, s.segment, found)
			q.release(found)
		}
	}
	for i := range v.tail {
		if d := &v.tail[i]; q.inTail(d) {
			total++
			hits = append(hits, Hit{d.Position, d.Room, d.ID})
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Compare(a.Position, b.Position) })
	if q.NewestFirst {
		slices.Reverse(hits)
	}
	return hits[:min(len(hits), max(q.Limit, 0))], total, nil
}

// first adds the documents of a set that come first in the order asked for.
func (q *query) first(hits []Hit, s *segment, found bitset) []Hit {
	n := 0
	if q.Limit < 1 {
		return hits
	}
	walk := found.each
	if q.NewestFirst {
		walk = found.back
	}
	walk(func(doc uint32) bool {
		hits = append(hits, Hit{s.position(doc), s.room(doc), s.id(doc)})
		n++
		return n < q.Limit
	})
	return hits
}

// recovered makes an error of a file that cannot be read or makes no sense: the
// one is a fault of memory that is mapped, the other an index out of range.
func recovered(err *error) {
	switch r := recover().(type) {
	case nil:
	case runtime.Error:
		*err = fmt.Errorf("the index is damaged: %w", r)
	default:
		panic(r)
	}
}
