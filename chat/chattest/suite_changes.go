package chattest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"perch/chat"
)

var changeTests = map[string]func(t *testing.T, w *world){
	"Changes/messages by id":                     testListMessages,
	"Changes/many messages by id":                testListManyMessages,
	"Changes/a replaced text":                    testReplace,
	"Changes/replaced again and removed":         testReplaceAgain,
	"Changes/a removed message":                  testRemove,
	"Changes/what cannot be read is left out":    testChangeLeftOut,
	"Changes/entries":                            testChangeEntries,
	"Changes/texts are kept byte for byte":       testReplaceTexts,
	"Changes/need a room":                        testChangeRoom,
	"Changes/outlive the room in the journal":    testChangeOutlives,
	"Changes/beside posts":                       testChangeConcurrently,
	"Changes/all of a cancelled call or nothing": testChangeCancelled,
	"Purge/up to a time":                         testPurge,
	"Purge/up to the last one posted in time":    testPurgeOrder,
	"Purge/counts what could be read":            testPurgeCount,
	"Purge/without effect has no entry":          testPurgeNothing,
	"Purge/everything, and posts go on":          testPurgeAll,
	"Purge/the entry":                            testPurgeEntry,
	"Purge/beside posts":                         testPurgeConcurrently,
}

// at is the batch of a post in a room at a time.
func at(r chat.Room, when chat.Time) chat.Batch {
	b := post(fmt.Sprint("at ", when, " "), r)
	b.Drafts[0].At = when
	return b
}

// sayAt posts in a room at times.
func (w *world) sayAt(t testing.TB, r chat.Room, times ...chat.Time) {
	t.Helper()
	for _, when := range times {
		must(w.Append(t.Context(), at(r, when)))(t)
	}
}

func (w *world) change(t testing.TB, r chat.Room, text *string, ids ...chat.MessageID) int {
	t.Helper()
	return must(w.ChangeMessages(t.Context(), r.ID, ids, text, chat.Entry{}))(t)
}

func (w *world) purge(t testing.TB, r chat.Room, until chat.Time) int {
	t.Helper()
	return must(w.Purge(t.Context(), r.ID, until, chat.Entry{}))(t)
}

// left checks which messages of a room can be read, whatever way they are asked
// for.
func (w *world) left(t testing.TB, r chat.Room, want ...chat.MessageID) {
	t.Helper()
	ids := func(list []chat.Message) (out []chat.MessageID) {
		for _, m := range list {
			out = append(out, m.ID)
		}
		return out
	}
	ctx := t.Context()
	all := make([]chat.MessageID, must(w.Head(ctx, r.ID))(t)+1)
	for i := range all {
		all[i] = chat.MessageID(i + 1)
	}
	same(t, "after", want, ids(must(w.ListAfter(ctx, r.ID, 0, 1000))(t)))
	same(t, "newest", want, ids(must(w.ListNewest(ctx, r.ID, 0, 1000))(t)))
	same(t, "by id", want, ids(must(w.ListMessages(ctx, r.ID, all))(t)))
	for i, id := range want {
		same(t, "after one", want[i+1:], ids(must(w.ListAfter(ctx, r.ID, id, 1000))(t)))
		same(t, "before one", want[:i], ids(must(w.ListNewest(ctx, r.ID, id, 1000))(t)))
	}
}

func testListMessages(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("word ", r, r, w.rooms[1], r, r)
	b.Drafts[1].Unlogged, b.Drafts[3].Rich = true, "rich"
	must(w.Append(t.Context(), b))(t)
	want := []chat.Message{b.Drafts[0].Message(1), b.Drafts[3].Message(3), b.Drafts[4].Message(4)}
	for _, c := range []struct {
		ids  []chat.MessageID
		want []chat.Message
	}{
		{nil, nil},
		{[]chat.MessageID{4, 2, 1, 3}, want},
		{[]chat.MessageID{3, 3}, want[1:2]},
		{[]chat.MessageID{0, -1, 5, 99, 4}, want[2:]},
		{[]chat.MessageID{2}, nil},
	} {
		ids := slices.Clone(c.ids)
		same(t, fmt.Sprint("messages ", ids), c.want, must(w.ListMessages(t.Context(), r.ID, ids))(t))
		same(t, "the caller's ids", c.ids, ids)
	}
	clear(must(w.ListMessages(t.Context(), r.ID, []chat.MessageID{1}))(t))
	w.left(t, r, 1, 3, 4)
	check(t, w.DeleteRoom(t.Context(), r.ID, chat.Entry{}))
	for _, room := range []chat.RoomID{r.ID, 4711} {
		same(t, "of a room that is not there", []chat.Message{}, must(w.ListMessages(t.Context(), room, []chat.MessageID{1, 3}))(t))
	}
}

