package chattest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"perch/chat"
)

var principalTests = map[string]func(t *testing.T, w *world){
	"Principals/every field is kept":     testPrincipalFields,
	"Principals/ids":                     testPrincipalIDs,
	"Principals/names are unique":        testPrincipalNames,
	"Principals/all of a call or none":   testPrincipalsWhole,
	"Principals/updates":                 testPrincipalUpdate,
	"Principals/a deleted one loses all": testPrincipalDelete,
	"Principals/memberships":             testMemberships,
}

var personEntry = chat.Entry{Kind: chat.EntryPerson}

func fullPrincipal(kind chat.PrincipalKind, name string) chat.Principal {
	return chat.Principal{
		GUID: uuid.NewString(), Kind: kind, URI: "ma-grp:" + name + "@u.g", Name: name, DisplayName: "Dr. " + name, Email: name + "@example.test",
		Company: "Example & Söhne", State: chat.PrincipalDisabled, Bot: true,
		Audit: chat.Audit{CreatedBy: 1, UpdatedBy: 2, CreatedAt: 1_700_000_000_000_001, UpdatedAt: 1_700_000_000_000_002},
	}
}

func (w *world) create(t testing.TB, p ...chat.Principal) []chat.Principal {
	t.Helper()
	return must(w.CreatePrincipals(t.Context(), p, nil, []chat.Entry{personEntry}))(t)
}

func (w *world) findPrincipal(t testing.TB, id chat.PrincipalID) (chat.Principal, bool) {
	t.Helper()
	list := must(w.ListPrincipals(t.Context()))(t)
	i := slices.IndexFunc(list, func(p chat.Principal) bool { return p.ID == id })
	if i < 0 {
		return chat.Principal{}, false
	}
	return list[i], true
}

func testPrincipalFields(t *testing.T, w *world) {
	before := must(w.ListPrincipals(t.Context()))(t)
	want := []chat.Principal{
		fullPrincipal(chat.KindGroup, "desk"), fullPrincipal(chat.KindDomain, "example.test"), fullPrincipal(chat.KindContainer, "ou=people"),
		newUser("carol"),
	}
	made := w.create(t, want...)
	for i := range want {
		want[i].ID = w.bob + chat.PrincipalID(i+1)
	}
	same(t, "created", want, made)
	same(t, "listed", append(before, want...), must(w.ListPrincipals(t.Context()))(t))
}

func testPrincipalIDs(t *testing.T, w *world) {
	if w.alice != 1 || w.bob != 2 {
		t.Errorf("the first ids are %d and %d", w.alice, w.bob)
	}
	last := w.bob
	for range 2 {
		p := w.create(t, newUser("carol"))[0]
		if p.ID != last+1 {
			t.Errorf("id %d after %d: ids are dense, and those of deleted ones are not given again", p.ID, last)
		}
		last = p.ID
		p.State = chat.PrincipalDeleted
		check(t, w.UpdatePrincipal(t.Context(), p, personEntry))
	}
}

func testPrincipalNames(t *testing.T, w *world) {
	create := func(p chat.Principal) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			return drop(w.CreatePrincipals(ctx, []chat.Principal{p}, nil, []chat.Entry{personEntry}))
		}
	}
	name, uri := newUser("ALICE"), newUser("carol")
	uri.URI = "sip:alice@example.test"
	w.refused(t, chat.KindDuplicateName, create(name))
	w.refused(t, chat.KindDuplicateName, create(uri))

	p, _ := w.findPrincipal(t, w.bob)
	p.Name = "Alice"
	w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return w.UpdatePrincipal(ctx, p, personEntry) })

	a, _ := w.findPrincipal(t, w.alice)
	a.State = chat.PrincipalDisabled // keeps its name
	check(t, w.UpdatePrincipal(t.Context(), a, personEntry))
	w.refused(t, chat.KindDuplicateName, create(newUser("alice")))
	a.State = chat.PrincipalDeleted // does not
	check(t, w.UpdatePrincipal(t.Context(), a, personEntry))
	if again := w.create(t, newUser("alice"))[0]; again.ID == w.alice {
		t.Error("a deleted principal's id was given again")
	}
}

