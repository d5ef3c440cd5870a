package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"perch/chat"
)

// Counters are the ids that were given last, of the journal and of rooms, as
// they are on disk. They belong to the one writer.
type Counters struct {
	known   bool
	journal chat.EntryID
	heads   map[chat.RoomID]chat.MessageID
}

// NewCounters knows nothing yet and reads what it needs.
func NewCounters() *Counters { return &Counters{heads: map[chat.RoomID]chat.MessageID{}} }

// maxHeads bounds what is remembered of rooms.
const maxHeads = 200_000

// Tx is one transaction of the writer.
type Tx struct {
	DB
	// Operator is that of the call's context, for entries that name no actor.
	Operator string
	counters *Counters
	journal  chat.EntryID
	heads    map[chat.RoomID]chat.MessageID
	undo     []head // what heads held before, in the order of changes
}

// head is one value of Tx.heads; zero says that there was none.
type head struct {
	room chat.RoomID
	id   chat.MessageID
}

// Begin starts to count on top of what is on disk. db must be in a transaction.
func (c *Counters) Begin(ctx context.Context, db DB) (*Tx, error) {
	if !c.known {
		err := db.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM journal").Scan(&c.journal)
		if err != nil {
			return nil, fail("reading the journal's head", err)
		}
		c.known = true
	}
	return &Tx{DB: db, counters: c, journal: c.journal, heads: map[chat.RoomID]chat.MessageID{}}, nil
}

// Committed makes the transaction's counts those on disk.
func (t *Tx) Committed() {
	t.counters.journal = t.journal
	if len(t.counters.heads)+len(t.heads) > maxHeads {
		clear(t.counters.heads)
	}
	for room, head := range t.heads {
		t.counters.heads[room] = head
	}
}

// Mark is a moment of a transaction.
type Mark struct {
	journal chat.EntryID
	undo    int
}

// Mark returns the present moment, for Reset.
func (t *Tx) Mark() Mark { return Mark{t.journal, len(t.undo)} }

// Reset returns the counts to a Mark, when what came after it is rolled back.
func (t *Tx) Reset(m Mark) {
	for len(t.undo) > m.undo {
		last := t.undo[len(t.undo)-1]
		t.undo = t.undo[:len(t.undo)-1]
		if t.heads[last.room] = last.id; last.id == 0 {
			delete(t.heads, last.room)
		}
	}
	t.journal = m.journal
}

func (t *Tx) setHead(room chat.RoomID, id chat.MessageID) {
	t.undo = append(t.undo, head{room, t.heads[room]})
	t.heads[room] = id
}

// Forget drops what is remembered, after a failure that leaves doubt.
func (c *Counters) Forget() {
	c.known = false
	clear(c.heads)
}

// head is the id given last in a room; KindNoSuchRoom if there is none such.
func (t *Tx) head(ctx context.Context, room chat.RoomID) (chat.MessageID, error) {
	if h, ok := t.heads[room]; ok {
		return h, nil
	}
	if h, ok := t.counters.heads[room]; ok {
		return h, nil
	}
	var head sql.NullInt64
	err := t.QueryRowContext(ctx, headText, int64(room)).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, chat.E(chat.KindNoSuchRoom, "")
	}
	return chat.MessageID(head.Int64), fail("reading a room's head", err)
}

// dropRoom forgets a room's head when it is deleted.
func (t *Tx) dropRoom(room chat.RoomID) {
	t.undo = append(t.undo, head{room, t.heads[room]})
	delete(t.heads, room)
	delete(t.counters.heads, room)
}
