package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"perch/probe"
)

// historyReads is the scenario of reading the newest messages of a full room.
type historyReads struct {
	Messages int `help:"Messages in the room." default:"10000"`
	Last     int `help:"Newest messages read each time." default:"30"`
	Reads    int `help:"Reads." default:"20000"`
	Readers  int `help:"Users who read at the same time." default:"16"`
}

// Run drives the scenario.
func (f *historyReads) Run(ctx context.Context, t *target) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	users, err := s.users(ctx, f.Readers)
	if err != nil {
		return err
	}
	where, err := s.rooms(ctx, "load history", 1, nil)
	if err != nil {
		return err
	}
	if err := s.seed(ctx, users, where, f.Messages, func(int) int { return 0 }); err != nil {
		return err
	}
	c, err := gather(ctx, s, users, 1)
	if err != nil {
		return err
	}
	defer c.close()
	err = inParallel(f.Readers, connectWorkers, func(i int) error { return c.endpoints[i].Join(ctx, where[0]) })
	if err != nil {
		return err
	}
	m, err := startMeter(s.pid)
	if err != nil {
		return err
	}
	each := f.Reads / f.Readers
	took := make([]time.Duration, each*f.Readers)
	ask := fmt.Sprintf(`<chanib uri="%s"/><bcq><last cnt="%d"/></bcq>`, where[0].URI(), f.Last)
	err = inParallel(f.Readers, f.Readers, func(i int) error {
		return f.read(ctx, c.endpoints[i], ask, took[i*each:(i+1)*each])
	})
	if err != nil {
		return err
	}
	u, err := m.stop()
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("history: the newest %d of %d messages, %d readers", f.Last, f.Messages, f.Readers)}
	r.add("reads/s", float64(len(took))/u.wall.Seconds(), "1/s")
	r.add("server CPU a read", micros(u.server)/float64(len(took))/1000, "ms")
	r.addCPU(u)
	r.addLatencies("read", took)
	return r.print(t.JSON)
}

// read reads one after the other and notes how long each took.
func (f *historyReads) read(ctx context.Context, ep *probe.Endpoint, ask string, took []time.Duration) error {
	for i := range took {
		start := time.Now()
		body, err := ep.Command(ctx, "bccontext", ask)
		if err != nil {
			return err
		}
		if got := strings.Count(string(body), "<msg "); got != f.Last {
			return fmt.Errorf("asked for %d messages, got %d", f.Last, got)
		}
		took[i] = time.Since(start)
	}
	return nil
}
