package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"perch/app"
	"perch/channel"
	"perch/chat"
	"perch/compliance/seal"
	"perch/directory"
	"perch/front/web"
	"perch/front/web/api"
	"perch/probe"
	"perch/xccos"
)

// browser is somebody at the web client's API.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func browse(t *testing.T, a *app.App, user, password string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, "http://" + a.Addresses().Web + web.Base, &http.Client{Jar: jar}}
	b.do("POST", "/session", api.Credentials{User: user, Password: password}, http.StatusOK)
	return b
}

// do makes a request and returns the answer's body.
func (b *browser) do(method, path string, in any, want int) []byte {
	b.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, b.base+path, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		b.t.Fatalf("%s %s: %d %s, %v", method, path, answer.StatusCode, got, err)
	}
	return got
}

// events opens the WebSocket; until returns the first frame that is wanted.
func (b *browser) events(ctx context.Context) (say func(f api.ClientFrame), until func(is func(f *api.ServerFrame) bool) api.ServerFrame) {
	b.t.Helper()
	conn, _, err := websocket.Dial(ctx, b.base+"/events", &websocket.DialOptions{HTTPClient: b.http}) //nolint:bodyclose // it has none
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.CloseNow() })
	say = func(f api.ClientFrame) {
		b.t.Helper()
		body, err := json.Marshal(f)
		if err == nil {
			err = conn.Write(ctx, websocket.MessageText, body)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	until = func(is func(f *api.ServerFrame) bool) api.ServerFrame {
		b.t.Helper()
		for {
			_, body, err := conn.Read(ctx)
			var f api.ServerFrame
			if err == nil {
				err = json.Unmarshal(body, &f)
			}
			if err != nil {
				b.t.Fatal(err)
			}
			if is(&f) {
				return f
			}
		}
	}
	return say, until
}

// oldClient signs in by SIP and enters a room; what is said there comes from heard.
func oldClient(ctx context.Context, t *testing.T, a *app.App, user, room string) (ep *probe.Endpoint, r probe.Room, heard chan string) {
	t.Helper()
	conn, err := probe.Dial(ctx, a.Addresses().TCP, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	heard = make(chan string, 100)
	conn.OnChat(func(_ *probe.Endpoint, body []byte) {
		e, err := xccos.Decode(body)
		if err != nil {
			return
		}
		defer e.Release()
		for i := range e.Primitives {
			if p := &e.Primitives[i]; p.Kind == xccos.Chat {
				heard <- p.Post().Chat
			}
		}
	})
	ep = probe.NewEndpoint(conn, user, "example.test")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(ep.SignIn(ctx, ""))
	p, err := ep.Provisioning(ctx)
	must(err)
	pool, err := ep.LookUp(ctx, p.Pool)
	must(err)
	must(ep.OpenChat(ctx, pool))
	r, err = ep.Find(ctx, room)
	must(err)
	must(ep.Join(ctx, r))
	return ep, r, heard
}

// TestWebAndSIP: people with old clients and in browsers meet in one room, see each
// other's presence, and what a browser posted can be proved.
func TestWebAndSIP(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o := local(t, t.TempDir())
	o.Config.Domain, o.Config.SIP.TLS, o.Config.SIP.Auth = "example.test", "", []string{"none"}
	o.Config.Compliance.Enabled, o.Config.Compliance.Sealed = true, true
	a := start(t, o)
	made, err := a.Directory().CreateUsers(ctx, []directory.NewUser{{Name: "alice", DisplayName: "Alice", Password: "alice's secret"}, {Name: "bob", DisplayName: "Bob"}})
	if err == nil {
		_, err = a.Channel().CreateCategory(ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{a.Directory().Domain()}})
	}
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := a.Channel().CreateRooms(ctx, []channel.RoomSpec{{Name: "Rates", Category: "All", Privacy: chat.Open}})
	if err != nil {
		t.Fatal(err)
	}
	alice := browse(t, a, "alice", "alice's secret")
	say, until := alice.events(ctx)
	guid, bob := rooms[0].GUID, made[1].GUID
	say(api.ClientFrame{Type: api.ClientFrameTypeJoin, Rooms: &[]string{guid}})
	say(api.ClientFrame{Type: api.ClientFrameTypeWatch, Users: &[]string{bob}})
	presence := func(state api.PresenceState) {
		t.Helper()
		until(func(f *api.ServerFrame) bool {
			return f.Type == api.ServerFrameTypePresence && f.Presence.Guid == bob && f.Presence.State == state
		})
	}
	presence(api.PresenceStateOffline)
	ep, r, heard := oldClient(ctx, t, a, "bob", "Rates")
	presence(api.PresenceStateAvailable)

	posted := alice.do("POST", "/rooms/"+guid+"/messages", api.NewMessage{Text: "from a browser", ClientId: "1"}, http.StatusCreated)
	if got := <-heard; got != "from a browser" {
		t.Errorf("bob hears %q", got)
	}
	if err := ep.Post(ctx, r, "from an old client"); err != nil {
		t.Fatal(err)
	}
	f := until(func(f *api.ServerFrame) bool {
		return f.Type == api.ServerFrameTypeMessage && f.Message.AuthorName == "Bob"
	})
	if f.Message.Text != "from an old client" || f.Message.Id != 2 || f.Message.Author != bob {
		t.Errorf("alice gets %+v", f.Message)
	}
	proved(t, alice, o.Config.Data, guid, posted, until)
	if err := ep.SignOff(ctx); err != nil {
		t.Fatal(err)
	}
	presence(api.PresenceStateOffline)
	if _, err := a.Channel().ReplaceMessages(ctx, channel.MessageFilter{Room: "Rates", Text: "browser"}, "nothing"); err != nil {
		t.Fatal(err)
	}
	alice.do("GET", "/rooms/"+guid+"/messages/1/proof", nil, http.StatusForbidden)
}

// proved checks that what is said to be sealed is, and what it says.
func proved(t *testing.T, alice *browser, data, guid string, posted []byte, until func(is func(f *api.ServerFrame) bool) api.ServerFrame) {
	t.Helper()
	var m api.Message
	if err := json.Unmarshal(posted, &m); err != nil {
		t.Fatal(err)
	}
	until(func(f *api.ServerFrame) bool { return f.SealedUntil != nil && f.SealedUntil.After(m.At) })
	var e seal.Evidence
	if err := json.Unmarshal(alice.do("GET", fmt.Sprintf("/rooms/%s/messages/%d/proof", guid, m.Id), nil, http.StatusOK), &e); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(data, "archive-keys", seal.PublicFile))
	if err != nil {
		t.Fatal(err)
	}
	leaf, body, _, err := seal.CheckEvidence(e, strings.TrimSpace(string(key)))
	if err != nil || leaf.Kind != "post" || leaf.Room != guid || leaf.Message != m.Id || body == nil || body.Text != m.Text {
		t.Errorf("proved: %+v, %+v, %v", leaf, body, err)
	}
	var room api.Room
	if err := json.Unmarshal(alice.do("GET", "/rooms/"+guid, nil, http.StatusOK), &room); err != nil {
		t.Fatal(err)
	}
	if r := room.Recording; !r.Archived || r.Sealed == nil || !*r.Sealed || r.Held {
		t.Errorf("recording: %+v", r)
	}
}
