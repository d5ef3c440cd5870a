package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
	"perch/front/web/api"
	"perch/webhook"
)

// hookWorld is a web front end with webhooks over a store in memory, with a room
// "Ops" that alice manages.
type hookWorld struct {
	t     *testing.T
	ctx   context.Context
	store *chattest.Faulty
	dir   *directory.Service
	rooms *channel.Service
	hooks *webhook.Service
	front *Server
	web   *httptest.Server
	room  chat.Room
	users map[string]chat.Principal
}

func newHookWorld(t *testing.T, hosts ...string) *hookWorld {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	w := &hookWorld{t: t, ctx: t.Context(), store: chattest.NewFaulty(chattest.NewStore()), users: map[string]chat.Principal{}}
	var err error
	w.dir, err = directory.Open(w.ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: log}, w.store)
	w.must(err)
	made, err := w.dir.CreateUsers(w.ctx, []directory.NewUser{{Name: "alice", DisplayName: "Alice Archer"}, {Name: "bob"}})
	w.must(err)
	for _, p := range made {
		w.users[p.Name] = p
	}
	w.rooms = channel.New(channel.Config{Domain: "example.test", Now: time.Now, Log: log}, w.store, w.dir)
	w.must(w.rooms.Start(w.ctx))
	t.Cleanup(func() { w.must(w.rooms.Stop(context.Background())) })
	_, err = w.rooms.CreateCategory(w.ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{w.dir.Domain()}})
	w.must(err)
	rooms, err := w.rooms.CreateRooms(w.ctx, []channel.RoomSpec{{Name: "Ops", Category: "All", Privacy: chat.Open, Managers: []chat.PrincipalID{made[0].ID}}})
	w.must(err)
	w.room = rooms[0]
	allowed, err := webhook.ParseHosts(hosts)
	w.must(err)
	w.hooks = webhook.New(webhook.Config{Domain: "example.test", Hosts: allowed, Rand: rand.Reader, Now: time.Now, Log: log}, w.store, w.rooms, w.dir)
	w.must(w.hooks.Start(w.ctx))
	t.Cleanup(func() { w.must(w.hooks.Stop(context.Background())) })
	w.web = httptest.NewServer(Hooks(w.hooks, log))
	t.Cleanup(w.web.Close)
	w.front = &Server{cfg: Config{Webhooks: w.hooks, Address: func() string { return w.web.URL }, Log: log}, dir: w.dir, rooms: w.rooms}
	return w
}

func (w *hookWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// as is the context of a user's request.
func (w *hookWorld) as(user string) context.Context {
	return context.WithValue(w.ctx, identityKey{}, identity{user: w.users[user], client: "test"})
}

// create makes a webhook as alice, through the API.
func (w *hookWorld) create(body api.NewWebhook) api.Webhook {
	w.t.Helper()
	made, err := w.front.CreateWebhook(w.as("alice"), api.CreateWebhookRequestObject{Room: w.room.GUID, Body: &body})
	w.must(err)
	return api.Webhook(made.(api.CreateWebhook201JSONResponse))
}

// answer is what a program is told.
type answer struct {
	status     int
	body       string
	retryAfter string
}

func (w *hookWorld) post(address, contentType, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, address, strings.NewReader(body))
	w.must(err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.must(err)
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
		w.t.Errorf("answered as %s", kind)
	}
	return answer{resp.StatusCode, string(b), resp.Header.Get("Retry-After")}
}

