package main

import (
	"context"
	"fmt"
	"time"
)

type explainCmd struct {
	User   string `arg:"" help:"Name or address."`
	Action string `arg:"" enum:"see,join,read,post,upload,download,manage,create" help:"see, join, read, post, upload, download, manage or create."`
	Room   string `arg:"" help:"Name or address of the room; for create, or of the category."`
}

// Run explains a decision.
func (c *explainCmd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	e, err := cl.Explain(ctx, c.User, c.Action, c.Room)
	if err != nil {
		return err
	}
	return g.show(e, "", func(row func(...any)) {
		verdict := "may not"
		if e.Allowed {
			verdict = "may"
		}
		through := ""
		if e.Through != "" {
			through = " (through " + e.Through + ")"
		}
		row(fmt.Sprintf("%s %s %s %s: %s%s.", e.User, verdict, e.Action, e.Room, e.Reason, through))
		row(fmt.Sprintf("Rule %s, %s.", e.Rule, e.Clause))
	})
}

type statusCmd struct{}

// Run shows how the server does.
func (statusCmd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	s, err := cl.Status(ctx)
	if err != nil {
		return err
	}
	return g.show(s, "", func(row func(...any)) {
		row("version", s.Version)
		row("domain", s.Domain)
		row("running since", s.Started.Format(time.RFC3339))
		row("users", s.Users)
		row("categories", s.Categories)
		row("rooms", fmt.Sprintf("%d (%d live)", s.Rooms, s.LiveRooms))
		row("connections", s.Connections)
		row("sessions", fmt.Sprintf("%d of %d users", s.Sessions, s.Participants))
		row("posts since start", s.Posts)
		row("waiting for the disk", s.Waiting)
		row("journal entries", s.JournalHead)
		row("memory", fmt.Sprintf("%d MiB", s.MemoryBytes>>20))
	})
}
