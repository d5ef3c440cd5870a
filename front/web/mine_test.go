package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// TestMarks: what is unread is the same for all of a user's devices, whoever moved
// the mark, and also a client of another front end.
func TestMarks(t *testing.T) {
	w := onDisk(t)
	alice, bob := w.as("alice"), w.as("bob")
	bob.follow("Rates")
	one, two := bob.connect(), bob.connect()
	for _, k := range []*socket{one, two} {
		k.expect(api.ServerFrameTypeJoined)
	}
	for i := range 4 {
		alice.post("Rates", fmt.Sprintf("line %d for bob", i), fmt.Sprint(i))
	}
	last := 0
	for range 4 { // what names him is gathered
		f := two.until("a mention", func(f *api.ServerFrame) bool {
			return f.Type == api.ServerFrameTypeGathered && *f.Feed == chat.Mentions && f.Hit.Position > 0 && f.Hit.RoomName == "Rates"
		})
		if *f.Mentions < last || *f.Mentions > 4 {
			t.Errorf("told of %d mentions after %d", *f.Mentions, last)
		}
		last = *f.Mentions
	}
	if last != 4 {
		t.Errorf("told of %d mentions in the end", last)
	}
	mine := func() api.MyRoom {
		var list []api.MyRoom
		bob.get("/my/rooms", &list)
		if len(list) != 1 {
			t.Fatalf("bob follows %+v", list)
		}
		return list[0]
	}
	if m := mine(); m.Unread != 4 || m.Mentions != 4 || m.Read != 0 || m.Room.Head != 4 || !m.Followed {
		t.Errorf("at first: %+v", m)
	}
	bob.do("POST", "/rooms/"+w.room("Rates")+"/read", api.ReadUpTo{UpTo: 3}, http.StatusNoContent, nil)
	told := func(read int64, unread, mentions int) {
		t.Helper()
		for _, k := range []*socket{one, two} {
			f := k.expect(api.ServerFrameTypeRead)
			if *f.Room != w.room("Rates") || *f.Read != read || *f.Unread != unread || *f.Mentions != mentions {
				t.Errorf("told of read %d, unread %d, mentions %d; want %d, %d, %d", *f.Read, *f.Unread, *f.Mentions, read, unread, mentions)
			}
		}
	}
	told(3, 1, 1)
	if m := mine(); m.Unread != 1 || m.Mentions != 1 || m.Read != 3 {
		t.Errorf("after reading: %+v", m)
	}
	old, err := w.svc.Open(t.Context(), channel.Opening{User: w.users["bob"].ID, Endpoint: "sipe", Sink: nothing{}})
	w.must(err)
	_, _, err = old.History(t.Context(), w.room("Rates"), 0, 10)
	w.must(err)
	told(4, 0, 0)
	bob.do("POST", "/rooms/"+w.room("Rates")+"/read", api.ReadUpTo{UpTo: 1}, http.StatusNoContent, nil)
	if m := mine(); m.Read != 4 {
		t.Errorf("a mark went back: %+v", m)
	}
	bob.post("Rates", "mine", "b")
	told(5, 0, 0) // one's own is read
}

// TestFollowedAgain: a socket that was put out of a room that its user follows is in
// it again when he may be, and so is one that was opened meanwhile.
func TestFollowedAgain(t *testing.T) {
	w := onDisk(t)
	alice, bob := w.as("alice"), w.as("bob")
	bob.follow("Rates")
	one := bob.connect()
	one.expect(api.ServerFrameTypeJoined)
	disable := func(on bool) {
		t.Helper()
		_, err := w.svc.UpdateRoom(t.Context(), "Rates", channel.RoomPatch{Disabled: &on})
		w.must(err)
	}
	disable(true)
	one.expect(api.ServerFrameTypeRemoved)
	two := bob.connect()
	two.ping() // it has joined what it could
	disable(false)
	for _, k := range []*socket{one, two} {
		if f := k.expect(api.ServerFrameTypeJoined); (*f.Rooms)[0].Room != w.room("Rates") || (*f.Rooms)[0].Error != nil {
			t.Errorf("joined %+v", f.Rooms)
		}
		if f := k.expect(api.ServerFrameTypeMine); *f.Room != w.room("Rates") || !f.MyRoom.Followed {
			t.Errorf("told %+v", f.MyRoom)
		}
	}
	alice.post("Rates", "back again", "1")
	for _, k := range []*socket{one, two} {
		if f := k.expect(api.ServerFrameTypeMessage); f.Message.Text != "back again" {
			t.Errorf("told %+v", f.Message)
		}
	}
}

