package wire_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
	"perch/directory"
	"perch/front/admin"
	"perch/front/admin/api"
)

var (
	worlds    = flag.Int("worlds", 40, "worlds to generate")
	worldSeed = flag.Uint64("world-seed", 1, "seed of the first world")
)

// TestWorlds generates organisations and asks every surface of the server the
// same questions as a model that shares no code with it: who may see, join, read,
// post in and manage which room (XCCOS 7.2, 7.6). A world has 500 users, 200
// rooms, 40 categories, groups within groups five deep, and walls.
func TestWorlds(t *testing.T) {
	cores := runtime.GOMAXPROCS(0)
	for part := range cores {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for i := part; i < *worlds; i += cores {
				testWorld(t, *worldSeed+uint64(i))
			}
		})
	}
}

func testWorld(t *testing.T, seed uint64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newGenerated(t, seed)
		defer w.close()
		w.compare()
	})
	if t.Failed() {
		t.Fatalf("the world of seed %d differs: go test ./test/wire -run Worlds -worlds 1 -world-seed %d", seed, seed)
	}
}

// generated is one world: the model of it and the server that holds it.
type generated struct {
	*script
	t     *testing.T
	ctx   context.Context
	rnd   *rand.Rand
	model model
	admin *admin.Server
	names []string           // of rooms
	asked []string           // people who ask
	known map[[3]string]bool // the model's answers
}

const (
	worldUsers, worldRooms, worldCategories, worldGroups, worldWalls = 500, 200, 40, 60, 3
	worldAsking                                                      = 6
)

func newGenerated(t *testing.T, seed uint64) *generated {
	t.Helper()
	w := &generated{
		known: map[[3]string]bool{}, script: newScript(&archive{parts: map[string]string{}}), t: t, ctx: t.Context(), rnd: rand.New(rand.NewPCG(seed, 7)),
		model: model{held: map[string]map[string]bool{}, off: map[string]bool{}, groups: map[string][]string{}, categories: map[string]*modelCategory{}, rooms: map[string]*modelRoom{}},
	}
	w.must(w.start(w.ctx))
	w.admin = admin.New(admin.Config{
		Domain: domain, Log: slog.New(slog.DiscardHandler), Now: time.Now, Connections: func() (int, int) { return 0, 0 },
	}, w.server.Directory(), w.server.Channel(), w.server.Settings(), nil, w.store)
	w.makePeople()
	w.makeRooms()
	w.raiseWalls()
	w.talk()
	for range worldAsking {
		w.asked = append(w.asked, w.one(w.model.people))
	}
	return w
}

func (w *generated) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *generated) close() { w.must(w.script.close()) }

func (w *generated) one(list []string) string { return list[w.rnd.IntN(len(list))] }

