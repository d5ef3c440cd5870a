package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"perch/sip"
)

// endpoint is one signed-in user on a link, with at most one chat dialog.
type endpoint struct {
	link   *link
	user   string // "load00001"
	domain string
	epid   string
	calls  int

	// of the chat dialog
	callID, tag, remote, target string
	seq, envid                  int

	answers chan answer // final answers, in order
	replies chan []byte // bodies of rpl: INFOs
	failed  chan error
}

type answer struct {
	status int
	method sip.Method
	to     string
	target string
}

func newEndpoint(l *link, user, domain string) *endpoint {
	return &endpoint{
		link: l, user: user, domain: domain, epid: fmt.Sprintf("e%011s", user),
		answers: make(chan answer, 128), replies: make(chan []byte, 64), failed: make(chan error, 1),
	}
}

func (ep *endpoint) uri() string { return "sip:" + ep.user + "@" + ep.domain }

func (ep *endpoint) fail(err error) {
	select {
	case ep.failed <- err:
	default:
	}
}

func (ep *endpoint) answer(m *sip.Message) {
	if m.Status < 200 || m.SeqMethod == sip.INFO && m.Status < 300 {
		return
	}
	a := answer{status: m.Status, method: m.SeqMethod, to: string(m.To), target: string(sip.AddressURI(m.Contact))}
	select {
	case ep.answers <- a:
	default:
		ep.fail(fmt.Errorf("%s: more answers than requests", ep.user))
	}
}

func (ep *endpoint) reply(body []byte) {
	if !bytes.Contains(body, []byte("<rpl ")) {
		return
	}
	select {
	case ep.replies <- bytes.Clone(body):
	default:
		ep.fail(fmt.Errorf("%s: more replies than commands", ep.user))
	}
}

// request prints a request outside of the chat dialog with a Call-ID of its own.
func (ep *endpoint) request(method sip.Method, uri, headers, contentType, body string) []byte {
	ep.calls++
	call := fmt.Sprintf("%s-%d-%d", ep.user, ep.calls, time.Now().UnixNano())
	ep.link.mu.Lock()
	ep.link.byCall[call] = ep
	ep.link.mu.Unlock()
	local := ep.link.conn.LocalAddr().String()
	if contentType != "" {
		headers += "Content-Type: " + contentType + "\r\n"
	}
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/tcp %s;branch=z9hG4bK%s\r\nFrom: <%s>;tag=t%d;epid=%s\r\nTo: <%s>\r\n"+
		"Max-Forwards: 70\r\nCSeq: 1 %s\r\nCall-ID: %s\r\nContact: <sip:%s;transport=tcp>;+sip.instance=\"<urn:uuid:%s>\"\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri, local, call, ep.uri(), ep.calls, ep.epid, toURI(method, uri, ep.uri()), method, call, local, instance(ep.user), headers, len(body), body)
}

func toURI(method sip.Method, uri, self string) string {
	if method == sip.INVITE {
		return uri
	}
	return self
}

// instance makes a stable uuid of a user name.
func instance(user string) string {
	var sum uint64 = 1469598103934665603
	for _, c := range []byte(user) {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	s := fmt.Sprintf("%016x%016x", sum, sum*31)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:32]
}

// ask sends a request and waits for its final answer, which must be 200.
func (ep *endpoint) ask(ctx context.Context, msg []byte, what string) (answer, error) {
	if err := ep.link.write(msg); err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	select {
	case a := <-ep.answers:
		if a.status != 200 {
			return a, fmt.Errorf("%s: %s: %w with %d", ep.user, what, errRefused, a.status)
		}
		return a, nil
	case err := <-ep.failed:
		return answer{}, err
	case <-ctx.Done():
		return answer{}, fmt.Errorf("%s: no answer to %s: %w", ep.user, what, ctx.Err())
	}
}

func (ep *endpoint) register(ctx context.Context) error {
	msg := ep.request(sip.REGISTER, "sip:"+ep.domain,
		"Supported: gruu-10, adhoclist, msrtc-event-categories\r\nEvent: registration\r\n", "", "")
	_, err := ep.ask(ctx, msg, "REGISTER")
	return err
}

// subscribe asks for one event package of the user himself.
func (ep *endpoint) subscribe(ctx context.Context, event, contentType, body string) error {
	headers := "Event: " + event + "\r\nSupported: ms-benotify\r\nProxy-Require: ms-benotify\r\nSupported: ms-piggyback-first-notify\r\n"
	if event == "vnd-microsoft-provisioning-v2" {
		headers += "Expires: 0\r\n"
	}
	_, err := ep.ask(ctx, ep.request(sip.SUBSCRIBE, ep.uri(), headers, contentType, body), "SUBSCRIBE "+event)
	return err
}

