package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"perch/chat"
)

// opened is an archive that is read by somebody who trusts its key, not its
// folder: what leaves say counts only when each has made the signed root.
type opened struct {
	dir        string
	checkpoint Checkpoint
	signed     []byte
	kek        cipher.Block // nil: contents are not read
	tiles      tileHashes
}

func openArchive(dir, publicKey string, content []byte) (*opened, error) {
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return nil, err
	}
	o := &opened{dir: dir, signed: signed}
	if o.checkpoint, err = ReadCheckpoint(signed, publicKey); err != nil {
		return nil, err
	}
	o.tiles = tileHashes{dir, o.checkpoint.Size, map[string][]tlog.Hash{}}
	if content != nil {
		if o.kek, err = aes.NewCipher(content); err != nil {
			return nil, fmt.Errorf("the content key cannot be used: %w", err)
		}
	}
	return o, nil
}

// each gives every leaf of the checkpoint, and says at the end whether they are
// the signed ones: an error takes back all that was given.
func (o *opened) each(ctx context.Context, do func(l *Leaf, data []byte) error) error {
	var t tree
	for i, data := range leaves(o.dir, 0, o.checkpoint.Size) {
		if data.err != nil {
			return data.err
		}
		if i%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		l, err := parseLeaf(data.bytes)
		if err != nil {
			return fmt.Errorf("leaf %d: %w; see perch archive verify", i, err)
		}
		if err := do(&l, data.bytes); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		t.append(leafHash(data.bytes), func(full) {})
	}
	if t.root() != o.checkpoint.Root {
		return errors.New("the archive was changed: its leaves do not make the signed root; see perch archive verify")
	}
	return nil
}

// body reads a leaf's content; nil without the content key, and where the key was
// destroyed.
func (o *opened) body(l *Leaf) (*Body, error) {
	if o.kek == nil {
		return nil, nil //nolint:nilnil // as it says
	}
	text, key, err := openBody(o.dir, l.Index, o.kek)
	if err != nil || key == nil {
		return nil, err
	}
	if commitment(key, text) != l.Commit {
		return nil, errors.New("the archive was changed: the content is not the one that was sealed; see perch archive verify")
	}
	var b Body
	return &b, json.Unmarshal(text, &b)
}

// replay is the world as the archive tells it, up to some leaf: who is in which
// room, and, where contents can be read, whom rooms' lists let in.
type replay struct {
	people  map[chat.PrincipalID]principal
	groups  map[string]map[string]bool // members by group, addresses
	rooms   map[string]*replayRoom
	scopes  map[chat.CategoryID]scope
	walls   map[string]wall                       // by GUID
	present map[string]map[string]map[string]bool // endpoints by room and address
}

type principal struct {
	uri, name string
	kind      chat.PrincipalKind
}

type replayRoom struct {
	name string
	now  chat.Room
}

type scope struct{ allowed, denied []chat.PrincipalID }

type wall struct{ A, B chat.PrincipalID }

func newReplay() *replay {
	return &replay{
		people: map[chat.PrincipalID]principal{}, groups: map[string]map[string]bool{}, rooms: map[string]*replayRoom{},
		scopes: map[chat.CategoryID]scope{}, walls: map[string]wall{}, present: map[string]map[string]map[string]bool{},
	}
}

// touched is what a leaf has changed.
type touched int

const (
	nothing   touched = iota
	itsRoom           // who is in the leaf's room, or whom it lets in
	everybody         // who is in rooms, everywhere
	groups            // who is in which group
)

// take takes a leaf in. It asks for the bodies that it needs.
func (r *replay) take(l *Leaf, body func(l *Leaf) (*Body, error)) (touched, error) {
	switch chat.EntryKind(l.Kind) {
	case chat.EntryJoin:
		room := r.present[l.Room]
		if room == nil {
			room = map[string]map[string]bool{}
			r.present[l.Room] = room
		}
		if room[l.ActorURI] == nil {
			room[l.ActorURI] = map[string]bool{}
		}
		room[l.ActorURI][l.Endpoint] = true
		return itsRoom, nil
	case chat.EntryPart:
		if at := r.present[l.Room][l.ActorURI]; at != nil {
			if delete(at, l.Endpoint); len(at) == 0 {
				delete(r.present[l.Room], l.ActorURI)
			}
		}
		return itsRoom, nil
	case chat.EntryServer:
		clear(r.present)
		return everybody, nil
	case chat.EntryRoom, chat.EntryPerson, chat.EntryCat, chat.EntryObject:
		b, err := body(l)
		if err != nil || b == nil {
			return nothing, err
		}
		return r.change(l, b)
	default:
		return nothing, nil
	}
}