type nothing struct{}

func (nothing) Deliver([]*channel.Event) error { return nil }
func (nothing) Closed(channel.Cause)           {}

// TestMyRooms: what a user sets for a room is kept, and told to his sockets, which
// are in the rooms that he follows, whoever says so.
func TestMyRooms(t *testing.T) {
	w := onDisk(t)
	bob := w.as("bob")
	k := bob.connect()
	yes, no, group, position := true, false, "Desk", 2.5
	path := "/my/rooms/" + w.room("Rates")
	var mine api.MyRoom
	bob.do("PATCH", path, api.MyRoomChange{Followed: &yes, Muted: &yes, Group: &group, Position: &position}, http.StatusOK, &mine)
	if !mine.Followed || !mine.Muted || mine.Favourite || mine.Group != "Desk" || mine.Position != 2.5 {
		t.Errorf("set: %+v", mine)
	}
	if f := k.expect(api.ServerFrameTypeJoined); (*f.Rooms)[0].Room != w.room("Rates") || *(*f.Rooms)[0].Head != 0 {
		t.Errorf("joined %+v", f)
	}
	if f := k.expect(api.ServerFrameTypeMine); f.MyRoom.Room.Name != "Rates" {
		t.Errorf("told %+v", f)
	}
	// A window that shows it no more does not keep him from what he follows.
	k.say(api.ClientFrame{Type: api.ClientFrameTypePart, Rooms: &[]string{w.room("Rates"), w.room("Metals"), "no such room"}})
	k.say(api.ClientFrame{Type: api.ClientFrameTypePing})
	k.until("the pong, and not that he has parted", func(f *api.ServerFrame) bool {
		if f.Type == api.ServerFrameTypeParted {
			t.Errorf("parted %+v", f)
		}
		return f.Type == api.ServerFrameTypePong
	})
	bob.do("PATCH", path, api.MyRoomChange{Favourite: &yes}, http.StatusOK, &mine)
	if !mine.Muted || !mine.Favourite || mine.Group != "Desk" {
		t.Errorf("changed in part: %+v", mine)
	}
	w.must(w.svc.SetFollowed(t.Context(), w.users["bob"].ID, []string{w.room("Metals")})) // as an old client does
	if f := k.expect(api.ServerFrameTypeParted); *f.Room != w.room("Rates") {
		t.Errorf("parted %+v", f)
	}
	if f := k.expect(api.ServerFrameTypeJoined); (*f.Rooms)[0].Room != w.room("Metals") {
		t.Errorf("joined %+v", f)
	}
	bob.do("PATCH", path, api.MyRoomChange{Followed: &no}, http.StatusOK, &mine)
	if mine.Followed || !mine.Favourite {
		t.Errorf("no longer followed: %+v", mine)
	}
	long := strings.Repeat("x", 101)
	bob.refused("PATCH", path, api.MyRoomChange{Group: &long}, http.StatusBadRequest, "invalid")
}

