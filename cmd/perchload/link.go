package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"perch/sip"
)

// link is one connection to the server. It answers every INFO with 200, the
// answers of one read in one write, and hands messages to the endpoints that
// live on it.
//
// Invariants: one goroutine reads (started by dial, ends when the connection
// does, waited for by close); out is written whole.
type link struct {
	conn net.Conn
	done chan struct{}

	mu     sync.Mutex // guards the fields below, and writing
	byCall map[string]*endpoint
	err    error
	onChat func(ep *endpoint, body []byte) // called from the reader
	quiet  bool                            // the server's end was expected
}

func dial(ctx context.Context, addr string) (*link, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	l := &link{conn: c, done: make(chan struct{}), byCall: map[string]*endpoint{}}
	go l.read()
	return l, nil
}

func (l *link) close() {
	l.mu.Lock()
	l.quiet = true
	l.mu.Unlock()
	l.conn.Close()
	<-l.done
}

func (l *link) write(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.conn.Write(b)
	return err
}

func (l *link) read() {
	defer close(l.done)
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
		n, err := l.conn.Read(buf[len(buf):cap(buf)])
		if err != nil {
			l.fail(err)
			return
		}
		buf = buf[:len(buf)+n]
		used := 0
		for {
			n, err := sip.Parse(buf[used:], lim, &m)
			if err != nil {
				l.fail(fmt.Errorf("the server sent what cannot be read: %w", err))
				return
			}
			if n == 0 {
				break
			}
			out = l.handle(&m, out)
			used += n
		}
		buf = buf[:copy(buf, buf[used:])]
		if len(out) > 0 {
			if err := l.write(out); err != nil {
				l.fail(err)
				return
			}
			out = out[:0]
		}
	}
}

// handle deals with one message and appends what is to be answered to out.
func (l *link) handle(m *sip.Message, out []byte) []byte {
	l.mu.Lock()
	ep, chat := l.byCall[string(m.CallID)], l.onChat
	l.mu.Unlock()
	if m.IsRequest() {
		if m.Method != sip.BENOTIFY {
			out = sip.AppendResponse(out, m, 200, "", "", nil, nil)
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
	if ep != nil {
		ep.answer(m)
	}
	return out
}

func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.quiet || l.err != nil {
		return
	}
	l.err = fmt.Errorf("connection %s lost: %w", l.conn.LocalAddr(), err)
	for _, ep := range l.byCall {
		ep.fail(l.err)
	}
}

// errRefused says that the server answered with something else than 2xx.
var errRefused = errors.New("refused")

// seqOf reads the number that a load message carries in its text.
func seqOf(body []byte) int {
	_, rest, ok := bytes.Cut(body, []byte("<chat>#"))
	if !ok {
		return -1
	}
	end := bytes.IndexByte(rest, ' ')
	if end < 0 {
		return -1
	}
	n, err := strconv.Atoi(string(rest[:end]))
	if err != nil {
		return -1
	}
	return n
}

// postTimeout bounds the wait for any single answer.
const postTimeout = 60 * time.Second
