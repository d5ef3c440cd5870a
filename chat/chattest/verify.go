package chattest

import (
	"slices"
	"testing"

	"perch/chat"
)

// everything is a bound for reads that want all there is.
const everything = 1 << 30

// Verify checks what holds for a store at every moment, whatever was done to
// it: the journal's ids are dense, the posts of a room have the ids 1, 2, ... in
// the journal's order, and the messages of a room that was not deleted are
// those of the journal, less the unlogged. It returns the journal.
func Verify(t testing.TB, s chat.Store) []chat.Entry {
	t.Helper()
	journal := must(s.ListEntries(t.Context(), 0, everything))(t)
	posts := map[chat.RoomID][]chat.Entry{}
	for i, e := range journal {
		if e.ID != chat.EntryID(i+1) {
			t.Fatalf("journal entry %d has id %d", i+1, e.ID)
		}
		if e.Kind != chat.EntryPost {
			continue
		}
		posts[e.Room] = append(posts[e.Room], e)
		if n := len(posts[e.Room]); e.Message != chat.MessageID(n) {
			t.Fatalf("post %d of room %d has the id %d in the journal", n, e.Room, e.Message)
		}
	}
	if head := must(s.JournalHead(t.Context()))(t); head != chat.EntryID(len(journal)) {
		t.Errorf("the journal's head is %d, its entries are %d", head, len(journal))
	}
	for _, r := range must(s.ListRooms(t.Context()))(t) {
		verifyRoom(t, s, r.ID, posts[r.ID])
	}
	return journal
}

func verifyRoom(t testing.TB, s chat.Store, room chat.RoomID, posts []chat.Entry) {
	t.Helper()
	if head := must(s.Head(t.Context(), room))(t); head != chat.MessageID(len(posts)) {
		t.Errorf("room %d: the head is %d, the journal has %d posts", room, head, len(posts))
	}
	last := chat.MessageID(0)
	for _, m := range must(s.ListAfter(t.Context(), room, 0, everything))(t) {
		if m.ID <= last || int(m.ID) > len(posts) {
			t.Fatalf("room %d: message %d after %d, of %d", room, m.ID, last, len(posts))
		}
		last = m.ID
		e := posts[m.ID-1]
		want := chat.Message{
			Room: room, ID: m.ID, Author: e.Actor, AuthorURI: e.ActorURI, AuthorName: m.AuthorName, At: e.At, Alert: e.Alert, Text: e.Text, Rich: e.Rich,
		}
		if m != want {
			same(t, "a message is not as in the journal", want, m)
		}
	}
}

// state is all that a store says about itself.
type state struct {
	Categories  []chat.Category
	Rooms       []chat.Room
	Principals  []chat.Principal
	Memberships []chat.Membership
	Policies    []chat.Policy
	Journal     []chat.Entry
	Messages    map[chat.RoomID][]chat.Message
	Heads       map[chat.RoomID]chat.MessageID
	Belongings  map[chat.PrincipalID]belongings
}

type belongings struct {
	Credentials  chat.Credentials
	Contacts     chat.ContactList
	Publications []chat.Publication
	Preference   chat.Preference // the one labelled label
}

// label is the preference that the suite uses.
const label = "options"

// snapshot reads a whole store, to see what a call changed.
func snapshot(t testing.TB, s chat.Store) state {
	t.Helper()
	ctx := t.Context()
	st := state{
		Categories: must(s.ListCategories(ctx))(t), Rooms: must(s.ListRooms(ctx))(t), Principals: must(s.ListPrincipals(ctx))(t),
		Memberships: sortedMemberships(must(s.ListMemberships(ctx))(t)), Policies: must(s.ListPolicies(ctx))(t), Journal: Verify(t, s),
		Messages: map[chat.RoomID][]chat.Message{}, Heads: map[chat.RoomID]chat.MessageID{}, Belongings: map[chat.PrincipalID]belongings{},
	}
	for _, r := range st.Rooms {
		st.Messages[r.ID], st.Heads[r.ID] = must(s.ListAfter(ctx, r.ID, 0, everything))(t), must(s.Head(ctx, r.ID))(t)
	}
	for _, p := range st.Principals {
		b := belongings{
			Credentials: must(s.FindCredentials(ctx, p.ID))(t), Contacts: must(s.FindContacts(ctx, p.ID))(t), Publications: must(s.ListPublications(ctx, p.ID))(t),
		}
		var err error
		if b.Preference, err = s.FindPreference(ctx, p.ID, label); err != nil {
			kindIs(t, err, chat.KindInvalid)
		}
		st.Belongings[p.ID] = b
	}
	return st
}

func sortedMemberships(m []chat.Membership) []chat.Membership {
	slices.SortFunc(m, func(a, b chat.Membership) int {
		return int(a.Group-b.Group)<<20 + int(a.Member-b.Member)
	})
	return m
}
