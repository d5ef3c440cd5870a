package main

import (
	"context"
	"fmt"
	"sync"

	"perch/probe"
)

// inParallel runs do for 0..n-1 with a few workers and returns the first error.
func inParallel(n, workers int, do func(i int) error) error {
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
		next  = make(chan int)
		stop  = make(chan struct{})
	)
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					once.Do(func() { first = err; close(stop) })
					return
				}
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-stop:
			break feed
		}
	}
	close(next)
	wg.Wait()
	return first
}

const connectWorkers = 32

// crowd is a set of endpoints and the links they live on.
type crowd struct {
	endpoints []*probe.Endpoint
	links     []*probe.Conn
}

func (c *crowd) close() {
	for _, l := range c.links {
		l.Close()
	}
}

// gather signs in users[i], each on a link of its own, or shared among
// perLink of them, and opens their chat dialogs.
func gather(ctx context.Context, s *server, users []string, perLink int) (*crowd, error) {
	c := &crowd{endpoints: make([]*probe.Endpoint, len(users))}
	for range (len(users) + perLink - 1) / perLink {
		l, err := dial(ctx, s.addr)
		if err != nil {
			c.close()
			return nil, err
		}
		c.links = append(c.links, l)
	}
	err := inParallel(len(users), connectWorkers, func(i int) error {
		ep := probe.NewEndpoint(c.links[i/perLink], users[i], s.domain)
		c.endpoints[i] = ep
		if err := ep.SignIn(ctx, ""); err != nil {
			return err
		}
		return ep.OpenChat(ctx, poolOf(s.domain))
	})
	if err != nil {
		c.close()
		return nil, fmt.Errorf("signing in: %w", err)
	}
	return c, nil
}

// listen routes every chat message that arrives on the crowd's links.
func (c *crowd) listen(chat func(ep *probe.Endpoint, body []byte)) {
	for _, l := range c.links {
		l.OnChat(chat)
	}
}
