package chattest

import (
	"context"
	"sync"

	"perch/chat"
)

// Faulty is a store whose Append fails or stalls on demand.
type Faulty struct {
	chat.Store

	mu    sync.Mutex // guards the fields below
	err   error
	stall chan struct{}
}

// NewFaulty wraps a store that works until told otherwise.
func NewFaulty(inner chat.Store) *Faulty { return &Faulty{Store: inner} }

// Fail makes every Append fail with err; Heal ends it.
func (f *Faulty) Fail(err error) { f.set(func() { f.err = err }) }

// Heal lets Append work again.
func (f *Faulty) Heal() { f.set(func() { f.err = nil }) }

// Stall makes every Append wait; Resume ends it.
func (f *Faulty) Stall() { f.set(func() { f.stall = make(chan struct{}) }) }

// Resume lets those go on that wait.
func (f *Faulty) Resume() { f.set(func() { close(f.stall); f.stall = nil }) }

func (f *Faulty) set(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// Append stores, fails or waits.
func (f *Faulty) Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error) {
	f.mu.Lock()
	err, stall := f.err, f.stall
	f.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	return f.Store.Append(ctx, b)
}
