package transaction

import "time"

// Server answers any request but INVITE and ACK (RFC 3261 17.2.2).
type Server struct {
	timers
	config *Config
	state  State
}

// NewServer begins a transaction for a request that goes to the core.
func NewServer(c *Config) Server { return Server{config: c, state: Trying} }

// State is where the machine stands.
func (t *Server) State() State { return t.state }

// Step takes one event.
func (t *Server) Step(ev Event, now time.Time) Effects {
	if ev == TransportError && t.state != Ended {
		return Failed // and stays (RFC 6026 7.1)
	}
	switch t.state {
	case Trying, Proceeding:
		return t.open(ev, now)
	case Completed:
		switch {
		case ev == Request:
			return Resend
		case ev == Tick && due(t.expire, now): // timer J
			return t.end()
		}
	}
	return 0
}

// open is both states before the final response; they differ in whether
// there is anything to send again.
func (t *Server) open(ev Event, now time.Time) Effects {
	switch ev {
	case Request:
		if t.state == Proceeding {
			return Resend
		}
	case Provisional:
		t.state = Proceeding
		return Send
	case Success, Failure:
		linger := t.config.linger(t.config.giveUp())
		if linger == 0 {
			return Send | t.end()
		}
		t.state, t.expire = Completed, now.Add(linger)
		return Send
	}
	return 0
}

func (t *Server) end() Effects {
	t.state, t.timers = Ended, timers{}
	return Terminated
}
