package main

import (
	"context"

	"perch/front/admin/api"
	"perch/front/admin/client"
)

// versionFlag makes a change of something that somebody else has changed meanwhile be
// refused. Without it a change concerns only what it names.
type versionFlag struct {
	Version int64 `help:"Refuse the change if this is no longer the version that show prints."`
}

type groupCmd struct {
	Add    groupAdd    `cmd:"" help:"Add a group."`
	List   groupList   `cmd:"" help:"List groups."`
	Show   groupShow   `cmd:"" help:"Show a group."`
	Delete groupDelete `cmd:"" help:"Delete a group."`
	Join   groupJoin   `cmd:"" help:"Put users or groups into a group."`
	Leave  groupLeave  `cmd:"" help:"Take users or groups out of a group."`
}

type groupAdd struct {
	Name        string   `arg:"" help:"Name of the group."`
	DisplayName string   `name:"name" help:"Name to show."`
	Member      []string `help:"User or group to put into it."`
	Container   bool     `help:"A directory container: it may hold containers, too."`
}

// Run adds a group.
func (c *groupAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	made, err := cl.AddGroup(ctx, api.Group{Name: c.Name, DisplayName: c.DisplayName, Members: c.Member, Container: c.Container})
	if err != nil {
		return err
	}
	return g.showGroups([]api.Group{made}, made)
}

func (g *globals) showGroups(groups []api.Group, v any) error {
	return g.show(v, "NAME|SHOWN AS|VERSION|MEMBERS", func(row func(...any)) {
		for _, x := range groups {
			row(x.Name, x.DisplayName, x.Version, list(x.Members))
		}
	})
}

type groupList struct{}

// Run lists groups.
func (groupList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	groups, err := cl.Groups(ctx)
	if err != nil {
		return err
	}
	return g.showGroups(groups, groups)
}

type groupShow struct {
	Group string `arg:"" help:"Name of the group."`
}

// Run shows a group.
func (c *groupShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	x, err := cl.Group(ctx, c.Group)
	if err != nil {
		return err
	}
	return g.showGroups([]api.Group{x}, x)
}

type groupDelete struct {
	Group string `arg:"" help:"Name of the group."`
	ifExists
}

// Run deletes a group.
func (c *groupDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteGroup(ctx, c.Group), "deleted group %s", c.Group)
}

// regroup is what joining and leaving have in common.
type regroup struct {
	Group   string   `arg:"" help:"Name of the group."`
	Members []string `arg:"" help:"Users or groups."`
	versionFlag
	previewFlags
}

func (c *regroup) do(ctx context.Context, g *globals, preview api.GroupChange, call func(*client.Client, context.Context, string, api.Members) (api.Group, error)) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if c.DryRun {
		p, err := cl.PreviewGroup(ctx, c.Group, preview, c.Limit)
		if err != nil {
			return err
		}
		return g.showPreview(p)
	}
	x, err := call(cl, ctx, c.Group, api.Members{Members: c.Members, Version: c.Version})
	if err != nil {
		return err
	}
	return g.showGroups([]api.Group{x}, x)
}

type groupJoin struct{ regroup }

// Run puts members in.
func (c *groupJoin) Run(ctx context.Context, g *globals) error {
	return c.do(ctx, g, api.GroupChange{Join: c.Members}, (*client.Client).JoinGroup)
}

type groupLeave struct{ regroup }

// Run takes members out.
func (c *groupLeave) Run(ctx context.Context, g *globals) error {
	return c.do(ctx, g, api.GroupChange{Leave: c.Members}, (*client.Client).LeaveGroup)
}
