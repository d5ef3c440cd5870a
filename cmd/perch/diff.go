package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"perch/chat"
	"perch/compliance/seal"
	"perch/front/admin/api"
)

type archiveDiff struct {
	source
	From    string `required:"" type:"existingfile" placeholder:"FILE" help:"An earlier head (perch archive head)."`
	To      string `type:"existingfile" placeholder:"FILE" help:"A later one (default: the newest)."`
	Records bool   `help:"List each record, without contents."`
}

// Help is what is to be said beside the flags.
func (archiveDiff) Help() string {
	return `Both heads must be the archive's own. Exit status as of perch archive verify, which also looks at contents.`
}

// diffShown is what is printed.
type diffShown struct {
	From    int64            `json:"from_size"`
	To      int64            `json:"to_size"`
	First   int64            `json:"first_entry"`
	Last    int64            `json:"last_entry"`
	Since   string           `json:"since"`
	Until   string           `json:"until"`
	Kinds   map[string]int64 `json:"kinds"`
	Rooms   map[string]int64 `json:"rooms"`
	Acts    []string         `json:"acts"`
	Records []seal.Leaf      `json:"records,omitempty"`
}

// Run compares.
func (c *archiveDiff) Run(ctx context.Context, g *globals) error {
	dir, key, err := c.open(g)
	if err != nil {
		return err
	}
	o := seal.DiffOptions{PublicKey: key, Progress: g.counting()}
	if o.From, err = os.ReadFile(c.From); err != nil {
		return exitError{seal.Unclear, err}
	}
	if c.To != "" {
		if o.To, err = os.ReadFile(c.To); err != nil {
			return exitError{seal.Unclear, err}
		}
	}
	var list []seal.Leaf
	if c.Records {
		o.Each = func(l *seal.Leaf) error { list = append(list, *l); return nil }
	}
	d, err := seal.Diff(ctx, dir, o)
	if f := (*seal.Finding)(nil); errors.As(err, &f) {
		return exitError{f.Outcome, f}
	}
	if err != nil {
		return err
	}
	return g.showDiff(&d, list)
}

func (g *globals) showDiff(d *seal.Difference, list []seal.Leaf) error {
	out := diffShown{
		From: d.From.Size, To: d.To.Size, First: int64(d.First), Last: int64(d.Last), Since: d.Since.Std().UTC().Format(time.RFC3339),
		Until: d.Till.Std().UTC().Format(time.RFC3339), Kinds: d.Kinds, Rooms: d.Rooms, Acts: d.Acts, Records: list,
	}
	return g.show(out, "", func(row func(...any)) {
		row("leaves", fmt.Sprintf("%d to %d, %d more", out.From, out.To, out.To-out.From))
		if out.First != 0 {
			row("entries", fmt.Sprintf("%d to %d of the journal, %s to %s", out.First, out.Last, out.Since, out.Until))
		}
		for _, k := range slices.Sorted(maps.Keys(out.Kinds)) {
			row("  "+k, out.Kinds[k])
		}
		for _, room := range slices.Sorted(maps.Keys(out.Rooms)) {
			if room != "" {
				row("room "+room, out.Rooms[room])
			}
		}
		for _, text := range out.Acts {
			row("act", actText(text))
		}
		for i := range list {
			l := &list[i]
			row(fmt.Sprintf("leaf %d", l.Index), chat.Time(l.At).Std().UTC().Format(time.RFC3339), l.Kind, l.ActorURI, l.Room)
		}
	})
}

type archiveGaps struct {
	source
	Contents string `placeholder:"FILE" help:"The content key (default: archive-keys/content.key beside the archive)."`
}

// Help is what is to be said beside the flags.
func (archiveGaps) Help() string {
	return `Read from the sealed archive, so it goes as far back as that: times without a server, posts that were refused because they could not be
written or archived, entries that were deleted while the Compliance service did not run. What is not sealed yet is in perch compliance status.`
}

// Run lists.
func (c *archiveGaps) Run(ctx context.Context, g *globals) error {
	dir, key, err := c.open(g)
	if err != nil {
		return err
	}
	content, err := contentKey(c.Contents, dir)
	if err != nil {
		return err
	}
	if content == nil {
		return exitError{seal.Unclear, errors.New("no content key: name its file with --contents")}
	}
	gaps, err := seal.Gaps(ctx, dir, key, content, g.counting())
	if err != nil {
		return err
	}
	out := []api.Gap{}
	for i := range gaps {
		v := &gaps[i]
		at := api.Gap{Kind: string(v.Kind), Until: v.Until.Std().UTC().Format(time.RFC3339), Room: v.Name, Count: v.Count, Why: v.Why}
		if v.From != 0 {
			at.From = v.From.Std().UTC().Format(time.RFC3339)
		}
		out = append(out, at)
	}
	return g.show(out, "", func(row func(...any)) {
		for i := range out {
			row("not captured", gapText(&out[i]))
		}
		if len(out) == 0 {
			row("nothing is known that was not captured")
		}
	})
}
