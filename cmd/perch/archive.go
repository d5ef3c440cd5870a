package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"perch/front/admin/api"
)

type complianceStatus struct{}

// Run shows how archiving does. Trouble makes it fail, so that a monitor need not
// read it.
func (complianceStatus) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	st, err := cl.ArchiveStatus(ctx)
	if err != nil {
		return err
	}
	if err := g.showArchive(&st); err != nil {
		return err
	}
	for _, d := range st.Deliveries {
		if d.State != "done" && d.Attempts > 0 {
			return fmt.Errorf("the adapter %s has not taken batch %d", d.Adapter, d.Batch)
		}
	}
	if len(st.Trouble) > 0 {
		return fmt.Errorf("archiving is in trouble: %s", strings.Join(slices.Sorted(maps.Keys(st.Trouble)), ", "))
	}
	return nil
}

func (g *globals) showArchive(st *api.ComplianceStatus) error {
	return g.show(st, "", func(row func(...any)) {
		if !st.Enabled {
			row("service", "does not run here (compliance.enabled)")
			row("journal", fmt.Sprintf("%d entries, kept for compliance.journal_days", st.Journal))
			if st.Untaken > 0 {
				row("refused", fmt.Sprintf("%d posts since the server started", st.Untaken))
			}
			return
		}
		row("runs on", st.Holder)
		row("journal", fmt.Sprintf("%d entries, %d archived", st.Journal, st.Kept))
		row("lag", seconds(st.Lag))
		if st.Sealed > 0 {
			row("sealed", fmt.Sprintf("%d entries, the rest for %s", st.Sealed, seconds(st.Unsealed)))
		}
		row("waiting", fmt.Sprintf("%d events for the next batch", st.Waiting))
		row("next run", st.NextRun)
		row("adapters", strings.Join(st.Adapters, ", "))
		if len(st.Adapters) == 0 {
			row("", "nothing is handed on: perch compliance settings set --adapter-type")
		}
		for _, d := range st.Deliveries {
			row(d.Adapter, deliveryText(&d))
		}
		for _, part := range slices.Sorted(maps.Keys(st.Trouble)) {
			row("trouble: "+part, st.Trouble[part])
		}
		if st.Untaken > 0 {
			row("refused", fmt.Sprintf("%d posts since the server started", st.Untaken))
		}
		for i := range st.Gaps {
			row("not captured", gapText(&st.Gaps[i]))
		}
	})
}

// gapText says in a line what was not captured and why.
func gapText(g *api.Gap) string {
	when := fmt.Sprintf("%s to %s", cmp.Or(g.From, "the beginning"), g.Until)
	switch g.Kind {
	case "refused":
		return fmt.Sprintf("%s: %d posts in %s were refused: %s", when, g.Count, g.Room, g.Why)
	case "unwritten":
		return fmt.Sprintf("%s: %d posts could not be written and were refused: %s", when, g.Count, g.Why)
	case "trimmed":
		return fmt.Sprintf("%s: up to %d entries were deleted: %s", when, g.Count, g.Why)
	}
	return when + ": " + g.Why
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond)
}

func deliveryText(d *api.Delivery) string {
	switch {
	case d.State == "done":
		return fmt.Sprintf("batch %d taken %s in %s", d.Batch, d.Finished, seconds(d.Took))
	case d.State == "aside":
		return fmt.Sprintf("batch %d set aside: %s (perch compliance redeliver %s %d)", d.Batch, d.Reason, d.Adapter, d.Batch)
	case d.Attempts == 0:
		return fmt.Sprintf("batch %d waits", d.Batch)
	}
	return fmt.Sprintf("batch %d failed %d times, again at %s: %s", d.Batch, d.Attempts, d.Next, d.Reason)
}

type complianceRun struct{}

// Run closes a batch.
func (complianceRun) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.ArchiveRun(ctx); err != nil {
		return err
	}
	return g.done("closed the batch; perch compliance status shows what becomes of it")
}

type complianceRedeliver struct {
	Adapter string `arg:"" help:"Name of the adapter."`
	Batch   int64  `arg:"" help:"Number of the batch, as perch compliance status shows it."`
}

// Run has a batch handed on again.
func (c *complianceRedeliver) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	if err := cl.Redeliver(ctx, api.Redelivery{Adapter: c.Adapter, Batch: c.Batch}); err != nil {
		return err
	}
	return g.done("the adapter %s is given batch %d again", c.Adapter, c.Batch)
}

type complianceSearch struct {
	Room  []string `help:"Only in these rooms: name, address, or the GUID of a deleted one."`
	User  []string `help:"Only by these people: name or address; os:NAME for an account of the server's machine."`
	Kind  []string `help:"Only these kinds, such as post, join, part, history, search, room, command (docs/compliance.md)."`
	Words string   `help:"Only what contains this in its text or detail, in any case."`
	From  *moment  `help:"At or after this: a day (2026-11-23) or a time (2026-11-23T10:00:00Z)."`
	Until *moment  `help:"Up to this: the end of a day, or before a time."`
	Case  string   `help:"What the search is for, such as a case's number: what is restricted is shown, too."`
	After int64    `help:"Only entries above this number, to go on where a search ended."`
	Limit int      `default:"100" help:"Entries to show, at most 10000."`
}

// Run searches.
func (c *complianceSearch) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	q := api.RecordSearch{Rooms: c.Room, People: c.User, Kinds: c.Kind, Words: c.Words, Case: c.Case, After: c.After, Limit: c.Limit}
	if c.From != nil {
		q.From = &c.From.start
	}
	if c.Until != nil {
		q.Until = &c.Until.end
	}
	list, err := cl.Records(ctx, q)
	if err != nil {
		return err
	}
	return g.show(list, "ENTRY|AT|KIND|WHO|ROOM|WHAT", func(row func(...any)) {
		for i := range list {
			r := &list[i]
			row(r.Entry, r.At.Format(time.RFC3339), r.Kind, r.Actor, r.Room, what(r))
		}
		if len(list) == c.Limit {
			row(fmt.Sprintf("more: --after %d", list[len(list)-1].Entry))
		}
	})
}

// what says in a line what an entry is about.
func what(r *api.Record) string {
	switch {
	case r.Withheld:
		return "withheld: contents are for officers"
	case r.Restricted && r.Text+r.Detail == "":
		return "restricted (--case)"
	case r.Text != "":
		return fmt.Sprintf("%q", r.Text)
	case r.Last != 0:
		return fmt.Sprintf("messages %d to %d", r.Message, r.Last)
	}
	return strings.Join(slices.DeleteFunc([]string{r.Cause, r.Client, r.Detail}, func(s string) bool { return s == "" }), " ")
}
