package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

type archiveReconstruct struct {
	source
	Room     string `required:"" help:"GUID, address, or a name that it had."`
	At       moment `required:"" help:"When: the end of a day (2026-11-23) or a time (2026-11-23T10:00:00Z)."`
	Contents string `placeholder:"FILE" help:"The content key (default: archive-keys/content.key beside the archive)."`
}

// reconstructed is what is printed.
type reconstructed struct {
	GUID        string              `json:"guid"`
	At          time.Time           `json:"at"`
	Exists      bool                `json:"exists"`
	Name        string              `json:"name,omitempty"`
	Description string              `json:"description,omitempty"`
	Privacy     string              `json:"privacy,omitempty"`
	Type        string              `json:"type,omitempty"`
	Disabled    bool                `json:"disabled"`
	Category    string              `json:"category,omitempty"`
	Allowed     []string            `json:"allowed,omitempty"`
	Denied      []string            `json:"denied,omitempty"`
	Members     []string            `json:"members,omitempty"`
	Managers    []string            `json:"managers,omitempty"`
	Presenters  []string            `json:"presenters,omitempty"`
	Present     []string            `json:"present"`
	Messages    []reconstructedPost `json:"messages"`
}

type reconstructedPost struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	Author   string    `json:"author"`
	Name     string    `json:"name,omitempty"`
	Text     string    `json:"text"`
	Alert    bool      `json:"alert,omitempty"`
	Replaced bool      `json:"replaced,omitempty"`
	Leaf     int64     `json:"leaf"`
}

// Run reconstructs.
func (c *archiveReconstruct) Run(ctx context.Context, g *globals) error {
	past, err := c.past(ctx, g)
	if err != nil {
		return err
	}
	return g.showPast(&past, c.At.end)
}

func (c *archiveReconstruct) past(ctx context.Context, g *globals) (past seal.Past, err error) {
	room := c.Room[strings.LastIndexByte(c.Room, '/')+1:]
	if c.Source == "" {
		cl, err := g.archiveOf()
		if err == nil {
			err = cl.PastRoom(ctx, url.Values{"room": {room}, "at": {c.At.end.UTC().Format(time.RFC3339Nano)}}, &past)
		}
		return past, err
	}
	dir, key, err := c.open(g)
	if err != nil {
		return past, err
	}
	content, err := contentKey(c.Contents, dir)
	if err != nil {
		return past, err
	}
	if content == nil {
		return past, exitError{seal.Unclear, errors.New("no content key: name its file with --contents")}
	}
	return seal.Reconstruct(ctx, dir, key, content, room, chat.At(c.At.end))
}

func (g *globals) showPast(p *seal.Past, at time.Time) error {
	out := pastOf(p, at)
	return g.show(out, "", func(row func(...any)) {
		row("room", out.Name)
		row("guid", out.GUID)
		row("at", out.At.Format(time.RFC3339))
		if !out.Exists {
			row("", "the room was not there then")
		} else {
			row("category", out.Category)
			row("description", out.Description)
			row("privacy", out.Privacy)
			row("type", out.Type)
			row("disabled", yesNo(out.Disabled))
			row("scope", list(out.Allowed))
			row("denied", list(out.Denied))
			row("members", list(out.Members))
			row("managers", list(out.Managers))
			row("presenters", list(out.Presenters))
		}
		row("present", list(out.Present))
		for _, m := range out.Messages {
			row(fmt.Sprintf("message %d", m.ID), fmt.Sprintf("%s %s %q", m.At.Format(time.RFC3339), m.Author, m.Text))
		}
	})
}

func pastOf(p *seal.Past, at time.Time) reconstructed {
	out := reconstructed{GUID: p.GUID, At: at.UTC(), Exists: p.Room != nil, Present: p.Present, Messages: []reconstructedPost{}}
	for _, m := range p.Messages {
		out.Messages = append(out.Messages, reconstructedPost{m.ID, m.At.Std().UTC(), m.Author, m.Name, m.Text, m.Alert, m.Replaced, m.LeafIndex})
	}
	if p.Room == nil {
		return out
	}
	names := func(ids []chat.PrincipalID) []string {
		var list []string
		for _, id := range ids {
			name := p.People[id].Name
			if name == "" {
				name = fmt.Sprintf("number %d", id)
			}
			list = append(list, name)
		}
		return list
	}
	r := p.Room
	out.Name, out.Description, out.Privacy, out.Type, out.Disabled = r.Name, r.Description, r.Privacy.String(), r.Behavior.String(), r.Disabled
	out.Members, out.Managers, out.Presenters = names(r.Members), names(r.Managers), names(r.Presenters)
	if c := p.Category; c != nil {
		out.Category, out.Allowed, out.Denied = c.Name, names(c.Allowed), names(c.Denied)
	}
	return out
}
