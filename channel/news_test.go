package channel_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
)

func (w *world) news(user string) map[string]channel.News {
	w.t.Helper()
	x, _ := w.enter(user, "news")
	defer x.Close(channel.CauseLeft)
	list, err := x.News(w.ctx)
	w.must(err)
	out := map[string]channel.News{}
	for _, n := range list {
		out[n.Room.Name] = n
	}
	return out
}

// TestNews: what is new in the rooms that one follows is known after any
// absence, without joining them.
func TestNews(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.open("Rates", "Metals", "Oil")
		x, _ := w.enter("u0", "a", "Rates", "Metals", "Oil")
		w.post(x, "Rates", "before")
		synctest.Wait()
		reader, _ := w.enter("u1", "b")
		for _, r := range []string{"Rates", "Metals"} {
			w.must(reader.Follow(w.ctx, w.rooms[r].GUID, true))
		}
		reader.Close(channel.CauseLeft)
		for i := range 3 {
			w.post(x, "Rates", fmt.Sprint("rates ", i))
		}
		w.post(x, "Rates", "where is u1?")
		w.post(x, "Oil", "u1 does not follow this")
		synctest.Wait()
		n := w.news("u1")
		if len(n) != 2 || n["Rates"].Unread != 4 || n["Rates"].Mentions != 1 || n["Metals"].Unread != 0 {
			t.Errorf("news %+v", n)
		}
		reader, _ = w.enter("u1", "c")
		w.must(reader.MarkRead(w.ctx, w.rooms["Rates"].GUID, 3))
		if n := w.news("u1")["Rates"]; n.Unread != 2 || n.Read != 3 {
			t.Errorf("after marking: %+v", n)
		}
		w.must(reader.MarkRead(w.ctx, w.rooms["Rates"].GUID, 2)) // never back
		_, _, err := reader.History(w.ctx, w.rooms["Rates"].GUID, 0, 30)
		w.must(err)
		synctest.Wait()
		if n := w.news("u1")["Rates"]; n.Unread != 0 || n.Mentions != 0 {
			t.Errorf("who reads the newest has read them: %+v", n)
		}
		// One's own posts are read; and the list of a front end is taken over.
		w.must(w.svc.SetFollowed(w.ctx, w.id("u0"), []string{w.rooms["Oil"].GUID, "no such room"}))
		w.post(x, "Oil", "mine")
		synctest.Wait()
		if n := w.news("u0"); len(n) != 1 || n["Oil"].Unread != 0 {
			t.Errorf("the author's news %+v", n)
		}
		w.must(w.svc.SetFollowed(w.ctx, w.id("u0"), nil))
		if n := w.news("u0"); len(n) != 0 {
			t.Errorf("followed no more, and still %+v", n)
		}
	})
}

// stopping is a store in which a user stops to follow a room just after his mark
// was read.
type stopping struct {
	chat.Store
	user atomic.Int64 // his id; zero: nobody does
}

func (s *stopping) FindMark(ctx context.Context, user chat.PrincipalID, room chat.RoomID) (chat.Mark, error) {
	m, err := s.Store.FindMark(ctx, user, room)
	if err == nil && s.user.CompareAndSwap(int64(user), 0) {
		err = s.UpdateMarks(ctx, []chat.Mark{{User: user, Room: room, Read: m.Read}})
	}
	return m, err
}

// TestReadWhileUnfollowed: reading a room, by a mark or by getting its newest, does
// not undo that its user stops to follow it meanwhile.
func TestReadWhileUnfollowed(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		w.open("Rates")
		guid := w.rooms["Rates"].GUID
		synctest.Wait() // nobody uses the store now
		s := &stopping{Store: w.store.Store}
		w.store.Store = s
		x, _ := w.enter("u0", "a", "Rates")
		reader, _ := w.enter("u1", "b", "Rates")
		for n, read := range []func() error{
			func() error { return reader.MarkRead(w.ctx, guid, 0) },
			func() error { _, _, err := reader.History(w.ctx, guid, 0, 30); return err },
		} {
			w.must(reader.Follow(w.ctx, guid, true))
			w.post(x, "Rates", "quote")
			synctest.Wait()
			s.user.Store(int64(w.id("u1")))
			w.must(read())
			synctest.Wait()
			m, err := w.store.FindMark(w.ctx, w.id("u1"), w.rooms["Rates"].ID)
			w.must(err)
			if m.Followed || m.Read != chat.MessageID(n+1) {
				t.Errorf("the mark is %+v", m)
			}
		}
	})
}

