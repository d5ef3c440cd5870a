package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
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

// desk is the front end on real services, over a store in memory.
type desk struct {
	t *testing.T
	*admin.Server
	store chat.Store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	ctx, log, store := t.Context(), slog.New(slog.NewTextHandler(t.Output(), nil)), chattest.NewStore()
	dir, err := directory.Open(ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: log}, store)
	must(t, err)
	set, err := settings.Open(ctx, settings.Config{Pool: "p", Domain: "example.test", Now: time.Now}, store)
	must(t, err)
	rooms := channel.New(channel.Config{Domain: "example.test", Now: time.Now, Log: log}, store, dir)
	must(t, rooms.Start(ctx))
	t.Cleanup(func() { must(t, rooms.Stop(context.WithoutCancel(ctx))) })
	return &desk{t, admin.New(admin.Config{Domain: "example.test", Log: log, Now: time.Now}, dir, rooms, set, nil, store), store}
}

// TestChangesAtOnce: changes of one thing that are made at once, and name no version,
// are all made.
func TestChangesAtOnce(t *testing.T) {
	d := newDesk(t)
	scope := ""
	fields := []string{`"default_chat_history":9`, `"max_file_size_kb":8`, `"participant_update_limit":7`}
	for n := range 20 {
		if scope = fmt.Sprint("/settings/site:s", n/2); n%2 == 1 { // of a scope that is new, and of one that is there
			d.do(200, "PUT", scope, `{"default_chat_history":1,"max_file_size_kb":1,"participant_update_limit":1}`)
		}
		var all sync.WaitGroup
		for _, f := range fields {
			all.Go(func() {
				w := httptest.NewRecorder()
				d.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "PUT", scope, strings.NewReader("{"+f+"}")))
				if w.Code != http.StatusOK {
					t.Errorf("%s: %d %s", f, w.Code, w.Body)
				}
			})
		}
		all.Wait()
		r := httptest.NewRecorder()
		d.ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), "GET", scope, nil))
		for _, f := range fields {
			if !strings.Contains(r.Body.String(), f) {
				t.Fatalf("%s is lost: %s", f, r.Body)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer is whatever a route answers.
type answer struct {
	Error, Code string
	Current     map[string]any
	Version     int64
}

func (d *desk) do(status int, method, path, body string) (out answer) {
	d.t.Helper()
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	must(d.t, err)
	if w.Code != status {
		d.t.Fatalf("%s %s %s: %d %s", method, path, body, w.Code, text)
	}
	must(d.t, json.Unmarshal(text, &out))
	return out
}

// TestVersions: of two administrators who change the same thing the second is told
// what it has become, and nothing that he did not name is overwritten.
func TestVersions(t *testing.T) {
	d := newDesk(t)
	d.do(200, "POST", "/users", `{"items":[{"name":"alice"},{"name":"bob"},{"name":"carol"}]}`)
	// An older version refuses every change of a user, not only that of particulars.
	old := d.do(200, "GET", "/users/bob", "").Version
	d.do(200, "PATCH", "/users/bob", fmt.Sprintf(`{"disabled":true,"version":%d}`, old))
	for _, change := range []string{`"disabled":false`, `"password":"a password of some length"`, `"ntlm":false`, `"company":"c"`} {
		if refused := d.do(http.StatusConflict, "PATCH", "/users/bob", fmt.Sprintf(`{%s,"version":%d}`, change, old)); refused.Current["state"] != "disabled" {
			t.Errorf("%s: refused as %+v", change, refused)
		}
	}
	d.do(200, "PATCH", "/users/bob", `{"disabled":false}`)
	d.do(200, "POST", "/groups", `{"name":"desk","display_name":"","guid":"","members":["alice"],"version":0}`)
	d.do(200, "POST", "/categories", `{"name":"Trading","allowed":{"add":["everyone"]},"denied":{},"creators":{}}`)
	d.do(200, "POST", "/rooms", `{"items":[{"name":"Rates","category":"Trading","members":["alice"]}]}`)
	d.do(200, "POST", "/addins", `{"name":"Ticker","url":"https://ticker.test/"}`)
	for _, c := range []struct {
		path, first, second, field string
		method, how                string
		merged                     string // what both have made of field, if the second did not name a version
	}{
		{"/rooms/Rates", `"description":"first"`, `"members":["bob"]`, "description", "PATCH", "", "first"},
		{"/categories/Trading", `"description":"first"`, `"allowed":{},"denied":{},"creators":{"add":["bob"]}`, "description", "PATCH", "", "first"},
		{"/users/alice", `"company":"first"`, `"email":"a@mail.test"`, "company", "PATCH", "", "first"},
		{"/addins/Ticker", `"url":"https://first.test/"`, `"name":"Ticker"`, "url", "PATCH", "", "https://first.test/"},
		{"/groups/desk", `"members":["bob"]`, `"members":["carol"]`, "members", "POST", "/join", "[alice bob carol]"},
	} {
		old := d.do(200, "GET", c.path, "").Version
		if old == 0 {
			t.Errorf("%s has no version", c.path)
		}
		both := func(fields string) string {
			if strings.Contains(fields, `"allowed"`) || !strings.Contains(c.path, "categories") {
				return fields
			}
			return fields + `,"allowed":{},"denied":{},"creators":{}`
		}
		first := d.do(200, c.method, c.path+c.how, fmt.Sprintf(`{%s,"version":%d}`, both(c.first), old))
		if first.Version == old {
			t.Errorf("%s has the same version after a change", c.path)
		}
		refused := d.do(http.StatusConflict, c.method, c.path+c.how, fmt.Sprintf(`{%s,"version":%d}`, both(c.second), old))
		if refused.Code != "collision" || !strings.Contains(refused.Error, "changed by somebody else") {
			t.Errorf("%s: refused as %+v", c.path, refused)
		}
		now := d.do(200, "GET", c.path, "").Version
		if v, ok := refused.Current["version"].(float64); !ok || int64(v) != now || now != first.Version {
			t.Errorf("%s: the refusal shows version %v of %d, %d", c.path, refused.Current["version"], first.Version, now)
		}
		d.do(200, c.method, c.path+c.how, "{"+both(c.second)+"}") // what names no version changes what it names
		stale := d.do(http.StatusConflict, c.method, c.path+c.how, fmt.Sprintf(`{%s,"version":%d}`, both(c.first), old))
		if got := fmt.Sprint(stale.Current[c.field]); got != c.merged {
			t.Errorf("%s: %s is %s after both, want %s", c.path, c.field, got, c.merged)
		}
		d.do(200, c.method, c.path+c.how, fmt.Sprintf(`{%s,"version":%d}`, both(c.first), d.do(200, "GET", c.path, "").Version))
	}
	d.do(200, "PUT", "/policies/Traders", `{"new":true,"enable_persistent_chat":true}`)
	for path, fields := range map[string][2]string{
		"/policies/Traders": {`"description":"first"`, `"enable_persistent_chat":false`}, "/settings/global": {`"default_chat_history":9`, `"max_file_size_kb":8`},
		"/compliance/global": {`"adapter_name":"first"`, `"add_user_details":true`},
	} {
		d.do(200, "PUT", path, "{"+fields[0]+"}")
		old := d.do(200, "GET", path, "").Version
		d.do(200, "PUT", path, "{"+fields[1]+"}")
		refused := d.do(http.StatusConflict, "PUT", path, fmt.Sprintf(`{%s,"version":%d}`, fields[0], old))
		now, err := json.Marshal(refused.Current)
		must(t, err)
		for _, f := range fields {
			if !strings.Contains(string(now), f) {
				t.Errorf("%s is %s after both changes, without %s", path, now, f)
			}
		}
	}
	entries, err := d.store.ListEntries(t.Context(), 0, 1000)
	must(t, err)
	refused := 0
	for _, e := range entries {
		if e.Kind == chat.EntryCommand && strings.Contains(e.Detail, `"refused":"`) {
			refused++
		}
	}
	if refused != 17 {
		t.Errorf("%d refusals are on record, want 17", refused)
	}
}
