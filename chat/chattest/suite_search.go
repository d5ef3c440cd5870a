package chattest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/chat"
	"perch/chat/search"
)

var searchTests = map[string]func(t *testing.T, w *world){
	"Search/what people type":      testSearchTyped,
	"Search/bounds":                testSearchBounds,
	"Search/pages":                 testSearchPages,
	"Search/what is gone":          testSearchGone,
	"Search/as the matcher says":   testSearchAgrees,
	"Search/nothing asked of it":   testSearchNothing,
	"Search/while others post":     testSearchFresh,
	"Search/many rooms and people": testSearchMany,
	"Search/pages in a room":       testSearchPagesInRoom,
	"Search/replaced again":        testSearchReplaced,
	"Search/rooms in any order":    testSearchUnsorted,
	"Search/beside all else":       testSearchBeside,
	"Search/cancelled":             testSearchCancelled,
}

// utter posts texts in a room, a second apart, by alice and bob in turn.
func (w *world) utter(t testing.TB, r chat.Room, texts ...string) {
	t.Helper()
	head := must(w.Head(t.Context(), r.ID))(t)
	var b chat.Batch
	for i, text := range texts {
		n := int64(head) + int64(i)
		author := w.alice
		if n%2 == 1 {
			author = w.bob
		}
		b.Drafts = append(b.Drafts, chat.Draft{Room: r.ID, Author: author, AuthorURI: "sip:x@example.test", At: chat.Time(1_700_000_000_000_000 + n*1_000_000), Text: text})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: r.GUID, RoomName: r.Name})
	}
	must(w.Append(t.Context(), b))(t)
}

func (w *world) search(t testing.TB, q chat.MessageSearch) chat.Found {
	t.Helper()
	if q.Rooms == nil {
		for _, r := range w.rooms {
			q.Rooms = append(q.Rooms, r.ID)
		}
	}
	if q.Limit == 0 {
		q.Limit = everything
	}
	return must(w.Search(t.Context(), q))(t)
}

func textsOf(f chat.Found) []string {
	out := []string{}
	for i := range f.Hits {
		out = append(out, f.Hits[i].Text)
	}
	return out
}

// SearchSamples are what people look for, and the texts in which it must be and
// must not be found.
var SearchSamples = []struct {
	Text  string
	Match chat.Match
	In    []string
	NotIn []string
}{
	{"10.1.2.3", chat.MatchAny, []string{"host 10.1.2.3:8080 is down", "10.1.2.3", "see 10.1.2.3."}, []string{"10.1.2.34", "110.1.2.3", "10 1 2 3", "10.1.2"}},
	{"10.1.2", chat.MatchAny, []string{"host 10.1.2.3 is down"}, []string{"10.1.20.3"}},
	{"https://wiki.example.com/page?id=7", chat.MatchAny, []string{"read HTTPS://wiki.example.com/page?id=7#top first"}, []string{"https://wiki.example.com/page?id=77", "https wiki example com page id 7"}},
	{"wiki.example.com/pa", chat.MatchAny, []string{"https://wiki.example.com/pa"}, []string{"https://wiki.example.com/path"}},
	{"wiki.example.com/pag", chat.MatchAny, []string{"https://wiki.example.com/page"}, []string{"https://wiki.example.com/other"}},
	{"US912828ZT04", chat.MatchAny, []string{"buy us912828zt04 now"}, []string{"US912828ZT05", "US 912828 ZT04"}},
	{"912828", chat.MatchAny, []string{"buy US912828ZT04 now"}, []string{"91 28 28", "9128281"[:5]}},
	{"VOD.L", chat.MatchAny, []string{"sold VOD.L at 71", "vod.l"}, []string{"VOD L", "VOD.LN", "AVOD.L", "VOD-L"}},
	{"state-of-the-art", chat.MatchAny, []string{"a State-of-the-Art desk"}, []string{"state of the art", "state-of-the-union"}},
	{"settle", chat.MatchAny, []string{"SETTLEMENT failed", "unsettled", "settle"}, []string{"set tle", "settl"}},
	{"is", chat.MatchAny, []string{"what is it", "IS?"}, []string{"this", "island", "i s"}},
	{"x", chat.MatchAny, []string{"plan X works", "x"}, []string{"xx", "extra"}},
	{"结算", chat.MatchAny, []string{"今天结算失败", "结算"}, []string{"结果和算法", "算结"}},
	{"算", chat.MatchAny, []string{"今天结算失败"}, []string{"今天失败"}},
	{"курс", chat.MatchAny, []string{"Какой КУРС сегодня?", "курсы валют"}, []string{"кур", "к урс"}},
	{"да", chat.MatchAny, []string{"Да, конечно"}, []string{"когда", "дата"}},
	{"STRASSE", chat.MatchAny, []string{"Hauptstraße 5", "strasse"}, []string{"strase"}},
	{"café", chat.MatchAny, []string{"CAFE\u0301 noir", "café"}, []string{"cafe"}},
	{"end of day", chat.MatchExact, []string{"the end  of\r\nday", "END OF DAYS", "end-of-day"}, []string{"end of the day", "day of end"}},
	{"gold silver", chat.MatchAny, []string{"gold only", "Silver"}, []string{"copper"}},
	{"gold silver", chat.MatchAll, []string{"silver and gold"}, []string{"gold only", "silver"}},
	{":-)", chat.MatchAny, []string{"well :-) done"}, []string{"well :) done", ":-("}},
	{`a"b OR c*`, chat.MatchExact, []string{`say a"b or c* now`}, []string{"a b", "or", `a"b`}},
	{"NEAR(gold) AND body:x", chat.MatchAll, nil, []string{"gold", "near gold x"}},
}

