package ua

import (
	"io"
	"net"
	"syscall"
	"time"
)

// socket is what a Conn needs of its network connection. A reader behind this
// interface can be replaced by one that is driven by an event loop.
type socket interface {
	// read appends to buf, which may be nil: then it waits without holding a
	// buffer and takes one when there is something to read.
	read(buf []byte) ([]byte, error)
	// write does not block; a short count says that the socket is full.
	write(b []byte) (int, error)
	// block writes everything, or fails after the stall time.
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
type fdSocket struct {
	nc    net.Conn
	raw   syscall.RawConn
	stall time.Duration

	readFn func(fd uintptr) bool
	in     []byte
	inErr  error

	writeFn func(fd uintptr) bool
	out     []byte
	outN    int
	outErr  error
}

func (s *fdSocket) read(buf []byte) ([]byte, error) {
	s.in, s.inErr = buf, nil
	err := s.raw.Read(s.readFn)
	buf, s.in = s.in, nil
	if err == nil {
		err = s.inErr
	}
	return buf, err
}

func (s *fdSocket) tryRead(fd uintptr) bool {
	idle := s.in == nil
	s.in = grow(s.in)
	for {
		n, err := syscall.Read(int(fd), s.in[len(s.in):cap(s.in)])
		switch {
		case err == syscall.EINTR: //nolint:errorlint // a bare errno
			continue
		case err == syscall.EAGAIN: //nolint:errorlint // likewise
			if idle {
				putBuffer(s.in)
				s.in = nil
			}
			return false
		case err != nil:
			s.inErr = err
		case n == 0:
			s.inErr = io.EOF
		default:
			s.in = s.in[:len(s.in)+n]
		}
		return true
	}
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

func (s *plainSocket) read(buf []byte) ([]byte, error) {
	buf = grow(buf)
	n, err := s.nc.Read(buf[len(buf):cap(buf)])
	return buf[:len(buf)+n], err
}

func (s *plainSocket) write([]byte) (int, error) { return 0, nil }

func (s *plainSocket) block(b []byte) error { return blockingWrite(s.nc, b, s.stall) }

func blockingWrite(nc net.Conn, b []byte, stall time.Duration) error {
	for len(b) > 0 {
		if err := nc.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return err
		}
		n, err := nc.Write(b)
		b = b[n:]
		if err != nil {
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
