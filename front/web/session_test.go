package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/chat"
	"perch/front/web/api"
)

// TestSignIn: a password opens a session, on record with program and address; the
// store has nothing by which somebody could be that browser; the session survives
// a restart; signing out ends it, on record.
func TestSignIn(t *testing.T) {
	w := open(t, nil, nil)
	b := w.browser()
	b.do("GET", api1+"/session", nil).is(t, 401, `"not-signed-in"`)
	got := b.signIn("Alice@Example.test", "secret-a").is(t, 200)
	c := got.Cookies()[0]
	if c.Name != "perch_session" || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge < 43000 {
		t.Errorf("the cookie is %+v", c)
	}
	me := into[api.Session](t, b.do("GET", api1+"/session", nil))
	if me.Me.Uri != "sip:alice@example.test" || me.IdleMinutes != 60 || len(me.Duties) != 0 || time.Until(me.Expires) < 11*time.Hour || me.Store != w.store.Identity() {
		t.Errorf("the session is %+v", me)
	}
	e := w.journal(chat.EntrySignIn)
	if len(e) != 1 || e[0].ActorURI != "sip:alice@example.test" || e[0].ActorName != "Alice Archer" || e[0].Client != "test/1" ||
		e[0].Detail != `{"client":"test/1","address":"192.0.2.1","by":"password"}` {
		t.Errorf("on record: %+v", e)
	}
	pass := b.identity().pass
	if all := fmt.Sprintf("%+v", pass) + fmt.Sprint(w.journal(chat.EntrySignIn)); strings.Contains(all, c.Value) || len(pass.Hash) < 40 {
		t.Errorf("the store knows the cookie %s: %s", c.Value, all)
	}

	w = open(t, w.store, nil)
	b.w = w
	b.do("GET", api1+"/session", nil).is(t, 200, `"alice"`)
	again := w.browser()
	again.cookies["perch_session"] = pass.Hash
	again.do("GET", api1+"/session", nil).is(t, 401)
	again.cookies["perch_session"] = pass.ID
	again.do("GET", api1+"/session", nil).is(t, 401)

	stolen := b.cookies["perch_session"]
	b.do("DELETE", api1+"/session", nil).is(t, 204)
	if len(b.cookies) != 0 {
		t.Errorf("cookies are left: %v", b.cookies)
	}
	b.cookies["perch_session"] = stolen
	b.do("GET", api1+"/session", nil).is(t, 401)
	out := w.journal(chat.EntrySignOut)
	if len(out) != 1 || out[0].Endpoint != e[0].Endpoint || out[0].Cause != "signed out" || out[0].ActorURI != "sip:alice@example.test" {
		t.Errorf("on record: %+v", out)
	}
}

// TestSecureCookie: over TLS no other host can set the cookie, and it never goes by
// plain HTTP.
func TestSecureCookie(t *testing.T) {
	w := open(t, nil, func(c *Config) { c.Secure = true })
	got := w.browser().signIn("alice", "secret-a").is(t, 200)
	if c := got.Cookies()[0]; c.Name != "__Host-perch_session" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %+v", c)
	}
	if h := got.Header.Get("Strict-Transport-Security"); h == "" {
		t.Error("browsers are not told to keep to TLS")
	}
}

// TestFixation: signing in gives a new secret, and ends the session that was
// there.
func TestFixation(t *testing.T) {
	w := open(t, nil, nil)
	b := w.browser()
	b.cookies["perch_session"] = "chosen-by-somebody-else"
	b.signIn("alice", "secret-a").is(t, 200)
	first := b.cookies["perch_session"]
	if first == "chosen-by-somebody-else" {
		t.Fatal("a secret was taken that the server did not make")
	}
	b.signIn("bob", "secret-b").is(t, 200)
	old := w.browser()
	old.cookies["perch_session"] = first
	old.do("GET", api1+"/session", nil).is(t, 401)
	b.do("GET", api1+"/session", nil).is(t, 200, `"bob"`)
	if out := w.journal(chat.EntrySignOut); len(out) != 1 || out[0].Cause != "signed in anew" {
		t.Errorf("on record: %+v", out)
	}
}

