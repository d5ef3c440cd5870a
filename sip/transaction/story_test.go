package transaction_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"perch/sip/transaction"
)

// machine is what the four have in common.
type machine interface {
	Step(transaction.Event, time.Time) transaction.Effects
	Next() time.Time
	State() transaction.State
}

func newMachine(kind string, c *transaction.Config, now time.Time) machine {
	switch kind {
	case "invite-server":
		m := transaction.NewInviteServer(c, now)
		return &m
	case "server":
		m := transaction.NewServer(c)
		return &m
	case "invite-client":
		m := transaction.NewInviteClient(c, now)
		return &m
	case "client":
		m := transaction.NewClient(c, now)
		return &m
	}
	return nil
}

var kinds = []string{"invite-server", "server", "invite-client", "client"}

// story plays one file of testdata. `start KIND TRANSPORT` makes a machine;
// `run` gives it the lines below, one event each, and prints when, what and
// where it then stands. `tick 3s` lets that time pass and wakes the machine
// whenever it wants to be.
type story struct {
	began, now time.Time
	m          machine
	out        strings.Builder
}

func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &story{began: time.Unix(1e9, 0)}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			switch d.Cmd {
			case "start":
				c := transaction.Default(d.HasArg("reliable"))
				s.now = s.began
				if s.m = newMachine(d.CmdArgs[0].Key, &c, s.now); s.m == nil {
					t.Fatalf("%s: no machine %s", d.Pos, d.CmdArgs[0].Key)
				}
				s.print("start", 0)
			case "run":
				for line := range strings.Lines(d.Input) {
					s.line(t, d.Pos, strings.TrimSpace(line))
				}
			default:
				t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
			}
			return s.out.String()
		})
	})
}

func (s *story) line(t *testing.T, pos, line string) {
	verb, arg, _ := strings.Cut(line, " ")
	if verb == "tick" {
		d, err := time.ParseDuration(arg)
		if err != nil {
			t.Fatalf("%s: %v", pos, err)
		}
		s.tick(s.now.Add(d))
		return
	}
	ev, ok := map[string]transaction.Event{
		"recv request": transaction.Request, "recv ACK": transaction.Ack, "error": transaction.TransportError,
	}[line]
	if !ok {
		var status int
		if _, err := fmt.Sscan(arg, &status); err != nil {
			t.Fatalf("%s: what is %q?", pos, line)
		}
		ev = transaction.Response(status)
	}
	s.print(line, s.m.Step(ev, s.now))
}

func (s *story) tick(until time.Time) {
	for next := s.m.Next(); !next.IsZero() && !next.After(until); next = s.m.Next() {
		s.now = next
		effects := s.m.Step(transaction.Tick, s.now)
		s.print("tick", effects)
		if effects == 0 {
			s.out.WriteString("BUG: woken for nothing\n")
			return
		}
	}
	s.now = until
}

func (s *story) print(what string, effects transaction.Effects) {
	next := "no timer"
	if n := s.m.Next(); !n.IsZero() {
		next = "next at " + n.Sub(s.began).String()
	}
	fmt.Fprintf(&s.out, "%s %s: %v [%v, %s]\n", s.now.Sub(s.began), what, effects, s.m.State(), next)
}
