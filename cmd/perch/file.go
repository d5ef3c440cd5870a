package main

import (
	"context"
	"time"
)

type fileCmd struct {
	List    fileList    `cmd:"" help:"List files: those that wait to be scanned, are in quarantine, unfinished or clean."`
	Rescan  fileRescan  `cmd:"" help:"Have a file in quarantine scanned again."`
	Release fileRelease `cmd:"" help:"Let a file in quarantine be downloaded, whatever was found in it."`
}

type fileList struct {
	State string `enum:"unfinished,waiting,clean,quarantined" default:"quarantined" help:"State: ${enum}."`
	After string `help:"Only those of ids above this one: for the next page."`
	Limit int    `default:"100" help:"Most files."`
}

// Run lists files.
func (c *fileList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Files(ctx, c.State, c.After, c.Limit)
	if err != nil {
		return err
	}
	return g.show(all, "ID|ROOM|UPLOADER|NAME|SIZE|TYPE|AT|STATE|REASON", func(row func(...any)) {
		for _, f := range all {
			row(f.ID, f.Room, f.Uploader, f.Name, f.Size, f.Type, f.At.Format(time.RFC3339), f.State, f.Reason)
		}
	})
}

type fileRescan struct {
	ID string `arg:"" help:"The file's id."`
}

// Run has a file scanned again.
func (c *fileRescan) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.RescanFile(ctx, c.ID); err != nil {
		return err
	}
	return g.done("%s is scanned again", c.ID)
}

type fileRelease struct {
	ID string `arg:"" help:"The file's id."`
}

// Run releases a file.
func (c *fileRelease) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.ReleaseFile(ctx, c.ID); err != nil {
		return err
	}
	return g.done("released %s", c.ID)
}