func testPrincipalsWhole(t *testing.T, w *world) {
	for _, last := range []chat.Principal{newUser("bob"), newUser("CAROL")} {
		w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error {
			cred := []chat.Credentials{{Password: "one"}, {Password: "two"}}
			return drop(w.CreatePrincipals(ctx, []chat.Principal{newUser("carol"), last}, cred, []chat.Entry{personEntry, personEntry}))
		})
	}
	if made := w.create(t, newUser("carol")); made[0].ID != w.bob+1 {
		t.Errorf("id %d after refused calls, want %d", made[0].ID, w.bob+1)
	}
}

func testPrincipalUpdate(t *testing.T, w *world) {
	want := w.create(t, fullPrincipal(chat.KindGroup, "desk"))[0]
	want.Name, want.DisplayName, want.Email, want.Company, want.State = "floor", "", "floor@example.test", "Other", chat.PrincipalActive
	want.Audit.UpdatedBy, want.Audit.UpdatedAt = 5, 6
	change := want
	// What was given at creation does not change.
	change.GUID, change.Kind, change.Audit.CreatedBy, change.Audit.CreatedAt = uuid.NewString(), chat.KindUser, 77, 88
	check(t, w.UpdatePrincipal(t.Context(), change, personEntry))
	got, _ := w.findPrincipal(t, want.ID)
	same(t, "listed", want, got)
	w.create(t, fullPrincipal(chat.KindContainer, "desk2")) // with an address of its own
	for _, id := range []chat.PrincipalID{0, 4711} {
		change.ID, change.Name = id, "nobody"
		w.refused(t, chat.KindNoSuchPrincipal, func(ctx context.Context) error { return w.UpdatePrincipal(ctx, change, personEntry) })
	}
}

// testPrincipalDelete gives carol everything, deletes her, and looks for it.
func testPrincipalDelete(t *testing.T, w *world) {
	ctx := t.Context()
	desk, carol := w.create(t, fullPrincipal(chat.KindGroup, "desk"))[0].ID, w.create(t, newUser("carol"))[0]
	all := []chat.PrincipalID{w.alice, carol.ID}
	c, r := newCategory("Hers"), newRoom(w.category, "Hers too")
	c.Allowed, c.Denied, c.Creators = all, all, all
	r.Members, r.Managers, r.Presenters = all, all, all
	c = must(w.CreateCategory(ctx, c, chat.Entry{}))(t)
	r = must(w.CreateRooms(ctx, []chat.Room{r}, roomEntries(1)))(t)[0]
	memberships := []chat.Membership{{Group: desk, Member: w.alice}, {Group: desk, Member: carol.ID}, {Group: carol.ID, Member: w.bob}}
	must(w.UpdateMemberships(ctx, memberships, nil, nil))(t)
	for _, user := range all {
		w.equip(t, user)
	}
	carol.State = chat.PrincipalDeleted
	check(t, w.UpdatePrincipal(ctx, carol, personEntry))

	if _, ok := w.findPrincipal(t, carol.ID); ok {
		t.Error("she is still listed")
	}
	only := []chat.PrincipalID{w.alice}
	c, r = w.findCategory(t, c.ID), w.findRoom(t, r.ID)
	for _, list := range [][]chat.PrincipalID{c.Allowed, c.Denied, c.Creators, r.Members, r.Managers, r.Presenters} {
		same(t, "list", only, list)
	}
	same(t, "memberships", memberships[:1], timeless(must(w.ListMemberships(ctx))(t)))
	grant := newGrant(w.alice)
	grant.Version = 1
	same(t, "grants", []chat.Object{grant}, must(w.ListObjects(ctx, chat.ObjectGrant))(t))
	same(t, "numbers of members", []chat.InvitationID{2}, r.Since)
	same(t, "marks", []chat.Mark{}, must(w.ListMarks(ctx, carol.ID))(t))
	same(t, "gathered", []chat.Gathered{}, must(w.ListGathered(ctx, carol.ID, "", 0, 9))(t))
	same(t, "credentials", chat.Credentials{}, must(w.FindCredentials(ctx, carol.ID))(t))
	same(t, "contacts", chat.ContactList{Version: 1, Groups: []chat.ContactGroup{{ID: 1, Name: "~"}}}, must(w.FindContacts(ctx, carol.ID))(t))
	same(t, "publications", []chat.Publication{}, must(w.ListPublications(ctx, carol.ID))(t))
	same(t, "sessions", []chat.Pass{}, must(w.ListPasses(ctx, carol.ID, chat.PassSession))(t))
	same(t, "tokens", []chat.Pass{}, must(w.ListPasses(ctx, carol.ID, chat.PassToken))(t))
	_, err := w.FindPreference(ctx, carol.ID, label)
	kindIs(t, err, chat.KindInvalid)
	w.equipped(t, w.alice)
}

