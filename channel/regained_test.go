package channel_test

import (
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
)

// TestRightsRegained: who follows a room that he may join again, whatever had kept him
// out, is told so, unless he is in it; nobody else is.
func TestRightsRegained(t *testing.T) {
	for what, change := range map[string]func(w *world, out bool){
		"the room is disabled": func(w *world, out bool) {
			_, err := w.svc.UpdateRoom(w.ctx, "Rates", channel.RoomPatch{Disabled: &out})
			w.must(err)
		},
		"the membership": func(w *world, out bool) {
			staff, err := w.dir.Find("staff")
			w.must(err)
			w.must(w.svc.Grant(w.ctx, []channel.GrantSpec{{Room: "Rates", Role: chat.Member, Who: staff.ID, Revoke: out}}, false))
		},
		"the group": func(w *world, out bool) {
			staff, err := w.dir.Find("staff")
			w.must(err)
			for _, u := range []string{"u1", "u2", "u3"} {
				if out {
					w.must(w.dir.Leave(w.ctx, staff.ID, w.id(u)))
				} else {
					w.must(w.dir.Join(w.ctx, staff.ID, w.id(u)))
				}
			}
		},
		"the category": func(w *world, out bool) {
			denied := channel.ListPatch{Add: []chat.PrincipalID{w.id("u1"), w.id("u2"), w.id("u3")}}
			if !out {
				denied = channel.ListPatch{Clear: true}
			}
			_, err := w.svc.UpdateCategory(w.ctx, "All", channel.CategoryPatch{Denied: denied})
			w.must(err)
		},
		"a wall": func(w *world, out bool) {
			if !out {
				w.must(w.svc.DeleteWall(w.ctx, "Chinese wall"))
				return
			}
			staff, err := w.dir.Find("staff")
			w.must(err)
			desk, err := w.dir.Find("desk")
			w.must(err)
			_, err = w.svc.CreateWall(w.ctx, "Chinese wall", desk.ID, staff.ID)
			w.must(err)
		},
	} {
		inBubble(t, chat.Limits{}, 4, func(w *world) {
			w.group("desk", "u0")
			r := w.room(channel.RoomSpec{
				Name: "Rates", Category: "All", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")}, Members: []chat.PrincipalID{w.group("staff", "u1", "u2", "u3")},
			})
			open := func(user, endpoint string) (*channel.Session, *sink) {
				s := &sink{}
				x, err := w.svc.Open(w.ctx, channel.Opening{User: w.id(user), Endpoint: endpoint, Sink: s, Feeds: true})
				w.must(err)
				return x, s
			}
			synctest.Wait() // until all of this was reviewed
			x, told := open("u1", "web")
			w.must(x.Follow(w.ctx, r.GUID, true))
			w.must(x.Join(w.ctx, []string{r.GUID})[0].Err)
			_, other := open("u2", "web")    // does not follow it
			_, old := w.enter("u1", "sipe")  // is not told what he follows
			away, _ := w.enter("u3", "sipe") // has no session that is told
			w.must(away.Follow(w.ctx, r.GUID, true))
			calls := func(s *sink, after string, n int) {
				t.Helper()
				synctest.Wait()
				if got := s.count(channel.EventFollowed); got != n {
					t.Errorf("%s: after %s he is told %d times that he follows the room, want %d", what, after, got, n)
				}
			}
			calls(told, "following", 1)
			about := "quotes"
			_, err := w.svc.UpdateRoom(w.ctx, "Rates", channel.RoomPatch{Description: &about})
			w.must(err)
			calls(told, "a change of the room that he is in", 1)
			change(w, true)
			calls(told, "losing the right", 1)
			if x.Joined(r.ID) {
				t.Errorf("%s does not put him out", what)
			}
			late, lateTold := open("u1", "web2") // does not see it among what he follows
			if news, err := late.News(w.ctx); err != nil || len(news) != 0 {
				t.Errorf("%s: his news are %+v, %v", what, news, err)
			}
			change(w, false)
			synctest.Wait()
			for _, s := range []*sink{told, lateTold} {
				if e := s.last(channel.EventFollowed); e == nil || !e.Followed || e.Room.ID != r.ID {
					t.Errorf("%s: after gaining the right he is told %+v", what, e)
				}
			}
			if told.count(channel.EventFollowed) < 2 || other.count(channel.EventFollowed) != 0 || old.count(channel.EventFollowed) != 0 {
				t.Errorf("%s: the wrong sessions are told", what)
			}
			w.must(x.Join(w.ctx, []string{r.GUID})[0].Err)
		})
	}
}
