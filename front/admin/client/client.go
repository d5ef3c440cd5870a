// Package client is the client side of front/admin: typed calls over the Unix
// socket of a running server. It is what the perch command speaks through.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"perch/front/admin/api"
)

// Client talks to one server.
type Client struct {
	http   http.Client
	socket string
}

// ErrRefused marks what the server refused, as opposed to not being reached.
var ErrRefused = errors.New("refused")

// ErrAbsent marks a refusal because what was named does not exist.
var ErrAbsent = errors.New("absent")

// Refusal is a refusal with the server's reason.
type Refusal struct {
	Reason string
	Absent bool
}

func (r *Refusal) Error() string { return r.Reason }

// Is makes errors.Is tell refusals from other errors.
func (r *Refusal) Is(target error) bool {
	return target == ErrRefused || target == ErrAbsent && r.Absent
}

// Open finds the server of a data folder, or of a socket's path.
func Open(where string) (*Client, error) {
	socket := where
	if info, err := os.Stat(where); err == nil && info.IsDir() {
		b, err := os.ReadFile(filepath.Join(where, "addresses.json"))
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("the data folder %s is for the user who runs the server: %w", where, err)
		}
		if err != nil {
			return nil, fmt.Errorf("no server runs on the data folder %s; start one with: perch serve --data %s", where, where)
		}
		var a struct {
			Admin string `json:"admin"`
		}
		if err := json.Unmarshal(b, &a); err != nil || a.Admin == "" {
			return nil, fmt.Errorf("%s names no administration socket", filepath.Join(where, "addresses.json"))
		}
		socket = a.Admin
	} else if err != nil {
		return nil, fmt.Errorf("there is no data folder or socket %s; name one with --data", where)
	}
	c := &Client{socket: socket}
	c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}
	return c, nil
}

// call sends in as JSON (nil for none) and reads out (nil for nothing).
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	return c.send(ctx, method, path, body, out)
}

// send sends a body as it is.
func (c *Client) send(ctx context.Context, method, path string, body io.Reader, out any) error {
	resp, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// stream copies an answer as it comes.
func (c *Client) stream(ctx context.Context, path string, out io.Writer) error {
	resp, err := c.do(ctx, "GET", path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("the answer was cut short, what was written is not whole: %w", err)
	}
	return nil
}

// do makes a request; a refusal is an error.
func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://perch"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no server runs at %s any more; start one with: perch serve", c.socket)
	case err != nil:
		return nil, fmt.Errorf("the server at %s does not answer: %w", c.socket, err)
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		var e api.Error
		if json.NewDecoder(resp.Body).Decode(&e) != nil || e.Error == "" {
			e.Error = resp.Status
		}
		return nil, &Refusal{e.Error, resp.StatusCode == http.StatusNotFound}
	}
	return resp, nil
}

func ask[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, method, path, in, &out)
	return out, err
}

func seg(s string) string { return "/" + url.PathEscape(s) }

// Users and the calls below are the routes of the server, one each.
func (c *Client) Users(ctx context.Context) ([]api.User, error) {
	return ask[[]api.User](ctx, c, "GET", "/users", nil)
}

func (c *Client) AddUsers(ctx context.Context, b api.Bulk[api.NewUser]) (api.Done, error) {
	return ask[api.Done](ctx, c, "POST", "/users", b)
}

func (c *Client) User(ctx context.Context, who string) (api.User, error) {
	return ask[api.User](ctx, c, "GET", "/users"+seg(who), nil)
}

func (c *Client) ChangeUser(ctx context.Context, who string, ch api.UserChange) (api.User, error) {
	return ask[api.User](ctx, c, "PATCH", "/users"+seg(who), ch)
}

func (c *Client) DeleteUser(ctx context.Context, who string) error {
	return c.call(ctx, "DELETE", "/users"+seg(who), nil, nil)
}

