package ua_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"perch/sip"
	"perch/sip/ua"
	"perch/test/memnet"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// guard lets everybody in but Mallory.
type guard struct{}

func (guard) Identify(_ *ua.Conn, m *sip.Message) (ua.Identity, *ua.Refusal) {
	user := string(sip.AddressURI(m.From))
	if user == "sip:mallory@example.test" {
		return ua.Identity{}, &ua.Refusal{Status: 403, Headers: []sip.Header{{Name: "Warning", Value: "399 perch"}}}
	}
	return ua.Identity{User: user}, nil
}

type ending struct {
	dialog *ua.Dialog
	cause  ua.EndCause
	at     time.Time
}

// front is a front end that accepts every dialog, and answers 200 to what it
// knows and 501 to the rest.
type front struct {
	accept  ua.Accept
	serve   func(d *ua.Dialog, r *ua.Request) // of a dialog; nil: 200
	dialogs chan *ua.Dialog
	ended   chan ending

	mu   sync.Mutex // guards the fields below
	seen []string   // method and body of each request
}

func newFront() *front {
	return &front{dialogs: make(chan *ua.Dialog, 1000), ended: make(chan ending, 1000)}
}

func (f *front) note(r *ua.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, string(r.Method)+" "+string(r.Body))
}

func (f *front) served() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.seen...)
}

func (f *front) ServeSIP(r *ua.Request) {
	f.note(r)
	switch r.Method {
	case sip.INVITE, sip.SUBSCRIBE:
		a := f.accept
		a.Handler = f
		if d := r.Accept(a); d != nil {
			f.dialogs <- d
		}
	case sip.REGISTER, sip.OPTIONS, sip.MESSAGE:
		r.Respond(200, "", nil, nil)
	default:
		r.Respond(501, "", nil, nil)
	}
}

func (f *front) ServeDialog(d *ua.Dialog, r *ua.Request) {
	f.note(r)
	if f.serve != nil {
		f.serve(d, r)
		return
	}
	r.Respond(200, "", nil, nil)
}

func (f *front) DialogEnded(d *ua.Dialog, cause ua.EndCause) {
	f.ended <- ending{dialog: d, cause: cause, at: time.Now()}
}

// end waits for the end of a dialog.
func (f *front) end(t testing.TB) ending {
	t.Helper()
	select {
	case e := <-f.ended:
		return e
	case <-time.After(patience):
		t.Fatal("no dialog has ended")
		panic("not reached")
	}
}

func (f *front) wantEnd(t testing.TB, d *ua.Dialog, cause ua.EndCause) {
	t.Helper()
	if e := f.end(t); e.dialog != d || e.cause != cause {
		t.Errorf("dialog %p ended by %q, want %p by %q", e.dialog, e.cause, d, cause)
	}
}

func (f *front) wantNoEnd(t testing.TB) {
	t.Helper()
	select {
	case e := <-f.ended:
		t.Errorf("a dialog ended by %q", e.cause)
	default:
	}
}

// world is a stack in a bubble with a listener in memory.
type world struct {
	*front
	t     *testing.T
	stack *ua.Stack
	l     *memnet.Listener
}

// bubble runs a test in a bubble of its own, which fails if a goroutine of the
// stack is left.
func bubble(t *testing.T, name string, cfg ua.Config, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{front: newFront(), t: t, l: memnet.Listen("192.0.2.1:5060")}
			cfg.Guard, cfg.Handler, cfg.Log = guard{}, w.front, slog.New(slog.DiscardHandler)
			w.stack = ua.New(cfg)
			if err := w.stack.Serve(w.l, nil); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { stop(t, w.stack) })
			test(t, w)
		})
	})
}

