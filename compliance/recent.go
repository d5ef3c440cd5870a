package compliance

import (
	"context"
	"sort"
	"sync"

	"perch/chat"
)

// recent reads a journal for several readers that are near its end: what one has
// read the next does not read again. It is bounded by entries and by bytes.
type recent struct {
	chat.Journal

	mu    sync.Mutex // guards the fields below; held while the journal is read, so that it is read once
	list  []chat.Entry
	from  chat.EntryID // list is all that follows it, up to its last
	bytes int
}

// Bounds of what is kept.
const (
	mostRecent      = 16_384
	mostRecentBytes = 16 << 20
)

// ListEntries is chat.Journal's. The entries are shared: who gets them changes
// nothing in them.
func (r *recent) ListEntries(ctx context.Context, after chat.EntryID, n int) ([]chat.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) == 0 || after < r.from || after > r.list[len(r.list)-1].ID {
		r.list, r.bytes, r.from = nil, 0, after
		list, err := r.Journal.ListEntries(ctx, after, n)
		if err == nil {
			r.keep(list)
		}
		return list, err
	}
	at := sort.Search(len(r.list), func(i int) bool { return r.list[i].ID > after })
	out := r.list[at:min(len(r.list), at+n):min(len(r.list), at+n)]
	if len(out) == n {
		return out, nil
	}
	more, err := r.Journal.ListEntries(ctx, r.list[len(r.list)-1].ID, n-len(out))
	if err != nil || len(more) == 0 {
		return out, err
	}
	out = append(out, more...) // into an array of its own
	r.keep(more)
	return out, nil
}

// keep keeps the newest.
func (r *recent) keep(list []chat.Entry) {
	for i := range list {
		r.bytes += size(&list[i])
	}
	r.list = append(r.list, list...)
	drop := max(0, len(r.list)-mostRecent)
	for i := range drop {
		r.bytes -= size(&r.list[i])
	}
	for ; drop < len(r.list)-1 && r.bytes > mostRecentBytes; drop++ {
		r.bytes -= size(&r.list[drop])
	}
	if drop > 0 {
		r.from = r.list[drop-1].ID
		r.list = append([]chat.Entry(nil), r.list[drop:]...)
	}
}

// size is about what an entry takes.
func size(e *chat.Entry) int {
	return 256 + len(e.ActorURI) + len(e.ActorName) + len(e.RoomName) + len(e.Text) + len(e.Rich) + len(e.Client) + len(e.Detail)
}
