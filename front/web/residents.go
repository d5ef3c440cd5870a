package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"perch/channel"
	"perch/chat"
)

// residents are the sessions by which requests act: one a sign-in, opened by its
// first request, in no room, closed when it was not used for a while.
type residents struct {
	mu       sync.Mutex // guards the fields below
	bySignIn map[string]*resident
}

type resident struct {
	session *channel.Session
	forget  func() // that it closes when its sign-in ends
	used    time.Time
	ended   bool // by the service
}

func (r *resident) close() {
	r.forget()
	r.session.Close(channel.CauseLeft)
}

// Bounds of residents.
const (
	mostResidents = 50_000
	residentIdle  = 5 * time.Minute
)

func (t *residents) init() { t.bySignIn = map[string]*resident{} }

// find returns the session of a sign-in, if there is one.
func (t *residents) find(id identity, now time.Time) (*channel.Session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.bySignIn[id.signIn]
	if r != nil && !r.ended && r.session.User().ID == id.user.ID {
		r.used = now
		return r.session, nil
	}
	if r == nil && len(t.bySignIn) >= mostResidents {
		return nil, chat.E(chat.KindBusy, "too many people use the server at once, try again")
	}
	return nil, nil //nolint:nilnil // there is none
}

// keep makes a session that of a sign-in, and returns the one that it replaces.
func (t *residents) keep(signIn string, r *resident, forget func()) (old *resident) {
	t.mu.Lock()
	r.forget = forget
	old = t.bySignIn[signIn]
	if !r.ended {
		t.bySignIn[signIn] = r
	}
	ended := r.ended
	t.mu.Unlock()
	if ended {
		forget()
	}
	return old
}

// end notes that a session has ended: the service ended it, or its sign-in.
func (t *residents) end(signIn string, r *resident) {
	t.mu.Lock()
	r.ended = true
	if t.bySignIn[signIn] == r {
		delete(t.bySignIn, signIn)
	}
	forget := r.forget
	t.mu.Unlock()
	if forget != nil {
		forget()
	}
}

// closeUnused closes the sessions that were not used since a time; all of them for
// the zero time.
func (t *residents) closeUnused(since time.Time) {
	var gone []*resident
	t.mu.Lock()
	for signIn, r := range t.bySignIn {
		if since.IsZero() || r.used.Before(since) {
			gone = append(gone, r)
			delete(t.bySignIn, signIn)
		}
	}
	t.mu.Unlock()
	for _, r := range gone {
		r.close()
	}
}

// sink is the far end of a session for commands: nothing is told there.
type sink struct {
	of     *residents
	signIn string
	r      *resident
}

func (sink) Deliver([]*channel.Event) error { return nil }
func (k sink) Closed(channel.Cause)         { k.of.end(k.signIn, k.r) }

// endpointOf names a sign-in in journals and to other users, without telling its
// secret.
func endpointOf(signIn string) string {
	sum := sha256.Sum256([]byte(signIn))
	return "web-" + hex.EncodeToString(sum[:6])
}

// act returns the session by which the caller of a request acts.
func (s *Server) act(ctx context.Context) (*channel.Session, identity, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, id, err
	}
	now := s.cfg.Now()
	x, err := s.residents.find(id, now)
	if x != nil || err != nil {
		return x, id, err
	}
	r := &resident{used: now}
	x, err = s.rooms.Open(ctx, channel.Opening{
		User: id.user.ID, Endpoint: endpointOf(id.signIn), Client: id.client, Commands: true, Sink: sink{&s.residents, id.signIn, r},
	})
	if err != nil {
		return nil, id, err
	}
	r.session = x
	forget := s.onSignedOut(id, func(string) {
		s.residents.end(id.signIn, r)
		x.Close(channel.CauseLeft)
	})
	if old := s.residents.keep(id.signIn, r, forget); old != nil {
		old.close()
	}
	return x, id, nil
}
