package directory_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
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

// people makes users without passwords, which cost time.
func people(t *testing.T, d *directory.Service, n int) (ids []chat.PrincipalID) {
	t.Helper()
	list := make([]directory.NewUser, n)
	for i := range list {
		list[i].Name = fmt.Sprint("p", i)
	}
	made, err := d.CreateUsers(t.Context(), list)
	must(t, err)
	for _, p := range made {
		ids = append(ids, p.ID)
	}
	return ids
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
	isKind(t, d.Join(t.Context(), g[0], 999), chat.KindNoSuchPrincipal)
}

// TestContainers: a container holds users, groups and containers, a group no
// container.
func TestContainers(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	u := people(t, d, 2)
	made := func(create func(context.Context, string, string) (chat.Principal, error), name string) chat.PrincipalID {
		t.Helper()
		p, err := create(t.Context(), name, "")
		must(t, err)
		return p.ID
	}
	outer, inner, group := made(d.CreateContainer, "Europe"), made(d.CreateContainer, "Sales"), made(d.CreateGroup, "desk")
	must(t, d.Join(t.Context(), outer, inner))
	must(t, d.Join(t.Context(), inner, u[0], group))
	must(t, d.Join(t.Context(), group, u[1]))
	isKind(t, d.Join(t.Context(), group, u[0], inner), chat.KindInvalid)
	if got := d.Members(outer); !slices.Equal(got, u) {
		t.Errorf("Europe holds %v, want %v", got, u)
	}
	if got := d.List(chat.KindContainer); len(got) != 2 || got[0].Name != "Europe" {
		t.Errorf("containers: %v", got)
	}
}

// TestForgets: what a directory has answered before a change of groups does not
// stay: it answers as one that has just been opened.
func TestForgets(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		store := chattest.NewStore()
		d := open(t, store, "example.test")
		nodes := people(t, d, 5)
		for i := range 5 {
			g, err := d.CreateGroup(t.Context(), fmt.Sprint("g", i), "")
			must(t, err)
			nodes = append(nodes, g.ID)
		}
		for range 20 {
			g, m := nodes[5+rnd.IntN(len(nodes)-5)], nodes[rnd.IntN(len(nodes))]
			switch n := rnd.IntN(8); {
			case n == 0 && len(nodes) > 6:
				must(t, d.Delete(t.Context(), g))
				nodes = slices.DeleteFunc(nodes, func(id chat.PrincipalID) bool { return id == g })
			case n < 3:
				must(t, d.Leave(t.Context(), g, m))
			case m != g:
				must(t, d.Join(t.Context(), g, m, nodes[0], m))
			}
			fresh := open(t, store, "example.test")
			for _, id := range nodes {
				if a, b := d.Affiliations(id), fresh.Affiliations(id); !slices.Equal(a, b) {
					t.Fatalf("seed %d: affiliations of %d are %v, want %v", seed, id, a, b)
				}
				if a, b := d.AffiliatedSince(id), fresh.AffiliatedSince(id); !maps.Equal(a, b) {
					t.Fatalf("seed %d: %d is affiliated since %v, want %v", seed, id, a, b)
				}
				if a, b := d.Members(id), fresh.Members(id); !slices.Equal(a, b) {
					t.Fatalf("seed %d: members of %d are %v, want %v", seed, id, a, b)
				}
			}
		}
	}
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

