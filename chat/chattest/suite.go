package chattest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"perch/chat"
)

// TestStore checks that a store keeps every promise of chat.Store. open returns
// a new, empty store, and closes it when the test ends.
func TestStore(t *testing.T, open func(t *testing.T) chat.Store) {
	groups := []map[string]func(t *testing.T, w *world){
		appendTests, readTests, searchTests, changeTests, journalTests, categoryTests, roomTests, invitationTests, principalTests, userTests,
		belongingsTests, followingTests, objectTests, fileTests, againTests, passTests, lockoutTests, contextTests, closeTests,
	}
	runTests(t, open, groups)
	t.Run("Identity", func(t *testing.T) { testIdentity(t, open(t), open(t)) })
}

// TestSearch checks the part of the suite that is about searching.
func TestSearch(t *testing.T, open func(t *testing.T) chat.Store) {
	runTests(t, open, []map[string]func(t *testing.T, w *world){searchTests})
}

func runTests(t *testing.T, open func(t *testing.T) chat.Store, groups []map[string]func(t *testing.T, w *world)) {
	for _, tests := range groups {
		for _, name := range slices.Sorted(maps.Keys(tests)) {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, open(t))
				tests[name](t, w)
				if !w.closed && !w.taken {
					Verify(t, w.Store)
				}
			})
		}
	}
}

// testIdentity checks that two stores are told apart.
func testIdentity(t *testing.T, a, b chat.Store) {
	if id, err := uuid.Parse(a.Identity()); err != nil || id.String() != a.Identity() {
		t.Errorf("identity %q is not a GUID in lower case", a.Identity())
	}
	if a.Identity() == b.Identity() {
		t.Error("two stores have the same identity")
	}
}

// world is a store with a category, three rooms and two users in it.
type world struct {
	chat.Store
	category   chat.Category
	rooms      []chat.Room
	alice, bob chat.PrincipalID
	closed     bool // the test closed the store, which cannot be verified then
	taken      bool // something was taken out of the journal
}

func newWorld(t *testing.T, s chat.Store) *world {
	t.Helper()
	w := &world{Store: s}
	w.category = must(s.CreateCategory(t.Context(), newCategory("Trading"), chat.Entry{Kind: chat.EntryCat}))(t)
	list := []chat.Room{newRoom(w.category, "Bonds"), newRoom(w.category, "Metals"), newRoom(w.category, "Oil")}
	w.rooms = must(s.CreateRooms(t.Context(), list, roomEntries(len(list))))(t)
	who := must(s.CreatePrincipals(t.Context(), []chat.Principal{newUser("alice"), newUser("bob")}, nil, []chat.Entry{{Kind: chat.EntryPerson}}))(t)
	w.alice, w.bob = who[0].ID, who[1].ID
	return w
}

func newCategory(name string) chat.Category {
	return chat.Category{GUID: uuid.NewString(), Name: name, History: true}
}

func newRoom(c chat.Category, name string) chat.Room {
	return chat.Room{GUID: uuid.NewString(), Category: c.ID, Name: name, Behavior: chat.Normal, Invitations: chat.InvitationsInherit}
}

func newUser(name string) chat.Principal {
	return chat.Principal{GUID: uuid.NewString(), Kind: chat.KindUser, Name: name, URI: "sip:" + name + "@example.test", DisplayName: name}
}

func roomEntries(n int) []chat.Entry {
	return slices.Repeat([]chat.Entry{{Kind: chat.EntryRoom}}, n)
}

// post is a batch of posts, one for each room named.
func post(text string, rooms ...chat.Room) chat.Batch {
	var b chat.Batch
	for i, r := range rooms {
		b.Drafts = append(b.Drafts, chat.Draft{
			Room: r.ID, Author: 1, AuthorURI: "sip:alice@example.test", AuthorName: "Alice", At: 1_700_000_000_000_000, Text: fmt.Sprint(text, i),
		})
		b.Origins = append(b.Origins, chat.Origin{RoomGUID: r.GUID, RoomName: r.Name, Endpoint: "b34afb6ebb23"})
	}
	return b
}

// say posts n messages in a room, one after the other.
func (w *world) say(t *testing.T, r chat.Room, n int) {
	t.Helper()
	for range n {
		must(w.Append(t.Context(), post("word ", r)))(t)
	}
}

// must returns v, or fails the test: must(f())(t).
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// check fails the test for an error.
func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// same compares what was wanted with what came; an empty slice is as good as none.
func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if reflect.DeepEqual(want, got) { // much faster, and nearly always so
		return
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// kindIs checks an error's kind as front ends do.
func kindIs(t testing.TB, err error, k chat.Kind) {
	t.Helper()
	if !errors.Is(err, chat.E(k, "")) {
		t.Errorf("error %v (%v), want kind %v", err, chat.KindOf(err), k)
	}
}

// refused checks that a call fails with the kind and changes nothing.
func (w *world) refused(t testing.TB, k chat.Kind, do func(ctx context.Context) error) {
	t.Helper()
	before := snapshot(t, w.Store)
	err := do(t.Context())
	if err == nil {
		t.Errorf("was done, want it refused: %v", k)
	} else {
		kindIs(t, err, k)
	}
	same(t, "a refused call changed the store", before, snapshot(t, w.Store))
}

// drop leaves only the error of a call.
func drop[T any](_ T, err error) error { return err }
