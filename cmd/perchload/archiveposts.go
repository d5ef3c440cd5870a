package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"perch/compliance/seal"
	"perch/front/admin/api"
	"perch/probe"
)

// mode is a way to archive, and a server that does it, with everybody in their rooms.
type mode struct {
	name     string
	settings []string

	server *ownServer
	where  []probe.Room
	crowd  *crowd
	next   int // number of the next post of each room

	rates []float64       // posts a second of each round
	cpu   []float64       // the server's, in microseconds a post, until all of the round is archived
	mine  []float64       // the generator's
	after []time.Duration // from the end of a round until all of it is archived
}

func (m *mode) start(ctx context.Context, f *archiving, program, dir string) error {
	var err error
	if m.server, err = startServer(ctx, program, filepath.Join(dir, m.name), m.settings...); err != nil {
		return err
	}
	people := rooms{Rooms: f.Rooms, Members: f.Members}
	if m.where, m.crowd, err = people.people(ctx, m.server.server, "archive", perLink(f.Rooms*f.Members, f.Connections)); err != nil {
		return errors.Join(err, m.server.stop())
	}
	return nil
}

func (m *mode) stop() error {
	m.crowd.close()
	return m.server.stop()
}

// boards are those of the next posts of every room.
func (m *mode) boards(f *archiving, window, posts int) []*board {
	r := rooms{Rooms: f.Rooms, Members: f.Members, Window: window, Posts: posts, Base: m.next}
	m.next += posts
	return r.boards(m.crowd, m.where, nil)
}

// round posts once in every room, and returns when all of it is archived.
func (m *mode) round(ctx context.Context, f *archiving) error {
	boards := m.boards(f, f.Window, f.Posts)
	all, err := startMeter(m.server.pid)
	if err != nil {
		return err
	}
	u, err := runBoards(ctx, m.server.pid, boards, f.Filler)
	if err != nil {
		return err
	}
	posted := time.Now()
	if err := m.server.archived(ctx); err != nil {
		return err
	}
	m.after = append(m.after, time.Since(posted))
	whole, err := all.stop()
	posts := float64(f.Rooms * f.Posts)
	m.rates = append(m.rates, posts/u.wall.Seconds())
	m.cpu = append(m.cpu, micros(whole.server)/posts)
	m.mine = append(m.mine, micros(u.me)/posts)
	return err
}

