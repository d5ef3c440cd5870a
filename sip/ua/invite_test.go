package ua_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/sip"
	"perch/sip/ua"
)

// timers of RFC 3261 17.1.1.1.
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

// TestAcceptAgain sends the 2xx again until its ACK (RFC 3261 13.3.1.4). The
// stack looks at its timers once a second, so an answer may be late by that.
func TestAcceptAgain(t *testing.T) {
	offer := func(w *world) {
		w.accept = ua.Accept{
			Headers: []sip.Header{{Name: "Subject", Value: "x"}}, ContentType: "application/sdp", Body: []byte("v=0\r\n"), SessionExpires: 1800,
		}
	}
	bubble(t, "without ACK", ua.Config{}, func(t *testing.T, w *world) {
		offer(w)
		p := w.dial()
		time.Sleep(300 * time.Millisecond) // off the second
		start := time.Now()
		c := p.ring("alice")
		first := p.want(200)
		interval, due := t1, start.Add(t1)
		for n := 0; due.Before(start.Add(64 * t1)); n++ {
			again := p.want(200)
			if again.text() != first.text() {
				t.Fatalf("copy %d differs:\n%s\n%s", n, again.text(), first.text())
			}
			if late := again.at.Sub(due); late < 0 || late >= time.Second {
				t.Errorf("copy %d came after %v, %v after it was due", n, again.at.Sub(start), late)
			}
			interval = min(2*interval, t2)
			due = again.at.Add(interval)
		}
		time.Sleep(2 * t2)
		p.wantNothing()
		w.wantNoEnd(t) // never BYE: it kills the client's chat (SIPE 7.3)
		c.take(first)
		p.write(c.request("INFO", "x"))
		p.want(200)
	})
	bubble(t, "ACK stops it", ua.Config{}, func(_ *testing.T, w *world) {
		offer(w)
		p := w.dial()
		c := p.ring("alice")
		c.take(p.want(200))
		p.want(200)
		p.want(200)
		p.write(c.request("ACK", ""))
		time.Sleep(time.Minute)
		p.wantNothing()
	})
	bubble(t, "ACK of another dialog does not", ua.Config{}, func(_ *testing.T, w *world) {
		offer(w)
		p := w.dial()
		c := p.ring("alice")
		c.take(p.want(200))
		strange := *c
		strange.tag = ";tag=0123456789abcdef"
		p.write(strange.request("ACK", ""))
		p.want(200)
	})
	bubble(t, "the end stops it", ua.Config{}, func(t *testing.T, w *world) {
		offer(w)
		p := w.dial()
		c := p.ring("alice")
		c.take(p.want(200))
		p.write(c.request("BYE", ""))
		p.want(200)
		w.wantEnd(t, <-w.dialogs, ua.EndBye)
		time.Sleep(time.Minute)
		p.wantNothing()
	})
}

