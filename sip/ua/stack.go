package ua

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"perch/sip"
	"perch/sip/transaction"
)

// Config is what a Stack needs. Guard, Handler and Log are required; a zero
// bound means the default.
type Config struct {
	Guard   Guard
	Handler Handler
	Log     *slog.Logger
	Host    string    // for Contact and Via; empty: the address that was called
	Rand    io.Reader // for tags; nil: crypto/rand

	Limits      sip.Limits    // head 64 KiB, body 256 KiB, skipped up to 16 MiB
	MaxOut      int           // bytes queued on one connection; 1 MiB
	MaxConns    int           // connections; 200,000
	MaxInvites  int           // INVITEs of one connection within 32 s; 16384
	MaxPending  int           // unanswered requests of ours in one dialog; 4096
	SlowMessage time.Duration // a message that was begun must be complete by then; 30 s
	WriteStall  time.Duration // a full socket must take something by then; 30 s
	Unanswered  time.Duration // a dialog whose client answers nothing is dropped; 32 s (64*T1)
}

func (c *Config) fill() {
	or := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	or(&c.MaxOut, 1<<20)
	or(&c.MaxConns, 200_000)
	or(&c.MaxInvites, 16384)
	or(&c.MaxPending, 4096)
	orTime(&c.SlowMessage, 30*time.Second)
	orTime(&c.WriteStall, 30*time.Second)
	orTime(&c.Unanswered, 32*time.Second)
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
}

// Stack serves connections. It owns an accept loop a listener, a reader a
// connection, a flusher while a socket is full, and one sweep, and Stop waits
// for all of them.
type Stack struct {
	cfg    Config
	timers transaction.Config
	table  table
	wg     sync.WaitGroup
	stop   chan struct{}
	clock  atomic.Int64 // coarse time in Unix nanoseconds, set by the sweep
	salt   atomic.Uint64

	mu        sync.Mutex // guards the fields below
	conns     map[*Conn]struct{}
	listeners []net.Listener
	stopped   bool
}

// New returns a stack that serves nothing yet.
func New(cfg Config) *Stack {
	cfg.fill()
	s := &Stack{cfg: cfg, timers: transaction.Default(true), stop: make(chan struct{}), conns: map[*Conn]struct{}{}}
	s.clock.Store(time.Now().UnixNano())
	s.wg.Go(s.sweepLoop)
	return s
}

// Serve accepts connections of l, over TLS if config is not nil, until Stop.
// The stack owns l.
func (s *Stack) Serve(l net.Listener, config *tls.Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		l.Close()
		return net.ErrClosed
	}
	s.listeners = append(s.listeners, l)
	s.wg.Go(func() { s.accept(l, config) })
	return nil
}

func (s *Stack) accept(l net.Listener, config *tls.Config) {
	pause := time.Duration(0)
	for {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || s.stopping() {
			if nc != nil {
				nc.Close()
			}
			return
		}
		if err != nil { // out of descriptors, say: wait, do not spin
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.cfg.Log.Warn("accept failed", slog.String("listener", l.Addr().String()), slog.Any("error", err))
			select {
			case <-time.After(pause):
			case <-s.stop:
				return
			}
			continue
		}
		pause = 0
		s.admit(nc, config)
	}
}

func (s *Stack) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

func (s *Stack) admit(nc net.Conn, config *tls.Config) {
	c := newConn(s, nc, config)
	s.mu.Lock()
	refused := s.stopped || len(s.conns) >= s.cfg.MaxConns
	if !refused {
		s.conns[c] = struct{}{}
	}
	s.mu.Unlock()
	if refused {
		s.cfg.Log.Warn("connection refused", slog.String("remote", nc.RemoteAddr().String()), slog.Int("limit", s.cfg.MaxConns))
		nc.Close()
		return
	}
	s.wg.Go(func() {
		c.serve()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	})
}

// drainTime is how long Stop lets queued bytes be written.
const drainTime = 2 * time.Second

// Stop closes listeners and connections and waits for every goroutine, until ctx
// ends at the latest. What is queued is given drainTime to be written.
func (s *Stack) Stop(ctx context.Context) error {
	s.mu.Lock()
	first := !s.stopped
	s.stopped = true
	listeners := s.listeners
	conns := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	if first {
		close(s.stop)
	}
	for _, l := range listeners {
		l.Close()
	}
	patience, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	for _, c := range conns {
		c.drain(patience)
		c.Close("the server stops")
	}
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }() // ends with the last goroutine of the stack
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("SIP connections did not end: %w", ctx.Err())
	}
}

// drain waits until nothing is queued, or ctx ends.
func (c *Conn) drain(ctx context.Context) {
	const step = 5 * time.Millisecond
	for c.out.queued() > 0 || c.under != nil && c.under.queued() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-time.After(step):
		}
	}
}

// Stats are counts for status displays.
type Stats struct{ Connections, Dialogs int }

// Stats counts connections and dialogs.
func (s *Stack) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Connections: len(s.conns), Dialogs: s.table.count()}
}

// DropUser ends all dialogs of a user (his canonical address) and closes the
// connections that carry nobody else's.
func (s *Stack) DropUser(user string) {
	shared := map[*Conn]bool{}
	var his []*Dialog
	s.table.each(func(d *Dialog) {
		switch mine := d.user == user; {
		case mine:
			his = append(his, d)
			if _, known := shared[d.conn]; !known {
				shared[d.conn] = false
			}
		default:
			shared[d.conn] = true
		}
	})
	for _, d := range his {
		d.Drop()
	}
	for _, d := range his {
		if !shared[d.conn] {
			d.conn.Close("the user is no longer served")
		}
	}
}

// host is what Contact and Via say of us on a connection.
func (s *Stack) host(local net.Addr) string {
	addr := local.String()
	if s.cfg.Host == "" {
		return addr
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return s.cfg.Host
	}
	return net.JoinHostPort(s.cfg.Host, port)
}

// random draws 32 bits. Tags must differ, not be secret: should the source
// fail, a counter serves.
func (s *Stack) random() uint32 {
	var b [4]byte
	if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
		return uint32(s.salt.Add(0x9E3779B9))
	}
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// freshTag is a To tag for an answer outside of a dialog, as unique as a
// counter over a random start (RFC 3261 19.3).
func (s *Stack) freshTag() string {
	n := s.salt.Add(0x9E3779B97F4A7C15)
	var b [8]byte
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	return hex.EncodeToString(b[:6])
}