// TestFeeds: keywords and authors, matched as messages are posted and from what
// was posted before; nothing that one may not read; over a restart.
func TestFeeds(t *testing.T) {
	inBubble(t, chat.Limits{}, 4, func(w *world) {
		w.open("Rates", "Metals")
		w.room(channel.RoomSpec{Name: "Closed", Category: "All", Privacy: chat.Closed, Members: []chat.PrincipalID{w.id("u0"), w.id("u1")}})
		x, _ := w.enter("u0", "a", "Rates", "Metals", "Closed")
		w.post(x, "Rates", "settlement of VOD.L failed") // before there is a feed
		synctest.Wait()
		s := &sink{}
		reader, err := w.svc.Open(w.ctx, channel.Opening{User: w.id("u1"), Endpoint: "web", Sink: s, Feeds: true})
		w.must(err)
		for _, r := range []string{"Rates", "Closed"} {
			w.must(reader.Follow(w.ctx, w.rooms[r].GUID, true))
		}
		f, err := reader.SaveFeed(w.ctx, chat.Feed{Name: "Trouble", Keywords: []string{"(settle", "vod.l", ":-("}})
		w.must(err)
		gathered := func(feed string) (texts []string) {
			t.Helper()
			synctest.Wait()
			list, err := reader.Gathered(w.ctx, feed, 0, 10)
			w.must(err)
			for _, h := range list {
				texts = append(texts, h.Text)
			}
			return texts
		}
		want(t, "back-filled", gathered(f.GUID), []string{"settlement of VOD.L failed"})
		w.post(x, "Rates", "SETTLED at last")
		w.post(x, "Rates", "nothing of interest")
		w.post(x, "Rates", "late :-(")
		w.post(x, "Metals", "settle this, which is not followed")
		w.post(x, "Closed", "and settle that, u1")
		want(t, "gathered", gathered(f.GUID), []string{"and settle that, u1", "late :-(", "SETTLED at last", "settlement of VOD.L failed"})
		want(t, "mentions", gathered(chat.Mentions), []string{"and settle that, u1"})
		want(t, "all, each once", gathered(""), []string{"and settle that, u1", "late :-(", "SETTLED at last", "settlement of VOD.L failed"})
		if n := s.count(channel.EventGathered); n != 4 {
			t.Errorf("the session was told of %d, want 4", n)
		}
		authors, err := reader.SaveFeed(w.ctx, chat.Feed{Name: "By u2", Authors: []chat.PrincipalID{w.id("u2")}})
		w.must(err)
		y, _ := w.enter("u2", "c", "Rates")
		w.post(y, "Rates", "anything")
		want(t, "by author", gathered(authors.GUID), []string{"anything"})

		// What may not be read any more is not shown, nor what was removed.
		_, err = w.svc.UpdateRoom(w.ctx, "Closed", channel.RoomPatch{Members: channel.ListPatch{Remove: []chat.PrincipalID{w.id("u1")}}})
		w.must(err)
		n, err := w.svc.RemoveMessages(w.ctx, channel.MessageFilter{Room: "Rates", Text: "settled", Match: chat.MatchExact})
		w.must(err)
		if n != 1 {
			t.Errorf("%d messages removed", n)
		}
		want(t, "after the change", gathered(f.GUID), []string{"late :-(", "settlement of VOD.L failed"})

		again := channel.New(channel.Config{Domain: "example.test", Workers: 1, Now: time.Now, Log: discard}, w.store, w.dir)
		w.must(w.svc.Stop(w.ctx))
		w.must(again.Start(w.ctx))
		defer func() { w.must(again.Stop(w.ctx)) }()
		reader, err = again.Open(w.ctx, channel.Opening{User: w.id("u1"), Endpoint: "web", Sink: &sink{}})
		w.must(err)
		if len(reader.Feeds()) != 2 {
			t.Errorf("%d feeds after a restart", len(reader.Feeds()))
		}
		want(t, "after a restart", gathered(f.GUID), []string{"late :-(", "settlement of VOD.L failed"})
		w.must(reader.DeleteFeed(w.ctx, f.GUID))
		want(t, "a deleted feed", gathered(f.GUID), nil)
		for _, keywords := range [][]string{nil, {"\u200b"}} {
			_, err = reader.SaveFeed(w.ctx, chat.Feed{Name: "Nothing", Keywords: keywords})
			isKind(t, err, chat.KindInvalid)
		}
	})
}

