package chattest

import (
	"sync"
	"testing"

	"perch/chat"
)

var followingTests = map[string]func(t *testing.T, w *world){
	"Following/marks":                             testMarks,
	"Following/what was read stays read":          testMarksRead,
	"Following/moving a mark follows nothing":     testMarksMoved,
	"Following/followers of a room":               testFollowers,
	"Following/marks from many at once":           testMarksConcurrently,
	"Following/gathered are counted once":         testGatheredOnce,
	"Following/gathered are listed newest first":  testGatheredListed,
	"Following/up to where feeds have looked":     testGatheredUpTo,
	"Following/a feed is emptied":                 testGatheredDelete,
	"Following/goes with the user and the room":   testFollowingDeleted,
	"Following/of what is not there is left out":  testFollowingAbsent,
	"Following/is not in the journal":             testFollowingJournal,
	"Following/the slices stay the caller's":      testFollowingKeepsNothing,
	"Following/names of feeds byte for byte":      testFeedTexts,
	"Following/gathered of a position keep order": testGatheredPages,
}

func (w *world) marks(t testing.TB, user chat.PrincipalID) []chat.Mark {
	t.Helper()
	return must(w.ListMarks(t.Context(), user))(t)
}

// gather stores messages of room 0 at positions and returns how many were new.
func (w *world) gather(t testing.TB, user chat.PrincipalID, feed string, at ...chat.EntryID) int {
	t.Helper()
	var list []chat.Gathered
	for _, p := range at {
		list = append(list, chat.Gathered{User: user, Feed: feed, Position: p, Room: w.rooms[0].ID, Message: chat.MessageID(p)})
	}
	return must(w.AppendGathered(t.Context(), 0, list))(t)
}

// positions are those of a user's feed.
func (w *world) positions(t testing.TB, user chat.PrincipalID, feed string, before chat.EntryID, n int) (out []chat.EntryID) {
	t.Helper()
	for _, g := range must(w.ListGathered(t.Context(), user, feed, before, n))(t) {
		out = append(out, g.Position)
	}
	return out
}

func testMarks(t *testing.T, w *world) {
	ctx, a, b := t.Context(), w.rooms[0].ID, w.rooms[2].ID
	same(t, "new", []chat.Mark{}, w.marks(t, w.alice))
	same(t, "none", chat.Mark{User: w.alice, Room: a}, must(w.FindMark(ctx, w.alice, a))(t))
	same(t, "none of a room that is not there", chat.Mark{User: 77, Room: 88}, must(w.FindMark(ctx, 77, 88))(t))
	want := []chat.Mark{{User: w.alice, Room: a, Read: 5}, {User: w.alice, Room: b, Read: 3, Followed: true}}
	bob := chat.Mark{User: w.bob, Room: a, Followed: true}
	check(t, w.UpdateMarks(ctx, []chat.Mark{want[1], bob, want[0]}))
	same(t, "by room", want, w.marks(t, w.alice))
	same(t, "bob's", []chat.Mark{bob}, w.marks(t, w.bob))
	same(t, "one", want[1], must(w.FindMark(ctx, w.alice, b))(t))

	want[0].Followed, want[1].Followed, want[1].Read = true, false, 9
	check(t, w.UpdateMarks(ctx, want))
	same(t, "changed", want, w.marks(t, w.alice))
	check(t, w.UpdateMarks(ctx, nil))
	same(t, "bob's are his own", []chat.Mark{bob}, w.marks(t, w.bob))
}

func testFollowers(t *testing.T, w *world) {
	a, b := w.rooms[0].ID, w.rooms[1].ID
	check(t, w.UpdateMarks(t.Context(), []chat.Mark{
		{User: w.bob, Room: a, Followed: true}, {User: w.alice, Room: a, Followed: true}, {User: w.alice, Room: b, Read: 1},
	}))
	same(t, "two", []chat.PrincipalID{w.alice, w.bob}, must(w.ListFollowers(t.Context(), a))(t))
	same(t, "who only read", []chat.PrincipalID{}, must(w.ListFollowers(t.Context(), b))(t))
	check(t, w.UpdateMarks(t.Context(), []chat.Mark{{User: w.alice, Room: a}}))
	same(t, "one is left", []chat.PrincipalID{w.bob}, must(w.ListFollowers(t.Context(), a))(t))
}