// TestNotOnRecord: what cannot be recorded is not answered.
func TestNotOnRecord(t *testing.T) {
	w := open(t, nil, nil)
	w.store.Fail(chat.E(chat.KindDatabase, "the disk is full"))
	w.browser().signIn("alice", "wrong").is(t, 503, `"unavailable"`)
	w.store.Heal()
	must(t, w.store.Close())
	b := w.browser()
	got := b.signIn("alice", "secret-a").is(t, 503)
	if len(got.Cookies()) != 0 && len(b.cookies) != 0 {
		t.Errorf("a cookie was set: %v", got.Cookies())
	}
}

// TestSessions: they are listed with program, address and times; one, the others,
// and all can be signed out, and nobody else's.
func TestSessions(t *testing.T) {
	w := open(t, nil, nil)
	a, phone, bob := w.signedIn("alice"), w.browser(), w.signedIn("bob")
	phone.header.Set("User-Agent", "phone/2")
	phone.remote = "[2001:db8::1]:99"
	phone.signIn("alice", "secret-a").is(t, 200)
	list := into[[]api.SignedIn](t, phone.do("GET", api1+"/sessions", nil))
	if len(list) != 2 || list[0].Client != "test/1" || list[0].Address != "192.0.2.1" || list[0].Current || list[1].Client != "phone/2" || list[1].Address != "2001:db8::1" || !list[1].Current || list[1].Connected {
		t.Fatalf("sessions %+v", list)
	}
	bob.do("DELETE", api1+"/sessions/"+list[0].Id, nil).is(t, 404)
	a.do("GET", api1+"/session", nil).is(t, 200)
	phone.do("DELETE", api1+"/sessions/"+list[0].Id, nil).is(t, 204)
	a.do("GET", api1+"/session", nil).is(t, 401)
	phone.do("GET", api1+"/session", nil).is(t, 200)
	phone.do("DELETE", api1+"/sessions/"+list[0].Id, nil).is(t, 404)
	a.signIn("alice", "secret-a").is(t, 200)
	a.do("DELETE", api1+"/session?everywhere=true", nil).is(t, 204)
	phone.do("GET", api1+"/session", nil).is(t, 401)
	bob.do("GET", api1+"/session", nil).is(t, 200)
	var causes []string
	for _, e := range w.journal(chat.EntrySignOut) {
		causes = append(causes, e.Cause)
	}
	if got := strings.Join(causes, "; "); got != "signed out from elsewhere; signed out everywhere; signed out everywhere" {
		t.Errorf("on record: %s", got)
	}
}

// TestLifetimes: a session ends when it is not used, and in the end although it is;
// that is on record. What is open keeps it from being idle.
func TestLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, nil)
		idle, used, watching := w.signedIn("bob"), w.signedIn("alice"), w.signedIn("alice")
		var told told
		defer w.onSignedOut(watching.identity(), told.add)()
		if list := into[[]api.SignedIn](t, watching.do("GET", api1+"/sessions", nil)); list[0].Current != list[0].Connected || list[1].Current != list[1].Connected {
			t.Errorf("sessions %+v", list)
		}
		for range 2 * 11 {
			time.Sleep(30 * time.Minute)
			used.do("GET", api1+"/session", nil).is(t, 200)
		}
		idle.do("GET", api1+"/session", nil).is(t, 401)
		watching.do("GET", api1+"/session", nil).is(t, 200)
		time.Sleep(30 * time.Minute)
		used.do("GET", api1+"/session", nil).is(t, 200)
		if r := told.String(); r != "" {
			t.Errorf("what is open was closed: %s", r)
		}
		time.Sleep(31 * time.Minute)
		used.do("GET", api1+"/session", nil).is(t, 401)
		synctest.Wait()
		if r := told.String(); r != reasonSignedOut {
			t.Errorf("what is open was told %q", r)
		}
		var causes []string
		for _, e := range w.journal(chat.EntrySignOut) {
			causes = append(causes, e.ActorURI+" "+e.Cause)
		}
		if got := strings.Join(causes, "; "); got != "sip:bob@example.test not used; sip:alice@example.test expired; sip:alice@example.test expired" {
			t.Errorf("on record: %s", got)
		}
	})
}