// TestPolicy: the nearest wins of a granted policy, the pool's, the site's and
// the global one.
func TestPolicy(t *testing.T) {
	store := chattest.NewStore()
	d := open(t, store, "example.test")
	ctx, u := t.Context(), users(t, d, 2)
	set := func(name string, on bool) {
		t.Helper()
		_, err := d.SetPolicy(ctx, chat.Policy{Name: name, EnablePersistentChat: on})
		must(t, err)
	}
	holds := func(user chat.PrincipalID, want bool, from string) {
		t.Helper()
		if p := d.Policy(user); p.EnablePersistentChat != want || p.Name != from || d.Enabled(user) != want {
			t.Errorf("%v from %s, want %v from %s", p.EnablePersistentChat, p.Name, want, from)
		}
	}
	holds(u[0], true, "global")
	set("global", false)
	holds(u[0], false, "global")
	set("site:Default", true)
	holds(u[0], true, "site:Default")
	set("SITE:default", false) // the same one
	set("pool:example.test", true)
	holds(u[0], true, "pool:example.test")
	set("pool:other.test", false)
	set("Traders", false)
	must(t, d.GrantPolicy(ctx, u, "traders"))
	holds(u[0], false, "tag:Traders")
	must(t, d.GrantPolicy(ctx, u[:1], ""))
	holds(u[0], true, "pool:example.test")

	isKind(t, d.GrantPolicy(ctx, u, "pool:example.test"), chat.KindInvalid)
	isKind(t, d.GrantPolicy(ctx, u, "nothing"), chat.KindNoSuchObject)
	isKind(t, d.DeletePolicy(ctx, "Traders", false), chat.KindNotEmpty)
	for _, name := range []string{"", "tag:", "zone:x", "tag:a/b", "tag:a\tb", "tag:jörg", strings.Repeat("x", 65), "site: ", "pool:" + strings.Repeat("x", 257), "site:a\nb"} {
		_, err := d.SetPolicy(ctx, chat.Policy{Name: name})
		isKind(t, err, chat.KindInvalid)
	}
	for _, name := range []string{"global", "new"} {
		_, err := d.SetPolicy(ctx, chat.Policy{Name: name, Version: 7})
		isKind(t, err, chat.KindCollision)
	}

	d = open(t, store, "example.test") // all of it is kept
	holds(u[1], false, "tag:Traders")
	must(t, d.DeletePolicy(ctx, "Traders", true))
	holds(u[1], true, "pool:example.test")
	must(t, d.DeletePolicy(ctx, "pool:example.test", false))
	must(t, d.DeletePolicy(ctx, "site:default", false))
	must(t, d.DeletePolicy(ctx, "global", false))
	must(t, d.DeletePolicy(ctx, "global", false))
	holds(u[1], true, "global")
	if got := d.Policies(); len(got) != 2 || got[0].Name != "global" || got[1].Name != "pool:other.test" {
		t.Errorf("left: %+v", got)
	}
}

// TestGrants: all users or none get a policy, each change is written down once,
// and only whose value changes is told.
func TestGrants(t *testing.T) {
	store := chattest.NewStore()
	d := open(t, store, "example.test")
	ctx, u := t.Context(), people(t, d, 4)
	var told []chat.PrincipalID
	d.Watch(func(c chat.PrincipalChange) {
		told = append(told, c.ID)
	})
	entries := func() (n int) {
		list, err := store.ListEntries(ctx, 0, 1000)
		must(t, err)
		for _, e := range list {
			if e.Kind == chat.EntryPolicy {
				n++
			}
		}
		return n
	}
	does := func(what string, err error, written int, tells ...chat.PrincipalID) {
		t.Helper()
		must(t, err)
		if n := entries(); n != written || !slices.Equal(told, tells) {
			t.Errorf("%s: %d entries, want %d; told %v, want %v", what, n, written, told, tells)
		}
		told = nil
	}
	set := func(name string, on bool) error {
		_, err := d.SetPolicy(ctx, chat.Policy{Name: name, EnablePersistentChat: on})
		return err
	}
	does("new policy", set("Off", false), 1)
	does("granted", d.GrantPolicy(ctx, []chat.PrincipalID{u[2], u[0], u[2]}, "tag:off"), 3, u[0], u[2])
	does("granted again", d.GrantPolicy(ctx, u[:2], "Off"), 4, u[1])
	if got := d.GrantedTo("tag:OFF"); !slices.Equal(got, u[:3]) {
		t.Errorf("granted to %v", got)
	}
	isKind(t, d.GrantPolicy(ctx, []chat.PrincipalID{u[3], d.Domain()}, "Off"), chat.KindNoSuchPrincipal)
	does("nobody else", nil, 4)
	does("pool off", set("pool:example.test", false), 5, u[3])
	does("taken back", d.GrantPolicy(ctx, u[:1], ""), 6)
	does("taken back again", d.GrantPolicy(ctx, u[:1], ""), 6)
	does("pool on", set("pool:example.test", true), 7, u[0], u[3])
	does("changed", set("tag:off", true), 8, u[1], u[2])
	does("changed back", set("tag:off", false), 9, u[1], u[2])
	must(t, d.Delete(ctx, u[1]))
	told = nil
	does("granted after taken back", d.GrantPolicy(ctx, u[:1], "Off"), 10, u[0])

	d = open(t, store, "example.test") // the versions of grants are kept, too
	must(t, d.GrantPolicy(ctx, u[:1], ""))
	if d.GrantedTo("") != nil || !slices.Equal(d.GrantedTo("tag:Off"), u[2:3]) {
		t.Errorf("granted to %v", d.GrantedTo("tag:Off"))
	}
	isKind(t, d.DeletePolicy(ctx, "Off", false), chat.KindNotEmpty)
	must(t, d.DeletePolicy(ctx, "Off", true))
	must(t, set("Off", false))
	if !d.Enabled(u[2]) || d.GrantedTo("tag:Off") != nil {
		t.Error("a grant came back with a policy of the same name")
	}
}

