package transaction

import (
	"strconv"
	"strings"
	"time"
)

// Config holds the timer values (RFC 3261 17.1.1.1 and table 4). Machines keep
// a pointer to it: it must not change while they live.
type Config struct {
	T1, T2, T4 time.Duration
	Reliable   bool // TCP, TLS: timers A, E, G are off, and D, I, J, K are zero
}

// Default returns the values of RFC 3261.
func Default(reliable bool) Config {
	return Config{T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second, Reliable: reliable}
}

// linger is how long a finished transaction absorbs what is sent again.
func (c *Config) linger(d time.Duration) time.Duration {
	if c.Reliable {
		return 0
	}
	return d
}

// giveUp is the value of timers B, F, H, J, L and M.
func (c *Config) giveUp() time.Duration { return 64 * c.T1 }

// Event is what happens to a transaction.
type Event uint8

const (
	// Tick: time has passed. A Tick before Next does nothing.
	Tick Event = iota
	// Request: the request was received again (server).
	Request
	// Ack: an ACK of the transaction was received (INVITE server).
	Ack
	// Provisional: a 1xx response, which the core wants to send (server), or
	// which was received (client). Likewise Success and Failure.
	Provisional
	// Success is a 2xx response.
	Success
	// Failure is a response from 300 to 699.
	Failure
	// TransportError: a message could not be sent, or the connection is gone.
	TransportError
)

// Response is the event of a response with that status.
func Response(status int) Event {
	switch {
	case status < 200:
		return Provisional
	case status < 300:
		return Success
	}
	return Failure
}

// Effects is what is to be done, as a set.
type Effects uint16

const (
	// Send the response that came with the event, and keep it for Resend.
	Send Effects = 1 << iota
	// SendTrying: send a 100 that the core has not asked for, and keep it.
	SendTrying
	// Resend what was sent last: the request (client) or response (server).
	Resend
	// SendACK: acknowledge the 3xx to 6xx that was received (RFC 3261 17.1.1.3).
	SendACK
	// Pass what was received to the core.
	Pass
	// Timeout: tell the core that no final response (client) or no ACK
	// (INVITE server) came in time.
	Timeout
	// Failed: tell the core of the transport error.
	Failed
	// Terminated: forget the transaction.
	Terminated
)

// Has says whether all of f are in e.
func (e Effects) Has(f Effects) bool { return e&f == f }

// String lists the effects, for tests and logs.
func (e Effects) String() string {
	if e == 0 {
		return "nothing"
	}
	var names []string
	for i, name := range [...]string{"send", "send 100", "resend", "send ACK", "pass", "timeout", "failed", "terminated"} {
		if e&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// State is where a machine stands (RFC 3261 figures 5 to 8, RFC 6026 figures 1
// and 2).
type State uint8

// Not every machine has every state.
const (
	Calling    State = iota // INVITE client: sent, nothing heard
	Trying                  // non-INVITE: sent or received, nothing heard or answered
	Proceeding              // a provisional response, or an INVITE received
	Accepted                // INVITE: answered 2xx (RFC 6026)
	Completed               // finally answered (INVITE: 3xx to 6xx)
	Confirmed               // INVITE server: the ACK has come
	Ended
)

func (s State) String() string {
	names := [...]string{"calling", "trying", "proceeding", "accepted", "completed", "confirmed", "ended"}
	if int(s) < len(names) {
		return names[s]
	}
	return "state " + strconv.Itoa(int(s))
}

// timers are the two a machine can need at a time: one that sends again, one
// that ends the state. The zero time is off.
type timers struct {
	resend, expire time.Time
	interval       time.Duration // of resend
}

// Next is when the machine wants a Tick; zero: not at all.
func (t *timers) Next() time.Time {
	if t.resend.IsZero() || !t.expire.IsZero() && t.expire.Before(t.resend) {
		return t.expire
	}
	return t.resend
}

func due(timer, now time.Time) bool { return !timer.IsZero() && !now.Before(timer) }

// again sets the timer that sends again to interval, which limit bounds if it
// is not zero.
func (t *timers) again(now time.Time, interval, limit time.Duration) {
	if limit > 0 {
		interval = min(interval, limit)
	}
	t.interval = interval
	t.resend = now.Add(interval)
}
