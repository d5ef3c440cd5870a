package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"perch/chat"
)

// Sessions says how long web sessions last.
type Sessions struct {
	Life time.Duration // from signing in, used or not
	Idle time.Duration // without use; 0: as long as Life
}

const (
	cookieName = "perch_session"
	// maxSessions of one user; of more, the one not used for longest ends.
	maxSessions = 100
	// useGrain is how exactly the use of a session is kept.
	useGrain = time.Minute
	// passKey is the key of a session's one value, a chat.Pass.
	passKey = "pass"
)

// newCookies makes what gives browsers a secret and finds their sessions by it.
// The store holds only the secret's hash.
func (s *Server) newCookies() *scs.SessionManager {
	m := &scs.SessionManager{} // scs.New would start a store of its own, which nothing stops
	m.Cookie.Name, m.Cookie.Path, m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Persist = cookieName, "/", true, http.SameSiteLaxMode, true
	if s.cfg.Secure { // then no other host of the domain, and no plain HTTP, can set it (RFC 6265bis 4.1.3)
		m.Cookie.Name, m.Cookie.Secure = "__Host-"+cookieName, true
	}
	m.Lifetime = s.cfg.Sessions.Life
	m.HashTokenInStore = true
	m.Codec = passCodec{}
	m.Store = cookieStore{s}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.refuse(w, r, err) }
	return m
}

// passCodec makes of a session's one value what cookieStore takes.
type passCodec struct{}

// Encode implements scs.Codec.
func (passCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(values[passKey])
}

// Decode implements scs.Codec.
func (passCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var p chat.Pass
	err := json.Unmarshal(b, &p)
	return p.Expires.Std(), map[string]any{passKey: p}, err
}

// cookieStore keeps sessions as chat.Passes. It implements scs.CtxStore.
type cookieStore struct{ s *Server }

// FindCtx finds a session whose time is not over.
func (c cookieStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	p, err := c.s.store.FindPass(ctx, hash)
	switch {
	case chat.KindOf(err) == chat.KindNoSuchObject:
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case p.Kind != chat.PassSession || c.s.over(&p):
		return nil, false, nil
	}
	b, err := json.Marshal(p)
	return b, true, err
}

// over says whether a session has expired, or was not used for too long.
func (s *Server) over(p *chat.Pass) bool {
	now := s.cfg.Now()
	return p.Expires <= chat.At(now) || s.cfg.Sessions.Idle > 0 && now.Sub(p.Used.Std()) > s.cfg.Sessions.Idle && !s.dependents.has(p.ID)
}

// CommitCtx stores a new session together with the record of its sign-in. One that
// is there stays as it is: what changes is stored elsewhere.
func (c cookieStore) CommitCtx(ctx context.Context, hash string, b []byte, expiry time.Time) error {
	var p chat.Pass
	if err := json.Unmarshal(b, &p); err != nil || p.User == 0 {
		return errors.Join(errors.New("a session of nobody"), err)
	}
	switch _, err := c.s.store.FindPass(ctx, hash); {
	case err == nil:
		return nil
	case chat.KindOf(err) != chat.KindNoSuchObject:
		return err
	}
	p.Hash, p.Expires = hash, chat.At(expiry)
	e := c.s.signEntry(chat.EntrySignIn, &p, "")
	err := c.s.store.CreatePass(ctx, p, maxSessions, []chat.Entry{e})
	if chat.KindOf(err) == chat.KindLimit {
		if err := c.s.makeRoom(ctx, p.User); err != nil {
			return err
		}
		err = c.s.store.CreatePass(ctx, p, maxSessions, []chat.Entry{e})
	}
	return err
}

// makeRoom ends the session of a user that was not used for longest.
func (s *Server) makeRoom(ctx context.Context, user chat.PrincipalID) error {
	list, err := s.store.ListPasses(ctx, user, chat.PassSession)
	if err != nil || len(list) == 0 {
		return err
	}
	oldest := slices.MinFunc(list, func(a, b chat.Pass) int { return int(a.Used - b.Used) })
	return s.end(ctx, []chat.Pass{oldest}, "too many sessions")
}

// DeleteCtx ends the session of a secret, if it has not ended yet.
func (c cookieStore) DeleteCtx(ctx context.Context, hash string) error {
	p, err := c.s.store.FindPass(ctx, hash)
	switch {
	case chat.KindOf(err) == chat.KindNoSuchObject:
		return nil
	case err != nil:
		return err
	}
	return c.s.end(ctx, []chat.Pass{p}, "signed out")
}

// Find, Commit and Delete make of it an scs.Store, which the manager does not use
// as such.
func (c cookieStore) Find(hash string) ([]byte, bool, error) {
	return c.FindCtx(context.Background(), hash)
}

// Commit implements scs.Store.
func (c cookieStore) Commit(hash string, b []byte, expiry time.Time) error {
	return c.CommitCtx(context.Background(), hash, b, expiry)
}

// Delete implements scs.Store.
func (c cookieStore) Delete(hash string) error { return c.DeleteCtx(context.Background(), hash) }

// sessionOf is the session of a request's cookie.
func (s *Server) sessionOf(ctx context.Context) (chat.Pass, bool) {
	p, ok := s.cookies.Get(ctx, passKey).(chat.Pass)
	return p, ok
}

// signEntry is the record of a session's beginning or end.
func (s *Server) signEntry(kind chat.EntryKind, p *chat.Pass, cause string) chat.Entry {
	user, _ := s.dir.FindPrincipal(p.User)
	e := chat.Entry{
		Kind: kind, At: chat.At(s.cfg.Now()), Actor: p.User, ActorURI: user.URI, ActorName: user.DisplayName, Endpoint: p.ID, Client: p.Client, Cause: cause,
	}
	if kind == chat.EntrySignIn {
		e.Detail = fmt.Sprintf(`{"client":%q,"address":%q,"by":%q}`, p.Client, p.Address, p.How)
	}
	return e
}
