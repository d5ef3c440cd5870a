package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"perch/chat"
)

// OIDCConfig is an OpenID Connect provider that vouches for users.
type OIDCConfig struct {
	Name                   string // shown to people
	Issuer                 string
	ClientID, ClientSecret string
	Claim                  string   // whose value is a name, address or e-mail address of the user's here
	Scopes                 []string // beside openid
	Create                 bool     // make users whom there are not
	URL                    func() string
	Secure                 bool // browsers reach us by TLS
	// Client reaches the provider; nil: one that does not wait for long.
	Client *http.Client
}

// OIDC is a Provider: authorization code with PKCE (RFC 7636), state and nonce
// (OpenID Connect Core 3.1).
type OIDC struct {
	cfg    OIDCConfig
	asking singleflight.Group

	mu   sync.Mutex // guards the fields below
	op   *oidc.Provider
	next time.Time // no earlier is an issuer asked again that could not be reached
}

// NewOIDC returns a provider, which is asked about itself when it is first needed:
// one that is down does not stop the server from starting.
func NewOIDC(cfg OIDCConfig) *OIDC { return &OIDC{cfg: cfg} }

// Name implements Provider.
func (o *OIDC) Name() string { return o.cfg.Name }

const (
	flowCookie = "perch_oidc"
	flowLife   = 10 * time.Minute
	askAgain   = 5 * time.Second
	askFor     = 10 * time.Second
)

// flow is what is remembered of a sign-in that has begun, in a cookie of the browser
// that began it: so nobody can be signed in by a link that somebody else began
// with (RFC 6819 4.4.1.8).
type flow struct {
	State, Nonce, Verifier, To string
}

func (o *OIDC) context(ctx context.Context) (context.Context, context.CancelFunc) {
	client := o.cfg.Client
	if client == nil {
		client = &http.Client{Timeout: askFor}
	}
	return context.WithTimeout(oidc.ClientContext(ctx, client), askFor)
}

// discover asks the issuer about itself, once (OpenID Connect Discovery 4).
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	op, next := o.op, o.next
	o.mu.Unlock()
	switch {
	case op != nil:
		return op, nil
	case time.Now().Before(next):
		return nil, errUnavailable
	}
	found, err, _ := o.asking.Do("", func() (any, error) {
		// What is found outlives the request, and fetches keys later.
		ctx, cancel := o.context(context.WithoutCancel(ctx))
		defer cancel()
		op, err := oidc.NewProvider(ctx, o.cfg.Issuer)
		o.mu.Lock()
		defer o.mu.Unlock()
		if err != nil {
			o.next = time.Now().Add(askAgain)
			return nil, errors.Join(errUnavailable, err)
		}
		o.op = op
		return op, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*oidc.Provider), nil
}

func (o *OIDC) oauth(op *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.cfg.ClientID, ClientSecret: o.cfg.ClientSecret, Endpoint: op.Endpoint(), RedirectURL: o.cfg.URL() + finishPath(o.cfg.Name),
		Scopes: append([]string{oidc.ScopeOpenID}, o.cfg.Scopes...),
	}
}

// Start sends the browser to the provider.
func (o *OIDC) Start(w http.ResponseWriter, r *http.Request) (*Vouched, error) {
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: localPath(r.FormValue("to"))}
	if len(f.To) > 1024 {
		f.To = "/"
	}
	op, err := o.discover(r.Context())
	if err != nil {
		return &Vouched{To: f.To}, err
	}
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	o.setFlow(w, url.QueryEscape(string(b)), int(flowLife/time.Second))
	http.Redirect(w, r, o.oauth(op).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), http.StatusSeeOther)
	return nil, nil
}

func (o *OIDC) cookieName() string {
	if o.cfg.Secure {
		return "__Host-" + flowCookie
	}
	return flowCookie
}

func (o *OIDC) setFlow(w http.ResponseWriter, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: o.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: o.cfg.Secure,
		SameSite: http.SameSiteLaxMode, // it must come along when the provider sends the browser back
	})
}

// Finish checks what the browser brings back, and asks the provider who he is.
func (o *OIDC) Finish(w http.ResponseWriter, r *http.Request) (*Vouched, error) {
	var f flow
	if c, err := r.Cookie(o.cookieName()); err == nil {
		text, err := url.QueryUnescape(c.Value)
		if err != nil || json.Unmarshal([]byte(text), &f) != nil {
			return nil, errExpired
		}
	}
	o.setFlow(w, "", -1)
	if f.State == "" || r.URL.Query().Get("state") != f.State {
		return nil, errExpired
	}
	v, err := o.prove(r, &f)
	v.To = f.To
	return &v, err
}

// prove asks the provider who comes back.
func (o *OIDC) prove(r *http.Request, f *flow) (v Vouched, err error) {
	q := r.URL.Query()
	if said := q.Get("error"); said != "" {
		return v, chat.E(chat.KindForbidden, fmt.Sprintf("%s says %.100q", o.cfg.Name, said))
	}
	op, err := o.discover(r.Context())
	if err != nil {
		return v, err
	}
	ctx, cancel := o.context(r.Context())
	defer cancel()
	token, err := o.oauth(op).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		if _, refused := errors.AsType[*oauth2.RetrieveError](err); refused {
			return v, chat.Wrap(chat.KindForbidden, o.cfg.Name+" does not take the code", err)
		}
		return v, errors.Join(errUnavailable, err)
	}
	raw, _ := token.Extra("id_token").(string)
	proof, err := op.VerifierContext(ctx, &oidc.Config{ClientID: o.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return v, chat.Wrap(chat.KindForbidden, "the proof of "+o.cfg.Name+" is not good", err)
	}
	if proof.Nonce != f.Nonce {
		return v, chat.E(chat.KindForbidden, "the proof of "+o.cfg.Name+" is for another sign-in")
	}
	var claims map[string]any
	if err := proof.Claims(&claims); err != nil {
		return v, chat.Wrap(chat.KindForbidden, "the proof of "+o.cfg.Name+" cannot be read", err)
	}
	return o.vouchedBy(claims)
}

// vouchedBy reads whom a proof is about.
func (o *OIDC) vouchedBy(c map[string]any) (Vouched, error) {
	text := func(name string) string {
		s, _ := c[name].(string)
		return strings.TrimSpace(s)
	}
	v := Vouched{Name: text(o.cfg.Claim), DisplayName: text("name"), Email: text("email"), Create: o.cfg.Create}
	switch verified, said := c["email_verified"].(bool); {
	case v.Name == "":
		return Vouched{}, chat.E(chat.KindForbidden, o.cfg.Name+" does not tell the claim "+o.cfg.Claim)
	case o.cfg.Claim == "email" && said && !verified:
		return Vouched{}, chat.E(chat.KindForbidden, o.cfg.Name+" has not verified the e-mail address")
	}
	return v, nil
}
