package chattest

import (
	"fmt"
	"testing"

	"perch/chat"
)

var readTests = map[string]func(t *testing.T, w *world){
	"Reads/newest":                    testListNewest,
	"Reads/after":                     testListAfter,
	"Reads/of no room":                testReadNoRoom,
	"Reads/while others write":        testReadWhileWriting,
	"Reads/rooms are kept apart":      testReadApart,
	"Reads/unlogged ids do not count": testReadUnlogged,
}

func ids(list []chat.Message) []chat.MessageID {
	var out []chat.MessageID
	for _, m := range list {
		out = append(out, m.ID)
	}
	return out
}

func span(from, to chat.MessageID) (out []chat.MessageID) {
	for ; from <= to; from++ {
		out = append(out, from)
	}
	return out
}

func testListNewest(t *testing.T, w *world) {
	r := w.rooms[1].ID
	w.say(t, w.rooms[1], 10)
	for _, c := range []struct {
		before   chat.MessageID
		n        int
		from, to chat.MessageID
	}{
		{0, 3, 8, 10},
		{0, 10, 1, 10},
		{0, 500, 1, 10},
		{0, 1, 10, 10},
		{0, 0, 1, 0},
		{0, -1, 1, 0},
		{8, 3, 5, 7},
		{11, 2, 9, 10},
		{1000, 2, 9, 10},
		{3, 5, 1, 2},
		{1, 5, 1, 0},
		{-1, 5, 1, 0},
		{5, 0, 1, 0},
	} {
		got := must(w.ListNewest(t.Context(), r, c.before, c.n))(t)
		same(t, fmt.Sprintf("newest %d before %d", c.n, c.before), span(c.from, c.to), ids(got))
	}
}

func testListAfter(t *testing.T, w *world) {
	r := w.rooms[1].ID
	w.say(t, w.rooms[1], 10)
	for _, c := range []struct {
		after    chat.MessageID
		n        int
		from, to chat.MessageID
	}{
		{0, 3, 1, 3},
		{0, 10, 1, 10},
		{0, 500, 1, 10},
		{0, 0, 1, 0},
		{0, -1, 1, 0},
		{7, 2, 8, 9},
		{7, 50, 8, 10},
		{9, 1, 10, 10},
		{10, 5, 1, 0},
		{1000, 5, 1, 0},
		{-5, 2, 1, 2},
	} {
		got := must(w.ListAfter(t.Context(), r, c.after, c.n))(t)
		same(t, fmt.Sprintf("%d after %d", c.n, c.after), span(c.from, c.to), ids(got))
	}
}

func testReadNoRoom(t *testing.T, w *world) {
	w.say(t, w.rooms[0], 1)
	for _, room := range []chat.RoomID{0, -1, 4711, w.rooms[2].ID} {
		if head := must(w.Head(t.Context(), room))(t); head != 0 {
			t.Errorf("head of room %d is %d", room, head)
		}
		same(t, "newest", []chat.Message{}, must(w.ListNewest(t.Context(), room, 0, 5))(t))
		same(t, "after", []chat.Message{}, must(w.ListAfter(t.Context(), room, 0, 5))(t))
	}
}

func testReadApart(t *testing.T, w *world) {
	must(w.Append(t.Context(), post("word ", w.rooms[0], w.rooms[1], w.rooms[2], w.rooms[1])))(t)
	for i, want := range [][]string{{"word 0"}, {"word 1", "word 3"}, {"word 2"}} {
		var got []string
		for _, m := range must(w.ListNewest(t.Context(), w.rooms[i].ID, 0, 5))(t) {
			if m.Room != w.rooms[i].ID {
				t.Errorf("message of room %d in room %d", m.Room, w.rooms[i].ID)
			}
			got = append(got, m.Text)
		}
		same(t, w.rooms[i].Name, want, got)
	}
}

func testReadUnlogged(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("word ", r, r, r, r, r, r, r, r)
	for _, i := range []int{1, 2, 5, 7} {
		b.Drafts[i].Unlogged = true
	}
	must(w.Append(t.Context(), b))(t) // logged are 1, 4, 5, 7
	same(t, "newest 3", []chat.MessageID{4, 5, 7}, ids(must(w.ListNewest(t.Context(), r.ID, 0, 3))(t)))
	same(t, "newest 2 before 5", []chat.MessageID{1, 4}, ids(must(w.ListNewest(t.Context(), r.ID, 5, 2))(t)))
	same(t, "2 after 1", []chat.MessageID{4, 5}, ids(must(w.ListAfter(t.Context(), r.ID, 1, 2))(t)))
	same(t, "after 7", []chat.MessageID{}, ids(must(w.ListAfter(t.Context(), r.ID, 7, 2))(t)))
}

// testReadWhileWriting checks that a reader never sees half of a batch: its
// messages and their entries appear together.
func testReadWhileWriting(t *testing.T, w *world) {
	r, done := w.rooms[0], make(chan error, 1)
	go func() {
		defer close(done)
		for range 30 {
			if _, err := w.Append(t.Context(), post("word ", r, r, r)); err != nil {
				done <- err
				return
			}
		}
	}()
	for {
		m := must(w.ListAfter(t.Context(), r.ID, 0, everything))(t)
		same(t, "ids", span(1, chat.MessageID(len(m))), ids(m))
		entries := must(w.ListEntries(t.Context(), 0, everything))(t)
		posts := 0
		for _, e := range entries {
			if e.Kind == chat.EntryPost {
				posts++
			}
		}
		if len(m)%3 != 0 || posts%3 != 0 || posts < len(m) {
			t.Fatalf("a reader saw %d messages, then %d entries, of batches of three", len(m), posts)
		}
		select {
		case err := <-done:
			check(t, err)
			return
		default:
		}
	}
}