func testListManyMessages(t *testing.T, w *world) {
	r, n := w.rooms[0], 1201
	must(w.Append(t.Context(), post("word ", slices.Repeat([]chat.Room{r}, n)...)))(t)
	var ids []chat.MessageID
	for i := n; i > 0; i-- {
		ids = append(ids, chat.MessageID(i), 0)
	}
	same(t, "many", must(w.ListAfter(t.Context(), r.ID, 0, n))(t), must(w.ListMessages(t.Context(), r.ID, ids))(t))
	if n := w.change(t, r, nil, ids...); n != len(ids)/2 {
		t.Errorf("%d were removed", n)
	}
	w.left(t, r)
}

func testReplace(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("word ", r, r, r, w.rooms[1])
	b.Drafts[1].Rich, b.Drafts[1].Alert = "rich", true
	must(w.Append(t.Context(), b))(t)
	posted := must(w.ListEntries(t.Context(), 0, everything))(t)
	text := "withdrawn"
	if n := w.change(t, r, &text, 2); n != 1 {
		t.Errorf("%d were changed", n)
	}
	want := []chat.Message{b.Drafts[0].Message(1), b.Drafts[1].Message(2), b.Drafts[2].Message(3)}
	want[1].Text, want[1].Rich, want[1].Replaced = text, "", true
	same(t, "after", want, must(w.ListAfter(t.Context(), r.ID, 0, 10))(t))
	same(t, "newest", want, must(w.ListNewest(t.Context(), r.ID, 0, 10))(t))
	same(t, "by id", want[1:2], must(w.ListMessages(t.Context(), r.ID, []chat.MessageID{2}))(t))
	same(t, "another room", []chat.Message{b.Drafts[3].Message(1)}, must(w.ListAfter(t.Context(), w.rooms[1].ID, 0, 10))(t))
	same(t, "the journal so far", posted, must(w.ListEntries(t.Context(), 0, len(posted)))(t))
	same(t, "ids", []chat.MessageID{4}, must(w.Append(t.Context(), post("", r)))(t))
}

func testReplaceAgain(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("first ", r, r)
	b.Drafts[0].Rich = "rich"
	must(w.Append(t.Context(), b))(t)
	posted := must(w.ListEntries(t.Context(), 0, everything))(t)
	for _, text := range []string{"second", "", "third", "third"} {
		if n := w.change(t, r, &text, 1); n != 1 {
			t.Errorf("%d were changed to %q", n, text)
		}
		if m := must(w.ListAfter(t.Context(), r.ID, 0, 1))(t)[0]; m.Text != text || m.Rich != "" {
			t.Errorf("the message is %q %q, want %q", m.Text, m.Rich, text)
		}
		same(t, "the journal so far", posted, must(w.ListEntries(t.Context(), 0, len(posted)))(t))
	}
	w.change(t, r, nil, 1)
	w.left(t, r, 2)
	same(t, "the journal so far", posted, must(w.ListEntries(t.Context(), 0, len(posted)))(t))
}

func testRemove(t *testing.T, w *world) {
	r := w.rooms[0]
	w.say(t, r, 5)
	posted := must(w.ListEntries(t.Context(), 0, everything))(t)
	if n := w.change(t, r, nil, 4, 2, 5); n != 3 {
		t.Errorf("%d were removed", n)
	}
	w.left(t, r, 1, 3)
	same(t, "the newest one", chat.MessageID(3), must(w.ListNewest(t.Context(), r.ID, 0, 1))(t)[0].ID)
	same(t, "head", chat.MessageID(5), must(w.Head(t.Context(), r.ID))(t))
	same(t, "the journal so far", posted, must(w.ListEntries(t.Context(), 0, len(posted)))(t))
	same(t, "ids", []chat.MessageID{6}, must(w.Append(t.Context(), post("", r)))(t))
	w.left(t, r, 1, 3, 6)
}

