package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/chat"
)

// TestLockedOut: wrong passwords lock a name out, and too many from one address
// anybody there; each is on record, and what is answered says for how long and not
// whether somebody has the name.
func TestLockedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, func(c *Config) { c.Failures = 20 })
		b := w.browser()
		var said [2][]string
		for i, name := range []string{"alice", "nobody"} {
			for range 5 {
				a := b.signIn(name, "wrong").is(t, 403, `"forbidden"`)
				said[i] = append(said[i], a.body)
				time.Sleep(5 * time.Second)
			}
			a := b.signIn(name, map[bool]string{true: "secret-a", false: "x"}[i == 0]).is(t, 429, `"limit"`, "locked: try again in 15 minutes", `"retry_after":895`)
			if a.Header.Get("Retry-After") != "895" {
				t.Errorf("Retry-After: %s", a.Header.Get("Retry-After"))
			}
			said[i] = append(said[i], a.body)
		}
		if fmt.Sprint(said[0]) != fmt.Sprint(said[1]) {
			t.Errorf("somebody is told from nobody:\n%v\n%v", said[0], said[1])
		}
		var lines []string
		for _, e := range w.journal(chat.EntryRefused) {
			lines = append(lines, e.ActorURI+" "+e.Client+" "+e.Cause)
			var d map[string]string
			if json.Unmarshal([]byte(e.Detail), &d) != nil || d["address"] != "192.0.2.1" || d["by"] != "password" {
				t.Errorf("on record: %s", e.Detail)
			}
		}
		if len(lines) != 12 || lines[0] != "sip:alice@example.test test/1 the name or the password is wrong" || lines[4] != lines[0]+"; the name is locked out now" || !strings.HasPrefix(lines[6], "nobody test/1 ") {
			t.Errorf("on record:\n%s", strings.Join(lines, "\n"))
		}
		if was, err := w.dir.Unlock(t.Context(), w.users["alice"]); err != nil || !was {
			t.Errorf("she was not locked out: %v", err)
		}
		b.signIn("alice", "secret-a").is(t, 200)

		for i := range 20 {
			b.signIn(fmt.Sprint("guess", i), "x")
		}
		b.signIn("bob", "secret-b").is(t, 429, "from your address")
		b.signIn("bob", "secret-b").is(t, 429, "from your address")
		elsewhere := w.browser()
		elsewhere.remote = "192.0.2.2:1"
		elsewhere.signIn("bob", "secret-b").is(t, 200)
		time.Sleep(3 * time.Second)
		b.signIn("bob", "secret-b").is(t, 200)

		time.Sleep(sweepEvery)
		list := w.journal(chat.EntryRefused)
		var d struct {
			Address     string
			Tries       int
			From, Until chat.Time
		}
		if err := json.Unmarshal([]byte(list[len(list)-1].Detail), &d); err != nil || d.Address != "192.0.2.1" || d.Tries != 3 || d.From == 0 || d.Until < d.From {
			t.Errorf("of those that were refused unread, on record is %+v", list[len(list)-1])
		}
	})
}

// TestAddress: proxies of ours say where a request comes from, and nobody else.
func TestAddress(t *testing.T) {
	w := open(t, nil, func(c *Config) { c.Proxies = prefixesOf("192.0.2.0/24", "2001:db8::/32") })
	for _, c := range []struct{ remote, forwarded, want string }{
		{"198.51.100.1:9", "203.0.113.5", "198.51.100.1"},
		{"192.0.2.1:9", "203.0.113.5", "203.0.113.5"},
		{"192.0.2.1:9", "10.0.0.1, 203.0.113.5, 192.0.2.8", "203.0.113.5"},
		{"[2001:db8::5]:9", "2001:4860::1", "2001:4860::1"},
		{"192.0.2.1:9", "", "192.0.2.1"},
		{"192.0.2.1:9", "junk", "192.0.2.1"},
		{"192.0.2.1:9", "203.0.113.5, junk", "192.0.2.1"},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := w.addressOf(r); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
	if network("2001:db8:1:2:3::4") != network("2001:db8:1:2:ffff::1") || network("192.0.2.1") == network("192.0.2.2") {
		t.Error("networks are not told apart as they should")
	}
}

// TestCrossSite: a page of another website cannot do anything with the cookie, and
// no body is taken for JSON that is not.
func TestCrossSite(t *testing.T) {
	w := open(t, nil, func(c *Config) { c.URL = "https://chat.example.test" })
	b := w.signedIn("alice")
	tok := w.token(b, "read")
	for name, h := range map[string]http.Header{
		"origin": {"Origin": {"https://evil.test"}}, "null": {"Origin": {"null"}}, "cross-site": {"Sec-Fetch-Site": {"cross-site"}}, "same-site": {"Sec-Fetch-Site": {"same-site"}},
	} {
		for k, v := range h {
			b.header[k], tok.header[k] = v, v
		}
		if a := b.do("DELETE", api1+"/session", nil); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "another website") {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
		if a := b.signIn("bob", "secret-b"); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: signed in as somebody else: %d", name, a.StatusCode)
		}
		tok.do("GET", api1+"/session", nil).is(t, 200)
		for k := range h {
			b.header.Del(k)
			tok.header.Del(k)
		}
	}
	b.header.Set("Content-Type", "text/plain")
	b.do("POST", api1+"/tokens", `{"name":"x","scope":"read"}`).is(t, 400, "application/json")
	b.header.Set("Content-Type", "application/json; charset=utf-8")
	b.do("POST", api1+"/tokens", `{"name":"x","scope":"read"}`).is(t, 201)
	b.header.Del("Content-Type")
	b.header.Set("Origin", "https://chat.example.test") // through a proxy
	b.header.Set("Sec-Fetch-Site", "same-origin")
	b.do("DELETE", api1+"/session", nil).is(t, 204)
	for origin, want := range map[string]bool{"": true, "http://example.com": true, "https://chat.example.test": true, "https://evil.test": false, "null": false, "http://example.com.evil.test": false} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.com/api/v1/events", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if w.sameOrigin(r) != want {
			t.Errorf("origin %q: %v", origin, !want)
		}
	}
}

// TestLongNames: a name or password without end is refused before it costs anything.
func TestLongNames(t *testing.T) {
	w := open(t, nil, nil)
	w.browser().signIn(strings.Repeat("a", 400), "x").is(t, 400)
	w.browser().signIn("alice", strings.Repeat("a", 1100)).is(t, 400)
	w.browser().do("POST", api1+"/session", `{"user":"`+strings.Repeat("a", 2<<20)+`"}`).is(t, 400)
	if n := len(w.journal(chat.EntryRefused)); n != 0 {
		t.Errorf("%d entries are on record", n)
	}
}
