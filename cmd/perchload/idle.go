package main

import (
	"context"
	"fmt"
)

// idle is the scenario of endpoints that have signed in, joined a room and do
// nothing: what each of them costs in memory.
type idle struct {
	Endpoints int `help:"Endpoints, each on a connection of its own." default:"5000"`
	Members   int `help:"Members of each room." default:"10"`
}

// Run drives the scenario.
func (f *idle) Run(ctx context.Context, t *target) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	users, err := s.users(ctx, f.Endpoints)
	if err != nil {
		return err
	}
	where, err := s.rooms(ctx, "load idle", (f.Endpoints+f.Members-1)/f.Members, nil)
	if err != nil {
		return err
	}
	before, err := s.residentAfterGC(ctx)
	if err != nil {
		return err
	}
	c, err := gather(ctx, s, users, 1)
	if err != nil {
		return err
	}
	defer c.close()
	err = inParallel(len(users), connectWorkers, func(i int) error { return c.endpoints[i].Join(ctx, where[i/f.Members]) })
	if err != nil {
		return err
	}
	after, err := s.residentAfterGC(ctx)
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("idle: %d endpoints joined to rooms of %d", f.Endpoints, f.Members)}
	r.add("resident before", float64(before)/(1<<20), "MiB")
	r.add("resident after", float64(after)/(1<<20), "MiB")
	r.add("resident an endpoint", float64(after-before)/float64(f.Endpoints)/1024, "KiB")
	return r.print(t.JSON)
}