func stop(t testing.TB, s *ua.Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// deaf connects a client that reads nothing.
func (w *world) deaf() *peer {
	w.t.Helper()
	nc, err := w.l.Dial("192.0.2.2:40000")
	if err != nil {
		w.t.Fatal(err)
	}
	return newPeer(w.t, nc)
}

func (w *world) dial() *peer {
	w.t.Helper()
	p := w.deaf()
	p.listen()
	return p
}

// call makes a dialog.
func (w *world) call(p *peer, user string) *call {
	w.t.Helper()
	c := p.call(user)
	c.dialog = <-w.dialogs
	return c
}

// arrival is a received message.
type arrival struct {
	*sip.Message
	at time.Time
}

func (a *arrival) text() string { return string(a.Head) + string(a.Body) }

// peer is a client.
type peer struct {
	t    testing.TB
	conn net.Conn
	in   chan *arrival // closed with the connection
	gone time.Time     // when it was closed; valid after in is
	n    int           // numbers requests
}

func newPeer(t testing.TB, nc net.Conn) *peer {
	t.Cleanup(func() { nc.Close() })
	return &peer{t: t, conn: nc, in: make(chan *arrival, 20_000)}
}

// listen starts to read.
func (p *peer) listen() {
	go func() { // ends with the connection
		defer func() { p.gone = time.Now(); close(p.in) }()
		parser := sip.Parser{Limits: sip.Limits{Body: 16 << 20}}
		var buf []byte
		piece := make([]byte, 32<<10)
		for {
			n, err := p.conn.Read(piece)
			buf = append(buf, piece[:n]...)
			for {
				var m sip.Message
				used, bad := parser.Next(buf, &m)
				if bad != nil {
					p.t.Errorf("the server sent %q: %v", buf, bad)
					return
				}
				if used == 0 {
					break
				}
				buf = buf[used:]
				p.in <- &arrival{Message: m.Clone(), at: time.Now()}
			}
			if err != nil {
				return
			}
		}
	}()
}

func (p *peer) write(text string) {
	p.t.Helper()
	if _, err := p.conn.Write([]byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) next() *arrival {
	p.t.Helper()
	select {
	case m, open := <-p.in:
		if !open {
			p.t.Fatal("the connection was closed")
		}
		return m
	case <-time.After(patience):
		p.t.Fatal("nothing was received")
		panic("not reached")
	}
}

func (p *peer) want(status int) *arrival {
	p.t.Helper()
	m := p.next()
	if m.Status != status {
		p.t.Fatalf("got\n%s, want status %d", m.text(), status)
	}
	return m
}

func (p *peer) wantInfo(body string) *arrival {
	p.t.Helper()
	m := p.next()
	if m.Method != sip.INFO || string(m.Body) != body {
		p.t.Fatalf("got\n%s, want INFO with %q", m.text(), body)
	}
	return m
}

// wantNothing says that nothing is on the way, and the connection open; in a bubble.
func (p *peer) wantNothing() {
	p.t.Helper()
	synctest.Wait()
	select {
	case m, open := <-p.in:
		if !open {
			p.t.Fatal("the connection was closed")
		}
		p.t.Fatalf("got\n%s, want nothing", m.text())
	default:
	}
}

func (p *peer) wantClosed() {
	p.t.Helper()
	select {
	case m, open := <-p.in:
		if open {
			p.t.Fatalf("got\n%s, want the end of the connection", m.text())
		}
	case <-time.After(patience):
		p.t.Fatal("the connection is still open")
	}
}

// wantLost reads on to the end of a connection that is out of step. The refusal
// before it is not waited for: in memory the writer is a goroutine of its own,
// which the end can overtake (TestSocketLost sees it on a socket).
func (p *peer) wantLost(status int) {
	p.t.Helper()
	for {
		select {
		case m, open := <-p.in:
			if !open {
				return
			}
			if m.Status != status {
				p.t.Fatalf("got\n%s, want status %d", m.text(), status)
			}
		case <-time.After(patience):
			p.t.Fatal("the connection is still open")
		}
	}
}

// request prints a request outside of dialogs, with headers ("Name: value").
func (p *peer) request(method, body string, headers ...string) string {
	p.n++
	return p.print(method, fmt.Sprintf(";branch=z9hG4bK%p.%d", p, p.n), "alice", fmt.Sprintf("call%d", p.n), "", p.n, body, headers...)
}

func (p *peer) print(method, branch, user, callID, tag string, seq int, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s sip:chat@example.test SIP/2.0\r\nVia: SIP/2.0/tcp 192.0.2.2:40000%s\r\nMax-Forwards: 70\r\n", method, branch)
	fmt.Fprintf(&b, "From: <sip:%s@example.test>;tag=from%s;epid=e%s\r\nTo: <sip:chat@example.test>%s\r\n", user, callID, user, tag)
	fmt.Fprintf(&b, "Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@192.0.2.2:40000;transport=tcp>\r\n", callID, seq, method, user)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// call is the client's side of a dialog.
type call struct {
	*peer
	dialog   *ua.Dialog // the stack's side
	user, id string
	tag      string // the stack's, as a parameter
	seq      int
	answer   *arrival // the 200
}

// call sends an INVITE and its ACK.
func (p *peer) call(user string) *call {
	p.t.Helper()
	c := p.ring(user)
	c.take(p.want(200))
	c.write(c.request("ACK", ""))
	return c
}

// ring sends an INVITE.
func (p *peer) ring(user string) *call {
	p.t.Helper()
	p.n++
	c := &call{peer: p, user: user, id: fmt.Sprintf("dialog%d", p.n), seq: 1}
	p.write(c.invite())
	return c
}

func (c *call) invite() string {
	return c.print("INVITE", ";branch=z9hG4bKinv"+c.id, c.user, c.id, "", 1, "")
}

func (c *call) take(ok *arrival) {
	c.answer, c.tag = ok, ";tag="+string(sip.Tag(ok.To))
}

// request prints an in-dialog request without a branch, as the client program
// does (SIPE 2).
func (c *call) request(method, body string, headers ...string) string {
	if method != "ACK" {
		c.seq++
	}
	return c.print(method, "", c.user, c.id, c.tag, c.seq, body, headers...)
}

// reply prints the answer to a request of the stack.
func reply(m *arrival, status int) string {
	var req bytes.Buffer
	fmt.Fprintf(&req, "SIP/2.0 %d Whatever\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		status, m.Via, m.From, m.To, m.CallID, m.CSeq)
	return req.String()
}