func (c *Client) Groups(ctx context.Context) ([]api.Group, error) {
	return ask[[]api.Group](ctx, c, "GET", "/groups", nil)
}

func (c *Client) AddGroup(ctx context.Context, g api.Group) (api.Group, error) {
	return ask[api.Group](ctx, c, "POST", "/groups", g)
}

func (c *Client) Group(ctx context.Context, who string) (api.Group, error) {
	return ask[api.Group](ctx, c, "GET", "/groups"+seg(who), nil)
}

func (c *Client) DeleteGroup(ctx context.Context, who string) error {
	return c.call(ctx, "DELETE", "/groups"+seg(who), nil, nil)
}

func (c *Client) JoinGroup(ctx context.Context, who string, m api.Members) (api.Group, error) {
	return ask[api.Group](ctx, c, "POST", "/groups"+seg(who)+"/join", m)
}

func (c *Client) LeaveGroup(ctx context.Context, who string, m api.Members) (api.Group, error) {
	return ask[api.Group](ctx, c, "POST", "/groups"+seg(who)+"/leave", m)
}

func (c *Client) Categories(ctx context.Context) ([]api.Category, error) {
	return ask[[]api.Category](ctx, c, "GET", "/categories", nil)
}

func (c *Client) AddCategory(ctx context.Context, ch api.CategoryChange) (api.Category, error) {
	return ask[api.Category](ctx, c, "POST", "/categories", ch)
}

func (c *Client) Category(ctx context.Context, name string) (api.Category, error) {
	return ask[api.Category](ctx, c, "GET", "/categories"+seg(name), nil)
}

func (c *Client) ChangeCategory(ctx context.Context, name string, ch api.CategoryChange) (api.Category, error) {
	return ask[api.Category](ctx, c, "PATCH", "/categories"+seg(name), ch)
}

func (c *Client) DeleteCategory(ctx context.Context, name string) error {
	return c.call(ctx, "DELETE", "/categories"+seg(name), nil, nil)
}

// Rooms lists rooms; filters are those of the route.
func (c *Client) Rooms(ctx context.Context, filters url.Values) ([]api.Room, error) {
	return ask[[]api.Room](ctx, c, "GET", "/rooms?"+filters.Encode(), nil)
}

func (c *Client) AddRooms(ctx context.Context, b api.Bulk[api.NewRoom]) (api.Done, error) {
	return ask[api.Done](ctx, c, "POST", "/rooms", b)
}

func (c *Client) Room(ctx context.Context, room string) (api.Room, error) {
	return ask[api.Room](ctx, c, "GET", "/rooms"+seg(room), nil)
}

func (c *Client) ChangeRoom(ctx context.Context, room string, ch api.RoomChange) (api.Room, error) {
	return ask[api.Room](ctx, c, "PATCH", "/rooms"+seg(room), ch)
}

func (c *Client) DeleteRoom(ctx context.Context, room string) error {
	return c.call(ctx, "DELETE", "/rooms"+seg(room), nil, nil)
}

func (c *Client) Messages(ctx context.Context, room string, last int) ([]api.Message, error) {
	return ask[[]api.Message](ctx, c, "GET", fmt.Sprintf("/rooms%s/messages?last=%d", seg(room), last), nil)
}

func (c *Client) Grant(ctx context.Context, b api.Bulk[api.Grant]) (api.Done, error) {
	return ask[api.Done](ctx, c, "POST", "/grants", b)
}

func (c *Client) Explain(ctx context.Context, user, action, room string) (api.Explanation, error) {
	q := url.Values{"user": {user}, "action": {action}, "room": {room}}
	return ask[api.Explanation](ctx, c, "GET", "/explain?"+q.Encode(), nil)
}

func (c *Client) Status(ctx context.Context) (api.Status, error) {
	return ask[api.Status](ctx, c, "GET", "/status", nil)
}

func (c *Client) FreeMemory(ctx context.Context) error {
	return c.call(ctx, "POST", "/free-memory", nil, nil)
}
