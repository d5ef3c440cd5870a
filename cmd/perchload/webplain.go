package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// plainServer is the broadcast to compare with, as a process of its own: a post
// by HTTP is written to every WebSocket of its room, and nothing else is done.
type plainServer struct {
	address string
	pid     int
	cmd     *exec.Cmd
	stdin   io.Closer
	http    *http.Client
	sockets *sockets
}

// startPlain starts it and opens as many sessions as the server has.
func startPlain(ctx context.Context, f *web, where []string) (*plainServer, error) {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "web-plain-serve", "--rooms", strconv.Itoa(len(where)))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &plainServer{pid: cmd.Process.Pid, cmd: cmd, stdin: stdin, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, sockets: newSockets(f.Sessions, where)}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.close()
		return nil, fmt.Errorf("the plain broadcast did not start: %w", err)
	}
	p.address = strings.TrimSpace(address)
	err = inParallel(f.Sessions, connectWorkers, func(i int) error {
		conn, resp, err := websocket.Dial(ctx, fmt.Sprintf("ws://%s/events/%d", p.address, i%len(where)), nil)
		if err != nil {
			return err
		}
		if resp.Body != nil {
			resp.Body.Close()
		}
		if _, _, err := conn.Read(ctx); err != nil { // it is in the room
			return err
		}
		p.sockets.put(i, &socket{conn: conn})
		return nil
	})
	if err != nil {
		p.close()
		return nil, err
	}
	p.sockets.listen(ctx)
	return p, nil
}

// post posts a frame in a room.
func (p *plainServer) post(ctx context.Context, room int, frame string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://%s/post/%d", p.address, room), strings.NewReader(frame))
	if err != nil {
		return 0, err
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var id int64
	return id, json.NewDecoder(resp.Body).Decode(&id)
}

func (p *plainServer) close() {
	p.sockets.close()
	p.stdin.Close()
	_ = p.cmd.Wait() // its end is told by the pipe
}

// webPlainServe is the plain broadcast.
type webPlainServe struct {
	Rooms int `required:""`
}

// plainRoom is the WebSockets of a room.
type plainRoom struct {
	mu    sync.Mutex // guards the fields below, and keeps the order of what is sent
	conns []*websocket.Conn
	head  int64
}

// Run serves until standard input is closed.
func (f *webPlainServe) Run(ctx context.Context) error {
	rooms := make([]plainRoom, f.Rooms)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /events/{room}", func(w http.ResponseWriter, r *http.Request) { plainEvents(ctx, rooms, w, r) })
	mux.HandleFunc("POST /post/{room}", func(w http.ResponseWriter, r *http.Request) { plainPost(ctx, rooms, w, r) })
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { // ends with the process, whose end this is
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = srv.Close() // the process ends anyhow
	}()
	if err := srv.Serve(l); err != http.ErrServerClosed { //nolint:errorlint // returned as it is
		return err
	}
	return nil
}

func plainRoomOf(rooms []plainRoom, r *http.Request) *plainRoom {
	n, err := strconv.Atoi(r.PathValue("room"))
	if err != nil || n < 0 || n >= len(rooms) {
		return &plainRoom{}
	}
	return &rooms[n]
}

func plainEvents(ctx context.Context, rooms []plainRoom, w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	room := plainRoomOf(rooms, r)
	room.mu.Lock()
	room.conns = append(room.conns, c)
	err = c.Write(ctx, websocket.MessageText, []byte(`{"type":"hello"}`))
	room.mu.Unlock()
	if err == nil {
		<-c.CloseRead(ctx).Done()
	}
}

// plainPost puts the room's next number into the frame and writes it to all.
func plainPost(ctx context.Context, rooms []plainRoom, w http.ResponseWriter, r *http.Request) {
	frame, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	room := plainRoomOf(rooms, r)
	room.mu.Lock()
	defer room.mu.Unlock()
	room.head++
	frame = numbered(frame, room.head)
	for _, c := range room.conns {
		_ = c.Write(ctx, websocket.MessageText, frame) // a session that is gone is no concern of the baseline
	}
	fmt.Fprintln(w, room.head)
}

// numbered gives a message's frame another id.
func numbered(frame []byte, id int64) []byte {
	const key = `"id":`
	before, after, found := strings.Cut(string(frame), key)
	if !found {
		return frame
	}
	after = strings.TrimLeft(after, "0123456789")
	return []byte(before + key + strconv.FormatInt(id, 10) + after)
}
