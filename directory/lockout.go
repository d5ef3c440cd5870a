package directory

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"perch/chat"
)

// Lockout says what failed passwords cost, on whatever way they come: by the web, or
// as a proof made of one (NTLM). After the third failure in a row for
// one name, each makes the next try wait twice as long as the one before, from a
// second; after Failures the name is locked out for Minutes. It goes by names,
// whether somebody has them or not, so that nobody learns who there is.
type Lockout struct {
	Failures int // in a row; 0: nobody is locked out
	Minutes  int
}

const (
	freeFailures = 3           // that cost nothing
	longestDelay = time.Minute // below a lockout
	maxLogin     = 320         // bytes of a name that are looked at
	mostNames    = 50_000      // that are counted at a time; who tried longest ago is forgotten
)

// failures counts failed passwords, by name.
type failures struct {
	Lockout
	mu     sync.Mutex // guards the fields below
	byName map[string]*list.Element
	order  list.List // of *failed, the newest try first
}

// failed is what is known of one name.
type failed struct {
	name    string
	count   int
	pending int // passwords that are being looked at
	last    time.Time
	until   time.Time // no password is looked at before
	locked  bool
}

// mostPending is how many passwords of one name are looked at at once where there
// is no lockout; otherwise it is never more than may fail.
const mostPending = 10

func (f *failures) window() time.Duration {
	return max(time.Duration(f.Minutes)*time.Minute, 5*time.Minute)
}

// restore takes in the lockouts of before a restart.
func (f *failures) restore(list []chat.Lockout) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Failures == 0 {
		return
	}
	for _, l := range list {
		k := f.ofLocked(l.Name)
		k.count, k.locked, k.until = f.Failures, true, l.Until.Std()
	}
}

// begin says that a name's password is being looked at, or why it is not. Who
// calls it calls succeeded, failed or dropped.
func (f *failures) begin(name string, now time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.ofLocked(name)
	left := k.until.Sub(now)
	if left <= 0 && (k.locked || now.Sub(k.last) > f.window()) { // it begins anew
		k.count, k.locked = 0, false
	}
	most := mostPending
	if f.Failures > 0 {
		most = f.Failures - k.count
	}
	switch {
	case left > 0 && k.locked:
		return &chat.Error{
			Kind: chat.KindLimit, Wait: left,
			Text: "too many tries failed, so this name is locked: try again in " + inWords(left) + ", or ask an administrator to unlock it",
		}
	case left > 0:
		return &chat.Error{Kind: chat.KindLimit, Text: "after several failed tries there is a pause: try again in " + inWords(left), Wait: left}
	case k.pending >= most:
		return &chat.Error{Kind: chat.KindBusy, Text: "this name is just signing in several times: try again in a second", Wait: time.Second}
	}
	k.pending++
	return nil
}

// ofLocked is what is known of a name, as the newest of all.
func (f *failures) ofLocked(name string) *failed {
	at := f.byName[name]
	if at == nil {
		if f.byName == nil {
			f.byName = map[string]*list.Element{}
		}
		if len(f.byName) >= mostNames {
			f.forgetLocked(f.order.Back())
		}
		at = f.order.PushFront(&failed{name: name})
		f.byName[name] = at
	}
	f.order.MoveToFront(at)
	return at.Value.(*failed)
}

// dropped ends what begin began, if the password was not looked at.
func (f *failures) dropped(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.ofLocked(name)
	k.pending = max(k.pending-1, 0)
}

// failed counts a failure, and says whether the name is locked out by it.
func (f *failures) failed(name string, now time.Time) (locked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.ofLocked(name)
	k.pending = max(k.pending-1, 0)
	k.count++
	k.last = now
	switch {
	case f.Failures > 0 && k.count >= f.Failures:
		k.locked, k.until = true, now.Add(time.Duration(f.Minutes)*time.Minute)
	case k.count >= freeFailures:
		k.until = now.Add(min(time.Second<<min(k.count-freeFailures, 10), longestDelay))
	}
	return k.locked
}

