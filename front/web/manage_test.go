package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

func names(list []api.Person) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].Name
	}
	slices.Sort(out)
	return out
}

// TestManage: a manager creates and changes rooms; a stale edit is shown what there
// is now; each refusal says why.
func TestManage(t *testing.T) {
	w := inMemory(t, nil...)
	alice, bob := w.as("alice"), w.as("bob")
	var categories []api.Category
	alice.get("/categories", &categories)
	if len(categories) != 1 || !categories[0].MayCreate || categories[0].Name != "All" {
		t.Fatalf("categories: %+v", categories)
	}
	var r api.Room
	in := api.NewRoom{Name: "Swaps", Category: categories[0].Guid, Members: &[]string{w.users["bob"].GUID}}
	alice.do("POST", "/rooms", in, http.StatusCreated, &r)
	if r.Privacy != api.PrivacyClosed || !r.May.Manage || r.May.Join || r.Version != 1 || !r.Recording.History || r.Recording.Archived || r.Uri != "ma-chan://example.test/"+r.Guid {
		t.Errorf("created: %+v", r)
	}
	alice.refused("POST", "/rooms", in, http.StatusConflict, "duplicate-name")
	in.Name = "Other"
	if e := bob.refused("POST", "/rooms", in, http.StatusForbidden, "cannot-create"); !strings.Contains(e.Error, "creator") {
		t.Errorf("refused with %q", e.Error)
	}
	in.Members = &[]string{"00000000-0000-0000-0000-000000000000"}
	alice.refused("POST", "/rooms", in, http.StatusNotFound, "no-such-principal")
	in.Category = "nowhere"
	alice.refused("POST", "/rooms", in, http.StatusNotFound, "no-such-category")

	description, secret := "interest rate swaps", api.PrivacySecret
	change := api.RoomChange{Version: 1, Description: &description, Privacy: &secret, Members: &api.ListChange{Add: &[]string{w.users["carol"].GUID}}}
	alice.do("PATCH", "/rooms/"+r.Guid, change, http.StatusOK, &r)
	if r.Version != 2 || r.Description != description || r.Privacy != secret {
		t.Errorf("changed: %+v", r)
	}
	var c api.RoomCollision
	alice.do("PATCH", "/rooms/"+r.Guid, change, http.StatusConflict, &c)
	if c.Code != "collision" || c.Current.Version != 2 || c.Current.Description != description || !slices.Equal(names(c.Roles.Members), []string{"bob", "carol"}) {
		t.Errorf("a stale edit is answered %+v", c)
	}
	if e := bob.refused("PATCH", "/rooms/"+r.Guid, change, http.StatusForbidden, "forbidden"); !strings.Contains(e.Error, "not a manager") {
		t.Errorf("refused with %q", e.Error)
	}
	var roles api.Roles
	bob.get("/rooms/"+r.Guid+"/roles", &roles)
	if roles.Version != 2 || !slices.Equal(names(roles.Managers), []string{"alice"}) {
		t.Errorf("roles: %+v", roles)
	}
	var p api.People
	alice.get("/eligible?role=member&room="+r.Guid+"&prefix=b", &p)
	if !slices.Equal(names(p.People), []string{"bob"}) {
		t.Errorf("eligible: %+v", p)
	}
	alice.get("/eligible?role=member&category="+categories[0].Guid+"&prefix=car", &p)
	if !slices.Equal(names(p.People), []string{"carol"}) {
		t.Errorf("eligible in the category: %+v", p)
	}
	bob.refused("GET", "/eligible?role=member&room="+r.Guid, nil, http.StatusForbidden, "forbidden")
	w.addUsers("dave")
	dave := w.as("dave")
	dave.refused("PATCH", "/rooms/"+r.Guid, change, http.StatusNotFound, "no-such-room")
	dave.refused("GET", "/rooms/"+r.Guid, nil, http.StatusNotFound, "no-such-room")
	dave.refused("GET", "/rooms/"+r.Guid+"/explain", nil, http.StatusNotFound, "no-such-room")
	var all api.RoomList
	alice.get("/rooms?as=manager", &all)
	if len(all.Rooms) != 1 || all.Rooms[0].Name != "Swaps" {
		t.Errorf("alice manages %+v", all.Rooms)
	}
	disabled := true
	alice.do("PATCH", "/rooms/"+r.Guid, api.RoomChange{Version: 2, Disabled: &disabled}, http.StatusOK, &r)
	alice.get("/rooms", &all)
	if len(all.Rooms) != 2 {
		t.Errorf("without the disabled one: %+v", all.Rooms)
	}
	alice.get("/rooms?disabled=true", &all)
	if len(all.Rooms) != 3 || all.Rooms[2].Name != "Swaps" || !all.Rooms[2].Disabled {
		t.Errorf("with it: %+v", all.Rooms)
	}
}

