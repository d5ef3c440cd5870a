package chattest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/chat"
)

var appendTests = map[string]func(t *testing.T, w *world){
	"Append/ids are dense in each room":         testAppendIDs,
	"Append/all of a batch or nothing":          testAppendWhole,
	"Append/a batch of entries only":            testAppendEntries,
	"Append/every draft needs its origin":       testAppendOrigins,
	"Append/from many at once":                  testAppendConcurrently,
	"Append/texts are kept byte for byte":       testAppendTexts,
	"Append/times are microseconds":             testAppendTimes,
	"Append/unlogged texts are in the journal":  testAppendUnlogged,
	"Append/the batch stays the caller's":       testAppendKeepsNothing,
	"Append/a full message comes back as it is": testAppendFields,
}

func testAppendIDs(t *testing.T, w *world) {
	a, b, c := w.rooms[0], w.rooms[1], w.rooms[2]
	same(t, "ids of the first batch", []chat.MessageID{1, 1, 2, 3, 2}, must(w.Append(t.Context(), post("one ", a, b, a, a, b)))(t))
	same(t, "ids of the second batch", []chat.MessageID{3, 1, 4}, must(w.Append(t.Context(), post("two ", b, c, a)))(t))
	for i, want := range []chat.MessageID{4, 3, 1} {
		if got := must(w.Head(t.Context(), w.rooms[i].ID))(t); got != want {
			t.Errorf("head of room %d is %d, want %d", i, got, want)
		}
	}
	var texts []string
	for _, m := range must(w.ListAfter(t.Context(), a.ID, 0, 10))(t) {
		texts = append(texts, m.Text)
	}
	same(t, "texts of the first room", []string{"one 0", "one 2", "one 3", "two 2"}, texts)
}

func testAppendWhole(t *testing.T, w *world) {
	w.say(t, w.rooms[0], 2)
	bad := post("lost ", w.rooms[0], w.rooms[1], chat.Room{ID: 4711}, w.rooms[0])
	bad.Entries = []chat.Entry{{Kind: chat.EntryJoin, Room: w.rooms[0].ID}}
	w.refused(t, chat.KindNoSuchRoom, func(ctx context.Context) error { return drop(w.Append(ctx, bad)) })
	ids := must(w.Append(t.Context(), post("found ", w.rooms[0], w.rooms[1])))(t)
	same(t, "ids after a refused batch", []chat.MessageID{3, 1}, ids)
}

func testAppendEntries(t *testing.T, w *world) {
	head := must(w.JournalHead(t.Context()))(t)
	ids := must(w.Append(t.Context(), chat.Batch{Entries: []chat.Entry{{Kind: chat.EntryJoin, At: 1}, {Kind: chat.EntryPart, At: 2, Cause: "left"}}}))(t)
	same(t, "ids", []chat.MessageID{}, ids)
	want := []chat.Entry{{ID: head + 1, Kind: chat.EntryJoin, At: 1}, {ID: head + 2, Kind: chat.EntryPart, At: 2, Cause: "left"}}
	same(t, "entries", want, must(w.ListEntries(t.Context(), head, 10))(t))
}

func testAppendOrigins(t *testing.T, w *world) {
	b := post("word ", w.rooms[0], w.rooms[1])
	b.Origins = b.Origins[:1]
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.Append(ctx, b)) })
}

