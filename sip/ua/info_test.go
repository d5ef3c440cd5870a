package ua_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/sip"
	"perch/sip/ua"
)

func deliver(t testing.TB, d *ua.Dialog, bodies ...string) {
	t.Helper()
	list := make([][]byte, len(bodies))
	for i, b := range bodies {
		list[i] = []byte(b)
	}
	if err := d.Deliver(list...); err != nil {
		t.Fatal(err)
	}
}

// branchOf is the branch of a received request, which must have one that is
// unique (RFC 3261 8.1.1.7).
func branchOf(t testing.TB, m *arrival) string {
	t.Helper()
	branch, ok := sip.Param(m.Via, "branch")
	if !ok || !strings.HasPrefix(string(branch), "z9hG4bK") {
		t.Fatalf("got\n%s, want a branch", m.text())
	}
	return string(branch)
}

func TestInfo(t *testing.T) {
	bubble(t, "head", ua.Config{Host: "chat.example.test"}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice") // RFC 3261 12.2.1.1; From and type are SIPE 5.2
		deliver(t, c.dialog, "<x/>")
		m := c.wantInfo("<x/>")
		tag := string(sip.Tag(c.answer.To))
		want := strings.Join([]string{
			"INFO sip:alice@192.0.2.2:40000;transport=tcp SIP/2.0",
			"Via: SIP/2.0/TCP chat.example.test:5060;branch=z9hG4bK" + tag + ".1",
			"Max-Forwards: 70",
			"From: <sip:chat@example.test>;tag=" + tag,
			"To: <sip:alice@example.test>;tag=from" + c.id + ";epid=ealice",
			"Call-ID: " + c.id,
			"Contact: <sip:chat@example.test>",
			"CSeq: 1 INFO",
			"Content-Type: text/plain; charset=UTF-8",
			"Content-Length: 4",
			"", "",
		}, "\r\n")
		if got := string(m.Head); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if got := string(c.answer.Contact); got != "<sip:chat.example.test:5060;transport=tcp>" {
			t.Errorf("Contact of the answer is %s", got)
		}
	})
	bubble(t, "numbers and branches", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		a, b := w.call(p, "alice"), w.call(p, "bob")
		deliver(t, a.dialog, "1", "2")
		deliver(t, b.dialog, "1")
		deliver(t, a.dialog, "3")
		branches := map[string]bool{}
		for _, want := range []struct {
			c    *call
			body string
			seq  uint32
		}{{a, "1", 1}, {a, "2", 2}, {b, "1", 1}, {a, "3", 3}} {
			m := p.wantInfo(want.body)
			if m.Seq != want.seq || string(m.CallID) != want.c.id {
				t.Errorf("got CSeq %d in %s, want %d in %s", m.Seq, m.CallID, want.seq, want.c.id)
			}
			branches[branchOf(t, m)] = true
			p.write(reply(m, 200))
		}
		if len(branches) != 4 {
			t.Errorf("branches %v", branches)
		}
	})
	bubble(t, "other requests", ua.Config{}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		headers := []sip.Header{{Name: "Event", Value: "presence"}, {Name: "content-type", Value: "text/xml"}, {Name: "Subscription-State", Value: "active"}}
		for i, method := range []sip.Method{sip.NOTIFY, sip.BENOTIFY} {
			if err := c.dialog.Send(method, headers, []byte("<n/>")); err != nil {
				t.Fatal(err)
			}
			m := c.next()
			if m.Method != method || m.Seq != uint32(i+1) || string(m.ContentType) != "text/xml" || string(m.Body) != "<n/>" ||
				string(m.Get("event")) != "presence" || string(m.Get("subscription-state")) != "active" || branchOf(t, m) == "" {
				t.Errorf("got\n%s", m.text())
			}
		}
		if headers[1].Value != "text/xml" || headers[2].Name != "Subscription-State" {
			t.Errorf("the caller's headers became %v", headers)
		}
	})
	bubble(t, "target refreshed", ua.Config{}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice") // RFC 3311 5.1
		c.write(strings.Replace(c.request("UPDATE", ""), "192.0.2.2:40000;transport=tcp>", "198.51.100.7>", 1))
		c.want(200)
		deliver(t, c.dialog, "x")
		if m := c.wantInfo("x"); string(m.URI) != "sip:alice@198.51.100.7" {
			t.Errorf("got\n%s", m.text())
		}
	})
}