// TestMyManyRooms: many rooms come in steps, and each once.
func TestMyManyRooms(t *testing.T) {
	w := onDisk(t)
	const many = 1000
	names := make([]string, many)
	guids := make([]string, many)
	for i := range names {
		names[i] = fmt.Sprintf("room %04d", i)
	}
	w.addRooms(names...)
	for i, n := range names {
		guids[i] = w.room(n)
	}
	w.must(w.svc.SetFollowed(t.Context(), w.users["bob"].ID, guids))
	bob := w.as("bob")
	k := bob.connect()
	joined := map[string]bool{}
	for len(joined) < many {
		rooms := *k.expect(api.ServerFrameTypeJoined).Rooms
		if len(rooms) > 50 {
			t.Fatalf("%d rooms in one step", len(rooms))
		}
		for _, r := range rooms {
			if r.Error != nil || joined[r.Room] {
				t.Errorf("joined %+v", r)
			}
			joined[r.Room] = true
		}
	}
	var list []api.MyRoom
	bob.get("/my/rooms", &list)
	if len(list) != many {
		t.Errorf("%d rooms are followed", len(list))
	}
}

// TestDrafts: kept for the user, told to his other sockets only, on no record.
func TestDrafts(t *testing.T) {
	w := onDisk(t)
	bob := w.as("bob")
	one, two, other := bob.connect(), bob.connect(), w.as("alice").connect()
	before := len(w.entries(chat.EntryPost))
	caret := 3
	path := "/rooms/" + w.room("Rates") + "/draft"
	bob.do("PUT", path, api.Draft{Text: "VOD", Caret: &caret, From: &one.id}, http.StatusNoContent, nil)
	if f := two.expect(api.ServerFrameTypeDraft); *f.Room != w.room("Rates") || f.Draft.Text != "VOD" || *f.Draft.Caret != 3 || *f.Draft.From != one.id {
		t.Errorf("told %+v", f.Draft)
	}
	for _, k := range []*socket{one, other} {
		for _, f := range k.ping() {
			if f.Type == api.ServerFrameTypeDraft {
				t.Errorf("%s is told %+v", k.name, f.Draft)
			}
		}
	}
	var list []api.Draft
	bob.get("/my/drafts", &list)
	if len(list) != 1 || *list[0].Room != w.room("Rates") || list[0].Text != "VOD" || list[0].At == nil {
		t.Errorf("kept: %+v", list)
	}
	bob.do("PUT", path, api.Draft{}, http.StatusNoContent, nil)
	bob.get("/my/drafts", &list)
	if len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
	bob.refused("PUT", path, api.Draft{Text: strings.Repeat("x", 65537)}, http.StatusRequestEntityTooLarge, "too-large")
	names := make([]string, 201)
	for i := range names {
		names[i] = fmt.Sprint("room ", i)
	}
	w.addRooms(names...)
	for _, n := range names[:200] {
		bob.do("PUT", "/rooms/"+w.room(n)+"/draft", api.Draft{Text: "x"}, http.StatusNoContent, nil)
	}
	bob.do("PUT", "/rooms/"+w.room(names[0])+"/draft", api.Draft{Text: "y"}, http.StatusNoContent, nil)
	bob.refused("PUT", "/rooms/"+w.room(names[200])+"/draft", api.Draft{Text: "x"}, http.StatusUnprocessableEntity, "limit")
	if n := len(w.entries(chat.EntryPost)); n != before {
		t.Errorf("%d posts are on record", n)
	}
}

// TestPreferences: a change of what was changed elsewhere is refused.
func TestPreferences(t *testing.T) {
	w := onDisk(t)
	bob := w.as("bob")
	k := bob.connect()
	var p api.Preferences
	bob.get("/preferences", &p)
	if p.Version != 0 || len(p.Values) != 0 {
		t.Errorf("new: %+v", p)
	}
	p.Values["theme"] = "dark"
	bob.do("PUT", "/preferences", p, http.StatusOK, &p)
	if f := k.expect(api.ServerFrameTypePreferences); *f.Version != 1 || p.Version != 1 {
		t.Errorf("told %d, answered %d", *f.Version, p.Version)
	}
	bob.refused("PUT", "/preferences", api.Preferences{Version: 0, Values: map[string]string{"theme": "light"}}, http.StatusConflict, "collision")
	bob.get("/preferences", &p)
	if p.Version != 1 || p.Values["theme"] != "dark" {
		t.Errorf("kept: %+v", p)
	}
	bob.refused("PUT", "/preferences", api.Preferences{Version: 1, Values: map[string]string{"x": strings.Repeat("x", 4097)}}, http.StatusBadRequest, "invalid")
	var other api.Preferences
	w.as("alice").get("/preferences", &other)
	if len(other.Values) != 0 {
		t.Errorf("alice has %+v", other)
	}
}

