package ua_test

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"testing"

	"perch/sip"
	"perch/sip/ua"
)

// BenchmarkDeliver is one body to 100 dialogs, each on a loopback connection
// of its own, until the last client has it. The clients answer and allocate
// nothing, so what is allocated is the stack's.
func BenchmarkDeliver(b *testing.B) {
	const members = 100
	f, _, addr := onSocket(b, "127.0.0.1:0", nil, ua.Config{})
	arrived := make(chan struct{}, 1)
	var waiting atomic.Int64
	dialogs := make([]*ua.Dialog, members)
	for i := range dialogs {
		c := dialBench(b, addr, i)
		dialogs[i] = <-f.dialogs
		go c.serve(&waiting, arrived) // ends with the connection
	}
	body := bytes.Repeat([]byte("x"), 500)
	round := func() {
		waiting.Store(members)
		for _, d := range dialogs {
			if err := d.Deliver(body); err != nil {
				b.Fatal(err)
			}
		}
		<-arrived
	}
	round()
	b.ReportAllocs()
	for b.Loop() {
		round()
	}
	b.ReportMetric(members, "deliveries/op")
}

// benchClient reads and answers without allocating.
type benchClient struct {
	conn   net.Conn
	in     []byte
	from   int // how much of in has been used
	answer []byte
}

func dialBench(b *testing.B, addr string, i int) *benchClient {
	b.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := &benchClient{conn: conn, in: make([]byte, 0, 16<<10)}
	p := &peer{t: b, conn: conn}
	call := &call{peer: p, user: "u" + strconv.Itoa(i), id: strconv.Itoa(i), seq: 1}
	p.write(call.invite())
	var m sip.Message
	if _, err := sip.Parse(c.next(), sip.Limits{}, &m); err != nil || m.Status != 200 {
		b.Fatalf("got %s, %v", m.Head, err)
	}
	call.take(&arrival{Message: &m})
	p.write(call.request("ACK", ""))
	// The number in the branch is all that is looked at.
	c.answer = fmt.Appendf(nil, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK%s.1\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n", sip.Tag(m.To))
	return c
}

// next returns the next message, which is valid until the following one; nil
// at the end of the connection.
func (c *benchClient) next() []byte {
	for {
		rest := c.in[c.from:]
		if end := bytes.Index(rest, []byte("\r\n\r\n")); end >= 0 {
			length := 0
			_, value, _ := bytes.Cut(rest[:end], []byte("Content-Length: "))
			for _, d := range value {
				if d < '0' || d > '9' {
					break
				}
				length = 10*length + int(d-'0')
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

// serve answers every request; who gets the last of a round says so.
func (c *benchClient) serve(waiting *atomic.Int64, arrived chan<- struct{}) {
	for m := c.next(); m != nil; m = c.next() {
		if m[0] != 'I' {
			continue
		}
		if _, err := c.conn.Write(c.answer); err != nil {
			return
		}
		if waiting.Add(-1) == 0 {
			arrived <- struct{}{}
		}
	}
}
