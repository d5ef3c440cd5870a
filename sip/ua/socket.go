package ua

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// socket is what a Conn needs of its network connection. A reader behind this
// interface can be replaced by one that is driven by an event loop.
type socket interface {
	// receive reads until the connection fails. Each time there is something
	// it calls take with everything not yet used; take returns what it leaves.
	// While nothing is left no buffer is held.
	receive(take func(buf []byte) (rest []byte, err error)) error
	// deadline bounds receive; only take may call it. The zero time is no bound.
	deadline(t time.Time) error
	// quiet is called once a second, so that an end of the connection that
	// receive could not see is seen.
	quiet()
	// write does not block; a short count says that the socket is full.
	write(b []byte) (int, error)
	// block writes everything, or fails when nothing is taken for the stall time.
	block(b []byte) error
}

// newSocket uses the descriptor itself where there is one.
func newSocket(nc net.Conn, stall time.Duration) socket {
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			s := &fdSocket{nc: nc, raw: raw, stall: stall}
			s.readFn, s.writeFn = s.tryRead, s.tryWrite
			return s
		}
	}
	return &plainSocket{nc: nc, stall: stall}
}

func grow(buf []byte) []byte {
	if buf == nil {
		return getBuffer()
	}
	if len(buf) < cap(buf) {
		return buf
	}
	bigger := append(make([]byte, 0, 2*cap(buf)), buf...)
	putBuffer(buf)
	return bigger
}

// fdSocket reads and writes the descriptor without blocking a thread and
// without holding a buffer while it waits. One goroutine reads and one writes
// at a time, so each direction has its own fields.
//
// A read that does not fill the buffer has taken all there was, so the reader
// waits without the read that would say so (epoll(7), edge-triggered); that is
// a system call less for every message. Only an end of stream that came
// together with the bytes has no edge of its own: a connection that stays quiet
// after such a read is made to read once more.
type fdSocket struct {
	nc    net.Conn
	raw   syscall.RawConn
	stall time.Duration

	readFn func(fd uintptr) bool
	take   func(buf []byte) (rest []byte, err error)
	in     []byte
	inErr  error
	until  time.Time // what deadline asked for

	proof   atomic.Uint32
	prodded atomic.Bool // by quiet, with a deadline that has passed

	writeFn func(fd uintptr) bool
	out     []byte
	outN    int
	outErr  error
}

func (s *fdSocket) receive(take func(buf []byte) (rest []byte, err error)) error {
	s.take = take
	err := s.raw.Read(s.readFn)
	for errors.Is(err, os.ErrDeadlineExceeded) && s.prodded.Swap(false) {
		if err = s.nc.SetReadDeadline(s.until); err == nil {
			err = s.raw.Read(s.readFn)
		}
	}
	putBuffer(s.in)
	s.in = nil
	if err == nil {
		err = s.inErr
	}
	return err
}

// tryRead reads what is there and returns to wait for more, until the
// connection ends.
func (s *fdSocket) tryRead(fd uintptr) bool {
	for {
		s.in = grow(s.in)
		room := s.in[len(s.in):cap(s.in)]
		n, err := syscall.Read(int(fd), room)
		switch {
		case err == syscall.EINTR: //nolint:errorlint // a bare errno
			continue
		case err == syscall.EAGAIN: //nolint:errorlint // likewise
			s.proof.Store(proven)
			s.release()
			return false
		case err != nil:
			s.inErr = err
			return true
		case n == 0:
			s.inErr = io.EOF
			return true
		}
		if s.in, s.inErr = s.take(s.in[:len(s.in)+n]); s.inErr != nil {
			return true
		}
		if n < len(room) {
			if s.proof.Load() != assumed {
				s.proof.Store(assumed)
			}
			s.release()
			return false
		}
	}
}

// release gives the buffer back while it holds nothing.
func (s *fdSocket) release() {
	if len(s.in) == 0 {
		putBuffer(s.in)
		s.in = nil
	}
}

// What is known of a socket that is waited for.
const (
	proven  = iota // a read has said that nothing is there
	assumed        // the last read was short
	doubted        // and it was a while ago
)

func (s *fdSocket) deadline(t time.Time) error {
	s.until = t
	return s.nc.SetReadDeadline(t)
}

func (s *fdSocket) quiet() {
	if s.proof.CompareAndSwap(assumed, doubted) || !s.proof.CompareAndSwap(doubted, proven) {
		return
	}
	s.prodded.Store(true)
	_ = s.nc.SetReadDeadline(time.Unix(1, 0)) // of a closed connection nobody waits
}

func (s *fdSocket) write(b []byte) (int, error) {
	s.out, s.outN, s.outErr = b, 0, nil
	err := s.raw.Write(s.writeFn)
	s.out = nil
	if err == nil {
		err = s.outErr
	}
	return s.outN, err
}

// tryWrite never asks to be called again: what is left is the flusher's.
func (s *fdSocket) tryWrite(fd uintptr) bool {
	for s.outN < len(s.out) {
		n, err := syscall.Write(int(fd), s.out[s.outN:])
		switch {
		case err == syscall.EINTR: //nolint:errorlint // a bare errno
			continue
		case err == syscall.EAGAIN: //nolint:errorlint // likewise
			return true
		case err != nil:
			s.outErr = err
			return true
		}
		s.outN += n
	}
	return true
}

func (s *fdSocket) block(b []byte) error { return blockingWrite(s.nc, b, s.stall) }

// plainSocket serves connections that have no descriptor: in-memory ones, and
// TLS, whose inner connection never blocks a write.
type plainSocket struct {
	nc    net.Conn
	stall time.Duration
}

func (s *plainSocket) receive(take func(buf []byte) (rest []byte, err error)) error {
	var buf []byte
	defer func() { putBuffer(buf) }()
	for {
		buf = grow(buf)
		n, err := s.nc.Read(buf[len(buf):cap(buf)])
		if n > 0 {
			var failed error
			if buf, failed = take(buf[:len(buf)+n]); failed != nil {
				return failed
			}
		}
		if err != nil {
			return err
		}
	}
}

func (s *plainSocket) deadline(t time.Time) error { return s.nc.SetReadDeadline(t) }

func (s *plainSocket) quiet() {}

func (s *plainSocket) write([]byte) (int, error) { return 0, nil }

func (s *plainSocket) block(b []byte) error { return blockingWrite(s.nc, b, s.stall) }

func blockingWrite(nc net.Conn, b []byte, stall time.Duration) error {
	for len(b) > 0 {
		if err := nc.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return err
		}
		n, err := nc.Write(b)
		b = b[n:]
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
	}
	return nc.SetWriteDeadline(time.Time{})
}

// sealed is the network side of a TLS connection: crypto/tls writes its records
// into the outbox, so that a write of TLS never blocks either.
type sealed struct {
	net.Conn
	out *outbox
}

func (s *sealed) Write(b []byte) (int, error) {
	if err := s.out.end(append(s.out.begin(), b...)); err != nil {
		return 0, err
	}
	s.out.flush()
	return len(b), nil
}
