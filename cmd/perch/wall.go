package main

import (
	"context"
	"fmt"

	"perch/front/admin/api"
)

type wallCmd struct {
	List   wallList   `cmd:"" help:"List ethical walls."`
	Show   wallShow   `cmd:"" help:"Show a wall."`
	Add    wallAdd    `cmd:"" help:"Put a wall between two groups: none of one and none of the other may be in a room together."`
	Delete wallDelete `cmd:"" help:"Take a wall down."`
}

func (g *globals) showWalls(v any, walls []api.Wall) error {
	return g.show(v, "NAME|ONE SIDE|OTHER SIDE", func(row func(...any)) {
		for _, w := range walls {
			row(w.Name, w.A, w.B)
		}
	})
}

type wallList struct{}

// Run lists walls.
func (wallList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Walls(ctx)
	if err != nil {
		return err
	}
	return g.showWalls(all, all)
}

type wallShow struct {
	Name string `arg:"" help:"Name."`
}

// Run shows a wall.
func (c *wallShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	w, err := cl.Wall(ctx, c.Name)
	if err != nil {
		return err
	}
	return g.showWalls(w, []api.Wall{w})
}

// previewFlags are those of changes that can be looked at first.
type previewFlags struct {
	DryRun bool `help:"Only say what it would do, and to whom."`
	Limit  int  `default:"100" help:"Effects to show in a dry run."`
}

// showPreview says what a change would do.
func (g *globals) showPreview(p api.Preview) error {
	return g.show(p, "USER|ROOM|LOSES|GAINS|", func(row func(...any)) {
		for _, e := range p.Effects {
			out := ""
			if e.PutOut {
				out = "is put out"
			}
			row(e.User, e.Room, list(e.Loses), list(e.Gains), out)
		}
		row(fmt.Sprintf("%d effects, %d shown", p.Total, len(p.Effects)))
	})
}

type wallAdd struct {
	Name string `arg:"" help:"Name of the wall."`
	A    string `arg:"" help:"One group."`
	B    string `arg:"" help:"The other group."`
	previewFlags
	bulkExisting
}

// Run puts a wall up.
func (c *wallAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if old, err := cl.Wall(ctx, c.Name); err == nil && c.SkipExisting {
		return g.showWalls(old, []api.Wall{old})
	}
	w := api.Wall{Name: c.Name, A: c.A, B: c.B}
	if c.DryRun {
		p, err := cl.PreviewWall(ctx, w, c.Limit)
		if err != nil {
			return err
		}
		return g.showPreview(p)
	}
	if w, err = cl.AddWall(ctx, w); err != nil {
		return err
	}
	return g.showWalls(w, []api.Wall{w})
}

type wallDelete struct {
	Name string `arg:"" help:"Name."`
	ifExists
}

// Run takes a wall down.
func (c *wallDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteWall(ctx, c.Name), "deleted wall %s", c.Name)
}