// TestSearch: each filter, with totals.
func TestSearch(t *testing.T) {
	w := onDisk(t)
	w.addRoomsAs(channel.RoomSpec{Name: "Hidden", Category: "All", Privacy: chat.Secret, Members: []chat.PrincipalID{w.users["alice"].ID}})
	alice, bob := w.as("alice"), w.as("bob")
	for i, text := range []string{"gold up", "gold: see https://wiki/gold", "ask Bob about gold", "gold ma-filelink://x/11111111-2222-3333-4444-555555555555.pdf"} {
		alice.post("Rates", text, fmt.Sprint("a", i))
	}
	bob.post("Metals", "gold by me, Alice Archer", "b")
	alice.post("Hidden", "gold for nobody", "h")
	yes, title := true, "Gold story"
	alice.do("POST", "/rooms/"+w.room("Metals")+"/messages", api.NewMessage{Text: "gold urgent", Alert: &yes, ClientId: "u"}, http.StatusCreated, nil)
	alice.do("POST", "/rooms/"+w.room("Metals")+"/messages", api.NewMessage{Text: "body", Title: &title, ClientId: "s"}, http.StatusCreated, nil)
	text, one := "gold", 1
	has := func(h ...api.SearchHas) *[]api.SearchHas { return &h }
	list := func(s ...string) *[]string { return &s }
	for what, c := range map[string]struct {
		q    api.Search
		want []string
	}{
		"word":       {api.Search{Text: &text}, []string{"[Gold story]", "gold urgent", "gold by me, Alice Archer", "gold ma-filelink://x/11111111-2222-3333-4444-555555555555.pdf", "ask Bob about gold", "gold: see https://wiki/gold", "gold up"}},
		"in a room":  {api.Search{Text: &text, Rooms: list(w.room("Metals"))}, []string{"[Gold story]", "gold urgent", "gold by me, Alice Archer"}},
		"by bob":     {api.Search{Authors: list(w.users["bob"].GUID)}, []string{"gold by me, Alice Archer"}},
		"by address": {api.Search{Authors: list("bob@example.test", "sip:carol@example.test")}, []string{"gold by me, Alice Archer"}},
		"naming":     {api.Search{Text: &text, Mentions: list(w.users["bob"].GUID)}, []string{"ask Bob about gold"}},
		"naming two": {api.Search{Mentions: list("sip:bob@example.test", "sip:alice@example.test")}, []string{"gold by me, Alice Archer", "ask Bob about gold"}},
		"links":      {api.Search{Has: has(api.SearchHasLink)}, []string{"gold: see https://wiki/gold"}},
		"files":      {api.Search{Has: has(api.SearchHasFile)}, []string{"gold ma-filelink://x/11111111-2222-3333-4444-555555555555.pdf"}},
		"alerts":     {api.Search{Text: &text, Has: has(api.SearchHasAlert)}, []string{"gold urgent"}},
		"stories":    {api.Search{Has: has(api.SearchHasStory)}, []string{"[Gold story]"}},
		"nothing":    {api.Search{Has: has(api.SearchHasStory, api.SearchHasAlert)}, nil},
	} {
		for _, limit := range []*int{nil, &one} {
			c.q.Limit = limit
			var f api.Found
			bob.do("POST", "/search", c.q, http.StatusOK, &f)
			var got []string
			for _, h := range f.Hits {
				if h.Message.Title != nil {
					h.Message.Text = "[" + *h.Message.Title + "]"
				}
				got = append(got, h.Message.Text)
			}
			want := c.want
			if limit != nil {
				want = want[:min(1, len(want))]
			}
			if !slices.Equal(got, want) || f.Total != len(c.want) {
				t.Errorf("%s: %q of %d, want %q of %d", what, got, f.Total, want, len(c.want))
			}
		}
	}
	bob.refused("POST", "/search", api.Search{Rooms: list(w.room("Hidden"))}, http.StatusNotFound, "no-such-room")
	bob.refused("POST", "/search", api.Search{Authors: list("nobody@example.test")}, http.StatusNotFound, "no-such-principal")
	if n := len(w.entries(chat.EntrySearch)); n < 22 {
		t.Errorf("%d searches are on record", n)
	}
}

