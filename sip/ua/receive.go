package ua

import (
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"perch/sip"
	"perch/sip/auth"
	"perch/sip/transaction"
)

// receive handles one well-framed message, in the reader goroutine.
func (c *Conn) receive(m *sip.Message) {
	if !m.IsRequest() {
		c.receiveResponse(m)
		return
	}
	if defect := m.Check(); defect != nil {
		c.stack.cfg.Log.Debug("malformed request", slog.String("remote", c.Remote().String()), slog.String("why", defect.Text))
		c.refuse(m, refusalOf(defect))
		return
	}
	r := &Request{Message: m, Conn: c}
	d, refused := c.dialogOf(m)
	switch {
	case m.Method == sip.ACK:
		if d != nil {
			d.acknowledged()
		}
	case m.Method == sip.CANCEL:
		c.cancel(r)
	case refused != 0:
		c.sign(r)
		r.Respond(refused, "", nil, nil)
	case !c.understands(r):
	case d != nil:
		d.receive(r)
	default:
		c.receiveNew(r)
	}
}

// dialogOf finds the dialog of a request by our tag in To. A request with a
// To tag that names no dialog of this connection deserves 481.
func (c *Conn) dialogOf(m *sip.Message) (d *Dialog, refused int) {
	tag := sip.Tag(m.To)
	if tag == nil {
		return nil, 0
	}
	if len(tag) == 16 {
		var number [8]byte
		if _, err := hex.Decode(number[:], tag); err == nil {
			var n uint64
			for _, b := range number {
				n = n<<8 | uint64(b)
			}
			d = c.stack.table.find(n)
		}
	}
	if d == nil || d.conn != c || !d.matches(m) {
		if m.Method == sip.REGISTER { // some clients keep the tag of the last answer
			return nil, 0
		}
		return nil, 481
	}
	return d, 0
}

func (d *Dialog) matches(m *sip.Message) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.state.CallID()) == string(m.CallID) && string(sip.Tag(d.state.RemoteAddress())) == string(sip.Tag(m.From))
}

// extensions are the option tags that a request may require of us.
const extensions = " timer adhoclist categorylist eventlist ms-benotify ms-piggyback-first-notify com.microsoft.autoextend ms-sender gruu-10 "

// unknownExtensions lists what Require asks for and we do not have.
func unknownExtensions(m *sip.Message) string {
	var unknown []string
	for v := range m.All("require") {
		for tag := range strings.SplitSeq(string(v), ",") {
			tag = strings.TrimSpace(tag)
			if tag != "" && !strings.Contains(extensions, " "+strings.ToLower(tag)+" ") {
				unknown = append(unknown, tag)
			}
		}
	}
	return strings.Join(unknown, ", ")
}

// sign makes the answer to a request outside of dialogs be signed where its
// sender can be told: a client that signs passes over an answer that is not, and
// would never learn that its dialog is gone (SIPE 7.2).
func (c *Conn) sign(r *Request) {
	if from, refusal := c.stack.cfg.Guard.Identify(c, r.Message); refusal == nil {
		r.Sign(from.Association)
	}
}

// understands refuses a request that requires what we do not have (RFC 3261
// 8.2.2.3).
func (c *Conn) understands(r *Request) bool {
	unknown := unknownExtensions(r.Message)
	if unknown != "" {
		r.Respond(420, "", []sip.Header{{Name: "Unsupported", Value: unknown}}, nil)
	}
	return unknown == ""
}

// receiveNew handles a request outside of dialogs.
func (c *Conn) receiveNew(r *Request) {
	if r.Method != sip.REGISTER && r.Method != sip.OPTIONS { // OPTIONS asks what a server can do, and whether it lives
		from, refusal := c.stack.cfg.Guard.Identify(c, r.Message)
		if refusal != nil {
			r.Refuse(refusal)
			return
		}
		r.From, r.sign = from, from.Association
	}
	if r.Method == sip.INVITE && c.repeated(r) {
		return
	}
	c.stack.cfg.Handler.ServeSIP(r)
}

