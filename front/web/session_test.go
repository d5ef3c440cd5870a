package web

import (
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
