// Package chattest is for tests only: the suite that every chat.Store passes
// (TestStore), a store in memory that passes it too, and one that fails on
// demand. The store in memory runs in synctest bubbles and keeps nothing.
package chattest

import (
	"context"
	"maps"
	"slices"
	"strings"
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
	journal      []chat.Entry
	principals   map[chat.PrincipalID]chat.Principal
	memberships  map[chat.Membership]bool
	credentials  map[chat.PrincipalID]chat.Credentials
	policies     map[chat.PrincipalID]bool
	contacts     map[chat.PrincipalID]chat.ContactList
	publications map[chat.PrincipalID]map[chat.PublicationKey]chat.Publication
	preferences  map[chat.PrincipalID]map[string]chat.Preference
	last         int64
}

type kept struct {
	chat.Message
	unlogged bool
}

// NewStore returns an empty store in memory.
func NewStore() chat.Store {
	return &memory{
		identity: uuid.NewString(), categories: map[chat.CategoryID]chat.Category{}, rooms: map[chat.RoomID]chat.Room{},
		names: map[string]bool{}, messages: map[chat.RoomID][]kept{}, principals: map[chat.PrincipalID]chat.Principal{},
		memberships: map[chat.Membership]bool{}, credentials: map[chat.PrincipalID]chat.Credentials{},
		policies: map[chat.PrincipalID]bool{0: true}, contacts: map[chat.PrincipalID]chat.ContactList{},
		publications: map[chat.PrincipalID]map[chat.PublicationKey]chat.Publication{}, preferences: map[chat.PrincipalID]map[string]chat.Preference{},
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
	return nil
}

func (s *memory) id() int64 { s.last++; return s.last }

func (s *memory) write(entries ...chat.Entry) {
	for _, e := range entries {
		e.ID = chat.EntryID(len(s.journal) + 1)
		s.journal = append(s.journal, e)
	}
}

func (s *memory) Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	for _, d := range b.Drafts {
		if _, ok := s.rooms[d.Room]; !ok {
			return nil, chat.E(chat.KindNoSuchRoom, "")
		}
	}
	ids := make([]chat.MessageID, len(b.Drafts))
	for i, d := range b.Drafts {
		ids[i] = chat.MessageID(len(s.messages[d.Room]) + 1)
		m := d.Message(ids[i])
		if d.Unlogged {
			m.Text, m.Rich = "", ""
		}
		s.messages[d.Room] = append(s.messages[d.Room], kept{m, d.Unlogged})
		s.write(PostEntry(&d, b.Origins[i], ids[i]))
	}
	s.write(b.Entries...)
	return ids, nil
}

