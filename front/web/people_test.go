package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"perch/channel"
	"perch/chat"
	"perch/front/web"
	"perch/front/web/api"
)

// sides are two groups, alice in the one and bob in the other.
func (w *world) sides() (left, right chat.Principal) {
	w.Helper()
	ctx := w.Context()
	left, err := w.dir.CreateGroup(ctx, "left", "Left")
	w.must(err)
	right, err = w.dir.CreateGroup(ctx, "right", "Right")
	w.must(err)
	w.must(w.dir.Join(ctx, left.ID, w.users["alice"].ID))
	w.must(w.dir.Join(ctx, right.ID, w.users["bob"].ID))
	return left, right
}

// TestWalls: who is behind an ethical wall is not found in any way, and that
// somebody asked is on record.
func TestWalls(t *testing.T) {
	w := inMemory(t)
	ctx := t.Context()
	left, right := w.sides()
	_, err := w.svc.CreateWall(ctx, "Chinese", left.ID, right.ID)
	w.must(err)
	w.addRoomsAs(channel.RoomSpec{Name: "Left", Category: "All", Privacy: chat.Closed, Members: []chat.PrincipalID{left.ID, w.users["carol"].ID}, Managers: []chat.PrincipalID{w.users["alice"].ID}})
	alice, carol := w.as("alice"), w.as("carol")
	var p api.People
	alice.get("/people", &p)
	if !slices.Equal(names(p.People), []string{"alice", "carol"}) {
		t.Errorf("alice finds %v", names(p.People))
	}
	carol.get("/people", &p)
	if !slices.Equal(names(p.People), []string{"alice", "bob", "carol"}) {
		t.Errorf("carol finds %v", names(p.People))
	}
	carol.get("/people?room="+w.room("Left"), &p)
	if !slices.Equal(names(p.People), []string{"alice", "carol"}) {
		t.Errorf("carol finds %v as readers", names(p.People))
	}
	if n := len(w.entries(chat.EntryDenied)); n != 0 {
		t.Errorf("%d refusals are on record too early", n)
	}
	var list []api.Presence
	alice.get("/people/presence?user="+w.users["bob"].GUID+"&user="+w.users["carol"].GUID, &list)
	if len(list) != 1 || list[0].Guid != w.users["carol"].GUID {
		t.Errorf("alice sees the presence of %+v", list)
	}
	alice.refused("POST", "/search", api.Search{Authors: &[]string{w.users["bob"].GUID}}, http.StatusNotFound, "no-such-principal")
	alice.refused("PATCH", "/rooms/"+w.room("Left"), api.RoomChange{Version: 1, Members: &api.ListChange{Add: &[]string{w.users["bob"].GUID}}}, http.StatusNotFound, "no-such-principal")
	w.as("bob").refused("GET", "/people?room="+w.room("Left"), nil, http.StatusNotFound, "no-such-room")
	w.as("bob").refused("POST", "/rooms/"+w.room("Left")+"/messages", api.NewMessage{ClientId: "1", Text: "through it"}, http.StatusNotFound, "no-such-room")
	_, err = w.svc.UpdateRoom(ctx, "Left", channel.RoomPatch{Managers: channel.ListPatch{Add: []chat.PrincipalID{w.users["carol"].ID}}})
	w.must(err)
	carol.refused("PATCH", "/rooms/"+w.room("Left"), api.RoomChange{Version: 2, Members: &api.ListChange{Add: &[]string{w.users["bob"].GUID}}}, http.StatusForbidden, "forbidden")
	denied := w.entries(chat.EntryDenied)
	if len(denied) != 6 || !strings.Contains(denied[4].Detail, `"action":"post"`) || !strings.Contains(denied[5].Detail, `"action":"add"`) || denied[0].ActorURI != "sip:alice@example.test" || denied[3].RoomName != "Left" {
		t.Errorf("on record: %+v", denied)
	}
}

// endpoints is what another front end knows of presence.
type endpoints struct {
	mu    sync.Mutex
	state map[chat.PrincipalID]web.Presence
	here  map[chat.PrincipalID]string
	fn    func(chat.PrincipalID)
}

func (p *endpoints) State(u *chat.Principal) web.Presence {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.state[u.ID]; ok {
		return s
	}
	return web.Presence{State: "offline"}
}

func (p *endpoints) Watch(fn func(chat.PrincipalID)) func() { p.fn = fn; return func() {} }

func (p *endpoints) Here(u *chat.Principal, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.here[u.ID] = state
}

func (p *endpoints) is(u chat.PrincipalID) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.here[u]
}

func (p *endpoints) set(u chat.PrincipalID, s web.Presence) {
	p.mu.Lock()
	p.state[u] = s
	p.mu.Unlock()
	p.fn(u)
}

