package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"perch/sip"
	"perch/sip/auth"
)

// Endpoint is one user on a connection, with at most one chat dialog. Its
// methods are for one goroutine at a time.
type Endpoint struct {
	conn   *Conn
	user   string // "alice"
	domain string
	epid   string
	calls  int
	signer atomic.Pointer[auth.Signer] // set once he has proved himself

	registers    int // REGISTERs so far
	registration string

	// Of the chat dialog.
	callID, tag, remote, target string
	seq, envid                  int
	awaited                     atomic.Uint32 // CSeq of the INFO whose 200 is waited for

	answers chan Answer // final answers, in order
	replies chan []byte // bodies of rpl: INFOs
	failed  chan error
}

// NewEndpoint returns the endpoint of a user. It sends nothing.
func NewEndpoint(c *Conn, user, domain string) *Endpoint {
	return &Endpoint{
		conn: c, user: user, domain: domain, epid: fmt.Sprintf("e%011s", user),
		answers: make(chan Answer, 128), replies: make(chan []byte, 64), failed: make(chan error, 1),
	}
}

// User is his name, the part of his address before the @.
func (ep *Endpoint) User() string { return ep.user }

// URI is his SIP address.
func (ep *Endpoint) URI() string { return "sip:" + ep.user + "@" + ep.domain }

// Conn is the connection that the endpoint lives on.
func (ep *Endpoint) Conn() *Conn { return ep.conn }

// Failed tells that the connection is lost, or that the server did what it
// must not do.
func (ep *Endpoint) Failed() <-chan error { return ep.failed }

// Refused tells of posts that were refused, while no call waits for an answer.
func (ep *Endpoint) Refused() <-chan Answer { return ep.answers }

func (ep *Endpoint) fail(err error) {
	select {
	case ep.failed <- err:
	default:
	}
}

// Answer is a final answer of the server.
type Answer struct {
	Status int
	Method sip.Method
	Reason string // of ms-diagnostics, or else of the status line
	Number int    // of ms-diagnostics

	offer      string // WWW-Authenticate
	to, target string
	body       []byte
}

// ErrRefused says that the server answered with something else than success.
var ErrRefused = errors.New("refused")

// Refusal is a negative answer to a request or command.
type Refusal struct {
	User   string
	What   string // "REGISTER", "cmd:join"
	Status int    // of SIP, or of the reply
	Reason string
	Number int // of ms-diagnostics, if there is one
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: %s refused with %d: %s", r.User, r.What, r.Status, r.Reason)
}

// Is makes errors.Is find ErrRefused.
func (r *Refusal) Is(target error) bool { return target == ErrRefused }

// answer takes an answer in the connection's reader. That an INFO arrived is of
// no interest, unless somebody waits for it.
func (ep *Endpoint) answer(m *sip.Message) {
	if m.Status < 200 || m.SeqMethod == sip.INFO && m.Status < 300 && m.Seq != ep.awaited.Load() {
		return
	}
	a := Answer{
		Status: m.Status, Method: m.SeqMethod, Reason: string(m.Reason), offer: string(m.Get("www-authenticate")),
		to: string(m.To), target: string(sip.AddressURI(m.Contact)), body: bytes.Clone(m.Body),
	}
	if d := m.Get("ms-diagnostics"); d != nil {
		number, _, _ := strings.Cut(string(d), ";")
		a.Number, _ = strconv.Atoi(number) // one that is no number is 0
		if reason, ok := sip.Param(d, "reason"); ok {
			a.Reason = string(reason)
		}
	}
	select {
	case ep.answers <- a:
	default:
		ep.fail(fmt.Errorf("%s: more answers than requests", ep.user))
	}
}

// verify says whether a message of the server is signed as it must be
// (SIPE 3.5, 3.9). One that is not ends the endpoint.
func (ep *Endpoint) verify(s *auth.Signer, m *sip.Message) bool {
	f := auth.FieldsOf(m)
	if m.Status == 401 || m.Status == 100 || s.Verify(&f, m.Get("authentication-info")) == nil {
		return true
	}
	ep.fail(fmt.Errorf("%s: %s %d of the server: %w", ep.user, m.SeqMethod, m.Seq, auth.ErrSignature))
	return false
}

