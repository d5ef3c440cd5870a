package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
	"perch/front/web"
	"perch/front/web/api"
	"perch/store/sqlite"
)

var discard = slog.New(slog.DiscardHandler)

// world is the front end over real services.
type world struct {
	testing.TB
	store chat.Store
	dir   *directory.Service
	svc   *channel.Service
	web   *web.Server
	http  *httptest.Server
	users map[string]chat.Principal
	rooms map[string]channel.RoomView
}

// newWorld has users alice, bob and carol, whose passwords are their names, and
// the open rooms Rates and Metals in the category All, in which alice is a creator.
func newWorld(t testing.TB, store chat.Store, edit ...func(*web.Config)) *world {
	t.Helper()
	w := &world{TB: t, store: store, users: map[string]chat.Principal{}, rooms: map[string]channel.RoomView{}}
	ctx := context.Background()
	var err error
	w.dir, err = directory.Open(ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: discard}, store)
	w.must(err)
	w.svc = channel.New(channel.Config{Domain: "example.test", DisplayName: "Perch", Now: time.Now, Log: discard}, store, w.dir)
	w.must(w.svc.Start(ctx))
	t.Cleanup(func() { w.must(w.svc.Stop(context.Background())) })
	w.addUsers("alice", "bob", "carol")
	_, err = w.svc.CreateCategory(ctx, channel.CategorySpec{
		Name: "All", Allowed: []chat.PrincipalID{w.dir.Domain()}, Creators: []chat.PrincipalID{w.users["alice"].ID}, Files: true, Invitations: true,
	})
	w.must(err)
	w.addRooms("Rates", "Metals")
	cfg := web.Config{
		Domain: "example.test", Name: "Perch", Version: "test", Sessions: web.Sessions{Life: time.Hour}, Settings: chat.DefaultSettings, Limits: chat.DefaultLimits(), Now: time.Now, Log: discard,
	}
	for _, do := range edit {
		do(&cfg)
	}
	w.web = web.New(cfg, w.dir, w.svc, store)
	w.web.Start()
	w.http = httptest.NewServer(w.web)
	t.Cleanup(func() {
		w.must(w.web.Stop(context.Background()))
		w.http.Close()
	})
	return w
}

// inMemory is a world over the store in memory, onDisk over SQLite.
func inMemory(t testing.TB, edit ...func(*web.Config)) *world {
	t.Helper()
	return newWorld(t, chattest.NewStore(), edit...)
}

func onDisk(t testing.TB, edit ...func(*web.Config)) *world {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "perch.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return newWorld(t, s, edit...)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) addUsers(names ...string) {
	w.Helper()
	list := make([]directory.NewUser, len(names))
	for i, n := range names {
		list[i] = directory.NewUser{Name: n, DisplayName: strings.ToUpper(n[:1]) + n[1:] + " Archer", Password: n + n + "-pw"}
	}
	made, err := w.dir.CreateUsers(context.Background(), list)
	w.must(err)
	for _, p := range made {
		w.users[p.Name] = p
	}
}

func (w *world) addRooms(names ...string) {
	w.Helper()
	specs := make([]channel.RoomSpec, len(names))
	for i, n := range names {
		specs[i] = channel.RoomSpec{Name: n, Category: "All", Privacy: chat.Open, Invitations: chat.InvitationsInherit}
	}
	w.addRoomsAs(specs...)
}

func (w *world) addRoomsAs(specs ...channel.RoomSpec) {
	w.Helper()
	made, err := w.svc.CreateRooms(context.Background(), specs)
	w.must(err)
	for i := range made {
		v, err := w.svc.FindRoom(made[i].GUID)
		w.must(err)
		w.rooms[v.Name] = v
	}
}

func (w *world) room(name string) string {
	w.Helper()
	v, ok := w.rooms[name]
	if !ok {
		w.Fatalf("no room %s", name)
	}
	return v.GUID
}

