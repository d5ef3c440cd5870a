package main

import (
	"context"
	"fmt"
)

// fanout is the scenario of one big room.
type fanout struct {
	Members int `help:"Members of the room." default:"500"`
	Window  int `help:"Posts outstanding." default:"1"`
	Posts   int `help:"Posts to make." default:"2000"`
	Filler  int `help:"Bytes of text beside the number." default:"64"`
}

// Run drives the scenario.
func (f *fanout) Run(ctx context.Context, t *target) error {
	s, err := connect(ctx, t)
	if err != nil {
		return err
	}
	users, err := s.users(ctx, f.Members)
	if err != nil {
		return err
	}
	big, err := s.rooms(ctx, "load fanout", 1, nil)
	if err != nil {
		return err
	}
	c, err := gather(ctx, s, users, 1)
	if err != nil {
		return err
	}
	defer c.close()
	err = inParallel(len(users), connectWorkers, func(i int) error { return c.endpoints[i].Join(ctx, big[0]) })
	if err != nil {
		return err
	}
	warm := newBoard(big[0], c.endpoints[0], f.Members, f.Window, max(f.Posts/10, f.Window))
	warm.base = f.Posts
	b := newBoard(big[0], c.endpoints[0], f.Members, f.Window, f.Posts)
	c.listen(warm.delivered)
	if _, err := runBoards(ctx, s.pid, []*board{warm}, f.Filler); err != nil {
		return err
	}
	c.listen(b.delivered)
	u, err := runBoards(ctx, s.pid, []*board{b}, f.Filler)
	if err != nil {
		return err
	}
	r := report{Scenario: fmt.Sprintf("fanout: %d members, %d outstanding", f.Members, f.Window)}
	posts, deliveries, latencies := tally([]*board{b})
	r.addRun(posts, deliveries, u, latencies)
	return r.print(t.JSON)
}