// testSearchTyped: what people type is found where it is, and nowhere else.
func testSearchTyped(t *testing.T, w *world) {
	for _, s := range SearchSamples {
		w.utter(t, w.rooms[0], s.In...)
		w.utter(t, w.rooms[0], s.NotIn...)
	}
	for _, s := range SearchSamples {
		found := textsOf(w.search(t, chat.MessageSearch{Text: s.Text, Match: s.Match}))
		for _, text := range s.In {
			if !slices.Contains(found, text) {
				t.Errorf("%q (%v) was not found in %q", s.Text, s.Match, text)
			}
		}
		for _, text := range s.NotIn {
			if slices.Contains(found, text) {
				t.Errorf("%q (%v) was found in %q", s.Text, s.Match, text)
			}
		}
	}
	same(t, "with case", []string{"sold VOD.L at 71"}, textsOf(w.search(t, chat.MessageSearch{Text: "VOD.L at", Match: chat.MatchExact, CaseSensitive: true})))
	same(t, "another case", []string{"vod.l"}, textsOf(w.search(t, chat.MessageSearch{Text: "vod.l", CaseSensitive: true})))
}

// testSearchBounds: authors, times, ids, positions and rooms.
func testSearchBounds(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "one", "two", "three", "four", "five", "six")
	w.utter(t, w.rooms[1], "one more")
	second := chat.Time(1_700_000_000_000_000)
	room := []chat.RoomID{w.rooms[0].ID}
	all := w.search(t, chat.MessageSearch{Rooms: room})
	for what, c := range map[string]struct {
		q    chat.MessageSearch
		want []string
	}{
		"everything": {chat.MessageSearch{Rooms: room}, []string{"one", "two", "three", "four", "five", "six"}},
		"by author":  {chat.MessageSearch{Rooms: room, Authors: []chat.PrincipalID{w.bob}}, []string{"two", "four", "six"}},
		"from":       {chat.MessageSearch{Rooms: room, From: second + 4_000_000}, []string{"five", "six"}},
		"until":      {chat.MessageSearch{Rooms: room, Until: second + 2_000_000}, []string{"one", "two"}},
		"after":      {chat.MessageSearch{Rooms: room, After: 4}, []string{"five", "six"}},
		"before":     {chat.MessageSearch{Rooms: room, Before: 3, NewestFirst: true}, []string{"two", "one"}},
		"positions":  {chat.MessageSearch{Rooms: room, AfterPosition: all.Hits[0].Position, BeforePosition: all.Hits[3].Position}, []string{"two", "three"}},
		"two rooms":  {chat.MessageSearch{Text: "one"}, []string{"one", "one more"}},
		"no room":    {chat.MessageSearch{Rooms: []chat.RoomID{}}, []string{}},
		"unknown":    {chat.MessageSearch{Rooms: []chat.RoomID{999}}, []string{}},
		"all at once": {
			chat.MessageSearch{Rooms: room, Authors: []chat.PrincipalID{w.bob}, From: second + 1, Until: second + 5_000_000, After: 2, Text: "o"}, []string{},
		},
		"and a word": {chat.MessageSearch{Rooms: room, Authors: []chat.PrincipalID{w.alice}, Text: "hre fiv", Before: 5}, []string{"three"}},
	} {
		f := w.search(t, c.q)
		same(t, what, c.want, textsOf(f))
		same(t, what+": total", len(c.want), f.Total)
	}
}

