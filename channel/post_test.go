package channel_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
)

// TestPost: who is in the room gets the message once, its author too; who is
// not gets nothing; the journal has it.
func TestPost(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.open("Rates", "Swaps")
		alice, a := w.enter("u0", "a", "Rates")
		_, b := w.enter("u1", "b", "Rates")
		_, c := w.enter("u2", "c", "Swaps")
		id, err := w.post(alice, "Rates", "one").outcome(t)
		w.must(err)
		if id != 1 {
			t.Errorf("the first message is %d", id)
		}
		rates := w.rooms["Rates"].ID
		want(t, "alice", a.ids(rates), []chat.MessageID{1})
		want(t, "bob", b.ids(rates), []chat.MessageID{1})
		if n := c.count(channel.EventMessage); n != 0 {
			t.Errorf("%d messages reached another room", n)
		}
		chattest.Verify(t, w.store)
	})
}

// TestPostRefused: a refusal is the answer to the call, and nothing is stored.
func TestPostRefused(t *testing.T) {
	limits := chat.DefaultLimits()
	limits.MessageBytes, limits.RichBytes = 10, 10
	inBubble(t, limits, 2, func(w *world) {
		w.open("Rates", "Swaps")
		x, _ := w.enter("u0", "a", "Rates")
		guid := w.rooms["Rates"].GUID
		for _, c := range []struct {
			p    channel.Post
			kind chat.Kind
		}{
			{channel.Post{RoomGUID: guid, Text: ""}, chat.KindInvalid},
			{channel.Post{RoomGUID: guid, Text: " \r\n\t"}, chat.KindInvalid},
			{channel.Post{RoomGUID: guid, Text: "a\xff"}, chat.KindInvalid},
			{channel.Post{RoomGUID: guid, Text: strings.Repeat("é", 6)}, chat.KindTooLarge},
			{channel.Post{RoomGUID: guid, Text: "a", Rich: strings.Repeat("x", 11)}, chat.KindTooLarge},
			{channel.Post{RoomGUID: w.rooms["Swaps"].GUID, Text: "a"}, chat.KindNotJoined},
			{channel.Post{RoomGUID: "no-such-room", Text: "a"}, chat.KindNoSuchRoom},
		} {
			r := &receipt{}
			isKind(t, x.Post(c.p, r), c.kind)
			synctest.Wait()
			if r.stored != 0 || r.released != 0 {
				t.Errorf("%+v: the receipt of a refused post was used", c.p)
			}
		}
		if id, err := w.post(x, "Rates", strings.Repeat("é", 5)).outcome(t); id != 1 || err != nil {
			t.Errorf("the longest message that is allowed: %d, %v", id, err)
		}
	})
}

// TestPostsWait: a room takes in as many posts as may wait, refuses the next,
// and loses none of those it took.
func TestPostsWait(t *testing.T) {
	limits := chat.DefaultLimits()
	limits.WaitingPosts = 5
	inBubble(t, limits, 2, func(w *world) {
		w.open("Rates", "Swaps")
		x, s := w.enter("u0", "a", "Rates", "Swaps")
		w.store.Stall()
		var taken []*receipt
		for i := range 5 {
			taken = append(taken, w.post(x, "Rates", fmt.Sprint(i)))
		}
		isKind(t, x.Post(channel.Post{RoomGUID: w.rooms["Rates"].GUID, Text: "one too many"}, &receipt{}), chat.KindBusy)
		taken = append(taken, w.post(x, "Swaps", "another room has a queue of its own"))
		w.store.Resume()
		for _, r := range taken {
			_, err := r.outcome(t)
			w.must(err)
		}
		want(t, "delivered", s.ids(w.rooms["Rates"].ID), []chat.MessageID{1, 2, 3, 4, 5})
		_, err := w.post(x, "Rates", "there is room again").outcome(t)
		w.must(err)
	})
}

// TestStoreFails: while the store fails posts are refused and nobody sees
// them; once it works again they are taken, without a hole in the ids.
func TestStoreFails(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		w.open("Rates")
		x, s := w.enter("u0", "a", "Rates")
		w.store.Fail(chat.Wrap(chat.KindDatabase, "writing", errors.New("no space left on device")))
		for range 3 {
			_, err := w.post(x, "Rates", "lost?").outcome(t)
			isKind(t, err, chat.KindDatabase)
		}
		y := &sink{}
		other, err := w.svc.Open(w.ctx, channel.Opening{User: w.users["u1"], Endpoint: "b", Sink: y})
		w.must(err)
		isKind(t, other.Join(w.ctx, []string{w.rooms["Rates"].GUID})[0].Err, chat.KindDatabase)
		w.store.Heal()
		id, err := w.post(x, "Rates", "kept").outcome(t)
		w.must(err)
		if id != 1 {
			t.Errorf("the first message that was kept is %d", id)
		}
		want(t, "delivered", s.ids(w.rooms["Rates"].ID), []chat.MessageID{1})
		synctest.Wait()
		entries, err := w.store.ListEntries(w.ctx, 0, 1000)
		w.must(err)
		last := entries[len(entries)-1]
		var d chat.Denial
		w.must(json.Unmarshal([]byte(last.Detail), &d))
		if last.Kind != chat.EntryDenied || !strings.Contains(last.Cause, "no space left") || d.Posts != 3 || d.Rule != chat.RuleJournal || d.From == 0 || d.Until < d.From {
			t.Errorf("on record: %+v", last)
		}
		chattest.Verify(t, w.store)
	})
}

