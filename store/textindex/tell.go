package textindex

import (
	"runtime/debug"
	"slices"

	"perch/chat"
)

// How much stays in memory.
const (
	tailDocs    = 4096
	tailBytes   = 8 << 20
	tailEntries = 100_000
	tailMost    = 4 * tailDocs // when segments cannot be written
)

// Tell tells of changes in their order, up to a moment. After an error nothing
// of it is known, or all of it, as Last says.
func (x *Index) Tell(changes []Change, upTo Place) (err error) {
	x.changing.Lock()
	defer x.changing.Unlock()
	defer recovered(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if len(x.now().tail) >= tailMost {
		if err := x.flush(); err != nil {
			return err
		}
	}
	was := x.now()
	b := &change{
		view:   &view{segments: slices.Clone(was.segments), tail: was.tail, tailBytes: was.tailBytes, last: upTo},
		places: map[*segment]docsByRoom{}, own: map[*live]bool{},
	}
	for i := range changes {
		c := &changes[i]
		if c.Doc == nil {
			b.remove(c.Room, c.First, c.Last)
			continue
		}
		d, known := *c.Doc, true
		if d.Position == 0 {
			d.Position, known = b.remove(d.Room, d.ID, d.ID)
		}
		if known && d.fits() {
			b.add(d)
		}
	}
	x.pending += int(upTo.Entry - was.last.Entry)
	x.publish(b.view)
	if len(b.tail) >= tailDocs || b.tailBytes >= tailBytes || x.pending >= tailEntries {
		return x.flush()
	}
	return nil
}

// change is a view in the making.
type change struct {
	*view
	places map[*segment]docsByRoom // where rooms have their documents
	own    map[*live]bool          // whose sets of what is gone no other view has
}

type docsByRoom map[chat.RoomID][]uint32

// add appends to the tail. Views before end where they did.
func (c *change) add(d Doc) {
	c.tail = append(c.tail, d)
	c.tailBytes += len(d.Text)
}

// remove takes messages out, and says where the last of them was posted.
func (c *change) remove(room chat.RoomID, first, last chat.MessageID) (was chat.EntryID, known bool) {
	in := func(d Doc) bool { return d.Room == room && d.ID >= first && d.ID <= last }
	if i := slices.IndexFunc(c.tail, in); i >= 0 {
		was, known = c.tail[i].Position, true
		c.tail = slices.DeleteFunc(slices.Clone(c.tail), in)
	}
	for i, s := range c.segments {
		docs := c.docs(s.segment, room)
		from, _ := slices.BinarySearchFunc(docs, first, func(doc uint32, id chat.MessageID) int { return int(s.id(doc) - id) })
		for ; from < len(docs) && s.id(docs[from]) <= last; from++ {
			was, known = s.position(docs[from]), true
			if s.gone == nil || !s.gone.has(docs[from]) {
				s = c.mine(i)
				s.gone.set(docs[from])
			}
		}
	}
	return was, known
}

// docs are the documents of a room. Their ids rise.
func (c *change) docs(s *segment, room chat.RoomID) []uint32 {
	of := c.places[s]
	if of == nil {
		of = docsByRoom{}
		c.places[s] = of
	}
	list, ok := of[room]
	if !ok {
		if p := s.find(keyOfRoom(room)); p != nil {
			readPosting(p, func(doc uint32) { list = append(list, doc) })
		}
		of[room] = list
	}
	return list
}

// mine makes a segment whose set of what is gone may be changed.
func (c *change) mine(i int) *live {
	s := c.segments[i]
	if !c.own[s] {
		s = &live{segment: s.segment, gone: s.gone.clone(s.docs), kept: s.kept}
		c.segments[i] = s
		c.own[s] = true
	}
	return s
}

// Flush makes the index write what it has in memory.
func (x *Index) Flush() error {
	x.changing.Lock()
	defer x.changing.Unlock()
	return x.flush()
}

// flush makes a segment of the tail and writes the list: from then on what was
// told need not be told again.
func (x *Index) flush() error {
	was := x.now()
	v := &view{last: was.last}
	for _, s := range was.segments {
		v.segments = append(v.segments, &live{segment: s.segment, gone: s.gone, kept: s.gone})
	}
	if len(was.tail) > 0 {
		s, err := x.make(func(path string) error {
			docs := slices.Clone(was.tail)
			slices.SortStableFunc(docs, func(a, b Doc) int { return int(a.Position - b.Position) })
			return writeDocs(path, docs)
		})
		if err != nil {
			return err
		}
		v.segments = append(v.segments, &live{segment: s})
	}
	x.publish(v)
	if err := x.save(v, v.last); err != nil {
		return err
	}
	x.saved, x.pending = v.last, 0
	x.nudge()
	return nil
}
