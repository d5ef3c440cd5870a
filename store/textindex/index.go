// Package textindex is the full text of a store's messages, on disk: which
// messages hold what somebody looks for, and how many there are. What it finds
// is what chat/search finds, exactly.
//
// It promises:
//   - It is derived: its folder may be deleted, and is then empty and has to be
//     told everything again. It knows how far it was told (Last), and after a
//     crash it is told again from there. What is damaged or of another store is
//     thrown away when it is opened.
//   - A search sees all that was told before it began, and is not held up by
//     what is told meanwhile. There may be any number of searches at a time.
//   - Memory is bounded: what is on disk is mapped, not read.
//
// It is told by one goroutine. Messages told last stay in memory, where a search
// looks at each. When there are enough they become a segment: a file that never
// changes, with the words, rooms, authors and traits, the messages that have each, and
// the texts, so that a search can look where words alone do not decide. Small
// segments are merged to larger ones by a goroutine of the index (from Open to
// Close), which leaves out what is gone. A message of 10,000,000 is found by
// operations on sets of bits, one bit a message.
//
// It must not know where messages come from, nor what they are for.
package textindex

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"perch/chat"
)

// Doc is a message as the index is told of it. Text is what search.Normal
// returned.
type Doc struct {
	Position chat.EntryID
	Room     chat.RoomID
	ID       chat.MessageID
	Author   chat.PrincipalID
	At       chat.Time
	Alert    bool
	Text     string
}

// Change is one thing that the index is told: messages of a room can no longer
// be read, or there is a message. A message without a position is one that the
// index knows, with another text.
type Change struct {
	Doc         *Doc // nil: the messages below are gone
	Room        chat.RoomID
	First, Last chat.MessageID
}

// Place is a moment of the journal: an entry and its time, by which another
// journal is told apart.
type Place struct {
	Entry chat.EntryID `json:"entry"`
	At    chat.Time    `json:"at"`
}

// Index is an open index.
type Index struct {
	folder string
	store  string

	changing sync.Mutex // who changes the view or the list of segments; guards the fields below
	pending  int        // entries since the list was written
	saved    Place      // up to which the list was written

	mu   sync.Mutex // after changing; guards view
	view *view

	number atomic.Int64 // of the last segment

	wake, quit, done chan struct{}
	once             sync.Once
}

// view is what searches see. It never changes.
type view struct {
	segments  []*live
	tail      []Doc // in no segment yet
	tailBytes int
	last      Place
}

// live is a segment and what is gone of it.
type live struct {
	*segment
	gone bitset // nil for none
	kept bitset // what was gone when the list was written
}

var errStopped = errors.New("the index is being closed")

// Open opens the index of a store in a folder, which need not be there. What
// cannot be used is thrown away.
func Open(folder, store string) (*Index, error) {
	x := &Index{
		folder: folder, store: store, view: &view{}, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	if err := x.load(); err != nil {
		if err := x.discard(); err != nil {
			return nil, err
		}
	}
	go x.merger()
	x.nudge()
	return x, nil
}

// Last is the moment up to which the index was told everything.
func (x *Index) Last() Place { return x.now().last }

func (x *Index) now() *view {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.view
}

func (x *Index) publish(v *view) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.view = v
}

// Reset throws everything away.
func (x *Index) Reset() error {
	x.changing.Lock()
	defer x.changing.Unlock()
	return x.discard()
}

// discard forgets everything.
func (x *Index) discard() error {
	if err := os.Remove(filepath.Join(x.folder, listName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	x.publish(&view{})
	x.saved, x.pending = Place{}, 0
	x.sweep()
	return nil
}

// Close ends the merging. Searches that run are not waited for.
func (x *Index) Close() {
	x.once.Do(func() { close(x.quit) })
	<-x.done
}
