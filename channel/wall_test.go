package channel_test

import (
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
)

// TestWall: a wall, and a person moved behind it, hold at once in rooms that
// people are in; a preview says before what they will do.
func TestWall(t *testing.T) {
	inBubble(t, chat.Limits{}, 4, func(w *world) {
		research, trading := w.group("research", "u0"), w.group("trading")
		r := w.room(channel.RoomSpec{
			Name: "Rates", Category: "All", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")},
			Members: []chat.PrincipalID{w.id("u0"), w.id("u1"), w.id("u2")},
		})
		x, s0 := w.enter("u0", "a", "Rates")
		y, s1 := w.enter("u1", "b", "Rates")
		_, s2 := w.enter("u2", "c", "Rates")
		_, err := w.svc.CreateWall(w.ctx, "Chinese wall", research, trading)
		w.must(err)
		synctest.Wait()
		if s1.last(channel.EventRemoved) != nil {
			t.Error("a wall around nobody put somebody out")
		}

		view := w.dir.Preview([]chat.Membership{{Group: trading, Member: w.id("u1")}}, nil)
		p := w.svc.PreviewDirectory(view, []chat.PrincipalID{w.id("u1"), trading}, 10)
		if p.Total != 1 || p.Effects[0].User.ID != w.id("u1") || !p.Effects[0].Joined || len(p.Effects[0].Loses) != 3 {
			t.Errorf("preview %+v", p)
		}
		w.must(w.dir.Join(w.ctx, trading, w.id("u1")))
		synctest.Wait()
		if s1.last(channel.EventRemoved) == nil {
			t.Error("u1 stands behind the wall and is still in the room")
		}
		if s0.last(channel.EventRemoved) != nil || s2.last(channel.EventRemoved) != nil {
			t.Error("somebody else was put out")
		}
		w.post(x, "Rates", "between us")
		synctest.Wait()
		if len(s1.ids(r.ID)) != 0 || len(s2.ids(r.ID)) != 1 {
			t.Error("the message went to the wrong people")
		}
		isKind(t, y.Join(w.ctx, []string{r.GUID})[0].Err, chat.KindNoSuchRoom)
		w.denied("u1", "Rates", "the ethical wall Chinese wall separates the user from people of the room", `{"action":"join","rule":"wall"}`)
		if rooms, _, err := y.FindRooms(w.ctx, channel.RoomQuery{}); err != nil || len(rooms) != 0 {
			t.Errorf("u1 still finds %d rooms, %v", len(rooms), err)
		}
		d, err := w.svc.Explain(w.id("u1"), access.Join, "Rates")
		w.must(err)
		if d.Rule() != "wall" || d.Reason() != "the ethical wall Chinese wall separates the user from people of the room" {
			t.Errorf("explained by %s: %s", d.Rule(), d.Reason())
		}
		if uses := w.svc.Uses(trading); len(uses) != 1 {
			t.Errorf("trading is used by %v", uses)
		}

		preview, err := w.svc.PreviewWall("another", w.id("u0"), w.id("u2"), 10)
		w.must(err)
		if preview.Total != 1 || preview.Effects[0].User.ID != w.id("u2") {
			t.Errorf("preview of a wall: %+v", preview)
		}
		w.must(w.svc.DeleteWall(w.ctx, "chinese WALL"))
		w.must(y.Join(w.ctx, []string{r.GUID})[0].Err)
		_, err = w.svc.CreateWall(w.ctx, "none", research, research)
		isKind(t, err, chat.KindInvalid)
	})
}

// TestScope: a denial in a category holds at once, and a preview says whom it
// concerns.
func TestScope(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.open("Rates")
		_, s0 := w.enter("u0", "a", "Rates")
		_, s1 := w.enter("u1", "b", "Rates")
		patch := channel.CategoryPatch{Denied: channel.ListPatch{Add: []chat.PrincipalID{w.id("u1")}}}
		p, err := w.svc.PreviewCategory("All", patch, 10)
		w.must(err)
		if p.Total != 1 || p.Effects[0].User.ID != w.id("u1") || !p.Effects[0].Joined {
			t.Errorf("preview %+v", p)
		}
		_, err = w.svc.UpdateCategory(w.ctx, "All", patch)
		w.must(err)
		synctest.Wait()
		if s1.last(channel.EventRemoved) == nil || s0.last(channel.EventRemoved) != nil {
			t.Error("the denial put the wrong people out")
		}
	})
}
