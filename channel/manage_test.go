package channel_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
)

// last is the newest event of a kind that a session was told.
func (s *sink) last(kind channel.EventKind) *channel.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range slices.Backward(s.events) {
		if e.Kind == kind {
			return e
		}
	}
	return nil
}

func (w *world) id(user string) chat.PrincipalID { return w.users[user] }

// category makes one that allows everybody.
func (w *world) category(name string, invitations bool, creators ...chat.PrincipalID) {
	w.t.Helper()
	_, err := w.svc.CreateCategory(w.ctx, channel.CategorySpec{
		Name: name, Allowed: []chat.PrincipalID{w.dir.Domain()}, Creators: creators, Invitations: invitations,
	})
	w.must(err)
}

func (w *world) room(spec channel.RoomSpec) chat.Room {
	w.t.Helper()
	rooms, err := w.svc.CreateRooms(w.ctx, []channel.RoomSpec{spec})
	w.must(err)
	w.rooms[spec.Name] = rooms[0]
	return rooms[0]
}

// group makes a group of users.
func (w *world) group(name string, users ...string) chat.PrincipalID {
	w.t.Helper()
	g, err := w.dir.CreateGroup(w.ctx, name, "")
	w.must(err)
	for _, u := range users {
		w.must(w.dir.Join(w.ctx, g.ID, w.users[u]))
	}
	return g.ID
}

// TestCreateRoom: a creator makes rooms where he may, manages them, and is no
// member by that.
func TestCreateRoom(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.category("Desk", false, w.id("u0"))
		x, _ := w.enter("u0", "a")
		v, err := x.CreateRoom(w.ctx, channel.RoomSpec{Name: "Rates", Category: "Desk", Privacy: chat.Closed, Members: []chat.PrincipalID{w.id("u1")}})
		w.must(err)
		want(t, "managers", v.Managers, []chat.PrincipalID{w.id("u0")})
		want(t, "members", v.Members, []chat.PrincipalID{w.id("u1")})
		if v.CreatedByURI != "sip:u0@example.test" || v.Permission&chat.PermManage == 0 || v.Permission&chat.PermJoin != 0 {
			t.Errorf("created by %s, mask %d", v.CreatedByURI, v.Permission)
		}
		other, _ := w.enter("u1", "b")
		_, err = other.CreateRoom(w.ctx, channel.RoomSpec{Name: "Mine", Category: "Desk"})
		isKind(t, err, chat.KindCannotCreate)
		_, err = x.CreateRoom(w.ctx, channel.RoomSpec{Name: "Mine", Category: "All"})
		isKind(t, err, chat.KindCannotCreate)
		_, err = x.CreateRoom(w.ctx, channel.RoomSpec{Name: "desk", Category: "Desk"})
		isKind(t, err, chat.KindDuplicateName)
	})
}

// TestUpdateRoom: what a manager may do, and what only an administrator.
func TestUpdateRoom(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.category("Desk", false, w.id("u0"))
		w.category("Other", false)
		r := w.room(channel.RoomSpec{Name: "Rates", Category: "Desk", Privacy: chat.Closed, Managers: []chat.PrincipalID{w.id("u0")}, Members: []chat.PrincipalID{w.id("u0"), w.id("u1")}})
		manager, far := w.enter("u0", "a", "Rates")
		member, near := w.enter("u1", "b", "Rates")
		name, on, off := "Rates 2", true, false
		_, err := member.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Name: &name})
		isKind(t, err, chat.KindForbidden)

		v, err := manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Name: &name, Version: r.Version})
		w.must(err)
		synctest.Wait()
		for _, s := range []*sink{far, near} {
			if e := s.last(channel.EventChanged); e == nil || e.View.Name != "Rates 2" {
				t.Error("those in the room were not told of its new name")
			}
		}
		_, err = manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Name: &name, Version: r.Version})
		isKind(t, err, chat.KindCollision)
		other, all := "Other", "Desk"
		_, err = manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Category: &other})
		isKind(t, err, chat.KindCannotCreate)
		_, err = manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Category: &all})
		w.must(err)

		// u1 becomes a manager: his mask is told; then a presenterless auditorium.
		_, err = manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Managers: channel.ListPatch{Add: []chat.PrincipalID{w.id("u1")}}})
		w.must(err)
		synctest.Wait()
		if e := far.last(channel.EventRights); e == nil || e.People[0].User.ID != w.id("u1") || e.People[0].Permission != 11652 {
			t.Errorf("the change of rights was told as %+v", e)
		}
		_, err = member.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Disabled: &on})
		w.must(err)
		synctest.Wait()
		if e := near.last(channel.EventChanged); e == nil || !e.View.Disabled || near.last(channel.EventRemoved) == nil {
			t.Error("a disabled room puts everybody out and says so")
		}
		_, err = manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Disabled: &off})
		isKind(t, err, chat.KindForbidden)
		_, err = w.svc.UpdateRoom(w.ctx, v.GUID, channel.RoomPatch{Disabled: &off})
		w.must(err)
		for _, j := range manager.Join(w.ctx, []string{r.GUID}) {
			w.must(j.Err)
		}
		w.must(w.svc.DeleteRoom(w.ctx, r.GUID))
		synctest.Wait()
		if far.last(channel.EventDeleted) == nil || far.last(channel.EventRemoved) == nil {
			t.Error("a deleted room puts everybody out and says so")
		}
	})
}