// TestLastUse is kept, but not written for every request.
func TestLastUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, nil)
		b := w.signedIn("alice")
		began := b.identity().pass.Used
		time.Sleep(59 * time.Second)
		b.do("GET", api1+"/session", nil).is(t, 200)
		if used := b.identity().pass.Used; used != began {
			t.Errorf("a use after 59 s was written: %v", used-began)
		}
		time.Sleep(time.Second)
		b.do("GET", api1+"/session", nil).is(t, 200)
		if used := b.identity().pass.Used; used != began+60_000_000 {
			t.Errorf("a use after 60 s was not: %v", used-began)
		}
	})
}

// TestManySessions: of more than a user may have, the one not used for longest
// ends.
func TestManySessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, nil)
		ctx := t.Context()
		for i := range maxSessions {
			id := fmt.Sprint("s", i)
			must(t, w.store.CreatePass(ctx, chat.Pass{ID: id, Hash: id, Kind: chat.PassSession, User: w.users["alice"], Used: chat.At(time.Now()) - 1000 + chat.Time(i), Expires: chat.At(time.Now().Add(time.Hour))}, maxSessions, nil))
		}
		w.signedIn("alice").do("GET", api1+"/session", nil).is(t, 200)
		list, err := w.store.ListPasses(ctx, w.users["alice"], chat.PassSession)
		must(t, err)
		for _, p := range list {
			if p.ID == "s0" {
				t.Error("the oldest is still there")
			}
		}
		if len(list) != maxSessions {
			t.Errorf("she has %d sessions", len(list))
		}
	})
}

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
		if !w.dir.Unlock(w.users["alice"]) {
			t.Error("she was not locked out")
		}
		b.signIn("alice", "secret-a").is(t, 200)

		for i := range 20 {
			b.signIn(fmt.Sprint("guess", i), "x")
		}
		b.signIn("bob", "secret-b").is(t, 429, "from your address")
		elsewhere := w.browser()
		elsewhere.remote = "192.0.2.2:1"
		elsewhere.signIn("bob", "secret-b").is(t, 200)
		time.Sleep(3 * time.Second)
		b.signIn("bob", "secret-b").is(t, 200)
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

// TestGone: who is disabled, deleted or loses his policy is refused with the next
// request, and what he has open is closed at once.
func TestGone(t *testing.T) {
	for name, do := range map[string]func(w *world) error{
		"disabled": func(w *world) error { return w.dir.Disable(w.t.Context(), w.users["alice"]) },
		"deleted":  func(w *world) error { return w.dir.Delete(w.t.Context(), w.users["alice"]) },
		"policy": func(w *world) error {
			if _, err := w.dir.SetPolicy(w.t.Context(), chat.Policy{Name: "global", EnablePersistentChat: false}); err != nil {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, nil, nil)
			b := w.signedIn("alice")
			tok := w.token(b, "read")
			tok.do("GET", api1+"/session", nil).is(t, 200)
			var reasons []string
			defer w.onSignedOut(b.identity(), func(r string) { reasons = append(reasons, r) })()
			must(t, do(w))
			if fmt.Sprint(reasons) != "[disabled]" {
				t.Errorf("what is open was told %v", reasons)
			}
			b.do("GET", api1+"/session", nil).is(t, 401)
			tok.do("GET", api1+"/session", nil).is(t, 401)
			if a := w.browser().signIn("alice", "secret-a"); a.StatusCode != http.StatusForbidden {
				t.Errorf("he signs in again: %d %s", a.StatusCode, a.body)
			}
			late := identity{user: chat.Principal{ID: w.users["alice"]}, signIn: "x"}
			defer w.onSignedOut(late, func(r string) { reasons = append(reasons, r) })()
			if fmt.Sprint(reasons) != "[disabled disabled]" {
				t.Errorf("who comes late was told %v", reasons)
			}
		})
	}
}

