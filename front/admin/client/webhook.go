package client

import (
	"context"
	"net/url"

	"perch/front/admin/api"
)

// Webhooks lists the webhooks of a room, or all of them.
func (c *Client) Webhooks(ctx context.Context, room string) ([]api.Webhook, error) {
	return ask[[]api.Webhook](ctx, c, "GET", "/webhooks?"+url.Values{"room": {room}}.Encode(), nil)
}

// AddWebhook makes a webhook; the answer has its secret, this once.
func (c *Client) AddWebhook(ctx context.Context, w api.NewWebhook) (api.Webhook, error) {
	return ask[api.Webhook](ctx, c, "POST", "/webhooks", w)
}

// DeleteWebhook deletes a webhook and its bot.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", "/webhooks"+seg(id), nil, nil)
}