// forget begins anew for a name.
func (f *failures) forget(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := f.byName[name]; at != nil {
		f.forgetLocked(at)
	}
}

func (f *failures) forgetLocked(at *list.Element) {
	delete(f.byName, at.Value.(*failed).name)
	f.order.Remove(at)
}

// locked says until when a name is locked out, if it is.
func (f *failures) locked(name string, now time.Time) (until time.Time, is bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := f.byName[name]; at != nil {
		k := at.Value.(*failed)
		return k.until, k.locked && now.Before(k.until)
	}
	return time.Time{}, false
}

// inWords is a wait as people say it, rounded up.
func inWords(d time.Duration) string {
	n, unit := int((d+time.Second-1)/time.Second), "second"
	if n > 90 {
		n, unit = (n+59)/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprint(n, " ", unit)
}

// LockedOut says until when a user's password is not looked at because too many
// failed.
func (s *Service) LockedOut(id chat.PrincipalID) (until time.Time, locked bool) {
	p, ok := s.FindPrincipal(id)
	if !ok {
		return time.Time{}, false
	}
	return s.failures.locked(p.URI, s.cfg.Now())
}

// Unlock ends a user's lockout, and says whether there was one.
func (s *Service) Unlock(ctx context.Context, id chat.PrincipalID) (bool, error) {
	p, ok := s.FindPrincipal(id)
	if !ok {
		return false, nil
	}
	_, locked := s.failures.locked(p.URI, s.cfg.Now())
	return locked, s.forgetFailures(ctx, p.URI)
}

// forgetFailures begins anew for a name, and first in the store.
func (s *Service) forgetFailures(ctx context.Context, name string) error {
	s.lockouts.Lock()
	defer s.lockouts.Unlock()
	if _, locked := s.failures.locked(name, s.cfg.Now()); locked {
		if err := s.store.DeleteLockout(ctx, name); err != nil {
			return err
		}
	}
	s.failures.forget(name)
	return nil
}

// BeginTry says that somebody tries to prove himself under a login name, or why that
// is not looked at: KindLimit, KindBusy (see Lockout). Who calls it calls
// TrySucceeded, TryFailed or DropTry.
func (s *Service) BeginTry(login string) error {
	return s.failures.begin(s.loginURI(login), s.cfg.Now())
}

// TrySucceeded ends a try that was good: it begins anew.
func (s *Service) TrySucceeded(login string) { s.failures.forget(s.loginURI(login)) }

// DropTry ends a try of which nobody can say whether it was good.
func (s *Service) DropTry(login string) { s.failures.dropped(s.loginURI(login)) }

// TryFailed ends a try that was not good, and says whether it locked the name out.
// That is on disk when it returns; where that fails it holds until a restart.
func (s *Service) TryFailed(ctx context.Context, login string) (locked bool) {
	name, now := s.loginURI(login), s.cfg.Now()
	s.lockouts.Lock()
	defer s.lockouts.Unlock()
	if !s.failures.failed(name, now) {
		return false
	}
	until, _ := s.failures.locked(name, now)
	l := chat.Lockout{Name: name, Until: chat.At(until)}
	if err := s.store.UpdateLockout(context.WithoutCancel(ctx), l, chat.At(now)); err != nil { // who hangs up is locked out all the same
		s.cfg.Log.Error("a lockout could not be stored", slog.String("principal", name), slog.Any("error", err))
	}
	return true
}

// loginURI is the address that a login name means: "alice",
// "alice@example.test", "sip:..." or "EXAMPLE\alice".
func (s *Service) loginURI(login string) string {
	name := strings.ToLower(strings.TrimSpace(login))
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimPrefix(name, "sip:")
	if !strings.Contains(name, "@") {
		name += "@" + strings.ToLower(s.cfg.Domain)
	}
	return "sip:" + name[:min(len(name), maxLogin)]
}
