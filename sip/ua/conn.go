package ua

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"perch/sip"
	"perch/sip/transaction"
)

// Conn is one client connection. Its reader goroutine is started by the stack,
// ends when the connection does, and ends all of the connection's dialogs; the
// stack waits for it.
type Conn struct {
	stack   *Stack
	nc      net.Conn  // what is closed
	sock    socket    // what is read: the connection, or TLS over it
	tls     *tls.Conn // nil: plain
	contact string    // "<sip:HOST:PORT;transport=tcp>"
	via     string    // "SIP/2.0/TCP HOST:PORT"
	out     outbox    // messages
	under   *outbox
	parser  sip.Parser
	skip    int // bytes of a body that is too large still to come

	mu      sync.Mutex // guards the fields below
	dialogs []*Dialog
	invites []inviteTransaction
	onClose []func()
	closed  bool
	ended   bool // onClose has been run
	cause   EndCause
	why     string
}

// inviteTransaction absorbs an INVITE that is sent again (RFC 6026 7.1).
type inviteTransaction struct {
	key     string
	machine transaction.InviteServer
}

func newConn(s *Stack, nc net.Conn, config *tls.Config) *Conn {
	c := &Conn{stack: s, nc: nc, cause: EndConnection, parser: sip.Parser{Limits: s.cfg.Limits}}
	transport, name := "tcp", "TCP"
	base := newSocket(nc, s.cfg.WriteStall)
	spawn := func(f func()) { s.wg.Go(f) }
	c.out = outbox{max: s.cfg.MaxOut, spawn: spawn, full: c.overflow}
	if config == nil {
		c.sock = base
		c.out.write, c.out.block = base.write, base.block
	} else {
		transport, name = "tls", "TLS"
		c.under = &outbox{max: s.cfg.MaxOut, spawn: spawn, full: c.overflow, write: base.write, block: base.block}
		c.tls = tls.Server(&sealed{Conn: nc, out: c.under}, config)
		c.sock = &plainSocket{nc: c.tls, stall: s.cfg.WriteStall}
		c.out.write = func(b []byte) (int, error) { return c.tls.Write(b) }
		c.out.block = func(b []byte) error { _, err := c.tls.Write(b); return err }
	}
	host := s.host(nc.LocalAddr())
	c.contact = "<sip:" + host + ";transport=" + transport + ">"
	c.via = "SIP/2.0/" + name + " " + host
	return c
}

// Remote is the client's address; Local ours; Secure says that it is TLS.
func (c *Conn) Remote() net.Addr { return c.nc.RemoteAddr() }

// Local is our address of the connection.
func (c *Conn) Local() net.Addr { return c.nc.LocalAddr() }

// Secure says that the connection is TLS.
func (c *Conn) Secure() bool { return c.tls != nil }

// Close closes the connection; its dialogs end with EndConnection. Why is for
// the log. It does not block and may be called from anywhere.
func (c *Conn) Close(why string) { c.close(EndConnection, why) }

func (c *Conn) close(cause EndCause, why string) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed, c.cause, c.why = true, cause, why
	c.mu.Unlock()
	c.nc.Close()
}

// overflow runs with an outbox's lock held, possibly within Deliver: the
// connection is closed by a goroutine of its own.
func (c *Conn) overflow() {
	c.stack.wg.Go(func() { c.close(EndOverflow, "the client does not read") })
}

// OnClose calls fn once when the connection is gone, in its own goroutine; at
// once if it is already.
func (c *Conn) OnClose(fn func()) {
	c.mu.Lock()
	gone := c.ended
	if !gone {
		c.onClose = append(c.onClose, fn)
	}
	c.mu.Unlock()
	if gone {
		fn()
	}
}

// serve is the reader goroutine.
func (c *Conn) serve() {
	err := c.readAll()
	c.mu.Lock()
	why := c.why
	c.mu.Unlock()
	if why == "" && err != nil && !errors.Is(err, net.ErrClosed) {
		why = err.Error()
	}
	c.stack.cfg.Log.Debug("connection closed", slog.String("remote", c.Remote().String()), slog.String("why", why))
	c.close(EndConnection, why)
	c.out.fail(net.ErrClosed)
	if c.under != nil {
		c.under.fail(net.ErrClosed)
	}
	c.endAll()
}

func (c *Conn) endAll() {
	c.mu.Lock()
	dialogs, fns, cause := c.dialogs, c.onClose, c.cause
	c.dialogs, c.onClose, c.invites, c.ended = nil, nil, nil, true
	c.mu.Unlock()
	for _, d := range dialogs {
		d.end(cause)
	}
	for _, fn := range fns {
		fn()
	}
}

// handshake makes the TLS connection, in the time that a message has.
func (c *Conn) handshake() error {
	if c.tls == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.stack.cfg.SlowMessage)
	defer cancel()
	return c.tls.HandshakeContext(ctx)
}

// readAll reads and handles messages until the connection ends.
func (c *Conn) readAll() error {
	if err := c.handshake(); err != nil {
		return err
	}
	var (
		m       sip.Message
		pending bool
	)
	return c.sock.receive(func(buf []byte) ([]byte, error) {
		skipping := c.skip
		used, err := c.handleAll(buf, &m)
		if err != nil {
			return nil, err
		}
		c.out.flush()
		buf = buf[:copy(buf, buf[used:])]
		begun := used > 0 && used != skipping-c.skip // not only more of what is skipped
		if waits := len(buf) > 0 || c.skip > 0; waits != pending || waits && begun {
			pending = waits
			return buf, c.slow(pending)
		}
		return buf, nil
	})
}

// slow bounds the time in which a message that was begun must be complete.
func (c *Conn) slow(begun bool) error {
	var deadline time.Time
	if begun {
		deadline = time.Now().Add(c.stack.cfg.SlowMessage)
	}
	return c.sock.deadline(deadline)
}

// handleAll handles every whole message of buf and returns how much was used.
func (c *Conn) handleAll(buf []byte, m *sip.Message) (used int, err error) {
	for {
		if c.skip > 0 {
			n := min(c.skip, len(buf)-used)
			c.skip -= n
			used += n
			if c.skip > 0 {
				return used, nil
			}
		}
		n, err := c.parser.Next(buf[used:], m)
		used += n
		switch {
		case err != nil:
			if c.unreadable(m, err) {
				c.out.flush()
				return used, err
			}
		case n == 0:
			return used, nil
		case len(m.Head) > 0:
			c.receive(m)
		}
		*m = sip.Message{}
	}
}

// unreadable refuses what is no good message, and says whether the connection
// is lost with it.
func (c *Conn) unreadable(m *sip.Message, err error) (lost bool) {
	var defect *sip.Defect
	var large *sip.TooLarge
	switch {
	case errors.As(err, &large):
		c.skip = large.Body
		c.refuse(m, &Refusal{Status: 413})
		return false
	case errors.As(err, &defect):
		c.refuse(m, refusalOf(defect))
		return defect.Lost
	}
	return true
}

func refusalOf(d *sip.Defect) *Refusal {
	return &Refusal{Status: d.Status, Headers: []sip.Header{{Name: "Warning", Value: `399 perch ` + strconv.Quote(d.Text)}}}
}

// refuse answers a request that no handler sees. Responses and ACK have no
// answer, nor has a request of which not even the Via could be read.
func (c *Conn) refuse(m *sip.Message, f *Refusal) {
	if !m.IsRequest() || m.Method == sip.ACK || m.Via == nil {
		return
	}
	r := &Request{Message: m, Conn: c}
	r.Refuse(f)
}
