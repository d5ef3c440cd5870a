package directory_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
)

// guarded is a directory that locks names out, with alice in it.
func guarded(t *testing.T, l directory.Lockout) (*directory.Service, chat.PrincipalID) {
	t.Helper()
	return guardedOn(t, chattest.NewStore(), l)
}

// guards opens a directory on a store.
func guards(t *testing.T, store chat.Store, l directory.Lockout) *directory.Service {
	t.Helper()
	d, err := directory.Open(t.Context(), directory.Config{Domain: "example.test", Lockout: l, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, store)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func guardedOn(t *testing.T, store chat.Store, l directory.Lockout) (*directory.Service, chat.PrincipalID) {
	t.Helper()
	d := guards(t, store, l)
	made, err := d.CreateUsers(t.Context(), []directory.NewUser{{Name: "alice", Password: "right"}})
	if err != nil {
		t.Fatal(err)
	}
	return d, made[0].ID
}

// TestLockout: failures cost more and more, and a lockout in the end, which the
// right password does not end. A name that nobody has is treated alike, and so
// is one that is written differently.
func TestLockout(t *testing.T) {
	for _, names := range [][]string{{"alice", "SIP:Alice@Example.test", `EXAMPLE\alice`, " alice "}, {"nobody", "sip:nobody@example.test"}} {
		t.Run(names[0], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := guarded(t, directory.Lockout{Failures: 6, Minutes: 15})
				var waits []time.Duration
				for i := range 6 {
					_, err := d.CheckPassword(t.Context(), names[i%len(names)], "wrong")
					if chat.KindOf(err) != chat.KindForbidden || chat.TextOf(err) != "the name or the password is wrong" || errors.Is(err, directory.ErrLockedOut) != (i == 5) {
						t.Fatalf("failure %d: %v", i, err)
					}
					if i < 2 {
						continue
					}
					_, err = d.CheckPassword(t.Context(), names[0], "right")
					if chat.KindOf(err) != chat.KindLimit {
						t.Fatalf("the right one after failure %d: %v", i, err)
					}
					waits = append(waits, chat.WaitOf(err))
					if i < 5 {
						time.Sleep(chat.WaitOf(err))
					} else if !strings.Contains(err.Error(), "locked: try again in 15 minutes") {
						t.Errorf("says %v", err)
					}
				}
				if want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 15 * time.Minute}; !slices.Equal(waits, want) {
					t.Errorf("it waits %v, want %v", waits, want)
				}
				time.Sleep(15 * time.Minute)
				_, err := d.CheckPassword(t.Context(), names[0], "right")
				if (err == nil) != (names[0] == "alice") || err != nil && chat.KindOf(err) != chat.KindForbidden {
					t.Errorf("after the lockout: %v", err)
				}
			})
		})
	}
}

// TestUnlock: an administrator ends a lockout, by hand or with a new password.
func TestUnlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, alice := guarded(t, directory.Lockout{Failures: 2, Minutes: 15})
		lock := func() {
			t.Helper()
			for range 2 {
				if _, err := d.CheckPassword(t.Context(), "alice", "wrong"); err == nil {
					t.Fatal("a wrong password was taken")
				}
			}
			if until, locked := d.LockedOut(alice); !locked || time.Until(until) != 15*time.Minute {
				t.Fatalf("she is not locked out, until %v", until)
			}
		}
		lock()
		for _, locked := range []bool{true, false} {
			if was, err := d.Unlock(t.Context(), alice); err != nil || was != locked {
				t.Errorf("unlocked: %v, %v, want %v", was, err, locked)
			}
		}
		if _, err := d.CheckPassword(t.Context(), "alice", "right"); err != nil {
			t.Error(err)
		}
		lock()
		if err := d.SetPassword(t.Context(), alice, "new", nil); err != nil {
			t.Error(err)
		}
		if _, locked := d.LockedOut(alice); locked {
			t.Error("she is locked out with a new password")
		}
		if _, err := d.CheckPassword(t.Context(), "alice", "new"); err != nil {
			t.Error(err)
		}
	})
}

