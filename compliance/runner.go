package compliance

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"perch/chat"
)

// runner gives one adapter its batches, one after the other. A failure holds
// up none but its own.
type runner struct {
	name    string
	adapter Adapter
	wake    chan struct{}
	stop    context.CancelFunc
	done    sync.WaitGroup
}

func (r *runner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// startAdapters starts those that settings ask for and that do not run.
func (s *Service) startAdapters(ctx context.Context, l Lease, set chat.Compliance) {
	made, err := s.cfg.Adapters(set)
	s.Report("adapters", err)
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, a := range made {
		if s.adapters[name] != nil {
			continue
		}
		r := &runner{name: name, adapter: a, wake: make(chan struct{}, 1)}
		ctx, stop := context.WithCancel(ctx)
		r.stop = stop
		r.done.Go(func() { s.deliver(ctx, l, r) })
		s.adapters[name] = r
	}
}

func (s *Service) stopAdapters() {
	s.mu.Lock()
	all := s.adapters
	s.adapters = map[string]*runner{}
	s.mu.Unlock()
	for _, r := range all {
		r.stop()
	}
	for _, r := range all {
		r.done.Wait()
	}
}

// names are those of the adapters that are set.
func (s *Service) names() []string { return AdapterNames(s.cfg.Settings().AdapterType) }

// Pauses between attempts grow from the least to the greatest.
const (
	leastPause    = 5 * time.Second
	greatestPause = 15 * time.Minute
)

// deliver is a runner's goroutine.
func (s *Service) deliver(ctx context.Context, l Lease, r *runner) {
	for {
		d, err := s.store.Next(ctx, r.name)
		if ctx.Err() != nil {
			return
		}
		s.Report("adapter "+r.name, err)
		left := time.Minute
		if err == nil && d != nil {
			if left = d.Next.Std().Sub(s.cfg.Now()); left <= 0 || d.Next == 0 {
				s.attempt(ctx, l, r, d)
				continue
			}
		}
		if !wait(ctx, r.wake, left) {
			return
		}
	}
}

// attempt delivers a batch once and stores what came of it.
func (s *Service) attempt(ctx context.Context, l Lease, r *runner, d *Delivery) {
	began := s.cfg.Now()
	b, err := s.store.FindBatch(ctx, d.Batch)
	if err == nil {
		err = s.attach(ctx, b)
	}
	if err == nil {
		err = r.adapter.Deliver(ctx, b)
	}
	if ctx.Err() != nil {
		return // whoever goes on does it again
	}
	ended := s.cfg.Now()
	d.Attempts++
	d.Finished, d.Took, d.Reason, d.State, d.Next = chat.At(ended), ended.Sub(began), "", Done, 0
	if err != nil {
		d.Reason = err.Error()
		d.State, d.Next = Waiting, chat.At(ended.Add(pauseAfter(d.Attempts)))
		if permanent := (*Permanent)(nil); errors.As(err, &permanent) {
			d.State, d.Next = Aside, 0
		}
		s.cfg.Log.Error("an adapter failed", slog.String("adapter", r.name), slog.Int64("batch", d.Batch), slog.Int("attempt", d.Attempts),
			slog.String("state", string(d.State)), slog.Any("error", err))
	}
	if err := s.store.UpdateDelivery(ctx, l, *d); err != nil && ctx.Err() == nil {
		s.Report("adapter "+r.name, err)
		pause(ctx, leastPause) // the delivery stands as it was, and is made again
	}
}

func pauseAfter(attempts int) time.Duration {
	return min(leastPause<<min(attempts-1, 10), greatestPause)
}
