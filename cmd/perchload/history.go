package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// historyReads is the scenario of reading the newest messages of a full room.
type historyReads struct {
	Messages int `help:"Messages in the room." default:"10000"`
	Last     int `help:"Newest messages read each time." default:"30"`
	Reads    int `help:"Reads." default:"5000"`
}

// Run drives the scenario.
func (f *historyReads) Run(ctx context.Context, t *target) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	users, err := s.users(ctx, 1)
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
	ep := c.endpoints[0]
	if err := ep.join(ctx, where[0]); err != nil {
		return err
	}
	m, err := startMeter(s.pid)
	if err != nil {
		return err
	}
	took := make([]time.Duration, f.Reads)
	ask := fmt.Sprintf(`<chanib uri="%s"/><bcq><last cnt="%d"/></bcq>`, where[0].uri(), f.Last)
	for i := range took {
		start := time.Now()
		body, err := ep.command(ctx, "bccontext", ask)
		if err != nil {
			return err
		}
		if got := strings.Count(string(body), "<msg "); got != f.Last {
			return fmt.Errorf("asked for %d messages, got %d", f.Last, got)
		}
		took[i] = time.Since(start)
	}
	u, err := m.stop()
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("history: the newest %d of %d messages", f.Last, f.Messages)}
	r.add("reads/s", float64(f.Reads)/u.wall.Seconds(), "1/s")
	r.add("server CPU a read", micros(u.server)/float64(f.Reads)/1000, "ms")
	r.addCPU(u)
	r.addLatencies("read", took)
	return r.print(t.JSON)
}
