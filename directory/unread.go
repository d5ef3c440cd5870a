package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"perch/chat"
)

// Unread counts sign-ins that were refused without a look at them, by address, until
// they are put on record: an entry for each try would let strangers fill the journal.
// The zero value is ready. It is safe for concurrent use.
type Unread struct {
	mu     sync.Mutex // guards byHost
	byHost map[string]*unread
}

// unread are the tries from one address.
type unread struct {
	count       int
	from, until time.Time
}

// mostUnread bounds the addresses that are told apart.
const mostUnread = 50_000

// Add counts a try from an address.
func (u *Unread) Add(address string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.addLocked(address, unread{1, now, now})
}

func (u *Unread) addLocked(address string, more unread) {
	if u.byHost == nil {
		u.byHost = map[string]*unread{}
	}
	is := u.byHost[address]
	if is == nil && len(u.byHost) >= mostUnread {
		address = "" // all others
		is = u.byHost[address]
	}
	if is == nil {
		u.byHost[address] = &more
		return
	}
	is.count += more.count
	is.from, is.until = earlier(is.from, more.from), later(is.until, more.until)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Journal takes entries.
type Journal interface {
	Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error)
}

// Record puts what was counted on record, an entry for each address. What cannot be
// written is counted on.
func (u *Unread) Record(ctx context.Context, journal Journal, now time.Time) error {
	u.mu.Lock()
	all := u.byHost
	u.byHost = nil
	u.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	entries := make([]chat.Entry, 0, len(all))
	for _, address := range slices.Sorted(maps.Keys(all)) {
		t := all[address]
		detail, err := json.Marshal(map[string]any{"address": cmp.Or(address, "others"), "tries": t.count, "from": chat.At(t.from), "until": chat.At(t.until)})
		if err != nil {
			return err // plain values always marshal
		}
		entries = append(entries, chat.Entry{
			Kind: chat.EntryRefused, At: chat.At(now), Cause: "tries to sign in that were refused unread, because too many from this address had failed", Detail: string(detail),
		})
	}
	_, err := journal.Append(ctx, chat.Batch{Entries: entries})
	if err != nil {
		u.mu.Lock()
		defer u.mu.Unlock()
		for address, t := range all {
			u.addLocked(address, *t)
		}
	}
	return err
}
