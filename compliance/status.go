package compliance

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// Status is how archiving does.
type Status struct {
	Holder     Lease // who runs the adapters; zero for nobody
	Here       bool  // that is this process
	Head       chat.EntryID
	Kept       chat.EntryID  // of the journal, in the compliance store
	Lag        time.Duration // age of the first entry that is not kept
	Sealed     chat.EntryID  // zero without a sealed archive
	Unsealed   time.Duration // age of the first entry that is not sealed
	Waiting    int           // events that are in no batch yet
	Oldest     chat.Time     // of them
	NextRun    time.Time
	Adapters   []string // that are set
	Deliveries []Delivery
	Trouble    map[string]string // what does not work, and what to do
}

// Status tells how archiving does.
func (s *Service) Status(ctx context.Context) (Status, error) {
	var (
		st  Status
		err error
	)
	if st.Holder, err = s.store.Holder(ctx); err != nil {
		return st, err
	}
	if st.Head, err = s.journal.JournalHead(ctx); err != nil {
		return st, err
	}
	if st.Kept, err = s.store.Position(ctx); err != nil {
		return st, err
	}
	if st.Waiting, st.Oldest, err = s.store.Waiting(ctx); err != nil {
		return st, err
	}
	if st.Deliveries, err = s.store.ListDeliveries(ctx); err != nil {
		return st, err
	}
	if st.Lag, err = s.age(ctx, st.Kept); err != nil {
		return st, err
	}
	if s.cfg.Seal != nil {
		st.Sealed = s.cfg.Seal.Last()
		if st.Unsealed, err = s.age(ctx, st.Sealed); err != nil {
			return st, err
		}
	}
	st.NextRun = nextRun(s.cfg.Now(), s.cfg.Settings().RunInterval)
	st.Adapters = s.names()
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Here, st.Trouble = s.state.leader, maps.Clone(s.state.trouble)
	return st, nil
}

// mostGaps bounds what a status tells of.
const mostGaps = 200

// Gaps lists the newest of what was not captured and why.
func (s *Service) Gaps(ctx context.Context) ([]seal.Gap, error) { return s.store.Gaps(ctx, mostGaps) }

// Search yields what is on record, as far as the compliance store keeps it.
func (s *Service) Search(ctx context.Context, q Query) iter.Seq2[*chat.Entry, error] {
	return s.store.Search(ctx, q)
}

// age is how old the first entry after one is, zero if there is none.
func (s *Service) age(ctx context.Context, after chat.EntryID) (time.Duration, error) {
	list, err := s.journal.ListEntries(ctx, after, 1)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return max(0, s.cfg.Now().Sub(list[0].At.Std())), nil
}

// Lag is the age of the first entry that is not in the compliance store or, if
// there is one, not in the sealed archive. Another process may write that, which
// is not known here; then its own copy is what counts.
func (s *Service) Lag(ctx context.Context) (time.Duration, error) {
	at, err := s.store.Position(ctx)
	if err != nil {
		return 0, err
	}
	if s.cfg.Seal != nil && s.leads() {
		at = min(at, s.cfg.Seal.Last())
	}
	return s.age(ctx, at)
}

func (s *Service) leads() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.leader
}

// Redeliver has a batch delivered to an adapter again, and tells the adapter's
// goroutine.
func (s *Service) Redeliver(ctx context.Context, adapter string, batch int64) error {
	if known := s.names(); !slices.Contains(known, adapter) {
		return chat.E(chat.KindInvalid, "no adapter "+adapter+" is set; see perch compliance status")
	}
	if err := s.store.Redeliver(ctx, adapter, batch); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.adapters[adapter]; r != nil {
		r.nudge()
	}
	return nil
}