// TestRefusedManager: that somebody tries to change a room which he does not manage is
// on record; that he ceases to see one by a change of his own is not his refusal.
func TestRefusedManager(t *testing.T) {
	inBubble(t, chat.Limits{}, 2, func(w *world) {
		r := w.room(channel.RoomSpec{Name: "Rates", Category: "All", Privacy: chat.Secret, Managers: []chat.PrincipalID{w.id("u0")}, Members: []chat.PrincipalID{w.id("u1")}})
		manager, _ := w.enter("u0", "a")
		member, _ := w.enter("u1", "b")
		name := "Mine"
		_, err := member.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Name: &name})
		isKind(t, err, chat.KindForbidden)
		_, _, err = member.Eligible(w.ctx, chat.Member, r.GUID, "u", 10)
		isKind(t, err, chat.KindForbidden)
		tried := w.denials()
		if len(tried) != 2 || !strings.HasPrefix(tried[0], "u1 manage ") || tried[0] != tried[1] {
			t.Errorf("on record: %q", tried)
		}
		_, err = w.svc.UpdateRoom(w.ctx, "Rates", channel.RoomPatch{Managers: channel.ListPatch{Add: []chat.PrincipalID{w.id("u1")}}})
		w.must(err)
		v, err := manager.UpdateRoom(w.ctx, r.GUID, channel.RoomPatch{Managers: channel.ListPatch{Remove: []chat.PrincipalID{w.id("u0")}}})
		w.must(err)
		want(t, "managers", v.Managers, []chat.PrincipalID{w.id("u1")})
		if now := w.denials(); len(now) != 2 {
			t.Errorf("on record: %q", now)
		}
	})
}

// TestRemovedMember: a person whose right ends is out of the room at once, the
// others stay.
func TestRemovedMember(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		desk := w.group("desk", "u0", "u1")
		w.room(channel.RoomSpec{Name: "Rates", Category: "All", Privacy: chat.Closed, Members: []chat.PrincipalID{desk}})
		x0, s0 := w.enter("u0", "a", "Rates")
		_, s1 := w.enter("u1", "b", "Rates")
		w.must(w.dir.Leave(w.ctx, desk, w.id("u1")))
		synctest.Wait()
		if s1.last(channel.EventRemoved) == nil || s0.last(channel.EventParted) == nil {
			t.Error("who left the group is still in the room")
		}
		w.post(x0, "Rates", "alone")
		synctest.Wait()
		if len(s1.ids(w.rooms["Rates"].ID)) != 0 {
			t.Error("a message went to one who is out")
		}
	})
}

