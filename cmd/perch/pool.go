package main

import (
	"context"

	"perch/front/admin/api"
)

type poolCmd struct {
	Show  poolShow  `cmd:"" help:"Show the pool's state and which servers take sessions."`
	State poolState `cmd:"" help:"Set the pool's state."`
	Set   poolSet   `cmd:"" help:"Say which servers take sessions; the others keep those that they have."`
}

type poolShow struct{}

// Run shows the pool.
func (poolShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	p, err := cl.Pool(ctx)
	if err != nil {
		return err
	}
	return g.showPool(p)
}

func (g *globals) showPool(p api.Pool) error {
	return g.show(p, "", func(row func(...any)) {
		row("this server", p.Server)
		row("takes sessions", yesNo(p.Accepting))
		row("PoolState", p.State)
		row("ActiveServers", list(p.Active))
		row("InactiveServers", list(p.Inactive))
	})
}

func changePool(ctx context.Context, g *globals, ch api.PoolChange) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	p, err := cl.ChangePool(ctx, ch)
	if err != nil {
		return err
	}
	return g.showPool(p)
}

type poolState struct {
	State string `arg:"" enum:"normal,failed-over" help:"normal or failed-over."`
}

// Run sets the state.
func (c *poolState) Run(ctx context.Context, g *globals) error {
	return changePool(ctx, g, api.PoolChange{State: c.State})
}

type poolSet struct {
	Active     *[]string `help:"Exactly these servers are active; the others that were become inactive."`
	Activate   []string  `help:"Servers that become active."`
	Deactivate []string  `help:"Servers that become inactive."`
	Swap       bool      `help:"Active and inactive servers change places."`
}

// Run sets the active servers.
func (c *poolSet) Run(ctx context.Context, g *globals) error {
	if c.Active == nil && len(c.Activate)+len(c.Deactivate) == 0 && !c.Swap {
		return usageError("say --active, --activate, --deactivate or --swap")
	}
	return changePool(ctx, g, api.PoolChange{Set: c.Active, Activate: c.Activate, Deactivate: c.Deactivate, Swap: c.Swap})
}

type endpointCmd struct {
	List   endpointList   `cmd:"" help:"List further addresses of the pool."`
	Add    endpointAdd    `cmd:"" help:"Give the pool one more address, for clients that were set up with it."`
	Delete endpointDelete `cmd:"" help:"Take an address away."`
}

type endpointList struct{}

// Run lists addresses.
func (endpointList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Endpoints(ctx)
	if err != nil {
		return err
	}
	return g.show(all, "ADDRESS|SHOWN AS", func(row func(...any)) {
		for _, e := range all {
			row(e.URI, e.DisplayName)
		}
	})
}

type endpointAdd struct {
	Address     string `arg:"" help:"SIP address in the server's domain."`
	DisplayName string `name:"name" help:"Name to show."`
}

// Run adds an address; one that is there is changed.
func (c *endpointAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	e, err := cl.AddEndpoint(ctx, api.Endpoint{URI: c.Address, DisplayName: c.DisplayName})
	if err != nil {
		return err
	}
	return g.show(e, "", func(row func(...any)) { row("address", e.URI); row("shown as", e.DisplayName) })
}

type endpointDelete struct {
	Address string `arg:"" help:"SIP address."`
	ifExists
}

// Run takes an address away.
func (c *endpointDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteEndpoint(ctx, c.Address), "deleted address %s", c.Address)
}
