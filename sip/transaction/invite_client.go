package transaction

import "time"

// rememberFailure is timer D: at least 32 s over an unreliable transport (RFC
// 3261 17.1.1.2).
const rememberFailure = 32 * time.Second

// InviteClient sends an INVITE (RFC 3261 17.1.1, RFC 6026 7.2).
type InviteClient struct {
	timers
	config *Config
	state  State
}

// NewInviteClient begins a transaction for an INVITE that is sent now.
func NewInviteClient(c *Config, now time.Time) InviteClient {
	t := InviteClient{config: c, state: Calling, timers: timers{expire: now.Add(c.giveUp())}} // timer B
	if !c.Reliable {
		t.again(now, c.T1, 0) // timer A
	}
	return t
}

// State is where the machine stands.
func (t *InviteClient) State() State { return t.state }

// Step takes one event.
func (t *InviteClient) Step(ev Event, now time.Time) Effects {
	switch t.state {
	case Calling, Proceeding:
		return t.open(ev, now)
	case Accepted:
		switch {
		case ev == Success: // of another branch of a fork, or sent again
			return Pass
		case ev == Tick && due(t.expire, now): // timer M
			return t.end()
		}
	case Completed:
		switch {
		case ev == Failure:
			return SendACK
		case ev == TransportError:
			return Failed | t.end()
		case ev == Tick && due(t.expire, now): // timer D
			return t.end()
		}
	}
	return 0
}

func (t *InviteClient) open(ev Event, now time.Time) Effects {
	switch ev {
	case Tick:
		if due(t.expire, now) {
			return Timeout | t.end()
		}
		if due(t.resend, now) {
			t.again(now, 2*t.interval, 0)
			return Resend
		}
	case Provisional:
		// No timer is left: an INVITE may ring for ever, and the core cancels.
		t.state, t.timers = Proceeding, timers{}
		return Pass
	case Success:
		t.state, t.timers = Accepted, timers{expire: now.Add(t.config.giveUp())}
		return Pass
	case Failure:
		linger := t.config.linger(rememberFailure)
		if linger == 0 {
			return Pass | SendACK | t.end()
		}
		t.state, t.timers = Completed, timers{expire: now.Add(linger)}
		return Pass | SendACK
	case TransportError:
		return Failed | t.end()
	}
	return 0
}

func (t *InviteClient) end() Effects {
	t.state, t.timers = Ended, timers{}
	return Terminated
}
