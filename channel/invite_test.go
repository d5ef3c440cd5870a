package channel_test

import (
	"testing"
	"testing/synctest"

	"perch/channel"
	"perch/chat"
)

func (w *world) invited(user string, after chat.InvitationID) (names []string, last chat.InvitationID) {
	w.t.Helper()
	x, _ := w.enter(user, "inv")
	defer x.Close(channel.CauseLeft)
	list, err := x.Invitations(w.ctx, after)
	w.must(err)
	for i := range list {
		if list[i].ID < last {
			w.t.Errorf("invitation %d comes after %d", list[i].ID, last)
		}
		names, last = append(names, list[i].Room.Name), list[i].ID
	}
	return names, last
}

// TestInvitations: who becomes a member, himself or through a group, is invited
// where category and room have invitations on; what he knows already is not
// told again (XCCOS 7.3).
func TestInvitations(t *testing.T) {
	inBubble(t, chat.Limits{}, 4, func(w *world) {
		w.category("Loud", true)
		w.category("Quiet", false)
		desk := w.group("desk", "u0")
		add := func(room string, who ...chat.PrincipalID) {
			t.Helper()
			_, err := w.svc.UpdateRoom(w.ctx, room, channel.RoomPatch{Members: channel.ListPatch{Add: who}})
			w.must(err)
		}
		w.room(channel.RoomSpec{Name: "A", Category: "Loud", Privacy: chat.Closed, Invitations: chat.InvitationsInherit, Members: []chat.PrincipalID{w.id("u0")}})
		w.room(channel.RoomSpec{Name: "B", Category: "Loud", Privacy: chat.Closed, Invitations: chat.InvitationsInherit})
		w.room(channel.RoomSpec{Name: "C", Category: "Quiet", Privacy: chat.Closed, Invitations: chat.InvitationsInherit, Members: []chat.PrincipalID{desk}})
		w.room(channel.RoomSpec{Name: "D", Category: "Loud", Privacy: chat.Closed, Members: []chat.PrincipalID{desk}})
		names, last := w.invited("u0", 1)
		want(t, "u0 at first", names, []string{"A"})
		add("B", desk)
		names, last = w.invited("u0", last)
		want(t, "through the group", names, []string{"B"})
		add("B", w.id("u0")) // another way to the same membership
		add("A", w.id("u1"))
		names, _ = w.invited("u0", last)
		want(t, "nothing new", names, nil)

		w.must(w.dir.Join(w.ctx, desk, w.id("u1"))) // u1 becomes a member of B, C, D
		names, last = w.invited("u1", 0)
		want(t, "u1", names, []string{"A", "B"})

		on := true // those who are members are not invited when invitations are switched on
		_, err := w.svc.UpdateCategory(w.ctx, "Quiet", channel.CategoryPatch{Invitations: &on})
		w.must(err)
		names, _ = w.invited("u1", last)
		want(t, "after the switch", names, nil)
		w.must(w.dir.Join(w.ctx, desk, w.id("u2")))
		names, _ = w.invited("u2", 0)
		want(t, "u2", names, []string{"B", "C"})
		off := chat.InvitationsOff
		_, err = w.svc.UpdateRoom(w.ctx, "B", channel.RoomPatch{Invitations: &off})
		w.must(err)
		names, _ = w.invited("u2", 0)
		want(t, "u2 when B is off", names, []string{"C"})
	})
}

// TestInviteNotice: whoever is signed in is told at once, and once.
func TestInviteNotice(t *testing.T) {
	inBubble(t, chat.Limits{}, 3, func(w *world) {
		w.category("Loud", true)
		desk := w.group("desk", "u0")
		_, s0 := w.enter("u0", "a")
		_, s1 := w.enter("u1", "b")
		w.room(channel.RoomSpec{Name: "A", Category: "Loud", Privacy: chat.Closed, Invitations: chat.InvitationsInherit, Members: []chat.PrincipalID{desk}})
		synctest.Wait()
		if n := s0.count(channel.EventInvited); n != 1 || s0.last(channel.EventInvited).Invitation.Room.Name != "A" {
			t.Errorf("u0 was told %d times", n)
		}
		w.must(w.dir.Join(w.ctx, desk, w.id("u1")))
		synctest.Wait()
		if n := s1.count(channel.EventInvited); n != 1 {
			t.Errorf("u1 was told %d times", n)
		}
		_, again := w.enter("u1", "c") // a later session asks for what it does not know
		_, err := w.svc.UpdateRoom(w.ctx, "A", channel.RoomPatch{Members: channel.ListPatch{Add: []chat.PrincipalID{w.id("u2")}}})
		w.must(err)
		synctest.Wait()
		if s0.count(channel.EventInvited) != 1 || s1.count(channel.EventInvited) != 1 || again.count(channel.EventInvited) != 0 {
			t.Error("somebody was told again")
		}
	})
}
