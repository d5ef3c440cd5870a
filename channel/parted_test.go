package channel_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
	"perch/directory"
)

// denials are what the journal's denials say: who, where, and of whom, as
// "action rule who".
func (w *world) denials() (out []string) {
	w.t.Helper()
	synctest.Wait()
	list, err := w.store.ListEntries(w.ctx, 0, 1000)
	w.must(err)
	for _, e := range list {
		if e.Kind != chat.EntryDenied {
			continue
		}
		var d chat.Denial
		w.must(json.Unmarshal([]byte(e.Detail), &d))
		who, _, _ := strings.Cut(strings.TrimPrefix(e.ActorURI, "sip:"), "@")
		about := strings.ReplaceAll(strings.ReplaceAll(strings.Join(d.Who, " "), "sip:", ""), "@example.test", "")
		out = append(out, strings.TrimSpace(strings.Join([]string{who, d.Action, d.Rule, e.RoomName, about}, " ")))
	}
	return out
}

// walled is a world with u1 and u2 on one side of a wall, u3 on the other, u0 on
// none: he manages the room Rates, in which u1 is.
func walled(t *testing.T, test func(w *world, manager *channel.Session)) {
	t.Helper()
	inBubble(t, chat.Limits{}, 5, func(w *world) {
		_, err := w.svc.CreateWall(w.ctx, "Chinese wall", w.group("research", "u1", "u2"), w.group("trading", "u3"))
		w.must(err)
		w.room(channel.RoomSpec{
			Name: "Rates", Category: "All", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")}, Members: []chat.PrincipalID{w.id("u0"), w.id("u1")},
		})
		x, _ := w.enter("u0", "a", "Rates")
		test(w, x)
	})
}

// TestWallLists: nobody, however he does it, puts people of both sides on a room's
// lists; what was tried is on record.
func TestWallLists(t *testing.T) {
	walled(t, func(w *world, x *channel.Session) {
		add := func(names ...string) channel.ListPatch {
			var p channel.ListPatch
			for _, n := range names {
				p.Add = append(p.Add, w.id(n))
			}
			return p
		}
		guid := w.rooms["Rates"].GUID
		_, err := x.UpdateRoom(w.ctx, guid, channel.RoomPatch{Members: add("u2")})
		w.must(err)
		_, err = x.UpdateRoom(w.ctx, guid, channel.RoomPatch{Members: add("u4", "u3")})
		isKind(t, err, chat.KindForbidden)
		const says = "u3 cannot be made member of Rates: the ethical wall Chinese wall separates u3 from people of the room"
		if chat.TextOf(err) != says {
			t.Errorf("refused with %q", chat.TextOf(err))
		}
		_, err = x.UpdateRoom(w.ctx, guid, channel.RoomPatch{Managers: add("u3")})
		isKind(t, err, chat.KindForbidden)
		admin := chat.WithOperator(w.ctx, "os:root")
		_, err = w.svc.UpdateRoom(admin, "Rates", channel.RoomPatch{Managers: channel.ListPatch{Clear: true, Add: []chat.PrincipalID{w.id("u3")}}})
		isKind(t, err, chat.KindForbidden)
		grant := []channel.GrantSpec{{Room: "Rates", Role: chat.Member, Who: w.id("u3")}}
		isKind(t, w.svc.Grant(admin, grant, true), chat.KindForbidden)
		isKind(t, w.svc.Grant(admin, grant, false), chat.KindForbidden)
		spec := channel.RoomSpec{Name: "Deals", Category: "All", Privacy: chat.Closed, Members: []chat.PrincipalID{w.id("u2"), w.id("u3")}}
		isKind(t, w.svc.CheckRooms([]channel.RoomSpec{spec}), chat.KindForbidden)
		_, err = w.svc.CreateRooms(admin, []channel.RoomSpec{{Name: "Fine", Category: "All"}, spec})
		isKind(t, err, chat.KindForbidden)
		if _, err := w.svc.FindRoom("Fine"); chat.KindOf(err) != chat.KindNoSuchRoom {
			t.Errorf("a part of what was refused was done: %v", err)
		}
		want(t, "denials", w.denials(), []string{
			"u0 add wall Rates u3", "u0 add wall Rates u3", "os:root add wall Rates u3", "os:root add wall Rates u3", "os:root add wall Deals u2",
		})
		r, err := w.svc.FindRoom("Rates")
		w.must(err)
		want(t, "members", r.Members, []chat.PrincipalID{w.id("u0"), w.id("u1"), w.id("u2")})

		// Whom the lists lose may make room for the other side in the same change.
		_, err = w.svc.UpdateRoom(w.ctx, "Rates", channel.RoomPatch{Members: channel.ListPatch{Clear: true, Add: []chat.PrincipalID{w.id("u3")}}})
		w.must(err)
	})
}

