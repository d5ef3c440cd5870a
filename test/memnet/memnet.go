// Package memnet is a TCP network in memory for tests: buffered as sockets are,
// with deadlines, so that a writer blocks when its reader does not read. It works
// in synctest bubbles.
package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// socketBuffer is what one direction of a connection holds before its writer
// blocks, as a socket's buffer does.
const socketBuffer = 256 << 10

// address is a TCP address in memory.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// Listener accepts connections in memory. It is a net.Listener.
type Listener struct {
	addr  address
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

// Listen makes a listener that calls itself by an address of the form host:port.
func Listen(addr string) *Listener {
	return &Listener{addr: address(addr), conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close refuses further connections.
func (l *Listener) Close() error { l.once.Do(func() { close(l.done) }); return nil }

// Addr is the listener's address.
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial connects from an address.
func (l *Listener) Dial(from string) (net.Conn, error) {
	up, down := newPipe(), newPipe()
	select {
	case l.conns <- &conn{in: up, out: down, local: l.addr, remote: address(from)}:
		return &conn{in: down, out: up, local: address(from), remote: l.addr}, nil
	case <-l.done:
		return nil, syscall.ECONNREFUSED
	}
}

// conn is one end of a connection.
type conn struct {
	in, out       *pipe
	local, remote address
}

func (c *conn) Read(b []byte) (int, error)  { return c.in.read(b) }
func (c *conn) Write(b []byte) (int, error) { return c.out.write(b) }
func (c *conn) LocalAddr() net.Addr         { return c.local }
func (c *conn) RemoteAddr() net.Addr        { return c.remote }

// Close ends both directions; what was written before can still be read.
func (c *conn) Close() error {
	c.in.shut(true)
	c.out.shut(false)
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.reading, t)
	c.out.setDeadline(&c.out.writing, t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.reading, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writing, t)
	return nil
}

// pipe is one direction: a bounded buffer.
type pipe struct {
	mu      sync.Mutex // guards the fields below
	changed *sync.Cond
	buf     []byte
	ended   bool // the writer has closed
	deaf    bool // the reader has closed
	reading deadline
	writing deadline
}

// deadline is a point in time after which calls fail.
type deadline struct {
	timer  *time.Timer
	passed bool
}

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

func (p *pipe) read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.deaf:
			return 0, net.ErrClosed
		case p.reading.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p.buf) > 0:
			n := copy(b, p.buf)
			p.buf = append(p.buf[:0], p.buf[n:]...)
			p.changed.Broadcast()
			return n, nil
		case p.ended:
			return 0, io.EOF
		}
		p.changed.Wait()
	}
}

func (p *pipe) write(b []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.ended:
			return n, net.ErrClosed
		case p.deaf:
			return n, syscall.EPIPE
		case p.writing.passed:
			return n, os.ErrDeadlineExceeded
		}
		m := min(len(b)-n, socketBuffer-len(p.buf))
		p.buf = append(p.buf, b[n:n+m]...)
		n += m
		if m > 0 {
			p.changed.Broadcast()
		}
		if n == len(b) {
			return n, nil
		}
		p.changed.Wait()
	}
}

// shut closes the pipe on the reader's or the writer's side.
func (p *pipe) shut(reader bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if reader {
		p.deaf, p.buf = true, nil
	} else {
		p.ended = true
	}
	for _, d := range []*deadline{&p.reading, &p.writing} {
		if d.timer != nil {
			d.timer.Stop()
		}
	}
	p.changed.Broadcast()
}

// setDeadline moves one of the pipe's deadlines; the zero time is none.
func (p *pipe) setDeadline(d *deadline, t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer, d.passed = nil, false
	if t.IsZero() {
		return
	}
	wait := time.Until(t)
	if wait <= 0 {
		d.passed = true
		p.changed.Broadcast()
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.timer == timer { // otherwise it was moved meanwhile
			d.passed = true
			p.changed.Broadcast()
		}
	})
	d.timer = timer
}
