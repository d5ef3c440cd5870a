package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"
)

type dataCmd struct {
	Export dataExport `cmd:"" help:"Write people, rooms and messages to a zip file."`
	Import dataImport `cmd:"" help:"Take such a file in; what is there already stays as it is."`
}

type dataExport struct {
	File            string   `arg:"" help:"File to write."`
	Level           string   `enum:"all,user,category,room-directory,content" default:"all" help:"all, user, category, room-directory or content (messages)."`
	Category        []string `help:"Only rooms of these categories."`
	Since           *moment  `help:"Only rooms that were made or changed since this day or time."`
	WithoutDisabled bool     `help:"Leave out disabled rooms."`
}

// Run exports. The file is there when it is whole.
func (c *dataExport) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	q := url.Values{"level": {c.Level}, "category": c.Category, "without_disabled": {strconv.FormatBool(c.WithoutDisabled)}}
	if c.Since != nil {
		q.Set("since", c.Since.start.Format(time.RFC3339))
	}
	part := c.File + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = cl.Export(ctx, q, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(part, c.File)
	}
	if err != nil {
		_ = os.Remove(part) // the first error is what counts
		return err
	}
	return g.done("exported to %s", c.File)
}

type dataImport struct {
	File   string `arg:"" type:"existingfile" help:"File that was exported."`
	DryRun bool   `help:"Only say what would be taken in."`
}

// Run imports.
func (c *dataImport) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	d, err := cl.Import(ctx, f, c.DryRun)
	if err != nil {
		return err
	}
	return g.show(d, "", func(row func(...any)) {
		row("users", d.Users)
		row("groups", d.Groups)
		row("categories", d.Categories)
		row("rooms", d.Rooms)
		row("messages", d.Messages)
		row(fmt.Sprintf("%d things were there already", d.Skipped))
	})
}
