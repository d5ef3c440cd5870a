package compliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// Config is what the service needs to know.
type Config struct {
	Holder   string // this process, unlike all others: host and process
	Log      *slog.Logger
	Now      func() time.Time
	LeaseFor time.Duration // how long the lease outlives a process that died
	MaxLag   time.Duration // an archive that is further behind is in trouble
	Keep     time.Duration // how long events are kept after all adapters had them
	Settings func() chat.Compliance
	// Adapters makes those that settings ask for, by name. With an error it returns
	// those that it could make; the error is shown in the status, and tried again.
	Adapters func(c chat.Compliance) (map[string]Adapter, error)
	Describe Describer
	Seal     Sealer // nil: no sealed archive

	// Attach copies an uploaded file into the Compliance File Store, if settings name
	// one; a file that is there already is no error. nil: there are no files.
	Attach func(ctx context.Context, set chat.Compliance, f File) error
	// Record puts an entry into the journal.
	Record func(ctx context.Context, e chat.Entry) error
	// Hide takes messages out of what users can read: those that erasures cover one
	// by one; of those whose time is over, all of the room's up to the last.
	Hide func(ctx context.Context, list []seal.Covered) error
	// Erase takes away what entries of the journal say.
	Erase func(ctx context.Context, ids []chat.EntryID) error
}

// Sealer is the sealed archive as the service feeds it; see seal.Log.
type Sealer interface {
	// Last is the entry that was sealed last.
	Last() chat.EntryID
	// Seal appends entries and signs what the archive holds then.
	Seal(ctx context.Context, entries []chat.Entry) error
	CheckAct(text string) error
	Rules() seal.Rules
	Restricted(e *chat.Entry) bool
	Covered(ctx context.Context, at chat.Time, from int64, most int) (list []seal.Covered, next int64, err error)
	Destroy(ctx context.Context, run chat.Time, indexes []int64) (gone []int64, err error)
}

// Service archives. While it holds the store's lease it copies the journal,
// closes batches, runs an adapter's deliveries in a goroutine each, and seals;
// otherwise it waits for the lease. Stop waits for all of its goroutines.
type Service struct {
	cfg     Config
	store   Store
	journal chat.Journal
	stop    context.CancelFunc
	wg      sync.WaitGroup

	runs   chan chan struct{} // each wants a batch at once, and is closed when it is closed
	expire chan struct{}      // holds an element when retention is to look at once
	behind atomic.Int64       // by how much the archive is too far behind; zero if it is not

	mu       sync.Mutex // guards the fields below
	state    progress
	adapters map[string]*runner
}

// progress is what the status shows of this process.
type progress struct {
	lease   Lease
	leader  bool
	until   <-chan struct{}   // of leader: closed when it ends
	trouble map[string]string // what does not work, by part
}

// New returns a service; Start starts it. It owns neither store nor journal.
func New(cfg Config, store Store, journal chat.Journal) *Service {
	return &Service{
		cfg: cfg, store: store, journal: &recent{Journal: journal},
		runs: make(chan chan struct{}), expire: make(chan struct{}, 1), state: progress{trouble: map[string]string{}}, adapters: map[string]*runner{},
	}
}

// Start begins to archive.
func (s *Service) Start(ctx context.Context) {
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.wg.Go(func() { s.run(ctx) })
	s.wg.Go(func() { s.watch(ctx) })
}

// watch looks how far the archive is behind, whoever writes it.
func (s *Service) watch(ctx context.Context) {
	known := s.cfg.Now() // when it could last be told
	for {
		lag, err := s.Lag(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			known = s.cfg.Now()
		} else {
			lag = s.cfg.Now().Sub(known)
		}
		if lag > s.cfg.MaxLag {
			err = fmt.Errorf("the archive is more than %s behind: posts in strict categories are refused", s.cfg.MaxLag)
			s.behind.Store(int64(lag))
		} else {
			s.behind.Store(0)
		}
		s.Report("lag", err)
		if !pause(ctx, time.Second) {
			return
		}
	}
}