// testSearchPages: pages in both directions give each message once.
func testSearchPages(t *testing.T, w *world) {
	for i := range 10 {
		w.utter(t, w.rooms[i%2], fmt.Sprint("gold ", i), "dross")
	}
	for _, newest := range []bool{false, true} {
		var got []string
		q := chat.MessageSearch{Text: "gold", Limit: 3, NewestFirst: newest}
		for left := 10; left > 0; left -= 3 {
			f := w.search(t, q)
			same(t, "left", left, f.Total)
			got = append(got, textsOf(f)...)
			last := f.Hits[len(f.Hits)-1].Position
			if newest {
				q.BeforePosition = last
			} else {
				q.AfterPosition = last
			}
		}
		if newest {
			slices.Reverse(got)
		}
		same(t, "all pages", 10, len(got))
		for i := range got {
			same(t, "page order", fmt.Sprint("gold ", i), got[i])
		}
	}
}

// testSearchGone: what was removed, replaced, purged, unlogged or deleted with
// its room is found no more.
func testSearchGone(t *testing.T, w *world) {
	ctx := t.Context()
	w.utter(t, w.rooms[0], "gold a", "gold b", "gold c", "gold d")
	w.utter(t, w.rooms[1], "gold e")
	same(t, "at first", 5, w.search(t, chat.MessageSearch{Text: "gold"}).Total)
	b := post("gold unlogged", w.rooms[0])
	b.Drafts[0].Unlogged, b.Drafts[0].At = true, 1_700_000_009_000_000
	must(w.Append(ctx, b))(t)
	text := "silver"
	must(w.ChangeMessages(ctx, w.rooms[0].ID, []chat.MessageID{3}, &text, chat.Entry{}))(t)
	must(w.ChangeMessages(ctx, w.rooms[0].ID, []chat.MessageID{4}, nil, chat.Entry{}))(t)
	same(t, "changed", []string{"gold a", "gold b", "gold e"}, textsOf(w.search(t, chat.MessageSearch{Text: "gold"})))
	same(t, "the new text", []string{"silver"}, textsOf(w.search(t, chat.MessageSearch{Text: "silver"})))
	must(w.Purge(ctx, w.rooms[0].ID, 1_700_000_000_000_000, chat.Entry{}))(t)
	same(t, "purged", []string{"gold b", "gold e"}, textsOf(w.search(t, chat.MessageSearch{Text: "gold"})))
	check(t, w.DeleteRoom(ctx, w.rooms[1].ID, chat.Entry{Kind: chat.EntryRoom}))
	same(t, "deleted", []string{"gold b"}, textsOf(w.search(t, chat.MessageSearch{Text: "gold"})))
}

