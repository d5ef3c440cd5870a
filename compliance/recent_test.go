package compliance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"perch/chat"
)

// counted is a journal that counts what is read of it.
type counted struct {
	chat.Journal
	list []chat.Entry
	read int
	fail error
}

func (c *counted) ListEntries(_ context.Context, after chat.EntryID, n int) (out []chat.Entry, err error) {
	for _, e := range c.list {
		if e.ID > after && len(out) < n {
			out = append(out, e)
		}
	}
	c.read += len(out)
	return out, c.fail
}

func (c *counted) write(n, bytes int) {
	id := chat.EntryID(1)
	if len(c.list) > 0 {
		id = c.list[len(c.list)-1].ID + 1 + chat.EntryID(rand.IntN(2)) // with holes
	}
	for range n {
		c.list = append(c.list, chat.Entry{ID: id, Text: strings.Repeat("x", bytes)})
		id += 1 + chat.EntryID(rand.IntN(2))
	}
}

// TestRecent: whatever is asked, the answer is the journal's; readers that follow
// one another near its end have each entry read once; what is kept is bounded.
func TestRecent(t *testing.T) {
	c := &counted{}
	r := &recent{Journal: c}
	same := func(after chat.EntryID, n int) []chat.Entry {
		t.Helper()
		want, _ := c.ListEntries(t.Context(), after, n)
		c.read -= len(want)
		got, err := r.ListEntries(t.Context(), after, n)
		if err != nil || !slices.EqualFunc(got, want, func(a, b chat.Entry) bool { return a.ID == b.ID }) {
			t.Fatalf("after %d, %d: %d entries, want %d (%v)", after, n, len(got), len(want), err)
		}
		return got
	}
	for range 300 {
		c.write(rand.IntN(50), rand.IntN(20))
		same(chat.EntryID(rand.IntN(1+2*len(c.list))), 1+rand.IntN(60))
	}
	c.read = 0
	first := len(c.list)
	var at [2]chat.EntryID
	at[0] = c.list[first-1].ID
	at[1] = at[0]
	for range 100 {
		c.write(10, 20)
		for i, n := range []int{7, 1000} {
			for got := same(at[i], n); len(got) > 0; got = same(at[i], n) {
				at[i] = got[len(got)-1].ID
			}
		}
	}
	if c.read != len(c.list)-first {
		t.Errorf("%d entries were read %d times", len(c.list)-first, c.read)
	}
	c.write(100, 1<<20)
	same(at[0], 1000)
	same(at[1], 1000)
	if r.bytes > mostRecentBytes+1<<21 || len(r.list) > mostRecent {
		t.Errorf("%d entries of %d bytes are kept", len(r.list), r.bytes)
	}
	c.write(3*mostRecent, 1)
	same(at[0], len(c.list))
	if len(r.list) > mostRecent {
		t.Errorf("%d entries are kept", len(r.list))
	}
	c.fail = fmt.Errorf("no")
	if _, err := r.ListEntries(t.Context(), 1, 10); !errors.Is(err, c.fail) {
		t.Errorf("while it cannot be read: %v", err)
	}
}
