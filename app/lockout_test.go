package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"perch/directory"
	"perch/front/web"
	"perch/front/web/api"
	"perch/probe"
)

// TestLockoutOfEveryWay: wrong passwords count whichever way they come, by NTLM or by
// the web, and who is locked out is so on both, also after a restart.
func TestLockoutOfEveryWay(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o := local(t, t.TempDir())
	o.Config.Domain = "example.test"
	o.Config.SIP.Auth = []string{"ntlm"}
	o.Config.Web.LockoutFailures = 3
	a := start(t, o)
	_, err := a.Directory().CreateUsers(ctx, []directory.NewUser{{Name: "alice", Password: "right", NTLM: true}, {Name: "bob", Password: "right", NTLM: true}})
	if err != nil {
		t.Fatal(err)
	}
	signIn := func(user, password string) error {
		t.Helper()
		c, err := probe.Dial(ctx, a.Addresses().TCP, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return probe.NewEndpoint(c, user, "example.test").SignIn(ctx, password)
	}
	password := func(user, secret string, want int) string {
		t.Helper()
		b := &browser{t, "http://" + a.Addresses().Web + web.Base, http.DefaultClient}
		return string(b.do("POST", "/session", api.Credentials{User: user, Password: secret}, want))
	}
	lockedBySIP := func() {
		t.Helper()
		if err := signIn("alice", "right"); err == nil || !strings.Contains(err.Error(), "401") || !strings.Contains(err.Error(), "locked") {
			t.Errorf("alice signs in by NTLM though she is locked out: %v", err)
		}
	}
	if err := signIn("alice", "wrong"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong password: %v", err)
	}
	password("alice", "wrong", http.StatusForbidden)
	if err := signIn("alice", "wrong"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("the third wrong password: %v", err)
	}
	for _, restarted := range []bool{false, true} {
		if restarted {
			if err := a.Stop(); err != nil {
				t.Fatal(err)
			}
			a = start(t, o)
		}
		if text := password("alice", "right", http.StatusTooManyRequests); !strings.Contains(text, "locked") {
			t.Errorf("alice is told %s", text)
		}
		lockedBySIP()
		if err := signIn("bob", "right"); err != nil {
			t.Errorf("bob: %v", err)
		}
	}
	p, err := a.Directory().Find("alice")
	if err != nil {
		t.Fatal(err)
	}
	if was, err := a.Directory().Unlock(ctx, p.ID); err != nil || !was {
		t.Errorf("unlocked: %v, %v", was, err)
	}
	if err := signIn("alice", "right"); err != nil {
		t.Errorf("alice, unlocked: %v", err)
	}
	password("alice", "right", http.StatusOK)
}
