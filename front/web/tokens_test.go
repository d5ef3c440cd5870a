package web

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/chat"
	"perch/directory"
	"perch/front/web/api"
)

// token makes a token in a browser, and returns a program that has it.
func (w *world) token(b *browser, scope string) *browser {
	w.t.Helper()
	made := into[api.Token](w.t, b.do("POST", api1+"/tokens", map[string]string{"name": "script", "scope": scope}))
	return w.bearer(*made.Secret)
}

func (w *world) bearer(secret string) *browser {
	p := w.browser()
	p.header.Set("Authorization", "Bearer "+secret)
	return p
}

// TestTokens: a token is made once and lets its bearer in; only its hash is kept;
// it is listed without its secret, expires, and is useless once it is deleted;
// nobody deletes another's.
func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, nil, nil)
		b, bob := w.signedIn("alice"), w.signedIn("bob")
		made := into[api.Token](t, b.do("POST", api1+"/tokens", map[string]any{"name": "script", "scope": "post", "days": 2}))
		secret := *made.Secret
		if !regexp.MustCompile(`^perch_[A-Za-z0-9_-]{49}$`).MatchString(secret) || made.Expires.Sub(made.Created) != 48*time.Hour || made.LastUsed != nil {
			t.Errorf("the token is %+v %s", made, secret)
		}
		p := w.bearer(secret)
		p.do("GET", api1+"/session", nil).is(t, 200, `"alice"`)
		list := into[[]api.Token](t, b.do("GET", api1+"/tokens", nil))
		if len(list) != 1 || list[0].Secret != nil || list[0].LastUsed == nil || list[0].Name != "script" || list[0].Scope != "post" {
			t.Errorf("listed: %+v", list)
		}
		kept, err := w.store.ListPasses(t.Context(), 0, chat.PassToken)
		must(t, err)
		if all := fmt.Sprintf("%+v %+v", kept, w.journal(chat.EntryObject)); strings.Contains(all, secret) || strings.Contains(all, secret[6:40]) {
			t.Errorf("the secret is kept: %s", all)
		}
		if e := w.journal(chat.EntryObject); len(e) != 1 || e[0].ActorURI != "sip:alice@example.test" || !strings.Contains(e[0].Detail, `"script"`) {
			t.Errorf("on record: %+v", e)
		}
		for _, wrong := range []string{secret[:len(secret)-1] + "x", secret + "x", kept[0].Hash, "", "perch_", strings.ToLower(secret)} {
			w.bearer(wrong).do("GET", api1+"/session", nil).is(t, 401)
		}
		if e := w.journal(chat.EntryRefused); len(e) != 6 || e[0].ActorURI != "" || !strings.Contains(e[0].Detail, `"by":"token"`) {
			t.Errorf("of wrong tokens, on record is %+v", e)
		}
		bob.do("DELETE", api1+"/tokens/"+made.Id, nil).is(t, 404)
		p.do("GET", api1+"/session", nil).is(t, 200)
		var closed told
		user, _ := w.dir.FindPrincipal(w.users["alice"])
		defer w.onSignedOut(identity{user: user, signIn: made.Id, pass: kept[0]}, closed.add)()
		b.do("DELETE", api1+"/tokens/"+made.Id, nil).is(t, 204)
		p.do("GET", api1+"/session", nil).is(t, 401)
		synctest.Wait()
		if r := closed.String(); r != reasonSignedOut {
			t.Errorf("what was open was told %q", r)
		}

		short := w.bearer(*into[api.Token](t, b.do("POST", api1+"/tokens", map[string]any{"name": "short", "scope": "read", "days": 1})).Secret)
		short.do("GET", api1+"/session", nil).is(t, 200)
		time.Sleep(24*time.Hour - time.Second)
		short.do("GET", api1+"/session", nil).is(t, 200)
		time.Sleep(time.Second)
		short.do("GET", api1+"/session", nil).is(t, 401)
		time.Sleep(time.Minute)
		if left, err := w.store.ListPasses(t.Context(), 0, chat.PassToken); err != nil || len(left) != 0 {
			t.Errorf("it is kept: %+v, %v", left, err)
		}
	})
}

// TestTokenLimits: names, days, and how many.
func TestTokenLimits(t *testing.T) {
	w := open(t, nil, nil)
	b := w.signedIn("alice")
	for _, bad := range []map[string]any{
		{"name": "", "scope": "read"},
		{"name": " ", "scope": "read"},
		{"name": strings.Repeat("x", 101), "scope": "read"},
		{"name": "a\nb", "scope": "read"},
		{"name": "x", "scope": "root"},
		{"name": "x", "scope": "read", "days": 0},
		{"name": "x", "scope": "read", "days": 3651},
		{"name": "x"},
	} {
		if a := b.do("POST", api1+"/tokens", bad); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %d %s", bad, a.StatusCode, a.body)
		}
	}
	for range 50 {
		b.do("POST", api1+"/tokens", map[string]string{"name": "x", "scope": "read"}).is(t, 201)
	}
	b.do("POST", api1+"/tokens", map[string]string{"name": "x", "scope": "read"}).is(t, 422, "50 tokens already")
}

