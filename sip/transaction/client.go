package transaction

import "time"

// Client sends any request but INVITE and ACK (RFC 3261 17.1.2).
type Client struct {
	timers
	config *Config
	state  State
}

// NewClient begins a transaction for a request that is sent now.
func NewClient(c *Config, now time.Time) Client {
	t := Client{config: c, state: Trying, timers: timers{expire: now.Add(c.giveUp())}} // timer F
	if !c.Reliable {
		t.again(now, c.T1, 0) // timer E
	}
	return t
}

// State is where the machine stands.
func (t *Client) State() State { return t.state }

// Step takes one event.
func (t *Client) Step(ev Event, now time.Time) Effects {
	switch t.state {
	case Trying, Proceeding:
		return t.open(ev, now)
	case Completed:
		switch {
		case ev == TransportError: // nothing is left to send
			return 0
		case ev == Tick && due(t.expire, now): // timer K
			return t.end()
		}
	}
	return 0
}

func (t *Client) open(ev Event, now time.Time) Effects {
	switch ev {
	case Tick:
		if due(t.expire, now) {
			return Timeout | t.end()
		}
		if due(t.resend, now) {
			next := 2 * t.interval
			if t.state == Proceeding {
				next = t.config.T2
			}
			t.again(now, next, t.config.T2)
			return Resend
		}
	case Provisional:
		t.state = Proceeding
		return Pass
	case Success, Failure:
		linger := t.config.linger(t.config.T4)
		if linger == 0 {
			return Pass | t.end()
		}
		t.state, t.timers = Completed, timers{expire: now.Add(linger)}
		return Pass
	case TransportError:
		return Failed | t.end()
	}
	return 0
}

func (t *Client) end() Effects {
	t.state, t.timers = Ended, timers{}
	return Terminated
}