func testChangeLeftOut(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("word ", r, r, r, r)
	b.Drafts[1].Unlogged = true
	must(w.Append(t.Context(), b))(t)
	w.say(t, w.rooms[1], 9)
	w.change(t, r, nil, 3)
	head := must(w.JournalHead(t.Context()))(t)
	text := "new"
	for _, to := range []*string{&text, nil} {
		if n := w.change(t, r, to, 2, 3, 0, -1, 5, 9, 4711); n != 0 {
			t.Errorf("%d were changed that cannot be read", n)
		}
		if n := w.change(t, r, to); n != 0 {
			t.Errorf("%d of none were changed", n)
		}
	}
	same(t, "the journal's head", head, must(w.JournalHead(t.Context()))(t))
	ids := []chat.MessageID{4, 2, 4, 1, 1, 7}
	for _, to := range []*string{&text, nil} {
		if n := w.change(t, r, to, ids...); n != 2 {
			t.Errorf("%d were changed, want 2, each once", n)
		}
	}
	same(t, "the caller's ids", []chat.MessageID{4, 2, 4, 1, 1, 7}, ids)
	w.left(t, r)
	w.left(t, w.rooms[1], 1, 2, 3, 4, 5, 6, 7, 8, 9)
}

func testChangeEntries(t *testing.T, w *world) {
	r := w.rooms[0]
	w.say(t, r, 4)
	head := must(w.JournalHead(t.Context()))(t)
	e := chat.Entry{
		Kind: "any", At: 7, Actor: w.alice, ActorURI: "sip:alice@example.test", Message: 99, Last: 98, Text: "any", Rich: "any", Endpoint: "epid",
		Cause: "cause", Detail: "detail",
	}
	text := "new"
	must(w.ChangeMessages(t.Context(), r.ID, []chat.MessageID{3, 1}, &text, e))(t)
	e.RoomName = "as it was"
	must(w.ChangeMessages(t.Context(), r.ID, []chat.MessageID{2, 3}, nil, e))(t)
	var want []chat.Entry
	for i, id := range []chat.MessageID{1, 3, 2, 3} {
		n := e
		n.ID, n.Message, n.Last, n.Room, n.RoomGUID, n.RoomName, n.Rich = head+chat.EntryID(i+1), id, 0, r.ID, r.GUID, r.Name, ""
		n.Kind, n.Text = chat.EntryReplace, text
		if i > 1 {
			n.Kind, n.Text, n.RoomName = chat.EntryRemove, "", "as it was"
		}
		want = append(want, n)
	}
	same(t, "entries", want, must(w.ListEntries(t.Context(), head, 10))(t))
}

func testReplaceTexts(t *testing.T, w *world) {
	r := w.rooms[0]
	w.say(t, r, 1)
	for _, text := range texts {
		w.change(t, r, &text, 1)
		if m := must(w.ListNewest(t.Context(), r.ID, 0, 1))(t)[0]; m.Text != text {
			t.Errorf("the message is %q, want %q", m.Text, text)
		}
		head := must(w.JournalHead(t.Context()))(t)
		if e := must(w.ListEntries(t.Context(), head-1, 1))(t)[0]; e.Text != text {
			t.Errorf("the journal has %q, want %q", e.Text, text)
		}
	}
}

func testChangeRoom(t *testing.T, w *world) {
	w.say(t, w.rooms[2], 2)
	check(t, w.DeleteRoom(t.Context(), w.rooms[2].ID, chat.Entry{}))
	for _, room := range []chat.RoomID{0, 4711, w.rooms[2].ID} {
		w.refused(t, chat.KindNoSuchRoom, func(ctx context.Context) error {
			return drop(w.ChangeMessages(ctx, room, []chat.MessageID{1}, nil, chat.Entry{}))
		})
		w.refused(t, chat.KindNoSuchRoom, func(ctx context.Context) error { return drop(w.Purge(ctx, room, 1<<60, chat.Entry{})) })
	}
}

// testChangeOutlives checks the journal of a room whose messages were changed in
// every way, after the room was deleted.
func testChangeOutlives(t *testing.T, w *world) {
	r := w.rooms[0]
	b := post("kept ", r, r, r, r)
	b.Drafts[0].Rich, b.Drafts[2].Unlogged = "rich", true
	must(w.Append(t.Context(), b))(t)
	w.say(t, r, 1)
	text := "new"
	w.change(t, r, &text, 1, 2, 5)
	w.change(t, r, nil, 2)
	w.purge(t, r, 1<<60)
	before := must(w.ListEntries(t.Context(), 0, everything))(t)
	check(t, w.DeleteRoom(t.Context(), r.ID, chat.Entry{}))
	same(t, "journal", before, must(w.ListEntries(t.Context(), 0, len(before)))(t))
	for _, e := range before {
		if e.Kind != chat.EntryPost || int(e.Message) > len(b.Drafts) {
			continue
		}
		if d := b.Drafts[e.Message-1]; e.Text != d.Text || e.Rich != d.Rich {
			t.Errorf("post %d is %q %q in the journal", e.Message, e.Text, e.Rich)
		}
	}
}

