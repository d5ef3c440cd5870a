package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"perch/probe"
)

// board is one room under load: its members, one of whom posts, and what
// became of every post.
type board struct {
	room    probe.Room
	poster  *probe.Endpoint
	members int // deliveries a post
	window  int
	posts   []outcome
	free    chan struct{} // a token a post that may be outstanding
	acked   func(b *board, body []byte)
	base    int // the number of the first post
	pace    pace
}

// pace is when posts are made; its zero: as soon as the window lets.
type pace struct{ first, every time.Duration }

// wait returns when post n is due.
func (p pace) wait(ctx context.Context, start time.Time, n int) error {
	left := time.Until(start.Add(p.first + time.Duration(n)*p.every))
	if p == (pace{}) || left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type outcome struct {
	at   time.Time
	left atomic.Int32
	took time.Duration
}

func newBoard(r probe.Room, poster *probe.Endpoint, members, window, posts int) *board {
	b := &board{
		room: r, poster: poster, members: members, window: window,
		posts: make([]outcome, posts), free: make(chan struct{}, window),
	}
	for range window {
		b.free <- struct{}{}
	}
	return b
}

// delivered counts one delivery; the last one of a post frees its place in
// the window. It runs in links' readers.
func (b *board) delivered(ep *probe.Endpoint, body []byte) {
	n := seqOf(body) - b.base
	if n < 0 || n >= len(b.posts) {
		return
	}
	if ep == b.poster && b.acked != nil {
		b.acked(b, body)
	}
	p := &b.posts[n]
	if p.left.Add(-1) == 0 {
		p.took = time.Since(p.at)
		b.free <- struct{}{}
	}
}

// run posts everything, with at most window posts outstanding, and returns
// when the last one has been delivered to everybody.
func (b *board) run(ctx context.Context, filler string) error {
	var buf []byte
	start := time.Now()
	for n := range b.posts {
		if err := b.pace.wait(ctx, start, n); err != nil {
			return err
		}
		if err := b.take(ctx); err != nil {
			return err
		}
		p := &b.posts[n]
		p.left.Store(int32(b.members))
		p.at = time.Now()
		buf = appendPost(buf[:0], b.poster, b.room, b.base+n, filler)
		if err := b.poster.Send(buf); err != nil {
			return err
		}
	}
	for range b.window {
		if err := b.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *board) take(ctx context.Context) error {
	select {
	case <-b.free:
		return nil
	default:
	}
	select {
	case <-b.free:
		return nil
	case a := <-b.poster.Refused():
		return fmt.Errorf("%s: post %w with %d", b.poster.User(), probe.ErrRefused, a.Status)
	case err := <-b.poster.Failed():
		return err
	case <-ctx.Done():
		return fmt.Errorf("posting to %s: %w", b.room.GUID, ctx.Err())
	}
}

// runBoards runs all boards at once between two readings of the meter.
func runBoards(ctx context.Context, pid int, boards []*board, filler int) (usage, error) {
	text := strings.Repeat("x", filler)
	m, err := startMeter(pid)
	if err != nil {
		return usage{}, err
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(boards))
	for _, b := range boards {
		wg.Go(func() { errs <- b.run(ctx, text) })
	}
	wg.Wait()
	close(errs)
	u, err := m.stop()
	for e := range errs {
		if e != nil {
			return u, e
		}
	}
	return u, err
}

// tally sums the outcomes of all boards.
func tally(boards []*board) (posts, deliveries int, latencies []time.Duration) {
	for _, b := range boards {
		posts += len(b.posts)
		deliveries += len(b.posts) * b.members
		for i := range b.posts {
			latencies = append(latencies, b.posts[i].took)
		}
	}
	return posts, deliveries, latencies
}
