package ua_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"perch/sip/ua"
	"perch/test/memnet"
)

func TestDropUser(t *testing.T) {
	bubble(t, "closes what carries nobody else", ua.Config{}, func(t *testing.T, w *world) {
		alone, shared, other := w.dial(), w.dial(), w.dial()
		his := []*ua.Dialog{w.call(alone, "alice").dialog, w.call(alone, "alice").dialog, w.call(shared, "alice").dialog}
		bob := []*call{w.call(shared, "bob"), w.call(other, "bob")}
		w.stack.DropUser("sip:nobody@example.test")
		w.wantNoEnd(t)
		w.stack.DropUser("sip:alice@example.test")
		ended := map[*ua.Dialog]ua.EndCause{}
		for range his {
			e := w.end(t)
			ended[e.dialog] = e.cause
		}
		for i, d := range his {
			if ended[d] != ua.EndDropped {
				t.Errorf("dialog %d ended by %q", i, ended[d])
			}
		}
		alone.wantClosed()
		for _, c := range bob {
			c.wantNothing()
			c.write(c.request("INFO", "x"))
			c.want(200)
		}
		synctest.Wait()
		w.wantNoEnd(t)
		if got := w.stack.Stats(); got != (ua.Stats{Connections: 2, Dialogs: 2}) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestMaxConns(t *testing.T) {
	bubble(t, "a connection too many", ua.Config{MaxConns: 2}, func(t *testing.T, w *world) {
		a, b := w.dial(), w.dial()
		c := w.call(a, "alice")
		w.call(b, "bob")
		for range 3 {
			w.dial().wantClosed()
		}
		a.write(c.request("INFO", "x"))
		a.want(200)
		b.conn.Close()
		synctest.Wait()
		w.call(w.dial(), "carol")
		if got := w.stack.Stats(); got.Connections != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

// flaky is a listener that is out of descriptors for a while.
type flaky struct {
	*memnet.Listener
	fails int
}

func (f *flaky) Accept() (net.Conn, error) {
	if f.fails > 0 {
		f.fails--
		return nil, errors.New("too many open files")
	}
	return f.Listener.Accept()
}

func TestAcceptFails(t *testing.T) {
	bubble(t, "for a while", ua.Config{}, func(t *testing.T, w *world) {
		start := time.Now()
		w.l = memnet.Listen("192.0.2.1:5061")
		if err := w.stack.Serve(&flaky{Listener: w.l, fails: 20}, nil); err != nil {
			t.Fatal(err)
		}
		w.call(w.dial(), "alice")
		if took := time.Since(start); took < 10*time.Second || took > 20*time.Second { // it does not spin
			t.Errorf("took %v", took)
		}
	})
	bubble(t, "for ever", ua.Config{}, func(t *testing.T, w *world) {
		if err := w.stack.Serve(&flaky{Listener: memnet.Listen("192.0.2.1:5061"), fails: 1 << 30}, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop(t, w.stack)
	})
}

func TestStop(t *testing.T) {
	bubble(t, "ends everything", ua.Config{}, func(t *testing.T, w *world) {
		p := w.dial()
		dialogs := []*ua.Dialog{w.call(p, "alice").dialog, w.call(w.dial(), "bob").dialog}
		idle := w.dial()
		synctest.Wait()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { stop(t, w.stack) })
		}
		wg.Wait()
		stop(t, w.stack)
		for range dialogs {
			if e := w.end(t); e.cause != ua.EndConnection {
				t.Errorf("ended by %q", e.cause)
			}
		}
		w.wantNoEnd(t)
		p.wantClosed() // SIPE 7.3: no BYE
		idle.wantClosed()
		if got := w.stack.Stats(); got != (ua.Stats{}) {
			t.Errorf("got %+v", got)
		}
		if err := dialogs[0].Deliver([]byte("x")); !errors.Is(err, ua.ErrEnded) {
			t.Errorf("got %v", err)
		}
		if _, err := w.l.Dial("192.0.2.2:1"); err == nil {
			t.Error("connected")
		}
		late := memnet.Listen("192.0.2.1:5061")
		if err := w.stack.Serve(late, nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if _, err := late.Dial("192.0.2.2:1"); err == nil {
			t.Error("connected")
		}
	})
	bubble(t, "writes what is queued", ua.Config{}, func(t *testing.T, w *world) {
		c := w.deafCall("alice")
		body := strings.Repeat("x", 2*socketBuffer)
		deliver(t, c.dialog, body, "last")
		go func() {
			time.Sleep(time.Second)
			c.listen()
		}()
		stop(t, w.stack)
		for m := range c.in {
			if string(m.Body) == "last" {
				return
			}
		}
		t.Error("the last body was lost")
	})
	bubble(t, "does not wait for clients that do not read", ua.Config{}, func(t *testing.T, w *world) {
		for range 3 {
			deliver(t, w.deafCall("alice").dialog, strings.Repeat("x", 2*socketBuffer))
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		// Whether the last goroutine ended before ctx did is a matter of luck.
		if err := w.stack.Stop(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(start); took > patience {
			t.Errorf("took %v", took)
		}
		for range 3 {
			if e := w.end(t); e.cause != ua.EndConnection {
				t.Errorf("ended by %q", e.cause)
			}
		}
		stop(t, w.stack)
	})
	bubble(t, "does not wait for a handler for ever", ua.Config{}, func(t *testing.T, w *world) {
		release := make(chan struct{})
		w.serve = func(_ *ua.Dialog, r *ua.Request) {
			<-release
			r.Respond(200, "", nil, nil)
		}
		c := w.call(w.dial(), "alice")
		c.write(c.request("INFO", "x"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := w.stack.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(release)
		stop(t, w.stack)
		w.wantEnd(t, c.dialog, ua.EndConnection)
	})
	t.Run("nothing was begun", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			stop(t, ua.New(ua.Config{Guard: guard{}, Handler: newFront(), Log: slog.New(slog.DiscardHandler)}))
		})
	})
}

// TestTags draws tags from the source that is given, and goes on when it fails.
func TestTags(t *testing.T) {
	bubble(t, "no randomness", ua.Config{Rand: io.LimitReader(strings.NewReader("abcdefgh"), 8)}, func(t *testing.T, w *world) {
		p := w.dial()
		seen := map[string]bool{}
		for range 10 {
			c := w.call(p, "alice")
			seen[c.tag] = true
			p.write(c.request("BYE", ""))
			p.want(200)
		}
		for range 10 { // RFC 3261 8.2.6.2: other answers have one too
			p.write(p.request("OPTIONS", ""))
			m := p.want(200)
			_, to, _ := strings.Cut(string(m.To), ";tag=")
			seen[";tag="+to] = true
		}
		if len(seen) != 20 || seen[";tag="] {
			t.Errorf("tags %v", seen)
		}
	})
}
