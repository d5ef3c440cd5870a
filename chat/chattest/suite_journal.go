package chattest

import (
	"fmt"
	"strings"
	"testing"

	"perch/chat"
)

var journalTests = map[string]func(t *testing.T, w *world){
	"Journal/names the operator":             testJournalOperator,
	"Journal/every field is kept":            testJournalFields,
	"Journal/what strangers send is cleaned": testJournalClean,
	"Journal/a batch is in its order":        testJournalOrder,
	"Journal/pages":                          testJournalPages,
	"Journal/outlives its room":              testJournalOutlives,
	"Journal/every change writes its entry":  testJournalChanges,
	"Journal/names are those of that moment": testJournalNames,
	"Journal/entries are erased":             testJournalErase,
	"Journal/is trimmed":                     testJournalTrim,
}

func testJournalFields(t *testing.T, w *world) {
	e := chat.Entry{
		Kind: chat.EntryHistory, At: 1_783_000_000_123_456, Actor: w.bob, ActorURI: "sip:bob@example.test", Room: w.rooms[0].ID,
		RoomGUID: w.rooms[0].GUID, RoomName: "Bonds", Message: 7, Last: 9, Alert: true, Text: "text", Rich: "rich", Endpoint: "epid",
		Cause: "cause", Detail: `{"n":1}`, ActorName: "Bob", Client: "UCCAPI/15",
	}
	must(w.Append(t.Context(), chat.Batch{Entries: []chat.Entry{e}}))(t)
	e.ID = must(w.JournalHead(t.Context()))(t)
	same(t, "entry", []chat.Entry{e}, must(w.ListEntries(t.Context(), e.ID-1, 1))(t))
}

// testJournalClean: what is no UTF-8, or far too long, is made fit to be kept.
func testJournalClean(t *testing.T, w *world) {
	long := strings.Repeat("é", 2000)
	e := chat.Entry{Kind: chat.EntryRefused, Endpoint: "caf\xe9", Client: long, ActorURI: "x" + long, Detail: long + "\xff"}
	must(w.Append(t.Context(), chat.Batch{Entries: []chat.Entry{e}}))(t)
	head := must(w.JournalHead(t.Context()))(t)
	want := chat.Entry{ID: head, Kind: chat.EntryRefused, Endpoint: "caf\uFFFD", Client: long[:1024], ActorURI: "x" + long[:1022], Detail: long + "\uFFFD"}
	same(t, "entry", []chat.Entry{want}, must(w.ListEntries(t.Context(), head-1, 1))(t))
}

// testJournalOperator: what no user did is by the call's operator.
func testJournalOperator(t *testing.T, w *world) {
	head := must(w.JournalHead(t.Context()))(t)
	entries := []chat.Entry{{Kind: chat.EntryCommand}, {Kind: chat.EntryJoin, Actor: w.bob, ActorURI: "sip:bob@example.test"}}
	must(w.Append(chat.WithOperator(t.Context(), "os:alice"), chat.Batch{Entries: entries}))(t)
	must(w.Append(t.Context(), chat.Batch{Entries: entries[:1]}))(t)
	for i, e := range must(w.ListEntries(t.Context(), head, 3))(t) {
		if want := []string{"os:alice", "sip:bob@example.test", ""}[i]; e.ActorURI != want {
			t.Errorf("entry %d is by %q, want %q", i, e.ActorURI, want)
		}
	}
}

func testJournalOrder(t *testing.T, w *world) {
	head := must(w.JournalHead(t.Context()))(t)
	b := post("word ", w.rooms[1], w.rooms[0], w.rooms[1])
	b.Drafts[1].Unlogged = true
	for i := range 3 {
		b.Entries = append(b.Entries, chat.Entry{Kind: chat.EntryJoin, At: chat.Time(i), Room: w.rooms[2].ID})
	}
	given := must(w.Append(t.Context(), b))(t)
	var want []chat.Entry
	for i := range b.Drafts {
		want = append(want, PostEntry(&b.Drafts[i], b.Origins[i], given[i]))
	}
	want = append(want, b.Entries...)
	for i := range want {
		want[i].ID = head + chat.EntryID(i+1)
	}
	same(t, "entries", want, must(w.ListEntries(t.Context(), head, 10))(t))
}

func testJournalPages(t *testing.T, w *world) {
	w.say(t, w.rooms[0], 12)
	all := must(w.ListEntries(t.Context(), 0, everything))(t)
	for size := 1; size <= len(all)+1; size += 4 {
		var got []chat.Entry
		after := chat.EntryID(0)
		for {
			page := must(w.ListEntries(t.Context(), after, size))(t)
			if len(page) == 0 {
				break
			}
			if len(page) > size {
				t.Fatalf("%d entries in a page of %d", len(page), size)
			}
			got, after = append(got, page...), page[len(page)-1].ID
		}
		same(t, fmt.Sprint("pages of ", size), all, got)
	}
	for _, n := range []int{0, -1} {
		same(t, fmt.Sprint("a page of ", n), []chat.Entry{}, must(w.ListEntries(t.Context(), 0, n))(t))
	}
	same(t, "after less than nothing", all[:2], must(w.ListEntries(t.Context(), -3, 2))(t))
	same(t, "after the head", []chat.Entry{}, must(w.ListEntries(t.Context(), chat.EntryID(len(all)+7), 2))(t))
}