// TestAffiliatedSince: of all the ways by which somebody belongs to a group, the
// one counts that was complete first; compared with a search of every way.
func TestAffiliatedSince(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		d := open(t, chattest.NewStore(), "example.test")
		u := people(t, d, 1)[0]
		nodes := []chat.PrincipalID{u}
		for i := range 6 {
			g, err := d.CreateGroup(t.Context(), fmt.Sprint("g", i), "")
			must(t, err)
			nodes = append(nodes, g.ID)
		}
		since := map[[2]chat.PrincipalID]chat.InvitationID{} // member, group
		given := chat.InvitationID(1)
		for range 18 {
			m, g := nodes[rnd.IntN(len(nodes))], nodes[1+rnd.IntN(len(nodes)-1)]
			switch e := [2]chat.PrincipalID{m, g}; {
			case m == g:
			case since[e] == 0:
				must(t, d.Join(t.Context(), g, m))
				given++
				since[e] = given
			case rnd.IntN(2) == 0:
				must(t, d.Leave(t.Context(), g, m))
				delete(since, e)
			default: // it is there, and stays as old as it is
				must(t, d.Join(t.Context(), g, m))
			}
		}
		got := d.AffiliatedSince(u)
		want := map[chat.PrincipalID]chat.InvitationID{}
		var walk func(at chat.PrincipalID, n chat.InvitationID, seen []chat.PrincipalID)
		walk = func(at chat.PrincipalID, n chat.InvitationID, seen []chat.PrincipalID) {
			if old, known := want[at]; !known || n < old {
				want[at] = n
			}
			for e, s := range since {
				if e[0] == at && !slices.Contains(seen, e[1]) {
					walk(e[1], max(n, s), append(slices.Clone(seen), e[1]))
				}
			}
		}
		walk(u, 0, []chat.PrincipalID{u})
		want[d.Domain()] = 0
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d: %v, want %v", seed, got, want)
		}
	}
}

// TestPreview: the view is as the directory becomes, which is left as it is.
func TestPreview(t *testing.T) {
	for seed := range uint64(100) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		store := chattest.NewStore()
		d := open(t, store, "example.test")
		nodes := people(t, d, 4)
		for i := range 4 {
			g, err := d.CreateGroup(t.Context(), fmt.Sprint("g", i), "")
			must(t, err)
			nodes = append(nodes, g.ID)
		}
		some := func() (list []chat.Membership) {
			for range 4 {
				m, g := nodes[rnd.IntN(8)], nodes[4+rnd.IntN(4)]
				if m != g {
					list = append(list, chat.Membership{Group: g, Member: m})
				}
			}
			return list
		}
		for _, m := range some() {
			must(t, d.Join(t.Context(), m.Group, m.Member))
		}
		add, remove := some(), some()
		before := chat.InvitationID(0) // the greatest number given
		made, err := store.ListMemberships(t.Context())
		must(t, err)
		for _, m := range made {
			before = max(before, m.Since)
		}
		view := d.Preview(add, remove)
		for _, m := range remove {
			must(t, d.Leave(t.Context(), m.Group, m.Member))
		}
		for _, m := range add {
			must(t, d.Join(t.Context(), m.Group, m.Member))
		}
		for _, id := range append(nodes, d.Domain()) {
			if a, b := view.Affiliations(id), d.Affiliations(id); !slices.Equal(a, b) {
				t.Fatalf("seed %d: affiliations of %d would be %v, are %v", seed, id, a, b)
			}
			if a, b := view.Members(id), d.Members(id); !slices.Equal(a, b) {
				t.Fatalf("seed %d: members of %d would be %v, are %v", seed, id, a, b)
			}
			since := d.AffiliatedSince(id)
			for to, n := range since {
				if n > before {
					since[to] = math.MaxInt64
				}
			}
			if a := view.AffiliatedSince(id); !maps.Equal(a, since) {
				t.Fatalf("seed %d: %d would be affiliated since %v, is %v", seed, id, a, since)
			}
		}
	}
}