// reply takes the body of an INFO in the connection's reader.
func (ep *Endpoint) reply(body []byte) {
	if !bytes.Contains(body, []byte("<rpl ")) {
		return
	}
	select {
	case ep.replies <- bytes.Clone(body):
	default:
		ep.fail(fmt.Errorf("%s: more replies than commands", ep.user))
	}
}

// request is one outside of the chat dialog.
type request struct {
	method  sip.Method
	uri     string
	to      string // the user himself, if empty
	headers []sip.Header
	media   string
	body    string
	call    string // empty: one of its own
	seq     int    // 0: 1
	prove   *auth.Signer
}

// print makes the bytes of a request, signed if there is a signer.
func (ep *Endpoint) print(r *request) []byte {
	ep.calls++
	if r.call == "" {
		r.call = fmt.Sprintf("%s-%d-%d", ep.epid, ep.calls, time.Now().UnixNano())
	}
	ep.conn.expect(r.call, ep)
	if r.to == "" {
		r.to = ep.URI()
	}
	local := ep.conn.conn.LocalAddr().String()
	msg := fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s-%d\r\nFrom: <%s>;tag=t%d;epid=%s\r\nTo: <%s>\r\n"+
		"Max-Forwards: 70\r\nCSeq: %d %s\r\nCall-ID: %s\r\nUser-Agent: perch-probe\r\nContact: <sip:%s;transport=%s>;+sip.instance=\"<urn:uuid:%s>\"\r\n",
		r.method, r.uri, ep.conn.scheme, local, r.call, max(r.seq, 1), ep.URI(), ep.calls, ep.epid, r.to,
		max(r.seq, 1), r.method, r.call, local, ep.conn.scheme, instance(ep.epid))
	for _, h := range r.headers {
		msg = sip.AppendHeader(msg, h.Name, h.Value)
	}
	if r.media != "" {
		msg = sip.AppendHeader(msg, "Content-Type", r.media)
	}
	return ep.sign(sip.AppendEnd(msg, []byte(r.body)), r.prove)
}

// sign puts the signature into a whole request; prove is the signer whose proof
// this request is to carry.
func (ep *Endpoint) sign(msg []byte, prove *auth.Signer) []byte {
	s := ep.signer.Load()
	if s == nil && prove == nil {
		return msg
	}
	var m sip.Message
	if n, err := sip.Parse(msg, sip.Limits{}, &m); err != nil || n == 0 {
		return msg // ours can be read
	}
	f := auth.FieldsOf(&m)
	var value string
	if prove != nil {
		value = prove.Proof(&f)
	} else {
		value = s.Authorization(&f)
	}
	head := m.Head[:len(m.Head)-2]
	signed := sip.AppendHeader(append(make([]byte, 0, len(msg)+512), head...), "Authorization", value)
	return append(append(signed, "\r\n"...), m.Body...)
}

// instance makes a stable uuid of an endpoint's id.
func instance(epid string) string {
	var sum uint64 = 1469598103934665603
	for _, c := range []byte(epid) {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	s := fmt.Sprintf("%016x%016x", sum, sum*31)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:32]
}

// ask sends a request and waits for its final answer, whatever that is.
func (ep *Endpoint) ask(ctx context.Context, msg []byte, what string) (Answer, error) {
	if err := ep.conn.Write(msg); err != nil {
		return Answer{}, err
	}
	ctx, cancel := ep.patience(ctx)
	defer cancel()
	select {
	case a := <-ep.answers:
		return a, nil
	case err := <-ep.failed:
		return Answer{}, err
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("%s: no answer to %s: %w", ep.user, what, ctx.Err())
	}
}

// patience bounds a wait by what the connection says.
func (ep *Endpoint) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	if ep.conn.Patience == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, ep.conn.Patience)
}

// demand sends a request, which must be answered 200.
func (ep *Endpoint) demand(ctx context.Context, msg []byte, what string) (Answer, error) {
	a, err := ep.ask(ctx, msg, what)
	if err == nil && a.Status != 200 {
		err = ep.refusal(what, &a)
	}
	return a, err
}

func (ep *Endpoint) refusal(what string, a *Answer) error {
	return &Refusal{User: ep.user, What: what, Status: a.Status, Reason: a.Reason, Number: a.Number}
}
