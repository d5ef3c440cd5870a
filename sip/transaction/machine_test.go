package transaction_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"perch/sip/transaction"
)

// TestPromises drives every machine with any events at any times and checks
// what the package comment promises.
func TestPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := transaction.Default(rapid.Bool().Draw(t, "reliable"))
		now := time.Unix(1e9, 0)
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		m := newMachine(kind, &c, now)
		ended, answered := false, false
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond)
			ev := transaction.Event(rapid.IntRange(int(transaction.Tick), int(transaction.TransportError)).Draw(t, "event"))
			early := m.Next().IsZero() || now.Before(m.Next())
			state := m.State()
			effects := m.Step(ev, now)
			answered = answered || ev == transaction.Success || ev == transaction.Failure
			switch {
			case ended && effects != 0:
				t.Fatalf("%v after the end", effects)
			case ev == transaction.Tick && early && effects != 0:
				t.Fatalf("%v at a tick too early", effects)
			case ev == transaction.Tick && early && m.State() != state:
				t.Fatalf("a tick too early leads to %v", m.State())
			case effects.Has(transaction.Timeout) && !effects.Has(transaction.Terminated):
				t.Fatal("timeout without end")
			case effects.Has(transaction.Resend) && c.Reliable && ev == transaction.Tick:
				t.Fatal("sent again over a reliable transport")
			case !m.Next().IsZero() && !m.Next().After(now) && ev == transaction.Tick:
				t.Fatal("wants a tick in the past, after a tick")
			}
			ended = ended || effects.Has(transaction.Terminated)
			if ended != (m.State() == transaction.Ended) || ended && !m.Next().IsZero() {
				t.Fatalf("ended %v, state %v, next %v", ended, m.State(), m.Next())
			}
		}
		checkEnds(t, m, answered)
	})
}

// checkEnds lets the time pass: what was finally answered must end.
func checkEnds(t *rapid.T, m machine, answered bool) {
	for range 100 {
		if m.Next().IsZero() {
			break
		}
		m.Step(transaction.Tick, m.Next())
	}
	if !m.Next().IsZero() || answered && m.State() != transaction.Ended {
		t.Fatalf("never ends: %v, next %v", m.State(), m.Next())
	}
}

func TestMachinesDoNotAllocate(t *testing.T) {
	c := transaction.Default(true)
	now := time.Unix(1e9, 0)
	n := testing.AllocsPerRun(100, func() {
		server := transaction.NewServer(&c)
		invite := transaction.NewInviteServer(&c, now)
		client := transaction.NewClient(&c, now)
		server.Step(transaction.Success, now)
		invite.Step(transaction.Success, now)
		client.Step(transaction.Success, now)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkServer(b *testing.B) {
	c := transaction.Default(true)
	now := time.Unix(1e9, 0)
	b.ReportAllocs()
	for b.Loop() {
		m := transaction.NewServer(&c)
		if !m.Step(transaction.Success, now).Has(transaction.Send | transaction.Terminated) {
			b.Fatal("not answered")
		}
	}
}