// TestHookForms: the forms in which programs post to Slack are understood, and
// answered as Slack answers them.
func TestHookForms(t *testing.T) {
	w := newHookWorld(t)
	hook := w.create(api.NewWebhook{Kind: api.NewWebhookKindIncoming, Name: "Build server"})
	if hook.Secret != nil || hook.Url == nil || !strings.HasPrefix(*hook.Url, w.web.URL+"/hooks/") {
		t.Fatalf("made: %+v", hook)
	}
	const form, js = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
	big := `{"text":"` + strings.Repeat("x", 8193) + `"}`
	huge := `{"text":"` + strings.Repeat("x", 256<<10) + `"}`
	for _, c := range []struct {
		name, kind, body string
		want             answer
	}{
		{"JSON", js, `{"text":"one"}`, answer{200, "ok", ""}},
		{"form", form, "payload=" + url.QueryEscape(`{"text":"two"}`), answer{200, "ok", ""}},
		{"JSON that is called a form", form, `{"text":"three & more"}`, answer{200, "ok", ""}},
		{"JSON that is called nothing", "", `{"text":"four"}`, answer{200, "ok", ""}},
		{"no JSON", js, `text`, answer{400, "invalid_payload", ""}},
		{"another form", form, `text=a`, answer{400, "invalid_payload", ""}},
		{"no text", js, `{"text":""}`, answer{400, "no_text", ""}},
		{"empty", js, ``, answer{400, "invalid_payload", ""}},
		{"long", js, big, answer{413, "msg_too_long", ""}},
		{"too long to read", js, huge, answer{413, "msg_too_long", ""}},
	} {
		if got := w.post(*hook.Url, c.kind, c.body); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	list, err := w.store.ListNewest(w.ctx, w.room.ID, 0, 10)
	w.must(err)
	var texts []string
	for _, m := range list {
		texts = append(texts, m.AuthorName+": "+m.Text)
	}
	want := "Build server: one|Build server: two|Build server: three & more|Build server: four"
	if got := strings.Join(texts, "|"); got != want {
		t.Errorf("posted %q, want %q", got, want)
	}
}

// TestHookRefusals: a wrong address, a wrong method, too many posts and a store
// that fails are told apart.
func TestHookRefusals(t *testing.T) {
	w := newHookWorld(t)
	hook := w.create(api.NewWebhook{Kind: api.NewWebhookKindIncoming, Name: "Build server"})
	const js, text = "application/json", `{"text":"x"}`
	for _, path := range []string{"/hooks/", "/hooks/wrong", "/hooks/" + strings.Repeat("x", 5000), "/hooks/a/b"} {
		if got := w.post(w.web.URL+path, js, text); got != (answer{404, "no_service", ""}) {
			t.Errorf("%.20s: %+v", path, got)
		}
	}
	resp, err := http.Get(*hook.Url) //nolint:noctx // a test
	w.must(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", resp.Status)
	}
	w.store.Fail(chat.Wrap(chat.KindDatabase, "writing", errors.New("disk full")))
	if got := w.post(*hook.Url, js, text); got != (answer{503, "unavailable", "2"}) {
		t.Errorf("while the store fails: %+v", got)
	}
	w.store.Heal()
	limited := answer{}
	for range 200 {
		if got := w.post(*hook.Url, js, text); got.status != 200 {
			limited = got
			break
		}
	}
	if limited != (answer{429, "rate_limited", "1"}) {
		t.Errorf("too many posts: %+v", limited)
	}
	yes := true
	_, err = w.rooms.UpdateRoom(w.ctx, w.room.GUID, channel.RoomPatch{Disabled: &yes})
	w.must(err)
	other := w.hooksMade("Another")
	if got := w.post(w.web.URL+"/hooks/"+other, js, text); got != (answer{410, "channel_is_archived", ""}) {
		t.Errorf("in a disabled room: %+v", got)
	}
}

// hooksMade makes a webhook as an administrator, and returns its secret.
func (w *hookWorld) hooksMade(name string) string {
	w.t.Helper()
	_, secret, err := w.hooks.Create(w.ctx, webhook.Caller{}, webhook.Spec{Room: w.room.GUID, Name: name})
	w.must(err)
	return secret
}

// TestWebhooksAPI: managers make, see and delete webhooks; secrets are told once.
func TestWebhooksAPI(t *testing.T) {
	w := newHookWorld(t, "http://127.0.0.1:9000")
	address, words := "http://127.0.0.1:9000/in", []string{"gold"}
	w.create(api.NewWebhook{Kind: api.NewWebhookKindIncoming, Name: "Build server"})
	out := w.create(api.NewWebhook{Kind: api.NewWebhookKindOutgoing, Name: "CRM", Url: &address, Words: &words})
	if out.Secret == nil || len(*out.Secret) < 40 || *out.Url != address || out.CreatedBy != "Alice Archer" {
		t.Errorf("made: %+v", out)
	}
	answered, err := w.front.ListWebhooks(w.as("alice"), api.ListWebhooksRequestObject{Room: w.room.GUID})
	w.must(err)
	list := answered.(api.ListWebhooks200JSONResponse)
	if len(list) != 2 || list[0].Name != "Build server" || list[0].Url != nil || list[0].Secret != nil || list[1].Secret != nil || *list[1].Url != address || (*list[1].Words)[0] != "gold" {
		t.Errorf("listed: %+v", list)
	}
	for _, c := range []struct {
		ctx  context.Context
		want chat.Kind
	}{{w.as("bob"), chat.KindForbidden}, {w.ctx, chat.KindForbidden}} {
		if _, err := w.front.ListWebhooks(c.ctx, api.ListWebhooksRequestObject{Room: w.room.GUID}); chat.KindOf(err) != c.want || err == nil {
			t.Errorf("somebody else: %v", err)
		}
	}
	bad := api.NewWebhook{Kind: "sideways", Name: "x"}
	if _, err := w.front.CreateWebhook(w.as("alice"), api.CreateWebhookRequestObject{Room: w.room.GUID, Body: &bad}); chat.KindOf(err) != chat.KindInvalid {
		t.Errorf("neither incoming nor outgoing: %v", err)
	}
	_, err = w.front.DeleteWebhook(w.as("alice"), api.DeleteWebhookRequestObject{Room: w.room.GUID, Id: out.Id})
	w.must(err)
	if _, err = w.front.DeleteWebhook(w.as("alice"), api.DeleteWebhookRequestObject{Room: w.room.GUID, Id: out.Id}); chat.KindOf(err) != chat.KindNoSuchObject {
		t.Errorf("deleted twice: %v", err)
	}
}
