package directory_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
)

func open(t *testing.T, store chat.Store, domain string) *directory.Service {
	t.Helper()
	d, err := directory.Open(t.Context(), directory.Config{Domain: domain, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, store)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// users makes u0, u1, ... with passwords p0, p1, ...; the even ones have NTLM.
func users(t *testing.T, d *directory.Service, n int) []chat.PrincipalID {
	t.Helper()
	list := make([]directory.NewUser, n)
	for i := range list {
		list[i] = directory.NewUser{Name: fmt.Sprintf("u%d", i), Password: fmt.Sprintf("p%d", i), NTLM: i%2 == 0}
	}
	made, err := d.CreateUsers(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]chat.PrincipalID, n)
	for i, p := range made {
		ids[i] = p.ID
	}
	return ids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func isKind(t *testing.T, err error, k chat.Kind) {
	t.Helper()
	if err == nil || chat.KindOf(err) != k {
		t.Errorf("error %v, want %v", err, k)
	}
}

// TestFind: a user is found by whatever an administrator types for him.
func TestFind(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	ids := users(t, d, 1)
	for _, arg := range []string{"u0", "U0", " u0 ", "u0@example.test", "sip:u0@Example.test"} {
		if p, err := d.Find(arg); err != nil || p.ID != ids[0] {
			t.Errorf("%q is %v, %v", arg, p.URI, err)
		}
	}
	for _, arg := range []string{"everyone", "Example.TEST"} {
		if p, err := d.Find(arg); err != nil || p.ID != d.Domain() {
			t.Errorf("%q is %v, %v", arg, p.Name, err)
		}
	}
	_, err := d.Find("nobody")
	isKind(t, err, chat.KindNoSuchPrincipal)
}

// TestNames: what is no name is refused, and what is shown is checked; of
// several users all are made or none.
func TestNames(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	for _, u := range []directory.NewUser{
		{Name: ""},
		{Name: "a b"},
		{Name: "jörg"},
		{Name: "."},
		{Name: "-x"},
		{Name: "Everyone"},
		{Name: strings.Repeat("a", 65)},
		{Name: "a", DisplayName: "x\x1b[31m"},
		{Name: "a", DisplayName: "x\ny"},
		{Name: "a", Email: "\xff"},
		{Name: "a", Company: strings.Repeat("é", 257)},
		{Name: "a", NTLM: true},
	} {
		_, err := d.CreateUsers(t.Context(), []directory.NewUser{{Name: "good"}, u})
		isKind(t, err, chat.KindInvalid)
	}
	if list := d.List(chat.KindUser); len(list) != 0 {
		t.Errorf("%d users were made", len(list))
	}
	ids := users(t, d, 1)
	_, err := d.CreateGroup(t.Context(), "U0", "")
	isKind(t, err, chat.KindDuplicateName)
	blank := " "
	_, err = d.UpdateUser(t.Context(), ids[0], directory.UserPatch{DisplayName: &blank})
	isKind(t, err, chat.KindInvalid)
}

// TestAffiliations: rights go through groups in groups, in a circle too, and end
// with the membership.
func TestAffiliations(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	u := users(t, d, 2)
	var g []chat.PrincipalID
	for _, name := range []string{"inner", "outer", "other"} {
		p, err := d.CreateGroup(t.Context(), name, "")
		must(t, err)
		g = append(g, p.ID)
	}
	must(t, d.Join(t.Context(), g[0], u[0]))
	must(t, d.Join(t.Context(), g[1], g[0]))
	must(t, d.Join(t.Context(), g[0], g[1])) // a circle
	want := []chat.PrincipalID{u[0], g[0], g[1], d.Domain()}
	slices.Sort(want)
	if got := d.Affiliations(u[0]); !slices.Equal(got, want) {
		t.Errorf("u0 has %v, want %v", got, want)
	}
	if got := d.Members(g[1]); !slices.Equal(got, u[:1]) {
		t.Errorf("outer holds %v", got)
	}
	must(t, d.Leave(t.Context(), g[1], g[0]))
	if got := d.Affiliations(u[0]); slices.Contains(got, g[1]) {
		t.Errorf("u0 has %v still", got)
	}
	isKind(t, d.Join(t.Context(), g[0], g[0]), chat.KindInvalid)
	isKind(t, d.Join(t.Context(), g[0], d.Domain()), chat.KindInvalid)
	isKind(t, d.Join(t.Context(), u[0], u[1]), chat.KindNoSuchPrincipal)
}

// TestSecrets: who may sign in, by what, and who no longer.
func TestSecrets(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	u := users(t, d, 2)
	check := func(login, password string, ok bool) {
		t.Helper()
		if _, err := d.CheckPassword(t.Context(), login, password); (err == nil) != ok {
			t.Errorf("%s with %s: %v", login, password, err)
		}
	}
	hash := func(login string, ok bool) {
		t.Helper()
		if _, h, err := d.NTHash(t.Context(), login, "ANY"); (err == nil) != ok || ok && len(h) != 16 {
			t.Errorf("NT hash of %s: %x, %v", login, h, err)
		}
	}
	for _, login := range []string{"u0", "U0@example.test", "sip:u0@example.test", `EXAMPLE\u0`} {
		check(login, "p0", true)
		hash(login, true)
	}
	check("u0", "p1", false)
	check("u0", "", false)
	check("nobody", "p0", false)
	check("u0@other.test", "p0", false)
	hash("u1", false) // not asked for
	must(t, d.SetPassword(t.Context(), u[0], "new", nil))
	check("u0", "p0", false)
	check("u0", "new", true)
	hash("u0", true) // kept as it was
	must(t, d.DisableNTLM(t.Context(), u[0]))
	hash("u0", false)
	must(t, d.Disable(t.Context(), u[1]))
	check("u1", "p1", false)
	must(t, d.Enable(t.Context(), u[1]))
	check("u1", "p1", true)
	must(t, d.Delete(t.Context(), u[1]))
	check("u1", "p1", false)
}

// TestPolicy: the nearest value wins.
func TestPolicy(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	u := users(t, d, 1)
	enabled := func(want bool, from string) {
		t.Helper()
		if p, where := d.Policy(u[0]); p.EnablePersistentChat != want || where != from || d.Enabled(u[0]) != want {
			t.Errorf("%v from %s, want %v from %s", p.EnablePersistentChat, where, want, from)
		}
	}
	enabled(true, "global")
	must(t, d.SetPolicy(t.Context(), 0, false))
	enabled(false, "global")
	must(t, d.SetPolicy(t.Context(), u[0], true))
	enabled(true, "user")
	must(t, d.ClearPolicy(t.Context(), u[0]))
	enabled(false, "global")
	isKind(t, d.ClearPolicy(t.Context(), 0), chat.KindInvalid)
}

// TestWatch: whoever watches hears of each change, in order, and no more once
// he has stopped.
func TestWatch(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	u := users(t, d, 2)
	g, err := d.CreateGroup(t.Context(), "desk", "")
	must(t, err)
	var mu sync.Mutex
	var heard []chat.PrincipalChange
	stop := d.Watch(func(c chat.PrincipalChange) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, c)
	})
	must(t, d.Join(t.Context(), g.ID, u[0]))
	must(t, d.SetPolicy(t.Context(), u[1], false))
	must(t, d.SetPassword(t.Context(), u[0], "x", nil))
	must(t, d.Disable(t.Context(), u[1]))
	must(t, d.Delete(t.Context(), g.ID))
	stop()
	must(t, d.Enable(t.Context(), u[1]))
	want := []chat.PrincipalChange{
		{ID: u[0], Rights: true}, {ID: u[1], Rights: true}, {ID: u[0], Secret: true}, {ID: u[1], Gone: true}, {ID: g.ID, Gone: true}, {ID: u[0], Rights: true},
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %+v\nwant  %+v", heard, want)
	}
}