// testJournalOutlives checks that what was said in a deleted room stays in the
// journal word for word, even when another room is made after it.
func testJournalOutlives(t *testing.T, w *world) {
	r := w.rooms[2]
	b := post("kept ", r, w.rooms[0], r, r)
	b.Drafts[2].Unlogged, b.Drafts[2].Rich = true, "rich"
	b.Drafts[3].Rich = "rich too"
	must(w.Append(t.Context(), b))(t)
	before := must(w.ListEntries(t.Context(), 0, everything))(t)
	check(t, w.DeleteRoom(t.Context(), r.ID, chat.Entry{Kind: chat.EntryRoom, At: 5, Detail: "gone"}))
	want := append(before, chat.Entry{ID: chat.EntryID(len(before) + 1), Kind: chat.EntryRoom, At: 5, Room: r.ID, RoomGUID: r.GUID, RoomName: r.Name, Detail: "gone"})
	same(t, "after the room was deleted", want, must(w.ListEntries(t.Context(), 0, everything))(t))

	again := newRoom(w.category, r.Name)
	made := must(w.CreateRooms(t.Context(), []chat.Room{again}, roomEntries(1)))(t)
	if made[0].ID == r.ID {
		t.Errorf("room %d was given its id again: the journal would mix two rooms", r.ID)
	}
	must(w.Append(t.Context(), post("new ", made[0], made[0], made[0])))(t)
	same(t, "after another room was made", want, must(w.ListEntries(t.Context(), 0, len(want)))(t))
}

// testJournalNames checks that a rename does not reach back.
func testJournalNames(t *testing.T, w *world) {
	w.say(t, w.rooms[0], 1)
	before := must(w.ListEntries(t.Context(), 0, everything))(t)
	r := w.rooms[0]
	r.Name = "Bonds and bills"
	must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)
	same(t, "entries before the rename", before, must(w.ListEntries(t.Context(), 0, len(before)))(t))
	last := must(w.ListEntries(t.Context(), chat.EntryID(len(before)), 10))(t)
	same(t, "entry of the rename", []chat.Entry{{ID: chat.EntryID(len(before) + 1), Kind: chat.EntryRoom, Room: r.ID, RoomGUID: r.GUID, RoomName: r.Name}}, last)
}

// testJournalChanges makes every change that has an entry and checks that just
// that entry was written.
func testJournalChanges(t *testing.T, w *world) {
	cat, room := newCategory("Audit"), newRoom(w.category, "Gold")
	ctx := t.Context()
	for i, step := range []func(e chat.Entry) error{
		func(e chat.Entry) (err error) { cat, err = w.CreateCategory(ctx, cat, e); return err },
		func(e chat.Entry) (err error) { cat, err = w.UpdateCategory(ctx, cat, e); return err },
		func(e chat.Entry) error { return w.DeleteCategory(ctx, cat.ID, e) },
		func(e chat.Entry) error {
			made, err := w.CreateRooms(ctx, []chat.Room{room}, []chat.Entry{e})
			check(t, err)
			room = made[0]
			return nil
		},
		func(e chat.Entry) error { return drop(w.UpdateRooms(ctx, []chat.Room{room}, []chat.Entry{e})) },
		func(e chat.Entry) error { return w.DeleteRoom(ctx, room.ID, e) },
		func(e chat.Entry) error {
			return drop(w.CreatePrincipals(ctx, []chat.Principal{newUser("carol")}, nil, []chat.Entry{e}))
		},
		func(e chat.Entry) error {
			return drop(w.UpdateMemberships(ctx, []chat.Membership{{Group: 9, Member: 1}}, nil, []chat.Entry{e}))
		},
		func(e chat.Entry) error {
			return w.UpdateCredentials(ctx, w.bob, chat.Credentials{Password: "x"}, "", e)
		},
		func(e chat.Entry) error {
			return drop(w.UpdateObjects(ctx, []chat.Object{newGrant(w.bob)}, []chat.Entry{e}))
		},
		func(e chat.Entry) error { return w.DeleteObject(ctx, chat.ObjectGrant, newGrant(w.bob).Name, e) },
		func(e chat.Entry) error {
			p := newUser("bob")
			p.ID, p.State = w.bob, chat.PrincipalDeleted
			return w.UpdatePrincipal(ctx, p, e)
		},
	} {
		head := must(w.JournalHead(ctx))(t)
		check(t, step(chat.Entry{Kind: chat.EntryKind(fmt.Sprint("step ", i)), Actor: w.alice, At: chat.Time(i), Detail: "detail"}))
		got := must(w.ListEntries(ctx, head, 10))(t)
		if len(got) != 1 {
			t.Fatalf("step %d wrote %d entries", i, len(got))
		}
		e := got[0]
		// Categories, a new principal, credentials, and a deleted principal.
		if about := i <= 2 || i == 6 || i == 8 || i == 11; about != (e.Subject != 0) || (i == 8 || i == 11) && e.Subject != int64(w.bob) || i <= 2 && e.Subject != int64(cat.ID) {
			t.Errorf("step %d: the entry is about %d", i, e.Subject)
		}
		e.Room, e.RoomGUID, e.RoomName, e.Subject = 0, "", "", 0
		same(t, "entry", chat.Entry{ID: head + 1, Kind: chat.EntryKind(fmt.Sprint("step ", i)), Actor: w.alice, At: chat.Time(i), Detail: "detail"}, e)
		if about := i >= 3 && i <= 5; about && (got[0].Room != room.ID || got[0].RoomGUID != room.GUID || got[0].RoomName != room.Name) {
			t.Errorf("step %d: the entry names the room %d %q %q", i, got[0].Room, got[0].RoomGUID, got[0].RoomName)
		}
	}
}

