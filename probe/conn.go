package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"perch/sip"
	"perch/sip/auth"
)

// Conn is one connection to a server. It answers every request with 200, the
// answers of one read in one write, and hands messages to the endpoints that
// live on it.
//
// Invariants: one goroutine reads (started by Dial, ends when the connection
// does, waited for by Close); out is written whole.
type Conn struct {
	// Patience bounds the wait for any single answer; 0: the call's context
	// alone does. It is set before the connection's first use.
	Patience time.Duration

	conn   net.Conn
	scheme string // of Via and Contact: tcp or tls
	done   chan struct{}

	mu     sync.Mutex // guards the fields below, and writing
	byCall map[string]*Endpoint
	err    error
	onChat func(ep *Endpoint, body []byte) // called from the reader
	quiet  bool                            // the server's end was expected
}

// Dial connects; with a TLS configuration over TLS, and otherwise in the clear.
func Dial(ctx context.Context, addr string, secure *tls.Config) (*Conn, error) {
	var d net.Dialer
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: nc, scheme: "tcp", done: make(chan struct{}), byCall: map[string]*Endpoint{}}
	if secure != nil {
		s := tls.Client(nc, secure)
		if err := s.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, err
		}
		c.conn, c.scheme = s, "tls"
	}
	go c.read()
	return c, nil
}

// Close ends the connection and waits for its reader.
func (c *Conn) Close() {
	c.mu.Lock()
	c.quiet = true
	c.mu.Unlock()
	c.conn.Close()
	<-c.done
}

// OnChat has chat called with the body of each chat message that arrives; the
// body is valid until it returns. It runs in the connection's reader.
func (c *Conn) OnChat(chat func(ep *Endpoint, body []byte)) {
	c.mu.Lock()
	c.onChat = chat
	c.mu.Unlock()
}

// Write writes whole messages.
func (c *Conn) Write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.conn.Write(b)
	return err
}

// expect hands answers and requests of a call to the endpoint.
func (c *Conn) expect(call string, ep *Endpoint) {
	c.mu.Lock()
	c.byCall[call] = ep
	c.mu.Unlock()
}

func (c *Conn) read() {
	defer close(c.done)
	var (
		buf = make([]byte, 0, 4<<10)
		out []byte
		lim = sip.Limits{Head: 64 << 10, Body: 16 << 20}
		m   sip.Message
	)
	for {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := c.conn.Read(buf[len(buf):cap(buf)])
		if err != nil {
			c.fail(err)
			return
		}
		buf = buf[:len(buf)+n]
		used := 0
		for {
			n, err := sip.Parse(buf[used:], lim, &m)
			if err != nil {
				c.fail(fmt.Errorf("the server sent what cannot be read: %w", err))
				return
			}
			if n == 0 {
				break
			}
			out = c.handle(&m, out)
			used += n
		}
		buf = buf[:copy(buf, buf[used:])]
		if len(out) > 0 {
			if err := c.Write(out); err != nil {
				c.fail(err)
				return
			}
			out = out[:0]
		}
	}
}

// handle deals with one message and appends what is to be answered to out.
func (c *Conn) handle(m *sip.Message, out []byte) []byte {
	c.mu.Lock()
	ep, chat := c.byCall[string(m.CallID)], c.onChat
	c.mu.Unlock()
	var s *auth.Signer
	if ep != nil {
		if s = ep.signer.Load(); s != nil && !ep.verify(s, m) {
			return out
		}
	}
	if !m.IsRequest() {
		if ep != nil {
			ep.answer(m)
		}
		return out
	}
	if m.Method != sip.BENOTIFY {
		out = sip.AppendResponse(out, m, 200, "", "", signed(s, m), nil)
	}
	if m.Method == sip.INFO && ep != nil {
		if chat != nil && bytes.Contains(m.Body, []byte("<grpchat ")) {
			chat(ep, m.Body)
		} else {
			ep.reply(m.Body)
		}
	}
	return out
}

// signed is the header that signs the 200 to a request, if there is a signer.
func signed(s *auth.Signer, m *sip.Message) []sip.Header {
	if s == nil {
		return nil
	}
	f := auth.FieldsOf(m).Response(200, nil, nil)
	return []sip.Header{{Name: "Authorization", Value: s.Authorization(&f)}}
}

func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quiet || c.err != nil {
		return
	}
	c.err = fmt.Errorf("connection %s lost: %w", c.conn.LocalAddr(), err)
	for _, ep := range c.byCall {
		ep.fail(c.err)
	}
}