// some picks up to n names, more often few.
func (w *generated) some(list []string, n int) (out []string) {
	for range w.rnd.IntN(n + 1) {
		if name := w.one(list); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (w *generated) chance(percent int) bool { return w.rnd.IntN(100) < percent }

func (w *generated) ids(names []string) []chat.PrincipalID {
	out := make([]chat.PrincipalID, len(names))
	for i, n := range names {
		p, err := w.server.Directory().Find(n)
		w.must(err)
		out[i] = p.ID
	}
	return out
}

// makePeople makes users, and groups in five layers that hold users and groups of
// the layers below.
func (w *generated) makePeople() {
	dir := w.server.Directory()
	users := make([]directory.NewUser, worldUsers)
	for i := range users {
		users[i].Name = fmt.Sprint("u", i)
		w.model.people = append(w.model.people, users[i].Name)
	}
	_, err := dir.CreateUsers(w.ctx, users)
	w.must(err)
	var below []string
	for i := range worldGroups {
		name := fmt.Sprint("g", i)
		g, err := dir.CreateGroup(w.ctx, name, "")
		w.must(err)
		members := w.some(w.model.people, 12)
		if len(below) > 0 {
			members = append(members, w.some(below, 3)...)
		}
		if len(members) > 0 {
			w.must(dir.Join(w.ctx, g.ID, w.ids(members)...))
		}
		w.model.groups[name] = members
		if i%(worldGroups/5) == worldGroups/5-1 {
			below = slices.Sorted(maps.Keys(w.model.groups))
		}
	}
	_, err = dir.SetPolicy(w.ctx, chat.Policy{Name: "Off"})
	w.must(err)
	for _, name := range w.some(w.model.people, 20) {
		w.model.off[name] = true
		if id := w.ids([]string{name}); w.chance(50) {
			w.must(dir.GrantPolicy(w.ctx, id, "Off"))
		} else {
			w.must(dir.Disable(w.ctx, id[0]))
		}
	}
}

// anybody are names that a list may hold.
func (w *generated) anybody() []string {
	return slices.Concat(w.model.people[:60], slices.Sorted(maps.Keys(w.model.groups)), slices.Sorted(maps.Keys(w.model.groups)))
}

func (w *generated) makeRooms() {
	svc := w.server.Channel()
	for i := range worldCategories {
		name := fmt.Sprint("C", i)
		c := &modelCategory{allowed: w.some(w.anybody(), 8), denied: w.some(w.anybody(), 2), creators: w.some(w.anybody(), 3), history: w.chance(85), files: w.chance(60)}
		if w.chance(50) {
			c.allowed = append(c.allowed, "everyone")
		}
		_, err := svc.CreateCategory(w.ctx, channel.CategorySpec{
			Name: name, Allowed: w.ids(c.allowed), Denied: w.ids(c.denied), Creators: w.ids(c.creators), NoHistory: !c.history, Files: c.files,
		})
		w.must(err)
		w.model.categories[name] = c
	}
	for i := range worldRooms {
		name := fmt.Sprint("R", i)
		r := &modelRoom{
			category: fmt.Sprint("C", w.rnd.IntN(worldCategories)), privacy: w.one([]string{"open", "closed", "closed", "secret"}),
			auditorium: w.chance(20), disabled: w.chance(8), managers: w.some(w.anybody(), 3), presenters: w.some(w.anybody(), 3), members: w.some(w.anybody(), 8),
		}
		w.makeRoom(name, r)
		w.model.rooms[name] = r
		w.names = append(w.names, name)
	}
}

// makeRoom stores a room past the checks of eligibility: lists may hold people
// who have left the scope since, and rights must not follow from that.
func (w *generated) makeRoom(name string, r *modelRoom) {
	privacies := map[string]chat.Privacy{"open": chat.Open, "closed": chat.Closed, "secret": chat.Secret}
	svc := w.server.Channel()
	everybody := channel.CategoryPatch{Allowed: channel.ListPatch{Add: w.ids([]string{"everyone"})}, Denied: channel.ListPatch{Clear: true}}
	c := w.model.categories[r.category]
	_, err := svc.UpdateCategory(w.ctx, r.category, everybody)
	w.must(err)
	spec := channel.RoomSpec{
		Name: name, Category: r.category, Privacy: privacies[r.privacy], Disabled: r.disabled,
		Members: w.ids(r.members), Managers: w.ids(r.managers),
	}
	if r.auditorium {
		spec.Behavior = chat.Auditorium
		// A presenter must be a member when he is made one.
		spec.Members = append(spec.Members, w.ids(r.presenters)...)
		spec.Presenters = w.ids(r.presenters)
	}
	rooms, err := svc.CreateRooms(w.ctx, []channel.RoomSpec{spec})
	w.must(err)
	if r.auditorium {
		_, err = svc.UpdateRoom(w.ctx, name, channel.RoomPatch{Members: channel.ListPatch{Clear: true, Add: w.ids(r.members)}})
		w.must(err)
	} else {
		r.presenters = nil
	}
	_, err = svc.UpdateCategory(w.ctx, r.category, channel.CategoryPatch{
		Allowed: channel.ListPatch{Clear: true, Add: w.ids(c.allowed)}, Denied: channel.ListPatch{Clear: true, Add: w.ids(c.denied)},
	})
	w.must(err)
	w.vars[strings.ToLower(name)] = rooms[0].GUID
}

func (w *generated) raiseWalls() {
	groups := slices.Sorted(maps.Keys(w.model.groups))
	for i := range w.rnd.IntN(worldWalls + 1) {
		a, b := w.one(groups), w.one(groups)
		if a == b {
			continue
		}
		ids := w.ids([]string{a, b})
		_, err := w.server.Channel().CreateWall(w.ctx, fmt.Sprint("wall ", i), ids[0], ids[1])
		w.must(err)
		w.model.walls = append(w.model.walls, [2]string{a, b})
	}
}

// talk stores one message in each room.
func (w *generated) talk() {
	var b chat.Batch
	for _, name := range w.names {
		r, err := w.server.Channel().FindRoom(name)
		w.must(err)
		b.Drafts = append(b.Drafts, chat.Draft{Room: r.ID, Author: 1, AuthorURI: "sip:u0@" + domain, At: chat.At(time.Now()), Text: "marker of " + name})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: r.GUID, RoomName: name})
	}
	_, err := w.store.Append(w.ctx, b)
	w.must(err)
}

