package client

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"perch/front/admin/api"
)

func (c *Client) Policies(ctx context.Context) ([]api.Policy, error) {
	return ask[[]api.Policy](ctx, c, "GET", "/policies", nil)
}

func (c *Client) Policy(ctx context.Context, name string) (api.Policy, error) {
	return ask[api.Policy](ctx, c, "GET", "/policies"+seg(name), nil)
}

func (c *Client) UserPolicy(ctx context.Context, user string) (api.Policy, error) {
	return ask[api.Policy](ctx, c, "GET", "/users"+seg(user)+"/policy", nil)
}

func (c *Client) SetPolicy(ctx context.Context, name string, ch api.PolicyChange) (api.Policy, error) {
	return ask[api.Policy](ctx, c, "PUT", "/policies"+seg(name), ch)
}

func (c *Client) DeletePolicy(ctx context.Context, name string, force bool) error {
	return c.call(ctx, "DELETE", fmt.Sprintf("/policies%s?force=%v", seg(name), force), nil, nil)
}

func (c *Client) GrantPolicies(ctx context.Context, b api.Bulk[api.PolicyGrant]) (api.Done, error) {
	return ask[api.Done](ctx, c, "POST", "/policy-grants", b)
}

func (c *Client) ListSettings(ctx context.Context) ([]api.Settings, error) {
	return ask[[]api.Settings](ctx, c, "GET", "/settings", nil)
}

func (c *Client) Settings(ctx context.Context, scope string) (api.Settings, error) {
	return ask[api.Settings](ctx, c, "GET", "/settings"+seg(scope), nil)
}

func (c *Client) SetSettings(ctx context.Context, scope string, ch api.SettingsChange) (api.Settings, error) {
	return ask[api.Settings](ctx, c, "PUT", "/settings"+seg(scope), ch)
}

func (c *Client) DeleteSettings(ctx context.Context, scope string) error {
	return c.call(ctx, "DELETE", "/settings"+seg(scope), nil, nil)
}

func (c *Client) ListCompliance(ctx context.Context) ([]api.Compliance, error) {
	return ask[[]api.Compliance](ctx, c, "GET", "/compliance", nil)
}

func (c *Client) Compliance(ctx context.Context, scope string) (api.Compliance, error) {
	return ask[api.Compliance](ctx, c, "GET", "/compliance"+seg(scope), nil)
}

func (c *Client) SetCompliance(ctx context.Context, scope string, ch api.ComplianceChange) (api.Compliance, error) {
	return ask[api.Compliance](ctx, c, "PUT", "/compliance"+seg(scope), ch)
}

// ArchiveStatus tells how archiving does.
func (c *Client) ArchiveStatus(ctx context.Context) (api.ComplianceStatus, error) {
	return ask[api.ComplianceStatus](ctx, c, "GET", "/archive", nil)
}

// Records finds what is on record.
func (c *Client) Records(ctx context.Context, s api.RecordSearch) ([]api.Record, error) {
	q := url.Values{"room": s.Rooms, "who": s.People, "kind": s.Kinds}
	for name, text := range map[string]string{"words": s.Words, "case": s.Case, "from": rfc3339(s.From), "until": rfc3339(s.Until)} {
		if text != "" {
			q.Set(name, text)
		}
	}
	if s.After > 0 {
		q.Set("after", strconv.FormatInt(s.After, 10))
	}
	if s.Limit != 0 {
		q.Set("limit", strconv.Itoa(s.Limit))
	}
	return ask[[]api.Record](ctx, c, "GET", "/archive/records?"+q.Encode(), nil)
}

func rfc3339(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}

// ExportArchive writes an export from the sealed archive, as a zip of its folder.
// selection is seal.Selection as JSON; to is where it goes, for the record.
func (c *Client) ExportArchive(ctx context.Context, to string, selection []byte, out io.Writer) error {
	return c.stream(ctx, "/archive/case?"+url.Values{"to": {to}, "selection": {string(selection)}}.Encode(), out)
}

