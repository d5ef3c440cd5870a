package web_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"perch/channel"
	"perch/chat/chattest"
	"perch/front/web"
)

// How many sockets are measured together.
const (
	fanOutSockets = 300
	idleSockets   = 1000
)

// counted is a listener that counts the frames which hold a mark, as they are
// written.
type counted struct {
	net.Listener
	mark   []byte
	frames *atomic.Int64
}

type countedConn struct {
	net.Conn
	of *counted
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &countedConn{c, l}, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if bytes.Contains(b, c.of.mark) {
		c.of.frames.Add(1)
	}
	return n, err
}

// count makes a server that is not started count.
func count(srv *httptest.Server, mark string) *atomic.Int64 {
	l := &counted{srv.Listener, []byte(mark), new(atomic.Int64)}
	srv.Listener = l
	return l.frames
}

// cpu is the time that the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// waitFor waits until a counter has come to a number.
func waitFor(b *testing.B, got *atomic.Int64, n int64) {
	b.Helper()
	for deadline := time.Now().Add(time.Minute); got.Load() < n; {
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d were delivered", got.Load(), n)
		}
		time.Sleep(50 * time.Microsecond) // a benchmark: who waits must not use the processor
	}
}

const mark = "VOD.L 4.25m at 71.32, working the rest; who has the other side of this one today?"

// BenchmarkFanOut compares the CPU of a delivery with that of a plain broadcast of
// the same bytes to as many sockets. Nobody reads meanwhile, so that only the
// server's side and the kernel count: keep b.N to what buffers hold (-benchtime
// 100x).
func BenchmarkFanOut(b *testing.B) {
	size := 560
	b.Run("perch", func(b *testing.B) {
		w := newWorld(b, chattest.NewStore())
		srv := httptest.NewUnstartedServer(w.web)
		got := count(srv, mark)
		w.http.Close()
		w.http = srv
		srv.Start()
		b.Cleanup(srv.Close)
		for _, c := range w.crowd(fanOutSockets / 50) {
			for range 50 {
				c.bare()
			}
		}
		poster, err := w.svc.Open(b.Context(), channel.Opening{User: w.users["carol"].ID, Endpoint: "x", Sink: nothing{}, Commands: true})
		w.must(err)
		before := cpu(b)
		b.ResetTimer()
		for i := range b.N {
			_, err := poster.PostAndWait(b.Context(), channel.Post{RoomGUID: w.room("Rates"), Text: strings.Repeat(mark+" ", 3), Absent: true})
			w.must(err)
			waitFor(b, got, int64(i+1)*fanOutSockets)
		}
		b.StopTimer()
		b.ReportMetric(float64(cpu(b)-before)/float64(b.N*fanOutSockets), "cpu-ns/delivery")
	})
	b.Run("plain", func(b *testing.B) { plain(b, []byte(mark+strings.Repeat("x", size-len(mark)))) })
}

// crowd are users who follow the room Rates.
func (w *world) crowd(n int) []*client {
	w.Helper()
	users := make([]*client, n)
	for i := range users {
		name := fmt.Sprint("user", i)
		w.addUsers(name)
		users[i] = w.as(name)
		users[i].follow("Rates")
	}
	return users
}

// plain broadcasts the same bytes to as many sockets, one after the other.
func plain(b *testing.B, body []byte) {
	b.Helper()
	var mu sync.Mutex
	var conns []*websocket.Conn
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		mu.Lock()
		conns = append(conns, c)
		mu.Unlock()
		_, _, _ = c.Read(context.Background()) // until it ends
	}))
	got := count(srv, mark)
	srv.Start()
	defer srv.Close()
	for range fanOutSockets {
		conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		upgrade(b, conn, "/", "")
	}
	for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
		mu.Lock()
		n := len(conns)
		mu.Unlock()
		if n == fanOutSockets || time.Now().After(deadline) {
			break
		}
	}
	before := cpu(b)
	b.ResetTimer()
	for i := range b.N {
		for _, c := range conns {
			if err := c.Write(context.Background(), websocket.MessageText, body); err != nil {
				b.Fatal(err)
			}
		}
		waitFor(b, got, int64(i+1)*fanOutSockets)
	}
	b.StopTimer()
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N*fanOutSockets), "cpu-ns/delivery")
}

// BenchmarkIdleSocket measures the memory of a socket that has joined a room and
// does nothing (-benchtime 1x). The far end is a bare connection, which uses little
// here.
func BenchmarkIdleSocket(b *testing.B) {
	for range b.N {
		w := newWorld(b, chattest.NewStore())
		users := w.crowd(idleSockets / 50)
		before := memory()
		for i := range idleSockets {
			users[i%len(users)].bare()
		}
		b.ReportMetric(float64(memory()-before)/idleSockets/1024, "KiB/socket")
	}
}

// memory is what the process holds for objects and stacks.
func memory() int64 {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// upgrade opens a WebSocket by hand.
func upgrade(tb testing.TB, conn net.Conn, path, cookie string) {
	tb.Helper()
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: perch_session=%s\r\n\r\n", path, cookie)
	if err != nil {
		tb.Fatal(err)
	}
	line, err := bufio.NewReaderSize(conn, 16).ReadString('\n')
	if err != nil || !strings.Contains(line, " 101 ") {
		tb.Fatalf("upgrading: %q, %v", line, err)
	}
}

// bare opens a WebSocket by hand, and leaves it alone when it has joined.
func (c *client) bare() {
	c.Helper()
	conn := c.tcp()
	upgrade(c, conn, web.Base+"/events", c.cookie())
	b := make([]byte, 2048)
	for seen := ""; !strings.Contains(seen, `"type":"joined"`); {
		n, err := conn.Read(b)
		c.must(err)
		seen += string(b[:n])
	}
}

// cookie is the token of the client's session.
func (c *client) cookie() string {
	c.Helper()
	at, err := url.Parse(c.world.http.URL)
	c.must(err)
	for _, k := range c.http.Jar.Cookies(at) {
		if k.Name == "perch_session" {
			return k.Value
		}
	}
	c.Fatal("no cookie")
	return ""
}