// testJournalErase: what an erased entry said is nowhere any more, its message's
// replaced text included; all else stays.
func testJournalErase(t *testing.T, w *world) {
	w.taken = true
	ctx := t.Context()
	r := w.rooms[0]
	w.say(t, r, 3)
	text := "another text"
	must(w.ChangeMessages(ctx, r.ID, []chat.MessageID{2}, &text, chat.Entry{}))(t)
	must(w.Append(ctx, chat.Batch{Entries: []chat.Entry{{Kind: chat.EntrySearch, Cause: "cause", Detail: "terms", Actor: w.bob}}}))(t)
	before := must(w.ListEntries(ctx, 0, everything))(t)
	n := len(before)
	ids := []chat.EntryID{before[n-4].ID, before[n-2].ID, before[n-1].ID, before[n-1].ID + 1, 0} // message 2's post, its new text, the search
	check(t, w.EraseEntries(ctx, ids))
	for _, i := range []int{n - 4, n - 2, n - 1} {
		e := &before[i]
		e.Text, e.Rich, e.Cause, e.Detail = "", "", "", ""
	}
	same(t, "journal", before, must(w.ListEntries(ctx, 0, everything))(t))
	for i, m := range must(w.ListNewest(ctx, r.ID, 0, 10))(t) {
		if want := []chat.MessageID{1, 3}[i]; m.ID != want || m.Text == "" {
			t.Errorf("message %+v can be read, want %d", m, want)
		}
	}
	if found := must(w.Search(ctx, chat.MessageSearch{Rooms: []chat.RoomID{r.ID}, Limit: 10}))(t); len(found.Hits) != 2 {
		t.Errorf("a search finds %+v", found.Hits)
	}
}

// testJournalTrim: what is old goes, but for posts of messages that can be read,
// and the journal says so.
func testJournalTrim(t *testing.T, w *world) {
	w.taken = true
	ctx := t.Context()
	r := w.rooms[0]
	w.say(t, r, 3)
	must(w.ChangeMessages(ctx, r.ID, []chat.MessageID{2}, nil, chat.Entry{At: 5}))(t)
	must(w.Append(ctx, chat.Batch{Entries: []chat.Entry{{Kind: chat.EntryJoin, At: 1 << 60}, {Kind: chat.EntryPart, At: 6}}}))(t)
	before := must(w.ListEntries(ctx, 0, everything))(t)
	young := before[len(before)-2]
	var first, last chat.EntryID
	made := func(a, b chat.EntryID) (chat.Entry, error) {
		if first == 0 {
			first = a
		}
		last = b
		return chat.Entry{Kind: chat.EntryRetention, At: 1 << 60, Detail: fmt.Sprint(a, b)}, nil
	}
	total := 0
	for {
		n := must(w.TrimJournal(ctx, young.At, 2, made))(t)
		if total += n; n == 0 {
			break
		}
	}
	var want []chat.Entry
	for _, e := range before {
		if e.ID >= young.ID || e.Kind == chat.EntryPost && (e.Message != 2 || e.Room != r.ID) {
			want = append(want, e)
		}
	}
	got := must(w.ListEntries(ctx, 0, everything))(t)
	same(t, "what is left", want, got[:min(len(want), len(got))])
	if total != len(before)-len(want) || first != before[0].ID || last >= young.ID {
		t.Errorf("%d of %d entries were trimmed, %d to %d", total, len(before), first, last)
	}
	for _, e := range got[len(want):] {
		if e.Kind != chat.EntryRetention || e.ID <= before[len(before)-1].ID {
			t.Errorf("entry %+v", e)
		}
	}
	if n := must(w.TrimJournal(ctx, 1<<62, everything, made))(t); n == 0 || must(w.JournalHead(ctx))(t) == 0 {
		t.Errorf("then %d went", n)
	}
	same(t, "messages", 2, len(must(w.ListNewest(ctx, r.ID, 0, 10))(t)))
}
