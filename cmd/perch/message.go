package main

import (
	"context"
	"fmt"
	"time"

	"perch/front/admin/api"
)

type messageCmd struct {
	List    messageList    `cmd:"" help:"Show a room's newest messages."`
	Search  messageSearch  `cmd:"" help:"Show a room's messages by words, author and date."`
	Remove  messageRemove  `cmd:"" help:"Take messages out of a room; the record keeps them."`
	Replace messageReplace `cmd:"" help:"Give messages of a room another text; the record keeps both."`
	Purge   messagePurge   `cmd:"" help:"Take everything out of a room that was posted up to a day; the record keeps it."`
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
	return g.showMessages(list, list, "")
}

// showMessages prints messages, and what is to be said under them.
func (g *globals) showMessages(v any, list []api.Message, below string) error {
	return g.show(v, "ID|AT|AUTHOR|TEXT", func(row func(...any)) {
		for _, m := range list {
			row(m.ID, m.At.Format(time.RFC3339), m.Author, fmt.Sprintf("%q", m.Text))
		}
		if below != "" {
			row(below)
		}
	})
}

// messageFlags pick messages.
type messageFlags struct {
	where
	Words         string  `help:"Words in the text."`
	Match         string  `enum:"all,any,exact" default:"all" help:"all words, any of them, or exactly as written."`
	CaseSensitive bool    `help:"Upper and lower case differ."`
	Author        string  `help:"Name or address of the author."`
	From          *moment `help:"Posted at or after this: a day (2026-11-23) or a time (2026-11-23T10:00:00Z)."`
	Until         *moment `help:"Posted up to this: the end of a day, or before a time."`
	Limit         int     `default:"20" help:"Messages to show."`
}

func (f *messageFlags) filter() api.MessageFilter {
	out := api.MessageFilter{Words: f.Words, Match: f.Match, CaseSensitive: f.CaseSensitive, Author: f.Author, Limit: f.Limit}
	if f.From != nil {
		out.From = &f.From.start
	}
	if f.Until != nil {
		out.Until = &f.Until.end
	}
	return out
}

// moment is a day or a time on the command line.
type moment struct{ start, end time.Time }

// UnmarshalText reads one; days are those of this machine's time zone.
func (m *moment) UnmarshalText(b []byte) error {
	if t, err := time.Parse(time.RFC3339, string(b)); err == nil {
		m.start, m.end = t, t
		return nil
	}
	day, err := time.ParseInLocation(time.DateOnly, string(b), time.Local)
	if err != nil {
		return fmt.Errorf("%q is neither a day like 2026-11-23 nor a time like 2026-11-23T10:00:00Z", b)
	}
	m.start, m.end = day, day.AddDate(0, 0, 1)
	return nil
}

func (g *globals) showFound(f api.FoundMessages, format string) error {
	return g.showMessages(f, f.Messages, fmt.Sprintf(format, f.Total))
}

type messageSearch struct{ messageFlags }

// Run searches messages.
func (c *messageSearch) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	f, err := cl.SearchMessages(ctx, c.Room, c.filter())
	if err != nil {
		return err
	}
	return g.showFound(f, "%d found")
}

// changeFlags are those of removing and replacing.
type changeFlags struct {
	messageFlags
	All    bool `help:"Every message of the room, if nothing else is said."`
	DryRun bool `help:"Only show which."`
}

func (c *changeFlags) change(ctx context.Context, g *globals, ch api.MessageChange, did string) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	ch.MessageFilter, ch.All, ch.DryRun = c.filter(), c.All, c.DryRun
	f, err := cl.ChangeMessages(ctx, c.Room, ch)
	if err != nil {
		return err
	}
	if c.DryRun {
		return g.showFound(f, "%d would be "+did)
	}
	return g.show(f, "", func(row func(...any)) { row(fmt.Sprintf("%d messages %s", f.Total, did)) })
}

type messageRemove struct{ changeFlags }

// Run removes messages.
func (c *messageRemove) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.MessageChange{}, "removed")
}

type messageReplace struct {
	changeFlags
	Text string `help:"The new text (default: This message was replaced by the Persistent Chat administrator.)."`
}

// Run replaces messages.
func (c *messageReplace) Run(ctx context.Context, g *globals) error {
	return c.change(ctx, g, api.MessageChange{Replace: true, Text: c.Text}, "replaced")
}

type messagePurge struct {
	where
	Until  *moment `required:"" help:"The last day (2026-11-23) or time (2026-11-23T10:00:00Z)."`
	DryRun bool    `help:"Only show how many, and the first."`
}

// Run purges a room.
func (c *messagePurge) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	until := c.Until.end
	if c.Until.start != c.Until.end {
		until = until.Add(-time.Microsecond) // the end of the day
	}
	f, err := cl.Purge(ctx, c.Room, api.Purge{Until: until, DryRun: c.DryRun})
	if err != nil {
		return err
	}
	if c.DryRun {
		return g.showFound(f, "%d would be purged")
	}
	return g.show(f, "", func(row func(...any)) { row(fmt.Sprintf("%d messages purged", f.Total)) })
}