// rounds compares the modes: each posts the same in every round, and none while
// another one does or has something left to archive. Their order turns around
// with each round, so that what else the machine does hits all alike.
func (f *archiving) rounds(ctx context.Context, modes []*mode, r *report) error {
	order := slices.Clone(modes)
	for range f.Rounds + 1 {
		for _, m := range order {
			if err := m.round(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
		slices.Reverse(order)
	}
	for _, m := range modes { // the first round warmed up
		m.rates, m.cpu, m.mine, m.after = m.rates[1:], m.cpu[1:], m.mine[1:], m.after[1:]
		r.add(m.name+": posts/s", median(m.rates), "1/s")
		r.add(m.name+": server CPU a post", median(m.cpu), "us")
		r.add(m.name+": generator CPU a post", median(m.mine), "us")
	}
	off, copied, sealed := modes[0], modes[1], modes[2]
	r.add("sealed: all sealed after the last post", median(inMillis(sealed.after)), "ms")
	r.add("posts/s, copied to off", median(ratios(copied.rates, off.rates)), "")
	r.add("posts/s, sealed to off", median(ratios(sealed.rates, off.rates)), "")
	all := ratios(sealed.rates, copied.rates)
	r.add("posts/s, sealed to copied, lowest round", slices.Min(all), "")
	r.add("posts/s, sealed to copied, highest round", slices.Max(all), "")
	r.atLeast("posts/s, sealed to copied, median round", median(all), "", leastOfCopied)
	return nil
}

// verify verifies what a server has sealed in this run, contents and all.
func (m *mode) verify(ctx context.Context, r *report) error {
	if err := m.server.archived(ctx); err != nil {
		return err
	}
	keys := filepath.Join(m.server.data, "archive-keys")
	content, err := os.ReadFile(filepath.Join(keys, seal.ContentFile))
	if err != nil {
		return err
	}
	a, err := openLog(filepath.Join(m.server.data, "archive"), keys)
	if err != nil {
		return err
	}
	leaves, took, err := a.verify(ctx, content)
	if err != nil {
		return err
	}
	r.add(m.name+": records in its archive, verified", float64(leaves), "")
	r.atLeast(m.name+": records verified, bodies and their contents", float64(leaves)/took.cpu.Seconds(), "1/s a core", leastVerified)
	return nil
}

// lag posts at a rate and watches how old the oldest entry becomes that is not sealed.
func (f *archiving) lag(ctx context.Context, m *mode, r *report) error {
	if err := m.server.archived(ctx); err != nil {
		return err
	}
	posts := max(1, int(float64(f.Rate)*f.For.Seconds())/f.Rooms)
	boards := m.boards(f, posts, posts) // none waits for an answer: the pace is all that holds them up
	gap := time.Second / time.Duration(f.Rate)
	for i, b := range boards {
		b.pace = pace{first: gap * time.Duration(i), every: gap * time.Duration(len(boards))}
	}
	watched := m.server.watchUnsealed(ctx)
	u, err := runBoards(ctx, m.server.pid, boards, f.Filler)
	ages, werr := watched()
	if err != nil {
		return err
	}
	if werr != nil {
		return werr
	}
	n, _, latencies := tally(boards)
	name := fmt.Sprintf("at %d posts/s: ", f.Rate)
	// The last post is made one gap before the time is over, and then delivered.
	r.atLeast(name+"posts/s", float64(n)/u.wall.Seconds(), "1/s", float64(f.Rate)*reached)
	r.addLatencies(name+"post to last delivery", latencies)
	if len(ages) == 0 {
		return fmt.Errorf("%s is too short to look at the archive", f.For)
	}
	slices.Sort(ages)
	millis := inMillis(ages)
	r.add(name+"looked at the archive", float64(len(millis)), "times")
	r.add(name+"oldest entry not sealed, p99", millis[len(millis)*99/100], "ms")
	r.atMost(name+"oldest entry not sealed, max", millis[len(millis)-1], "ms", mostUnsealed)
	return nil
}

// reached is how much of a rate is that rate.
const reached = 0.95

// watchEvery is how often the age of what is not sealed is asked for.
const watchEvery = 25 * time.Millisecond

// watchUnsealed asks over and over how old the oldest entry is that is not
// sealed, until stop is called.
func (o *ownServer) watchUnsealed(ctx context.Context) (stop func() ([]time.Duration, error)) {
	var (
		wg   sync.WaitGroup
		ages []time.Duration
		err  error
		done = make(chan struct{})
	)
	wg.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for err == nil {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var st api.ComplianceStatus
			st, err = o.admin.ArchiveStatus(ctx)
			ages = append(ages, time.Duration(st.Unsealed*float64(time.Second)))
		}
	})
	return func() ([]time.Duration, error) {
		close(done)
		wg.Wait()
		return ages, err
	}
}

// archived returns when the Compliance service has all that is on record.
func (o *ownServer) archived(ctx context.Context) error {
	tick := time.NewTicker(4 * watchEvery)
	defer tick.Stop()
	for {
		st, err := o.admin.ArchiveStatus(ctx)
		if err != nil {
			return err
		}
		if !st.Enabled || st.Kept >= st.Journal && (st.Sealed == 0 || st.Sealed >= st.Journal) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not all is archived: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// ratios divides round by round.
func ratios(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func inMillis(all []time.Duration) []float64 {
	out := make([]float64, len(all))
	for i, d := range all {
		out[i] = micros(d) / 1000
	}
	return out
}
