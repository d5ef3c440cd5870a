package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"perch/chat"
	"perch/front/web/api"
)

// Reasons for which dependents are closed, as the API names them.
const (
	reasonSignedOut = "signed-out"
	reasonDisabled  = "disabled"
)

// dependents are what is open on behalf of sessions and tokens, and must close with
// them. Its zero value is ready.
type dependents struct {
	mu  sync.Mutex // guards all; nothing is called with it held
	all map[*dependent]struct{}
	of  map[string]int // how many, by session or token
}

type dependent struct {
	user   chat.PrincipalID
	signIn string
	close  func(reason string)
}

func (k *dependents) add(x *dependent) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all, k.of = map[*dependent]struct{}{}, map[string]int{}
	}
	k.all[x] = struct{}{}
	k.of[x.signIn]++
}

func (k *dependents) remove(x *dependent) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, there := k.all[x]; !there {
		return
	}
	delete(k.all, x)
	if k.of[x.signIn]--; k.of[x.signIn] == 0 {
		delete(k.of, x.signIn)
	}
}

func (k *dependents) has(signIn string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.of[signIn] > 0
}

// hasUser says whether a user has any.
func (k *dependents) hasUser(user chat.PrincipalID) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for x := range k.all {
		if x.user == user {
			return true
		}
	}
	return false
}

// end closes the dependents that are wanted, each once.
func (k *dependents) end(reason string, want func(x *dependent) bool) {
	k.mu.Lock()
	var list []*dependent
	for x := range k.all {
		if want(x) {
			list = append(list, x)
		}
	}
	k.mu.Unlock()
	for _, x := range list {
		k.remove(x)
		x.close(reason)
	}
}

// onSignedOut calls fn, once and without holding a lock, when what the caller
// signed in by is not good any more: "signed-out" when his session ended or his
// token was deleted, "disabled" when he may not use the server. It may be called
// before onSignedOut returns. fn must not block. Whoever keeps something open for a
// caller beyond one request registers it here, and calls remove when it closes;
// as long as it is registered the session counts as used.
func (s *Server) onSignedOut(id identity, fn func(reason string)) (remove func()) {
	x := &dependent{user: id.user.ID, signIn: id.signIn, close: fn}
	s.dependents.add(x)
	// What ended between the request's authentication and this is found here.
	if !s.serves(id.user.ID) {
		s.dependents.end(reasonDisabled, func(y *dependent) bool { return x == y })
	} else if p, err := s.store.FindPass(context.Background(), id.pass.Hash); err != nil || p.ID != id.signIn {
		s.dependents.end(reasonSignedOut, func(y *dependent) bool { return x == y })
	}
	return func() { s.dependents.remove(x) }
}

// serves says whether a user may use the server now.
func (s *Server) serves(user chat.PrincipalID) bool {
	p, ok := s.dir.FindPrincipal(user)
	return ok && p.State == chat.PrincipalActive && s.dir.Enabled(user)
}

// end ends sessions, on record, and closes what is open on their behalf.
func (s *Server) end(ctx context.Context, list []chat.Pass, cause string) error {
	ids, entries := make([]string, len(list)), make([]chat.Entry, len(list))
	for i := range list {
		ids[i], entries[i] = list[i].ID, s.signEntry(chat.EntrySignOut, &list[i], cause)
	}
	gone, err := s.store.DeletePasses(ctx, ids, entries)
	if err != nil {
		return err
	}
	ended := map[string]bool{}
	for _, id := range gone {
		ended[id] = true
		s.cfg.Log.Info("signed out", slog.String("endpoint", id), slog.String("cause", cause))
	}
	s.dependents.end(reasonSignedOut, func(x *dependent) bool { return ended[x.signIn] })
	return nil
}

// DeleteSession signs out here, or everywhere.
func (s *Server) DeleteSession(ctx context.Context, r api.DeleteSessionRequestObject) (api.DeleteSessionResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	list, cause := []chat.Pass{id.pass}, "signed out"
	if r.Params.Everywhere != nil && *r.Params.Everywhere {
		cause = "signed out everywhere"
		if list, err = s.store.ListPasses(ctx, id.user.ID, chat.PassSession); err != nil {
			return nil, err
		}
	}
	if err := s.end(ctx, list, cause); err != nil {
		return nil, err
	}
	return api.DeleteSession204Response{}, s.cookies.Destroy(ctx)
}

