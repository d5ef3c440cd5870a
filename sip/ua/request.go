package ua

import (
	"sync"

	"perch/sip"
	"perch/sip/auth"
)

// Request is a received request. The message is valid until the handler
// returns; Defer keeps what a later answer needs.
type Request struct {
	*sip.Message
	Conn *Conn
	From Identity

	sign     *auth.Association
	tag      string // our To tag, if the answer makes or belongs to a dialog
	answered bool
}

// Sign makes the answer be signed, where the request's sender was not known
// before it was handled: the REGISTER that completes a sign-in.
func (r *Request) Sign(a *auth.Association) { r.sign = a }

// Respond sends the final answer. Each request is answered exactly once; a
// second answer is dropped. An empty reason is the standard phrase.
func (r *Request) Respond(status int, reason string, headers []sip.Header, body []byte) {
	if r.answered {
		return
	}
	r.answered = true
	tag := r.tag
	if tag == "" {
		tag = r.Conn.stack.freshTag()
	}
	out := &r.Conn.out
	b := sip.AppendStatusLine(out.begin(), status, reason)
	b = sip.AppendEcho(b, r.Message, tag, status < 300)
	b = appendHeaders(b, headers)
	if r.sign != nil {
		f := auth.FieldsOf(r.Message).Response(status, []byte(tag), expiresOf(headers))
		b = r.sign.AppendSignature(b, &f)
	}
	_ = out.end(sip.AppendEnd(b, body)) // a dead connection is noticed by its reader
}

// Refuse answers with a refusal.
func (r *Request) Refuse(f *Refusal) { r.Respond(f.Status, f.Reason, f.Headers, nil) }

func appendHeaders(b []byte, headers []sip.Header) []byte {
	for _, h := range headers {
		b = sip.AppendHeader(b, h.Name, h.Value)
	}
	return b
}

// expiresOf is the value of the Expires header, which signatures cover.
func expiresOf(headers []sip.Header) []byte {
	for _, h := range headers {
		if h.Name == "Expires" {
			return []byte(h.Value)
		}
	}
	return nil
}

// Defer returns a handle by which the request can be answered after the
// handler returned, from any goroutine.
func (r *Request) Defer() *Deferred {
	d := deferreds.Get().(*Deferred)
	d.conn, d.sign = r.Conn, r.sign
	tag := r.tag
	if tag == "" {
		tag = r.Conn.stack.freshTag()
	}
	d.echo = sip.AppendEcho(d.echo[:0], r.Message, tag, false)
	if d.sign != nil {
		d.message, d.tag = r.Clone(), tag
	}
	r.answered = true
	return d
}

var deferreds = sync.Pool{New: func() any { return new(Deferred) }}

// Deferred is a request that is answered later. Whoever holds it answers it
// exactly once and then must not use it again (it is pooled).
type Deferred struct {
	conn    *Conn
	echo    []byte // what the response takes from the request
	sign    *auth.Association
	message *sip.Message // only to sign
	tag     string
}

// Respond queues the answer on the connection without writing it out, so that
// what follows at once (the echo of a post) shares the write. Flush writes.
// If the connection is gone nothing happens.
func (d *Deferred) Respond(status int, reason string, headers []sip.Header) {
	out := &d.conn.out
	b := sip.AppendStatusLine(out.begin(), status, reason)
	b = append(b, d.echo...)
	b = appendHeaders(b, headers)
	if d.sign != nil {
		f := auth.FieldsOf(d.message).Response(status, []byte(d.tag), expiresOf(headers))
		b = d.sign.AppendSignature(b, &f)
	}
	_ = out.end(sip.AppendEnd(b, nil)) // a dead connection is noticed by its reader
}

// Flush writes out what is queued on the connection and releases d.
func (d *Deferred) Flush() {
	d.conn.out.flush()
	*d = Deferred{echo: d.echo}
	deferreds.Put(d)
}