func TestAnswers(t *testing.T) {
	for _, status := range []int{481, 487} { // SIPE 5.2, RFC 3261 12.2.1.2
		bubble(t, fmt.Sprint(status, " ends the dialog"), ua.Config{}, func(t *testing.T, w *world) {
			p := w.dial()
			c, other := w.call(p, "alice"), w.call(p, "alice")
			deliver(t, c.dialog, "x")
			p.write(reply(p.wantInfo("x"), status))
			w.wantEnd(t, c.dialog, ua.EndRefused)
			if err := c.dialog.Deliver([]byte("y")); !errors.Is(err, ua.ErrEnded) {
				t.Errorf("got %v", err)
			}
			p.write(c.request("INFO", "x"))
			p.want(481)
			p.write(other.request("INFO", "x"))
			p.want(200)
		})
	}
	bubble(t, "other refusals do not", ua.Config{MaxPending: 1}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		for _, status := range []int{400, 404, 408, 488, 500, 603} {
			deliver(t, c.dialog, "x")
			c.write(reply(c.wantInfo("x"), status))
			synctest.Wait()
		}
		w.wantNoEnd(t)
	})
	bubble(t, "of another connection", ua.Config{MaxPending: 1}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		deliver(t, c.dialog, "x")
		m := c.wantInfo("x")
		thief := w.dial()
		thief.write(reply(m, 481))
		synctest.Wait()
		w.wantNoEnd(t)
	})
	bubble(t, "that nobody asked for", ua.Config{}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice") // RFC 3261 17.1.3: matches nothing, dropped
		deliver(t, c.dialog, "x")
		m := c.wantInfo("x")
		c.write(reply(m, 200) + reply(m, 200))
		if err := c.dialog.Send(sip.BENOTIFY, nil, nil); err != nil {
			t.Fatal(err)
		}
		c.write(reply(c.next(), 200)) // BENOTIFY has no answer
		synctest.Wait()
		deliver(t, c.dialog, "y")
		c.wantInfo("y")
		w.wantNoEnd(t)
	})
	bubble(t, "unanswered", ua.Config{Unanswered: 20 * time.Second}, func(t *testing.T, w *world) {
		p := w.dial()
		c, other := w.call(p, "alice"), w.call(p, "alice")
		time.Sleep(time.Hour) // nothing was asked
		w.wantNoEnd(t)
		deliver(t, c.dialog, "x", "y")
		p.write(reply(p.wantInfo("x"), 100)) // provisional: not yet answered
		p.wantInfo("y")
		start := time.Now()
		time.Sleep(20*time.Second - 1)
		w.wantNoEnd(t)
		time.Sleep(3 * time.Second)
		e := w.end(t)
		if after := e.at.Sub(start); e.dialog != c.dialog || e.cause != ua.EndRefused || after > 22*time.Second {
			t.Errorf("ended by %q after %v", e.cause, after)
		}
		p.wantNothing()
		p.write(other.request("INFO", "x"))
		p.want(200)
	})
	bubble(t, "slow but steady", ua.Config{Unanswered: 20 * time.Second}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		for range 5 {
			deliver(t, c.dialog, "x")
		}
		for range 5 {
			time.Sleep(15 * time.Second)
			w.wantNoEnd(t)
			c.write(reply(c.wantInfo("x"), 200))
		}
		time.Sleep(time.Hour)
		w.wantNoEnd(t)
	})
	bubble(t, "too many are awaited", ua.Config{MaxPending: 3}, func(t *testing.T, w *world) {
		p := w.dial()
		c, other := w.call(p, "alice"), w.call(p, "alice")
		deliver(t, c.dialog, "1", "2", "3")
		p.write(reply(p.wantInfo("1"), 200))
		synctest.Wait()
		deliver(t, c.dialog, "4")
		deliver(t, other.dialog, "1") // has its own count
		for range 2 {
			if err := c.dialog.Send(sip.BENOTIFY, nil, nil); err != nil { // wants no answer
				t.Fatal(err)
			}
		}
		if err := c.dialog.Deliver([]byte("5")); !errors.Is(err, ua.ErrOverflow) {
			t.Fatalf("got %v", err)
		}
		ended := []*ua.Dialog{}
		for range 2 {
			e := w.end(t)
			if e.cause != ua.EndOverflow {
				t.Errorf("ended by %q", e.cause)
			}
			ended = append(ended, e.dialog)
		}
		if !slices.Contains(ended, c.dialog) || !slices.Contains(ended, other.dialog) {
			t.Error("not both dialogs ended")
		}
		if err := c.dialog.Deliver([]byte("6")); !errors.Is(err, ua.ErrEnded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestEnd(t *testing.T) {
	bubble(t, "BYE", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial() // RFC 3261 15.1.2
		c, other := w.call(p, "alice"), w.call(p, "alice")
		p.write(c.request("BYE", ""))
		p.want(200)
		w.wantEnd(t, c.dialog, ua.EndBye)
		p.write(c.request("BYE", ""))
		p.want(481)
		c.dialog.Drop()
		p.wantNothing()
		w.wantNoEnd(t) // once
		if got := w.stack.Stats(); got.Dialogs != 1 || got.Connections != 1 {
			t.Errorf("got %+v", got)
		}
		p.write(other.request("INFO", "x"))
		p.want(200)
	})
	bubble(t, "dropped", ua.Config{}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		c.dialog.Drop()
		w.wantEnd(t, c.dialog, ua.EndDropped)
		c.wantNothing() // SIPE 7.3
		c.write(c.request("UPDATE", ""))
		c.want(481)
	})
	bubble(t, "connection lost", ua.Config{}, func(t *testing.T, w *world) {
		p, other := w.dial(), w.dial()
		gone := make(chan struct{}, 10)
		dialogs := []*ua.Dialog{}
		for range 3 {
			dialogs = append(dialogs, w.call(p, "alice").dialog)
		}
		stays := w.call(other, "bob")
		conn := dialogs[0].Conn()
		conn.OnClose(func() { gone <- struct{}{} })
		synctest.Wait()
		p.conn.Close()
		for range dialogs {
			e := w.end(t)
			i := slices.Index(dialogs, e.dialog)
			if i < 0 || e.cause != ua.EndConnection {
				t.Fatalf("dialog %d ended by %q", i, e.cause)
			}
			dialogs[i] = nil
			if err := e.dialog.Deliver([]byte("x")); !errors.Is(err, ua.ErrEnded) {
				t.Errorf("got %v", err)
			}
		}
		synctest.Wait()
		conn.OnClose(func() { gone <- struct{}{} }) // it is too late: at once
		if len(gone) != 2 {
			t.Errorf("OnClose ran %d times", len(gone))
		}
		w.wantNoEnd(t)
		deliver(t, stays.dialog, "x")
		stays.wantInfo("x")
	})
	bubble(t, "closed by us", ua.Config{}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		c.dialog.Conn().Close("for a test")
		c.dialog.Conn().Close("again")
		w.wantEnd(t, c.dialog, ua.EndConnection)
		c.wantClosed()
	})
}

