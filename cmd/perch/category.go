package main

import (
	"cmp"
	"context"
	"strings"

	"perch/front/admin/api"
)

type categoryCmd struct {
	Add    categoryAdd    `cmd:"" help:"Add a category."`
	List   categoryList   `cmd:"" help:"List categories."`
	Show   categoryShow   `cmd:"" help:"Show a category."`
	Set    categorySet    `cmd:"" help:"Change a category."`
	Delete categoryDelete `cmd:"" help:"Delete a category that has no rooms."`
}

// categoryFlags are what adding and changing have in common.
type categoryFlags struct {
	Description *string  `help:"What it is for."`
	Invitations *bool    `negatable:"" help:"New members are invited (default off)."`
	Files       *bool    `negatable:"" help:"Files may be uploaded (default off)."`
	FileTypes   *string  `help:"Types of files that may be uploaded, found by their content: image/*,text/plain; or that may not: !text/html; the first that fits decides; empty: all."`
	History     *bool    `negatable:"" help:"Messages are kept and can be read later (default on)."`
	Strict      *bool    `negatable:"" help:"Posts are refused while the archive is too far behind (default off: it is only reported)."`
	Retention   *string  `placeholder:"CLASS" help:"Retention class of what is said in its rooms (perch archive retain); empty: the default class."`
	Allow       []string `help:"User, group, domain or 'everyone' to take into the scope."`
	Deny        []string `help:"User or group to keep out of the scope, whatever else allows them."`
	Creator     []string `help:"Who may create rooms."`
}

func (f *categoryFlags) change() api.CategoryChange {
	var types *[]string
	if f.FileTypes != nil {
		list := strings.FieldsFunc(*f.FileTypes, func(r rune) bool { return r == ',' || r == ' ' })
		types = &list
	}
	return api.CategoryChange{
		Description: f.Description, Invitations: f.Invitations, Files: f.Files, History: f.History, Strict: f.Strict, Retention: f.Retention, FileTypes: types,
		Allowed: api.List{Add: f.Allow}, Denied: api.List{Add: f.Deny}, Creators: api.List{Add: f.Creator},
	}
}

type categoryAdd struct {
	Name string `arg:"" help:"Name."`
	categoryFlags
	bulkExisting
}

// Run adds a category.
func (c *categoryAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if old, err := cl.Category(ctx, c.Name); err == nil && c.SkipExisting {
		return g.showCategory(old)
	}
	ch := c.change()
	ch.Name = &c.Name
	made, err := cl.AddCategory(ctx, ch)
	if err != nil {
		return err
	}
	return g.showCategory(made)
}

func (g *globals) showCategory(c api.Category) error {
	return g.show(c, "", func(row func(...any)) {
		row("name", c.Name)
		row("address", c.URI)
		row("description", c.Description)
		row("allowed", list(c.Allowed))
		row("denied", list(c.Denied))
		row("creators", list(c.Creators))
		row("invitations", yesNo(c.Invitations))
		row("files", yesNo(c.Files))
		row("file types", list(c.FileTypes))
		row("history", yesNo(c.History))
		row("strict", yesNo(c.Strict))
		row("retention", cmp.Or(c.Retention, "default"))
		row("version", c.Version)
	})
}

type categoryList struct{}

// Run lists categories.
func (categoryList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Categories(ctx)
	if err != nil {
		return err
	}
	return g.show(all, "NAME|ROOMS|ALLOWED|DENIED|CREATORS|HISTORY", func(row func(...any)) {
		for _, c := range all {
			row(c.Name, c.Rooms, list(c.Allowed), list(c.Denied), list(c.Creators), yesNo(c.History))
		}
	})
}

type categoryShow struct {
	Category string `arg:"" help:"Name or address."`
}

// Run shows a category.
func (c *categoryShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	x, err := cl.Category(ctx, c.Category)
	if err != nil {
		return err
	}
	return g.showCategory(x)
}

type categorySet struct {
	Category string  `arg:"" help:"Name or address."`
	Name     *string `help:"New name."`
	categoryFlags
	NoAllow   []string `help:"Take out of the scope."`
	NoDeny    []string `help:"No longer deny."`
	NoCreator []string `help:"Take the right to create rooms."`
	versionFlag
	previewFlags
}

// Run changes a category.
func (c *categorySet) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	ch := c.change()
	ch.Version = c.Version
	ch.Name, ch.Allowed.Remove, ch.Denied.Remove, ch.Creators.Remove = c.Name, c.NoAllow, c.NoDeny, c.NoCreator
	if c.DryRun {
		p, err := cl.PreviewCategory(ctx, c.Category, ch, c.Limit)
		if err != nil {
			return err
		}
		return g.showPreview(p)
	}
	x, err := cl.ChangeCategory(ctx, c.Category, ch)
	if err != nil {
		return err
	}
	return g.showCategory(x)
}

type categoryDelete struct {
	Category string `arg:"" help:"Name or address."`
	ifExists
}

// Run deletes a category.
func (c *categoryDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteCategory(ctx, c.Category), "deleted category %s", c.Category)
}