// compare asks every surface for some people.
func (w *generated) compare() {
	for _, person := range w.asked {
		w.compareService(person)
		w.compareAdmin(person)
		if !w.model.off[person] {
			w.compareSession(person)
			w.compareWire(person)
		}
	}
}

// differs notes a difference.
func (w *generated) differs(surface, person, action, room string, got bool) {
	w.t.Helper()
	want, known := w.known[[3]string{person, action, room}]
	if !known {
		want = w.model.may(person, action, room)
		w.known[[3]string{person, action, room}] = want
	}
	if got != want {
		w.t.Errorf("%s: %s %s %s: %v, the model says %v (room %+v, category %+v, walls %v)",
			surface, person, action, room, got, want, *w.model.rooms[room], *w.model.categories[w.model.rooms[room].category], w.model.walls)
	}
}

// compareService asks for every right in every room.
func (w *generated) compareService(person string) {
	id := w.ids([]string{person})[0]
	for _, room := range w.names {
		for _, a := range access.Actions() {
			d, err := w.server.Channel().Explain(id, a, room)
			w.must(err)
			w.differs("service", person, string(a), room, d.Allowed)
		}
		r, err := w.server.Channel().FindRoom(room)
		w.must(err)
		for action, upload := range map[string]bool{"upload": true, "download": false} {
			_, _, _, err := w.server.Channel().MayTransfer(id, r.ID, upload)
			w.differs("files", person, action, room, err == nil)
		}
	}
}