// TestWallListsOfOneSide: a manager who stands at a wall is not told of it, nor of
// who is behind it.
func TestWallListsOfOneSide(t *testing.T) {
	walled(t, func(w *world, _ *channel.Session) {
		w.must(w.svc.Grant(w.ctx, []channel.GrantSpec{{Room: "Rates", Role: chat.Manager, Who: w.id("u1")}}, false))
		x, _ := w.enter("u1", "b", "Rates")
		_, err := x.UpdateRoom(w.ctx, w.rooms["Rates"].GUID, channel.RoomPatch{Members: channel.ListPatch{Add: []chat.PrincipalID{w.id("u3")}}})
		isKind(t, err, chat.KindNoSuchPrincipal)
		if text := chat.TextOf(err); text != "this person cannot be added to Rates" {
			t.Errorf("refused with %q", text)
		}
		_, _, err = x.Principal(w.ctx, "sip:u3@example.test")
		isKind(t, err, chat.KindNoSuchPrincipal)
		for _, prefix := range []string{"u", "U3", "sip:u3@example.test", "nobody"} {
			list, _, err := x.FindPeople(w.ctx, prefix, 10)
			w.must(err)
			for _, p := range list {
				if p.Name == "u3" {
					t.Errorf("%s finds u3", prefix)
				}
			}
		}
		knows, err := x.Knows(w.ctx, []chat.PrincipalID{w.id("u2"), w.id("u3")})
		w.must(err)
		want(t, "knows", knows, []bool{true, false})
		want(t, "denials", w.denials(), []string{
			"u1 add wall Rates u3", "u1 people not-visible  u3", "u1 people not-visible  u3", "u1 people not-visible  u3", "u1 people not-visible  u3",
		})
	})
}

// TestWallPosts: posts through a wall are refused and on record; an @name of somebody
// behind it is on record.
func TestWallPosts(t *testing.T) {
	walled(t, func(w *world, _ *channel.Session) {
		x, _ := w.enter("u3", "c")
		isKind(t, x.Post(channel.Post{RoomGUID: w.rooms["Rates"].GUID, Text: "hello", Absent: true}, &receipt{}), chat.KindNoSuchRoom)
		y, _ := w.enter("u1", "b", "Rates")
		for _, text := range []string{"@u2 look, u3", "mail to u3@example.test", "so @U3, and @u33 say", "@u3"} {
			w.post(y, "Rates", text)
		}
		before := w.denials()
		want(t, "denials", before, []string{"u3 post wall Rates", "u1 mention wall Rates u3", "u1 mention wall Rates u3"})
		for _, text := range []string{"@u3\nplease", "by @u3's word", "\"@u3\"", "@u2/@u3", "@u3,hello", strings.Repeat("@ @@a", 20) + "@u3"} {
			w.post(y, "Rates", text)
			before = append(before, "u1 mention wall Rates u3")
			want(t, fmt.Sprintf("denials after %q", text), w.denials(), before)
		}
	})
}

// TestWallAstride: who stands on both sides of a wall is parted from everybody of
// either, and they from him.
func TestWallAstride(t *testing.T) {
	walled(t, func(w *world, _ *channel.Session) {
		_, err := w.svc.CreateWall(w.ctx, "Another", w.group("left", "u1", "u4"), w.group("right", "u2", "u4"))
		w.must(err)
		for _, pair := range [...]struct {
			a, b  string
			apart bool
		}{{"u4", "u1", true}, {"u4", "u2", true}, {"u1", "u2", true}, {"u4", "u3", false}, {"u4", "u0", false}, {"u4", "u4", false}, {"u1", "u3", true}} {
			for _, p := range [...][2]string{{pair.a, pair.b}, {pair.b, pair.a}} {
				if got := w.svc.Apart(w.id(p[0]), w.id(p[1])); got != pair.apart {
					t.Errorf("%s and %s apart: %v", p[0], p[1], got)
				}
			}
		}
		x, _ := w.enter("u1", "b")
		knows, err := x.Knows(w.ctx, []chat.PrincipalID{w.id("u0"), w.id("u4"), w.id("u1")})
		w.must(err)
		want(t, "knows", knows, []bool{true, false, true})
	})
}