// TestKept: everything is there after a restart, and a folder of another domain
// is refused.
func TestKept(t *testing.T) {
	store := chattest.NewStore()
	d := open(t, store, "example.test")
	u := users(t, d, 2)
	g, err := d.CreateGroup(t.Context(), "desk", "The desk")
	must(t, err)
	must(t, d.Join(t.Context(), g.ID, u[0]))
	must(t, d.SetPolicy(t.Context(), u[1], false))
	must(t, d.Disable(t.Context(), u[1]))
	again := open(t, store, "Example.test")
	if !slices.Equal(again.Affiliations(u[0]), d.Affiliations(u[0])) || again.Enabled(u[1]) || again.Domain() != d.Domain() {
		t.Error("rights or policy differ after a restart")
	}
	if p, ok := again.FindPrincipal(u[1]); !ok || p.State != chat.PrincipalDisabled {
		t.Errorf("u1 is %v", p.State)
	}
	_, err = directory.Open(t.Context(), directory.Config{Domain: "other.test", Now: time.Now, Log: slog.New(slog.DiscardHandler)}, store)
	isKind(t, err, chat.KindInvalid)
}

// TestConcurrent: changes and questions from many sides at once.
func TestConcurrent(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	u := users(t, d, 8)
	g, err := d.CreateGroup(t.Context(), "desk", "")
	must(t, err)
	var wg sync.WaitGroup
	for _, id := range u {
		wg.Go(func() {
			for range 20 {
				for _, do := range []func(context.Context, chat.PrincipalID, ...chat.PrincipalID) error{d.Join, d.Leave} {
					if err := do(t.Context(), g.ID, id); err != nil {
						t.Error(err)
					}
					d.Affiliations(id)
					d.Members(g.ID)
				}
			}
		})
	}
	wg.Wait()
	if got := d.Members(g.ID); len(got) != 0 {
		t.Errorf("the group holds %v", got)
	}
}