// ask is one request of the command line's.
func (w *generated) ask(path string, q url.Values) *bytes.Buffer {
	rec := httptest.NewRecorder()
	w.admin.ServeHTTP(rec, httptest.NewRequestWithContext(w.ctx, "GET", path+"?"+q.Encode(), nil))
	if rec.Code != 200 {
		w.t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
	return rec.Body
}

// compareAdmin asks as the command line does, and exports the person's rights.
func (w *generated) compareAdmin(person string) {
	for range 20 {
		room, action := w.one(w.names), w.one([]string{"see", "join", "read", "post", "upload", "download", "manage", "create"})
		var e api.Explanation
		w.must(json.Unmarshal(w.ask("/explain", url.Values{"user": {person}, "action": {action}, "room": {room}}).Bytes(), &e))
		w.differs("command line", person, action, room, e.Allowed)
	}
	exported := map[string][]string{}
	for lines := bufio.NewScanner(w.ask("/rights", url.Values{"user": {person}})); lines.Scan(); {
		var r api.Right
		w.must(json.Unmarshal(lines.Bytes(), &r))
		exported[r.Room] = r.May
	}
	for _, room := range w.names {
		for _, action := range []string{"see", "join", "read", "post", "upload", "download", "manage"} {
			w.differs("export", person, action, room, slices.Contains(exported[room], action))
		}
	}
}

// compareSession opens a session: the directory of rooms, history search, joins.
func (w *generated) compareSession(person string) {
	x, err := w.server.Channel().Open(w.ctx, channel.Opening{User: w.ids([]string{person})[0], Endpoint: "session", Sink: nothing{}})
	w.must(err)
	defer x.Close(channel.CauseLeft)
	found := map[string]bool{}
	for _, disabled := range []bool{false, true} {
		rooms, _, err := x.FindRooms(w.ctx, channel.RoomQuery{Disabled: &disabled})
		w.must(err)
		for i := range rooms {
			found[rooms[i].Name] = true
		}
	}
	all, err := x.SearchAll(w.ctx, channel.HistorySearch{Text: "marker"}, 0, 0)
	w.must(err)
	read := map[string]bool{}
	for i := range all.Hits {
		read[strings.TrimPrefix(all.Hits[i].Text, "marker of ")] = true
	}
	for _, room := range w.names {
		w.differs("directory of rooms", person, "see", room, found[room])
		w.differs("search", person, "read", room, read[room])
		_, err := x.Room(w.ctx, w.vars[strings.ToLower(room)])
		w.differs("room card", person, "see", room, err == nil)
	}
	for range 10 {
		room := w.one(w.names)
		guid := w.vars[strings.ToLower(room)]
		w.differs("join", person, "join", room, x.Join(w.ctx, []string{guid})[0].Err == nil)
		_, _, err := x.History(w.ctx, guid, 0, 5)
		if !w.model.may(person, "join", room) || w.model.categories[w.model.rooms[room].category].history { // who is in a room without history reads that there is none
			w.differs("history", person, "read", room, err == nil)
		}
	}
}

// nothing is a session's far end that takes everything.
type nothing struct{}

func (nothing) Deliver([]*channel.Event) error { return nil }
func (nothing) Closed(channel.Cause)           {}

// compareWire signs in and asks over SIP: chansrch, getperm, join, bccontext.
func (w *generated) compareWire(person string) {
	if w.clients[person] != nil {
		return // asked already
	}
	w.must(signIn(w.ctx, w.script, []string{person}))
	w.must(openChat(w.ctx, w.script, []string{person}))
	c := w.clients[person]
	listed := map[string]bool{}
	for _, m := range regexpName.FindAllStringSubmatch(w.command(c, "chansrch", `<qib qtype="BYNAME" criteria="" extended="false"/>`), -1) {
		listed[m[1]] = true
	}
	for range 15 {
		room := w.one(w.names)
		if !w.model.rooms[room].disabled {
			w.differs("chansrch", person, "see", room, listed[room])
		}
		guid := w.vars[strings.ToLower(room)]
		perm := w.command(c, "getperm", `<chanib uri="ma-chan://`+domain+`/`+guid+`"/>`)
		w.differs("getperm", person, "see", room, strings.Contains(perm, "SUCCESS_OK"))
		mask := maskOf(perm)
		if w.model.may(person, "see", room) {
			w.differs("getperm", person, "manage", room, mask&chat.PermManage != 0)
			w.differs("getperm", person, "join", room, mask&chat.PermJoin != 0)
		}
		joined := w.command(c, "join", `<chanid key="0" domain="`+domain+`" value="`+guid+`"/>`)
		w.differs("cmd:join", person, "join", room, strings.Contains(joined, "SUCCESS_OK"))
		if strings.Contains(joined, "SUCCESS_OK") {
			continue
		}
		read := w.command(c, "bccontext", `<chanib uri="ma-chan://`+domain+`/`+guid+`"/><bcq><last cnt="5"/></bcq>`)
		w.differs("cmd:bccontext", person, "read", room, strings.Contains(read, "SUCCESS_OK"))
	}
}

// command sends a command and returns the body of its reply.
func (w *generated) command(c *client, name, data string) string {
	w.must(w.send(c, "", "INFO chat\ncmd:"+name+"\n"+data, ""))
	reply := ""
	for range 4 { // the SIP answer, the reply, and perhaps a notice
		m, err := w.next(c)
		w.must(err)
		if m == nil {
			break
		}
		if strings.Contains(m.body, "rpl:"+name) {
			reply = m.body
		}
	}
	if reply == "" {
		w.t.Fatalf("no reply to %s", name)
	}
	return reply
}

// maskOf reads the permission mask of rpl:getperm.
func maskOf(body string) chat.Permission {
	var doc struct {
		AIB struct {
			Key int `xml:"key,attr"`
		} `xml:"rpl>data>aib"`
	}
	if err := xml.Unmarshal([]byte(body), &doc); err != nil {
		return 0
	}
	return chat.Permission(doc.AIB.Key)
}

// regexpName finds the rooms of rpl:chansrch.
var regexpName = regexp.MustCompile(`<chanib name="([^"]*)"`)
