package ua_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"perch/sip/ua"
)

// socketBuffer is what memnet holds for a client that does not read.
const socketBuffer = 256 << 10

// deafCall makes a dialog with a client that does not even read its 200.
func (w *world) deafCall(user string) *call {
	w.t.Helper()
	c := w.deaf().ring(user)
	c.dialog = <-w.dialogs
	return c
}

func TestOverflow(t *testing.T) {
	body := strings.Repeat("x", 4<<10)

	bubble(t, "cut off", ua.Config{MaxOut: 512 << 10}, func(t *testing.T, w *world) {
		other := w.call(w.dial(), "bob")
		c := w.deafCall("alice")
		again := c.ring("alice")
		again.dialog = <-w.dialogs
		synctest.Wait()
		start, sent := time.Now(), 0
		var err error
		for ; err == nil; sent += len(body) {
			if sent > socketBuffer+1<<20 {
				t.Fatal("it is never cut off")
			}
			deliver(t, other.dialog, "y")
			other.write(reply(other.wantInfo("y"), 200))
			err = c.dialog.Deliver([]byte(body))
		}
		// What waits is counted with its headers, sent without.
		if !errors.Is(err, ua.ErrOverflow) || sent < 450<<10 || sent > socketBuffer+512<<10 {
			t.Errorf("got %v after %d bytes", err, sent)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Deliver blocked for %v", took)
		}
		causes := []ua.EndCause{w.end(t).cause, w.end(t).cause} // each once
		if !slices.Equal(causes, []ua.EndCause{ua.EndOverflow, ua.EndOverflow}) {
			t.Errorf("ended by %q", causes)
		}
		if err := c.dialog.Deliver([]byte(body)); !errors.Is(err, ua.ErrEnded) {
			t.Errorf("got %v", err)
		}
		if n, _ := io.Copy(io.Discard, c.conn); n > socketBuffer { // ends
			t.Errorf("%d bytes came through", n)
		}
		deliver(t, other.dialog, "z")
		other.wantInfo("z")
		synctest.Wait()
		w.wantNoEnd(t)
		if got := w.stack.Stats(); got.Connections != 1 || got.Dialogs != 1 {
			t.Errorf("got %+v", got)
		}
	})
	bubble(t, "one body too large", ua.Config{MaxOut: 4 << 10}, func(t *testing.T, w *world) {
		c := w.call(w.dial(), "alice")
		if err := c.dialog.Deliver([]byte(body)); !errors.Is(err, ua.ErrOverflow) {
			t.Errorf("got %v", err)
		}
		w.wantEnd(t, c.dialog, ua.EndOverflow)
		c.wantClosed()
	})
	bubble(t, "answers count", ua.Config{MaxOut: 64 << 10}, func(t *testing.T, w *world) {
		c := w.deafCall("alice") // who asks much and reads nothing
		go func() {
			for {
				if _, err := io.WriteString(c.conn, c.request("INFO", "")); err != nil {
					return
				}
			}
		}()
		w.wantEnd(t, c.dialog, ua.EndOverflow)
	})
	bubble(t, "reads again", ua.Config{MaxOut: 2 << 20, Unanswered: time.Hour}, func(t *testing.T, w *world) {
		c := w.deafCall("alice")
		const n = 250 // much more than the socket holds
		for range n {
			deliver(t, c.dialog, body)
		}
		time.Sleep(20 * time.Second)
		c.listen()
		for seq := uint32(1); seq <= n; {
			if m := c.next(); m.Status != 200 { // the answer to INVITE is sent again meanwhile
				if m.Seq != seq || string(m.Body) != body {
					t.Fatalf("got\n%s, want CSeq %d", m.text(), seq)
				}
				seq++
			}
		}
		w.wantNoEnd(t)
	})
	bubble(t, "many deliver at once", ua.Config{Unanswered: time.Hour}, func(t *testing.T, w *world) {
		p := w.dial()
		calls := []*call{w.call(p, "alice"), w.call(p, "alice")}
		const n, at = 50, 8
		var wg sync.WaitGroup
		for i := range at {
			wg.Go(func() {
				for range n {
					if err := calls[i%2].dialog.Deliver([]byte("a"), []byte("b")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		last := map[string]uint32{}
		for i := range 2 * n * at { // whole, in order, and each pair together
			m := p.wantInfo([]string{"a", "b"}[i%2])
			if m.Seq != last[string(m.CallID)]+1 {
				t.Fatalf("CSeq %d after %d", m.Seq, last[string(m.CallID)])
			}
			last[string(m.CallID)] = m.Seq
		}
	})
}

// TestWriteStall is about clients that read less than they get, but not so
// much less that MaxOut is exceeded.
func TestWriteStall(t *testing.T) {
	const stall = 10 * time.Second
	cfg := ua.Config{WriteStall: stall, Unanswered: 24 * time.Hour}
	body := strings.Repeat("x", 600<<10)

	bubble(t, "takes nothing", cfg, func(t *testing.T, w *world) {
		c := w.deafCall("alice")
		synctest.Wait()
		deliver(t, c.dialog, body)
		time.Sleep(stall - time.Second)
		w.wantNoEnd(t)
		time.Sleep(stall) // the first part, which fits the socket, was progress
		w.wantEnd(t, c.dialog, ua.EndOverflow)
		synctest.Wait()
		if got := w.stack.Stats(); got.Connections != 0 {
			t.Errorf("got %+v", got)
		}
	})
	bubble(t, "takes a little", cfg, func(t *testing.T, w *world) {
		c := w.deafCall("alice")
		synctest.Wait()
		deliver(t, c.dialog, body)
		piece := make([]byte, 16<<10)
		for got := 0; got < len(body); {
			time.Sleep(stall / 2) // the socket takes something in time
			if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			n, err := c.conn.Read(piece)
			if err != nil {
				t.Fatalf("%v after %d bytes", err, got)
			}
			got += n
		}
		w.wantNoEnd(t)
	})
}