// TestSessionTimer keeps SIPE 7.3: a session that is not refreshed ends in
// silence, against RFC 4028 10.
func TestSessionTimer(t *testing.T) {
	bubble(t, "expires", ua.Config{}, func(t *testing.T, w *world) {
		w.accept = ua.Accept{SessionExpires: 90}
		c := w.call(w.dial(), "alice")
		start := time.Now()
		time.Sleep(90 * time.Second)
		w.wantNoEnd(t)
		e := w.end(t)
		if late := e.at.Sub(start.Add(90 * time.Second)); e.dialog != c.dialog || e.cause != ua.EndExpired || late > 2*time.Second {
			t.Errorf("ended by %q, %v late", e.cause, late)
		}
		c.wantNothing()
		if err := c.dialog.Deliver([]byte("x")); !errors.Is(err, ua.ErrEnded) {
			t.Errorf("got %v", err)
		}
		for _, method := range []string{"UPDATE", "INFO", "INVITE", "BYE"} {
			c.write(c.request(method, ""))
			c.want(481)
		}
	})
	for _, method := range []string{"UPDATE", "INVITE"} { // RFC 4028 7.4
		bubble(t, method+" refreshes", ua.Config{}, func(t *testing.T, w *world) {
			w.accept = ua.Accept{SessionExpires: 90}
			c := w.call(w.dial(), "alice")
			for range 4 {
				time.Sleep(80 * time.Second)
				c.write(c.request(method, ""))
				m := c.want(200)
				if got := string(m.Get("session-expires")); got != "90;refresher=uac" || !strings.Contains(string(m.Get("supported")), "timer") {
					t.Errorf("got\n%s", m.text())
				}
			}
			w.wantNoEnd(t)
			for range 4 { // nothing else does
				time.Sleep(20 * time.Second)
				c.write(c.request("INFO", "x"))
				c.want(200)
			}
			time.Sleep(12 * time.Second)
			w.wantEnd(t, c.dialog, ua.EndExpired)
		})
	}
	bubble(t, "none", ua.Config{}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		if m := c.answer; len(m.Get("session-expires")) > 0 {
			t.Errorf("got\n%s", m.text())
		}
		time.Sleep(24 * time.Hour)
		w.wantNoEnd(t)
	})
	bubble(t, "subscription", ua.Config{}, func(t *testing.T, w *world) {
		w.accept = ua.Accept{Expires: 60} // RFC 6665 4.2.1
		w.serve = func(d *ua.Dialog, r *ua.Request) {
			d.SetExpires(100)
			r.Respond(200, "", nil, nil)
		}
		p := w.dial()
		p.write(p.print("SUBSCRIBE", "", "alice", "sub", "", 1, ""))
		c := &call{peer: p, user: "alice", id: "sub", seq: 1, dialog: <-w.dialogs}
		c.take(p.want(200))
		time.Sleep(50 * time.Second)
		p.write(c.request("SUBSCRIBE", "")) // refreshing is the handler's
		p.want(200)
		time.Sleep(99 * time.Second)
		w.wantNoEnd(t)
		time.Sleep(3 * time.Second)
		w.wantEnd(t, c.dialog, ua.EndExpired)
	})
}
