package channel_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
)

// TestMany: many sessions post into many rooms at the same time. Every session
// sees each of its rooms' messages in the order of their ids, without a hole
// and none twice, and the store and the journal agree.
func TestMany(t *testing.T) {
	const users, rooms, posts = 12, 5, 20
	inBubble(t, chat.Limits{}, users, func(w *world) {
		var names []string
		for i := range rooms {
			names = append(names, fmt.Sprintf("room %d", i))
		}
		w.open(names...)
		sessions, sinks := make([]*channel.Session, users), make([]*sink, users)
		for i := range sessions {
			sessions[i], sinks[i] = w.enter(fmt.Sprintf("u%d", i), "e", names...)
		}
		var wg sync.WaitGroup
		for i, x := range sessions {
			wg.Go(func() {
				for n := range posts {
					room := w.rooms[names[(i+n)%rooms]]
					if err := x.Post(channel.Post{RoomGUID: room.GUID, Text: fmt.Sprint(i, n)}, &receipt{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		total := 0
		for _, name := range names {
			stored, err := w.store.ListNewest(w.ctx, w.rooms[name].ID, 0, users*posts)
			w.must(err)
			total += len(stored)
			dense := make([]chat.MessageID, len(stored))
			for i := range dense {
				dense[i] = chat.MessageID(i + 1)
			}
			for i, s := range sinks {
				want(t, fmt.Sprintf("u%d in %s", i, name), s.ids(w.rooms[name].ID), dense)
			}
		}
		if total != users*posts {
			t.Errorf("%d messages are stored, %d were taken in", total, users*posts)
		}
		chattest.Verify(t, w.store)
	})
}

// TestStop: what was taken in reaches the store and its receipt, and every
// session is told.
func TestStop(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		w.open("Rates")
		x, s := w.enter("u0", "a", "Rates")
		w.store.Stall()
		var taken []*receipt
		for i := range 10 {
			taken = append(taken, w.post(x, "Rates", fmt.Sprint(i)))
		}
		stopped := make(chan error, 1)
		go func() { stopped <- w.svc.Stop(w.ctx) }()
		synctest.Wait()
		w.store.Resume()
		w.must(<-stopped)
		for _, r := range taken {
			_, err := r.outcome(t)
			w.must(err)
		}
		if s.closed != channel.CauseShutdown {
			t.Errorf("the session was told %q", s.closed)
		}
		err := x.Post(channel.Post{RoomGUID: w.rooms["Rates"].GUID, Text: "late"}, &receipt{})
		if err == nil {
			t.Error("a stopped service took a post")
		}
		stored, err := w.store.ListNewest(w.ctx, w.rooms["Rates"].ID, 0, 100)
		w.must(err)
		if len(stored) != 10 {
			t.Errorf("%d of 10 messages are stored", len(stored))
		}
		if _, err := w.svc.Open(w.ctx, channel.Opening{User: w.users["u0"], Endpoint: "b", Sink: &sink{}}); err == nil {
			t.Error("a stopped service opened a session")
		}
	})
}

// TestHistory: the newest messages are the same whether memory has them all,
// some or none, and while others post.
func TestHistory(t *testing.T) {
	inBubble(t, chat.DefaultLimits(), 2, func(w *world) {
		w.settings.DefaultChatHistory = 5
		w.open("Rates")
		x, _ := w.enter("u0", "a", "Rates")
		for i := 1; i <= 12; i++ {
			_, err := w.post(x, "Rates", fmt.Sprint(i)).outcome(t)
			w.must(err)
		}
		reader, _ := w.enter("u1", "b")
		read := func(n int) {
			t.Helper()
			_, got, err := reader.History(w.ctx, w.rooms["Rates"].GUID, 0, n)
			w.must(err)
			first := max(1, 13-n)
			if len(got) != 13-first {
				t.Fatalf("%d messages of %d asked for", len(got), n)
			}
			for i, m := range got {
				if m.ID != chat.MessageID(first+i) || m.Text != fmt.Sprint(first+i) {
					t.Errorf("last %d: place %d holds message %d %q", n, i, m.ID, m.Text)
				}
			}
		}
		for _, n := range []int{1, 4, 5, 6, 12, 100} {
			read(n)
		}
		x.Close(channel.CauseLeft) // the room is live no longer: all from the store
		synctest.Wait()
		for _, n := range []int{1, 5, 12} {
			read(n)
		}
		w.enter("u0", "c", "Rates") // live again, with nothing in memory
		for _, n := range []int{3, 5, 7} {
			read(n)
		}
		_, _, err := reader.History(w.ctx, w.rooms["Rates"].GUID, 0, 0)
		isKind(t, err, chat.KindInvalid)
		chattest.Verify(t, w.store)
	})
}

// TestRightsEnd: who loses his right is put out of the room at once, and told.
func TestRightsEnd(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.open("Rates")
		_, a := w.enter("u0", "a", "Rates")
		_, b := w.enter("u1", "b", "Rates")
		_, c := w.enter("u2", "c", "Rates")
		w.must(w.dir.Disable(w.ctx, w.users["u1"]))
		synctest.Wait()
		if b.closed != channel.CauseRemoved {
			t.Errorf("the disabled user was told %q", b.closed)
		}
		if n := a.count(channel.EventParted); n != 1 {
			t.Errorf("the others were told %d times", n)
		}
		_, err := w.svc.UpdateCategory(w.ctx, "All", channel.CategoryPatch{Denied: channel.ListPatch{Add: []chat.PrincipalID{w.users["u2"]}}})
		w.must(err)
		synctest.Wait()
		if n := c.count(channel.EventRemoved); n != 1 {
			t.Errorf("who is outside of the scope now was told %d times", n)
		}
		if n := a.count(channel.EventParted); n != 2 {
			t.Errorf("the others were told %d times in all", n)
		}
	})
}

// TestDeletedPrincipal: who is deleted stands in no list any more, so that the
// next change of the room does not write him back.
func TestDeletedPrincipal(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		both := []chat.PrincipalID{w.users["u0"], w.users["u1"]}
		_, err := w.svc.CreateRooms(w.ctx, []channel.RoomSpec{{Name: "Rates", Category: "All", Members: both, Managers: both[1:], Presenters: both[1:]}})
		w.must(err)
		w.must(w.dir.Delete(w.ctx, both[1]))
		synctest.Wait()
		name := "Rates and more"
		_, err = w.svc.UpdateRoom(w.ctx, "Rates", channel.RoomPatch{Name: &name})
		w.must(err)
		stored, err := w.store.ListRooms(w.ctx)
		w.must(err)
		want(t, "members", stored[0].Members, both[:1])
		want(t, "managers", stored[0].Managers, nil)
		want(t, "presenters", stored[0].Presenters, nil)
	})
}