// equip gives a user one of everything; equipped checks that it is there.
func (w *world) equip(t testing.TB, user chat.PrincipalID) {
	t.Helper()
	check(t, w.UpdateCredentials(t.Context(), user, chat.Credentials{Password: "hash"}, "", personEntry))
	must(w.UpdateObjects(t.Context(), []chat.Object{newGrant(user)}, []chat.Entry{personEntry}))(t)
	check(t, w.UpdateMarks(t.Context(), []chat.Mark{w.mark(user)}))
	must(w.AppendGathered(t.Context(), 0, []chat.Gathered{w.gathered(user)}))(t)
	check(t, w.UpdateContacts(t.Context(), user, chat.ContactList{Version: 2, Contacts: []chat.Contact{{URI: "sip:x@y"}}}))
	check(t, w.UpdatePublications(t.Context(), user, []chat.Publication{{PublicationKey: chat.PublicationKey{Category: "note"}, Version: 1}}, nil))
	must(w.UpdatePreference(t.Context(), user, label, "content"))(t)
	for _, name := range []string{"stays", "goes"} {
		check(t, w.CreateFile(t.Context(), w.file(fileOf(user, name)), 9))
	}
	check(t, w.CreateFileToken(t.Context(), tokenOf(user), 0))
	for _, kind := range []chat.PassKind{chat.PassSession, chat.PassToken} {
		check(t, w.CreatePass(t.Context(), passOf(user, kind), 9, nil))
	}
}

func (w *world) equipped(t testing.TB, user chat.PrincipalID) {
	t.Helper()
	got := snapshot(t, w.Store).Belongings[user]
	same(t, "belongings", belongings{
		Credentials: chat.Credentials{Password: "hash"}, Contacts: chat.ContactList{Version: 2, Contacts: []chat.Contact{{URI: "sip:x@y"}}},
		Publications: []chat.Publication{{PublicationKey: chat.PublicationKey{Category: "note"}, Version: 1}},
		Preference:   chat.Preference{Label: label, Version: 1, Content: "content"},
		Marks:        []chat.Mark{w.mark(user)}, Gathered: []chat.Gathered{w.gathered(user)},
		Passes: []chat.Pass{passOf(user, chat.PassSession), passOf(user, chat.PassToken)},
	}, got)
}

func (w *world) mark(user chat.PrincipalID) chat.Mark {
	return chat.Mark{User: user, Room: w.rooms[1].ID, Read: 1, Followed: true}
}

func (w *world) gathered(user chat.PrincipalID) chat.Gathered {
	return chat.Gathered{User: user, Feed: chat.Mentions, Position: 1, Room: w.rooms[1].ID, Message: 1}
}

// timeless leaves out since when memberships are.
func timeless(list []chat.Membership) []chat.Membership {
	for i := range list {
		list[i].Since = 0
	}
	return list
}

// newGrant is an object that belongs to a user.
func newGrant(user chat.PrincipalID) chat.Object {
	return chat.Object{Kind: chat.ObjectGrant, Name: fmt.Sprint("guid of ", user), Owner: user, Content: `{"Policy":"tag:Chat"}`}
}

func testMemberships(t *testing.T, w *world) {
	ctx := t.Context()
	m := func(group, member chat.PrincipalID) chat.Membership {
		return chat.Membership{Group: group, Member: member}
	}
	listed := func(what string, want ...chat.Membership) {
		t.Helper()
		same(t, what, want, timeless(sortedMemberships(must(w.ListMemberships(ctx))(t))))
	}
	must(w.UpdateMemberships(ctx, []chat.Membership{m(10, 1), m(10, 2), m(11, 10)}, nil, []chat.Entry{personEntry, personEntry}))(t)
	listed("added", m(10, 1), m(10, 2), m(11, 10))
	must(w.UpdateMemberships(ctx, []chat.Membership{m(10, 1), m(10, 3), m(10, 3)}, []chat.Membership{m(10, 2), m(9, 9)}, nil))(t)
	listed("added again and removed", m(10, 1), m(10, 3), m(11, 10))
	must(w.UpdateMemberships(ctx, nil, []chat.Membership{m(10, 1), m(10, 3), m(11, 10)}, nil))(t)
	listed("all removed")
}
