package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"perch/chat"
	"perch/front/web/api"
)

// vouching is a world with a real provider beside it.
func vouching(t *testing.T, change func(c *OIDCConfig)) (*world, *mockoidc.MockOIDC) {
	t.Helper()
	m, err := mockoidc.Run()
	must(t, err)
	t.Cleanup(func() { must(t, m.Shutdown()) })
	cfg := OIDCConfig{
		Name: "Our login", Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret, Claim: "preferred_username", Scopes: []string{"profile", "email"},
		URL: func() string { return "http://perch.test" },
	}
	if change != nil {
		change(&cfg)
	}
	return open(t, nil, func(c *Config) { c.Providers = []Provider{NewOIDC(cfg)} }), m
}

// start begins a sign-in and returns where the provider sends the browser back to.
func start(t *testing.T, b *browser, query string) string {
	t.Helper()
	a := b.do("GET", api1+"/oidc/Our%20login/start"+query, nil).is(t, http.StatusSeeOther)
	to, err := url.Parse(a.Header.Get("Location"))
	must(t, err)
	q := to.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" || q.Get("response_type") != "code" || q.Get("redirect_uri") != "http://perch.test/api/v1/oidc/Our%20login/callback" {
		t.Fatalf("it is sent to %s", to)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to.String(), nil)
	must(t, err)
	resp, err := client.Do(r)
	must(t, err)
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	must(t, err)
	if back.Host != "perch.test" {
		t.Fatalf("the provider sends it to %s (%s)", back, resp.Status)
	}
	return back.RequestURI()
}

// TestOIDC: a provider vouches for a user, who is signed in, on record, and gets to
// where he wanted to go.
func TestOIDC(t *testing.T) {
	w, m := vouching(t, nil)
	ways := into[api.SignIn](t, w.browser().do("GET", api1+"/sign-in", nil))
	if len(ways.Providers) != 1 || ways.Providers[0].Name != "Our login" || ways.Providers[0].Url != "/api/v1/oidc/Our%20login/start" {
		t.Fatalf("the ways are %+v", ways)
	}
	for name, user := range map[string]*mockoidc.MockUser{
		"by name":    {Subject: "1", PreferredUsername: "Alice"},
		"by address": {Subject: "1", PreferredUsername: "alice@example.test"},
		"by e-mail":  {Subject: "1", PreferredUsername: "A.Archer@mail.test"},
	} {
		m.QueueUser(user)
		b := w.browser()
		back := start(t, b, "?to=/rooms/x%3Fy%3D1")
		if a := b.do("GET", back, nil).is(t, http.StatusSeeOther); a.Header.Get("Location") != "/rooms/x?y=1" {
			t.Errorf("%s: sent to %s", name, a.Header.Get("Location"))
		}
		b.do("GET", api1+"/session", nil).is(t, 200, `"sip:alice@example.test"`)
		if _, left := b.cookies[flowCookie]; left {
			t.Error("the cookie of the flow is left")
		}
		// What brought him in brings nobody in again.
		if a := b.do("GET", back, nil).is(t, http.StatusSeeOther); a.Header.Get("Location") != "/?sign_in=expired" {
			t.Errorf("again: sent to %s", a.Header.Get("Location"))
		}
	}
	e := w.journal(chat.EntrySignIn)
	if len(e) != 3 || !strings.Contains(e[0].Detail, `"by":"Our login"`) || e[0].ActorURI != "sip:alice@example.test" {
		t.Errorf("on record: %+v", e)
	}
}

// TestOIDCRefused: whom the provider does not name, or we do not know, is told why,
// in a word, and it is on record.
func TestOIDCRefused(t *testing.T) {
	w, m := vouching(t, nil)
	must(t, w.dir.Disable(t.Context(), w.users["bob"]))
	outcome := func(b *browser, back string) string {
		t.Helper()
		a := b.do("GET", back, nil).is(t, http.StatusSeeOther)
		b.do("GET", api1+"/session", nil).is(t, 401)
		return a.Header.Get("Location")
	}
	for name, want := range map[string]string{"stranger": "unknown", "bob": "disabled", "ticker": "unknown", "": "refused"} {
		m.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: name})
		b := w.browser()
		if got := outcome(b, start(t, b, "")); got != "/?sign_in="+want {
			t.Errorf("%q: sent to %s, want %s", name, got, want)
		}
		m.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: name})
		if got := outcome(b, start(t, b, "?to=/search%3Fq%3Dgilts")); got != "/search?q=gilts&sign_in="+want {
			t.Errorf("%q, who wanted to search: sent to %s, want %s", name, got, want)
		}
	}
	if e := w.journal(chat.EntryRefused); len(e) != 8 || !strings.Contains(e[0].Detail, `"by":"Our login"`) {
		t.Errorf("on record: %+v", e)
	}
	forged := map[string]func(b *browser, back string) string{
		"another browser": func(b *browser, back string) string { clear(b.cookies); return back },
		"another state":   func(_ *browser, back string) string { return strings.Replace(back, "state=", "state=x", 1) },
		"junk":            func(b *browser, back string) string { b.cookies[flowCookie] = "%7B"; return back },
		"another nonce": func(b *browser, back string) string {
			b.cookies[flowCookie] = edit(t, b.cookies[flowCookie], "Nonce")
			return back
		},
		"another proof": func(b *browser, back string) string {
			b.cookies[flowCookie] = edit(t, b.cookies[flowCookie], "Verifier")
			return back
		},
		"another code": func(_ *browser, back string) string { return strings.Replace(back, "code=", "code=x", 1) },
		"refused there": func(_ *browser, back string) string {
			return strings.Replace(back, "code=", "error=access_denied&x=", 1)
		},
	}
	for name, forge := range forged {
		m.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: "alice"})
		b := w.browser()
		b.remote = "192.0.2.77:1"
		want := "/?sign_in=refused"
		if name == "another browser" || name == "another state" || name == "junk" {
			want = "/?sign_in=expired"
		}
		if got := outcome(b, forge(b, start(t, b, ""))); got != want {
			t.Errorf("%s: sent to %s, want %s", name, got, want)
		}
	}
}