// TestRemoveMessages: a dry run, removal, replacement and purge; what memory
// holds follows.
func TestRemoveMessages(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		w.open("Rates")
		x, near := w.enter("u0", "a", "Rates")
		y, _ := w.enter("u1", "b", "Rates")
		var cut chat.Time
		for i := range 6 {
			time.Sleep(time.Hour)
			w.post([]*channel.Session{x, y}[i%2], "Rates", fmt.Sprintf("quote %d", i+1))
			synctest.Wait()
			if i == 1 {
				cut = chat.At(time.Now())
			}
		}
		texts := func() (out []string) {
			_, list, err := x.History(w.ctx, w.rooms["Rates"].GUID, 0, 30)
			w.must(err)
			for _, m := range list {
				out = append(out, m.Text)
			}
			return out
		}
		filter := channel.MessageFilter{Room: "Rates", Author: "sip:u1@example.test", From: cut + 1}
		found, err := w.svc.FilterMessages(w.ctx, filter, 1)
		w.must(err)
		if found.Total != 2 || len(found.Hits) != 1 {
			t.Errorf("a dry run finds %d, shows %d", found.Total, len(found.Hits))
		}
		n, err := w.svc.ReplaceMessages(w.ctx, filter, channel.Replacement)
		w.must(err)
		again, err := w.svc.ReplaceMessages(w.ctx, filter, channel.Replacement)
		w.must(err)
		if n != 2 || again != 0 {
			t.Errorf("replaced %d, then %d", n, again)
		}
		synctest.Wait()
		if near.count(channel.EventHistory) != 1 {
			t.Errorf("who is in the room is told %d times that its history has changed", near.count(channel.EventHistory))
		}
		want(t, "replaced", texts(), []string{"quote 1", "quote 2", "quote 3", channel.Replacement, "quote 5", channel.Replacement})
		n, err = w.svc.RemoveMessages(w.ctx, channel.MessageFilter{Room: "Rates", Text: "quote 5", Match: chat.MatchExact})
		w.must(err)
		m, err := w.svc.Purge(w.ctx, "Rates", cut)
		w.must(err)
		if n != 1 || m != 2 {
			t.Errorf("removed %d, purged %d", n, m)
		}
		want(t, "after all", texts(), []string{"quote 3", channel.Replacement, channel.Replacement})
		w.post(x, "Rates", "quote 7")
		synctest.Wait()
		want(t, "and on", texts(), []string{"quote 3", channel.Replacement, channel.Replacement, "quote 7"})
		w.versions()
	})
}

// versions checks that the journal has every text that was ever there.
func (w *world) versions() {
	w.t.Helper()
	entries, err := w.store.ListEntries(w.ctx, 0, 1000)
	w.must(err)
	seen := map[chat.EntryKind]int{}
	for i := range entries {
		e := &entries[i]
		seen[e.Kind]++
		if e.Kind == chat.EntryPost && e.Text != fmt.Sprintf("quote %d", e.Message) || e.Kind == chat.EntryReplace && e.Text != channel.Replacement {
			w.t.Errorf("the journal says of message %d: %s %q", e.Message, e.Kind, e.Text)
		}
	}
	if seen[chat.EntryPost] != 7 || seen[chat.EntryReplace] != 2 || seen[chat.EntryRemove] != 1 || seen[chat.EntryPurge] != 1 {
		w.t.Errorf("the journal holds %v", seen)
	}
}