// ListSessions lists where the caller is signed in.
func (s *Server) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListPasses(ctx, id.user.ID, chat.PassSession)
	if err != nil {
		return nil, err
	}
	out := api.ListSessions200JSONResponse{}
	for _, p := range list {
		if s.over(&p) {
			continue
		}
		out = append(out, api.SignedIn{
			Id: p.ID, At: p.Created.Std(), Last: p.Used.Std(), Address: p.Address, Client: p.Client, Current: p.ID == id.signIn, Connected: s.dependents.has(p.ID),
		})
	}
	return out, nil
}

// DeleteOtherSession signs out one of the caller's sessions.
func (s *Server) DeleteOtherSession(ctx context.Context, r api.DeleteOtherSessionRequestObject) (api.DeleteOtherSessionResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListPasses(ctx, id.user.ID, chat.PassSession)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.ID == r.Id {
			return api.DeleteOtherSession204Response{}, s.end(ctx, []chat.Pass{p}, "signed out from elsewhere")
		}
	}
	return nil, chat.E(chat.KindNoSuchObject, "there is no such session")
}

// principalChanged follows the directory: what is open of somebody who is not
// served any more is closed at once, and that of sessions and tokens which are gone.
func (s *Server) principalChanged(c chat.PrincipalChange) {
	if !s.dependents.hasUser(c.ID) {
		return
	}
	if !s.serves(c.ID) {
		s.dependents.end(reasonDisabled, func(x *dependent) bool { return x.user == c.ID })
		return
	}
	if c.Secret {
		s.wg.Go(func() { s.recheck(c.ID) })
	}
}

// recheck closes what is open of a user's sessions and tokens that are gone.
func (s *Server) recheck(user chat.PrincipalID) {
	good := map[string]bool{}
	for _, kind := range []chat.PassKind{chat.PassSession, chat.PassToken} {
		list, err := s.store.ListPasses(context.Background(), user, kind)
		if err != nil {
			s.cfg.Log.Error("who is still signed in cannot be read: he is signed out", "error", err)
		}
		for _, p := range list {
			good[p.ID] = true
		}
	}
	s.dependents.end(reasonSignedOut, func(x *dependent) bool { return x.user == user && !good[x.signIn] })
}

const (
	sweepEvery = 15 * time.Second
	sweepBatch = 200
)

// startSignIns begins to watch the directory and the clock for what ends sessions.
func (s *Server) startSignIns() {
	s.unwatch = s.dir.Watch(s.principalChanged)
	s.wg.Go(func() {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-s.stop:
				return
			case <-tick.C:
				s.sweep()
				s.recordUnread(context.Background())
			}
		}
	})
}

// stopSignIns ends what startSignIns began. It is idempotent.
func (s *Server) stopSignIns() {
	s.once.Do(func() {
		if s.unwatch != nil {
			s.unwatch()
		}
		close(s.stop)
	})
	s.wg.Wait()
	s.recordUnread(context.Background())
}

// sweep ends what has expired, and what was not used for too long. What has a
// socket is used.
func (s *Server) sweep() {
	ctx, now := context.Background(), s.cfg.Now()
	idle := chat.Time(0)
	if s.cfg.Sessions.Idle > 0 {
		idle = chat.At(now.Add(-s.cfg.Sessions.Idle))
	}
	list, err := s.store.ListStale(ctx, chat.At(now), idle, sweepBatch)
	if err != nil {
		s.cfg.Log.Warn("expired sessions cannot be read", "error", err)
		return
	}
	by := map[string][]chat.Pass{}
	for _, p := range list {
		switch {
		case p.Expires != 0 && p.Expires <= chat.At(now):
			by["expired"] = append(by["expired"], p)
		case s.dependents.has(p.ID):
			if err := s.store.UsePass(ctx, p.ID, chat.At(now)); err != nil {
				s.cfg.Log.Warn("that a session is used could not be stored", "error", err)
			}
		default:
			by["not used"] = append(by["not used"], p)
		}
	}
	for cause, list := range by {
		if err := s.end(ctx, list, cause); err != nil {
			s.cfg.Log.Warn("expired sessions could not be ended", "error", err)
		}
	}
}
