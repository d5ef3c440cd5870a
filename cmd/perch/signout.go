package main

import "context"

type userUnlock struct{ who }

// Run unlocks a user.
func (c *userUnlock) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	u, err := cl.UnlockUser(ctx, c.User)
	if err != nil {
		return err
	}
	if !u.Was {
		return g.done("%s was not locked out", c.User)
	}
	return g.done("unlocked user %s", c.User)
}

type userSessions struct{ who }

// Run lists web sessions.
func (c *userSessions) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	list, err := cl.WebSessions(ctx, c.User)
	if err != nil {
		return err
	}
	return g.show(list, "SIGNED IN|LAST USED|BY|ADDRESS|PROGRAM", func(row func(...any)) {
		for _, x := range list {
			row(x.At, x.Last, x.By, x.Address, x.Client)
		}
	})
}

type userSignOut struct{ who }

// Run ends web sessions.
func (c *userSignOut) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	n, err := cl.SignOutUser(ctx, c.User)
	if err != nil {
		return err
	}
	return g.done("signed %s out of %d web sessions", c.User, n.Done)
}