// TestBot: a bot has a token, from an administrator, and no other way in.
func TestBot(t *testing.T) {
	w := open(t, nil, nil)
	ctx := chat.WithOperator(t.Context(), "os:root")
	_, secret, err := w.dir.CreateToken(ctx, directory.NewToken{User: w.users["ticker"], Name: "prices", Scope: chat.ScopePost})
	must(t, err)
	me := into[api.Session](t, w.bearer(secret).do("GET", api1+"/session", nil))
	if me.Me.Bot == nil || !*me.Me.Bot || me.Expires.Year() != 9999 {
		t.Errorf("the bot is %+v", me)
	}
	w.browser().signIn("ticker", "").is(t, 403)
	if e := w.journal(chat.EntryObject); len(e) != 1 || e[0].ActorURI != "os:root" {
		t.Errorf("on record: %+v", e)
	}
}

// operations are those of the API with whether anybody may ask for them.
func operations(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("../../api/openapi.yaml")
	must(t, err)
	out := map[string]bool{}
	last := ""
	for line := range strings.Lines(string(b)) {
		text := strings.TrimSpace(line)
		if id, ok := strings.CutPrefix(text, "operationId: "); ok {
			last = id
			out[id] = false
		} else if text == "security: []" && last != "" {
			out[last] = true
		}
	}
	return out
}

// TestPermits: every operation of the API says who may ask for it, and none more.
func TestPermits(t *testing.T) {
	all := operations(t)
	if len(all) < 45 {
		t.Fatalf("found %d operations", len(all))
	}
	for id, open := range all {
		p, ok := permits[id]
		if !ok {
			t.Errorf("nothing says who may ask for %s", id)
		}
		if p.open != open {
			t.Errorf("%s: the table says open %v, the API %v", id, p.open, open)
		}
	}
	for id := range permits {
		if _, ok := all[id]; !ok {
			t.Errorf("there is no operation %s", id)
		}
	}
}

// TestScopes: a token does what its scope holds, and never what signing in is for.
func TestScopes(t *testing.T) {
	w := open(t, nil, nil)
	b := w.signedIn("alice")
	scopes := []string{"read", "post", "manage"}
	for i, scope := range scopes {
		p := w.token(b, scope)
		for id, who := range permits {
			pass := chat.Pass{Kind: chat.PassToken, Scope: chat.TokenScope(scope)}
			ctx := identified(t, pass)
			want := who.scope != "" && i >= slices.Index(scopes, string(who.scope))
			if err := mayAsk(ctx, id); (err == nil) != want {
				t.Errorf("%s with a token for %s: %v", id, scope, err)
			}
			if err := mayAsk(identified(t, chat.Pass{Kind: chat.PassSession}), id); err != nil {
				t.Errorf("%s in a session: %v", id, err)
			}
			if err := mayAsk(t.Context(), id); (err == nil) != who.open {
				t.Errorf("%s for a stranger: %v", id, err)
			}
		}
		for _, r := range []struct{ method, path string }{{"GET", "/tokens"}, {"GET", "/sessions"}, {"DELETE", "/session"}} {
			p.do(r.method, api1+r.path, nil).is(t, 403, "cannot be done with a token")
		}
		p.do("POST", api1+"/tokens", map[string]string{"name": "x", "scope": "read"}).is(t, 403)
		p.signIn("alice", "secret-a").is(t, 403)
	}
	if err := mayAsk(identified(t, chat.Pass{Kind: chat.PassToken, Scope: chat.ScopeManage}), "somethingNew"); chat.KindOf(err) != chat.KindForbidden {
		t.Errorf("an operation that is not in the table: %v", err)
	}
	served := false
	h := w.permitted("createUpload", func(http.ResponseWriter, *http.Request) { served = true })
	for scope, want := range map[chat.TokenScope]bool{chat.ScopeRead: false, chat.ScopePost: true} {
		r, _ := http.NewRequestWithContext(identified(t, chat.Pass{Kind: chat.PassToken, Scope: scope}), http.MethodPost, "/", nil)
		served = false
		h.ServeHTTP(discard{}, r)
		if served != want {
			t.Errorf("served by hand with %s: %v", scope, served)
		}
	}
}
