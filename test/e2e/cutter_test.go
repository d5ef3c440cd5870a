//go:build e2e

package e2e_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// cutter is a connection that does not hold: it hands bytes on between clients and
// a server until so many have gone up or down, and then something happens to it.
type cutter struct {
	t      *testing.T
	l      net.Listener
	target string
	wg     sync.WaitGroup

	mu    sync.Mutex // guards the fields below
	bytes int64      // that have gone up, or down, whichever is counted
	down  bool
	cuts  []cut
	conns []net.Conn
}

// cut is what happens after so many bytes.
type cut struct {
	after int64
	do    func(client, server net.Conn)
}

// newCutter begins to listen; down counts what comes from the server.
func newCutter(t *testing.T, target string, down bool, cuts ...cut) *cutter {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{t: t, l: l, target: target, down: down, cuts: cuts}
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		l.Close()
		c.mu.Lock()
		for _, conn := range c.conns {
			conn.Close()
		}
		c.mu.Unlock()
		c.wg.Wait()
	})
	return c
}

func (c *cutter) url() string { return "http://" + c.l.Addr().String() }

// carried is how many bytes were counted.
func (c *cutter) carried() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

func (c *cutter) accept() {
	for {
		client, err := c.l.Accept()
		if err != nil {
			return
		}
		var d net.Dialer
		server, err := d.DialContext(c.t.Context(), "tcp", c.target)
		if err != nil {
			client.Close()
			continue
		}
		c.mu.Lock()
		c.conns = append(c.conns, client, server)
		c.mu.Unlock()
		c.wg.Go(func() { c.carry(server, client, !c.down, client, server) })
		c.wg.Go(func() { c.carry(client, server, c.down, client, server) })
	}
}

// carry hands bytes on in one direction.
func (c *cutter) carry(to io.Writer, from io.Reader, counts bool, client, server net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if counts && n > 0 {
			if do := c.count(n); do != nil {
				do(client, server)
				return
			}
		}
		if err != nil {
			client.Close()
			server.Close()
			return
		}
	}
}

// count counts bytes and returns what is to happen now.
func (c *cutter) count(n int) func(client, server net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes += int64(n)
	if len(c.cuts) == 0 || c.bytes < c.cuts[0].after {
		return nil
	}
	do := c.cuts[0].do
	c.cuts = c.cuts[1:]
	return do
}

// both ends the connection for both sides, as a router does that forgets it.
func both(client, server net.Conn) {
	for _, conn := range []net.Conn{client, server} {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		conn.Close()
	}
}

// clientOnly ends it for the client; the server is not told and waits.
func clientOnly(client, _ net.Conn) {
	if tcp, ok := client.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	client.Close()
}