// TestPresenceAcrossWalls: a wall that is put up hides at once how somebody is, and
// one that is taken down shows it again.
func TestPresenceAcrossWalls(t *testing.T) {
	w := inMemory(t)
	ctx := t.Context()
	left, right := w.sides()
	bob := w.users["bob"]
	hers, carols := w.as("alice").connect(), w.as("carol").connect()
	told := func(who string, k *socket, state api.PresenceState) {
		t.Helper()
		if f := k.expect(api.ServerFrameTypePresence); f.Presence.Guid != bob.GUID || f.Presence.State != state {
			t.Errorf("%s is told %+v, want %s", who, f.Presence, state)
		}
	}
	for _, k := range []*socket{hers, carols} {
		k.say(api.ClientFrame{Type: api.ClientFrameTypeWatch, Users: &[]string{bob.GUID}})
		told("one who watches", k, api.PresenceStateOffline)
	}
	his := w.as("bob").connect()
	told("alice", hers, api.PresenceStateAvailable)
	told("carol", carols, api.PresenceStateAvailable)
	_, err := w.svc.CreateWall(ctx, "Chinese", left.ID, right.ID)
	w.must(err)
	told("alice", hers, api.PresenceStateUnknown)
	his.say(api.ClientFrame{Type: api.ClientFrameTypeAway})
	told("carol", carols, api.PresenceStateAway)
	w.must(w.svc.DeleteWall(ctx, "Chinese"))
	told("alice", hers, api.PresenceStateAway) // and nothing before it
	his.say(api.ClientFrame{Type: api.ClientFrameTypeBack})
	told("alice", hers, api.PresenceStateAvailable)
	told("carol", carols, api.PresenceStateAvailable)
}

// TestPresence: what endpoints publish is told to who watches; who has a WebSocket
// is there.
func TestPresence(t *testing.T) {
	p := &endpoints{state: map[chat.PrincipalID]web.Presence{}, here: map[chat.PrincipalID]string{}}
	w := inMemory(t, func(c *web.Config) { c.Presences = p })
	bob := w.users["bob"]
	alice := w.as("alice")
	k := alice.connect()
	users := []string{bob.GUID, "unknown"}
	k.say(api.ClientFrame{Type: api.ClientFrameTypeWatch, Users: &users})
	told := func(state api.PresenceState, note string) {
		t.Helper()
		f := k.expect(api.ServerFrameTypePresence)
		if f.Presence.Guid != bob.GUID || f.Presence.State != state || note != "" && (f.Presence.Note == nil || *f.Presence.Note != note) {
			t.Errorf("alice is told %+v, want %s", f.Presence, state)
		}
	}
	told(api.PresenceStateOffline, "")
	his := w.as("bob").connect()
	told(api.PresenceStateAvailable, "")
	p.set(bob.ID, web.Presence{State: "busy", Note: "on a call"})
	told(api.PresenceStateBusy, "on a call")
	p.set(bob.ID, web.Presence{State: "unknown"})
	told(api.PresenceStateUnknown, "")
	p.set(bob.ID, web.Presence{State: "offline"})
	told(api.PresenceStateAvailable, "")
	his.say(api.ClientFrame{Type: api.ClientFrameTypeAway})
	told(api.PresenceStateAway, "")
	other := w.as("bob").connect()
	told(api.PresenceStateAvailable, "")
	other.say(api.ClientFrame{Type: api.ClientFrameTypeAway})
	told(api.PresenceStateAway, "")
	his.say(api.ClientFrame{Type: api.ClientFrameTypeBack})
	told(api.PresenceStateAvailable, "")
	w.must(his.conn.CloseNow())
	told(api.PresenceStateAway, "")
	if p.is(bob.ID) != "away" {
		t.Errorf("others are told that bob is %s", p.is(bob.ID))
	}
	w.must(other.conn.CloseNow())
	told(api.PresenceStateOffline, "")
	p.mu.Lock()
	if p.here[bob.ID] != "offline" || p.here[w.users["alice"].ID] != "available" {
		t.Errorf("others are told that there are %+v", p.here)
	}
	p.mu.Unlock()
	none := []string{}
	k.say(api.ClientFrame{Type: api.ClientFrameTypeWatch, Users: &none})
	k.ping()
	p.set(bob.ID, web.Presence{State: "away"})
	for _, f := range k.ping() {
		if f.Type == api.ServerFrameTypePresence {
			t.Errorf("alice is told %+v, whom she does not watch", f.Presence)
		}
	}
	var list []api.Presence
	alice.get("/people/presence?"+url.Values{"user": {bob.GUID}}.Encode(), &list)
	if len(list) != 1 || list[0].State != api.PresenceStateAway {
		t.Errorf("asked for: %+v", list)
	}
}