func TestInvite(t *testing.T) {
	bubble(t, "answer", ua.Config{}, func(t *testing.T, w *world) {
		w.accept = ua.Accept{ContentType: "application/sdp", Body: []byte("v=0\r\n"), SessionExpires: 1800}
		c := w.call(w.dial(), "alice")
		m := c.answer
		if string(m.Body) != "v=0\r\n" || string(m.ContentType) != "application/sdp" || string(m.Contact) != "<sip:192.0.2.1:5060;transport=tcp>" {
			t.Errorf("got %s", m.text())
		}
		if got := string(m.Get("session-expires")); got != "1800;refresher=uac" { // RFC 4028 9
			t.Errorf("Session-Expires is %q", got)
		}
		if len(sip.Tag(m.To)) == 0 || string(m.Via) != "SIP/2.0/tcp 192.0.2.2:40000;branch=z9hG4bKinv"+c.id { // RFC 3261 8.2.6.2
			t.Errorf("got %s", m.text())
		}
		d := c.dialog
		if d.From().User != "sip:alice@example.test" || d.Endpoint() != "ealice" || d.LocalURI() != "sip:chat@example.test" || d.Conn().Secure() {
			t.Errorf("dialog of %q at %q to %q", d.From().User, d.Endpoint(), d.LocalURI())
		}
	})
	bubble(t, "repeated", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // RFC 6026 7.1: absorbed until timer L
		c := w.call(p, "alice")
		for range 3 {
			time.Sleep(10 * time.Second)
			p.write(c.invite())
			p.wantNothing()
		}
		if got := w.served(); len(got) != 1 {
			t.Errorf("served %q", got)
		}
		time.Sleep(5 * time.Second)
		p.write(c.invite()) // a new one by now
		p.want(200)
	})
	bubble(t, "repeated, refused", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		text := p.request("INVITE", "", "Require: unknown")
		p.write(text)
		m := p.want(420)
		p.write(strings.Replace(strings.ReplaceAll(text, "INVITE", "ACK"), "To: <sip:chat@example.test>", "To: "+string(m.To), 1))
		p.wantNothing() // the ACK of a refusal is the transaction's (RFC 3261 17.2.1)
		if got := w.served(); len(got) > 0 {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "without a branch", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // SIPE 2: told apart by Call-ID, From tag and CSeq
		text := p.print("INVITE", "", "alice", "one", "", 1, "")
		p.write(text + text + p.print("INVITE", "", "alice", "two", "", 1, ""))
		p.want(200)
		p.want(200)
		p.wantNothing()
		if got := w.stack.Stats(); got.Dialogs != 2 {
			t.Errorf("got %+v", got)
		}
	})
	bubble(t, "too many at a time", ua.Config{MaxInvites: 20}, func(t *testing.T, w *world) {
		p := w.dial()
		for i := range 20 {
			p.write(p.print("INVITE", "", "alice", fmt.Sprint(i), "", 1, ""))
			p.want(200)
		}
		p.write(p.print("INVITE", "", "alice", "more", "", 1, ""))
		if m := p.want(503); len(m.Get("retry-after")) == 0 {
			t.Errorf("got %s", m.text())
		}
	})
	bubble(t, "CANCEL", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // RFC 3261 9.2
		c := w.call(p, "alice")
		cancel := p.print("CANCEL", ";branch=z9hG4bKinv"+c.id, "alice", c.id, "", 1, "")
		p.write(cancel)
		p.want(200)
		w.wantNoEnd(t) // too late
		p.write(strings.Replace(cancel, "z9hG4bKinv", "z9hG4bKother", 1))
		p.want(481)
		other := w.dial() // transactions belong to their connection
		other.write(cancel)
		other.want(481)
		p.write(c.request("INFO", "x"))
		p.want(200)
	})
	bubble(t, "headers too long to keep", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		p.write(p.request("INVITE", "", "Record-Route: <sip:"+strings.Repeat("x", 9<<10)+";lr>"))
		p.want(513)
		if got := w.stack.Stats(); got.Dialogs != 0 {
			t.Errorf("got %+v", got)
		}
	})
	bubble(t, "re-INVITE", ua.Config{}, func(t *testing.T, w *world) {
		w.accept = ua.Accept{ContentType: "application/sdp", Body: []byte("v=0\r\n"), SessionExpires: 1800}
		p := w.dial()
		c := w.call(p, "alice")
		p.write(c.request("INVITE", ""))
		if m := p.want(200); string(m.Body) != "v=0\r\n" || len(m.Contact) == 0 || string(m.To) != string(c.answer.To) {
			t.Errorf("got %s", m.text())
		}
		p.write(c.request("ACK", ""))
		p.wantNothing()
		if got := w.served(); !slices.Equal(got, []string{"INVITE "}) {
			t.Errorf("served %q", got)
		}
	})
}