// TestFeeds: filled with what is there, gathered live, kept.
func TestFeeds(t *testing.T) {
	w := onDisk(t)
	alice, bob := w.as("alice"), w.as("bob")
	bob.follow("Rates")
	bob.follow("Metals")
	alice.post("Rates", "VOD.L bid", "1")
	k := bob.connect()
	var f api.Feed
	bob.do("POST", "/feeds", api.FeedChange{Name: "Vodafone", Keywords: &[]string{"VOD.L"}}, http.StatusCreated, &f)
	alice.post("Metals", "VOD.L ask", "2")
	alice.post("Metals", "gold", "3")
	hit := k.until("a hit", func(g *api.ServerFrame) bool {
		return g.Type == api.ServerFrameTypeGathered && *g.Feed == f.Id && g.Hit.RoomName == "Metals" // the post that was there before may be told, too
	})
	if hit.Hit.Message.Text != "VOD.L ask" {
		t.Errorf("gathered %+v", hit.Hit)
	}
	var hits []api.Hit
	bob.get("/feeds/"+f.Id+"/messages", &hits)
	if len(hits) != 2 || hits[0].Message.Text != "VOD.L ask" || hits[1].Message.Text != "VOD.L bid" || hits[0].Position != hit.Hit.Position {
		t.Errorf("the feed holds %+v", hits)
	}
	rooms, authors := []string{w.room("Rates")}, []string{w.users["alice"].GUID}
	bob.do("PUT", "/feeds/"+f.Id, api.FeedChange{Name: "V", Keywords: &f.Keywords, Rooms: &rooms, Authors: &authors, Version: &f.Version}, http.StatusOK, &f)
	if f.Version != 2 || !slices.Equal(f.Rooms, rooms) || len(f.Authors) != 1 || f.Authors[0].Name != "alice" {
		t.Errorf("changed: %+v", f)
	}
	bob.get("/feeds/"+f.Id+"/messages", &hits)
	if len(hits) != 1 {
		t.Errorf("after the change the feed holds %+v", hits)
	}
	var all []api.Feed
	alice.get("/feeds", &all)
	if len(all) != 0 {
		t.Errorf("alice has %+v", all)
	}
	alice.do("DELETE", "/feeds/"+f.Id, nil, http.StatusBadRequest, nil)
	bob.do("DELETE", "/feeds/"+f.Id, nil, http.StatusNoContent, nil)
	bob.get("/feeds", &all)
	if len(all) != 0 {
		t.Errorf("left: %+v", all)
	}
}

// TestInvitations: told when somebody becomes a member, and kept.
func TestInvitations(t *testing.T) {
	w := inMemory(t)
	w.addRoomsAs(channel.RoomSpec{Name: "Club", Category: "All", Privacy: chat.Closed, Invitations: chat.InvitationsInherit})
	bob := w.as("bob")
	k := bob.connect()
	w.must(w.svc.Grant(context.Background(), []channel.GrantSpec{{Room: "Club", Role: chat.Member, Who: w.users["bob"].ID}}, false))
	if f := k.expect(api.ServerFrameTypeInvited); f.Invitation.Room.Name != "Club" || !f.Invitation.Room.May.Post {
		t.Errorf("invited to %+v", f.Invitation)
	}
	var list []api.Invitation
	bob.get("/my/invitations", &list)
	if len(list) != 1 || list[0].Room.Name != "Club" || list[0].Id == 0 {
		t.Errorf("invitations: %+v", list)
	}
	bob.get(fmt.Sprintf("/my/invitations?after=%d", list[0].Id), &list)
	if len(list) != 0 {
		t.Errorf("after that: %+v", list)
	}
}
