package ua

import (
	"errors"
	"net"
	"strings"
	"time"

	"perch/sip"
	"perch/sip/auth"
)

const infoType = "text/plain; charset=UTF-8"

// Deliver sends one INFO per body (Content-Type text/plain; charset=UTF-8) in
// one write. Bodies are copied into the connection's out buffer during the
// call and are not kept. It never blocks; the error is ErrEnded, or
// ErrOverflow when the client does not keep up, in which case the connection
// has been closed.
func (d *Dialog) Deliver(bodies ...[]byte) error {
	if d.ended.Load() {
		return ErrEnded
	}
	d.mu.Lock()
	if err := d.expect(len(bodies)); err != nil {
		d.mu.Unlock()
		return err
	}
	out := &d.conn.out
	b := out.begin()
	for _, body := range bodies {
		b = d.appendRequest(b, sip.INFO, infoType, nil, body)
	}
	err := out.end(b)
	d.mu.Unlock()
	if err != nil {
		return undelivered(err)
	}
	out.flush()
	return nil
}

// Send sends any other in-dialog request (NOTIFY, BENOTIFY).
func (d *Dialog) Send(method sip.Method, headers []sip.Header, body []byte) error {
	if d.ended.Load() {
		return ErrEnded
	}
	wanted := 1
	if method == sip.BENOTIFY { // it has no answer
		wanted = 0
	}
	contentType := ""
	for i, h := range headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			contentType = h.Value
			headers = append(headers[:i:i], headers[i+1:]...)
			break
		}
	}
	d.mu.Lock()
	if err := d.expect(wanted); err != nil {
		d.mu.Unlock()
		return err
	}
	out := &d.conn.out
	err := out.end(d.appendRequest(out.begin(), method, contentType, headers, body))
	d.mu.Unlock()
	if err != nil {
		return undelivered(err)
	}
	out.flush()
	return nil
}

// undelivered says why a connection's out-buffer took nothing.
func undelivered(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return ErrEnded
	}
	return ErrOverflow
}

// expect counts requests that want an answer. Too many without one: the client
// is cut off.
func (d *Dialog) expect(n int) error {
	pending := int32(d.sent - d.answers.Load())
	if pending < 0 { // more answers than requests
		d.answers.Store(d.sent)
		pending = 0
	}
	if pending == 0 {
		d.heard.Store(d.conn.stack.clock.Load())
	}
	if int(pending)+n > d.conn.stack.cfg.MaxPending {
		d.conn.stack.wg.Go(func() { d.conn.close(EndOverflow, "the client does not answer") })
		return ErrOverflow
	}
	d.sent += uint32(n)
	return nil
}

func (d *Dialog) appendRequest(b []byte, method sip.Method, contentType string, headers []sip.Header, body []byte) []byte {
	seq := d.state.NextSeq()
	b = d.state.AppendRequestHead(b, method, seq, d.number, contentType, len(body))
	b = appendHeaders(b, headers)
	if a := d.sign.Load(); a != nil {
		f := d.fields(method, seq)
		f.Expires = expiresOf(headers)
		b = a.AppendSignature(b, &f)
	}
	b = append(b, '\r', '\n')
	return append(b, body...)
}

// fields are what a signature of our request covers.
func (d *Dialog) fields(method sip.Method, seq uint32) auth.Fields {
	from, to := d.state.LocalAddress(), d.state.RemoteAddress()
	return auth.Fields{
		CallID: d.state.CallID(), Seq: seq, Method: method,
		FromURI: sip.AddressURI(from), FromTag: sip.Tag(from), ToURI: sip.AddressURI(to), ToTag: sip.Tag(to),
	}
}

// answered takes a final answer to one of our requests. 481 and 487 say that
// the client has lost the dialog (SIPE 5.2); other refusals concern only the
// one request.
func (d *Dialog) answered(m *sip.Message) {
	if m.Status < 200 {
		return
	}
	d.heard.Store(d.conn.stack.clock.Load())
	d.answers.Add(1)
	if m.Status == 481 || m.Status == 487 {
		d.end(EndRefused)
	}
}

// overdue says whether the client has answered nothing for too long.
func (d *Dialog) overdue(now time.Time) bool {
	d.mu.Lock()
	pending := int32(d.sent - d.answers.Load())
	d.mu.Unlock()
	return pending > 0 && now.Sub(time.Unix(0, d.heard.Load())) > d.conn.stack.cfg.Unanswered
}