// Behind is by how much the archive is too far behind, zero if it is not.
func (s *Service) Behind() time.Duration { return time.Duration(s.behind.Load()) }

// Stop ends all work; what was begun is finished by whoever starts next.
func (s *Service) Stop() {
	s.stop()
	s.wg.Wait()
}

// run takes the lease whenever it is free.
func (s *Service) run(ctx context.Context) {
	for ctx.Err() == nil {
		l, err := s.store.Acquire(ctx, s.cfg.Holder, chat.At(s.cfg.Now()), chat.At(s.cfg.Now().Add(s.cfg.LeaseFor)))
		if err == nil {
			s.Report("lease", nil)
			s.lead(ctx, l)
			continue
		}
		if !errors.Is(err, ErrLeased) && ctx.Err() == nil {
			s.Report("lease", err)
		}
		pause(ctx, s.cfg.LeaseFor/3)
	}
}

// lead does all work while the lease is held, and gives it up at the end.
func (s *Service) lead(ctx context.Context, l Lease) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	s.note(func(p *progress) { p.lease, p.leader, p.until = l, true, ctx.Done() })
	s.cfg.Log.Info("archiving", slog.String("holder", l.Holder), slog.Int64("fence", l.Fence))
	var wg sync.WaitGroup
	wg.Go(func() { s.renew(ctx, l); end() })
	wg.Go(func() { s.copy(ctx, l) })
	wg.Go(func() { s.batches(ctx, l) })
	if s.cfg.Attach != nil {
		wg.Go(func() { s.collect(ctx) })
	}
	if s.cfg.Seal != nil {
		wg.Go(func() { s.seal(ctx) })
		wg.Go(func() { s.retain(ctx, l) })
	}
	wg.Wait()
	s.note(func(p *progress) { p.leader = false })
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := s.store.Release(ctx, l); err != nil {
		s.cfg.Log.Warn("the lease was not given up; it runs out by itself", slog.Any("error", err))
	}
}

// renew prolongs the lease, and returns when it is lost.
func (s *Service) renew(ctx context.Context, l Lease) {
	for pause(ctx, s.cfg.LeaseFor/3) {
		now, err := s.store.Acquire(ctx, l.Holder, chat.At(s.cfg.Now()), chat.At(s.cfg.Now().Add(s.cfg.LeaseFor)))
		switch {
		case err == nil && now.Fence == l.Fence:
			l = now
		case err == nil || errors.Is(err, ErrLeased):
			return
		case l.Until < chat.At(s.cfg.Now()):
			s.Report("lease", err)
			return
		}
	}
}

// pageSize is how many entries are copied in one transaction.
const pageSize = 1000

// copy keeps what the journal holds, in order.
func (s *Service) copy(ctx context.Context, l Lease) {
	for {
		for s.copyPage(ctx, l) {
		}
		if !pause(ctx, 500*time.Millisecond) {
			return
		}
	}
}

// copyPage says whether there may be more.
func (s *Service) copyPage(ctx context.Context, l Lease) bool {
	at, err := s.store.Position(ctx)
	var entries []chat.Entry
	if err == nil {
		entries, err = s.journal.ListEntries(ctx, at, pageSize)
	}
	if err == nil {
		err = s.store.Append(ctx, l, entries)
	}
	if ctx.Err() != nil {
		return false
	}
	s.Report("copy", err)
	return err == nil && len(entries) == pageSize
}

// sealEvery parts two seals, of which each costs a signature and some syncs. With
// the time that one takes, everything is sealed within two seconds.
const sealEvery = 500 * time.Millisecond

// sealSize is how many entries one seal has at most.
const sealSize = 8192

// seal appends to the sealed archive what the journal holds.
func (s *Service) seal(ctx context.Context) {
	for {
		for s.sealPage(ctx) {
		}
		rest := sealEvery
		if s.failed("seal") {
			rest = 10 * time.Second
		}
		if !pause(ctx, rest) {
			return
		}
	}
}

