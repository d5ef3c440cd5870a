package chattest

import (
	"context"
	"slices"
	"testing"

	"perch/chat"
)

var invitationTests = map[string]func(t *testing.T, w *world){
	"Invitations/members are numbered":             testSinceMembers,
	"Invitations/those who stay keep their number": testSinceKept,
	"Invitations/what the caller says is ignored":  testSinceIgnored,
	"Invitations/memberships are numbered":         testSinceMemberships,
	"Invitations/one sequence for all":             testSinceSequence,
	"Invitations/refused calls give no numbers":    testSinceRefused,
	"Invitations/other roles have none":            testSinceRoles,
	"Invitations/from now":                         testInvitesFromNow,
	"Invitations/from a number":                    testInvitesFrom,
}

// newest is the number that was given last.
func (w *world) newest(t testing.TB) chat.InvitationID {
	t.Helper()
	c := newCategory("Numbers")
	c.InvitesFrom = chat.InvitesFromNow
	c = must(w.CreateCategory(t.Context(), c, chat.Entry{}))(t)
	check(t, w.DeleteCategory(t.Context(), c.ID, chat.Entry{}))
	return c.InvitesFrom
}

// members changes the members of a room, and checks that what is returned is
// what is listed.
func (w *world) members(t testing.TB, room chat.RoomID, who ...chat.PrincipalID) []chat.InvitationID {
	t.Helper()
	r := w.findRoom(t, room)
	r.Members = who
	r = must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	same(t, "listed", r, w.findRoom(t, room))
	return r.Since
}

func testSinceMembers(t *testing.T, w *world) {
	if n := w.newest(t); n != 1 {
		t.Errorf("before the first is %d: clients ask for those after 1", n)
	}
	list := []chat.Room{newRoom(w.category, "A"), newRoom(w.category, "B"), newRoom(w.category, "C")}
	list[0].Members, list[2].Members = []chat.PrincipalID{3, 5, 9}, []chat.PrincipalID{3}
	list = must(w.CreateRooms(t.Context(), list, roomEntries(3)))(t)
	for i, want := range [][]chat.InvitationID{{2, 3, 4}, {}, {5}} {
		same(t, "created", want, list[i].Since)
		same(t, "listed", list[i], w.findRoom(t, list[i].ID))
	}
}

func testSinceKept(t *testing.T, w *world) {
	room := w.rooms[0].ID
	for _, step := range []struct {
		who  []chat.PrincipalID
		want []chat.InvitationID
	}{
		{[]chat.PrincipalID{5, 7}, []chat.InvitationID{2, 3}},
		{[]chat.PrincipalID{5, 7}, []chat.InvitationID{2, 3}},
		{[]chat.PrincipalID{4, 5, 6, 7}, []chat.InvitationID{4, 2, 5, 3}},
		{[]chat.PrincipalID{4, 7}, []chat.InvitationID{4, 3}},
		{[]chat.PrincipalID{4, 5, 7}, []chat.InvitationID{4, 6, 3}}, // came back
		{nil, nil},
		{[]chat.PrincipalID{7}, []chat.InvitationID{7}},
	} {
		same(t, "numbers", step.want, w.members(t, room, step.who...))
	}
	a, b := w.findRoom(t, room), w.rooms[1]
	a.Members, b.Members = []chat.PrincipalID{7, 8}, []chat.PrincipalID{7}
	list := must(w.UpdateRooms(t.Context(), []chat.Room{a, b}, roomEntries(2)))(t)
	same(t, "two rooms at once", [][]chat.InvitationID{{7, 8}, {9}}, [][]chat.InvitationID{list[0].Since, list[1].Since})
}

