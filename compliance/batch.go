package compliance

import (
	"context"
	"iter"

	"perch/chat"
)

// Batch is a closed range of the journal, of which every run makes the same
// bytes: nothing in it changes once it is closed.
type Batch struct {
	Number      int64 // 1, 2, ... without holes
	First, Last chat.EntryID
	// Opened is when the batch before this one was closed, Closed when this one was.
	Opened, Closed chat.Time
	Events         int
	// Conversations are the rooms that have events in the batch, by GUID, and the
	// events that belong to no room, if there are any, with an empty GUID at the
	// beginning.
	Conversations []Conversation
	// People are those whom events of the batch name, and those who were present.
	People map[chat.PrincipalID]Person
	// Source reads the events.
	Source Source
}

// Source reads closed ranges of events.
type Source interface {
	// Events yields the events of a range, both ends included, in order: those of
	// one room, or of none (OutsideRooms), or all (EveryRoom). What it yields is
	// valid until the next one. An error ends it.
	Events(ctx context.Context, first, last chat.EntryID, room chat.RoomID) iter.Seq2[*chat.Entry, error]
}

// What Source.Events takes in place of a room.
const (
	OutsideRooms chat.RoomID = 0
	EveryRoom    chat.RoomID = -1
)

// All yields every event of the batch, in order.
func (b *Batch) All(ctx context.Context) iter.Seq2[*chat.Entry, error] {
	return b.Source.Events(ctx, b.First, b.Last, EveryRoom)
}

// In yields the events of one conversation, in order.
func (b *Batch) In(ctx context.Context, c *Conversation) iter.Seq2[*chat.Entry, error] {
	return b.Source.Events(ctx, b.First, b.Last, c.Room.ID)
}

// Conversation is what happened in one room during one batch.
type Conversation struct {
	Room        Room
	Events      int
	First, Last chat.Time // of its events
	// Present are who was in the room when the batch began, by when they came and
	// then by user and endpoint.
	Present []Presence
}

// Room is a room as it was when the batch was closed; a deleted one as its last
// event named it.
type Room struct {
	ID         chat.RoomID // zero with all else for events that belong to no room
	GUID, Name string
	URI        string // ma-chan://domain/guid
	// The rest is empty unless AddChatRoomDetails is set.
	Description, Category, Privacy, Type string
	Members, Managers, Presenters        []chat.PrincipalID
}

// Presence is an endpoint's stay in a room.
type Presence struct {
	User     chat.PrincipalID
	Endpoint string
	Since    chat.Time
}

// Person is a user as he was when the batch was closed.
type Person struct {
	ID                 chat.PrincipalID
	GUID, URI, Name    string // "sip:alice@example.test", "alice"
	DisplayName, Email string
	// The rest is empty unless AddUserDetails is set.
	Company string
	Groups  []string // names of the groups that hold him, sorted
}

// Adapter hands batches on in one format, to one place. Its methods are called
// by one goroutine at a time.
type Adapter interface {
	// Deliver hands a batch on, and returns nil only when the receiver has it for
	// good (files are synced and renamed, the mail server has said yes). It is
	// called again with the same batch after an error or a crash, and then makes
	// the same bytes under the same names. Memory is bounded whatever the size of
	// the batch.
	Deliver(ctx context.Context, b *Batch) error
}

// Permanent is an error that trying again will not mend: the batch is set aside
// until an officer has it delivered again.
type Permanent struct{ Cause error }

func (e *Permanent) Error() string { return e.Cause.Error() }
func (e *Permanent) Unwrap() error { return e.Cause }