// openChat makes the chat dialog with the pool.
func (ep *endpoint) openChat(ctx context.Context) error {
	const sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain\r\n"
	pool := "sip:GC-1-PersistentChatService-1@" + ep.domain
	msg := ep.request(sip.INVITE, pool, "Supported: ms-sender\r\n", "application/sdp", sdp)
	a, err := ep.ask(ctx, msg, "INVITE")
	if err != nil {
		return err
	}
	_, call, _ := bytes.Cut(msg, []byte("Call-ID: "))
	ep.callID = string(call[:bytes.IndexByte(call, '\r')])
	ep.tag, ep.remote, ep.target, ep.seq = "t"+strconv.Itoa(ep.calls), a.to, a.target, 1
	return ep.link.write(ep.inDialog(nil, sip.ACK, 1, nil))
}

// inDialog appends a request in the chat dialog. Like the real client's it
// has no Via branch.
func (ep *endpoint) inDialog(dst []byte, method sip.Method, seq int, body []byte) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, ep.target...)
	dst = append(dst, " SIP/2.0\r\nVia: SIP/2.0/tcp 127.0.0.1:5060\r\nFrom: <"...)
	dst = append(dst, ep.uri()...)
	dst = append(dst, ">;tag="...)
	dst = append(dst, ep.tag...)
	dst = append(dst, ";epid="...)
	dst = append(dst, ep.epid...)
	dst = append(dst, "\r\nTo: "...)
	dst = append(dst, ep.remote...)
	dst = append(dst, "\r\nMax-Forwards: 70\r\nCSeq: "...)
	dst = strconv.AppendInt(dst, int64(seq), 10)
	dst = append(dst, ' ')
	dst = append(dst, method...)
	dst = append(dst, "\r\nCall-ID: "...)
	dst = append(dst, ep.callID...)
	if method == sip.INFO {
		dst = append(dst, "\r\nContent-Type: text/plain"...)
	}
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}

// info appends an INFO with the given XCCOS primitive.
func (ep *endpoint) info(dst []byte, primitive string) []byte {
	ep.seq++
	ep.envid++
	body := fmt.Appendf(nil, `<xccos ver="1" envid="%d" xmlns="urn:parlano:xml:ns:xccos">%s</xccos>`, ep.envid, primitive)
	return ep.inDialog(dst, sip.INFO, ep.seq, body)
}

// command sends an XCCOS command and waits for its reply, which must be 200.
func (ep *endpoint) command(ctx context.Context, name, data string) ([]byte, error) {
	prim := `<cmd id="cmd:` + name + `" seqid="1"><data>` + data + `</data></cmd>`
	if err := ep.link.write(ep.info(nil, prim)); err != nil {
		return nil, err
	}
	return ep.awaitReply(ctx, name)
}

func (ep *endpoint) awaitReply(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	select {
	case body := <-ep.replies:
		if !bytes.Contains(body, []byte(`code="200"`)) {
			return nil, fmt.Errorf("%s: cmd:%s: %w: %.300s", ep.user, name, errRefused, body)
		}
		return body, nil
	case a := <-ep.answers:
		return nil, fmt.Errorf("%s: cmd:%s: %w with %d", ep.user, name, errRefused, a.status)
	case err := <-ep.failed:
		return nil, err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: no reply to cmd:%s: %w", ep.user, name, ctx.Err())
	}
}

func (ep *endpoint) join(ctx context.Context, r room) error {
	_, err := ep.command(ctx, "join", r.chanid(0))
	return err
}

// room is a room's address.
type room struct{ domain, guid string }

func (r room) uri() string { return "ma-chan://" + r.domain + "/" + r.guid }

func (r room) chanid(key int) string {
	return fmt.Sprintf(`<chanid key="%d" domain="%s" value="%s"/>`, key, r.domain, r.guid)
}

// post appends a post that carries the number n in its text.
func (ep *endpoint) post(dst []byte, r room, n int, filler string) []byte {
	return ep.info(dst, fmt.Sprintf(`<grpchat id="grpchat" seqid="1" chanUri="%s" author="%s" ts="2026-01-01T00:00:00Z"><chat>#%d %s</chat></grpchat>`,
		r.uri(), ep.uri(), n, filler))
}
