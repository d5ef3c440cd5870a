package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"perch/front/admin/api"
)

// webPassword is that of the load's users: theirs is no secret.
const webPassword = "load of the web"

// usersWithPassword makes sure that n users exist who can sign in to the web.
func (s *server) usersWithPassword(ctx context.Context, n int, password string) ([]string, error) {
	names := make([]string, n)
	items := make([]api.NewUser, n)
	for i := range names {
		names[i] = fmt.Sprintf("loadweb%04d", i)
		items[i] = api.NewUser{Name: names[i], Password: password}
	}
	_, err := s.admin.AddUsers(ctx, api.Bulk[api.NewUser]{Items: items, SkipExisting: true})
	return names, err
}

// webClient is one user's sign-in to the web API.
type webClient struct {
	base string
	http *http.Client
}

func signInWeb(ctx context.Context, address, user, password string) (*webClient, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	const connections = 64
	c := &webClient{base: "http://" + address, http: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: connections}}}
	return c, c.call(ctx, "/session", map[string]string{"user": user, "password": password}, nil)
}

// call posts JSON and reads the answer.
func (c *webClient) call(ctx context.Context, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/api/v1"+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode > 299 {
		return fmt.Errorf("POST %s: %s: %s", path, resp.Status, bytes.TrimSpace(answer))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// post posts, twice if asked to: the second try must find the first.
func (c *webClient) post(ctx context.Context, room, clientID, text string, twice bool) (int64, error) {
	in := map[string]string{"client_id": clientID, "text": text}
	var first, second struct {
		ID int64 `json:"id"`
	}
	if err := c.call(ctx, "/rooms/"+room+"/messages", in, &first); err != nil || !twice {
		return first.ID, err
	}
	if err := c.call(ctx, "/rooms/"+room+"/messages", in, &second); err != nil {
		return 0, err
	}
	if first.ID != second.ID {
		return 0, fmt.Errorf("a post that was tried twice was stored twice: as %d and %d", first.ID, second.ID)
	}
	return first.ID, nil
}

// socket is one WebSocket session in a room.
type socket struct {
	conn *websocket.Conn
	room int
	seen int64 // the newest message
}

// serverFrame is what the load reads of a frame.
type serverFrame struct {
	Type  string `json:"type"`
	Rooms []struct {
		Room  string `json:"room"`
		Head  int64  `json:"head"`
		Error string `json:"error"`
	} `json:"rooms"`
	Message struct {
		Room string `json:"room"`
		ID   int64  `json:"id"`
	} `json:"message"`
}

// events opens a WebSocket and joins a room.
func (c *webClient) events(ctx context.Context, room string) (*socket, error) {
	conn, resp, err := websocket.Dial(ctx, strings.Replace(c.base, "http", "ws", 1)+"/api/v1/events", &websocket.DialOptions{
		HTTPClient: c.http, HTTPHeader: http.Header{"Origin": {c.base}},
	})
	if err != nil {
		return nil, err
	}
	if resp.Body != nil {
		resp.Body.Close()
	}
	const largest = 1 << 20
	conn.SetReadLimit(largest)
	join, err := json.Marshal(map[string]any{"type": "join", "rooms": []string{room}})
	if err != nil {
		return nil, err
	}
	if err := conn.Write(ctx, websocket.MessageText, join); err != nil {
		return nil, err
	}
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return nil, err
		}
		var f serverFrame
		if err := json.Unmarshal(b, &f); err != nil {
			return nil, fmt.Errorf("a frame that is no JSON: %.100q", b)
		}
		for _, r := range f.Rooms {
			if f.Type == "joined" && r.Room == room {
				if r.Error != "" {
					return nil, errors.New(r.Error)
				}
				return &socket{conn: conn, seen: r.Head}, nil
			}
		}
	}
}

// sockets are all sessions, and what they have yet to see.
type sockets struct {
	run    int64 // tells the posts of one run of the program from another's
	all    []*socket
	rooms  int
	cancel context.CancelFunc
	wg     sync.WaitGroup

	sample atomic.Pointer[string] // a frame with a message, as it came

	mu      sync.Mutex // guards the fields below
	fail    context.CancelCauseFunc
	done    chan struct{}
	left    int     // deliveries of the round
	newest  []int64 // of each room, as answered
	heads   []int64 // of each room, when the round began
	expects int64
}

func newSockets(n int, where []string) *sockets {
	return &sockets{run: time.Now().UnixNano(), all: make([]*socket, n), rooms: len(where), newest: make([]int64, len(where)), heads: make([]int64, len(where))}
}

func (g *sockets) put(i int, ws *socket) {
	ws.room = i % g.rooms
	g.all[i] = ws
	g.mu.Lock()
	defer g.mu.Unlock()
	g.newest[ws.room] = max(g.newest[ws.room], ws.seen)
}

// listen reads every session until close.
func (g *sockets) listen(ctx context.Context) {
	ctx, g.cancel = context.WithCancel(ctx)
	for _, ws := range g.all {
		g.wg.Go(func() { g.read(ctx, ws) })
	}
}

func (g *sockets) read(ctx context.Context, ws *socket) {
	for {
		_, b, err := ws.conn.Read(ctx)
		if err != nil {
			if ctx.Err() == nil {
				g.failed(fmt.Errorf("a session ended: %w", err))
			}
			return
		}
		var f serverFrame
		if err := json.Unmarshal(b, &f); err != nil {
			g.failed(fmt.Errorf("a frame that is no JSON: %.100q", b))
			return
		}
		if f.Type != "message" {
			continue
		}
		if f.Message.ID != ws.seen+1 {
			g.failed(fmt.Errorf("a session saw message %d after %d", f.Message.ID, ws.seen))
			return
		}
		ws.seen = f.Message.ID
		g.delivered(ws, b)
	}
}

func (g *sockets) failed(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		g.fail(err)
	}
}

func (g *sockets) delivered(ws *socket, frame []byte) {
	if g.sample.Load() == nil {
		text := string(frame)
		g.sample.Store(&text)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if ws.seen > g.heads[ws.room]+g.expects {
		g.fail(fmt.Errorf("a session saw message %d, the last one posted is %d", ws.seen, g.heads[ws.room]+g.expects))
		return
	}
	if g.left--; g.left == 0 {
		close(g.done)
	}
}

// expect begins a round of n posts a room; done is closed when every session has
// seen all of them.
func (g *sockets) expect(n int, fail context.CancelCauseFunc) (done chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	copy(g.heads, g.newest)
	g.fail, g.done, g.left, g.expects = fail, make(chan struct{}), n*len(g.all), int64(n)
	return g.done
}

// posted is told the id that a post got.
func (g *sockets) posted(room int, id int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.newest[room] = max(g.newest[room], id)
}

// frame is a frame with a message, as the server sends it.
func (g *sockets) frame() string { return *g.sample.Load() }

func (g *sockets) frameBytes() int { return len(*g.sample.Load()) }

func (g *sockets) close() {
	if g.cancel != nil {
		g.cancel()
	}
	for _, ws := range g.all {
		if ws != nil {
			_ = ws.conn.CloseNow() // it may have ended
		}
	}
	g.wg.Wait()
}
