package ua

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"perch/sip"
	"perch/sip/auth"
	"perch/sip/dialog"
)

// Errors of sending in a dialog.
var (
	ErrEnded    = errors.New("the dialog has ended")
	ErrOverflow = errors.New("the client does not keep up")
)

// Dialog is one dialog with a client, bound to the connection that made it.
//
// Our requests in it need no transaction each: on a reliable transport nothing
// is sent again (RFC 3261 17.1.2.2), and the client answers in order, so two
// counters and the time of the last answer are all their state.
type Dialog struct {
	conn     *Conn
	handler  DialogHandler
	user     string
	endpoint string
	tag      string // ours
	number   uint64
	isInvite bool
	offer    []byte // the body of our 200, for a re-INVITE
	offered  string // its content type
	sign     atomic.Pointer[auth.Association]
	ended    atomic.Bool

	expires  atomic.Int64  // seconds of the session or subscription; 0: none
	answers  atomic.Uint32 // final answers received
	deadline atomic.Int64  // Unix nanoseconds when the session expires
	heard    atomic.Int64  // Unix nanoseconds of the last answer, or of the first request after all were answered

	mu     sync.Mutex // guards the fields below; held while printing into the out-buffer, never during a write
	state  dialog.Dialog
	sent   uint32 // requests that want an answer
	accept *unacknowledged
}

// unacknowledged is a 2xx to an INVITE that waits for its ACK; it is sent
// again meanwhile (RFC 3261 13.3.1.4).
type unacknowledged struct {
	answer   []byte
	interval time.Duration
	next     time.Time
	until    time.Time
}

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

const allowed = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, SERVICE, MESSAGE"

// Accept answers 200 with a To tag and a Contact and returns the dialog, or nil
// if the request's headers are too long to keep (it is then answered 513).
func (r *Request) Accept(a Accept) *Dialog {
	s := r.Conn.stack
	d := &Dialog{
		conn: r.Conn, handler: a.Handler, user: r.From.User, endpoint: EndpointOf(r.Message),
		isInvite: r.Method == sip.INVITE,
		offer:    bytes.Clone(a.Body), offered: a.ContentType,
	}
	d.expires.Store(int64(max(a.SessionExpires, a.Expires)))
	if !d.isInvite {
		d.offer = nil
	}
	d.sign.Store(r.From.Association)
	s.table.insert(d, s.random())
	d.tag = hex.EncodeToString(bigEndian(d.number))
	r.tag = d.tag
	var err error
	d.state, err = dialogOf(r, d.tag)
	if err != nil {
		s.table.remove(d)
		r.Respond(513, "", nil, nil)
		return nil
	}
	now := time.Now()
	d.heard.Store(now.UnixNano())
	d.refresh(now)
	if !r.Conn.adopt(d) {
		s.table.remove(d)
	}
	headers := slices.Concat([]sip.Header{{Name: "Contact", Value: r.Conn.contact}}, a.Headers, d.answerHeaders())
	if a.ContentType != "" {
		headers = append(headers, sip.Header{Name: "Content-Type", Value: a.ContentType})
	}
	if d.isInvite {
		d.expectACK(r, headers, a.Body, now)
	}
	r.Respond(200, "", headers, a.Body)
	return d
}

func dialogOf(r *Request, tag string) (dialog.Dialog, error) {
	state, err := dialog.NewUAS(r.Message, dialog.Local{Tag: tag, Via: r.Conn.via, Contact: "<" + string(sip.AddressURI(r.To)) + ">"})
	if err != nil {
		return dialog.Dialog{}, err
	}
	state.Confirm()
	return *state, nil
}

// answerHeaders are what a 200 that makes or refreshes a session carries.
func (d *Dialog) answerHeaders() []sip.Header {
	if !d.isInvite {
		return nil
	}
	h := []sip.Header{{Name: "Allow", Value: allowed}}
	if seconds := d.expires.Load(); seconds > 0 {
		h = append(h, sip.Header{Name: "Supported", Value: "timer"},
			sip.Header{Name: "Session-Expires", Value: strconv.FormatInt(seconds, 10) + ";refresher=uac"})
	}
	return h
}

// expectACK keeps the 200 to be sent again until it is acknowledged. A client
// that never does keeps its dialog: a BYE would kill its chat (SIPE 7.3).
func (d *Dialog) expectACK(r *Request, headers []sip.Header, body []byte, now time.Time) {
	t1 := d.conn.stack.timers.T1
	b := sip.AppendResponse(nil, r.Message, 200, "", d.tag, headers, body)
	if d.sign.Load() != nil {
		return // a signed answer is not sent again: it would need a new signature
	}
	d.mu.Lock() // the sweep knows the dialog already
	d.accept = &unacknowledged{answer: b, interval: t1, next: now.Add(t1), until: now.Add(64 * t1)}
	d.mu.Unlock()
}

func bigEndian(n uint64) []byte {
	return []byte{byte(n >> 56), byte(n >> 48), byte(n >> 40), byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// EndpointOf is the name of the endpoint that sent a message: the epid
// parameter of From, or else the instance in Contact (SIPE 2).
func EndpointOf(m *sip.Message) string {
	if epid, ok := sip.Param(m.From, "epid"); ok {
		return string(epid)
	}
	if instance, ok := sip.Param(m.Contact, "+sip.instance"); ok {
		return string(instance)
	}
	return ""
}

// Conn is the connection the dialog lives on.
func (d *Dialog) Conn() *Conn { return d.conn }

// From is the dialog's client.
func (d *Dialog) From() Identity { return Identity{User: d.user, Association: d.sign.Load()} }

// Endpoint is the client's epid, or else its instance.
func (d *Dialog) Endpoint() string { return d.endpoint }

// LocalURI is the address the client called (the To URI, as sent).
func (d *Dialog) LocalURI() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(sip.AddressURI(d.state.LocalAddress()))
}

// Drop forgets the dialog without telling the client; later requests in it
// are answered 481.
func (d *Dialog) Drop() { d.end(EndDropped) }

// end ends the dialog once.
func (d *Dialog) end(cause EndCause) {
	if d.ended.Swap(true) {
		return
	}
	d.conn.stack.table.remove(d)
	d.conn.forget(d)
	d.mu.Lock()
	d.state.Terminate()
	d.accept = nil
	d.mu.Unlock()
	d.handler.DialogEnded(d, cause)
}

// refresh puts the end of the session off (RFC 4028 10).
func (d *Dialog) refresh(now time.Time) {
	if seconds := d.expires.Load(); seconds > 0 {
		d.deadline.Store(now.Add(time.Duration(seconds) * time.Second).UnixNano())
	}
}

// SetExpires changes a subscription's life after it was refreshed.
func (d *Dialog) SetExpires(seconds int) {
	d.expires.Store(int64(seconds))
	d.refresh(time.Now())
}

// adopt ties the dialog to its connection; false if that is gone already.
func (c *Conn) adopt(d *Dialog) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.dialogs = append(c.dialogs, d)
	return true
}

func (c *Conn) forget(d *Dialog) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.dialogs, d); i >= 0 {
		last := len(c.dialogs) - 1
		c.dialogs[i], c.dialogs[last] = c.dialogs[last], nil
		c.dialogs = c.dialogs[:last]
	}
}