// TestWatchWalls: who watches is told when others stand apart, and of nothing else.
func TestWatchWalls(t *testing.T) {
	walled(t, func(w *world, _ *channel.Session) {
		told := 0
		w.svc.WatchWalls(func() { told++ })
		synctest.Wait()
		before := told
		is := func(of string, times int) {
			t.Helper()
			if told-before != times {
				t.Errorf("after %s it was told %d times, want %d", of, told-before, times)
			}
		}
		name := "Somebody"
		_, err := w.dir.UpdateUser(w.ctx, w.id("u1"), directory.UserPatch{DisplayName: &name})
		w.must(err)
		synctest.Wait()
		is("a new name", 0)
		trading, err := w.dir.Find("trading")
		w.must(err)
		w.must(w.dir.Join(w.ctx, trading.ID, w.id("u4")))
		synctest.Wait()
		is("a person", 1)
		w.must(w.svc.DeleteWall(w.ctx, "Chinese wall"))
		synctest.Wait()
		is("the wall's end", 2)
	})
}

// TestWallInvitations: nobody is invited to a room that a wall closes to him, though a
// group makes him its member.
func TestWallInvitations(t *testing.T) {
	walled(t, func(w *world, _ *channel.Session) {
		w.category("Loud", true)
		staff := w.group("staff", "u1", "u3", "u4")
		w.room(channel.RoomSpec{
			Name: "Desk", Category: "Loud", Privacy: chat.Closed, Invitations: chat.InvitationsInherit,
			Managers: []chat.PrincipalID{w.id("u1")}, Members: []chat.PrincipalID{staff},
		})
		for user, rooms := range map[string][]string{"u1": {"Desk"}, "u3": nil, "u4": {"Desk"}} {
			names, _ := w.invited(user, 0)
			want(t, user, names, rooms)
		}
		for _, c := range []struct {
			a, b  string
			apart bool
		}{{"u1", "u3", true}, {"u3", "u2", true}, {"u1", "u2", false}, {"u0", "u3", false}, {"u3", "u3", false}} {
			if got := w.svc.Apart(w.id(c.a), w.id(c.b)); got != c.apart {
				t.Errorf("%s and %s: %v", c.a, c.b, got)
			}
		}
	})
}

// TestWallOverRooms: a new wall is put up over rooms that have both sides, whose
// lists can still be changed.
func TestWallOverRooms(t *testing.T) {
	inBubble(t, chat.Limits{}, 5, func(w *world) {
		w.room(channel.RoomSpec{
			Name: "Rates", Category: "All", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")},
			Members: []chat.PrincipalID{w.id("u0"), w.id("u1"), w.id("u3")},
		})
		_, err := w.svc.CreateWall(w.ctx, "Chinese wall", w.group("research", "u1", "u2"), w.group("trading", "u3"))
		w.must(err)
		x, _ := w.enter("u0", "a", "Rates")
		guid := w.rooms["Rates"].GUID
		describe := "of both"
		_, err = x.UpdateRoom(w.ctx, guid, channel.RoomPatch{Description: &describe, Members: channel.ListPatch{Add: []chat.PrincipalID{w.id("u4")}}})
		w.must(err)
		_, err = x.UpdateRoom(w.ctx, guid, channel.RoomPatch{Members: channel.ListPatch{Add: []chat.PrincipalID{w.id("u2")}}})
		isKind(t, err, chat.KindForbidden)
		_, err = x.UpdateRoom(w.ctx, guid, channel.RoomPatch{Members: channel.ListPatch{Remove: []chat.PrincipalID{w.id("u3")}, Add: []chat.PrincipalID{w.id("u2")}}})
		w.must(err)
	})
}
