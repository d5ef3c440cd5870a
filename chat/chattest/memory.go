// Package chattest is for tests only: the suite that every chat.Store passes
// (TestStore), a store in memory that passes it too, and one that fails on
// demand. The store in memory runs in synctest bubbles and keeps nothing.
package chattest

import (
	"context"
	"slices"
	"sync"

	"github.com/google/uuid"

	"perch/chat"
)

// memory is a chat.Store in memory.
type memory struct {
	identity string

	mu           sync.Mutex // guards the fields below
	closed       bool
	categories   map[chat.CategoryID]chat.Category
	rooms        map[chat.RoomID]chat.Room
	names        map[string]bool
	messages     map[chat.RoomID][]kept
	revised      map[chat.RoomID]chat.EntryID
	journal      []chat.Entry
	operator     string // of the call that has begun
	principals   map[chat.PrincipalID]chat.Principal
	memberships  map[pair]chat.InvitationID // since when
	credentials  map[chat.PrincipalID]chat.Credentials
	objects      map[objectKey]chat.Object
	marks        map[markKey]chat.Mark
	gathered     map[gatheredKey]chat.Gathered
	gatheredUpTo chat.EntryID
	clientIDs    map[clientID]posted
	files        map[string]chat.File
	fileTokens   map[string]chat.FileToken
	leftovers    map[string]bool
	passes       map[string]chat.Pass // by id
	lockouts     map[string]chat.Time // by name
	contacts     map[chat.PrincipalID]chat.ContactList
	publications map[chat.PrincipalID]map[chat.PublicationKey]chat.Publication
	preferences  map[chat.PrincipalID]map[string]chat.Preference
	given        map[string]int64 // the ids given last, never again
}

// kept is a message and what the store knows of it beside.
type kept struct {
	chat.Message
	hidden   bool         // cannot be read: unlogged, removed or purged
	position chat.EntryID // of the post in the journal
}

// NewStore returns an empty store in memory.
func NewStore() chat.Store {
	return &memory{
		identity: uuid.NewString(), categories: map[chat.CategoryID]chat.Category{}, rooms: map[chat.RoomID]chat.Room{},
		names: map[string]bool{}, messages: map[chat.RoomID][]kept{}, revised: map[chat.RoomID]chat.EntryID{}, principals: map[chat.PrincipalID]chat.Principal{},
		memberships: map[pair]chat.InvitationID{}, credentials: map[chat.PrincipalID]chat.Credentials{},
		objects: map[objectKey]chat.Object{}, marks: map[markKey]chat.Mark{}, gathered: map[gatheredKey]chat.Gathered{},
		clientIDs: map[clientID]posted{}, files: map[string]chat.File{}, fileTokens: map[string]chat.FileToken{}, leftovers: map[string]bool{},
		passes:       map[string]chat.Pass{},
		lockouts:     map[string]chat.Time{},
		contacts:     map[chat.PrincipalID]chat.ContactList{},
		publications: map[chat.PrincipalID]map[chat.PublicationKey]chat.Publication{}, preferences: map[chat.PrincipalID]map[string]chat.Preference{},
		given: map[string]int64{invitations: 1}, // clients ask for those after 1
	}
}

func (s *memory) Identity() string { return s.identity }

func (s *memory) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// begin locks the store for one call; end unlocks it.
func (s *memory) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return chat.E(chat.KindDatabase, "the store is closed")
	}
	s.operator = chat.Operator(ctx)
	return nil
}

// invitations names what chat.InvitationID counts.
const invitations = "invitation"

// id gives the next id of one kind of thing.
func (s *memory) id(of string) int64 { s.given[of]++; return s.given[of] }

func (s *memory) write(entries ...chat.Entry) {
	for _, e := range entries {
		e.Clean()
		e.ID = chat.EntryID(len(s.journal) + 1)
		if e.Actor == 0 && e.ActorURI == "" {
			e.ActorURI = s.operator
		}
		s.journal = append(s.journal, e)
	}
}

func (s *memory) Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if len(b.Origins) != len(b.Drafts) {
		return nil, chat.E(chat.KindInvalid, "every draft needs its origin")
	}
	for _, d := range b.Drafts {
		if _, ok := s.rooms[d.Room]; !ok {
			return nil, chat.E(chat.KindNoSuchRoom, "")
		}
	}
	ids := make([]chat.MessageID, len(b.Drafts))
	for i, d := range b.Drafts {
		ids[i] = chat.MessageID(len(s.messages[d.Room]) + 1)
		if id, again := s.again(&d, ids[i]); again {
			ids[i] = id
			continue
		}
		m := d.Message(ids[i])
		if d.Unlogged {
			m.Text, m.Rich = "", ""
		}
		s.write(PostEntry(&d, b.Origins[i], ids[i]))
		s.messages[d.Room] = append(s.messages[d.Room], kept{m, d.Unlogged, chat.EntryID(len(s.journal))})
	}
	for i, d := range b.Drafts {
		if ids[i] > 0 {
			s.postFiles(d.Room, d.Files, ids[i])
		}
	}
	s.write(b.Entries...)
	return ids, nil
}

// PostEntry is the journal entry of a post.
func PostEntry(d *chat.Draft, o chat.Origin, id chat.MessageID) chat.Entry {
	return chat.Entry{
		Kind: chat.EntryPost, At: d.At, Actor: d.Author, ActorURI: d.AuthorURI, ActorName: d.AuthorName, Room: d.Room, RoomGUID: o.RoomGUID,
		RoomName: o.RoomName, Message: id, Alert: d.Alert, Text: d.Text, Rich: d.Rich, Endpoint: o.Endpoint,
	}
}

func (s *memory) ListNewest(ctx context.Context, room chat.RoomID, before chat.MessageID, n int) ([]chat.Message, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Message
	for _, k := range slices.Backward(s.messages[room]) {
		if len(out) < n && !k.hidden && (before == 0 || k.ID < before) {
			out = append(out, k.Message)
		}
	}
	slices.Reverse(out)
	return out, nil
}

func (s *memory) ListAfter(ctx context.Context, room chat.RoomID, after chat.MessageID, n int) ([]chat.Message, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Message
	for _, k := range s.messages[room] {
		if len(out) < n && !k.hidden && k.ID > after {
			out = append(out, k.Message)
		}
	}
	return out, nil
}

func (s *memory) Head(ctx context.Context, room chat.RoomID) (chat.MessageID, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return chat.MessageID(len(s.messages[room])), nil
}

func (s *memory) ListEntries(ctx context.Context, after chat.EntryID, n int) ([]chat.Entry, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Entry
	for _, e := range s.journal[min(max(int(after), 0), len(s.journal)):] {
		if len(out) >= n {
			break
		}
		if e.ID != 0 {
			out = append(out, e)
		}
	}
	return out, nil
}

func (s *memory) JournalHead(ctx context.Context) (chat.EntryID, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return chat.EntryID(len(s.journal)), nil
}
