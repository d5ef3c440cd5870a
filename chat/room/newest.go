package room

import "perch/chat"

// Newest keeps a room's newest messages in memory.
type Newest struct {
	keep     int
	messages []chat.Message // oldest first, at most 2*keep
	seeded   bool           // nothing newer than the first of messages is missing
	age      int            // grows when stored messages were changed
}

// NewNewest keeps up to keep messages.
func NewNewest(keep int) *Newest { return &Newest{keep: keep} }

// Keep is how many are kept; it never changes.
func (n *Newest) Keep() int { return n.keep }

// Posted takes a message that was just stored; ids come in order.
func (n *Newest) Posted(m chat.Message) {
	if len(n.messages) >= 2*n.keep {
		n.messages = append(n.messages[:0], n.messages[len(n.messages)-n.keep:]...)
	}
	n.messages = append(n.messages, m)
}

// Age tells what was read from the store before a change from what was read
// after it: ask for it before the store is read.
func (n *Newest) Age() int { return n.age }

// Changed is told that stored messages were changed or taken out: what is kept
// is forgotten.
func (n *Newest) Changed() {
	n.age++
	n.messages, n.seeded = nil, false
}

// Seed gives the newest stored messages, read at the given age: they come before
// those that were posted since.
func (n *Newest) Seed(stored []chat.Message, age int) {
	if n.seeded || age != n.age {
		return
	}
	if len(n.messages) > 0 {
		for len(stored) > 0 && stored[len(stored)-1].ID >= n.messages[0].ID {
			stored = stored[:len(stored)-1]
		}
	}
	n.messages = append(append(make([]chat.Message, 0, len(stored)+len(n.messages)), stored...), n.messages...)
	n.seeded = true
}

// Last returns the newest count messages, oldest first, if they are all here;
// otherwise the store must be asked. The slice is the caller's.
func (n *Newest) Last(count int) ([]chat.Message, bool) {
	have := len(n.messages)
	whole := n.seeded && (have < n.keep || n.messages[0].ID == 1)
	if !n.seeded || count > have && !whole {
		return nil, false
	}
	return append([]chat.Message(nil), n.messages[max(0, have-count):]...), true
}