// TestSearchOnRecord: who searched where is on record, and what for unless that is
// switched off.
func TestSearchOnRecord(t *testing.T) {
	for _, without := range []bool{false, true} {
		inBubble(t, chat.Limits{}, 1, func(w *world) {
			w.open("Rates")
			svc := channel.New(channel.Config{Domain: "example.test", Workers: 1, Now: time.Now, Log: discard, WithoutTerms: without}, w.store, w.dir)
			w.must(svc.Start(w.ctx))
			defer func() { w.must(svc.Stop(w.ctx)) }()
			x, err := svc.Open(w.ctx, channel.Opening{User: w.users["u0"], Endpoint: "a", Client: "test", Sink: &sink{}})
			w.must(err)
			w.must(x.Join(w.ctx, []string{w.rooms["Rates"].GUID})[0].Err)
			_, err = x.Search(w.ctx, channel.HistorySearch{Rooms: []string{w.rooms["Rates"].GUID}, Text: "merger"})
			w.must(err)
			_, _, err = x.FindRooms(w.ctx, channel.RoomQuery{Criteria: "merg"})
			w.must(err)
			entries, err := w.store.ListEntries(w.ctx, 0, 1000)
			w.must(err)
			n, terms := 0, 0
			for _, e := range entries {
				if e.Kind != chat.EntrySearch {
					continue
				}
				if n++; e.ActorURI != "sip:u0@example.test" || n == 1 && (e.RoomName != "Rates" || !strings.Contains(e.Detail, `"match"`)) {
					t.Errorf("on record: %+v", e)
				}
				if strings.Contains(e.Detail, "merg") {
					terms++
				}
			}
			if n != 2 || without && terms != 0 || !without && terms != 2 {
				t.Errorf("without terms: %v; %d searches on record, %d with what was looked for", without, n, terms)
			}
		})
	}
}

// TestSearch: by words, author and date, limited to what may be read, one answer
// a room with its count.
func TestSearch(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.open("Rates", "Metals")
		w.room(channel.RoomSpec{Name: "Closed", Category: "All", Privacy: chat.Closed, Members: []chat.PrincipalID{w.id("u0")}})
		x, _ := w.enter("u0", "a", "Rates", "Metals", "Closed")
		for i := range 5 {
			w.post(x, "Rates", fmt.Sprint("gold ", i))
			w.post(x, "Closed", fmt.Sprint("gold inside ", i))
		}
		w.post(x, "Metals", "Gold rush")
		synctest.Wait()
		reader, _ := w.enter("u1", "b")
		out, err := reader.Search(w.ctx, channel.HistorySearch{Rooms: []string{w.rooms["Rates"].GUID, w.rooms["Closed"].GUID, w.rooms["Metals"].GUID}, Text: "GOLD", Limit: 2, NewestFirst: true})
		w.must(err)
		if out[0].Total != 5 || len(out[0].Messages) != 2 || out[0].Messages[0].Text != "gold 4" || !out[0].More() || out[2].Total != 1 || out[2].More() {
			t.Errorf("found %+v", out)
		}
		isKind(t, out[1].Err, chat.KindForbidden)
		page, err := reader.Search(w.ctx, channel.HistorySearch{Rooms: []string{w.rooms["Rates"].GUID}, Text: "gold", Limit: 2, NewestFirst: true, Before: out[0].Messages[1].ID})
		w.must(err)
		if page[0].Total != 3 || page[0].Messages[0].Text != "gold 2" {
			t.Errorf("next page %+v", page[0])
		}
		all, err := reader.SearchAll(w.ctx, channel.HistorySearch{Text: "gold"}, 0, 0)
		w.must(err)
		if all.Total != 6 {
			t.Errorf("%d found in all rooms that may be read", all.Total)
		}
		all, err = reader.SearchAll(w.ctx, channel.HistorySearch{Authors: []string{"sip:u1@example.test"}}, 0, 0)
		w.must(err)
		if all.Total != 0 {
			t.Errorf("%d by one who said nothing", all.Total)
		}
		_, err = reader.Search(w.ctx, channel.HistorySearch{Text: "x"})
		isKind(t, err, chat.KindInvalid)
		var many []string
		for i := range 65 {
			many = append(many, fmt.Sprint(i))
		}
		for _, text := range []string{" ", "\u200b", strings.Join(many, " "), strings.Repeat("x", 8193)} {
			_, err = reader.SearchAll(w.ctx, channel.HistorySearch{Text: text}, 0, 0)
			isKind(t, err, chat.KindInvalid)
			_, err = w.svc.RemoveMessages(w.ctx, channel.MessageFilter{Room: "Rates", Text: text})
			isKind(t, err, chat.KindInvalid)
		}
	})
}
