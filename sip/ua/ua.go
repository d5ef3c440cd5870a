// Package ua is the SIP user agent: the only SIP package with sockets,
// goroutines and timers. It accepts connections over TCP and TLS, frames and
// parses messages, matches them to transactions and dialogs, refreshes
// sessions, and hands requests to the front ends.
//
// It promises: messages of one connection are handled in order, in the
// connection's own reader goroutine; nothing that a front end sends ever
// blocks; what a client does not read is bounded, and the client cut off;
// a dead connection ends all of its dialogs, each exactly once.
//
// It knows no XCCOS and no chat.
package ua

import (
	"net"

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

// Guard decides who sent a message. It is asked for every request but
// REGISTER and CANCEL, and for every response of an association; it must not
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
	EndBye        EndCause = "bye"        // the client sent BYE (or SUBSCRIBE with Expires 0)
	EndConnection EndCause = "connection" // the connection is gone
	EndExpired    EndCause = "expired"    // the session was not refreshed; no BYE was sent
	EndRefused    EndCause = "refused"    // the client answered 481 or 487, or not in time
	EndOverflow   EndCause = "overflow"   // the client did not read or not answer fast enough
	EndDropped    EndCause = "dropped"    // Drop was called
)

// Request is a received request. The message is valid until the handler
// returns; Defer keeps what a later answer needs.
type Request struct {
	*sip.Message
	Conn *Conn
	From Identity
}

// Respond sends the final answer. Each request is answered exactly once; a
// second answer is dropped. An empty reason is the standard phrase.
func (r *Request) Respond(status int, reason string, headers []sip.Header, body []byte) {
	panic("unwritten")
}

// Refuse answers with a refusal.
func (r *Request) Refuse(f *Refusal) { r.Respond(f.Status, f.Reason, f.Headers, nil) }

// Defer returns a handle by which the request can be answered after the
// handler returned, from any goroutine.
func (r *Request) Defer() *Deferred { panic("unwritten") }

// Deferred is a request that is answered later. Whoever holds it answers it
// exactly once and then must not use it again (it is pooled).
type Deferred struct{}

// Respond queues the answer on the connection without writing it out, so that
// what follows at once (the echo of a post) shares the write. Flush writes.
// If the connection is gone nothing happens.
func (d *Deferred) Respond(status int, reason string, headers []sip.Header) { panic("unwritten") }

// Flush writes out what is queued on the connection and releases d.
func (d *Deferred) Flush() { panic("unwritten") }

// Accept describes the positive answer to an INVITE or SUBSCRIBE that makes a
// dialog. For an INVITE, SessionExpires > 0 adds Session-Expires, Supported:
// timer, and drops the dialog when the client has not refreshed it in time
// (RFC 4028, without BYE). For a SUBSCRIBE, Expires bounds the subscription.
type Accept struct {
	Handler        DialogHandler
	Headers        []sip.Header
	ContentType    string
	Body           []byte
	SessionExpires int // seconds
	Expires        int // seconds
}

// Accept answers 200 with a To tag and a Contact and returns the dialog.
func (r *Request) Accept(a Accept) *Dialog { panic("unwritten") }

// Dialog is one dialog with a client, bound to the connection that made it.
type Dialog struct{}

// Deliver sends one INFO per body (Content-Type text/plain; charset=UTF-8) in
// one write. Bodies are copied into the connection's out buffer during the
// call and are not kept. It never blocks; the error is ErrEnded, or
// ErrOverflow when the client does not keep up, in which case the connection
// has been closed.
func (d *Dialog) Deliver(bodies ...[]byte) error { panic("unwritten") }

// Send sends any other in-dialog request (NOTIFY, BENOTIFY).
func (d *Dialog) Send(method sip.Method, headers []sip.Header, body []byte) error { panic("unwritten") }

// Drop forgets the dialog without telling the client; later requests in it
// are answered 481.
func (d *Dialog) Drop() { panic("unwritten") }

// Conn is the connection the dialog lives on; From is its client; Endpoint its
// epid (the epid parameter of From, or else the instance of the registration).
func (d *Dialog) Conn() *Conn      { panic("unwritten") }
func (d *Dialog) From() Identity   { panic("unwritten") }
func (d *Dialog) Endpoint() string { panic("unwritten") }

// LocalURI is the address the client called (the To URI, as sent).
func (d *Dialog) LocalURI() string { panic("unwritten") }

// Conn is one client connection.
type Conn struct{}

// Remote is the client's address; Local ours; Secure says that it is TLS.
func (c *Conn) Remote() net.Addr { panic("unwritten") }
func (c *Conn) Local() net.Addr  { panic("unwritten") }
func (c *Conn) Secure() bool     { panic("unwritten") }

// Close closes the connection; its dialogs end with EndConnection. Why is for
// the log. It does not block and may be called from anywhere.
func (c *Conn) Close(why string) { panic("unwritten") }

// OnClose calls fn once when the connection is gone, in its own goroutine; at
// once if it is already.
func (c *Conn) OnClose(fn func()) { panic("unwritten") }