func TestRequests(t *testing.T) {
	bubble(t, "unknown method", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		p.write(p.request("FROBNICATE", "x"))
		p.want(501) // the handler's answer
		if got := w.served(); !slices.Equal(got, []string{"FROBNICATE x"}) {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "Require", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // RFC 3261 8.2.2.3
		p.write(p.request("MESSAGE", "", "Require: timer, 100rel", "Require: x-y"))
		if m := p.want(420); string(m.Get("unsupported")) != "100rel, x-y" {
			t.Errorf("got %s", m.text())
		}
		p.write(p.request("MESSAGE", "", "Require: Timer"))
		p.want(200)
	})
	bubble(t, "guard", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		for _, method := range []string{"INVITE", "MESSAGE", "FROBNICATE"} {
			p.write(strings.ReplaceAll(p.request(method, ""), "alice", "mallory"))
			if m := p.want(403); string(m.Get("warning")) != "399 perch" {
				t.Errorf("got %s", m.text())
			}
		}
		for _, method := range []string{"REGISTER", "OPTIONS"} { // not asked about
			p.write(strings.ReplaceAll(p.request(method, ""), "alice", "mallory"))
			p.want(200)
		}
		if got := w.served(); !slices.Equal(got, []string{"REGISTER ", "OPTIONS "}) {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "answered later", ua.Config{}, func(_ *testing.T, w *world) {
		later := make(chan *ua.Deferred, 1)
		w.serve = func(_ *ua.Dialog, r *ua.Request) { later <- r.Defer() }
		p := w.dial()
		c := w.call(p, "alice")
		text := c.request("INFO", "x")
		p.write(text)
		d := <-later
		d.Respond(403, "No", []sip.Header{{Name: "ms-diagnostics", Value: "20010"}})
		p.wantNothing() // not before Flush
		d.Flush()
		if m := p.want(403); string(m.Reason) != "No" || m.Seq != uint32(c.seq) || string(m.Get("ms-diagnostics")) != "20010" || string(m.To) != string(c.answer.To) {
			p.t.Errorf("got %s", m.text())
		}
		p.write(c.request("INFO", "y"))
		d = <-later
		p.conn.Close()
		synctest.Wait()
		d.Respond(200, "", nil) // nobody is there
		d.Flush()
	})
	bubble(t, "in a dialog", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		c := w.call(p, "alice")
		for _, method := range []string{"INFO", "MESSAGE", "SUBSCRIBE"} {
			p.write(c.request(method, "x"))
			if m := p.want(200); string(m.To) != string(c.answer.To) {
				t.Errorf("got %s", m.text())
			}
		}
		p.write(c.request("OPTIONS", "")) // RFC 3261 11.2
		if m := p.want(200); len(m.Get("allow")) == 0 {
			t.Errorf("got %s", m.text())
		}
		c.seq = 90 // CSeq may jump, but not back (RFC 3261 12.2.2)
		p.write(c.request("INFO", "jumped"))
		p.want(200)
		c.seq = 50
		p.write(c.request("INFO", "back"))
		p.want(500)
		if got := w.served(); !slices.Equal(got, []string{"INVITE ", "INFO x", "MESSAGE x", "SUBSCRIBE x", "INFO jumped"}) {
			t.Errorf("served %q", got)
		}
	})
	bubble(t, "wrong dialog", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // RFC 3261 12.2.2
		c := w.call(p, "alice")
		wrong := func(change func(c *call)) {
			t.Helper()
			strange := *c
			change(&strange)
			strange.write(strange.request("INFO", "strange"))
			strange.want(481)
		}
		wrong(func(c *call) { c.tag = ";tag=0123456789abcdef" })
		wrong(func(c *call) { c.tag = ";tag=nothing" })
		wrong(func(c *call) { c.tag = ";tag=zzzzzzzzzzzzzzzz" })
		wrong(func(c *call) { c.id = "another" })  // Call-ID and From tag
		wrong(func(c *call) { c.peer = w.dial() }) // a dialog stays on its connection
		p.write(strings.Replace(c.request("INFO", "strange"), ";tag=from", ";tag=other", 1))
		p.want(481)
		p.write(c.request("REGISTER", "")) // some clients keep the tag of the last answer
		p.want(200)
		p.write(c.request("INFO", "right"))
		p.want(200)
		if got := w.served(); !slices.Equal(got, []string{"INVITE ", "REGISTER ", "INFO right"}) {
			t.Errorf("served %q", got)
		}
	})
}
