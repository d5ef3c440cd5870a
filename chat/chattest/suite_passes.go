package chattest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"perch/chat"
)

var passTests = map[string]func(t *testing.T, w *world){
	"Passes/every field is kept":                testPassFields,
	"Passes/are bounded":                        testPassesBounded,
	"Passes/bounded for many at once":           testPassesBoundedAtOnce,
	"Passes/are of active users only":           testPassUsers,
	"Passes/are deleted once, on record":        testPassesDeleted,
	"Passes/stale ones are found":               testPassesStale,
	"Passes/a disabled user has no sessions":    testPassesDisabled,
	"Passes/another password ends all sessions": testPassesPassword,
}

// passOf is one of the passes that a user is equipped with.
func passOf(user chat.PrincipalID, kind chat.PassKind) chat.Pass {
	p := chat.Pass{ID: fmt.Sprint(kind, " of ", user), Hash: fmt.Sprint("hash of ", kind, user), Kind: kind, User: user, Created: 10, Used: 20, Expires: 30}
	if kind == chat.PassToken {
		p.Name, p.Scope = "script", chat.ScopePost
	}
	return p
}

// session is one of a user's many.
func session(user chat.PrincipalID, n int) chat.Pass {
	p := passOf(user, chat.PassSession)
	p.ID, p.Hash, p.Client = fmt.Sprint("s", n), fmt.Sprint("h", n), fmt.Sprint("browser ", n)
	return p
}

func (w *world) passes(t testing.TB, user chat.PrincipalID, kind chat.PassKind) (ids []string) {
	t.Helper()
	for _, p := range must(w.ListPasses(t.Context(), user, kind))(t) {
		ids = append(ids, p.ID)
	}
	return ids
}

// newEntries are the journal's behind a position.
func (w *world) newEntries(t testing.TB, after chat.EntryID) []chat.Entry {
	t.Helper()
	list := must(w.ListEntries(t.Context(), after, everything))(t)
	for i := range list {
		list[i].ID = 0
	}
	return list
}

func (w *world) head(t testing.TB) chat.EntryID {
	t.Helper()
	return must(w.JournalHead(t.Context()))(t)
}

func testPassFields(t *testing.T, w *world) {
	ctx := t.Context()
	head := w.head(t)
	token := chat.Pass{
		ID: "t1", Hash: "h1", Kind: chat.PassToken, User: w.bob, Name: "Prüf-Skript", How: "os:root", Client: "curl/8", Address: "192.0.2.7", Scope: chat.ScopeManage,
		Created: 1_700_000_000_000_001, Used: 1_700_000_000_000_002, Expires: 1_700_000_000_000_003,
	}
	e := chat.Entry{Kind: chat.EntryObject, At: 5, Actor: w.bob, ActorURI: "sip:bob@example.test", Cause: "token"}
	check(t, w.CreatePass(ctx, token, 1, []chat.Entry{e}))
	same(t, "entries", []chat.Entry{e}, w.newEntries(t, head))
	check(t, w.CreatePass(ctx, passOf(w.bob, chat.PassSession), 1, nil))
	check(t, w.CreatePass(ctx, passOf(w.alice, chat.PassToken), 1, nil))
	same(t, "found", token, must(w.FindPass(ctx, "h1"))(t))
	_, err := w.FindPass(ctx, "t1")
	kindIs(t, err, chat.KindNoSuchObject)
	same(t, "bob's", []string{"t1"}, w.passes(t, w.bob, chat.PassToken))
	same(t, "all", []string{passOf(w.alice, chat.PassToken).ID, "t1"}, w.passes(t, 0, chat.PassToken))
	check(t, w.UsePass(ctx, "t1", 1_800_000_000_000_000))
	check(t, w.UsePass(ctx, "none", 1))
	token.Used = 1_800_000_000_000_000
	same(t, "used", token, must(w.FindPass(ctx, "h1"))(t))
	for _, p := range []chat.Pass{{ID: "t1", Hash: "h2"}, {ID: "t2", Hash: "h1"}} {
		p.Kind, p.User = chat.PassToken, w.alice
		w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return w.CreatePass(ctx, p, 9, []chat.Entry{e}) })
	}
}

