package ua

import (
	"perch/sip"
	"perch/sip/auth"
)

// Identity is who sent a request: User is the canonical address
// ("sip:alice@example.test"), Association signs what is sent back to him and
// is nil where sign-in needs no proof.
type Identity struct {
	User        string
	Association *auth.Association
}

// Guard decides who sent a message. It is asked for requests outside of dialogs
// but REGISTER, OPTIONS, ACK and CANCEL, and in a dialog of an association for
// every request and response that the association did not sign; it must not
// block.
type Guard interface {
	// Identify returns the sender, or the refusal to answer with.
	Identify(c *Conn, m *sip.Message) (Identity, *Refusal)
}

// Refusal is a negative final answer.
type Refusal struct {
	Status  int
	Reason  string // empty: the standard phrase
	Headers []sip.Header
}

// Handler serves requests outside of dialogs: REGISTER (with an empty
// Identity), the first INVITE or SUBSCRIBE of a dialog, SERVICE, MESSAGE,
// OPTIONS, and whatever else comes. It runs in the connection's reader
// goroutine and must answer, now or later through Defer.
type Handler interface {
	ServeSIP(r *Request)
}

// DialogHandler serves one dialog. ServeDialog runs in the connection's reader
// goroutine, in arrival order, for every in-dialog request that ua does not
// answer itself (it does ACK, BYE, UPDATE, re-INVITE, CANCEL, OPTIONS);
// a refreshing SUBSCRIBE is passed on. DialogEnded is called once, whatever
// the reason; a terminated dialog answers 481 to everything.
type DialogHandler interface {
	ServeDialog(d *Dialog, r *Request)
	DialogEnded(d *Dialog, cause EndCause)
}

// EndCause says why a dialog ended.
type EndCause string

const (
	EndBye        EndCause = "bye"        // the client sent BYE
	EndConnection EndCause = "connection" // the connection is gone
	EndExpired    EndCause = "expired"    // the session was not refreshed; no BYE was sent
	EndRefused    EndCause = "refused"    // the client answered 481 or 487, or not in time
	EndOverflow   EndCause = "overflow"   // the client did not read or not answer fast enough
	EndDropped    EndCause = "dropped"    // Drop was called
)
