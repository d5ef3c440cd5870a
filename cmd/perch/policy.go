package main

import (
	"context"
	"fmt"
	"time"

	"perch/front/admin/api"
)

type policyCmd struct {
	Show policyShow `cmd:"" help:"Show the policy of a user, or the global one."`
	Set  policySet  `cmd:"" help:"Set the policy of a user, or the global one."`
}

type policyShow struct {
	User string `arg:"" optional:"" help:"Name or address; none: the global policy."`
}

// Run shows a policy.
func (c *policyShow) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	p, err := cl.Policy(ctx, c.User)
	if err != nil {
		return err
	}
	return g.showPolicy(p)
}

func (g *globals) showPolicy(p api.Policy) error {
	return g.show(p, "", func(row func(...any)) {
		row("EnablePersistentChat", p.Enabled)
		row("from", p.From)
	})
}

type policySet struct {
	User    string `arg:"" optional:"" help:"Name or address; none: the global policy."`
	Enable  bool   `xor:"policy" required:"" help:"Chat is allowed."`
	Disable bool   `xor:"policy" required:"" help:"Chat is not allowed."`
	Inherit bool   `xor:"policy" required:"" help:"The global policy holds for the user."`
}

// Run sets a policy.
func (c *policySet) Run(ctx context.Context, g *globals) error {
	if c.Inherit && c.User == "" {
		return usageError("--inherit is for a user")
	}
	cl, err := g.client()
	if err != nil {
		return err
	}
	var ch api.PolicyChange
	if !c.Inherit {
		ch.Enabled = &c.Enable
	}
	p, err := cl.SetPolicy(ctx, c.User, ch)
	if err != nil {
		return err
	}
	return g.showPolicy(p)
}

type explainCmd struct {
	User   string `arg:"" help:"Name or address."`
	Action string `arg:"" help:"see, join, read, post, manage or create."`
	Room   string `arg:"" help:"Name or address."`
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

type messageCmd struct {
	List messageList `cmd:"" help:"Show a room's newest messages."`
}

type messageList struct {
	where
	Last int `help:"How many." default:"20"`
}

// Run lists messages.
func (c *messageList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	list, err := cl.Messages(ctx, c.Room, c.Last)
	if err != nil {
		return err
	}
	return g.show(list, "ID|AT|AUTHOR|TEXT", func(row func(...any)) {
		for _, m := range list {
			row(m.ID, m.At.Format(time.RFC3339), m.Author, fmt.Sprintf("%q", m.Text))
		}
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
