package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
	"perch/front/admin"
	"perch/settings"
)

// world is the front end on real services, with alice and bob, who have passwords,
// and the bot ticker. Outside of a bubble its clock is the real one.
type world struct {
	*Server
	t        *testing.T
	store    *chattest.Faulty
	settings *settings.Service
	channel  *channel.Service
	users    map[string]chat.PrincipalID
}

// open starts a world on a store; nil: a new one.
func open(t *testing.T, store *chattest.Faulty, change func(c *Config)) *world {
	t.Helper()
	fresh := store == nil
	if fresh {
		store = chattest.NewFaulty(chattest.NewStore())
	}
	ctx := t.Context()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	dir, err := directory.Open(ctx, directory.Config{Domain: "example.test", Lockout: directory.Lockout{Failures: 5, Minutes: 15}, Now: time.Now, Log: log}, store)
	must(t, err)
	set, err := settings.Open(ctx, settings.Config{Pool: "p", Domain: "example.test", Now: time.Now}, store)
	must(t, err)
	rooms := channel.New(channel.Config{Domain: "example.test", Now: time.Now, Log: log}, store, dir)
	must(t, rooms.Start(ctx))
	t.Cleanup(func() { must(t, rooms.Stop(context.WithoutCancel(t.Context()))) })
	if fresh {
		_, err = dir.CreateUsers(ctx, []directory.NewUser{{Name: "alice", DisplayName: "Alice Archer", Email: "a.archer@mail.test", Password: "secret-a"}, {Name: "bob", Password: "secret-b"}, {Name: "ticker", Bot: true}})
		must(t, err)
	}
	a := admin.New(admin.Config{
		Domain: "example.test", Version: "v1", Log: log, Now: time.Now, Connections: func() (int, int) { return 0, 0 },
	}, dir, rooms, set, nil, store)
	cfg := Config{
		Domain: "example.test", Name: "Perch", Version: "v1", Sessions: Sessions{Life: 12 * time.Hour, Idle: time.Hour}, Failures: 60,
		Duties: set.Duties, Admin: a, Settings: set.Settings, Limits: chat.DefaultLimits(), Now: time.Now, Log: log,
	}
	if change != nil {
		change(&cfg)
	}
	w := &world{Server: New(cfg, dir, rooms, store), t: t, store: store, settings: set, channel: rooms, users: map[string]chat.PrincipalID{}}
	for _, p := range dir.List(chat.KindUser) {
		w.users[p.Name] = p.ID
	}
	w.Start()
	t.Cleanup(func() { must(t, w.Stop(context.WithoutCancel(t.Context()))) })
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser makes requests and keeps cookies, as curl with a jar does.
type browser struct {
	w       *world
	cookies map[string]string
	header  http.Header
	remote  string
}

func (w *world) browser() *browser {
	return &browser{w: w, cookies: map[string]string{}, header: http.Header{"User-Agent": {"test/1"}}, remote: "192.0.2.1:1234"}
}

// reply is what came back.
type reply struct {
	*http.Response
	body string
}

// do sends a request; a body is JSON of anything but a string, which is sent as it
// is.
func (b *browser) do(method, path string, body any) reply {
	var in io.Reader
	r := httptest.NewRequestWithContext(b.w.t.Context(), method, path, nil)
	switch v := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(v)
	default:
		j, err := json.Marshal(v)
		must(b.w.t, err)
		in = bytes.NewReader(j)
	}
	if in != nil {
		r = httptest.NewRequestWithContext(b.w.t.Context(), method, path, in)
		r.Header.Set("Content-Type", "application/json")
	}
	r.RemoteAddr = b.remote
	for k, v := range b.header {
		r.Header[k] = v
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	rec := httptest.NewRecorder()
	b.w.ServeHTTP(rec, r)
	resp := rec.Result()
	for _, c := range resp.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return reply{resp, rec.Body.String()}
}

// is checks an reply's status and, if given, a part of its body.
func (a reply) is(t *testing.T, status int, part ...string) reply {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("answered %d %s, want %d", a.StatusCode, a.body, status)
	}
	for _, p := range part {
		if !strings.Contains(a.body, p) {
			t.Errorf("answered %s, without %s", a.body, p)
		}
	}
	return a
}

// into decodes an reply.
func into[T any](t *testing.T, a reply) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.StatusCode >= 300 {
		t.Fatalf("answered %d %s: %v", a.StatusCode, a.body, err)
	}
	return v
}

const api1 = "/api/v1"

func (b *browser) signIn(user, password string) reply {
	return b.do("POST", api1+"/session", map[string]string{"user": user, "password": password})
}

// signedIn is a browser in which a user has signed in.
func (w *world) signedIn(user string) *browser {
	w.t.Helper()
	b := w.browser()
	b.signIn(user, "secret-"+user[:1]).is(w.t, 200)
	return b
}

// journal are the entries of some kinds, in order.
func (w *world) journal(kinds ...chat.EntryKind) (out []chat.Entry) {
	w.t.Helper()
	list, err := w.store.ListEntries(w.t.Context(), 0, 10_000)
	must(w.t, err)
	for _, e := range list {
		for _, k := range kinds {
			if e.Kind == k {
				out = append(out, e)
			}
		}
	}
	return out
}

// identity is that of the browser's session.
func (b *browser) identity() identity {
	b.w.t.Helper()
	list, err := b.w.store.ListPasses(b.w.t.Context(), 0, chat.PassSession)
	must(b.w.t, err)
	sum := sha256.Sum256([]byte(b.cookies["perch_session"]))
	for _, p := range list {
		if p.Hash == base64.RawURLEncoding.EncodeToString(sum[:]) {
			user, _ := b.w.dir.FindPrincipal(p.User)
			return identity{user: user, signIn: p.ID, pass: p}
		}
	}
	b.w.t.Fatalf("the browser has no session among %+v", list)
	return identity{}
}

// told is what something that is open was told, from any goroutine.
type told struct {
	mu   sync.Mutex // guards list
	list []string
}

func (x *told) add(reason string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = append(x.list, reason)
}

func (x *told) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.Join(x.list, ", ")
}