func testPassesBounded(t *testing.T, w *world) {
	ctx := t.Context()
	for n := range 3 {
		check(t, w.CreatePass(ctx, session(w.alice, n), 3, nil))
	}
	w.refused(t, chat.KindLimit, func(ctx context.Context) error {
		return w.CreatePass(ctx, session(w.alice, 3), 3, []chat.Entry{personEntry})
	})
	check(t, w.CreatePass(ctx, passOf(w.alice, chat.PassToken), 1, nil)) // of another kind
	check(t, w.CreatePass(ctx, session(w.bob, 4), 1, nil))               // another's
}

func testPassesBoundedAtOnce(t *testing.T, w *world) {
	var wg sync.WaitGroup
	var made atomic.Int32
	for n := range 8 {
		wg.Go(func() {
			if err := w.CreatePass(t.Context(), session(w.alice, n), 3, nil); err == nil {
				made.Add(1)
			} else {
				kindIs(t, err, chat.KindLimit)
			}
		})
	}
	wg.Wait()
	if made.Load() != 3 {
		t.Errorf("%d were made, 3 are allowed", made.Load())
	}
}

func testPassUsers(t *testing.T, w *world) {
	for _, state := range []chat.PrincipalState{chat.PrincipalDisabled, chat.PrincipalDeleted} {
		p := newUser("bob")
		p.ID, p.State = w.bob, state
		check(t, w.UpdatePrincipal(t.Context(), p, personEntry))
		w.refused(t, chat.KindNoSuchPrincipal, func(ctx context.Context) error { return w.CreatePass(ctx, session(w.bob, 1), 9, nil) })
	}
	w.refused(t, chat.KindNoSuchPrincipal, func(ctx context.Context) error { return w.CreatePass(ctx, session(4711, 1), 9, nil) })
}

func testPassesDeleted(t *testing.T, w *world) {
	ctx := t.Context()
	for n := range 3 {
		check(t, w.CreatePass(ctx, session(w.alice, n), 3, nil))
	}
	head := w.head(t)
	entry := func(n int) chat.Entry {
		return chat.Entry{Kind: chat.EntrySignOut, Actor: w.alice, ActorURI: "sip:alice@example.test", Cause: fmt.Sprint(n)}
	}
	gone := must(w.DeletePasses(ctx, []string{"s0", "none", "s2", "s0"}, []chat.Entry{entry(0), entry(9), entry(2), entry(8)}))(t)
	same(t, "gone", []string{"s0", "s2"}, gone)
	same(t, "entries", []chat.Entry{entry(0), entry(2)}, w.newEntries(t, head))
	same(t, "left", []string{"s1"}, w.passes(t, w.alice, chat.PassSession))
	same(t, "without entries", []string{"s1"}, must(w.DeletePasses(ctx, []string{"s1"}, nil))(t))
	_, err := w.FindPass(ctx, "h1")
	kindIs(t, err, chat.KindNoSuchObject)
}

func testPassesStale(t *testing.T, w *world) {
	ctx := t.Context()
	add := func(id string, kind chat.PassKind, used, expires chat.Time) {
		t.Helper()
		check(t, w.CreatePass(ctx, chat.Pass{ID: id, Hash: id, Kind: kind, User: w.alice, Used: used, Expires: expires}, 99, nil))
	}
	add("expired", chat.PassSession, 90, 100)
	add("idle", chat.PassSession, 49, 200)
	add("both", chat.PassSession, 1, 1)
	add("used", chat.PassSession, 50, 101)
	add("token", chat.PassToken, 0, 0)
	add("token expired", chat.PassToken, 0, 99)
	for n, want := range map[int][]string{9: {"both", "expired", "idle", "token expired"}, 2: {"both", "expired"}, 0: nil} {
		var got []string
		for _, p := range must(w.ListStale(ctx, 100, 50, n))(t) {
			got = append(got, p.ID)
		}
		same(t, fmt.Sprint("stale, ", n, " at most"), want, got)
	}
}