// TestSocketsClose: what is open on behalf of a session closes with it, once, and
// that of others does not; what is registered too late is told at once.
func TestSocketsClose(t *testing.T) {
	w := open(t, nil, nil)
	told := map[string][]string{}
	watch := func(name string, id identity) func() {
		return w.onSignedOut(id, func(r string) { told[name] = append(told[name], r) })
	}
	a := w.signedIn("alice")
	first, second := a.identity(), w.signedIn("alice").identity()
	watch("first", first)
	watch("first too", first)
	watch("gone before", first)()
	watch("second", second)
	watch("bob", w.signedIn("bob").identity())
	a.do("DELETE", api1+"/session", nil).is(t, 204)
	watch("late", first)
	want := map[string][]string{"first": {reasonSignedOut}, "first too": {reasonSignedOut}, "late": {reasonSignedOut}}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// TestPasswordChange: a user changes his password, which signs him out everywhere
// else; an administrator's change everywhere.
func TestPasswordChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, nil)
		other := w.signedIn("alice")
		var closed told
		defer w.onSignedOut(other.identity(), closed.add)()
		b := w.signedIn("alice")
		defer w.onSignedOut(b.identity(), func(r string) { closed.add("mine " + r) })()
		tok := w.token(b, "read")
		change := func(old, password string) reply {
			return b.do("PUT", api1+"/session/password", map[string]string{"old": old, "new": password})
		}
		change("wrong", "secret-n").is(t, 403, "the name or the password is wrong")
		change("secret-a", "").is(t, 400)
		change("secret-a", "secret-n").is(t, 204)
		synctest.Wait()
		if r := closed.String(); r != reasonSignedOut {
			t.Errorf("what was open was told %q", r)
		}
		other.do("GET", api1+"/session", nil).is(t, 401)
		b.do("GET", api1+"/session", nil).is(t, 200)
		tok.do("GET", api1+"/session", nil).is(t, 200)
		other.signIn("alice", "secret-n").is(t, 200)
		must(t, w.dir.SetPassword(t.Context(), w.users["alice"], "secret-x", nil))
		b.do("GET", api1+"/session", nil).is(t, 401)
		other.do("GET", api1+"/session", nil).is(t, 401)
		synctest.Wait()
		if r := closed.String(); r != reasonSignedOut+", mine "+reasonSignedOut {
			t.Errorf("what was open was told %q", r)
		}
		var causes []string
		for _, e := range w.journal(chat.EntrySignOut) {
			causes = append(causes, e.Cause)
		}
		if fmt.Sprint(causes) != "[password changed password changed password changed]" {
			t.Errorf("on record: %v", causes)
		}
	})
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

// TestEveryRefusal: each kind of error has its status.
func TestEveryRefusal(t *testing.T) {
	for _, k := range chat.Kinds() {
		if refusals[k].status == 0 {
			t.Errorf("%v has no status", k)
		}
	}
	if errors.Is(errSignIn, chat.E(chat.KindForbidden, "other")) {
		t.Error("every refusal means that one must sign in")
	}
}

// TestOver: a session is refused from the moment that its time is over, before
// anything has swept it away.
func TestOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, func(c *Config) { c.Sessions.Idle = 13 * time.Hour })
		must(t, w.Stop(t.Context())) // nothing sweeps
		b := w.signedIn("alice")
		time.Sleep(12*time.Hour - time.Second)
		b.do("GET", api1+"/session", nil).is(t, 200)
		time.Sleep(time.Second)
		b.do("GET", api1+"/session", nil).is(t, 401)
		w.cfg.Sessions.Idle = time.Hour
		b = w.signedIn("alice")
		stop := w.onSignedOut(b.identity(), func(string) { t.Error("it was closed") })
		time.Sleep(time.Hour + time.Second)
		if list := into[[]api.SignedIn](t, b.do("GET", api1+"/sessions", nil)); len(list) != 1 { // in use by what is open
			t.Errorf("sessions %+v", list)
		}
		stop()
		time.Sleep(time.Hour)
		b.do("GET", api1+"/session", nil).is(t, 200)
		time.Sleep(time.Hour + time.Second)
		b.do("GET", api1+"/session", nil).is(t, 401)
	})
}