// TestFindPrincipals: by the beginning of a name, an address or words.
func TestFindPrincipals(t *testing.T) {
	d := open(t, chattest.NewStore(), "example.test")
	_, err := d.CreateUsers(t.Context(), []directory.NewUser{
		{Name: "alice", DisplayName: "Alice  van Dam", Email: "Adam@example.test"}, {Name: "bob", DisplayName: "Bob Dean"},
	})
	must(t, err)
	_, err = d.CreateGroup(t.Context(), "Dealers", "")
	must(t, err)
	names := func(list []chat.Principal) string {
		var out []string
		for _, p := range list {
			out = append(out, p.Name)
		}
		return strings.Join(out, " ")
	}
	for prefix, want := range map[string]string{
		"": "alice bob Dealers example.test", "AL": "alice", "sip:b": "bob", "bob@": "bob", "SIP:Bob@example.test": "bob", "da": "alice",
		"de": "bob Dealers", "an": "", "adam": "alice", "s": "", "ma": "", "van  da": "alice", "alice alice": "", " bob ": "bob", "sip:": "alice bob Dealers example.test",
	} {
		if got := names(d.SearchPrincipals(prefix)); got != want {
			t.Errorf("%q finds %v, want %s", prefix, got, want)
		}
	}
	find := func(want string, wantMore bool) func([]chat.Principal, bool) {
		return func(list []chat.Principal, more bool) {
			t.Helper()
			if got := names(list); got != want || more != wantMore {
				t.Errorf("found %s, more %v, want %s, %v", got, more, want, wantMore)
			}
		}
	}
	find("bob", false)(d.FindUsers("de", 1))
	find("alice", true)(d.FindUsers("", 1))
	find("alice bob", false)(d.FindUsers("", 2))
	find("Dealers", false)(d.FindPrincipals("de", []chat.PrincipalKind{chat.KindGroup, chat.KindContainer}, 0))
	shown := "Robert"
	_, err = d.UpdateUser(t.Context(), d.SearchPrincipals("bob")[0].ID, directory.UserPatch{DisplayName: &shown})
	must(t, err)
	find("bob", false)(d.FindUsers("robert", 0))
	find("", false)(d.FindUsers("dean", 0))
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
	_, err = d.SetPolicy(t.Context(), chat.Policy{Name: "Off"})
	must(t, err)
	must(t, d.GrantPolicy(t.Context(), u[1:], "Off"))
	must(t, d.SetPassword(t.Context(), u[0], "x", nil))
	must(t, d.Disable(t.Context(), u[1]))
	must(t, d.Delete(t.Context(), g.ID))
	must(t, d.Delete(t.Context(), u[0]))
	stop()
	must(t, d.Enable(t.Context(), u[1]))
	want := []chat.PrincipalChange{
		{ID: u[0], Rights: true},
		{ID: u[1], Rights: true},
		{ID: u[0], Secret: true},
		{ID: u[1], Gone: true},
		{ID: g.ID, Gone: true},
		{ID: u[0], Rights: true},
		{ID: u[0], Gone: true},
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
	_, err = d.SetPolicy(t.Context(), chat.Policy{Name: "Off"})
	must(t, err)
	must(t, d.GrantPolicy(t.Context(), u[1:], "Off"))
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

// failing is a store that deletes no objects.
type failing struct{ chat.Store }

func (failing) DeleteObject(context.Context, chat.ObjectKind, string, chat.Entry) error {
	return chat.E(chat.KindDatabase, "the disk is full")
}

// TestStoreFails: what the store refused has not happened, and nobody is told.
func TestStoreFails(t *testing.T) {
	store := chattest.NewStore()
	d := open(t, failing{store}, "example.test")
	ctx, u := t.Context(), people(t, d, 2)
	g, err := d.CreateGroup(ctx, "desk", "")
	must(t, err)
	must(t, d.Join(ctx, g.ID, u[0]))
	_, err = d.SetPolicy(ctx, chat.Policy{Name: "Off"})
	must(t, err)
	must(t, d.GrantPolicy(ctx, u[:1], "Off"))
	var told []chat.PrincipalChange
	d.Watch(func(c chat.PrincipalChange) { told = append(told, c) })

	isKind(t, d.DeletePolicy(ctx, "Off", true), chat.KindDatabase)
	if _, err := d.FindPolicy("Off"); err != nil || !d.Enabled(u[0]) {
		t.Errorf("the policy is there: %v, still granted: %v", err, !d.Enabled(u[0]))
	}
	if !slices.Equal(told, []chat.PrincipalChange{{ID: u[0], Rights: true}}) {
		t.Errorf("told %v", told)
	}
	told = nil
	must(t, store.Close())
	for _, err := range []error{
		d.Join(ctx, g.ID, u[1]), d.Leave(ctx, g.ID, u[0]), d.Delete(ctx, g.ID), d.Disable(ctx, u[0]), d.GrantPolicy(ctx, u, "Off"),
	} {
		isKind(t, err, chat.KindDatabase)
	}
	_, err = d.SetPolicy(ctx, chat.Policy{Name: "global"})
	isKind(t, err, chat.KindDatabase)
	if got := d.Members(g.ID); !slices.Equal(got, u[:1]) || !d.Enabled(u[0]) || len(told) != 0 {
		t.Errorf("the group holds %v; told %v", got, told)
	}
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
					d.AffiliatedSince(id)
					d.FindUsers("u", 3)
					d.Preview([]chat.Membership{{Group: g.ID, Member: id}}, nil).Affiliations(id)
				}
			}
		})
	}
	wg.Wait()
	if got := d.Members(g.ID); len(got) != 0 {
		t.Errorf("the group holds %v", got)
	}
}
