package directory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"perch/chat"
	"perch/directory"
)

// diary is a journal that may fail.
type diary struct {
	err     error
	entries []chat.Entry
}

func (d *diary) Append(_ context.Context, b chat.Batch) ([]chat.MessageID, error) {
	if d.err == nil {
		d.entries = append(d.entries, b.Entries...)
	}
	return nil, d.err
}

// TestUnread: tries that were not looked at are on record once, by address, and what
// cannot be written is counted on.
func TestUnread(t *testing.T) {
	var u directory.Unread
	at := time.UnixMicro(1_795_453_200_000_000)
	d := &diary{err: errors.New("the disk is full")}
	for n := range 3 {
		u.Add("192.0.2.7", at.Add(time.Duration(n)*time.Second))
	}
	u.Add("192.0.2.9", at)
	if err := u.Record(t.Context(), d, at); err == nil {
		t.Error("a write that failed is no error")
	}
	u.Add("192.0.2.7", at.Add(time.Minute))
	d.err = nil
	for range 2 {
		if err := u.Record(t.Context(), d, at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.entries) != 2 {
		t.Fatalf("%d entries: %+v", len(d.entries), d.entries)
	}
	e := d.entries[0]
	if e.Kind != chat.EntryRefused || e.At != chat.At(at.Add(time.Hour)) || !strings.Contains(e.Detail, `"address":"192.0.2.7"`) || !strings.Contains(e.Detail, `"tries":4`) ||
		!strings.Contains(e.Detail, `"from":1795453200000000,"tries":4,"until":1795453260000000`) {
		t.Errorf("on record is %+v", e)
	}
	if !strings.Contains(d.entries[1].Detail, `"tries":1`) {
		t.Errorf("on record is %+v", d.entries[1])
	}
}

// TestUnreadBound: addresses beyond those that are told apart are counted as one.
func TestUnreadBound(t *testing.T) {
	var u directory.Unread
	for a := range 50_010 {
		u.Add(time.Duration(a).String(), time.Unix(0, 0))
	}
	d := &diary{}
	if err := u.Record(t.Context(), d, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if len(d.entries) != 50_001 || !strings.Contains(d.entries[0].Detail, `"address":"others"`) || !strings.Contains(d.entries[0].Detail, `"tries":10`) {
		t.Errorf("%d entries, the first %+v", len(d.entries), d.entries[0])
	}
}