// edit puts another value into a flow's cookie.
func edit(t *testing.T, cookie, field string) string {
	t.Helper()
	text, err := url.QueryUnescape(cookie)
	must(t, err)
	out := strings.Replace(text, `"`+field+`":"`, `"`+field+`":"other-other-other-other-other-other-other-other-`, 1)
	if out == text {
		t.Fatalf("no %s in %s", field, text)
	}
	return url.QueryEscape(out)
}

// TestOIDCEmail: an e-mail address counts if the provider has verified it.
func TestOIDCEmail(t *testing.T) {
	w, m := vouching(t, func(c *OIDCConfig) { c.Claim = "email" })
	for verified, want := range map[bool]string{true: "/"} {
		m.QueueUser(&mockoidc.MockUser{Subject: "1", Email: "a.archer@mail.test", EmailVerified: verified})
		b := w.browser()
		if a := b.do("GET", start(t, b, ""), nil); a.Header.Get("Location") != want {
			t.Errorf("verified %v: sent to %s", verified, a.Header.Get("Location"))
		}
	}
	o := NewOIDC(OIDCConfig{Name: "x", Claim: "email"})
	if v, err := o.vouchedBy(map[string]any{"email": "a@b.test", "email_verified": false}); chat.KindOf(err) != chat.KindForbidden {
		t.Errorf("one that is not verified: %+v, %v", v, err)
	}
	if v, err := o.vouchedBy(map[string]any{"email": " a@b.test "}); err != nil || v.Name != "a@b.test" {
		t.Errorf("one of which nothing is said: %+v, %v", v, err)
	}
}

// TestOIDCCreate: users are made if that is wanted, and nobody else's name is taken.
func TestOIDCCreate(t *testing.T) {
	w, m := vouching(t, func(c *OIDCConfig) { c.Create = true })
	m.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: "Carol", Email: "carol@mail.test"})
	b := w.browser()
	if a := b.do("GET", start(t, b, ""), nil); a.Header.Get("Location") != "/" {
		t.Errorf("sent to %s", a.Header.Get("Location"))
	}
	b.do("GET", api1+"/session", nil).is(t, 200, `"sip:carol@example.test"`, `"carol@mail.test"`)
	for _, name := range []string{"alice@elsewhere.test", "bad name", "ticker"} {
		m.QueueUser(&mockoidc.MockUser{Subject: "1", PreferredUsername: name})
		b := w.browser()
		if a := b.do("GET", start(t, b, ""), nil); a.Header.Get("Location") != "/?sign_in=unknown" {
			t.Errorf("%s: sent to %s", name, a.Header.Get("Location"))
		}
	}
}

// TestOIDCDown: a provider that is not there stops neither the server nor
// passwords.
func TestOIDCDown(t *testing.T) {
	w, _ := vouching(t, func(c *OIDCConfig) { c.Issuer = "http://127.0.0.1:1/none" })
	b := w.browser()
	for range 2 {
		if a := b.do("GET", api1+"/oidc/Our%20login/start?to=/room/x", nil).is(t, http.StatusSeeOther); a.Header.Get("Location") != "/room/x?sign_in=unavailable" {
			t.Errorf("sent to %s", a.Header.Get("Location"))
		}
	}
	b.signIn("alice", "secret-a").is(t, 200)
	b.do("GET", api1+"/oidc/other/start", nil).is(t, 404)
	w.bearer("x").do("GET", api1+"/oidc/Our%20login/start", nil).is(t, 403)
}

// TestLocalPath: nobody is sent to another server.
func TestLocalPath(t *testing.T) {
	for to, want := range map[string]string{
		"": "/", "/": "/", "/rooms/x?a=b": "/rooms/x?a=b", "//evil.test": "/", "https://evil.test": "/", `/\evil.test`: "/", `\\evil.test`: "/", "rooms": "/",
		"/%2F/evil.test": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "/\tx": "/", "///evil.test": "/",
	} {
		if got := localPath(to); got != want {
			t.Errorf("%q: %q, want %q", to, got, want)
		}
	}
}

// immediate is a provider that knows from the first request who comes, as one for
// Kerberos does.
type immediate struct{}

func (immediate) Name() string { return "kerberos" }

func (immediate) Start(w http.ResponseWriter, r *http.Request) (*Vouched, error) {
	if proof := r.Header.Get("X-Proof"); proof != "" {
		return &Vouched{Name: proof, To: "/rooms"}, nil
	}
	w.WriteHeader(http.StatusUnauthorized)
	return nil, nil
}

func (immediate) Finish(http.ResponseWriter, *http.Request) (*Vouched, error) { return nil, errExpired }

// TestProvider: another kind of provider fits, which asks the browser itself.
func TestProvider(t *testing.T) {
	w := open(t, nil, func(c *Config) { c.Providers = []Provider{immediate{}} })
	b := w.browser()
	b.do("GET", api1+"/oidc/kerberos/start", nil).is(t, 401)
	b.header.Set("X-Proof", "alice")
	if a := b.do("GET", api1+"/oidc/kerberos/start", nil).is(t, http.StatusSeeOther); a.Header.Get("Location") != "/rooms" {
		t.Errorf("sent to %s", a.Header.Get("Location"))
	}
	b.do("GET", api1+"/session", nil).is(t, 200, `"alice"`)
}
