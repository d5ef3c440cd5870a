package textindex_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"perch/chat"
	"perch/chat/search"
	"perch/store/textindex"
)

// tb is what tests and properties have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is an index, and what it was told of as a store would keep it.
type world struct {
	tb
	*textindex.Index
	folder  string
	docs    []*message // in the order of posting
	journal []event
}

type message struct {
	textindex.Doc
	gone bool
}

// event is an entry of the journal.
type event struct {
	post, change *message
	purged       chat.RoomID
	last         chat.MessageID
}

const stories = "the store"

func newWorld(t tb, folder string) *world {
	w := &world{tb: t, folder: folder}
	w.open()
	return w
}

func (w *world) open() {
	w.Helper()
	x, err := textindex.Open(w.folder, stories)
	w.check(err)
	w.Index = x
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) entry() chat.EntryID { return chat.EntryID(len(w.journal) + 1) }

func (w *world) post(room chat.RoomID, author chat.PrincipalID, at chat.Time, text string) {
	id := chat.MessageID(1)
	for _, m := range w.docs {
		if m.Room == room {
			id = m.ID + 1
		}
	}
	m := &message{Doc: textindex.Doc{Position: w.entry(), Room: room, ID: id, Author: author, At: at, Alert: id%3 == 0, Text: search.Normal(text)}}
	w.docs = append(w.docs, m)
	w.journal = append(w.journal, event{post: m})
}

func (w *world) replace(m *message, text string) {
	m.Text = search.Normal(text)
	w.journal = append(w.journal, event{change: m})
}

func (w *world) remove(m *message) {
	m.gone = true
	w.journal = append(w.journal, event{change: m})
}

func (w *world) purge(room chat.RoomID, last chat.MessageID) {
	for _, m := range w.docs {
		m.gone = m.gone || m.Room == room && m.ID <= last
	}
	w.journal = append(w.journal, event{purged: room, last: last})
}

// tell tells up to n entries of the journal, with the messages as they are now.
func (w *world) tell(n int) {
	w.Helper()
	var changes []textindex.Change
	from := int(w.Last().Entry)
	to := min(len(w.journal), from+n)
	for _, e := range w.journal[from:to] {
		switch {
		case e.post != nil && !e.post.gone:
			d := e.post.Doc
			changes = append(changes, textindex.Change{Doc: &d})
		case e.change != nil && e.change.gone:
			changes = append(changes, textindex.Change{Room: e.change.Room, First: e.change.ID, Last: e.change.ID})
		case e.change != nil:
			d := e.change.Doc
			d.Position = 0
			changes = append(changes, textindex.Change{Doc: &d})
		case e.purged != 0:
			changes = append(changes, textindex.Change{Room: e.purged, Last: e.last})
		}
	}
	w.check(w.Tell(changes, textindex.Place{Entry: chat.EntryID(to), At: chat.Time(to)}))
}

// scan is what a search is to find.
func (w *world) scan(q chat.MessageSearch) (hits []textindex.Hit, total int) {
	m, f := search.Compile(q), search.CompileFilter(&q)
	for _, d := range w.docs {
		if !d.gone && slices.Contains(q.Rooms, d.Room) && (len(q.Authors) == 0 || slices.Contains(q.Authors, d.Author)) &&
			d.At >= q.From && (q.Until == 0 || d.At < q.Until) && d.ID > q.After && (q.Before == 0 || d.ID < q.Before) &&
			d.Position > q.AfterPosition && (q.BeforePosition == 0 || d.Position < q.BeforePosition) && m.MatchNormal(d.Text) && f.MatchNormal(d.Text, d.Alert) {
			hits = append(hits, textindex.Hit{Position: d.Position, Room: d.Room, ID: d.ID})
		}
	}
	if q.NewestFirst {
		slices.Reverse(hits)
	}
	return hits[:min(max(q.Limit, 0), len(hits))], len(hits)
}

// same checks that the index finds what a scan finds.
func (w *world) same(q chat.MessageSearch) {
	w.Helper()
	want, all := w.scan(q)
	got, total, err := w.Search(w.context(), &q)
	w.check(err)
	if !slices.Equal(got, want) || total != all {
		w.Fatalf("%+v: found %v, %d in all; want %v, %d", q, got, total, want, all)
	}
}

// pieces provoke trouble where they meet.
var pieces = []string{
	"a", "ab", "abc", "ABC", "abcd", "xabc", "bc", "1", "12", "123", ".", "-", " ", " ", " ", "\n", "@", ":-)", "结", "算", "я", "ДА", "да", "ß", "SS",
	"e\u0301", "\u0301", "İ", "👍", "ท", "’", "end", "of", "day",
	"http://", "https://x", "[STORY]", "ma-filelink:11111111-2222-3333-4444-555555555555 ",
}

func some(n int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, n).Draw(t, "pieces"), "")
	})
}