func testSinceIgnored(t *testing.T, w *world) {
	r := newRoom(w.category, "A")
	r.Members, r.Since = []chat.PrincipalID{5, 6}, []chat.InvitationID{90, 91}
	r = must(w.CreateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	same(t, "created", []chat.InvitationID{2, 3}, r.Since)
	for _, since := range [][]chat.InvitationID{nil, {9}, {90, 91, 92}} {
		r.Since = since
		r = must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
		same(t, "updated", []chat.InvitationID{2, 3}, r.Since)
	}
	m := must(w.UpdateMemberships(t.Context(), []chat.Membership{{Group: 1, Member: 2, Since: 77}}, nil, nil))(t)
	same(t, "membership", []chat.Membership{{Group: 1, Member: 2, Since: 4}}, m)
	m[0].Since = 88
	must(w.UpdateMemberships(t.Context(), nil, m, nil))(t)
	same(t, "removed", []chat.Membership{}, must(w.ListMemberships(t.Context()))(t))
}

func testSinceMemberships(t *testing.T, w *world) {
	m := func(member chat.PrincipalID, since chat.InvitationID) chat.Membership {
		return chat.Membership{Group: 10, Member: member, Since: since}
	}
	for _, step := range []struct{ add, remove, want, listed []chat.Membership }{
		{add: []chat.Membership{m(2, 0), m(1, 0)}, want: []chat.Membership{m(2, 2), m(1, 3)}, listed: []chat.Membership{m(1, 3), m(2, 2)}},
		{add: []chat.Membership{m(1, 0), m(3, 0), m(3, 0)}, want: []chat.Membership{m(1, 3), m(3, 4), m(3, 4)}, listed: []chat.Membership{m(1, 3), m(2, 2), m(3, 4)}},
		{remove: []chat.Membership{m(2, 0)}, listed: []chat.Membership{m(1, 3), m(3, 4)}},
		{add: []chat.Membership{m(1, 0), m(2, 0)}, remove: []chat.Membership{m(1, 0)}, want: []chat.Membership{m(1, 5), m(2, 6)}, listed: []chat.Membership{m(1, 5), m(2, 6), m(3, 4)}},
	} {
		add := slices.Clone(step.add)
		got := must(w.UpdateMemberships(t.Context(), add, step.remove, nil))(t)
		same(t, "returned", step.want, got)
		same(t, "the caller's", step.add, add)
		clear(got)
		same(t, "listed", step.listed, sortedMemberships(must(w.ListMemberships(t.Context()))(t)))
	}
}

func testSinceSequence(t *testing.T, w *world) {
	add := func(group chat.PrincipalID) chat.InvitationID {
		return must(w.UpdateMemberships(t.Context(), []chat.Membership{{Group: group, Member: 1}}, nil, nil))(t)[0].Since
	}
	got := []chat.InvitationID{add(10), w.members(t, w.rooms[0].ID, 5)[0], add(11), w.members(t, w.rooms[1].ID, 5)[0], w.newest(t)}
	same(t, "numbers", []chat.InvitationID{2, 3, 4, 5, 5}, got)
	check(t, w.DeleteRoom(t.Context(), w.rooms[1].ID, chat.Entry{}))
	same(t, "after a room was deleted", chat.InvitationID(6), add(12))
}

func testSinceRefused(t *testing.T, w *world) {
	bad := newRoom(w.category, "Bad")
	bad.Members = []chat.PrincipalID{5, 5}
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return drop(w.CreateRooms(ctx, []chat.Room{bad}, roomEntries(1))) })
	taken := newRoom(w.category, "Oil")
	taken.Members = []chat.PrincipalID{5, 6}
	w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return drop(w.CreateRooms(ctx, []chat.Room{taken}, roomEntries(1))) })
	old := w.rooms[0]
	old.Members, old.Version = []chat.PrincipalID{5, 6}, 9
	w.refused(t, chat.KindCollision, func(ctx context.Context) error { return drop(w.UpdateRooms(ctx, []chat.Room{old}, roomEntries(1))) })
	same(t, "newest", chat.InvitationID(1), w.newest(t))
}

func testSinceRoles(t *testing.T, w *world) {
	r := w.rooms[0]
	r.Managers, r.Presenters = []chat.PrincipalID{5, 6}, []chat.PrincipalID{5}
	r = must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	c := w.category
	c.Allowed, c.Creators = []chat.PrincipalID{5}, []chat.PrincipalID{6}
	must(w.UpdateCategory(t.Context(), c, chat.Entry{}))(t)
	same(t, "numbers", []chat.InvitationID{}, r.Since)
	same(t, "newest", chat.InvitationID(1), w.newest(t))
}

// testInvitesFromNow checks that the number is the one before the change, so
// that those whom the change itself makes members are invited.
func testInvitesFromNow(t *testing.T, w *world) {
	list := []chat.Room{newRoom(w.category, "A"), newRoom(w.category, "B")}
	for i := range list {
		list[i].Members, list[i].InvitesFrom = []chat.PrincipalID{5, 6}, chat.InvitesFromNow
	}
	list = must(w.CreateRooms(t.Context(), list, roomEntries(2)))(t)
	for i := range list {
		if list[i].InvitesFrom != 1 {
			t.Errorf("created room %d invites from %d", i, list[i].InvitesFrom)
		}
		same(t, "listed", list[i], w.findRoom(t, list[i].ID))
	}
	r := list[0]
	r.Members, r.InvitesFrom = []chat.PrincipalID{5, 6, 7}, chat.InvitesFromNow
	r = must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	if r.InvitesFrom != 5 || r.Since[2] != 6 {
		t.Errorf("the changed room invites from %d, its new member is %d", r.InvitesFrom, r.Since[2])
	}
	same(t, "listed", r, w.findRoom(t, r.ID))
	c := w.category
	c.InvitesFrom = chat.InvitesFromNow
	c = must(w.UpdateCategory(t.Context(), c, chat.Entry{}))(t)
	same(t, "changed category", chat.InvitationID(6), c.InvitesFrom)
	same(t, "listed", c, w.findCategory(t, c.ID))
	same(t, "created category", chat.InvitationID(6), w.newest(t))
}

func testInvitesFrom(t *testing.T, w *world) {
	r, c := newRoom(w.category, "A"), newCategory("B")
	r.InvitesFrom, c.InvitesFrom = 4, 5
	r = must(w.CreateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	c = must(w.CreateCategory(t.Context(), c, chat.Entry{}))(t)
	for _, want := range []chat.InvitationID{4, 0, 1000} {
		if r.InvitesFrom != want {
			t.Errorf("the room invites from %d, want %d", r.InvitesFrom, want)
		}
		r.InvitesFrom = map[chat.InvitationID]chat.InvitationID{4: 0, 0: 1000}[want]
		r = must(w.UpdateRooms(t.Context(), []chat.Room{r}, roomEntries(1)))(t)[0]
	}
	same(t, "category", chat.InvitationID(5), w.findCategory(t, c.ID).InvitesFrom)
	same(t, "the sequence is not moved by it", chat.InvitationID(1), w.newest(t))
}
