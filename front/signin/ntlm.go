package signin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"perch/chat"
	"perch/sip"
	"perch/sip/auth"
	"perch/sip/ua"
)

// challenge is a 401 with one WWW-Authenticate line (SIPE 3.5).
func challenge(value string) *ua.Refusal {
	return &ua.Refusal{Status: 401, Headers: []sip.Header{{Name: "WWW-Authenticate", Value: value}}}
}

// loopback says whether a connection cannot be overheard.
func loopback(c *ua.Conn) bool {
	host, _, err := net.SplitHostPort(c.Remote().String())
	if err != nil {
		return c.Remote().Network() == "pipe"
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// prove takes a REGISTER through the NTLM handshake (SIPE 3.6). It returns the
// association once the client has proved itself, and answers otherwise.
func (s *Service) prove(r *ua.Request, k *connection, aor string) (*auth.Association, bool) {
	if !r.Conn.Secure() && !loopback(r.Conn) {
		r.Respond(403, "", s.diagnostics(1008, "Sign in over TLS"), nil)
		return nil, false
	}
	header := r.Get("authorization")
	if header == nil {
		r.Refuse(challenge(s.ntlm.Offer()))
		return nil, false
	}
	now := s.cfg.Now()
	if a, since := s.associationOf(r.Conn, header); a != nil {
		f := auth.FieldsOf(r.Message)
		if now.Sub(since) < provenLife && a.User == aor && a.Verify(&f, header) == nil {
			return a, true
		}
		r.Refuse(challenge(s.ntlm.Offer())) // SIPE 3.10
		return nil, false
	}
	z, ok := auth.ParseAuthorization(header)
	switch {
	case !ok:
		r.Refuse(challenge(s.ntlm.Offer()))
	case len(z.Token) == 0:
		s.sendChallenge(r, k, now)
	default:
		return s.completeProof(r, k, &z, aor, now)
	}
	return nil, false
}

func (s *Service) sendChallenge(r *ua.Request, k *connection, now time.Time) {
	x, value, err := s.ntlm.Challenge(now)
	if err != nil {
		s.cfg.Log.Error("no challenge", slog.Any("error", err))
		r.Respond(503, "", []sip.Header{{Name: "Retry-After", Value: "5"}}, nil)
		return
	}
	s.registrar.mu.Lock()
	k.exchanges = slices.DeleteFunc(k.exchanges, func(p pending) bool { return now.Sub(p.at) > exchangeLife })
	if len(k.exchanges) >= maxExchanges {
		k.exchanges = slices.Delete(k.exchanges, 0, 1)
	}
	k.exchanges = append(k.exchanges, pending{x, now})
	s.registrar.mu.Unlock()
	r.Refuse(challenge(value))
}

// takeExchange finds a challenge that is being answered; it is good once.
func (s *Service) takeExchange(k *connection, opaque string, now time.Time) *auth.Exchange {
	s.registrar.mu.Lock()
	defer s.registrar.mu.Unlock()
	for i, p := range k.exchanges {
		if p.exchange.Opaque() == opaque {
			k.exchanges = slices.Delete(k.exchanges, i, i+1)
			if now.Sub(p.at) <= exchangeLife {
				return p.exchange
			}
			return nil
		}
	}
	return nil
}

func (s *Service) completeProof(r *ua.Request, k *connection, z *auth.Authorization, aor string, now time.Time) (*auth.Association, bool) {
	x := s.takeExchange(k, string(z.Opaque), now)
	if x == nil {
		r.Refuse(challenge(s.ntlm.Offer()))
		return nil, false
	}
	host := hostOf(r.Conn)
	if !s.limiter.allow(host, now) {
		s.unread.Add(host, now)
		r.Refuse(s.tooMany("wait a minute"))
		return nil, false
	}
	a, user, err := s.check(r, x, z, aor)
	if err != nil {
		s.limiter.failed(host, now)
		s.cfg.Log.Warn("sign-in failed", slog.String("principal", aor), slog.String("remote", r.Conn.Remote().String()), slog.Any("error", err))
		user.URI = aor
		s.refused(r, user, err.Error())
		if kind := chat.KindOf(err); kind == chat.KindLimit || kind == chat.KindBusy { // the name has to wait
			r.Refuse(s.tooMany(chat.TextOf(err)))
			return nil, false
		}
		r.Refuse(challenge(s.ntlm.Offer()))
		return nil, false
	}
	s.registrar.mu.Lock()
	k.associations[a.Opaque()] = proven{a, now}
	s.registrar.mu.Unlock()
	return a, true
}

// tooMany refuses who has to wait. It is a 401, because a client that has made its
// proof takes no other answer without a signature (SIPE 3.9).
func (s *Service) tooMany(why string) *ua.Refusal {
	no := challenge(s.ntlm.Offer())
	no.Headers = append(no.Headers, s.diagnostics(4005, "Too many failed sign-ins: "+why)...)
	return no
}

var errOther = errors.New("signed in as somebody else")

func (s *Service) check(r *ua.Request, x *auth.Exchange, z *auth.Authorization, aor string) (*auth.Association, chat.Principal, error) {
	p, err := auth.ReadProof(z.Token)
	if err != nil {
		return nil, chat.Principal{}, err
	}
	if err := s.dir.BeginTry(p.User); err != nil {
		return nil, chat.Principal{}, err
	}
	user, hash, err := s.dir.NTHash(context.Background(), p.User, p.Domain)
	switch {
	case err != nil && chat.KindOf(err) != chat.KindForbidden:
		s.dir.DropTry(p.User)
		return nil, user, err
	case err == nil && user.URI != aor:
		s.dir.DropTry(p.User) // the proof was not looked at
		return nil, user, errOther
	}
	var a *auth.Association
	if err == nil {
		f := auth.FieldsOf(r.Message)
		a, err = x.Complete(p, user.URI, hash, &f, r.Get("authorization"))
	}
	switch {
	case err == nil:
		s.dir.TrySucceeded(p.User)
	case s.dir.TryFailed(context.Background(), p.User):
		err = fmt.Errorf("%w; the name is locked out now", err)
	}
	return a, user, err
}

func hostOf(c *ua.Conn) string {
	host, _, err := net.SplitHostPort(c.Remote().String())
	if err != nil {
		return c.Remote().String()
	}
	return host
}

// limiter refuses hosts from which too many tries failed, for a while, which also
// bounds what strangers can write into the journal. (What fails for one name costs in
// the directory, as on the web.) Its table is bounded: when it is full, newcomers are not
// counted.
type limiter struct {
	mu    sync.Mutex // guards tries
	tries map[string]*try
}

type try struct {
	count int
	since time.Time
}

const (
	maxTriesHost = 300
	tryWindow    = time.Minute
	maxTryTable  = 100_000
)

func (l *limiter) init() { l.tries = map[string]*try{} }

func (l *limiter) allow(host string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tries[host]
	return t == nil || t.count < maxTriesHost || now.Sub(t.since) > tryWindow
}

func (l *limiter) failed(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tries[key]
	if t == nil || now.Sub(t.since) > tryWindow {
		if t == nil && len(l.tries) >= maxTryTable {
			return
		}
		l.tries[key] = &try{1, now}
		return
	}
	t.count++
}

func (l *limiter) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, t := range l.tries {
		if now.Sub(t.since) > tryWindow {
			delete(l.tries, k)
		}
	}
}
