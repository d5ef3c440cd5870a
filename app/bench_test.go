package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync/atomic"
	"testing"

	"perch/app"
	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
)

// BenchmarkPost is a post through the whole server, from the poster's INFO to
// the last member's 200, over loopback TCP with a store in memory, one post
// outstanding. The clients here allocate nothing, so what is allocated is the
// server's: a post on the way in is the figure of one member, a delivery the
// growth with the members.
func BenchmarkPost(b *testing.B) {
	for _, members := range []int{1, 10, 200} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) { benchmarkPost(b, members) })
	}
}

func benchmarkPost(b *testing.B, members int) {
	s, room := startBench(b, members)
	arrived := make(chan struct{}, 1)
	var waiting atomic.Int64
	clients := make([]*benchClient, members)
	for i := range clients {
		clients[i] = dialBench(b, s.Addresses().TCP, i)
		clients[i].enter(room)
		go clients[i].serve(&waiting, arrived) // ends when the connection is closed, at the end of the benchmark
	}
	post := func() {
		waiting.Store(int64(members))
		clients[0].post(room)
		<-arrived
	}
	post()
	b.ReportAllocs()
	for b.Loop() {
		post()
	}
	b.ReportMetric(float64(members), "deliveries/op")
}

// startBench starts a server with one open room.
func startBench(b *testing.B, users int) (*app.App, string) {
	b.Helper()
	c := app.DefaultConfig()
	c.SIP.TCP, c.SIP.TLS, c.SIP.Auth = "127.0.0.1:0", "", []string{"none"}
	s, err := app.Start(b.Context(), app.Options{Config: c, Store: chattest.NewStore(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Stop(); err != nil {
			b.Error(err)
		}
	})
	ctx := context.Background()
	list := make([]directory.NewUser, users)
	for i := range list {
		list[i].Name = "u" + strconv.Itoa(i)
	}
	if _, err := s.Directory().CreateUsers(ctx, list); err != nil {
		b.Fatal(err)
	}
	category, err := s.Channel().CreateCategory(ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{s.Directory().Domain()}})
	if err != nil {
		b.Fatal(err)
	}
	rooms, err := s.Channel().CreateRooms(ctx, []channel.RoomSpec{{Name: "Room", Category: category.Name, Privacy: chat.Open}})
	if err != nil {
		b.Fatal(err)
	}
	return s, "ma-chan://localhost/" + rooms[0].GUID
}

// benchClient is a client that reads and answers without allocating.
type benchClient struct {
	b       testing.TB
	conn    net.Conn
	head    string // of an in-dialog request, up to CSeq
	seq     int64
	in, out []byte
	from    int // how much of in has been used
	answer  []byte
}

