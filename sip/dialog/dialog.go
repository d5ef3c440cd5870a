package dialog

import (
	"errors"

	"perch/sip"
)

// State is where a dialog stands (RFC 3261 12).
type State uint8

// A dialog is early from a 1xx with To tag, confirmed from a 2xx.
const (
	Early State = iota
	Confirmed
	Terminated
)

func (s State) String() string {
	return [...]string{"early", "confirmed", "terminated"}[min(s, Terminated)]
}

// Local is our side of a dialog.
type Local struct {
	Tag     string // unique; for the To tag of the response. NewUAC takes From's.
	Via     string // "SIP/2.0/TCP 192.0.2.1:5060", without branch
	Contact string // whole header value; empty: no Contact is printed
}

// Dialog is one dialog. Make it with NewUAS or NewUAC.
type Dialog struct {
	template
	id        ID
	state     State
	localSeq  uint32
	remoteSeq uint32
	heard     bool // remoteSeq is set

	// Session is the session timer; the zero value is none.
	Session Session
}

// ErrTooLong says that the dialog's fixed headers exceed MaxTemplate; the
// request deserves 513.
var ErrTooLong = errors.New("dialog: the headers to be kept are too long")

// NewUAS makes the dialog that a request begins, which is being answered with
// l.Tag (RFC 3261 12.1.1). It is early until Confirm. A request without
// Contact, against the rule, is taken to come from its From URI.
func NewUAS(req *sip.Message, l Local) (*Dialog, error) {
	target := sip.AddressURI(req.Contact)
	if len(target) == 0 {
		target = sip.AddressURI(req.From)
	}
	p := parts{
		callID: req.CallID, local: req.To, localTag: l.Tag, remote: req.From,
		target: target, via: l.Via, contact: l.Contact,
	}
	for line := range req.All("record-route") {
		p.routes = appendValues(p.routes, line)
	}
	tag := sip.Tag(req.To)
	if tag == nil {
		tag = []byte(l.Tag)
	}
	return p.dialog(Dialog{remoteSeq: req.Seq, heard: true, id: ID(appendID(nil, req.CallID, tag, sip.Tag(req.From)))})
}

// NewUAC makes the dialog that a response to our request begins (RFC 3261
// 12.1.2), early or confirmed by its status. When the 2xx of an early dialog
// comes, it is made anew, because the route set may differ (RFC 3261
// 13.2.2.4). l.Tag is not used.
func NewUAC(req, resp *sip.Message, l Local) (*Dialog, error) {
	target := sip.AddressURI(resp.Contact)
	if len(target) == 0 {
		target = req.URI
	}
	p := parts{
		callID: req.CallID, local: req.From, remote: resp.To,
		target: target, via: l.Via, contact: l.Contact,
	}
	for line := range resp.All("record-route") {
		p.routes = appendValues(p.routes, line)
	}
	for i, j := 0, len(p.routes)-1; i < j; i, j = i+1, j-1 {
		p.routes[i], p.routes[j] = p.routes[j], p.routes[i]
	}
	d := Dialog{localSeq: req.Seq, id: ID(appendID(nil, req.CallID, sip.Tag(req.From), sip.Tag(resp.To)))}
	if resp.Status >= 200 {
		d.state = Confirmed
	}
	return p.dialog(d)
}

// ID names the dialog.
func (d *Dialog) ID() ID { return d.id }

// State is where the dialog stands.
func (d *Dialog) State() State { return d.state }

// Confirm makes an early dialog confirmed.
func (d *Dialog) Confirm() {
	if d.state == Early {
		d.state = Confirmed
	}
}

// Terminate ends the dialog for good.
func (d *Dialog) Terminate() { d.state = Terminated }

// NextSeq is the CSeq number of the next request we send; the first is 1.
// ACK and CANCEL take that of their INVITE instead.
func (d *Dialog) NextSeq() uint32 {
	d.localSeq++
	return d.localSeq
}

// Check takes the CSeq number of a received in-dialog request (RFC 3261
// 12.2.2) and returns the status it must be refused with: 500 if it is lower
// than one seen before, 481 if the dialog is over, and 0 if it is to be
// served. Numbers may jump, and one may come twice: SIPE 3.10 sends a request
// anew under the same number after a 401. ACK and CANCEL, which are never
// numbered nor refused, always give 0.
func (d *Dialog) Check(m *sip.Message) int {
	switch {
	case m.Method == sip.ACK || m.Method == sip.CANCEL:
		return 0
	case d.state == Terminated:
		return 481
	case d.heard && m.Seq < d.remoteSeq:
		return 500
	}
	d.remoteSeq, d.heard = m.Seq, true
	return 0
}

// Retarget takes the remote target from a target refresh: a request that is
// answered 2xx, or the 2xx to ours (RFC 3261 12.2, RFC 3311 5.1, RFC 6665
// 4.4). Other methods, and messages without Contact, change nothing.
func (d *Dialog) Retarget(m *sip.Message) error {
	method := m.Method
	if !m.IsRequest() {
		method = m.SeqMethod
	}
	switch method {
	case sip.INVITE, sip.UPDATE, sip.SUBSCRIBE, sip.NOTIFY, sip.REFER:
	default:
		return nil
	}
	target := sip.AddressURI(m.Contact)
	if len(target) == 0 || string(target) == string(d.Target()) {
		return nil
	}
	return d.setTarget(target)
}
