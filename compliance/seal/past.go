package seal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"perch/chat"
)

// Past is a room as it stood at some time, as far as it is on record.
type Past struct {
	GUID     string
	Room     *chat.Room // nil: it was not made yet, or deleted
	Category *chat.Category
	// Messages are those that could be read then, with the texts of then, by id.
	Messages []PastMessage
	Present  []string // addresses of who was in it, sorted
	// People are those whom the room's and the category's lists name.
	People map[chat.PrincipalID]chat.Principal
}

// PastMessage is one message of then.
type PastMessage struct {
	ID        int64
	At        chat.Time
	Author    string
	Name      string
	Text      string
	Alert     bool
	Replaced  bool // an administrator had given it another text
	LeafIndex int64
}

// Reconstruct reads from the archive in dir how a room stood at a time. room is
// its GUID or a name that it once had; content is the content key.
func Reconstruct(ctx context.Context, dir, publicKey string, content []byte, room string, at chat.Time) (Past, error) {
	o, err := openArchive(dir, publicKey, content)
	if err == nil && o.kek == nil {
		err = errors.New("without the content key nothing can be read")
	}
	if err != nil {
		return Past{}, err
	}
	p := &past{
		o: o, room: strings.ToLower(room), at: at, people: map[chat.PrincipalID]chat.Principal{},
		categories: map[chat.CategoryID]chat.Category{}, messages: map[int64]PastMessage{}, there: map[string]string{},
	}
	// Its GUID first: a name may have come late.
	for _, do := range []func(l *Leaf) error{p.find, p.take} {
		if err := p.each(ctx, do); err != nil {
			return Past{}, err
		}
	}
	return p.result()
}

// past is a reconstruction at work.
type past struct {
	o    *opened
	room string // GUID or name
	at   chat.Time

	guid       string // once it is known
	now        *chat.Room
	people     map[chat.PrincipalID]chat.Principal
	categories map[chat.CategoryID]chat.Category
	messages   map[int64]PastMessage
	there      map[string]string // address by address and endpoint
}

// change is the detail of an entry that changes something.
type change[T any] struct{ Before, After *T }

func detailOf[T any](b *Body) (change[T], error) {
	var c change[T]
	if b.Detail == "" {
		return c, nil
	}
	err := json.Unmarshal([]byte(b.Detail), &c)
	return c, err
}

// each gives the leaves up to the time.
func (p *past) each(ctx context.Context, do func(l *Leaf) error) error {
	return p.o.each(ctx, func(l *Leaf, _ []byte) error {
		if l.At > int64(p.at) {
			return nil // times may lie a little out of order
		}
		return do(l)
	})
}

// find looks for the room's GUID: it is given, or is that of the room that had
// the name last.
func (p *past) find(l *Leaf) error {
	if l.Room == p.room && l.Room != "" {
		p.guid = l.Room
		return nil
	}
	if l.Kind != string(chat.EntryRoom) {
		return nil
	}
	b, err := p.o.body(l)
	if err == nil && b != nil && strings.EqualFold(b.RoomName, p.room) {
		p.guid = l.Room
	}
	return err
}

// take looks at one leaf.
func (p *past) take(l *Leaf) error {
	switch kind := chat.EntryKind(l.Kind); kind {
	case chat.EntryPerson, chat.EntryCat, chat.EntryServer:
	default:
		if l.Room == "" || l.Room != p.guid {
			return nil
		}
	}
	b, err := p.o.body(l)
	if err != nil || b == nil {
		return err
	}
	return p.apply(chat.EntryKind(l.Kind), l, b)
}

func (p *past) apply(kind chat.EntryKind, l *Leaf, b *Body) error {
	switch kind {
	case chat.EntryPerson:
		if c, err := detailOf[chat.Principal](b); err == nil && c.After != nil && b.Subject != 0 { // memberships have another form
			p.people[chat.PrincipalID(b.Subject)] = *c.After
		}
	case chat.EntryCat:
		c, err := detailOf[chat.Category](b)
		if err == nil && c.After != nil {
			p.categories[chat.CategoryID(b.Subject)] = *c.After
		}
	case chat.EntryServer:
		clear(p.there)
	case chat.EntryRoom:
		c, err := detailOf[chat.Room](b)
		if err != nil {
			return err
		}
		p.now = c.After
	case chat.EntryJoin:
		p.there[l.ActorURI+" "+l.Endpoint] = l.ActorURI
	case chat.EntryPart:
		delete(p.there, l.ActorURI+" "+l.Endpoint)
	case chat.EntryPost:
		p.messages[l.Message] = PastMessage{ID: l.Message, At: chat.Time(l.At), Author: l.ActorURI, Name: b.ActorName, Text: b.Text, Alert: b.Alert, LeafIndex: l.Index}
	case chat.EntryReplace:
		m := p.messages[l.Message]
		m.Text, m.Replaced = b.Text, true
		p.messages[l.Message] = m
	case chat.EntryRemove:
		delete(p.messages, l.Message)
	case chat.EntryPurge:
		for id := range p.messages {
			if id <= l.Last {
				delete(p.messages, id)
			}
		}
	}
	return nil
}

func (p *past) result() (Past, error) {
	if p.guid == "" {
		return Past{}, fmt.Errorf("no room %q is on record up to then", p.room)
	}
	out := Past{GUID: p.guid, Room: p.now, People: map[chat.PrincipalID]chat.Principal{}}
	for _, m := range p.messages {
		out.Messages = append(out.Messages, m)
	}
	slices.SortFunc(out.Messages, func(a, b PastMessage) int { return int(a.ID - b.ID) })
	for _, who := range p.there {
		out.Present = append(out.Present, who)
	}
	slices.Sort(out.Present)
	out.Present = slices.Compact(out.Present)
	if p.now == nil {
		return out, nil
	}
	lists := [][]chat.PrincipalID{p.now.Members, p.now.Managers, p.now.Presenters}
	if c, ok := p.categories[p.now.Category]; ok {
		out.Category = &c
		lists = append(lists, c.Allowed, c.Denied, c.Creators)
	}
	for _, list := range lists {
		for _, id := range list {
			out.People[id] = p.people[id]
		}
	}
	return out, nil
}
