package main

import (
	"context"

	"perch/front/admin/api"
)

type addinCmd struct {
	List   addinList   `cmd:"" help:"List the registered add-ins."`
	Show   addinShow   `cmd:"" help:"Show an add-in."`
	Add    addinAdd    `cmd:"" help:"Register a web page that may be shown beside rooms."`
	Set    addinSet    `cmd:"" help:"Change an add-in."`
	Delete addinDelete `cmd:"" help:"Delete an add-in; rooms that showed it show none."`
}

type addinList struct{}

// Run lists add-ins.
func (addinList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Addins(ctx)
	if err != nil {
		return err
	}
	return g.show(all, "NAME|ADDRESS", func(row func(...any)) {
		for _, a := range all {
			row(a.Name, a.URL)
		}
	})
}

func (g *globals) showAddin(a api.Addin) error {
	return g.show(a, "", func(row func(...any)) {
		row("name", a.Name)
		row("address", a.URL)
		row("guid", a.GUID)
		row("version", a.Version)
	})
}

type addinShow struct {
	Name string `arg:"" help:"Name or GUID."`
}

// Run shows an add-in.
func (c *addinShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	a, err := cl.Addin(ctx, c.Name)
	if err != nil {
		return err
	}
	return g.showAddin(a)
}

type addinAdd struct {
	Name string `arg:"" help:"Name, up to 50 characters."`
	URL  string `name:"url" required:"" help:"Address of the page: https, or http on this machine. The web client shows it beside the room in a sandboxed frame."`
	bulkExisting
}

// Run registers an add-in.
func (c *addinAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if old, err := cl.Addin(ctx, c.Name); err == nil && c.SkipExisting {
		return g.showAddin(old)
	}
	a, err := cl.AddAddin(ctx, api.Addin{Name: c.Name, URL: c.URL})
	if err != nil {
		return err
	}
	return g.showAddin(a)
}

type addinSet struct {
	Name    string  `arg:"" help:"Name or GUID."`
	NewName *string `name:"name" help:"New name."`
	URL     *string `name:"url" help:"New address."`
	versionFlag
}

// Run changes an add-in.
func (c *addinSet) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	a, err := cl.ChangeAddin(ctx, c.Name, api.AddinChange{Name: c.NewName, URL: c.URL, Version: c.Version})
	if err != nil {
		return err
	}
	return g.showAddin(a)
}

type addinDelete struct {
	Name string `arg:"" help:"Name or GUID."`
	ifExists
}

// Run deletes an add-in.
func (c *addinDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteAddin(ctx, c.Name), "deleted add-in %s", c.Name)
}