// TestExplain: every action, why, and through whom.
func TestExplain(t *testing.T) {
	w := inMemory(t)
	w.addRoomsAs(channel.RoomSpec{Name: "Stage", Category: "All", Privacy: chat.Open, Behavior: chat.Auditorium})
	var list []api.Decision
	w.as("bob").get("/rooms/"+w.room("Stage")+"/explain", &list)
	got := map[string]string{}
	for _, d := range list {
		got[d.Action] = d.Rule
		if d.Reason == "" || d.Allowed && d.Through == nil {
			t.Errorf("%+v", d)
		}
	}
	want := map[string]string{"see": "visible", "join": "open-room", "read": "open-room", "post": "no-presenter", "upload": "no-presenter", "download": "open-room", "manage": "no-manager", "create": "no-creator"}
	for a, rule := range want {
		if got[a] != rule {
			t.Errorf("%s: %s, want %s", a, got[a], rule)
		}
	}
}

// TestRoomFrames: those in a room are told what becomes of it and of their rights.
func TestRoomFrames(t *testing.T) {
	w := inMemory(t)
	w.addRoomsAs(channel.RoomSpec{Name: "Club", Category: "All", Privacy: chat.Closed, Behavior: chat.Auditorium, Members: []chat.PrincipalID{w.users["alice"].ID, w.users["bob"].ID}})
	ctx, guid := t.Context(), w.room("Club")
	a, b := w.as("alice").connect(), w.as("bob").connect()
	a.join("Club")
	b.join("Club")
	if f := a.expect(api.ServerFrameTypePeople); (*f.Entered)[0].Name != "bob" || *f.Participants != 2 {
		t.Errorf("alice is told %+v", f)
	}
	var people []api.Person
	a.get("/rooms/"+guid+"/participants", &people)
	if !slices.Equal(names(people), []string{"alice", "bob"}) {
		t.Errorf("participants: %+v", people)
	}
	name := "The Club"
	_, err := w.svc.UpdateRoom(ctx, guid, channel.RoomPatch{Name: &name})
	w.must(err)
	if f := b.expect(api.ServerFrameTypeRoom); *f.Room != guid {
		t.Errorf("bob is told %+v", f)
	}
	w.must(w.svc.Grant(ctx, []channel.GrantSpec{{Room: guid, Role: chat.Presenter, Who: w.users["bob"].ID}}, false))
	b.expect(api.ServerFrameTypeRights)
	for _, f := range a.ping() {
		if f.Type == api.ServerFrameTypeRights {
			t.Errorf("alice is told of bob's rights: %+v", f)
		}
	}
	w.must(w.svc.Grant(ctx, []channel.GrantSpec{{Room: guid, Role: chat.Presenter, Who: w.users["bob"].ID, Revoke: true}, {Room: guid, Role: chat.Member, Who: w.users["bob"].ID, Revoke: true}}, false))
	b.expect(api.ServerFrameTypeRemoved)
	if f := a.until("bob's leaving", func(f *api.ServerFrame) bool { return f.Type == api.ServerFrameTypePeople && f.Left != nil }); (*f.Left)[0].Name != "bob" {
		t.Errorf("alice is told %+v", f)
	}
	w.must(w.svc.DeleteRoom(ctx, guid))
	a.expect(api.ServerFrameTypeDeleted)
}
