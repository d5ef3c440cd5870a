package main

import (
	"context"
	"time"

	"perch/front/admin/api"
)

type webhookCmd struct {
	List   webhookList   `cmd:"" help:"List webhooks: what they last did, and what troubles them."`
	Add    webhookAdd    `cmd:"" help:"Make a webhook: one by which a program posts in a room, or, with --url, one that sends out what is posted there."`
	Delete webhookDelete `cmd:"" help:"Delete a webhook and its bot; what it posted stays."`
}

type webhookList struct {
	Room string `help:"Only those of this room."`
}

// Run lists webhooks.
func (c *webhookList) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	all, err := cl.Webhooks(ctx, c.Room)
	if err != nil {
		return err
	}
	return g.show(all, "ID|ROOM|NAME|KIND|TO|BOT|CREATED BY|LAST|SET ASIDE|TROUBLE", func(row func(...any)) {
		for _, w := range all {
			last := ""
			if w.Last != nil {
				last = w.Last.Format(time.RFC3339)
			}
			row(w.ID, w.Room, w.Name, w.Kind, w.To, w.Bot, w.CreatedBy, last, w.SetAside, w.Trouble)
		}
	})
}

type webhookAdd struct {
	Room  string   `arg:"" help:"Room: name or address."`
	Name  string   `arg:"" help:"Name that its posts show as their author."`
	URL   string   `name:"url" help:"Send what is posted in the room to this address, which web.webhook_hosts must allow."`
	Words []string `name:"word" help:"With --url: send only posts with one of these words."`
	Allow bool     `help:"Allow its bot in the room's category if the category's scope does not hold it."`
}

// Run makes a webhook.
func (c *webhookAdd) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	w, err := cl.AddWebhook(ctx, api.NewWebhook{Room: c.Room, Name: c.Name, URL: c.URL, Words: c.Words, Allow: c.Allow})
	if err != nil {
		return err
	}
	return g.show(w, "", func(row func(...any)) {
		row("id", w.ID)
		row("bot", w.Bot)
		if w.URL != "" {
			row("post to", w.URL)
		}
		if w.Secret != "" {
			row("secret", w.Secret)
		}
		row("note", "keep this: it is not shown again")
		if w.Trouble != "" {
			row("trouble", w.Trouble)
		}
	})
}

type webhookDelete struct {
	ID string `arg:"" help:"The webhook's id."`
	ifExists
}

// Run deletes a webhook.
func (c *webhookDelete) Run(ctx context.Context, g *globals) error {
	cl, err := g.client()
	if err != nil {
		return err
	}
	return c.gone(g, cl.DeleteWebhook(ctx, c.ID), "deleted webhook %s", c.ID)
}
