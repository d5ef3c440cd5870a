package chattest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"perch/chat"
)

var againTests = map[string]func(t *testing.T, w *world){
	"Again/a post that is tried again is stored once":       testAgain,
	"Again/another post of the same name is not stored":     testAgainAnother,
	"Again/within a batch":                                  testAgainBatch,
	"Again/from many at once":                               testAgainConcurrently,
	"Again/it is forgotten in time":                         testAgainForgotten,
	"Heads/of several rooms":                                testHeads,
	"Revised/by what removes, replaces or purges":           testRevised,
	"FindAt/the first of a time":                            testFindAt,
	"Preferences/listed, replaced, forgotten":               testPreferenceList,
	"CountGathered/what is newer than the mark":             testCountGathered,
	"Search/names are whole words":                          testSearchNames,
	"Search/traits":                                         testSearchTraits,
	"Search/traits of what was replaced, and in the totals": testSearchTraitsReplaced,
}

// named is a post with a ClientID.
func named(text, id string, author chat.PrincipalID, rooms ...chat.Room) chat.Batch {
	b := post(text, rooms...)
	for i := range b.Drafts {
		b.Drafts[i].Text, b.Drafts[i].ClientID, b.Drafts[i].Author = text, id, author
	}
	return b
}

func testAgain(t *testing.T, w *world) {
	w.say(t, w.rooms[0], 2)
	same(t, "first", []chat.MessageID{3}, must(w.Append(t.Context(), named("gold", "a", w.alice, w.rooms[0])))(t))
	before := snapshot(t, w.Store)
	for range 3 {
		same(t, "again", []chat.MessageID{-3}, must(w.Append(t.Context(), named("gold", "a", w.alice, w.rooms[0])))(t))
	}
	same(t, "trying again changed the store", before, snapshot(t, w.Store))
	same(t, "another name", []chat.MessageID{4}, must(w.Append(t.Context(), named("gold", "b", w.alice, w.rooms[0])))(t))
	same(t, "another author", []chat.MessageID{5}, must(w.Append(t.Context(), named("gold", "a", w.bob, w.rooms[0])))(t))
	same(t, "without a name", []chat.MessageID{6}, must(w.Append(t.Context(), named("gold", "", w.alice, w.rooms[0])))(t))
	must(w.ChangeMessages(t.Context(), w.rooms[0].ID, []chat.MessageID{3}, new("changed"), chat.Entry{}))(t)
	same(t, "after it was replaced", []chat.MessageID{-3}, must(w.Append(t.Context(), named("gold", "a", w.alice, w.rooms[0])))(t))
}

func testAgainAnother(t *testing.T, w *world) {
	must(w.Append(t.Context(), named("gold", "a", w.alice, w.rooms[0])))(t)
	other := named("gold", "a", w.alice, w.rooms[0])
	other.Drafts[0].Alert = true
	rich := named("gold", "a", w.alice, w.rooms[0])
	rich.Drafts[0].Rich = "{}"
	before := snapshot(t, w.Store)
	for what, b := range map[string]chat.Batch{
		"text": named("silver", "a", w.alice, w.rooms[0]), "room": named("gold", "a", w.alice, w.rooms[1]), "alert": other, "rich text": rich,
	} {
		same(t, "another "+what, []chat.MessageID{0}, must(w.Append(t.Context(), b))(t))
	}
	same(t, "the store", before, snapshot(t, w.Store))
}

func testAgainBatch(t *testing.T, w *world) {
	b := named("gold", "a", w.alice, w.rooms[0], w.rooms[0], w.rooms[1], w.rooms[0])
	b.Drafts[3].ClientID = ""
	b.Entries = []chat.Entry{{Kind: chat.EntryJoin, Room: w.rooms[0].ID}}
	same(t, "ids", []chat.MessageID{1, -1, 0, 2}, must(w.Append(t.Context(), b))(t))
	same(t, "head", 2, int(must(w.Head(t.Context(), w.rooms[0].ID))(t)))
	same(t, "head of the other room", 0, int(must(w.Head(t.Context(), w.rooms[1].ID))(t)))
	bad := named("lost", "b", w.alice, w.rooms[0], chat.Room{ID: 4711})
	bad.Drafts[1].ClientID = "c"
	_, err := w.Append(t.Context(), bad)
	kindIs(t, err, chat.KindNoSuchRoom)
	same(t, "what was refused was not posted", []chat.MessageID{3}, must(w.Append(t.Context(), named("lost", "b", w.alice, w.rooms[0])))(t))
}