func testChangeConcurrently(t *testing.T, w *world) {
	r := w.rooms[0]
	w.say(t, r, 1)
	var wg sync.WaitGroup
	for p := range 4 {
		wg.Go(func() {
			for i := range 15 {
				var err error
				text := fmt.Sprint("new ", p, i)
				switch p {
				case 0:
					_, err = w.ChangeMessages(t.Context(), r.ID, []chat.MessageID{chat.MessageID(i), chat.MessageID(i + 1), 1}, &text, chat.Entry{})
				case 1:
					_, err = w.ChangeMessages(t.Context(), r.ID, []chat.MessageID{chat.MessageID(2 * i)}, nil, chat.Entry{})
				default:
					_, err = w.Append(t.Context(), post("word ", r, w.rooms[1]))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	same(t, "head", chat.MessageID(31), must(w.Head(t.Context(), r.ID))(t))
}

// testChangeCancelled cancels calls at any moment: each has changed all of its
// messages or none.
func testChangeCancelled(t *testing.T, w *world) {
	r, n := w.rooms[0], chat.MessageID(40)
	w.say(t, r, int(n))
	var ids []chat.MessageID
	for id := range n {
		ids = append(ids, id+1)
	}
	for i := range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		text := fmt.Sprint("new ", i)
		changed, err := w.ChangeMessages(ctx, r.ID, ids, &text, chat.Entry{})
		if err != nil && !errors.Is(err, context.Canceled) || err == nil && changed != int(n) {
			t.Errorf("%d changed, %v", changed, err)
		}
		list := must(w.ListAfter(t.Context(), r.ID, 0, 100))(t)
		for _, m := range list {
			if m.Text != list[0].Text || err == nil && m.Text != text {
				t.Fatalf("after call %d (%v) message 1 is %q, message %d is %q", i, err, list[0].Text, m.ID, m.Text)
			}
		}
	}
}

func testPurge(t *testing.T, w *world) {
	r := w.rooms[0]
	w.sayAt(t, r, 10, 20, 30, 40, 50)
	w.sayAt(t, w.rooms[1], 10, 20)
	posted := must(w.ListEntries(t.Context(), 0, everything))(t)
	for _, step := range []struct {
		until chat.Time
		want  int
		left  []chat.MessageID
	}{
		{9, 0, []chat.MessageID{1, 2, 3, 4, 5}},
		{10, 1, []chat.MessageID{2, 3, 4, 5}},
		{39, 2, []chat.MessageID{4, 5}},
		{39, 0, []chat.MessageID{4, 5}},
		{5, 0, []chat.MessageID{4, 5}},
		{40, 1, []chat.MessageID{5}},
	} {
		if n := w.purge(t, r, step.until); n != step.want {
			t.Errorf("%d were purged up to %d, want %d", n, step.until, step.want)
		}
		w.left(t, r, step.left...)
	}
	w.left(t, w.rooms[1], 1, 2)
	same(t, "head", chat.MessageID(5), must(w.Head(t.Context(), r.ID))(t))
	same(t, "the journal so far", posted, must(w.ListEntries(t.Context(), 0, len(posted)))(t))
	rooms := must(w.ListRooms(t.Context()))(t)
	same(t, "the room's version", w.rooms, rooms)
}

// testPurgeOrder posts at times that go back, as a server's clock may.
func testPurgeOrder(t *testing.T, w *world) {
	r := w.rooms[0]
	w.sayAt(t, r, 10, 90, 20, 95, 30, 96, 97)
	if n := w.purge(t, r, 25); n != 3 {
		t.Errorf("%d were purged: what lies before the last one in time goes with it", n)
	}
	w.left(t, r, 4, 5, 6, 7)
	w.sayAt(t, r, 25)
	if n := w.purge(t, r, 25); n != 5 {
		t.Errorf("%d were purged", n)
	}
	w.left(t, r)
}

func testPurgeCount(t *testing.T, w *world) {
	r := w.rooms[0]
	for i := range chat.Time(8) {
		b := at(r, i+1)
		b.Drafts[0].Unlogged = i == 1 || i == 6
		must(w.Append(t.Context(), b))(t)
	}
	text := "new"
	w.change(t, r, nil, 3, 8)
	w.change(t, r, &text, 4)
	if n := w.purge(t, r, 4); n != 2 {
		t.Errorf("%d were purged, want messages 1 and 4", n)
	}
	w.left(t, r, 5, 6)
	if n := w.change(t, r, &text, 1, 4, 5); n != 1 {
		t.Errorf("%d were changed: a purged one cannot be read", n)
	}
	if n := w.purge(t, r, 8); n != 2 {
		t.Errorf("%d were purged, want messages 5 and 6", n)
	}
	w.left(t, r)
}

func testPurgeNothing(t *testing.T, w *world) {
	r := w.rooms[0]
	nothing := func(until chat.Time) {
		t.Helper()
		head := must(w.JournalHead(t.Context()))(t)
		if n := w.purge(t, r, until); n != 0 {
			t.Errorf("%d were purged", n)
		}
		same(t, "head", head, must(w.JournalHead(t.Context()))(t))
	}
	nothing(100) // an empty room
	b := at(r, 5)
	b.Drafts[0].Unlogged = true
	must(w.Append(t.Context(), b))(t)
	nothing(100) // nothing that can be read
	w.sayAt(t, r, 6)
	nothing(5)
	nothing(0)
	nothing(-1)
	w.change(t, r, nil, 2)
	nothing(100)
	w.left(t, r)
}

func testPurgeAll(t *testing.T, w *world) {
	r := w.rooms[0]
	w.sayAt(t, r, 10, 20)
	if n := w.purge(t, r, 1<<60); n != 2 {
		t.Errorf("%d were purged", n)
	}
	w.left(t, r)
	w.sayAt(t, r, 15, 30) // the time is past, but these came after
	w.left(t, r, 3, 4)
	if n := w.purge(t, r, 15); n != 1 {
		t.Errorf("%d were purged", n)
	}
	w.left(t, r, 4)
}

func testPurgeEntry(t *testing.T, w *world) {
	r := w.rooms[0]
	for i := range chat.Time(6) {
		b := at(r, i+1)
		b.Drafts[0].Unlogged = i == 0 || i == 4
		must(w.Append(t.Context(), b))(t)
	}
	head := must(w.JournalHead(t.Context()))(t)
	e := chat.Entry{Kind: "any", At: 7, Actor: w.alice, Endpoint: "epid", Cause: "cause", Detail: `{"until":5}`}
	must(w.Purge(t.Context(), r.ID, 5, e))(t)
	e.RoomName = "as it was"
	must(w.Purge(t.Context(), r.ID, 9, e))(t)
	e.Kind, e.Room, e.RoomGUID = chat.EntryPurge, r.ID, r.GUID
	first, second := e, e
	first.ID, first.Message, first.Last, first.RoomName = head+1, 2, 4, r.Name
	second.ID, second.Message, second.Last = head+2, 6, 6
	same(t, "entries", []chat.Entry{first, second}, must(w.ListEntries(t.Context(), head, 10))(t))
}

// testPurgeConcurrently purges while others post and remove: every message is
// counted once, by one of those who took it out.
func testPurgeConcurrently(t *testing.T, w *world) {
	r := w.rooms[0]
	var wg sync.WaitGroup
	var mu sync.Mutex
	out := 0
	for p := range 4 {
		wg.Go(func() {
			for i := range 25 {
				var n int
				var err error
				switch p {
				case 0:
					n, err = w.Purge(t.Context(), r.ID, 1<<60, chat.Entry{})
				case 1:
					n, err = w.ChangeMessages(t.Context(), r.ID, []chat.MessageID{chat.MessageID(2*i + 1), chat.MessageID(2 * i)}, nil, chat.Entry{})
				default:
					_, err = w.Append(t.Context(), post("word ", r))
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				out += n
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	out += w.purge(t, r, 1<<60)
	if head := must(w.Head(t.Context(), r.ID))(t); int(head) != 50 || out != 50 {
		t.Errorf("%d of %d messages were taken out", out, head)
	}
	w.left(t, r)
}