// TestFindRooms: each filter, and all of them together.
func TestFindRooms(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		addin, err := w.svc.CreateAddin(w.ctx, "Ticker", "https://ticker.test/")
		w.must(err)
		w.category("Desk", true)
		desk := w.group("desk", "u1")
		w.room(channel.RoomSpec{Name: "Bond Rates", Category: "Desk", Privacy: chat.Open, Description: "for the morning"})
		w.room(channel.RoomSpec{Name: "Metal Rates", Category: "All", Privacy: chat.Closed, Addin: "ticker", Members: []chat.PrincipalID{desk}, Invitations: chat.InvitationsInherit})
		w.room(channel.RoomSpec{Name: "Rates of Bonds", Category: "Desk", Privacy: chat.Closed, Behavior: chat.Auditorium, Managers: []chat.PrincipalID{w.id("u0")}})
		w.room(channel.RoomSpec{Name: "Hidden", Category: "All", Privacy: chat.Secret, Members: []chat.PrincipalID{w.id("u1")}})
		w.room(channel.RoomSpec{Name: "Old", Category: "All", Disabled: true, Managers: []chat.PrincipalID{w.id("u0")}})
		x, _ := w.enter("u0", "a", "Bond Rates")
		on, closed, auditorium, inherit := true, chat.Closed, chat.Auditorium, chat.InvitationsInherit
		for _, c := range []struct {
			what  string
			q     channel.RoomQuery
			rooms string
		}{
			{"all", channel.RoomQuery{}, "Bond Rates,Metal Rates,Rates of Bonds"},
			{"any word", channel.RoomQuery{Criteria: "metal bonds"}, "Metal Rates,Rates of Bonds"},
			{"all words", channel.RoomQuery{Criteria: "rates BOND", Match: chat.MatchAll}, "Bond Rates,Rates of Bonds"},
			{"phrase", channel.RoomQuery{Criteria: "bond rates", Match: chat.MatchExact}, "Bond Rates"},
			{"description", channel.RoomQuery{Criteria: "morning", Descriptions: true}, "Bond Rates"},
			{"not in the name", channel.RoomQuery{Criteria: "morning"}, ""},
			{"member through a group", channel.RoomQuery{Member: "sip:u1@example.test"}, "Metal Rates"},
			{"manager", channel.RoomQuery{Manager: "sip:u0@example.test"}, "Rates of Bonds"},
			{"joined", channel.RoomQuery{Joined: "sip:u0@example.test"}, "Bond Rates"},
			{"category", channel.RoomQuery{Category: "desk"}, "Bond Rates,Rates of Bonds"},
			{"add-in", channel.RoomQuery{Addin: addin.GUID}, "Metal Rates"},
			{"disabled", channel.RoomQuery{Disabled: &on}, "Old"},
			{"privacy", channel.RoomQuery{Privacy: &closed}, "Metal Rates,Rates of Bonds"},
			{"behaviour", channel.RoomQuery{Behavior: &auditorium}, "Rates of Bonds"},
			{"invitations", channel.RoomQuery{Invitations: &inherit}, "Metal Rates"},
			{"two filters", channel.RoomQuery{Privacy: &closed, Category: "All"}, "Metal Rates"},
		} {
			rooms, more, err := x.FindRooms(w.ctx, c.q)
			w.must(err)
			var names []string
			for i := range rooms {
				names = append(names, rooms[i].Name)
			}
			if got := strings.Join(names, ","); got != c.rooms || more {
				t.Errorf("%s: found %s, want %s", c.what, got, c.rooms)
			}
		}
		rooms, more, err := x.FindRooms(w.ctx, channel.RoomQuery{Limit: 2})
		w.must(err)
		if len(rooms) != 2 || !more {
			t.Errorf("%d rooms, more %v", len(rooms), more)
		}
		_, _, err = x.FindRooms(w.ctx, channel.RoomQuery{Member: "sip:nobody@example.test"})
		isKind(t, err, chat.KindNoSuchPrincipal)
		none, _ := "", 0
		w.must(w.svc.DeleteAddin(w.ctx, "Ticker"))
		if v, err := w.svc.FindRoom("Metal Rates"); err != nil || v.Addin != none {
			t.Errorf("the room still shows the add-in: %v", err)
		}
	})
}

// TestPeople: roles, eligible people, who is in a large room.
func TestPeople(t *testing.T) {
	inBubble(t, chat.Limits{}, 6, func(w *world) {
		w.settings.ParticipantUpdateLimit = 2
		r := w.room(channel.RoomSpec{
			Name: "Stage", Category: "All", Privacy: chat.Closed, Behavior: chat.Auditorium,
			Managers: []chat.PrincipalID{w.id("u0")}, Members: []chat.PrincipalID{w.id("u0"), w.id("u1"), w.id("u2"), w.id("u3")},
		})
		x, _ := w.enter("u0", "a", "Stage")
		w.enter("u1", "b", "Stage")
		w.enter("u2", "c", "Stage")
		late, _ := w.enter("u3", "d")
		people, err := x.Participants(w.ctx, r.GUID)
		w.must(err)
		if len(people) != 3 {
			t.Errorf("%d participants of the large room", len(people))
		}
		_, err = late.Participants(w.ctx, r.GUID)
		isKind(t, err, chat.KindNoParticipantList)
		outside, _ := w.enter("u4", "e")
		roles, err := outside.Roles(w.ctx, r.GUID)
		w.must(err)
		if len(roles.Members) != 4 || len(roles.Managers) != 1 {
			t.Errorf("roles %+v", roles)
		}
		_, _, err = outside.Eligible(w.ctx, chat.Member, r.GUID, "", 0)
		isKind(t, err, chat.KindForbidden)
		list, _, err := x.Eligible(w.ctx, chat.Presenter, r.GUID, "u", 0)
		w.must(err)
		if len(list) != 4 {
			t.Errorf("%d may present, want the members", len(list))
		}
		list, more, err := x.Eligible(w.ctx, chat.Member, r.GUID, "", 3)
		w.must(err)
		if len(list) != 3 || !more {
			t.Errorf("%d eligible, more %v", len(list), more)
		}
		w.settings.ParticipantUpdateLimit = 10
		w.svc.SettingsChanged()
		_, s := w.enter("u3", "f", "Stage")
		_ = s
		joined := late.Join(w.ctx, []string{r.GUID})
		w.must(joined[0].Err)
		if len(joined[0].People) != 4 {
			t.Errorf("the room is still large: %d are shown", len(joined[0].People))
		}
	})
}
