package channel_test

import (
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
)

// TestChangeWhileJoining: what is changed while a join waits for the disk holds for
// who joins, too: he is put out again, on record, or has the rights that he has now.
func TestChangeWhileJoining(t *testing.T) {
	for what, c := range map[string]struct {
		change func(w *world, research, trading chat.PrincipalID)
		out    bool
	}{
		"a membership": {func(w *world, _, _ chat.PrincipalID) {
			w.must(w.svc.Grant(w.ctx, []channel.GrantSpec{{Room: "Rates", Role: chat.Member, Who: w.id("u1"), Revoke: true}}, false))
		}, true},
		"a wall": {func(w *world, research, trading chat.PrincipalID) {
			_, err := w.svc.CreateWall(w.ctx, "Chinese wall", research, trading)
			w.must(err)
		}, true},
		"a group behind a wall": {func(w *world, research, _ chat.PrincipalID) {
			_, err := w.svc.CreateWall(w.ctx, "Chinese wall", research, w.group("others"))
			w.must(err)
			others, err := w.dir.Find("others")
			w.must(err)
			w.must(w.dir.Join(w.ctx, others.ID, w.id("u1")))
		}, true},
		"the room": {func(w *world, _, _ chat.PrincipalID) { w.must(w.svc.DeleteRoom(w.ctx, "Rates")) }, true},
		"a role": {func(w *world, _, _ chat.PrincipalID) {
			w.must(w.svc.Grant(w.ctx, []channel.GrantSpec{{Room: "Rates", Role: chat.Manager, Who: w.id("u1")}}, false))
		}, false},
	} {
		inBubble(t, chat.Limits{}, 2, func(w *world) {
			research, trading := w.group("research", "u0"), w.group("trading", "u1")
			r := w.room(channel.RoomSpec{
				Name: "Rates", Category: "All", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")},
				Members: []chat.PrincipalID{w.id("u0"), w.id("u1")},
			})
			poster, _ := w.enter("u0", "a", "Rates")
			x, s := w.enter("u1", "b")
			w.store.Stall()
			answer := make(chan channel.Joined, 1)
			go func() { answer <- x.Join(w.ctx, []string{r.GUID})[0] }() // ends when the store resumes
			synctest.Wait()
			c.change(w, research, trading)
			synctest.Wait()
			w.store.Resume()
			joined := <-answer
			synctest.Wait()
			if (joined.Err != nil) != c.out || x.Joined(r.ID) == c.out || (s.last(channel.EventRemoved) != nil) != c.out {
				t.Errorf("%s: joined with %v, is in the room: %v", what, joined.Err, x.Joined(r.ID))
			}
			list, err := w.store.ListEntries(w.ctx, 0, 1000)
			w.must(err)
			var says []string
			for _, e := range list {
				if e.Actor == w.id("u1") && (e.Kind == chat.EntryJoin || e.Kind == chat.EntryPart) {
					says = append(says, e.Cause)
				}
			}
			if c.out {
				want(t, what+": join and part on record", says, []string{"", string(channel.CauseRemoved)})
				_ = poster.Post(channel.Post{RoomGUID: r.GUID, Text: "between us"}, &receipt{}) // or the room is gone
				synctest.Wait()
				want(t, what+": messages", s.ids(r.ID), nil)
				return
			}
			want(t, what+": a join on record", says, []string{""})
			e := s.last(channel.EventRights)
			if joined.Room.Permission&chat.PermManage == 0 || e == nil || e.People[0].Permission != joined.Room.Permission {
				t.Errorf("%s: he has the mask %d and was told of %+v", what, joined.Room.Permission, e)
			}
		})
	}
}