// testSearchAgrees compares every store with the matcher, which defines what is
// found, over texts that are hard to split.
func testSearchAgrees(t *testing.T, w *world) {
	rnd := rand.New(rand.NewPCG(4, 2))
	pieces := []string{"a", "ab", "abc", "abcd", "xabc", "1", "12", "123", "结", "算", "да", "ДА", "ß", "SS", " ", " ", "  ", ".", "-", "/", ":-)", "\n", "é", "e\u0301", "_", `"`, "*", "ท", "İ"}
	some := func(n int) string {
		var b strings.Builder
		for range 1 + rnd.IntN(n) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		return b.String()
	}
	var all []string
	for range 300 {
		all = append(all, some(8))
	}
	w.utter(t, w.rooms[0], all...)
	for range 400 {
		q := chat.MessageSearch{Text: some(4), Match: chat.Match(rnd.IntN(3)), CaseSensitive: rnd.IntN(4) == 0}
		m := search.Compile(q)
		want := []string{}
		for _, text := range all {
			if m.Match(text) {
				want = append(want, text)
			}
		}
		f := w.search(t, q)
		if got := textsOf(f); !slices.Equal(got, want) || f.Total != len(want) {
			t.Fatalf("%q (%v, case %v): -matcher +store\n%s", q.Text, q.Match, q.CaseSensitive, cmp.Diff(want, got))
		}
	}
}

// testSearchNothing: a limit of nothing, and words that nobody has said.
func testSearchNothing(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "gold")
	same(t, "absent", chat.Found{}.Total, w.search(t, chat.MessageSearch{Text: "platinum"}).Total)
	same(t, "absent and present", 0, w.search(t, chat.MessageSearch{Text: "platinum gold", Match: chat.MatchAll}).Total)
	same(t, "one of them", 1, w.search(t, chat.MessageSearch{Text: "platinum gold"}).Total)
	same(t, "white space", 1, w.search(t, chat.MessageSearch{Text: " \n"}).Total)
}

// testSearchFresh: what was stored before the call is found.
func testSearchFresh(t *testing.T, w *world) {
	for i := range 50 {
		w.utter(t, w.rooms[i%3], fmt.Sprint("nugget ", i))
		same(t, "fresh", i+1, w.search(t, chat.MessageSearch{Text: "nugget"}).Total)
	}
}

// testSearchMany: more rooms and authors than fit into one question.
func testSearchMany(t *testing.T, w *world) {
	var rooms []chat.Room
	for i := range 100 {
		rooms = append(rooms, newRoom(w.category, fmt.Sprint("many ", i)))
	}
	rooms = must(w.CreateRooms(t.Context(), rooms, roomEntries(len(rooms))))(t)
	var ids []chat.RoomID
	authors := []chat.PrincipalID{w.bob}
	for i, r := range rooms {
		w.utter(t, r, "gold for alice", "gold for bob")
		ids = append(ids, r.ID)
		authors = append(authors, chat.PrincipalID(1000+i))
	}
	slices.Sort(ids)
	same(t, "all", 200, w.search(t, chat.MessageSearch{Rooms: ids, Text: "gold"}).Total)
	same(t, "half", 100, w.search(t, chat.MessageSearch{Rooms: ids[:50], Text: "gold"}).Total)
	same(t, "by many", 100, w.search(t, chat.MessageSearch{Rooms: ids, Text: "gold", Authors: authors}).Total)
	same(t, "without a word", 100, w.search(t, chat.MessageSearch{Rooms: ids, Authors: authors[:1]}).Total)
}

