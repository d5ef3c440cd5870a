package seal

import (
	"context"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

// Selection says which records an export has. Empty fields select all.
type Selection struct {
	Rooms  []string `json:"rooms,omitempty"`  // GUIDs
	People []string `json:"people,omitempty"` // addresses: what they did
	// Custodians are addresses: what they did, what was said in rooms while they were
	// there, and what they read of rooms' histories.
	Custodians []string  `json:"custodians,omitempty"`
	Kinds      []string  `json:"kinds,omitempty"`
	From       chat.Time `json:"from,omitempty"`
	Until      chat.Time `json:"until,omitempty"` // not included
	Terms      []string  `json:"terms,omitempty"` // one of them is in the text, in any case
}

func (s *Selection) has(l *Leaf) bool {
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	return in(s.Rooms, l.Room) && in(s.People, l.ActorURI) && in(s.Kinds, l.Kind) && (s.From == 0 || l.At >= int64(s.From)) && (s.Until == 0 || l.At < int64(s.Until))
}

// whole says whether a selection leaves nothing of a room out between its first
// and last record, so that holes show.
func (s *Selection) whole() bool {
	return len(s.People)+len(s.Custodians)+len(s.Kinds)+len(s.Terms) == 0
}

// all says whether a selection leaves nothing out.
func (s *Selection) all() bool { return s.whole() && len(s.Rooms) == 0 && s.From == 0 && s.Until == 0 }

// says whether a record's content has one of the terms.
func (s *Selection) says(b *Body) bool {
	if len(s.Terms) == 0 {
		return true
	}
	if b == nil {
		return false
	}
	text := strings.ToLower(b.Text + "\n" + b.Detail)
	return slices.ContainsFunc(s.Terms, func(term string) bool { return strings.Contains(text, strings.ToLower(term)) })
}

// Custodian is what is on record of where somebody was, and what he read.
type Custodian struct {
	Person  string      `json:"person"`
	Present []Span      `json:"present"`          // in which rooms he was
	Member  []Span      `json:"member,omitempty"` // which rooms' lists held him; empty where contents cannot be read
	Read    []ReadRange `json:"read,omitempty"`   // histories of rooms
}

// ReadRange is a range of a room's messages that somebody read.
type ReadRange struct {
	Room  string `json:"room"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	Mark  Mark   `json:"mark"`
}

// custodians finds where people were.
func (o *opened) custodians(ctx context.Context, people []string) ([]Custodian, error) {
	out := make([]Custodian, len(people))
	r := newReplay()
	present, member := make([]spans[string], len(people)), make([]spans[string], len(people))
	look := func(room string, l *Leaf) {
		name := ""
		if at := r.rooms[room]; at != nil {
			name = at.name
		}
		for i, p := range people {
			present[i].set(room, r.present[room][p] != nil, room, name, l)
			member[i].set(room, r.listed(room, p), room, name, l)
		}
	}
	err := o.each(ctx, func(l *Leaf, _ []byte) error {
		if i := slices.Index(people, l.ActorURI); i >= 0 && l.Kind == string(chat.EntryHistory) {
			out[i].Read = append(out[i].Read, ReadRange{l.Room, l.Message, max(l.Message, l.Last), markOf(l)})
		}
		what, err := r.take(l, o.body)
		switch what {
		case nothing:
		case itsRoom:
			look(l.Room, l)
		case everybody, groups:
			for _, room := range r.known(present) {
				look(room, l)
			}
		}
		return err
	})
	for i := range out {
		out[i].Person, out[i].Present, out[i].Member = people[i], present[i].list, member[i].list
	}
	return out, err
}

// known are the rooms that are there, or that somebody is in, sorted.
func (r *replay) known(present []spans[string]) []string {
	seen := map[string]bool{}
	for room := range r.rooms {
		seen[room] = true
	}
	for i := range present {
		for room := range present[i].open {
			seen[room] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// mine says whether a record belongs to a custodian: he did it, or it was said
// where he was, or he read it later.
func (c *Custodian) mine(l *Leaf) bool {
	if l.ActorURI == c.Person {
		return true
	}
	switch chat.EntryKind(l.Kind) {
	case chat.EntryPost, chat.EntryReplace, chat.EntryRemove, chat.EntryPurge, chat.EntryUpload:
	default:
		return false
	}
	there := func(s Span) bool { return s.Room == l.Room && s.holdsIndex(l.Index) }
	read := func(r ReadRange) bool {
		return r.Room == l.Room && r.First <= l.Message && l.Message <= r.Last && l.Index <= r.Mark.Index
	}
	return slices.ContainsFunc(c.Present, there) || slices.ContainsFunc(c.Read, read)
}