// PostEntry is the journal entry of a post.
func PostEntry(d *chat.Draft, o chat.Origin, id chat.MessageID) chat.Entry {
	return chat.Entry{
		Kind: chat.EntryPost, At: d.At, Actor: d.Author, ActorURI: d.AuthorURI, Room: d.Room, RoomGUID: o.RoomGUID,
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
		if len(out) == n {
			break
		}
		if !k.unlogged && (before == 0 || k.ID < before) {
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
		if len(out) < n && !k.unlogged && k.ID > after {
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
	from := min(int(after), len(s.journal))
	return slices.Clone(s.journal[from:min(from+n, len(s.journal))]), nil
}

func (s *memory) JournalHead(ctx context.Context) (chat.EntryID, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return chat.EntryID(len(s.journal)), nil
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func cloneCategory(c chat.Category) chat.Category {
	c.Allowed, c.Denied, c.Creators = slices.Clone(c.Allowed), slices.Clone(c.Denied), slices.Clone(c.Creators)
	return c
}

func cloneRoom(r chat.Room) chat.Room {
	r.Members, r.Managers, r.Presenters = slices.Clone(r.Members), slices.Clone(r.Managers), slices.Clone(r.Presenters)
	return r
}

func (s *memory) ListCategories(ctx context.Context) ([]chat.Category, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Category
	for _, id := range slices.Sorted(maps.Keys(s.categories)) {
		out = append(out, cloneCategory(s.categories[id]))
	}
	return out, nil
}

func (s *memory) ListRooms(ctx context.Context) ([]chat.Room, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Room
	for _, id := range slices.Sorted(maps.Keys(s.rooms)) {
		out = append(out, cloneRoom(s.rooms[id]))
	}
	return out, nil
}

// take claims names, all or none; the old names are given up first.
func (s *memory) take(old, names []string) error {
	for _, n := range old {
		delete(s.names, fold(n))
	}
	taken := 0
	for _, n := range names {
		if s.names[fold(n)] {
			for _, m := range names[:taken] {
				delete(s.names, fold(m))
			}
			for _, m := range old {
				s.names[fold(m)] = true
			}
			return chat.E(chat.KindDuplicateName, "a room or category is named "+n+" already")
		}
		s.names[fold(n)] = true
		taken++
	}
	return nil
}

func (s *memory) CreateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	if err := s.begin(ctx); err != nil {
		return c, err
	}
	defer s.mu.Unlock()
	if err := s.take(nil, []string{c.Name}); err != nil {
		return c, err
	}
	c = cloneCategory(c)
	c.ID, c.Version = chat.CategoryID(s.id()), 1
	s.categories[c.ID] = c
	s.write(e)
	return cloneCategory(c), nil
}

func (s *memory) CreateRooms(ctx context.Context, rooms []chat.Room, e []chat.Entry) ([]chat.Room, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	names := make([]string, len(rooms))
	for i, r := range rooms {
		names[i] = r.Name
		if _, ok := s.categories[r.Category]; !ok {
			return nil, chat.E(chat.KindNoSuchCategory, "")
		}
	}
	if err := s.take(nil, names); err != nil {
		return nil, err
	}
	out := make([]chat.Room, len(rooms))
	for i, r := range rooms {
		r = cloneRoom(r)
		r.ID, r.Version = chat.RoomID(s.id()), 1
		s.rooms[r.ID], out[i] = r, cloneRoom(r)
		e[i].Room = r.ID
	}
	s.write(e...)
	return out, nil
}

func (s *memory) UpdateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	if err := s.begin(ctx); err != nil {
		return c, err
	}
	defer s.mu.Unlock()
	old, ok := s.categories[c.ID]
	if !ok {
		return c, chat.E(chat.KindNoSuchCategory, "")
	}
	if old.Version != c.Version {
		return c, chat.E(chat.KindCollision, "")
	}
	if err := s.take([]string{old.Name}, []string{c.Name}); err != nil {
		return c, err
	}
	c = cloneCategory(c)
	c.Version++
	s.categories[c.ID] = c
	s.write(e)
	return cloneCategory(c), nil
}

func (s *memory) UpdateRooms(ctx context.Context, rooms []chat.Room, e []chat.Entry) ([]chat.Room, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var old, names []string
	for _, r := range rooms {
		was, ok := s.rooms[r.ID]
		switch {
		case !ok:
			return nil, chat.E(chat.KindNoSuchRoom, "")
		case was.Version != r.Version:
			return nil, chat.E(chat.KindCollision, "")
		}
		old, names = append(old, was.Name), append(names, r.Name)
	}
	if err := s.take(old, names); err != nil {
		return nil, err
	}
	out := make([]chat.Room, len(rooms))
	for i, r := range rooms {
		r = cloneRoom(r)
		r.Version++
		s.rooms[r.ID], out[i] = r, cloneRoom(r)
	}
	s.write(e...)
	return out, nil
}

func (s *memory) DeleteCategory(ctx context.Context, id chat.CategoryID, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	c, ok := s.categories[id]
	if !ok {
		return chat.E(chat.KindNoSuchCategory, "")
	}
	for _, r := range s.rooms {
		if r.Category == id {
			return chat.E(chat.KindNotEmpty, "")
		}
	}
	delete(s.categories, id)
	delete(s.names, fold(c.Name))
	s.write(e)
	return nil
}

func (s *memory) DeleteRoom(ctx context.Context, id chat.RoomID, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r, ok := s.rooms[id]
	if !ok {
		return chat.E(chat.KindNoSuchRoom, "")
	}
	delete(s.rooms, id)
	delete(s.messages, id)
	delete(s.names, fold(r.Name))
	s.write(e)
	return nil
}