// repeated absorbs an INVITE that was sent again, and refuses one too many.
func (c *Conn) repeated(r *Request) bool {
	now := time.Now()
	key := transaction.AppendKey(nil, r.Message)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.invites {
		if t := &c.invites[i]; t.key == string(key) {
			t.machine.Step(transaction.Request, now)
			return true
		}
	}
	if len(c.invites) >= c.stack.cfg.MaxInvites {
		r.Respond(503, "", []sip.Header{{Name: "Retry-After", Value: "32"}}, nil)
		return true
	}
	t := inviteTransaction{key: string(key), machine: transaction.NewInviteServer(&c.stack.timers, now)}
	t.machine.Step(transaction.Success, now) // whatever the answer: it absorbs for as long
	c.invites = append(c.invites, t)
	return false
}

// cancel answers CANCEL. Our INVITEs have their final answer before a CANCEL
// can be read, so it never has an effect (RFC 3261 9.2).
func (c *Conn) cancel(r *Request) {
	key := transaction.AppendCancelled(nil, r.Message)
	c.mu.Lock()
	known := false
	for i := range c.invites {
		known = known || c.invites[i].key == string(key)
	}
	c.mu.Unlock()
	if known {
		r.Respond(200, "", nil, nil)
	} else {
		r.Respond(481, "", nil, nil)
	}
}

// receiveResponse takes an answer to a request of ours to its dialog. The
// branch of its Via names that (RFC 3261 17.1.3); what else it carries is
// looked at only where it is used.
func (c *Conn) receiveResponse(m *sip.Message) {
	number, ok := transaction.BranchNumber(m)
	if !ok {
		return
	}
	d := c.stack.table.find(number)
	if d == nil || d.conn != c {
		return
	}
	if a := d.sign.Load(); a != nil {
		f := auth.FieldsOf(m)
		if err := a.Verify(&f, m.Get("authorization")); err != nil {
			if _, refusal := c.stack.cfg.Guard.Identify(c, m); refusal != nil {
				c.stack.cfg.Log.Warn("response with a bad signature", slog.String("principal", d.user), slog.String("remote", c.Remote().String()))
				return
			}
		}
	}
	d.answered(m)
}

// receive handles a request in the dialog.
func (d *Dialog) receive(r *Request) {
	r.tag = d.tag
	if refusal := d.identify(r); refusal != nil {
		r.Refuse(refusal)
		return
	}
	d.mu.Lock()
	refused := d.state.Check(r.Message)
	d.mu.Unlock()
	switch {
	case refused != 0:
		r.Respond(refused, "", nil, nil)
	case r.Method == sip.BYE:
		r.Respond(200, "", nil, nil)
		d.end(EndBye)
	case r.Method == sip.UPDATE, r.Method == sip.INVITE:
		d.refreshed(r)
	case r.Method == sip.OPTIONS:
		r.Respond(200, "", []sip.Header{{Name: "Allow", Value: allowed}}, nil)
	default:
		d.handler.ServeDialog(d, r)
	}
}

// identify checks that the request comes from the dialog's client. Over the
// connection that made the dialog, who needs no signature is who he was.
func (d *Dialog) identify(r *Request) *Refusal {
	a := d.sign.Load()
	if a == nil {
		r.From = Identity{User: d.user}
		return nil
	}
	f := auth.FieldsOf(r.Message)
	if a.Verify(&f, r.Get("authorization")) == nil {
		r.From, r.sign = Identity{User: d.user, Association: a}, a
		return nil
	}
	from, refusal := d.conn.stack.cfg.Guard.Identify(d.conn, r.Message)
	switch {
	case refusal != nil:
		return refusal
	case from.User != d.user:
		return &Refusal{Status: 403}
	}
	d.sign.Store(from.Association) // the client has signed in anew (SIPE 3.10)
	r.From, r.sign = from, from.Association
	return nil
}

// refreshed answers UPDATE and re-INVITE (RFC 4028 9, RFC 3311).
func (d *Dialog) refreshed(r *Request) {
	d.mu.Lock()
	err := d.state.Retarget(r.Message)
	d.mu.Unlock()
	if err != nil {
		r.Respond(513, "", nil, nil)
		return
	}
	d.refresh(time.Now())
	headers := append([]sip.Header{{Name: "Contact", Value: d.conn.contact}}, d.answerHeaders()...)
	if r.Method == sip.INVITE && len(d.offer) > 0 {
		r.Respond(200, "", append(headers, sip.Header{Name: "Content-Type", Value: d.offered}), d.offer)
		return
	}
	r.Respond(200, "", headers, nil)
}

func (d *Dialog) acknowledged() {
	d.mu.Lock()
	d.accept = nil
	d.mu.Unlock()
}