func testMarksRead(t *testing.T, w *world) {
	m := chat.Mark{User: w.alice, Room: w.rooms[0].ID, Read: 5}
	check(t, w.UpdateMarks(t.Context(), []chat.Mark{m}))
	for _, read := range []chat.MessageID{4, 0, 5} {
		m.Read, m.Followed = read, !m.Followed
		check(t, w.UpdateMarks(t.Context(), []chat.Mark{m}))
		same(t, "a lower one", chat.Mark{User: m.User, Room: m.Room, Read: 5, Followed: m.Followed}, must(w.FindMark(t.Context(), m.User, m.Room))(t))
	}
	again := m
	m.Read, again.Read = 8, 7
	check(t, w.UpdateMarks(t.Context(), []chat.Mark{m, again}))
	same(t, "twice in one call", []chat.Mark{m}, w.marks(t, w.alice))
}

func testMarksMoved(t *testing.T, w *world) {
	ctx, a, b := t.Context(), w.rooms[0].ID, w.rooms[2].ID
	check(t, w.UpdateMarks(ctx, []chat.Mark{{User: w.alice, Room: a, Read: 5, Followed: true}}))
	check(t, w.MoveMarks(ctx, []chat.Mark{{User: w.alice, Room: a, Read: 7}, {User: w.alice, Room: b, Read: 2, Followed: true}}))
	want := []chat.Mark{{User: w.alice, Room: a, Read: 7, Followed: true}, {User: w.alice, Room: b, Read: 2}}
	same(t, "moved", want, w.marks(t, w.alice))
	check(t, w.MoveMarks(ctx, []chat.Mark{{User: w.alice, Room: a, Read: 6}, {User: w.alice, Room: b, Followed: true}}))
	same(t, "never back", want, w.marks(t, w.alice))
	check(t, w.MoveMarks(ctx, nil))
	check(t, w.MoveMarks(ctx, []chat.Mark{{User: 4711, Room: a, Read: 1}, {User: w.bob, Room: 4711, Read: 1}}))
	same(t, "of one who is not there", []chat.Mark{}, w.marks(t, 4711))
	same(t, "of a room that is not there", []chat.Mark{}, w.marks(t, w.bob))
}

