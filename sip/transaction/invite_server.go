package transaction

import "time"

// tryingAfter is how long the core may take before the machine answers 100
// for it (RFC 3261 17.2.1).
const tryingAfter = 200 * time.Millisecond

// InviteServer answers an INVITE (RFC 3261 17.2.1, RFC 6026 7.1).
type InviteServer struct {
	timers
	config   *Config
	state    State
	answered bool // there is something to Resend
}

// NewInviteServer begins a transaction for an INVITE that goes to the core.
func NewInviteServer(c *Config, now time.Time) InviteServer {
	return InviteServer{config: c, state: Proceeding, timers: timers{resend: now.Add(tryingAfter)}}
}

// State is where the machine stands.
func (t *InviteServer) State() State { return t.state }

// Step takes one event.
func (t *InviteServer) Step(ev Event, now time.Time) Effects {
	if ev == TransportError && t.state != Ended {
		return Failed // and stays, or the INVITE sent again would be new (RFC 6026 7.1)
	}
	switch t.state {
	case Proceeding:
		return t.proceeding(ev, now)
	case Accepted:
		return t.accepted(ev, now)
	case Completed:
		return t.completed(ev, now)
	case Confirmed:
		if ev == Tick && due(t.expire, now) { // timer I
			return t.end()
		}
	}
	return 0
}

func (t *InviteServer) proceeding(ev Event, now time.Time) Effects {
	switch ev {
	case Tick, Request:
		switch {
		case ev == Request && t.answered:
			return Resend
		case ev == Request || due(t.resend, now):
			t.answered, t.resend = true, time.Time{}
			return SendTrying
		}
	case Provisional:
		t.answered, t.resend = true, time.Time{}
		return Send
	case Success:
		t.state, t.timers = Accepted, timers{expire: now.Add(t.config.giveUp())} // timer L
		return Send
	case Failure:
		t.state, t.timers = Completed, timers{expire: now.Add(t.config.giveUp())} // timer H
		if !t.config.Reliable {
			t.again(now, t.config.T1, 0) // timer G
		}
		return Send
	}
	return 0
}

// accepted absorbs the INVITE; the 2xx is the core's to send again.
func (t *InviteServer) accepted(ev Event, now time.Time) Effects {
	switch ev {
	case Success:
		return Send
	case Ack:
		return Pass
	case Tick:
		if due(t.expire, now) {
			return t.end()
		}
	}
	return 0
}

func (t *InviteServer) completed(ev Event, now time.Time) Effects {
	switch ev {
	case Request:
		return Resend
	case Ack:
		linger := t.config.linger(t.config.T4)
		if linger == 0 {
			return t.end()
		}
		t.state, t.timers = Confirmed, timers{expire: now.Add(linger)}
	case Tick:
		if due(t.expire, now) {
			return Timeout | t.end()
		}
		if due(t.resend, now) {
			t.again(now, 2*t.interval, t.config.T2)
			return Resend
		}
	}
	return 0
}

func (t *InviteServer) end() Effects {
	t.state, t.timers = Ended, timers{}
	return Terminated
}
