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
// those of the journal as it says that they were changed, less the unlogged. No
// number of an invitation is given twice. It returns the journal.
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
	hidden := replay(t, journal, posts)
	rooms := must(s.ListRooms(t.Context()))(t)
	for _, r := range rooms {
		verifyRoom(t, s, r.ID, posts[r.ID], hidden[r.ID])
	}
	verifyInvitations(t, rooms, must(s.ListMemberships(t.Context()))(t))
	return journal
}

// replay makes the posts what the journal says that they were changed to, those that
// were replaced of that kind, and
// returns those that it says cannot be read.
func replay(t testing.TB, journal []chat.Entry, posts map[chat.RoomID][]chat.Entry) map[chat.RoomID]map[chat.MessageID]bool {
	t.Helper()
	hidden := map[chat.RoomID]map[chat.MessageID]bool{}
	for _, e := range journal {
		first, last := e.Message, e.Message
		switch e.Kind {
		case chat.EntryReplace, chat.EntryRemove:
		case chat.EntryPurge:
			first, last = 1, e.Last
		default:
			continue
		}
		gone := hidden[e.Room]
		if gone == nil {
			gone = map[chat.MessageID]bool{}
			hidden[e.Room] = gone
		}
		if e.Message < 1 || int(last) > len(posts[e.Room]) || gone[e.Message] {
			t.Fatalf("entry %d is about messages %d to %d of room %d, which cannot be read", e.ID, e.Message, last, e.Room)
		}
		for id := first; id <= last; id++ {
			p := &posts[e.Room][id-1]
			if gone[id] = gone[id] || e.Kind != chat.EntryReplace; e.Kind == chat.EntryReplace {
				p.Text, p.Rich, p.Kind = e.Text, "", chat.EntryReplace
			}
		}
	}
	return hidden
}

func verifyRoom(t testing.TB, s chat.Store, room chat.RoomID, posts []chat.Entry, hidden map[chat.MessageID]bool) {
	t.Helper()
	if head := must(s.Head(t.Context(), room))(t); head != chat.MessageID(len(posts)) {
		t.Errorf("room %d: the head is %d, the journal has %d posts", room, head, len(posts))
	}
	last := chat.MessageID(0)
	for _, m := range must(s.ListAfter(t.Context(), room, 0, everything))(t) {
		if m.ID <= last || int(m.ID) > len(posts) || hidden[m.ID] {
			t.Fatalf("room %d: message %d after %d, of %d; hidden: %v", room, m.ID, last, len(posts), hidden[m.ID])
		}
		last = m.ID
		e := posts[m.ID-1]
		want := chat.Message{
			Room: room, ID: m.ID, Author: e.Actor, AuthorURI: e.ActorURI, AuthorName: m.AuthorName, At: e.At, Alert: e.Alert, Text: e.Text, Rich: e.Rich,
			Replaced: e.Kind == chat.EntryReplace,
		}
		if m != want {
			same(t, "a message is not as in the journal", want, m)
		}
	}
}

// verifyInvitations checks the numbers of members. Zero is that of those who
// were there before there were numbers.
func verifyInvitations(t testing.TB, rooms []chat.Room, memberships []chat.Membership) {
	t.Helper()
	seen := map[chat.InvitationID]bool{}
	number := func(since chat.InvitationID) {
		if since < 0 || since == 1 || seen[since] && since != 0 {
			t.Errorf("the number %d was given twice, or never", since)
		}
		seen[since] = true
	}
	for i := range rooms {
		r := &rooms[i]
		if len(r.Since) != len(r.Members) || r.InvitesFrom < 0 {
			t.Errorf("room %d has %d members and %d numbers, invitations from %d", r.ID, len(r.Members), len(r.Since), r.InvitesFrom)
		}
		for _, since := range r.Since {
			number(since)
		}
	}
	for _, m := range memberships {
		number(m.Since)
	}
}

// state is all that a store says about itself.
type state struct {
	Categories  []chat.Category
	Rooms       []chat.Room
	Principals  []chat.Principal
	Memberships []chat.Membership
	Objects     []chat.Object
	Journal     []chat.Entry
	Messages    map[chat.RoomID][]chat.Message
	Heads       map[chat.RoomID]chat.MessageID
	Belongings  map[chat.PrincipalID]belongings
	Gathered    chat.EntryID
	Files       []chat.File
	Leftovers   []string
}

type belongings struct {
	Credentials  chat.Credentials
	Contacts     chat.ContactList
	Publications []chat.Publication
	Preference   chat.Preference // the one labelled label
	Marks        []chat.Mark
	Gathered     []chat.Gathered
	Passes       []chat.Pass // sessions, then tokens
}

// kinds are the kinds of objects that the suite uses.
var kinds = []chat.ObjectKind{chat.ObjectPolicy, chat.ObjectGrant, chat.ObjectFeed}

// label is the preference that the suite uses.
const label = "options"

// snapshot reads a whole store, to see what a call changed.
func snapshot(t testing.TB, s chat.Store) state {
	t.Helper()
	ctx := t.Context()
	st := state{
		Categories: must(s.ListCategories(ctx))(t), Rooms: must(s.ListRooms(ctx))(t), Principals: must(s.ListPrincipals(ctx))(t),
		Memberships: sortedMemberships(must(s.ListMemberships(ctx))(t)), Journal: Verify(t, s),
		Gathered: must(s.GatheredUpTo(ctx))(t),
		Messages: map[chat.RoomID][]chat.Message{}, Heads: map[chat.RoomID]chat.MessageID{}, Belongings: map[chat.PrincipalID]belongings{},
	}
	for state := chat.FileUnfinished; state <= chat.FileQuarantined; state++ {
		st.Files = append(st.Files, must(s.ListFiles(ctx, state, "", everything))(t)...)
	}
	st.Leftovers = must(s.ListLeftovers(ctx, everything))(t)
	for _, k := range kinds {
		st.Objects = append(st.Objects, must(s.ListObjects(ctx, k))(t)...)
	}
	for _, r := range st.Rooms {
		st.Messages[r.ID], st.Heads[r.ID] = must(s.ListAfter(ctx, r.ID, 0, everything))(t), must(s.Head(ctx, r.ID))(t)
	}
	for _, p := range st.Principals {
		b := belongings{
			Credentials: must(s.FindCredentials(ctx, p.ID))(t), Contacts: must(s.FindContacts(ctx, p.ID))(t), Publications: must(s.ListPublications(ctx, p.ID))(t),
			Marks: must(s.ListMarks(ctx, p.ID))(t), Gathered: must(s.ListGathered(ctx, p.ID, "", 0, everything))(t),
		}
		for _, kind := range []chat.PassKind{chat.PassSession, chat.PassToken} {
			b.Passes = append(b.Passes, must(s.ListPasses(ctx, p.ID, kind))(t)...)
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