func dialBench(b testing.TB, addr string, i int) *benchClient {
	b.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := &benchClient{b: b, conn: conn, in: make([]byte, 0, 64<<10)}
	name := "u" + strconv.Itoa(i)
	const pool = "sip:GC-1-PersistentChatService-1@localhost"
	common := "Via: SIP/2.0/tcp 127.0.0.1:1;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\nFrom: <sip:%s@localhost>;tag=t%d;epid=e%d\r\n"
	fmt.Fprintf(conn, "REGISTER sip:localhost SIP/2.0\r\n"+common+"To: <sip:%s@localhost>\r\nCall-ID: r%d\r\nCSeq: 1 REGISTER\r\n"+
		"Contact: <sip:127.0.0.1:1;transport=tcp>;proxy=replace\r\nContent-Length: 0\r\n\r\n", "r", name, i, i, name, i)
	c.expect("SIP/2.0 200")
	fmt.Fprintf(conn, "INVITE %s SIP/2.0\r\n"+common+"To: <%s>\r\nCall-ID: i%d\r\nCSeq: 1 INVITE\r\n"+
		"Contact: <sip:127.0.0.1:1;transport=tcp>\r\nContent-Length: 0\r\n\r\n", pool, "i", name, i, i, pool, i)
	ok := c.expect("SIP/2.0 200")
	_, tag, _ := bytes.Cut(ok, []byte("To: <"+pool+">;tag="))
	tag, _, _ = bytes.Cut(tag, []byte("\r\n"))
	c.head = fmt.Sprintf(" %s SIP/2.0\r\n"+common+"To: <%s>;tag=%s\r\nCall-ID: i%d\r\nContent-Type: text/plain\r\n", pool, "x", name, i, i, pool, tag, i)
	c.answer = fmt.Appendf(nil, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK%s.1\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n", tag)
	c.send("ACK", "")
	return c
}

// enter joins the room and waits for the reply.
func (c *benchClient) enter(room string) {
	c.send("INFO", `<xccos ver="1" envid="1" xmlns="urn:parlano:xml:ns:xccos"><cmd id="cmd:bjoin" seqid="1"><data><chanid key="0" domain="localhost" value="`+
		room[len("ma-chan://localhost/"):]+`"/></data></cmd></xccos>`)
	c.expect("INFO ")
}

const (
	postOpen  = `<xccos ver="1" envid="7" xmlns="urn:parlano:xml:ns:xccos"><grpchat id="grpchat" seqid="1" author="sip:nobody" ts="2026-11-23T15:58:56Z" chanUri="`
	postClose = `"><chat>the quick brown fox jumps over the lazy dog, and then again</chat></grpchat></xccos>`
)

func (c *benchClient) post(room string) { c.send("INFO", postOpen, room, postClose) }

// send writes a request of the dialog.
func (c *benchClient) send(method string, body ...string) {
	if method != "ACK" {
		c.seq++
	}
	n := 0
	for _, s := range body {
		n += len(s)
	}
	c.out = append(append(append(c.out[:0], method...), c.head...), "CSeq: "...)
	c.out = append(append(strconv.AppendInt(c.out, c.seq+1, 10), ' '), method...)
	c.out = strconv.AppendInt(append(c.out, "\r\nContent-Length: "...), int64(n), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	for _, s := range body {
		c.out = append(c.out, s...)
	}
	if _, err := c.conn.Write(c.out); err != nil {
		c.b.Error(err)
	}
}

// next returns the next message; it is valid until the following one. nil: the
// connection has ended.
func (c *benchClient) next() []byte {
	for {
		rest := c.in[c.from:]
		if end := bytes.Index(rest, []byte("\r\n\r\n")); end >= 0 {
			length := 0
			if i := bytes.Index(rest[:end], []byte("Content-Length: ")); i >= 0 {
				for _, d := range rest[i+len("Content-Length: ") : end] {
					if d < '0' || d > '9' {
						break
					}
					length = 10*length + int(d-'0')
				}
			}
			if total := end + 4 + length; len(rest) >= total {
				c.from += total
				return rest[:total]
			}
		}
		c.in = c.in[:copy(c.in, rest)]
		c.from = 0
		n, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
		if err != nil {
			return nil
		}
		c.in = c.in[:len(c.in)+n]
	}
}

// expect passes over messages until one begins as wanted; requests are answered.
func (c *benchClient) expect(begin string) []byte {
	c.b.Helper()
	for {
		m := c.next()
		if m == nil {
			c.b.Fatalf("the connection ended while %q was awaited", begin)
		}
		if m[0] == 'I' {
			_, _ = c.conn.Write(c.answer)
		}
		if bytes.HasPrefix(m, []byte(begin)) {
			return m
		}
	}
}

// serve answers every request; who gets the last delivery of a post says so.
func (c *benchClient) serve(waiting *atomic.Int64, arrived chan<- struct{}) {
	for m := c.next(); m != nil; m = c.next() {
		if m[0] != 'I' {
			continue
		}
		_, _ = c.conn.Write(c.answer)
		if bytes.Contains(m, []byte("<grpchat")) && waiting.Add(-1) == 0 {
			arrived <- struct{}{}
		}
	}
}
