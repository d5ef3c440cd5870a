//go:build e2e

package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
)

// page is a program that signs in by HTTP and keeps cookies, as curl with a jar
// does.
type page struct {
	s      *server
	client http.Client
	token  string
}

func (s *server) page() *page {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &page{s: s, client: http.Client{Jar: jar}}
}

// do sends a request and returns status and body.
func (p *page) do(method, path string, body any) (int, string) {
	p.s.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			p.s.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(p.s.t.Context(), method, "http://"+p.s.addr.Web+"/api/v1"+path, in)
	if err != nil {
		p.s.t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := p.client.Do(r)
	if err != nil {
		p.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// is sends a request whose answer must have a status and hold a part.
func (p *page) is(status int, part, method, path string, body any) {
	p.s.t.Helper()
	if got, text := p.do(method, path, body); got != status || !strings.Contains(text, part) {
		p.s.t.Errorf("%s %s: %d %s, want %d %s", method, path, got, text, status, part)
	}
}

func (p *page) signIn(user, password string) (int, string) {
	p.s.t.Helper()
	return p.do("POST", "/session", map[string]string{"user": user, "password": password})
}

// TestWebSignIn: a person signs in by HTTP at a real server, through kill -9; a
// lockout, and its end by the administrator's command; a bot with its token; who is
// disabled is out; a user administers once he was granted the duty.
func TestWebSignIn(t *testing.T) {
	s := startServer(t, "WEB__LOCKOUT_FAILURES=3")
	web := s.addr.Web
	s.env = append(s.env, "PERCH_WEB__LISTEN="+web) // where it comes back
	s.perch("secret-a\n", "user", "add", "alice", "--name", "Alice Archer", "--password-stdin")
	s.perch("secret-b\n", "user", "add", "bob", "--password-stdin")
	alice, bob := s.page(), s.page()
	for range 3 {
		if status, text := bob.signIn("bob", "wrong"); status != 403 {
			t.Errorf("a wrong password: %d %s", status, text)
		}
	}
	if status, text := bob.signIn("bob", "secret-b"); status != 429 || !strings.Contains(text, "locked: try again in 15 minutes") {
		t.Errorf("locked out: %d %s", status, text)
	}
	if out := s.perch("", "user", "show", "bob"); !strings.Contains(out, "locked out until") {
		t.Errorf("bob is shown as %s", out)
	}
	if out := s.perch("", "user", "unlock", "bob"); !strings.Contains(out, "unlocked user bob") {
		t.Errorf("unlock says %s", out)
	}
	for p, name := range map[*page]string{alice: "alice", bob: "bob"} {
		if status, text := p.signIn(name, "secret-"+name[:1]); status != 200 {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	bot := s.page()
	s.perch("", "bot", "add", "ticker")
	out, err := s.try("", "token", "add", "ticker", "--name", "prices", "--json")
	var made struct{ ID, Secret string }
	if err != nil || json.Unmarshal([]byte(out), &made) != nil || made.Secret == "" {
		t.Fatalf("%v: %s", err, out)
	}
	bot.token = made.Secret

	s.kill()
	s.start()
	alice.is(200, `"sip:alice@example.test"`, "GET", "/session", nil)
	bot.is(200, `"bot":true`, "GET", "/session", nil)
	bot.is(403, "cannot be done with a token", "GET", "/tokens", nil)
	s.perch("", "token", "delete", made.ID)
	bot.is(401, "not-signed-in", "GET", "/session", nil)

	alice.is(403, "it takes the duty", "GET", "/admin/status", nil)
	s.perch("", "duty", "grant", "alice@example.test", "administrator")
	alice.is(200, `"domain":"example.test"`, "GET", "/admin/status", nil)
	alice.is(200, `"done":1`, "POST", "/admin/users", map[string]any{"items": []any{map[string]string{"name": "carol"}}})
	s.perch("", "user", "show", "carol")

	if out := s.perch("", "user", "sessions", "bob"); !strings.Contains(out, "password") || !strings.Contains(out, "Go-http-client") {
		t.Errorf("bob's sessions are %s", out)
	}
	s.perch("", "user", "disable", "bob")
	bob.is(401, "not-signed-in", "GET", "/session", nil)
	s.perch("", "user", "enable", "bob")
	bob.is(401, "not-signed-in", "GET", "/session", nil)
	s.perch("", "user", "sign-out", "alice")
	alice.is(401, "not-signed-in", "GET", "/session", nil)
}