// TestLockoutOutlastsRestart: neither a restart nor another way to sign in helps who
// is locked out; an unlocked name stays so.
func TestLockoutOutlastsRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, rule := chattest.NewStore(), directory.Lockout{Failures: 2, Minutes: 15}
		d, alice := guardedOn(t, store, rule)
		fail := func(name string) {
			t.Helper()
			if _, err := d.CheckPassword(t.Context(), name, "wrong"); chat.KindOf(err) != chat.KindForbidden {
				t.Fatal(err)
			}
			if err := d.BeginTry(name); err != nil { // by NTLM, say
				t.Fatal(err)
			}
			if !d.TryFailed(t.Context(), name) {
				t.Errorf("%s is not locked out by the second failure", name)
			}
		}
		locked := func(name string, wait time.Duration) {
			t.Helper()
			for _, err := range []error{d.BeginTry(name), second(d.CheckPassword(t.Context(), name, "right"))} {
				if chat.KindOf(err) != chat.KindLimit || chat.WaitOf(err) != wait {
					t.Errorf("%s after a restart: %v, %v", name, err, chat.WaitOf(err))
				}
			}
		}
		fail("alice")
		fail("nobody")
		time.Sleep(5 * time.Minute)
		d = guards(t, store, rule)
		locked("EXAMPLE\\alice", 10*time.Minute)
		locked("nobody", 10*time.Minute)
		if was, err := d.Unlock(t.Context(), alice); err != nil || !was {
			t.Errorf("unlocked: %v, %v", was, err)
		}
		d = guards(t, store, rule)
		if _, err := d.CheckPassword(t.Context(), "alice", "right"); err != nil {
			t.Errorf("alice was unlocked: %v", err)
		}
		time.Sleep(10 * time.Minute)
		d = guards(t, store, rule)
		if _, err := d.CheckPassword(t.Context(), "nobody", "right"); chat.KindOf(err) != chat.KindForbidden {
			t.Errorf("when it is over: %v", err)
		}
		fail("alice")
		if list, err := store.ListLockouts(t.Context(), 0); err != nil || len(list) != 1 {
			t.Errorf("kept are %v, %v", list, err)
		}
		if err := d.SetPassword(t.Context(), alice, "new", nil); err != nil {
			t.Error(err)
		}
		d = guards(t, store, rule)
		if _, err := d.CheckPassword(t.Context(), "alice", "new"); err != nil {
			t.Errorf("with a new password: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestManyGuesses: guesses that come all at once are no more than those that come
// one after the other.
func TestManyGuesses(t *testing.T) {
	d, _ := guarded(t, directory.Lockout{Failures: 5, Minutes: 15})
	var wg sync.WaitGroup
	var looked atomic.Int32
	for range 30 {
		wg.Go(func() {
			switch _, err := d.CheckPassword(t.Context(), "alice", "wrong"); chat.KindOf(err) {
			case chat.KindForbidden:
				looked.Add(1)
			case chat.KindBusy, chat.KindLimit:
				if chat.WaitOf(err) <= 0 {
					t.Errorf("it does not say for how long: %v", err)
				}
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := looked.Load(); n < 1 || n > 5 {
		t.Errorf("%d passwords were looked at, 5 may fail", n)
	}
}

// TestCrowd: who signs in while too many do is told to come again.
func TestCrowd(t *testing.T) {
	d, _ := guarded(t, directory.Lockout{})
	var wg sync.WaitGroup
	var busy, done atomic.Int32
	for i := range 400 {
		wg.Go(func() {
			switch _, err := d.CheckPassword(t.Context(), "user"+strings.Repeat("x", i), "x"); chat.KindOf(err) {
			case chat.KindForbidden:
				done.Add(1)
			case chat.KindBusy:
				busy.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if busy.Load() == 0 || done.Load() == 0 {
		t.Errorf("%d were told to wait, %d were served", busy.Load(), done.Load())
	}
}

// TestBots: a bot has no password, and never gets one; nobody vouches for it.
func TestBots(t *testing.T) {
	ctx := t.Context()
	d, alice := guarded(t, directory.Lockout{})
	for _, u := range []directory.NewUser{{Name: "b", Bot: true, Password: "x"}, {Name: "b", Bot: true, NTLM: true}} {
		if _, err := d.CreateUsers(ctx, []directory.NewUser{u}); chat.KindOf(err) != chat.KindInvalid {
			t.Errorf("%+v: %v", u, err)
		}
	}
	made, err := d.CreateUsers(ctx, []directory.NewUser{{Name: "ticker", DisplayName: "Ticker", Bot: true, Email: "t@example.test"}})
	if err != nil || !made[0].Bot {
		t.Fatalf("%+v, %v", made, err)
	}
	if err := d.SetPassword(ctx, made[0].ID, "x", nil); chat.KindOf(err) != chat.KindInvalid {
		t.Errorf("a password: %v", err)
	}
	if _, err := d.CheckPassword(ctx, "ticker", ""); chat.KindOf(err) != chat.KindForbidden {
		t.Errorf("no password: %v", err)
	}
	for name, want := range map[string]bool{"alice": true, "ALICE@example.test": true, "a.archer@mail.test": true, "ticker": false, "t@example.test": false, "other": false, "alice@other.test": false, "": false} {
		mail := "A.Archer@mail.test"
		if _, err := d.UpdateUser(ctx, alice, directory.UserPatch{Email: &mail}); err != nil {
			t.Fatal(err)
		}
		if p, err := d.FindVouched(name); (err == nil) != want || want && p.ID != alice {
			t.Errorf("%q: %+v, %v", name, p, err)
		}
	}
	if _, err := d.CreateUsers(ctx, []directory.NewUser{{Name: "other", Email: "a.archer@MAIL.test"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.FindVouched("a.archer@mail.test"); chat.KindOf(err) != chat.KindNoSuchPrincipal {
		t.Errorf("two of one address: %v", err)
	}
}

// TestChangePassword: a user changes his own with the old one.
func TestChangePassword(t *testing.T) {
	ctx := t.Context()
	d, alice := guarded(t, directory.Lockout{})
	if err := d.ChangePassword(ctx, alice, "wrong", "new", ""); chat.KindOf(err) != chat.KindForbidden {
		t.Errorf("with a wrong one: %v", err)
	}
	if err := d.ChangePassword(ctx, alice, "right", "", ""); chat.KindOf(err) != chat.KindInvalid {
		t.Errorf("to none: %v", err)
	}
	if err := d.ChangePassword(ctx, alice, "right", "new", ""); err != nil {
		t.Error(err)
	}
	if _, err := d.CheckPassword(ctx, "alice", "new"); err != nil {
		t.Error(err)
	}
}