func drawQuery(t *rapid.T, w *world) chat.MessageSearch {
	bound := func(name string, most int) int {
		if rapid.IntRange(0, 3).Draw(t, name+"?") > 0 {
			return 0
		}
		return rapid.IntRange(0, most+1).Draw(t, name)
	}
	rooms := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) chat.RoomID { return chat.RoomID(rapid.IntRange(1, 6).Draw(t, "room")) }), rapid.ID).Draw(t, "rooms")
	slices.Sort(rooms)
	q := chat.MessageSearch{
		Rooms: rooms, Text: some(4).Draw(t, "text"), Match: chat.Match(rapid.IntRange(0, 2).Draw(t, "match")), CaseSensitive: rapid.Bool().Draw(t, "case"),
		From: chat.Time(bound("from", 50)), Until: chat.Time(bound("until", 50)), After: chat.MessageID(bound("after", 20)), Before: chat.MessageID(bound("before", 20)),
		AfterPosition: chat.EntryID(bound("after position", len(w.journal))), BeforePosition: chat.EntryID(bound("before position", len(w.journal))),
		NewestFirst: rapid.Bool().Draw(t, "newest"), Limit: rapid.IntRange(0, 12).Draw(t, "limit"),
	}
	if a := bound("author", 3); a > 0 {
		q.Authors = []chat.PrincipalID{chat.PrincipalID(a)}
	}
	if bound("names", 1) > 0 {
		q.Names = rapid.SliceOfN(some(2), 1, 3).Draw(t, "names")
	}
	q.Has = chat.Traits(bound("traits", 14))
	return q
}

// TestFindsWhatAScanFinds tells an index of a history, in any portions, with
// segments written, merged and opened again at any moment, and compares what it
// finds with a scan.
func TestFindsWhatAScanFinds(t *testing.T) {
	temp := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp(temp, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		w := newWorld(t, filepath.Join(folder, "index"))
		defer func() { w.Close() }()
		pick := func() *message {
			if len(w.docs) == 0 {
				t.Skip("nothing was posted")
			}
			m := w.docs[rapid.IntRange(0, len(w.docs)-1).Draw(t, "message")]
			if m.gone {
				t.Skip("it is gone")
			}
			return m
		}
		post := func(t *rapid.T) {
			for range rapid.IntRange(1, 6).Draw(t, "posts") {
				w.post(chat.RoomID(rapid.IntRange(1, 5).Draw(t, "room")), chat.PrincipalID(rapid.IntRange(1, 3).Draw(t, "author")),
					chat.Time(len(w.docs)+rapid.IntRange(0, 9).Draw(t, "time")), some(8).Draw(t, "text"))
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"post": post, "post more": post,
			"replace": func(t *rapid.T) { w.replace(pick(), some(8).Draw(t, "text")) },
			"remove":  func(t *rapid.T) { w.remove(pick()) },
			"purge":   func(t *rapid.T) { m := pick(); w.purge(m.Room, m.ID) },
			"tell":    func(t *rapid.T) { w.tell(rapid.IntRange(1, 10).Draw(t, "entries")) },
			"flush":   func(*rapid.T) { w.check(w.Flush()) },
			"many segments": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
					t.Skip("it takes long")
				}
				for range 17 {
					post(t)
					w.tell(len(w.journal))
					w.check(w.Flush())
				}
				w.check(w.Merge())
			},
			"crash": func(*rapid.T) { w.Close(); w.open() },
			"search": func(t *rapid.T) {
				w.tell(len(w.journal))
				for range 8 {
					w.same(drawQuery(t, w))
				}
			},
		})
	})
}

func (w *world) context() context.Context {
	return w.tb.(interface{ Context() context.Context }).Context()
}

// TestSearchWhileTold searches while the index is told, written and merged:
// what a search finds only grows, and has no holes.
func TestSearchWhileTold(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "index"))
	defer w.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 60 {
			var changes []textindex.Change
			for k := range 100 {
				n := 100*i + k + 1
				changes = append(changes, textindex.Change{Doc: &textindex.Doc{Position: chat.EntryID(n), Room: 1, ID: chat.MessageID(n), Text: "gold"}})
			}
			if err := w.Tell(changes, textindex.Place{Entry: chat.EntryID(100 * (i + 1))}); err != nil {
				t.Error(err)
			}
			if err := w.Flush(); err != nil {
				t.Error(err)
			}
		}
	}()
	for last := 0; ; {
		least := int(w.Last().Entry)
		q := gold
		q.Limit, q.NewestFirst = 10, true
		hits, total, err := w.Search(t.Context(), &q)
		if err != nil || total < last || total < least || total > 0 && int(hits[0].ID) != total {
			t.Fatalf("%d found after %d, at least %d; %v; %v", total, last, least, hits, err)
		}
		last = total
		select {
		case <-done:
			if last == 6000 {
				return
			}
		default:
		}
	}
}

func BenchmarkTell(b *testing.B) {
	x, err := textindex.Open(filepath.Join(b.TempDir(), "index"), stories)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 0
	for b.Loop() {
		n++
		d := textindex.Doc{Position: chat.EntryID(n), Room: chat.RoomID(rnd.IntN(1000)), ID: chat.MessageID(n), Text: fmt.Sprintf("please confirm settlement %d of US%d at 10.1.%d.3 before the end of day", n, n, n%256)}
		if err := x.Tell([]textindex.Change{{Doc: &d}}, textindex.Place{Entry: d.Position}); err != nil {
			b.Fatal(err)
		}
	}
}