// change takes in what an administrator or manager has changed.
func (r *replay) change(l *Leaf, b *Body) (touched, error) {
	switch chat.EntryKind(l.Kind) {
	case chat.EntryRoom:
		return itsRoom, r.takeRoom(l, b)
	case chat.EntryCat:
		c, err := detailOf[chat.Category](b)
		if err == nil && c.After != nil {
			r.scopes[chat.CategoryID(b.Subject)] = scope{c.After.Allowed, c.After.Denied}
		}
		return everybody, err
	case chat.EntryObject:
		var o struct {
			Kind  chat.ObjectKind
			Name  string
			After *wall
		}
		if err := json.Unmarshal([]byte(b.Detail), &o); err != nil || o.Kind != chat.ObjectWall {
			return nothing, nil //nolint:nilerr // other objects have other forms
		}
		if delete(r.walls, o.Name); o.After != nil {
			r.walls[o.Name] = *o.After
		}
		return everybody, nil
	default:
		return groups, r.takePerson(b)
	}
}

func (r *replay) takeRoom(l *Leaf, b *Body) error {
	c, err := detailOf[chat.Room](b)
	if err != nil {
		return err
	}
	if c.After == nil {
		delete(r.rooms, l.Room)
		return nil
	}
	r.rooms[l.Room] = &replayRoom{b.RoomName, *c.After}
	return nil
}

// takePerson takes in a new or changed principal, or who joined or left a group.
func (r *replay) takePerson(b *Body) error {
	var c struct {
		After   *chat.Principal
		Members []string
	}
	if b.Detail == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(b.Detail), &c); err != nil || c.After == nil {
		return err
	}
	if c.Members == nil {
		id := chat.PrincipalID(b.Subject)
		if id == 0 {
			id = c.After.ID
		}
		r.people[id] = principal{c.After.URI, c.After.Name, c.After.Kind}
		if c.After.State == chat.PrincipalDeleted {
			delete(r.groups, c.After.URI)
			for _, members := range r.groups {
				delete(members, c.After.URI)
			}
		}
		return nil
	}
	members := r.groups[c.After.URI]
	if members == nil {
		members = map[string]bool{}
		r.groups[c.After.URI] = members
	}
	for _, m := range c.Members {
		if b.Cause == "left" {
			delete(members, m)
		} else {
			members[m] = true
		}
	}
	return nil
}

// holds says whether a principal is somebody, or a group or domain that holds him.
func (r *replay) holds(p principal, person string) bool {
	switch p.kind {
	case chat.KindUser:
		return p.uri == person
	case chat.KindDomain:
		return strings.HasSuffix(person, "@"+p.name)
	case chat.KindGroup, chat.KindContainer:
	}
	return r.reaches(p.uri, person, map[string]bool{})
}

func (r *replay) reaches(group, person string, seen map[string]bool) bool {
	if seen[group] {
		return false
	}
	seen[group] = true
	for m := range r.groups[group] {
		if m == person || r.groups[m] != nil && r.reaches(m, person, seen) {
			return true
		}
	}
	return false
}

// listed says whether a room's lists hold somebody, in whatever role.
func (r *replay) listed(room, person string) bool {
	at := r.rooms[room]
	return at != nil && (r.any(at.now.Members, person) || r.any(at.now.Managers, person) || r.any(at.now.Presenters, person))
}

// lets says whether a room's and its category's lists let somebody in.
func (r *replay) lets(room, person string) bool {
	at := r.rooms[room]
	if at == nil || at.now.Disabled {
		return false
	}
	scope, known := r.scopes[at.now.Category]
	return (!known || r.any(scope.allowed, person) && !r.any(scope.denied, person)) && (at.now.Privacy == chat.Open || r.any(at.now.Members, person))
}

// parted says whether a wall stands between two people.
func (r *replay) parted(a, b string) bool {
	for _, w := range r.walls {
		one, other := r.people[w.A], r.people[w.B]
		if r.holds(one, a) && r.holds(other, b) || r.holds(one, b) && r.holds(other, a) {
			return true
		}
	}
	return false
}

func (r *replay) any(list []chat.PrincipalID, person string) bool {
	return slices.ContainsFunc(list, func(id chat.PrincipalID) bool { return r.holds(r.people[id], person) })
}

// Mark is a place in the log.
type Mark struct {
	Index int64     `json:"index"`
	At    chat.Time `json:"at"`
}

func markOf(l *Leaf) Mark { return Mark{l.Index, chat.Time(l.At)} }

// Span is a time that has to do with a room.
type Span struct {
	Room  string `json:"room"`
	Name  string `json:"name,omitempty"` // where contents can be read
	From  Mark   `json:"from"`
	Until *Mark  `json:"until,omitempty"` // nil: still so at the end
}

// holdsIndex says whether a span has an index in it.
func (s *Span) holdsIndex(i int64) bool {
	return s.From.Index <= i && (s.Until == nil || i <= s.Until.Index)
}

// spans keeps times that begin and end, by key.
type spans[K comparable] struct {
	open map[K]int // places in list
	keys []K
	list []Span
}

// set notes that something is so, or is no longer so, from a leaf on.
func (s *spans[K]) set(k K, so bool, room, name string, l *Leaf) {
	at, was := s.open[k]
	switch {
	case so && !was:
		if s.open == nil {
			s.open = map[K]int{}
		}
		s.open[k] = len(s.list)
		s.keys = append(s.keys, k)
		s.list = append(s.list, Span{Room: room, Name: name, From: markOf(l)})
	case !so && was:
		m := markOf(l)
		s.list[at].Until = &m
		delete(s.open, k)
	}
}
