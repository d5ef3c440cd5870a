package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// web is the scenario of browsers: WebSocket sessions in rooms, posts by the web
// API. Every session must see each message once, in order, without holes; each
// tenth post is tried twice and must be stored once. Beside it runs a plain
// broadcast of the same bytes by the same library.
type web struct {
	Sessions int `help:"WebSocket sessions; each is in one room." default:"1000"`
	Rooms    int `help:"Rooms." default:"2"`
	Users    int `help:"Users whose sessions they are." default:"20"`
	Window   int `help:"Posts outstanding in each room." default:"4"`
	Posts    int `help:"Posts in each room." default:"200"`
	Filler   int `help:"Bytes of text beside the number." default:"64"`
	Rounds   int `help:"How often the server and the plain broadcast are measured, by turns." default:"2"`
}

// The targets of the web client's server.
const (
	webMostCPU = 1.5 // times the plain broadcast's
	webMostKiB = 30  // an idle session
)

// Run drives the scenario.
func (f *web) Run(ctx context.Context, t *target) error {
	if f.Rooms < 1 || f.Sessions < f.Rooms || f.Users < 1 || f.Posts < f.Window || f.Rounds < 1 {
		return errors.New("there must be a session a room, a user, a round, and as many posts as may be outstanding")
	}
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	clients, where, err := f.prepare(ctx, s)
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("web: %d WebSocket sessions in %d rooms, %d posts outstanding in each", f.Sessions, f.Rooms, f.Window)}
	before, err := s.residentAfterGC(ctx)
	if err != nil {
		return err
	}
	g, err := f.open(ctx, clients, where)
	if err != nil {
		return err
	}
	defer g.close()
	after, err := s.residentAfterGC(ctx)
	if err != nil {
		return err
	}
	plain, err := startPlain(ctx, f, where)
	if err != nil {
		return err
	}
	defer plain.close()
	if err := f.turns(ctx, &r, s, g, clients, where, plain); err != nil {
		return err
	}
	r.atMost("resident an idle session", float64(after-before)/float64(f.Sessions)/1024, "KiB", webMostKiB)
	return r.print(t.JSON)
}

// turns measures the server and the plain broadcast by turns, and reports the
// sums.
func (f *web) turns(ctx context.Context, r *report, s *server, g *sockets, clients []*webClient, where []string, plain *plainServer) error {
	const warmup = 10 // as a part of a round
	var mine, theirs usage
	var latencies []time.Duration
	posts, deliveries := 0, 0
	for round := range f.Rounds + 1 {
		n := f.Posts
		if round == 0 {
			n = max(f.Posts/warmup, f.Window)
		}
		u, took, err := f.round(ctx, s.pid, g, where, n, func(ctx context.Context, room, i int, text string) (int64, error) {
			return clients[room%len(clients)].post(ctx, where[room], fmt.Sprintf("load-%d-%d-%d-%d", g.run, round, room, i), text, i%10 == 0)
		})
		if err != nil {
			return err
		}
		p, _, err := f.round(ctx, plain.pid, plain.sockets, where, n, func(ctx context.Context, room, _ int, _ string) (int64, error) {
			return plain.post(ctx, room, g.frame())
		})
		if err != nil {
			return fmt.Errorf("plain broadcast: %w", err)
		}
		if round == 0 {
			continue
		}
		mine, theirs = mine.plus(u), theirs.plus(p)
		latencies = append(latencies, took...)
		posts += n * f.Rooms
		deliveries += n * f.Sessions
	}
	r.addRun(posts, deliveries, mine, nil)
	r.addLatencies("post to answer", latencies)
	bare := micros(theirs.server) / float64(deliveries)
	r.add("plain broadcast deliveries/s", float64(deliveries)/theirs.wall.Seconds(), "1/s")
	r.add("plain broadcast CPU a delivery", bare, "us")
	r.atMost("server CPU a delivery, times the plain broadcast's", micros(mine.server)/float64(deliveries)/bare, "x", webMostCPU)
	r.add("bytes a delivery", float64(g.frameBytes()), "B")
	return nil
}

func (u usage) plus(v usage) usage {
	return usage{wall: u.wall + v.wall, server: u.server + v.server, me: u.me + v.me}
}

// prepare makes users with a password, rooms, and a client of the API for each user.
func (f *web) prepare(ctx context.Context, s *server) ([]*webClient, []string, error) {
	if s.web == "" {
		return nil, nil, errors.New("the server has no web listener")
	}
	names, err := s.usersWithPassword(ctx, f.Users, webPassword)
	if err != nil {
		return nil, nil, err
	}
	rooms, err := s.rooms(ctx, "load web", f.Rooms, nil)
	if err != nil {
		return nil, nil, err
	}
	where := make([]string, len(rooms))
	for i := range rooms {
		where[i] = rooms[i].GUID
	}
	clients := make([]*webClient, len(names))
	const signIns = 4 // at a time: a password is hashed for each
	err = inParallel(len(names), signIns, func(i int) error {
		clients[i], err = signInWeb(ctx, s.web, names[i], webPassword)
		return err
	})
	return clients, where, err
}

// open opens the sessions; session i is in room i modulo their number.
func (f *web) open(ctx context.Context, clients []*webClient, where []string) (*sockets, error) {
	g := newSockets(f.Sessions, where)
	err := inParallel(f.Sessions, connectWorkers, func(i int) error {
		ws, err := clients[i%len(clients)].events(ctx, where[i%len(where)])
		if err != nil {
			return err
		}
		g.put(i, ws)
		return nil
	})
	if err != nil {
		g.close()
		return nil, fmt.Errorf("opening WebSockets: %w", err)
	}
	g.listen(ctx)
	return g, nil
}

// round posts n times in each room and returns when every session has seen
// everything, with what that took.
func (f *web) round(ctx context.Context, pid int, g *sockets, where []string, n int, post func(ctx context.Context, room, i int, text string) (int64, error)) (usage, []time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := g.expect(n, cancel)
	m, err := startMeter(pid)
	if err != nil {
		return usage{}, nil, err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex // guards took
	var took []time.Duration
	filler := strings.Repeat("x", f.Filler)
	for room := range where {
		next := make(chan int)
		wg.Go(func() {
			defer close(next)
			for i := range n {
				select {
				case next <- i:
				case <-ctx.Done():
					return
				}
			}
		})
		for range f.Window {
			wg.Go(func() {
				for i := range next {
					at := time.Now()
					id, err := post(ctx, room, i, fmt.Sprintf("#%d %s", i, filler))
					if err != nil {
						cancel(err)
						return
					}
					g.posted(room, id)
					mu.Lock()
					took = append(took, time.Since(at))
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	select {
	case <-done:
	case <-ctx.Done():
		return usage{}, nil, context.Cause(ctx)
	}
	u, err := m.stop()
	return u, took, err
}
