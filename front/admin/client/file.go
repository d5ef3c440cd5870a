package client

import (
	"context"
	"net/url"
	"strconv"

	"perch/front/admin/api"
)

// Files lists up to limit files in a state, of ids above after.
func (c *Client) Files(ctx context.Context, state, after string, limit int) ([]api.File, error) {
	q := url.Values{"state": {state}, "after": {after}, "limit": {strconv.Itoa(limit)}}
	return ask[[]api.File](ctx, c, "GET", "/files?"+q.Encode(), nil)
}

// RescanFile has a file in quarantine scanned again.
func (c *Client) RescanFile(ctx context.Context, id string) error {
	return c.call(ctx, "POST", "/files"+seg(id)+"/rescan", nil, nil)
}

// ReleaseFile lets a file in quarantine be downloaded.
func (c *Client) ReleaseFile(ctx context.Context, id string) error {
	return c.call(ctx, "POST", "/files"+seg(id)+"/release", nil, nil)
}