// sealPage says whether there may be more.
func (s *Service) sealPage(ctx context.Context) bool {
	entries, err := s.journal.ListEntries(ctx, s.cfg.Seal.Last(), sealSize)
	if err == nil && len(entries) > 0 {
		err = s.cfg.Seal.Seal(ctx, entries)
	}
	if ctx.Err() != nil {
		return false
	}
	s.Report("seal", err)
	return err == nil && len(entries) == sealSize
}

// batches closes a batch at every run interval, keeps the adapters that settings
// ask for running, and forgets what all of them had.
func (s *Service) batches(ctx context.Context, l Lease) {
	defer s.stopAdapters()
	set := s.cfg.Settings()
	s.startAdapters(ctx, l, set)
	due := nextRun(s.cfg.Now(), set.RunInterval)
	for {
		var asked chan struct{}
		tick := time.NewTimer(time.Second)
		select {
		case asked = <-s.runs:
		case <-tick.C:
		case <-ctx.Done():
		}
		tick.Stop()
		if ctx.Err() != nil {
			return
		}
		if now := s.cfg.Settings(); now != set {
			set, due = now, nextRun(s.cfg.Now(), now.RunInterval)
			s.stopAdapters()
			s.startAdapters(ctx, l, set)
		} else if s.failed("adapters") && s.cfg.Now().Second()%10 == 0 {
			s.startAdapters(ctx, l, set)
		}
		if asked != nil {
			s.closeBatch(ctx, l)
			close(asked)
		}
		if s.cfg.Now().Before(due) {
			continue
		}
		due = nextRun(s.cfg.Now(), set.RunInterval)
		s.closeBatch(ctx, l)
		_, err := s.store.Forget(ctx, l, chat.At(s.cfg.Now().Add(-s.cfg.Keep)), s.names())
		s.Report("forget", err)
	}
}

// nextRun is the end of the interval that a time lies in: intervals are counted
// from midnight UTC, so that all servers mean the same ones.
func nextRun(now time.Time, interval time.Duration) time.Time {
	return now.UTC().Truncate(interval).Add(interval)
}

// closeBatch closes a batch for the adapters that are set, be they running or
// not. As long as none is set, events wait.
func (s *Service) closeBatch(ctx context.Context, l Lease) {
	names := s.names()
	if len(names) == 0 {
		return
	}
	b, err := s.store.CloseBatch(ctx, l, chat.At(s.cfg.Now()), names, s.cfg.Describe)
	s.Report("batch", err)
	if err != nil || b == nil {
		return
	}
	s.cfg.Log.Info("batch closed", slog.Int64("batch", b.Number), slog.Int("events", b.Events), slog.Int("rooms", len(b.Conversations)))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.adapters {
		r.nudge()
	}
}

// RunNow closes a batch before its time, if this process holds the lease, for the
// adapters as they are set now.
func (s *Service) RunNow(ctx context.Context) error {
	s.mu.Lock()
	l, leader, until := s.state.lease, s.state.leader, s.state.until
	s.mu.Unlock()
	if !leader {
		return ErrLeased
	}
	for s.copyPage(ctx, l) {
	}
	done := make(chan struct{})
	select {
	case s.runs <- done:
	case <-until:
		return ErrLeased
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-until: // it may be closed, or not
		return ErrLeased
	}
}

// Report notes that a part of archiving works, or why it does not; the status
// shows it.
func (s *Service) Report(part string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, failed := s.state.trouble[part]
	switch {
	case err == nil && failed:
		delete(s.state.trouble, part)
		s.cfg.Log.Info("compliance works again", slog.String("part", part))
	case err != nil && err.Error() != was:
		s.state.trouble[part] = err.Error()
		s.cfg.Log.Error("compliance is in trouble", slog.String("part", part), slog.Any("error", err))
	}
}

func (s *Service) failed(part string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, failed := s.state.trouble[part]
	return failed
}

func (s *Service) note(change func(p *progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
}

// pause waits, and says whether to go on.
func pause(ctx context.Context, d time.Duration) bool { return wait(ctx, nil, d) }

// wait waits for a signal or a time, and says whether to go on.
func wait(ctx context.Context, wake <-chan struct{}, most time.Duration) bool {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-t.C:
	}
	return ctx.Err() == nil
}
