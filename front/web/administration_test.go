package web

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"perch/chat"
)

func identified(t *testing.T, p chat.Pass) context.Context {
	return context.WithValue(t.Context(), identityKey{}, identity{pass: p})
}

// discard is a response that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func prefixesOf(list ...string) (out []netip.Prefix) {
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// TestAdministration: a user administers over the web who holds the duty, as an
// operator of his own name, on record; nobody else does, and what is about the
// process is not to be had.
func TestAdministration(t *testing.T) {
	w := open(t, nil, nil)
	ctx := t.Context()
	alice, bob := w.signedIn("alice"), w.signedIn("bob")
	w.browser().do("GET", api1+"/admin/status", nil).is(t, 401)
	alice.do("GET", api1+"/admin/status", nil).is(t, 403, "sip:alice@example.test may not do that: it takes the duty administrator")
	for _, who := range []string{"sip:alice@example.test"} {
		if _, err := w.settings.GrantDuty(ctx, who, chat.Administrator, ""); err != nil {
			t.Fatal(err)
		}
	}
	alice.do("GET", api1+"/admin/status", nil).is(t, 200, `"users":3`)
	alice.do("GET", api1+"/session", nil).is(t, 200, `"duties":["administrator"]`)
	bob.do("GET", api1+"/admin/status", nil).is(t, 403)
	bob.do("GET", api1+"/admin/users", nil).is(t, 403)
	alice.do("POST", api1+"/admin/users", map[string]any{"items": []map[string]string{{"name": "carol"}}}).is(t, 200, `"done":1`)
	bob.do("POST", api1+"/admin/users", map[string]any{"items": []map[string]string{{"name": "dave"}}}).is(t, 403)
	if _, err := w.dir.Find("carol"); err != nil {
		t.Error(err)
	}
	var made, command, refused bool
	for _, e := range w.journal(chat.EntryPerson, chat.EntryCommand) {
		made = made || e.ActorURI == "sip:alice@example.test" && e.Kind == chat.EntryPerson && strings.Contains(e.Detail, "carol")
		command = command || e.ActorURI == "sip:alice@example.test" && strings.Contains(e.Detail, `"request":"POST /users"`) && !strings.Contains(e.Detail, "refused")
		refused = refused || e.ActorURI == "sip:bob@example.test" && strings.Contains(e.Detail, `it takes the duty administrator`)
	}
	if !made || !command || !refused {
		t.Errorf("on record: made %v, command %v, refused %v", made, command, refused)
	}
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/profile", "/free-memory", "//debug/pprof/", "/x/../debug/pprof/", "/%64ebug/pprof/"} {
		if a := alice.do("GET", api1+"/admin"+path, nil); a.StatusCode == http.StatusOK || strings.Contains(a.body, "goroutine") {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	w.token(alice, "manage").do("GET", api1+"/admin/status", nil).is(t, 200)
	w.token(alice, "post").do("GET", api1+"/admin/status", nil).is(t, 403, "scope manage")
	w.token(bob, "manage").do("GET", api1+"/admin/status", nil).is(t, 403)
	alice.header.Set("Origin", "https://evil.test")
	alice.do("DELETE", api1+"/admin/users/bob", nil).is(t, 403, "another website")
	alice.header.Del("Origin")

	// His duty goes with a user; who gets his address has none.
	alice.do("POST", api1+"/admin/duties", map[string]string{"operator": "bob@example.test", "duty": "auditor"}).is(t, 200)
	alice.do("POST", api1+"/admin/duties", map[string]string{"operator": "nobody@example.test", "duty": "auditor"}).is(t, 404, "no user has the address")
	if len(w.settings.Duties("sip:bob@example.test")) != 1 || len(w.settings.Duties("os:root")) != 3 {
		t.Error("bob is no auditor, or root is shut out")
	}
	alice.do("DELETE", api1+"/admin/users/bob", nil).is(t, 200)
	if len(w.settings.Duties("sip:bob@example.test")) != 0 {
		t.Error("who has bob's address next is an auditor")
	}
}

// TestHeaders: pages may load their own files only, with add-ins in frames; all is
// protected as browsers can.
func TestHeaders(t *testing.T) {
	w := open(t, nil, nil)
	page := w.browser().do("GET", "/", nil).is(t, 200)
	csp := page.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-src 'none'", "frame-ancestors 'self'", "base-uri 'none'", "form-action 'self'", "connect-src 'self'"} {
		if !strings.Contains(csp+";", part+";") {
			t.Errorf("%s is not in %s", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(page.body, "<style") || strings.Contains(page.body, "style=") || strings.Contains(page.body, "<script>") {
		t.Errorf("script or style may stand in the page: %s\n%s", csp, page.body)
	}
	for _, a := range []struct{ name, url string }{
		{"Wiki", "https://wiki.example.test:8443/a/b?c"},
		{"Wiki 2", "https://wiki.example.test:8443/other"},
		{"Old", "https://intra.example.test/x"},
		{"Trick", "https://x.test;script-src*/"},
		{"Six", "http://[::1]:9000/"},
	} {
		if _, err := w.channel.CreateAddin(t.Context(), a.name, a.url); err != nil {
			t.Fatal(err)
		}
	}
	csp = w.browser().do("GET", "/PersistentChat/RM/", nil).is(t, 200).Header.Get("Content-Security-Policy")
	if want := "frame-src https://intra.example.test http://[::1]:9000 https://wiki.example.test:8443;"; !strings.Contains(csp, want) {
		t.Errorf("%s is not in %s", want, csp)
	}
	if n := strings.Count(csp, "script-src"); n != 1 {
		t.Errorf("an add-in's address changed the policy: %s", csp)
	}
	for _, path := range []string{"/", api1 + "/session", api1 + "/nothing", "/assets/none.js"} {
		h := w.browser().do("GET", path, nil).Header
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if h.Get("Content-Security-Policy") == "" || !strings.Contains(h.Get("Permissions-Policy"), "camera=()") || h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if h := w.browser().do("GET", api1+"/sign-in", nil).Header; h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("the API: %v", h)
	}
}
