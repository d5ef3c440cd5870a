package app

import (
	"context"

	"perch/webhook"
)

// startWebhooks starts the webhooks; they end before the Channel service does.
func (a *App) startWebhooks(ctx context.Context) error {
	c := &a.opt.Config
	hosts, err := webhook.ParseHosts(c.Web.WebhookHosts)
	if err != nil {
		return err
	}
	a.webhooks = webhook.New(webhook.Config{Domain: c.Domain, Hosts: hosts, Rand: a.opt.Rand, Now: a.opt.Now, Log: a.log}, a.store, a.channel, a.directory)
	if err := a.webhooks.Start(ctx); err != nil {
		return err
	}
	a.onStop("webhooks", a.webhooks.Stop)
	return nil
}