// Evidence reads the evidence of one record from the sealed archive
// (seal.Evidence), PastRoom a room as it stood (seal.Past), and Contacts who could
// have talked to whom, as JSON into out.
func (c *Client) Evidence(ctx context.Context, q url.Values, out any) error {
	return c.call(ctx, "GET", "/archive/prove?"+q.Encode(), nil, out)
}

// PastRoom is beside Evidence.
func (c *Client) PastRoom(ctx context.Context, q url.Values, out any) error {
	return c.call(ctx, "GET", "/archive/room?"+q.Encode(), nil, out)
}

// Contacts is beside Evidence.
func (c *Client) Contacts(ctx context.Context, q url.Values, out any) error {
	return c.call(ctx, "GET", "/archive/contacts?"+q.Encode(), nil, out)
}

// Duties tells who may do what with the server.
func (c *Client) Duties(ctx context.Context) (api.Duties, error) {
	return ask[api.Duties](ctx, c, "GET", "/duties", nil)
}

// ChangeDuty grants a duty or revokes it.
func (c *Client) ChangeDuty(ctx context.Context, d api.DutyChange) error {
	return c.call(ctx, "POST", "/duties", d, nil)
}

// AskGlass asks to read contents in an emergency.
func (c *Client) AskGlass(ctx context.Context, g api.Glass) (api.Glass, error) {
	return ask[api.Glass](ctx, c, "POST", "/glass", g)
}

// ApproveGlass breaks the glass for somebody else.
func (c *Client) ApproveGlass(ctx context.Context, id string) (api.Glass, error) {
	return ask[api.Glass](ctx, c, "POST", "/glass"+seg(id)+"/approve", nil)
}

// Rules tells what is decided about what the archive keeps.
func (c *Client) Rules(ctx context.Context) (api.Rules, error) {
	return ask[api.Rules](ctx, c, "GET", "/archive/rules", nil)
}

// PutAct puts an act into the archive.
func (c *Client) PutAct(ctx context.Context, text string) error {
	return c.call(ctx, "POST", "/archive/acts", api.Act{Text: text}, nil)
}

// Expire has what is due destroyed now.
func (c *Client) Expire(ctx context.Context) error {
	return c.call(ctx, "POST", "/archive/expire", nil, nil)
}

// ArchiveRun closes a batch now.
func (c *Client) ArchiveRun(ctx context.Context) error {
	return c.call(ctx, "POST", "/archive/run", nil, nil)
}

// Redeliver has a batch delivered to an adapter again.
func (c *Client) Redeliver(ctx context.Context, r api.Redelivery) error {
	return c.call(ctx, "POST", "/archive/redeliver", r, nil)
}

func (c *Client) DeleteCompliance(ctx context.Context, scope string) error {
	return c.call(ctx, "DELETE", "/compliance"+seg(scope), nil, nil)
}

func (c *Client) Endpoints(ctx context.Context) ([]api.Endpoint, error) {
	return ask[[]api.Endpoint](ctx, c, "GET", "/endpoints", nil)
}

func (c *Client) AddEndpoint(ctx context.Context, e api.Endpoint) (api.Endpoint, error) {
	return ask[api.Endpoint](ctx, c, "POST", "/endpoints", e)
}

func (c *Client) DeleteEndpoint(ctx context.Context, uri string) error {
	return c.call(ctx, "DELETE", "/endpoints"+seg(uri), nil, nil)
}

func (c *Client) Pool(ctx context.Context) (api.Pool, error) {
	return ask[api.Pool](ctx, c, "GET", "/pool", nil)
}

func (c *Client) ChangePool(ctx context.Context, ch api.PoolChange) (api.Pool, error) {
	return ask[api.Pool](ctx, c, "PATCH", "/pool", ch)
}

func (c *Client) Addins(ctx context.Context) ([]api.Addin, error) {
	return ask[[]api.Addin](ctx, c, "GET", "/addins", nil)
}

func (c *Client) Addin(ctx context.Context, name string) (api.Addin, error) {
	return ask[api.Addin](ctx, c, "GET", "/addins"+seg(name), nil)
}

