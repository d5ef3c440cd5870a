package client

import (
	"context"
	"net/url"

	"perch/front/admin/api"
)

// Tokens lists everybody's tokens, or those of a user.
func (c *Client) Tokens(ctx context.Context, user string) ([]api.Token, error) {
	q := url.Values{}
	if user != "" {
		q.Set("user", user)
	}
	return ask[[]api.Token](ctx, c, "GET", "/tokens?"+q.Encode(), nil)
}

// AddToken makes a token; the answer has its secret.
func (c *Client) AddToken(ctx context.Context, n api.NewToken) (api.Token, error) {
	return ask[api.Token](ctx, c, "POST", "/tokens", n)
}

// DeleteToken makes a token useless.
func (c *Client) DeleteToken(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", "/tokens"+seg(id), nil, nil)
}

// UnlockUser ends a user's lockout, and says whether there was one.
func (c *Client) UnlockUser(ctx context.Context, who string) (api.Unlocked, error) {
	return ask[api.Unlocked](ctx, c, "POST", "/users"+seg(who)+"/unlock", nil)
}

// WebSessions lists where a user is signed in to the web client.
func (c *Client) WebSessions(ctx context.Context, who string) ([]api.WebSession, error) {
	return ask[[]api.WebSession](ctx, c, "GET", "/users"+seg(who)+"/sessions", nil)
}

// SignOutUser ends a user's sessions of the web client.
func (c *Client) SignOutUser(ctx context.Context, who string) (api.Done, error) {
	return ask[api.Done](ctx, c, "POST", "/users"+seg(who)+"/sign-out", nil)
}
