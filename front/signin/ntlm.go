package signin

import (
	"context"
	"errors"
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
	from := aor + " " + host
	if !s.limiter.allow(from, maxTries, now) || !s.limiter.allow(host, maxTriesHost, now) {
		r.Respond(403, "", s.diagnostics(4005, "Too many failed sign-ins, wait a minute"), nil)
		return nil, false
	}
	a, user, err := s.check(r, x, z, aor)
	if err != nil {
		s.limiter.failed(from, now)
		s.limiter.failed(host, now)
		s.cfg.Log.Warn("sign-in failed", slog.String("principal", aor), slog.String("remote", r.Conn.Remote().String()), slog.Any("error", err))
		user.URI = aor
		s.refused(r, user, err.Error())
		r.Refuse(challenge(s.ntlm.Offer()))
		return nil, false
	}
	s.registrar.mu.Lock()
	k.associations[a.Opaque()] = proven{a, now}
	s.registrar.mu.Unlock()
	return a, true
}

var errOther = errors.New("signed in as somebody else")

func (s *Service) check(r *ua.Request, x *auth.Exchange, z *auth.Authorization, aor string) (*auth.Association, chat.Principal, error) {
	p, err := auth.ReadProof(z.Token)
	if err != nil {
		return nil, chat.Principal{}, err
	}
	user, hash, err := s.dir.NTHash(context.Background(), p.User, p.Domain)
	if err != nil {
		return nil, user, err
	}
	if user.URI != aor {
		return nil, user, errOther
	}
	f := auth.FieldsOf(r.Message)
	a, err := x.Complete(p, user.URI, hash, &f, r.Get("authorization"))
	return a, user, err
}

func hostOf(c *ua.Conn) string {
	host, _, err := net.SplitHostPort(c.Remote().String())
	if err != nil {
		return c.Remote().String()
	}
	return host
}

// limiter refuses who failed too often, for a while: a host for one address of
// record, and a host for all of them, which also bounds what strangers can write
// into the journal. Its table is bounded: when it is full, newcomers are not
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
	maxTries     = 10
	maxTriesHost = 300
	tryWindow    = time.Minute
	maxTryTable  = 100_000
)

func (l *limiter) init() { l.tries = map[string]*try{} }

func (l *limiter) allow(key string, most int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tries[key]
	return t == nil || t.count < most || now.Sub(t.since) > tryWindow
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