func testAgainConcurrently(t *testing.T, w *world) {
	const tries, posts = 6, 10
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string][]chat.MessageID{}
	for range tries {
		wg.Go(func() {
			for i := range posts {
				id := fmt.Sprint("post ", i)
				ids, err := w.Append(t.Context(), named(id, id, w.alice, w.rooms[0]))
				if err != nil || len(ids) != 1 {
					t.Errorf("%v, %v", ids, err)
					return
				}
				mu.Lock()
				got[id] = append(got[id], ids[0])
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	same(t, "head", posts, int(must(w.Head(t.Context(), w.rooms[0].ID))(t)))
	for id, all := range got {
		slices.Sort(all)
		first := all[len(all)-1]
		want := append(slices.Repeat([]chat.MessageID{-first}, tries-1), first)
		same(t, id, want, all)
	}
}

func testAgainForgotten(t *testing.T, w *world) {
	late := func(days int) chat.Batch {
		b := named("gold", "a", w.alice, w.rooms[0])
		b.Drafts[0].At += chat.Time(time.Duration(days) * 24 * time.Hour / time.Microsecond)
		return b
	}
	must(w.Append(t.Context(), late(0)))(t)
	same(t, "on the last day", []chat.MessageID{-1}, must(w.Append(t.Context(), late(chat.ClientIDDays)))(t))
	same(t, "a day later", []chat.MessageID{2}, must(w.Append(t.Context(), late(chat.ClientIDDays+1)))(t))
	same(t, "from then on", []chat.MessageID{-2}, must(w.Append(t.Context(), late(chat.ClientIDDays+2)))(t))
}

func testHeads(t *testing.T, w *world) {
	w.say(t, w.rooms[0], 3)
	w.say(t, w.rooms[2], 1)
	all := []chat.RoomID{w.rooms[0].ID, w.rooms[1].ID, w.rooms[2].ID, 4711}
	for i := range 1200 {
		all = append(all, chat.RoomID(100_000+i))
	}
	same(t, "heads", map[chat.RoomID]chat.MessageID{w.rooms[0].ID: 3, w.rooms[2].ID: 1}, must(w.ListHeads(t.Context(), all))(t))
	same(t, "none asked for", map[chat.RoomID]chat.MessageID{}, must(w.ListHeads(t.Context(), nil))(t))
}

func testRevised(t *testing.T, w *world) {
	r, other := w.rooms[0], w.rooms[1]
	w.say(t, r, 4)
	w.say(t, other, 1)
	all := []chat.RoomID{r.ID, other.ID, w.rooms[2].ID, 4711}
	revised := func(what string, want map[chat.RoomID]chat.EntryID) {
		t.Helper()
		same(t, what, want, must(w.ListRevised(t.Context(), all))(t))
	}
	head := func() chat.EntryID { return must(w.JournalHead(t.Context()))(t) }
	revised("after posts", map[chat.RoomID]chat.EntryID{})
	text := "new"
	w.change(t, r, &text, 1, 2)
	want := map[chat.RoomID]chat.EntryID{r.ID: head()}
	revised("after a replacement", want)
	w.say(t, r, 1)
	w.change(t, r, &text, 77)
	revised("after a post, and a change of nothing", want)
	w.change(t, other, nil, 1)
	want[other.ID] = head()
	revised("after a removal elsewhere", want)
	must(w.Purge(t.Context(), r.ID, 1<<62, chat.Entry{Kind: chat.EntryPurge}))(t)
	want[r.ID] = head()
	revised("after a purge", want)
	must(w.Purge(t.Context(), r.ID, 1<<62, chat.Entry{Kind: chat.EntryPurge}))(t)
	revised("after a purge of nothing", want)
}

func testFindAt(t *testing.T, w *world) {
	second := chat.Time(1_700_000_000_000_000)
	room := w.rooms[0].ID
	same(t, "in an empty room", 1, int(must(w.FindAt(t.Context(), room, 0))(t)))
	w.utter(t, w.rooms[0], "a", "b", "c", "d", "e")
	times := must(w.ListAfter(t.Context(), room, 0, 10))(t)
	for i, m := range times {
		same(t, "its own time", m.ID, must(w.FindAt(t.Context(), room, m.At))(t))
		same(t, "just after it", times[i].ID+1, must(w.FindAt(t.Context(), room, m.At+1))(t))
	}
	same(t, "before all", 1, int(must(w.FindAt(t.Context(), room, second-1))(t)))
	same(t, "after all", 6, int(must(w.FindAt(t.Context(), room, times[4].At+1))(t)))
	must(w.Purge(t.Context(), room, times[2].At, chat.Entry{}))(t)
	same(t, "what was purged has its place", 2, int(must(w.FindAt(t.Context(), room, times[1].At))(t)))
}

func testPreferenceList(t *testing.T, w *world) {
	ctx := t.Context()
	put := func(label, content string) chat.Preference {
		return chat.Preference{Label: label, Version: must(w.UpdatePreference(ctx, w.alice, label, content))(t), Content: content}
	}
	b, a, other := put("web.draft.b", "2"), put("web.draft.a", "1"), put("web.draf", "3")
	put("web.drbft", "4")
	must(w.UpdatePreference(ctx, w.bob, "web.draft.c", "5"))(t)
	same(t, "by prefix", []chat.Preference{a, b}, must(w.ListPreferences(ctx, w.alice, "web.draft."))(t))
	same(t, "wider", []chat.Preference{other, a, b}, must(w.ListPreferences(ctx, w.alice, "web.draf"))(t))
	same(t, "signs are no patterns", []chat.Preference{}, must(w.ListPreferences(ctx, w.alice, "web%"))(t))
	check(t, w.DeletePreference(ctx, w.alice, "web.draft.a"))
	check(t, w.DeletePreference(ctx, w.alice, "web.draft.a"))
	same(t, "one forgotten", []chat.Preference{b}, must(w.ListPreferences(ctx, w.alice, "web.draft."))(t))
	same(t, "replaced", 2, int(must(w.ReplacePreference(ctx, w.alice, chat.Preference{Label: b.Label, Version: 1, Content: "new"}))(t)))
	for _, stale := range []int64{0, 1, 3} {
		_, err := w.ReplacePreference(ctx, w.alice, chat.Preference{Label: b.Label, Version: stale, Content: "stale"})
		kindIs(t, err, chat.KindCollision)
	}
	same(t, "as it is", chat.Preference{Label: b.Label, Version: 2, Content: "new"}, must(w.FindPreference(ctx, w.alice, b.Label))(t))
	same(t, "a new one", 1, int(must(w.ReplacePreference(ctx, w.alice, chat.Preference{Label: "fresh", Content: "x"}))(t)))
}

func testCountGathered(t *testing.T, w *world) {
	ctx := t.Context()
	a, b, c := w.rooms[0].ID, w.rooms[1].ID, w.rooms[2].ID
	check(t, w.UpdateMarks(ctx, []chat.Mark{{User: w.alice, Room: a, Read: 2, Followed: true}, {User: w.alice, Room: b, Followed: true}, {User: w.bob, Room: a, Followed: true}}))
	var g []chat.Gathered
	for i := range 5 {
		g = append(g, chat.Gathered{User: w.alice, Feed: chat.Mentions, Position: chat.EntryID(10 + i), Room: a, Message: chat.MessageID(i + 1)})
	}
	g = append(g,
		chat.Gathered{User: w.alice, Feed: chat.Mentions, Position: 20, Room: b, Message: 1},
		chat.Gathered{User: w.alice, Feed: chat.Mentions, Position: 21, Room: c, Message: 1}, // a room without a mark
		chat.Gathered{User: w.alice, Feed: "other", Position: 22, Room: a, Message: 9},
		chat.Gathered{User: w.bob, Feed: chat.Mentions, Position: 23, Room: a, Message: 9})
	must(w.AppendGathered(ctx, 30, g))(t)
	same(t, "all rooms", map[chat.RoomID]int{a: 3, b: 1}, must(w.CountGathered(ctx, w.alice, chat.Mentions, 0))(t))
	same(t, "one room", map[chat.RoomID]int{a: 3}, must(w.CountGathered(ctx, w.alice, chat.Mentions, a))(t))
	check(t, w.UpdateMarks(ctx, []chat.Mark{{User: w.alice, Room: a, Read: 5, Followed: true}}))
	same(t, "after reading", map[chat.RoomID]int{b: 1}, must(w.CountGathered(ctx, w.alice, chat.Mentions, 0))(t))
}

func testSearchNames(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "ask Alice", "malice", "alice@desk", "Alice Archer: hi", "archer alice", "Alice  ARCHER", "alice-archer", "nobody")
	names := func(names ...string) []string { return textsOf(w.search(t, chat.MessageSearch{Names: names})) }
	same(t, "one word", []string{"ask Alice", "alice@desk", "Alice Archer: hi", "archer alice", "Alice  ARCHER", "alice-archer"}, names("alice"))
	same(t, "two words", []string{"Alice Archer: hi", "Alice  ARCHER", "alice-archer"}, names("Alice Archer"))
	same(t, "one of two names", []string{"ask Alice", "alice@desk", "Alice Archer: hi", "archer alice", "Alice  ARCHER", "alice-archer", "nobody"}, names("alice archer", "nobody", "alice"))
	same(t, "a name without words", []string{}, names("!?"))
	f := w.search(t, chat.MessageSearch{Names: []string{"archer"}, Text: "hi", Limit: 1})
	same(t, "with a word", []string{"Alice Archer: hi"}, textsOf(f))
	f = w.search(t, chat.MessageSearch{Names: []string{"alice archer"}, Limit: 1})
	same(t, "the total", 3, f.Total)
}

func testSearchTraits(t *testing.T, w *world) {
	file := "look ma-filelink://example.test/room/11111111-2222-3333-4444-555555555555.pdf?name=a"
	w.utter(t, w.rooms[0], "plain", file, "see HTTPS://wiki/page", "http:// alone", "[STORY]Title\nbody http://x", "ma-filelink: without", "about [STORY]")
	b := post("urgent ", w.rooms[0])
	b.Drafts[0].Alert, b.Drafts[0].At = true, 1_700_000_009_000_000
	must(w.Append(t.Context(), b))(t)
	has := func(has chat.Traits) []string { return textsOf(w.search(t, chat.MessageSearch{Has: has})) }
	same(t, "file", []string{file}, has(chat.HasFile))
	same(t, "link", []string{"see HTTPS://wiki/page", "[STORY]Title\nbody http://x"}, has(chat.HasLink))
	same(t, "story", []string{"[STORY]Title\nbody http://x"}, has(chat.HasStory))
	same(t, "alert", []string{"urgent 0"}, has(chat.HasAlert))
	same(t, "both", []string{"[STORY]Title\nbody http://x"}, has(chat.HasStory|chat.HasLink))
	same(t, "neither", []string{}, has(chat.HasStory|chat.HasAlert))
	same(t, "with a word", []string{"see HTTPS://wiki/page"}, textsOf(w.search(t, chat.MessageSearch{Has: chat.HasLink, Text: "wiki"})))
}

func testSearchTraitsReplaced(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "http://a", "http://b", "http://c")
	must(w.ChangeMessages(t.Context(), w.rooms[0].ID, []chat.MessageID{2}, new("gone"), chat.Entry{}))(t)
	f := w.search(t, chat.MessageSearch{Has: chat.HasLink, Limit: 1, NewestFirst: true})
	same(t, "newest", []string{"http://c"}, textsOf(f))
	same(t, "total", 2, f.Total)
}