// entries are those of a kind in the journal.
func (w *world) entries(kind chat.EntryKind) (out []chat.Entry) {
	w.Helper()
	all, err := w.store.ListEntries(context.Background(), 0, 1<<20)
	w.must(err)
	for _, e := range all {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// client is somebody who signed in.
type client struct {
	*world
	name string
	http *http.Client
}

func (w *world) as(name string) *client {
	w.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	c := &client{w, name, &http.Client{Jar: jar}}
	c.do("POST", "/session", api.Credentials{User: name, Password: name + name + "-pw"}, http.StatusOK, nil)
	return c
}

// do makes a request, whose status must be as wanted, and reads the answer.
func (c *client) do(method, path string, in any, status int, out any) {
	c.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		c.must(err)
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, c.world.http.URL+web.Base+path, body)
	c.must(err)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := c.http.Do(r)
	c.must(err)
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	c.must(err)
	if a.StatusCode != status {
		c.Fatalf("%s %s by %s: %d %s, want %d", method, path, c.name, a.StatusCode, b, status)
	}
	if text, ok := out.(*string); ok {
		*text = string(b)
	} else if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			c.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
}

// refused makes a request that must be refused, and returns why.
func (c *client) refused(method, path string, in any, status int, code string) api.Error {
	c.Helper()
	var e api.Error
	c.do(method, path, in, status, &e)
	if e.Code != code || e.Error == "" {
		c.Errorf("%s %s was refused as %+v, want the code %s and a reason", method, path, e, code)
	}
	return e
}

func (c *client) get(path string, out any) { c.Helper(); c.do("GET", path, nil, http.StatusOK, out) }

func (c *client) post(room, text, id string) (m api.Message) {
	c.Helper()
	c.do("POST", "/rooms/"+c.room(room)+"/messages", api.NewMessage{Text: text, ClientId: id}, http.StatusCreated, &m)
	return m
}

func (c *client) follow(room string) {
	c.Helper()
	yes := true
	c.do("PATCH", "/my/rooms/"+c.room(room), api.MyRoomChange{Followed: &yes}, http.StatusOK, nil)
}

// socket is an open WebSocket. All that comes is in frames; the channel is closed
// when the connection ends.
type socket struct {
	*client
	conn   *websocket.Conn
	id     string
	frames chan api.ServerFrame
}

func (c *client) connect() *socket {
	c.Helper()
	conn, answer, err := websocket.Dial(context.Background(), c.world.http.URL+web.Base+"/events", &websocket.DialOptions{HTTPClient: c.http})
	if err != nil {
		c.Fatalf("connecting: %v, %v", err, answer)
	}
	conn.SetReadLimit(1 << 22)
	k := &socket{client: c, conn: conn, frames: make(chan api.ServerFrame, 10_000)}
	go func() { // ends with the connection
		defer close(k.frames)
		for {
			_, b, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			var f api.ServerFrame
			if json.Unmarshal(b, &f) == nil {
				k.frames <- f
			}
		}
	}()
	c.Cleanup(func() { _ = conn.CloseNow() })
	k.id = *k.expect(api.ServerFrameTypeHello).Session
	return k
}

// within is how long is waited for what must come.
const within = 20 * time.Second

// expect waits for a frame of a type, and passes over others.
func (k *socket) expect(kind api.ServerFrameType) api.ServerFrame {
	k.Helper()
	return k.until(string(kind), func(f *api.ServerFrame) bool { return f.Type == kind })
}

func (k *socket) until(what string, is func(f *api.ServerFrame) bool) api.ServerFrame {
	k.Helper()
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case f, ok := <-k.frames:
			if !ok {
				k.Fatalf("%s: the connection ended before %s", k.name, what)
			}
			if is(&f) {
				return f
			}
		case <-timer.C:
			k.Fatalf("%s: %s did not come", k.name, what)
		}
	}
}

// ping waits until all that was said before has been answered, and returns what came.
func (k *socket) ping() (before []api.ServerFrame) {
	k.Helper()
	k.say(api.ClientFrame{Type: api.ClientFrameTypePing})
	k.until("pong", func(f *api.ServerFrame) bool {
		before = append(before, *f)
		return f.Type == api.ServerFrameTypePong
	})
	return before
}

func (k *socket) say(f api.ClientFrame) {
	k.Helper()
	b, err := json.Marshal(f)
	k.must(err)
	k.must(k.conn.Write(context.Background(), websocket.MessageText, b))
}

func (k *socket) join(rooms ...string) api.ServerFrame {
	k.Helper()
	guids := make([]string, len(rooms))
	for i, r := range rooms {
		guids[i] = k.room(r)
	}
	k.say(api.ClientFrame{Type: api.ClientFrameTypeJoin, Rooms: &guids})
	return k.expect(api.ServerFrameTypeJoined)
}

// tcp opens a bare connection to the server.
func (c *client) tcp() net.Conn {
	c.Helper()
	var d net.Dialer
	conn, err := d.DialContext(context.Background(), "tcp", c.world.http.Listener.Addr().String())
	c.must(err)
	c.Cleanup(func() { conn.Close() })
	return conn
}
