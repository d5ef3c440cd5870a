package seal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"perch/chat"
)

// Contact is a time in which two people could have talked in a room.
type Contact struct {
	A    string `json:"a"` // addresses
	B    string `json:"b"`
	Span        // of the room
	// Together says that both were in the room; otherwise its lists let both in and no
	// wall parted them, so that each could have read what the other had said.
	Together bool `json:"together"`
}

// Crossing is what was refused to somebody of a side, or about him: to enter a room,
// to post there, to be added to it, to be asked for.
type Crossing struct {
	Mark   Mark     `json:"mark"`
	Person string   `json:"person"` // who tried
	Room   string   `json:"room"`
	Name   string   `json:"name,omitempty"`
	Action string   `json:"action,omitempty"` // as in chat.Denial
	With   []string `json:"with,omitempty"`   // whom it was about
	Why    string   `json:"why,omitempty"`
}

// Contacts says who of two sides could have talked to whom, where and when, and
// what was refused to them or about them. Sides are addresses of people, and
// names or addresses of groups as they were then; from and until (not included)
// bound the answer, zero does not.
func Contacts(ctx context.Context, dir, publicKey string, content []byte, a, b []string, from, until chat.Time) ([]Contact, []Crossing, error) {
	o, err := openArchive(dir, publicKey, content)
	if err != nil {
		return nil, nil, err
	}
	if o.kek == nil {
		return nil, nil, errors.New("without the content key nobody knows who was in which group")
	}
	c := &contacts{o: o, r: newReplay(), sides: [2][]string{a, b}, known: map[string]bool{}}
	if err := o.each(ctx, c.take); err != nil {
		return nil, nil, err
	}
	c.settle()
	return c.result(from, until)
}

// contacts is an inquiry at work.
type contacts struct {
	o     *opened
	r     *replay
	sides [2][]string
	last  Leaf // the newest

	of              [2][]string     // who stands on which side now, sorted
	known           map[string]bool // answers of concerns, as long as groups stay as they are
	stale           bool            // groups have changed since
	together, could spans[pair]
	crossings       []Crossing
}

type pair struct{ room, a, b string }

// maxPairs bounds an answer.
const maxPairs = 100_000

func (c *contacts) take(l *Leaf, _ []byte) error {
	if l.Kind != string(chat.EntryPerson) {
		c.settle()
	}
	what, err := c.r.take(l, c.o.body)
	if err != nil {
		return err
	}
	c.last = *l
	switch what {
	case nothing:
	case itsRoom:
		c.look(l.Room)
	case everybody:
		c.lookAll()
	case groups:
		c.stale = true
	}
	if l.Kind == string(chat.EntryDenied) {
		if err := c.crossed(l); err != nil {
			return err
		}
	}
	if len(c.together.list)+len(c.could.list) > maxPairs {
		return errors.New("the sides have too many people for one answer: ask for smaller ones")
	}
	return nil
}

// crossed takes a refusal that concerns a side.
func (c *contacts) crossed(l *Leaf) error {
	b, err := c.o.body(l)
	if err != nil {
		return err
	}
	x := Crossing{Mark: markOf(l), Person: l.ActorURI, Room: l.Room}
	if b != nil {
		var d chat.Denial
		_ = json.Unmarshal([]byte(b.Detail), &d) // what cannot be read says nothing
		x.Name, x.Why, x.Action, x.With = b.RoomName, b.Cause, d.Action, d.Who
	}
	if c.concerns(x.Person) || slices.ContainsFunc(x.With, c.concerns) {
		c.crossings = append(c.crossings, x)
	}
	return nil
}

// concerns says whether an address is that of somebody of a side, or of a group that
// holds one.
func (c *contacts) concerns(uri string) bool {
	is, known := c.known[uri]
	if !known {
		is = c.isConcerned(uri)
		c.known[uri] = is
	}
	return is
}

func (c *contacts) isConcerned(uri string) bool {
	for _, side := range c.of {
		if _, of := slices.BinarySearch(side, uri); of {
			return true
		}
	}
	for _, p := range c.r.people {
		if p.uri == uri && p.kind != chat.KindUser {
			holds := func(person string) bool { return c.r.holds(p, person) }
			return slices.ContainsFunc(c.of[0], holds) || slices.ContainsFunc(c.of[1], holds)
		}
	}
	return false
}

// settle takes changes of groups into account.
func (c *contacts) settle() {
	if !c.stale {
		return
	}
	c.stale = false
	clear(c.known)
	for side, names := range c.sides {
		c.of[side] = c.of[side][:0]
		for _, p := range c.r.people {
			if p.kind == chat.KindUser && slices.ContainsFunc(names, func(name string) bool { return c.stands(p, name) }) {
				c.of[side] = append(c.of[side], p.uri)
			}
		}
		slices.Sort(c.of[side])
		c.of[side] = slices.Compact(c.of[side])
	}
	c.lookAll()
}

// stands says whether somebody is who is named, or in the group that is.
func (c *contacts) stands(p principal, name string) bool {
	if p.uri == name || p.name == name {
		return true
	}
	for _, g := range c.r.people {
		if g.kind != chat.KindUser && (g.uri == name || g.name == name) && c.r.holds(g, p.uri) {
			return true
		}
	}
	return false
}

func (c *contacts) lookAll() {
	seen := map[string]bool{}
	for room := range c.r.rooms {
		seen[room] = true
	}
	for room := range c.r.present {
		seen[room] = true
	}
	for _, s := range []*spans[pair]{&c.together, &c.could} {
		for k := range s.open {
			seen[k.room] = true
		}
	}
	for room := range seen {
		c.look(room)
	}
}

// look compares the sides in one room.
func (c *contacts) look(room string) {
	name := ""
	if at := c.r.rooms[room]; at != nil {
		name = at.name
	}
	is := c.r.present[room]
	c.compare(&c.together, room, name, func(p string) bool { return is[p] != nil })
	c.compare(&c.could, room, name, func(p string) bool { return c.r.lets(room, p) })
}

func (c *contacts) compare(s *spans[pair], room, name string, in func(person string) bool) {
	var there [2][]string
	for side := range there {
		for _, p := range c.of[side] {
			if in(p) {
				there[side] = append(there[side], p)
			}
		}
	}
	now := map[pair]bool{}
	for _, a := range there[0] {
		for _, b := range there[1] {
			if a != b && (s == &c.together || !c.r.parted(a, b)) {
				now[pair{room, a, b}] = true
			}
		}
	}
	for k := range s.open {
		if k.room == room && !now[k] {
			s.set(k, false, room, name, &c.last)
		}
	}
	for k := range now {
		s.set(k, true, room, name, &c.last)
	}
}

func (c *contacts) result(from, until chat.Time) ([]Contact, []Crossing, error) {
	var out []Contact
	for i, s := range []*spans[pair]{&c.together, &c.could} {
		for at, span := range s.list {
			if until != 0 && span.From.At >= until || from != 0 && span.Until != nil && span.Until.At < from {
				continue
			}
			out = append(out, Contact{A: s.keys[at].a, B: s.keys[at].b, Span: span, Together: i == 0})
		}
	}
	slices.SortFunc(out, func(x, y Contact) int {
		return cmp.Or(cmp.Compare(x.From.Index, y.From.Index), cmp.Compare(x.Room, y.Room), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	crossings := slices.DeleteFunc(c.crossings, func(x Crossing) bool { return until != 0 && x.Mark.At >= until || from != 0 && x.Mark.At < from })
	return out, crossings, nil
}