func (c *Client) AddAddin(ctx context.Context, a api.Addin) (api.Addin, error) {
	return ask[api.Addin](ctx, c, "POST", "/addins", a)
}

func (c *Client) ChangeAddin(ctx context.Context, name string, ch api.AddinChange) (api.Addin, error) {
	return ask[api.Addin](ctx, c, "PATCH", "/addins"+seg(name), ch)
}

func (c *Client) DeleteAddin(ctx context.Context, name string) error {
	return c.call(ctx, "DELETE", "/addins"+seg(name), nil, nil)
}

func (c *Client) Walls(ctx context.Context) ([]api.Wall, error) {
	return ask[[]api.Wall](ctx, c, "GET", "/walls", nil)
}

func (c *Client) Wall(ctx context.Context, name string) (api.Wall, error) {
	return ask[api.Wall](ctx, c, "GET", "/walls"+seg(name), nil)
}

func (c *Client) AddWall(ctx context.Context, w api.Wall) (api.Wall, error) {
	return ask[api.Wall](ctx, c, "POST", "/walls", w)
}

func (c *Client) DeleteWall(ctx context.Context, name string) error {
	return c.call(ctx, "DELETE", "/walls"+seg(name), nil, nil)
}

// PreviewWall says what a wall would do, and the two below what a change would.
func (c *Client) PreviewWall(ctx context.Context, w api.Wall, limit int) (api.Preview, error) {
	return ask[api.Preview](ctx, c, "POST", fmt.Sprintf("/walls?dry_run=true&limit=%d", limit), w)
}

func (c *Client) PreviewCategory(ctx context.Context, name string, ch api.CategoryChange, limit int) (api.Preview, error) {
	return ask[api.Preview](ctx, c, "POST", fmt.Sprintf("/categories%s/preview?limit=%d", seg(name), limit), ch)
}

func (c *Client) PreviewGroup(ctx context.Context, who string, ch api.GroupChange, limit int) (api.Preview, error) {
	return ask[api.Preview](ctx, c, "POST", fmt.Sprintf("/groups%s/preview?limit=%d", seg(who), limit), ch)
}

func (c *Client) SearchMessages(ctx context.Context, room string, f api.MessageFilter) (api.FoundMessages, error) {
	return ask[api.FoundMessages](ctx, c, "POST", "/rooms"+seg(room)+"/search", f)
}

func (c *Client) ChangeMessages(ctx context.Context, room string, ch api.MessageChange) (api.FoundMessages, error) {
	return ask[api.FoundMessages](ctx, c, "POST", "/rooms"+seg(room)+"/change", ch)
}

func (c *Client) Purge(ctx context.Context, room string, p api.Purge) (api.FoundMessages, error) {
	return ask[api.FoundMessages](ctx, c, "POST", "/rooms"+seg(room)+"/purge", p)
}

func (c *Client) Eligible(ctx context.Context, filters url.Values) (api.People, error) {
	return ask[api.People](ctx, c, "GET", "/eligible?"+filters.Encode(), nil)
}

func (c *Client) Usage(ctx context.Context, q url.Values) (api.Usage, error) {
	return ask[api.Usage](ctx, c, "GET", "/usage?"+q.Encode(), nil)
}

// Rights copies a long answer to out as it comes, a line of JSON a right.
func (c *Client) Rights(ctx context.Context, q url.Values, out io.Writer) error {
	return c.stream(ctx, "/rights?"+q.Encode(), out)
}

// Export writes a zip.
func (c *Client) Export(ctx context.Context, q url.Values, out io.Writer) error {
	return c.stream(ctx, "/export?"+q.Encode(), out)
}

// Import uploads an export.
func (c *Client) Import(ctx context.Context, in io.Reader, dryRun bool) (api.Imported, error) {
	var out api.Imported
	return out, c.send(ctx, "POST", fmt.Sprintf("/import?dry_run=%v", dryRun), in, &out)
}
