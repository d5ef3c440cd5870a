package compliance

import (
	"context"
	"iter"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// Store is the compliance store: what was read of the journal and is not done
// with yet. Several processes may have it open; only the one that holds the
// lease writes. Errors are chat's, KindDatabase for the store itself.
// Implementations are safe for concurrent use and pass storetest.Test.
type Store interface {
	Source

	// Acquire takes the lease for a holder until a time, if it is free, has run out
	// by now, or is his already. A lease that passes from one holder to another
	// has a greater Fence than all before. ErrLeased: another holds it.
	Acquire(ctx context.Context, holder string, now, until chat.Time) (Lease, error)
	// Release gives the lease up. One that is lost already is no error.
	Release(ctx context.Context, l Lease) error
	// Holder tells who holds the lease; the zero Lease for nobody.
	Holder(ctx context.Context) (Lease, error)

	// Position is the journal's entry up to which events are kept.
	Position(ctx context.Context) (chat.EntryID, error)
	// Append keeps events in ONE transaction with the new position, their last id.
	// Events that are there already are left out. ErrFenced: the lease has passed
	// on, as with every write below; nothing is changed then.
	Append(ctx context.Context, l Lease, events []chat.Entry) error

	// CloseBatch closes the batch of everything that is kept and in none yet, and
	// has it wait for the adapters named. details completes what it is to say of
	// rooms and people. Without events there is no batch: nil.
	CloseBatch(ctx context.Context, l Lease, at chat.Time, adapters []string, details Describer) (*Batch, error)
	// FindBatch returns a closed batch whose events are still kept, or
	// KindNoSuchObject.
	FindBatch(ctx context.Context, number int64) (*Batch, error)

	// Next returns the first delivery of an adapter that is not done or aside;
	// nil: there is none.
	Next(ctx context.Context, adapter string) (*Delivery, error)
	// UpdateDelivery stores what became of one. If it was asked for again since it
	// was read, it waits still.
	UpdateDelivery(ctx context.Context, l Lease, d Delivery) error
	// ListDeliveries returns deliveries that are not done, and of each adapter the
	// newest that is, by adapter and batch.
	ListDeliveries(ctx context.Context) ([]Delivery, error)
	// Redeliver has a delivery wait again, whatever became of it.
	Redeliver(ctx context.Context, adapter string, batch int64) error

	// Forget deletes the events of batches that were closed before a time and whose
	// deliveries to the adapters named are all done; deliveries to others are given
	// up with them. It returns how many events.
	Forget(ctx context.Context, l Lease, closedBefore chat.Time, adapters []string) (int, error)
	// Handed is the journal's entry up to which all deliveries to the adapters named
	// are done; where there are no batches yet, zero.
	Handed(ctx context.Context, adapters []string) (chat.EntryID, error)
	// Erase takes away for good what kept events say: Text, Rich, Cause and Detail.
	Erase(ctx context.Context, l Lease, ids []chat.EntryID) error
	// Waiting is how many events are in no batch yet, and the time of the first.
	Waiting(ctx context.Context) (events int, oldest chat.Time, err error)
	// Gaps lists the newest of what was not captured, as events told of it, be they
	// kept or forgotten, in order. Append finds it.
	Gaps(ctx context.Context, most int) ([]seal.Gap, error)
	// Search yields kept events that match, in order.
	Search(ctx context.Context, q Query) iter.Seq2[*chat.Entry, error]

	// Close waits for running calls and closes the store. It is idempotent.
	Close() error
}

// Describer tells what rooms and people are like now. What it does not know it
// leaves as it is.
type Describer interface {
	DescribeRoom(r *Room)
	DescribePerson(p *Person)
}

// Lease is the right to write the compliance store and to run its adapters.
type Lease struct {
	Holder string
	Fence  int64 // grows with every change of holder
	Until  chat.Time
}

// ErrLeased says that another process holds the lease.
var ErrLeased = chat.E(chat.KindBusy, "another server runs the adapters")

// ErrFenced says that the lease has passed on to another process.
var ErrFenced = chat.E(chat.KindCollision, "the lease has passed to another server")

// State is what became of a delivery.
type State string

// States of a delivery.
const (
	Waiting State = "waiting" // for its turn, or to be tried again
	Done    State = "done"
	Aside   State = "aside" // it cannot be delivered; Redeliver tries again
)

// Delivery is one batch for one adapter.
type Delivery struct {
	Adapter  string
	Batch    int64
	State    State
	Attempts int
	Next     chat.Time // not before
	Reason   string    // of the last failure
	Finished chat.Time // of the last attempt
	Took     time.Duration
	Asked    int // how often Redeliver was called
}

// Query selects kept events. Zero values select all.
type Query struct {
	Rooms       []string // GUIDs
	People      []string // addresses
	Kinds       []chat.EntryKind
	Since, Till chat.Time // Till is not included
	Words       string    // that the text, cause or detail contains, without regard to case
	After       chat.EntryID
	Limit       int
}