// TestRoomDeletedMeanwhile: a post whose room is gone when its batch is stored
// is refused, and takes no other with it.
func TestRoomDeletedMeanwhile(t *testing.T) {
	inBubble(t, chat.Limits{}, 1, func(w *world) {
		w.open("Rates", "Swaps")
		x, _ := w.enter("u0", "a", "Rates", "Swaps")
		w.store.Stall()
		first := w.post(x, "Swaps", "holds the store up")
		synctest.Wait()
		doomed, other := w.post(x, "Rates", "too late"), w.post(x, "Swaps", "in the same batch")
		w.must(w.svc.DeleteRoom(w.ctx, "Rates"))
		w.store.Resume()
		for _, r := range []*receipt{first, other} {
			_, err := r.outcome(t)
			w.must(err)
		}
		_, err := doomed.outcome(t)
		isKind(t, err, chat.KindNoSuchRoom)
	})
}

// TestSlowEndpoint: an endpoint that takes no more loses its session; the room
// does not wait for it.
func TestSlowEndpoint(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		w.open("Rates")
		alice, a := w.enter("u0", "a", "Rates")
		_, b := w.enter("u1", "b", "Rates")
		b.mu.Lock()
		b.broken = errors.New("full")
		b.mu.Unlock()
		for i := range 3 {
			_, err := w.post(alice, "Rates", fmt.Sprint(i)).outcome(t)
			w.must(err)
		}
		want(t, "alice", a.ids(w.rooms["Rates"].ID), []chat.MessageID{1, 2, 3})
		b.mu.Lock()
		if b.closed != channel.CauseLost {
			t.Errorf("the slow endpoint was told %q", b.closed)
		}
		b.broken = nil
		b.mu.Unlock()
		if n := a.count(channel.EventParted); n != 1 {
			t.Errorf("alice was told %d times that bob has left", n)
		}
		// The endpoint comes back and has its room without asking.
		s := &sink{}
		_, err := w.svc.Open(w.ctx, channel.Opening{User: w.users["u1"], Endpoint: "b", Sink: s})
		w.must(err)
		_, err = w.post(alice, "Rates", "again").outcome(t)
		w.must(err)
		want(t, "bob's next session", s.ids(w.rooms["Rates"].ID), []chat.MessageID{4})
	})
}

// TestStrict: while the archive is too far behind a strict category takes no
// posts, and says why; others do.
func TestStrict(t *testing.T) {
	inBubble(t, chat.Limits{}, 1, func(w *world) {
		_, err := w.svc.CreateCategory(w.ctx, channel.CategorySpec{Name: "Regulated", Allowed: []chat.PrincipalID{w.dir.Domain()}, Strict: true})
		w.must(err)
		w.open("Rates")
		w.room(channel.RoomSpec{Name: "Deals", Category: "Regulated", Privacy: chat.Open})
		x, s := w.enter("u0", "a", "Rates", "Deals")
		w.post(x, "Deals", "in time")
		w.behind = 6 * time.Minute
		err = x.Post(channel.Post{RoomGUID: w.rooms["Deals"].GUID, Text: "too early"}, &receipt{})
		isKind(t, err, chat.KindBusy)
		if text := chat.TextOf(err); !strings.Contains(text, "the archive is 6m0s behind") {
			t.Errorf("refused with %q", text)
		}
		w.post(x, "Rates", "elsewhere")
		synctest.Wait()
		w.denied("u0", "Deals", chat.TextOf(err), `{"action":"post","rule":"strict"}`)
		if n := w.svc.Status().Untaken; n != 1 {
			t.Errorf("%d posts were not taken", n)
		}
		w.behind = 0
		w.post(x, "Deals", "again")
		synctest.Wait()
		want(t, "posted", s.ids(w.rooms["Deals"].ID), []chat.MessageID{1, 2})
	})
}

// denied checks what the journal's only denial says.
func (w *world) denied(who, room, cause, detail string) {
	w.t.Helper()
	list, err := w.store.ListEntries(w.ctx, 0, 1000)
	w.must(err)
	n := 0
	for _, e := range list {
		if e.Kind != chat.EntryDenied {
			continue
		}
		if n++; e.Actor != w.id(who) || e.RoomName != room || e.Cause != cause || e.Detail != detail || e.Text != "" {
			w.t.Errorf("denied: %+v", e)
		}
	}
	if n != 1 {
		w.t.Errorf("%d denials are on record", n)
	}
}