func testMarksConcurrently(t *testing.T, w *world) {
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for n := range 10 {
				m := chat.Mark{User: w.alice, Room: w.rooms[0].ID, Read: chat.MessageID(10*n + i)}
				if err := w.UpdateMarks(t.Context(), []chat.Mark{m}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if m := must(w.FindMark(t.Context(), w.alice, w.rooms[0].ID))(t); m.Read != 95 {
		t.Errorf("read up to %d, want 95", m.Read)
	}
}

func testGatheredOnce(t *testing.T, w *world) {
	for _, step := range []struct {
		user chat.PrincipalID
		feed string
		at   []chat.EntryID
		want int
	}{
		{w.alice, "a", []chat.EntryID{5, 7}, 2},
		{w.alice, "a", []chat.EntryID{5, 7, 9, 9}, 1},
		{w.alice, "b", []chat.EntryID{5, 7}, 2},
		{w.bob, "a", []chat.EntryID{7, 5}, 2},
		{w.alice, "a", nil, 0},
	} {
		if n := w.gather(t, step.user, step.feed, step.at...); n != step.want {
			t.Errorf("%d of %v were new in feed %s of %d, want %d", n, step.at, step.feed, step.user, step.want)
		}
	}
	want := []chat.Gathered{
		{User: w.bob, Feed: "a", Position: 7, Room: w.rooms[0].ID, Message: 7}, {User: w.bob, Feed: "a", Position: 5, Room: w.rooms[0].ID, Message: 5},
	}
	other := want[0]
	other.Room, other.Message = w.rooms[1].ID, 1
	if n := must(w.AppendGathered(t.Context(), 0, []chat.Gathered{other}))(t); n != 0 {
		t.Errorf("a position that was there was stored again")
	}
	same(t, "bob's", want, must(w.ListGathered(t.Context(), w.bob, "a", 0, 10))(t))
}

func testGatheredListed(t *testing.T, w *world) {
	w.gather(t, w.alice, "a", 3, 1, 5)
	w.gather(t, w.alice, chat.Mentions, 4, 2)
	w.gather(t, w.bob, "a", 9)
	for _, c := range []struct {
		feed   string
		before chat.EntryID
		n      int
		want   []chat.EntryID
	}{
		{"a", 0, 10, []chat.EntryID{5, 3, 1}},
		{"a", 0, 2, []chat.EntryID{5, 3}},
		{"a", 5, 10, []chat.EntryID{3, 1}},
		{"a", 4, 1, []chat.EntryID{3}},
		{"a", 1, 10, nil},
		{"", 0, 10, []chat.EntryID{5, 4, 3, 2, 1}},
		{"", 4, 2, []chat.EntryID{3, 2}},
		{chat.Mentions, 0, 10, []chat.EntryID{4, 2}},
		{"c", 0, 10, nil},
		{"a", 0, 0, nil},
		{"a", 0, -1, nil},
	} {
		same(t, "feed "+c.feed, c.want, w.positions(t, w.alice, c.feed, c.before, c.n))
	}
	same(t, "one who has none", []chat.EntryID{}, w.positions(t, 77, "", 0, 10))
}

func testGatheredPages(t *testing.T, w *world) {
	for _, feed := range []string{"c", "a", "b"} {
		w.gather(t, w.alice, feed, 4, 6)
	}
	var got []string
	for _, g := range must(w.ListGathered(t.Context(), w.alice, "", 0, 5))(t) {
		got = append(got, g.Feed)
	}
	same(t, "feeds", []string{"a", "b", "c", "a", "b"}, got)
}

func testGatheredUpTo(t *testing.T, w *world) {
	for _, step := range []struct{ given, want chat.EntryID }{{0, 0}, {7, 7}, {0, 7}, {5, 7}, {12, 12}} {
		must(w.AppendGathered(t.Context(), step.given, nil))(t)
		if at := must(w.GatheredUpTo(t.Context()))(t); at != step.want {
			t.Errorf("after %d it is %d, want %d", step.given, at, step.want)
		}
	}
}

func testGatheredDelete(t *testing.T, w *world) {
	w.gather(t, w.alice, "a", 1, 2)
	w.gather(t, w.alice, "b", 1, 2)
	w.gather(t, w.bob, "a", 1)
	for range 2 {
		check(t, w.DeleteGathered(t.Context(), w.alice, "a"))
	}
	check(t, w.DeleteGathered(t.Context(), w.alice, "")) // no feed, not all
	same(t, "a", []chat.EntryID{}, w.positions(t, w.alice, "a", 0, 10))
	same(t, "b", []chat.EntryID{2, 1}, w.positions(t, w.alice, "b", 0, 10))
	same(t, "bob's", []chat.EntryID{1}, w.positions(t, w.bob, "a", 0, 10))
	if n := w.gather(t, w.alice, "a", 1); n != 1 {
		t.Errorf("%d were new after the feed was emptied", n)
	}
}

func testFollowingDeleted(t *testing.T, w *world) {
	ctx := t.Context()
	a, b := w.rooms[0].ID, w.rooms[1].ID
	for _, user := range []chat.PrincipalID{w.alice, w.bob} {
		check(t, w.UpdateMarks(ctx, []chat.Mark{{User: user, Room: a, Read: 1}, {User: user, Room: b, Followed: true}}))
		g := []chat.Gathered{{User: user, Feed: "f", Position: 1, Room: a, Message: 1}, {User: user, Feed: "f", Position: 2, Room: b, Message: 1}}
		must(w.AppendGathered(ctx, 0, g))(t)
	}
	check(t, w.DeleteRoom(ctx, a, chat.Entry{}))
	same(t, "marks", []chat.Mark{{User: w.alice, Room: b, Followed: true}}, w.marks(t, w.alice))
	same(t, "mark of the room", chat.Mark{User: w.alice, Room: a}, must(w.FindMark(ctx, w.alice, a))(t))
	same(t, "gathered", []chat.EntryID{2}, w.positions(t, w.alice, "", 0, 10))

	p, _ := w.findPrincipal(t, w.alice)
	p.State = chat.PrincipalDeleted
	check(t, w.UpdatePrincipal(ctx, p, personEntry))
	same(t, "marks", []chat.Mark{}, w.marks(t, w.alice))
	same(t, "gathered", []chat.EntryID{}, w.positions(t, w.alice, "", 0, 10))
	same(t, "bob's marks", []chat.Mark{{User: w.bob, Room: b, Followed: true}}, w.marks(t, w.bob))
	same(t, "bob's gathered", []chat.EntryID{2}, w.positions(t, w.bob, "", 0, 10))
}

func testFollowingAbsent(t *testing.T, w *world) {
	ctx := t.Context()
	p := w.create(t, newUser("carol"))[0]
	p.State = chat.PrincipalDeleted
	check(t, w.UpdatePrincipal(ctx, p, personEntry))
	check(t, w.DeleteRoom(ctx, w.rooms[2].ID, chat.Entry{}))
	there := w.rooms[0].ID
	want := chat.Mark{User: w.alice, Room: there, Read: 1}
	check(t, w.UpdateMarks(ctx, []chat.Mark{{User: p.ID, Room: there}, {User: 4711, Room: there}, {User: w.alice, Room: w.rooms[2].ID}, want}))
	same(t, "marks", []chat.Mark{want}, w.marks(t, w.alice))
	g := []chat.Gathered{
		{User: p.ID, Feed: "f", Position: 1, Room: there},
		{User: 4711, Feed: "f", Position: 1, Room: there},
		{User: w.alice, Feed: "f", Position: 1, Room: w.rooms[2].ID},
		{User: w.alice, Feed: "f", Position: 2, Room: there, Message: 1},
	}
	if n := must(w.AppendGathered(ctx, 9, g))(t); n != 1 {
		t.Errorf("%d were stored, want 1", n)
	}
	for _, user := range []chat.PrincipalID{p.ID, 4711} {
		same(t, "marks of one who is not there", []chat.Mark{}, w.marks(t, user))
		same(t, "gathered for one who is not there", []chat.EntryID{}, w.positions(t, user, "", 0, 10))
	}
	same(t, "gathered", []chat.EntryID{2}, w.positions(t, w.alice, "", 0, 10))
	same(t, "up to", chat.EntryID(9), must(w.GatheredUpTo(ctx))(t))
}

func testFollowingJournal(t *testing.T, w *world) {
	before := must(w.JournalHead(t.Context()))(t)
	check(t, w.UpdateMarks(t.Context(), []chat.Mark{w.mark(w.alice)}))
	w.gather(t, w.alice, "f", 1)
	check(t, w.DeleteGathered(t.Context(), w.alice, "f"))
	same(t, "head", before, must(w.JournalHead(t.Context()))(t))
}

func testFollowingKeepsNothing(t *testing.T, w *world) {
	marks, g := []chat.Mark{w.mark(w.alice)}, []chat.Gathered{w.gathered(w.alice)}
	check(t, w.UpdateMarks(t.Context(), marks))
	must(w.AppendGathered(t.Context(), 3, g))(t)
	before := snapshot(t, w.Store)
	clear(marks)
	clear(g)
	clear(w.marks(t, w.alice))
	clear(must(w.ListGathered(t.Context(), w.alice, "", 0, 5))(t))
	same(t, "the store kept a caller's slice", before, snapshot(t, w.Store))
}

func testFeedTexts(t *testing.T, w *world) {
	for i, feed := range texts[1:] { // the first is empty, which means all
		w.gather(t, w.alice, feed, chat.EntryID(i+1))
		got := must(w.ListGathered(t.Context(), w.alice, feed, 0, 5))(t)
		if len(got) != 1 || got[0].Feed != feed {
			t.Errorf("feed %q has %v", feed, got)
		}
		check(t, w.DeleteGathered(t.Context(), w.alice, feed))
	}
	same(t, "what is left", []chat.EntryID{}, w.positions(t, w.alice, "", 0, 100))
}