func testAppendConcurrently(t *testing.T, w *world) {
	const posters, each = 8, 20
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[chat.RoomID]map[chat.MessageID]string{}
	for p := range posters {
		wg.Go(func() {
			for i := range each {
				a, b := w.rooms[p%3], w.rooms[(p+1)%3]
				batch := post(fmt.Sprintf("poster %d word %d-", p, i), a, b, a)
				ids, err := w.Append(t.Context(), batch)
				if err != nil || len(ids) != 3 || ids[2] != ids[0]+1 {
					t.Errorf("poster %d: %v, %v", p, ids, err)
					return
				}
				mu.Lock()
				for n, d := range batch.Drafts {
					if got[d.Room] == nil {
						got[d.Room] = map[chat.MessageID]string{}
					}
					got[d.Room][ids[n]] = d.Text
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	total := 0
	for _, r := range w.rooms {
		for _, m := range must(w.ListAfter(t.Context(), r.ID, 0, everything))(t) {
			total++
			if text := got[r.ID][m.ID]; text != m.Text {
				t.Errorf("room %d, message %d is %q, acknowledged was %q", r.ID, m.ID, m.Text, text)
			}
		}
	}
	if want := posters * each * 3; total != want {
		t.Errorf("%d messages are stored, %d were acknowledged", total, want)
	}
}

// texts are what people and programs post that stores have been seen to change.
var texts = []string{
	"",
	" ",
	"plain",
	" leading and trailing \t ",
	"line\nline\r\nline\rline\u2028line\u2029",
	`it's "quoted" \ and; -- 'commented' /* $1 ? :x @y % _ */`,
	"<xccos ver=\"1\">&amp;&#10;]]></xccos>",
	"Grüße, Καλημέρα, Привет, שלום, مرحبا, こんにちは, 你好",
	"e\u0301 is not \u00e9", // no normalization
	"\U0001F469\u200D\U0001F469\u200D\U0001F467 \U00010348 \U00020BB7 \U000E0041 \U0010FFFD",
	"\ufeffmark \ufffd \ufffe \u00ad \u202e",
	"\x01\x07\x1b[31m\x7f\u0080",
	"123", "1e3", "0x10", "NULL", "true",
	strings.Repeat("0123456789abcdé ", 16<<10),
}

func testAppendTexts(t *testing.T, w *world) {
	r := w.rooms[0]
	var b chat.Batch
	for _, text := range texts {
		who := text[:min(len(text), 1000)] // an entry's address is bounded
		b.Drafts = append(b.Drafts, chat.Draft{Room: r.ID, Author: 1, AuthorURI: who, AuthorName: text, At: 1, Text: text, Rich: text})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: r.GUID, RoomName: text, Endpoint: text})
		b.Entries = append(b.Entries, chat.Entry{Kind: chat.EntryPart, ActorURI: who, RoomName: text, Cause: text, Detail: text, Text: text, Rich: text})
	}
	must(w.Append(t.Context(), b))(t)
	got := must(w.ListAfter(t.Context(), r.ID, 0, len(texts)))(t)
	for i, m := range got {
		same(t, "message", b.Drafts[i].Message(chat.MessageID(i+1)), m)
	}
	head := must(w.JournalHead(t.Context()))(t)
	entries := must(w.ListEntries(t.Context(), head-2*chat.EntryID(len(texts)), everything))(t)
	for i, e := range entries {
		text := texts[i%len(texts)]
		for _, field := range []string{e.RoomName, e.Text, e.Rich} {
			if field != text {
				t.Errorf("%s entry has %q, want %q", e.Kind, field, text)
			}
		}
	}
	if len(got) != len(texts) || len(entries) != 2*len(texts) {
		t.Errorf("%d messages and %d entries of %d", len(got), len(entries), len(texts))
	}
}

func testAppendTimes(t *testing.T, w *world) {
	zone := time.FixedZone("", -9*3600)
	for i, at := range []time.Time{
		time.Date(2026, 2, 28, 23, 59, 59, 999_999_999, zone), time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.UnixMicro(0), time.Date(9999, 12, 31, 0, 0, 0, 1000, time.UTC), time.UnixMicro(1_783_000_000_123_456),
	} {
		b := post("", w.rooms[0])
		b.Drafts[0].At = chat.At(at)
		must(w.Append(t.Context(), b))(t)
		m := must(w.ListNewest(t.Context(), w.rooms[0].ID, 0, 1))(t)[0]
		if want := at.UTC().Truncate(time.Microsecond); int(m.ID) != i+1 || !m.At.Std().Equal(want) || m.At.Std().Location() != time.UTC {
			t.Errorf("time of message %d is %v, want %v", m.ID, m.At.Std(), want)
		}
	}
}

func testAppendUnlogged(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("word ", r, r, r, r)
	b.Drafts[1].Unlogged, b.Drafts[1].Text, b.Drafts[1].Rich = true, "spoken", `{\rtf1 spoken}`
	b.Drafts[3].Unlogged, b.Drafts[3].Text = true, "whispered"
	same(t, "ids", []chat.MessageID{1, 2, 3, 4}, must(w.Append(t.Context(), b))(t))
	want := []chat.Message{b.Drafts[0].Message(1), b.Drafts[2].Message(3)}
	same(t, "what is read after", want, must(w.ListAfter(t.Context(), r.ID, 0, 10))(t))
	same(t, "the newest two", want, must(w.ListNewest(t.Context(), r.ID, 0, 2))(t))
	same(t, "the newest one", want[1:], must(w.ListNewest(t.Context(), r.ID, 0, 1))(t))
	if head := must(w.Head(t.Context(), r.ID))(t); head != 4 {
		t.Errorf("head is %d, want 4: an unlogged message takes its id", head)
	}
	head := must(w.JournalHead(t.Context()))(t)
	for i, e := range must(w.ListEntries(t.Context(), head-4, 4))(t) {
		d := b.Drafts[i]
		if e.Message != chat.MessageID(i+1) || e.Text != d.Text || e.Rich != d.Rich {
			t.Errorf("journal has %d %q %q, want %q %q", e.Message, e.Text, e.Rich, d.Text, d.Rich)
		}
	}
	same(t, "the next id", []chat.MessageID{5}, must(w.Append(t.Context(), post("", r)))(t))
}

func testAppendKeepsNothing(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("mine ", r, r)
	b.Entries = []chat.Entry{{Kind: chat.EntryJoin, Detail: "mine"}}
	ids := must(w.Append(t.Context(), b))(t)
	before := snapshot(t, w.Store)
	ids[0] = 99
	b.Drafts[0], b.Origins[0], b.Entries[0] = chat.Draft{}, chat.Origin{}, chat.Entry{}
	clear(must(w.ListAfter(t.Context(), r.ID, 0, 10))(t))
	clear(must(w.ListNewest(t.Context(), r.ID, 0, 10))(t))
	clear(must(w.ListEntries(t.Context(), 0, 10))(t))
	same(t, "the store kept a caller's slice", before, snapshot(t, w.Store))
}

func testAppendFields(t *testing.T, w *world) {
	r := w.rooms[1]
	d := chat.Draft{
		Room: r.ID, Author: w.bob, AuthorURI: "sip:bob@example.test", AuthorName: "Bob", At: 1_783_000_000_123_456, Alert: true, Text: "sell", Rich: `{\rtf1 sell}`,
	}
	o := chat.Origin{RoomGUID: r.GUID, RoomName: "as it was then", Endpoint: "epid"}
	must(w.Append(t.Context(), chat.Batch{Drafts: []chat.Draft{d}, Origins: []chat.Origin{o}}))(t)
	same(t, "message", []chat.Message{d.Message(1)}, must(w.ListNewest(t.Context(), r.ID, 0, 5))(t))
	want := PostEntry(&d, o, 1)
	want.ID = must(w.JournalHead(t.Context()))(t)
	same(t, "entry", []chat.Entry{want}, must(w.ListEntries(t.Context(), want.ID-1, 5))(t))
}
