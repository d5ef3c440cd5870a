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

// TestRefusalsOnRecord: whatever somebody tries at a room that a wall keeps from
// him is refused and on record, by name of what he tried.
func TestRefusalsOnRecord(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		research, trading := w.group("research", "u0"), w.group("trading", "u1")
		w.room(channel.RoomSpec{Name: "Rates", Category: "All", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")}, Members: []chat.PrincipalID{w.id("u0")}})
		_, err := w.svc.CreateWall(w.ctx, "w", research, trading)
		w.must(err)
		x, _ := w.enter("u1", "a")
		guid := w.rooms["Rates"].GUID
		for _, try := range []struct {
			what string
			do   func() error
		}{
			{"join", func() error { return x.Join(w.ctx, []string{guid})[0].Err }},
			{"post", func() error { return x.Post(channel.Post{RoomGUID: guid, Text: "hello"}, &receipt{}) }},
			{"read", func() error { _, _, err := x.History(w.ctx, guid, 0, 1); return err }},
			{"read", func() error { _, err := x.Page(w.ctx, guid, channel.PageQuery{N: 1}); return err }},
			{"read", func() error { _, _, err := x.Message(w.ctx, guid, 1); return err }},
			{"search", func() error {
				found, err := x.Search(w.ctx, channel.HistorySearch{Rooms: []string{guid}, Text: "a"})
				w.must(err)
				return found[0].Err
			}},
			{"search", func() error {
				_, err := x.SearchAll(w.ctx, channel.HistorySearch{Rooms: []string{guid}, Text: "a"}, 0, 0)
				return err
			}},
			{"see", func() error { _, err := x.Room(w.ctx, "Rates"); return err }},
			{"follow", func() error { return x.Follow(w.ctx, guid, true) }},
			{"people", func() error { _, err := x.Participants(w.ctx, guid); return err }},
			{"people", func() error { _, err := x.Present(w.ctx, guid); return err }},
			{"people", func() error { _, _, err := x.FindReaders(w.ctx, guid, "u", 1); return err }},
			{"upload", func() error { _, err := x.MayTransfer(w.ctx, guid, true); return err }},
			{"download", func() error { _, err := x.MayTransfer(w.ctx, guid, false); return err }},
			{"find", func() error {
				rooms, _, err := x.FindRooms(w.ctx, channel.RoomQuery{Criteria: "rates"})
				w.must(err)
				if len(rooms) > 0 {
					t.Error("the room was found")
				}
				return chat.E(chat.KindNoSuchRoom, "")
			}},
		} {
			before, err := w.store.JournalHead(w.ctx)
			w.must(err)
			isKind(t, try.do(), chat.KindNoSuchRoom)
			synctest.Wait()
			list, err := w.store.ListEntries(w.ctx, before, 100)
			w.must(err)
			var got []string
			for _, e := range list {
				if e.Kind == chat.EntryDenied && e.Actor == w.id("u1") && e.RoomName == "Rates" && e.Cause != "" {
					got = append(got, e.Detail)
				}
			}
			want(t, "denied", got, []string{`{"action":"` + try.what + `","rule":"wall"}`})
		}
		_, _, err = x.FindRooms(w.ctx, channel.RoomQuery{Criteria: "else"})
		w.must(err)
		w.must(x.Follow(w.ctx, guid, false))
		list, err := w.store.ListEntries(w.ctx, 0, 1000)
		w.must(err)
		if last := list[len(list)-1]; last.Kind == chat.EntryDenied {
			t.Errorf("nothing was refused, and on record is %+v", last)
		}
	})
}