// ended are the entries by which the store ends sessions.
func ended(user chat.PrincipalID, name, cause string, at chat.Time, n ...int) (out []chat.Entry) {
	for _, i := range n {
		out = append(out, chat.Entry{
			Kind: chat.EntrySignOut, At: at, Actor: user, ActorURI: "sip:" + name + "@example.test", ActorName: name, Cause: cause,
			Endpoint: fmt.Sprint("s", i), Client: fmt.Sprint("browser ", i),
		})
	}
	return out
}

func testPassesDisabled(t *testing.T, w *world) {
	ctx := t.Context()
	for _, state := range []chat.PrincipalState{chat.PrincipalDisabled, chat.PrincipalDeleted} {
		user := w.create(t, newUser("user"+state.String()))[0]
		check(t, w.CreatePass(ctx, session(user.ID, 1), 9, nil))
		check(t, w.CreatePass(ctx, session(user.ID, 2), 9, nil))
		check(t, w.CreatePass(ctx, passOf(user.ID, chat.PassToken), 9, nil))
		check(t, w.CreatePass(ctx, session(w.alice, 3+int(state)), 9, nil))
		user.State = state
		e := chat.Entry{Kind: chat.EntryPerson, At: 77, Subject: int64(user.ID)}
		head := w.head(t)
		check(t, w.UpdatePrincipal(ctx, user, e))
		cause := map[chat.PrincipalState]string{chat.PrincipalDisabled: chat.CauseDisabled, chat.PrincipalDeleted: chat.CauseDeleted}[state]
		same(t, "entries", slices.Concat([]chat.Entry{e}, ended(user.ID, user.Name, cause, 77, 1, 2)), w.newEntries(t, head))
		same(t, "sessions", []string(nil), w.passes(t, user.ID, chat.PassSession))
		tokens := []string{passOf(user.ID, chat.PassToken).ID}
		if state == chat.PrincipalDeleted {
			tokens = nil
		}
		same(t, "tokens", tokens, w.passes(t, user.ID, chat.PassToken))
	}
	same(t, "another's", []string{"s4", "s5"}, w.passes(t, w.alice, chat.PassSession))
}

func testPassesPassword(t *testing.T, w *world) {
	ctx := t.Context()
	check(t, w.UpdateCredentials(ctx, w.alice, chat.Credentials{Password: "a"}, "", personEntry))
	for n := range 3 {
		check(t, w.CreatePass(ctx, session(w.alice, n), 9, nil))
	}
	check(t, w.CreatePass(ctx, passOf(w.alice, chat.PassToken), 9, nil))
	check(t, w.CreatePass(ctx, session(w.bob, 3), 9, nil))
	check(t, w.UpdateCredentials(ctx, w.alice, chat.Credentials{Password: "a", NTHash: hash}, "", personEntry))
	same(t, "the same password", []string{"s0", "s1", "s2"}, w.passes(t, w.alice, chat.PassSession))
	head := w.head(t)
	e := chat.Entry{Kind: chat.EntryPerson, At: 78, Subject: int64(w.alice)}
	check(t, w.UpdateCredentials(ctx, w.alice, chat.Credentials{Password: "b"}, "s1", e))
	same(t, "entries", slices.Concat([]chat.Entry{e}, ended(w.alice, "alice", chat.CausePassword, 78, 0, 2)), w.newEntries(t, head))
	same(t, "another password", []string{"s1"}, w.passes(t, w.alice, chat.PassSession))
	same(t, "tokens", []string{passOf(w.alice, chat.PassToken).ID}, w.passes(t, w.alice, chat.PassToken))
	same(t, "another's", []string{"s3"}, w.passes(t, w.bob, chat.PassSession))
}