// testSearchPagesInRoom: pages by message id, both ways, give each message once.
func testSearchPagesInRoom(t *testing.T, w *world) {
	for i := range 23 {
		w.utter(t, w.rooms[0], fmt.Sprint("gold ", i), "dross")
		w.utter(t, w.rooms[1], "gold")
	}
	for _, newest := range []bool{false, true} {
		var got []chat.MessageID
		q := chat.MessageSearch{Rooms: []chat.RoomID{w.rooms[0].ID}, Text: "gold", Limit: 5, NewestFirst: newest}
		for {
			f := w.search(t, q)
			if same(t, "left", 23-len(got), f.Total); len(f.Hits) == 0 {
				break
			}
			for _, h := range f.Hits {
				got = append(got, h.ID)
			}
			last := f.Hits[len(f.Hits)-1].ID
			if newest {
				q.Before = last
			} else {
				q.After = last
			}
		}
		if newest {
			slices.Reverse(got)
		}
		for i, id := range got {
			same(t, "message", chat.MessageID(2*i+1), id)
		}
	}
}

// testSearchReplaced: of a message that was replaced again and again the last
// text is found, at the place of the first.
func testSearchReplaced(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "gold 1", "gold 2", "gold 3")
	before := w.search(t, chat.MessageSearch{Text: "gold"})
	for _, text := range []string{"silver", "copper", "", "gold again"} {
		w.change(t, w.rooms[0], &text, 2)
		same(t, "the new text", 1, w.search(t, chat.MessageSearch{Text: text, Match: chat.MatchExact, After: 1, Before: 3}).Total)
	}
	after := w.search(t, chat.MessageSearch{Text: "gold"})
	same(t, "found", []string{"gold 1", "gold again", "gold 3"}, textsOf(after))
	for i := range before.Hits {
		same(t, "place", before.Hits[i].Position, after.Hits[i].Position)
	}
	same(t, "an old text", 0, w.search(t, chat.MessageSearch{Text: "silver copper"}).Total)
	w.change(t, w.rooms[0], nil, 2)
	same(t, "removed", []string{"gold 1", "gold 3"}, textsOf(w.search(t, chat.MessageSearch{Text: "gold"})))
}

// testSearchUnsorted: rooms in any order, twice, and such as are not there.
func testSearchUnsorted(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "gold 0")
	w.utter(t, w.rooms[2], "gold 2")
	q := chat.MessageSearch{Rooms: []chat.RoomID{w.rooms[2].ID, 4711, w.rooms[0].ID, w.rooms[2].ID, -3, 0}, Text: "gold"}
	rooms := slices.Clone(q.Rooms)
	f := w.search(t, q)
	same(t, "found", []string{"gold 0", "gold 2"}, textsOf(f))
	same(t, "total", 2, f.Total)
	same(t, "the caller's rooms", rooms, q.Rooms)
}

// testSearchBeside: while others post, replace and purge, a search finds what
// could be read at one moment, never too few of what was stored before it.
func testSearchBeside(t *testing.T, w *world) {
	ctx, r := t.Context(), w.rooms[0]
	var wg sync.WaitGroup
	for p := range 3 {
		wg.Go(func() {
			for i := range 20 {
				var err error
				text := fmt.Sprint("lead ", i)
				switch p {
				case 0:
					_, err = w.Append(ctx, post("gold ", r, w.rooms[1]))
				case 1:
					_, err = w.ChangeMessages(ctx, w.rooms[1].ID, []chat.MessageID{chat.MessageID(i)}, &text, chat.Entry{})
				default:
					_, err = w.ChangeMessages(ctx, r.ID, []chat.MessageID{chat.MessageID(2*i + 1)}, nil, chat.Entry{})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		w.utter(t, w.rooms[2], fmt.Sprint("gold ", i))
		f := w.search(t, chat.MessageSearch{Text: "gold"})
		mine := 0
		for _, h := range f.Hits {
			if h.Room == w.rooms[2].ID {
				mine++
			}
			if !strings.Contains(h.Text, "gold") {
				t.Errorf("%q was found", h.Text)
			}
		}
		same(t, "of the third room", i+1, mine)
		same(t, "total", len(f.Hits), f.Total)
	}
	wg.Wait()
}

func testSearchCancelled(t *testing.T, w *world) {
	w.utter(t, w.rooms[0], "gold")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Search(ctx, chat.MessageSearch{Rooms: []chat.RoomID{w.rooms[0].ID}, Text: "gold", Limit: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
