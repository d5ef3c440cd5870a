package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

type archiveContacts struct {
	source
	Wall     string   `help:"The two sides of this ethical wall, which the server knows."`
	A        []string `placeholder:"WHO" help:"One side: people's addresses, or groups' names as they were then."`
	B        []string `placeholder:"WHO" help:"The other side."`
	From     *moment  `help:"At or after this: a day (2026-11-23) or a time (2026-11-23T10:00:00Z)."`
	Until    *moment  `help:"Up to this: the end of a day, or before a time."`
	Contents string   `placeholder:"FILE" help:"The content key (default: archive-keys/content.key beside the archive)."`
}

// Help is what is to be said beside the flags.
func (archiveContacts) Help() string {
	return `For each pair of people of the two sides: when both were in a room ("together"), when a room's lists let both in and no wall parted them, so that each could read
what the other had said ("could"), and what was refused to them or about them: to enter a room, to post there, to be added to it, to be asked for. It is read from the sealed archive, with groups and lists as
they were then.`
}

// contactsShown is what is printed.
type contactsShown struct {
	Contacts []seal.Contact  `json:"contacts"`
	Refused  []seal.Crossing `json:"refused"`
}

// Run reports.
func (c *archiveContacts) Run(ctx context.Context, g *globals) error {
	a, b := sides(c.A), sides(c.B)
	if c.Wall != "" {
		cl, err := g.client()
		if err != nil {
			return err
		}
		w, err := cl.Wall(ctx, c.Wall)
		if err != nil {
			return err
		}
		a, b = append(a, w.A), append(b, w.B)
	}
	if len(a) == 0 || len(b) == 0 {
		return usageError("name two sides: --wall, or --a and --b")
	}
	out, err := c.contacts(ctx, g, a, b)
	if err != nil {
		return err
	}
	return g.showContacts(&out)
}

func (c *archiveContacts) contacts(ctx context.Context, g *globals, a, b []string) (out contactsShown, err error) {
	var from, until chat.Time
	q := url.Values{"a": a, "b": b}
	if c.From != nil {
		from = chat.At(c.From.start)
		q.Set("from", c.From.start.Format(time.RFC3339Nano))
	}
	if c.Until != nil {
		until = chat.At(c.Until.end)
		q.Set("until", c.Until.end.Format(time.RFC3339Nano))
	}
	if c.Source == "" {
		cl, err := g.archiveOf()
		if err == nil {
			err = cl.Contacts(ctx, q, &out)
		}
		return out, err
	}
	dir, key, err := c.open(g)
	if err != nil {
		return out, err
	}
	content, err := contentKey(c.Contents, dir)
	if err != nil {
		return out, err
	}
	if content == nil {
		return out, exitError{seal.Unclear, errors.New("no content key: name its file with --contents")}
	}
	out.Contacts, out.Refused, err = seal.Contacts(ctx, dir, key, content, a, b, from, until)
	return out, err
}

func (g *globals) showContacts(out *contactsShown) error {
	at := func(m *seal.Mark) string {
		if m == nil {
			return "now"
		}
		return m.At.Std().UTC().Format(time.RFC3339)
	}
	return g.show(out, "WHAT|ROOM|WHO|WITH|FROM|UNTIL", func(row func(...any)) {
		for i := range out.Contacts {
			k := &out.Contacts[i]
			what := "could"
			if k.Together {
				what = "together"
			}
			row(what, k.Name, k.A, k.B, at(&k.From), at(k.Until))
		}
		for i := range out.Refused {
			x := &out.Refused[i]
			row(strings.TrimSpace("refused "+x.Action), x.Name, x.Person, strings.Join(x.With, ", "), at(&x.Mark), x.Why)
		}
	})
}

// sides completes people's addresses; groups are named as they are.
func sides(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		if out[i] = n; strings.Contains(n, "@") && !strings.Contains(n, ":") {
			out[i] = "sip:" + strings.ToLower(n)
		}
	}
	return out
}
