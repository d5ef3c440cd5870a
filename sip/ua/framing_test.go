package ua_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/sip"
	"perch/sip/ua"
)

func TestFraming(t *testing.T) {
	small := ua.Config{Limits: sip.Limits{Head: 2 << 10, Body: 1 << 10, Skip: 1 << 20}}

	bubble(t, "many messages in one write", ua.Config{}, func(t *testing.T, w *world) {
		const n = 500 // more than a read buffer holds
		p := w.dial()
		var all strings.Builder
		var want []string
		for i := range n {
			all.WriteString(p.request("MESSAGE", strconv.Itoa(i)))
			want = append(want, "MESSAGE "+strconv.Itoa(i))
		}
		p.write(all.String())
		for i := range n {
			if m := p.want(200); m.Seq != uint32(i+1) {
				t.Fatalf("answer %d is for CSeq %d", i, m.Seq)
			}
		}
		if got := w.served(); !slices.Equal(got, want) {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "byte by byte", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		text := p.request("MESSAGE", "hello")
		for i := range text {
			p.wantNothing()
			p.write(text[i : i+1])
		}
		p.want(200)
		if got := w.served(); !slices.Equal(got, []string{"MESSAGE hello"}) {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "cut anywhere", ua.Config{}, func(_ *testing.T, w *world) {
		p := w.dial()
		for cut := range len(p.request("MESSAGE", "hello")) {
			two := p.request("MESSAGE", "hello") + p.request("MESSAGE", "you")
			p.write(two[:cut])
			synctest.Wait()
			p.write(two[cut:])
			p.want(200)
			p.want(200)
		}
	})
	bubble(t, "keep-alives are skipped", ua.Config{}, func(_ *testing.T, w *world) {
		p := w.dial() // RFC 5626 4.4.1; not answered, SIPE 2
		p.write("\r\n\r\n" + p.request("OPTIONS", "") + "\r\n\r\n")
		p.want(200)
		for range 4 { // they begin no message, which would have to be completed
			p.write("\r\n\r\n")
			time.Sleep(20 * time.Second)
			p.wantNothing()
		}
		p.write("\r")
		synctest.Wait()
		p.write("\n" + p.request("OPTIONS", ""))
		p.want(200)
	})
	for _, length := range []string{"many", "-1", "5\r\nContent-Length: 6", "99999999999999999999"} {
		bubble(t, "bad Content-Length "+length[:1], ua.Config{}, func(t *testing.T, w *world) {
			p := w.dial() // nobody knows where the next message begins (RFC 3261 18.3)
			p.write(strings.Replace(p.request("OPTIONS", ""), "Content-Length: 0", "Content-Length: "+length, 1))
			p.wantLost(400)
			if got := w.served(); len(got) > 0 {
				t.Errorf("served %q", got)
			}
		})
	}
	bubble(t, "head too large", small, func(_ *testing.T, w *world) {
		p := w.dial()
		p.write(p.request("OPTIONS", "", "Subject: "+strings.Repeat("x", 2<<10)))
		p.wantClosed()
		p = w.dial()
		p.write(strings.Repeat("x", 2<<10+1)) // without any end
		p.wantClosed()
	})
	bubble(t, "body too large is skipped", small, func(t *testing.T, w *world) {
		p := w.dial() // RFC 3261 21.4.11
		large := p.request("MESSAGE", strings.Repeat("x", 100<<10))
		p.write(large + p.request("MESSAGE", "small"))
		p.want(413)
		p.want(200)
		large = p.request("MESSAGE", strings.Repeat(p.request("OPTIONS", ""), 20))
		for i := 0; i < len(large); i += 777 { // in pieces; nothing in it is a request
			p.write(large[i:min(i+777, len(large))])
			synctest.Wait()
		}
		p.want(413)
		p.wantNothing()
		p.write(p.request("MESSAGE", "after"))
		p.want(200)
		if got := w.served(); !slices.Equal(got, []string{"MESSAGE small", "MESSAGE after"}) {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "body too large to be skipped", small, func(_ *testing.T, w *world) {
		p := w.dial()
		p.write(strings.Replace(p.request("MESSAGE", ""), "Content-Length: 0", "Content-Length: 1048577", 1))
		p.wantLost(413)
	})
	bubble(t, "malformed", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // refused, but the connection is in step
		p.write(strings.Replace(p.request("MESSAGE", "x"), "CSeq: 1 MESSAGE", "CSeq: 1 INFO", 1))
		if m := p.want(400); len(m.Get("warning")) == 0 || sip.Tag(m.To) == nil {
			t.Errorf("got %s", m.text())
		}
		p.write(strings.Replace(p.request("ACK", ""), "CSeq: 2 ACK", "CSeq: 2 INFO", 1)) // ACK has no answer
		p.write("SIP/2.0 2000 OK\r\nContent-Length: 0\r\n\r\n")
		p.write("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")
		p.wantNothing()
		p.write(p.request("MESSAGE", "x"))
		p.want(200)
	})
}

// TestSlowSender holds senders to SIPE 2: a message that was begun must be
// complete in time.
func TestSlowSender(t *testing.T) {
	const limit = 10 * time.Second
	cfg := ua.Config{SlowMessage: limit, Limits: sip.Limits{Body: 1 << 10}}
	begin := func(w *world) (*peer, string) {
		p := w.dial()
		time.Sleep(2 * limit) // idle is not slow
		p.write(p.request("OPTIONS", ""))
		p.want(200)
		time.Sleep(2 * limit)
		p.wantNothing()
		return p, p.request("MESSAGE", strings.Repeat("x", 1000))
	}
	gone := func(t *testing.T, p *peer, start time.Time) {
		t.Helper()
		p.wantClosed()
		if after := p.gone.Sub(start); after != limit {
			t.Errorf("cut off after %v, want %v", after, limit)
		}
	}
	// trickle sends a byte a second until the connection ends.
	trickle := func(p *peer, text string) {
		for i := range text {
			if _, err := p.conn.Write([]byte(text[i : i+1])); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	}

	bubble(t, "stops", cfg, func(t *testing.T, w *world) {
		p, text := begin(w)
		start := time.Now()
		p.write(text[:30])
		time.Sleep(limit - time.Second)
		p.wantNothing()
		gone(t, p, start)
	})
	bubble(t, "trickles", cfg, func(t *testing.T, w *world) {
		p, text := begin(w)
		start := time.Now()
		trickle(p, text)
		gone(t, p, start)
	})
	bubble(t, "trickles a body that is skipped", cfg, func(t *testing.T, w *world) {
		p, _ := begin(w)
		start := time.Now()
		p.write(strings.Replace(p.request("MESSAGE", ""), "Content-Length: 0", "Content-Length: 5000", 1))
		p.want(413)
		trickle(p, strings.Repeat("x", 30))
		gone(t, p, start)
	})
	bubble(t, "in time", cfg, func(_ *testing.T, w *world) {
		p, text := begin(w)
		p.write(text[:30])
		for range 5 { // each message has its own time
			time.Sleep(limit - time.Second)
			p.write(text[30:] + text[:30])
			p.want(200)
		}
		p.write(text[30:])
		p.want(200)
		time.Sleep(2 * limit)
		p.wantNothing()
	})
}
