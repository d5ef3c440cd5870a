package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"perch/sip"
	"perch/xccos"
)

// Room is a room's address.
type Room struct{ Domain, GUID string }

// ParseRoom reads an address: ma-chan://domain/guid.
func ParseRoom(uri string) (Room, bool) {
	rest, ok := strings.CutPrefix(uri, "ma-chan://")
	domain, guid, cut := strings.Cut(rest, "/")
	return Room{domain, guid}, ok && cut && domain != "" && guid != ""
}

// URI is the address in one piece.
func (r Room) URI() string { return xccos.RoomURI(r.Domain, r.GUID) }

// ChanID is the room as a command names it; key tells several apart.
func (r Room) ChanID(key int) string {
	return fmt.Sprintf(`<chanid key="%d" domain="%s" value="%s"/>`, key, escape(r.Domain), escape(r.GUID))
}

func escape(s string) string {
	return strings.ReplaceAll(string(xccos.AppendEscaped(nil, s)), `"`, "&quot;")
}

// Dialog is what requests of a chat dialog name.
type Dialog struct{ CallID, Tag, Remote, Target string }

// Assume takes a dialog for standing that no INVITE has made: the bare server
// that perchload compares with knows no other.
func (ep *Endpoint) Assume(d Dialog) {
	ep.callID, ep.tag, ep.remote, ep.target = d.CallID, d.Tag, d.Remote, d.Target
	ep.conn.expect(d.CallID, ep)
}

// OpenChat makes the chat dialog with the pool or server of that address.
func (ep *Endpoint) OpenChat(ctx context.Context, uri string) error {
	const sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain\r\n"
	r := &request{method: sip.INVITE, uri: uri, to: uri, media: "application/sdp", body: sdp, headers: []sip.Header{{Name: "Supported", Value: "ms-sender"}}}
	msg := ep.print(r)
	tag := "t" + strconv.Itoa(ep.calls)
	a, err := ep.demand(ctx, msg, "INVITE")
	if err != nil {
		return err
	}
	ep.Assume(Dialog{CallID: r.call, Tag: tag, Remote: a.to, Target: a.target})
	ep.seq = 1
	return ep.Send(ep.inDialog(nil, sip.ACK, 1, nil))
}

// LookUp asks the pool for the server to talk to, in a dialog of its own
// (SIPE 5.1).
func (ep *Endpoint) LookUp(ctx context.Context, pool string) (string, error) {
	if err := ep.OpenChat(ctx, pool); err != nil {
		return "", err
	}
	body, err := ep.Command(ctx, "requri", "")
	if err != nil {
		return "", err
	}
	var uri string
	err = readReply(body, func(p *xccos.Primitive) { uri = p.Data.Child("uib").Attr("uri") })
	if err == nil && uri == "" {
		err = fmt.Errorf("%s: the pool %s names no server", ep.user, pool)
	}
	if err != nil {
		return "", err
	}
	return uri, ep.Bye(ctx)
}

// Bye ends the chat dialog, and with it all that the user is joined to.
func (ep *Endpoint) Bye(ctx context.Context) error {
	ep.seq++
	_, err := ep.demand(ctx, ep.sign(ep.inDialog(nil, sip.BYE, ep.seq, nil), nil), "BYE")
	return err
}

// inDialog appends a request in the chat dialog. Like the real client's it has
// no Via branch (SIPE 2).
func (ep *Endpoint) inDialog(dst []byte, method sip.Method, seq int, body []byte) []byte {
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, ep.target...)
	dst = append(dst, " SIP/2.0\r\nVia: SIP/2.0/"...)
	dst = append(dst, ep.conn.scheme...)
	dst = append(dst, " 127.0.0.1:5060\r\nFrom: <sip:"...)
	dst = append(dst, ep.user...)
	dst = append(dst, '@')
	dst = append(dst, ep.domain...)
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
	dst = append(dst, "\r\n"...)
	return sip.AppendEnd(dst, body)
}

// info appends an INFO with the given XCCOS primitive.
func (ep *Endpoint) info(dst []byte, primitive string) []byte {
	ep.seq++
	ep.envid++
	body := fmt.Appendf(nil, `<xccos ver="1" envid="%d" xmlns="%s">%s</xccos>`, ep.envid, xccos.Namespace, primitive)
	return ep.inDialog(dst, sip.INFO, ep.seq, body)
}

// Send writes one request of the chat dialog, signed if it must be, and waits
// for nothing.
func (ep *Endpoint) Send(msg []byte) error { return ep.conn.Write(ep.sign(msg, nil)) }

// Command sends an XCCOS command and returns the body of its reply, which must
// be 200.
func (ep *Endpoint) Command(ctx context.Context, name, data string) ([]byte, error) {
	if err := ep.Send(ep.info(nil, `<cmd id="cmd:`+name+`" seqid="1"><data>`+data+`</data></cmd>`)); err != nil {
		return nil, err
	}
	ctx, cancel := ep.patience(ctx)
	defer cancel()
	for {
		select {
		case body := <-ep.replies:
			if bytes.Contains(body, []byte(`<rpl id="rpl:grpchat"`)) {
				continue // a post was refused before; its SIP answer said so
			}
			return body, ep.checkReply(name, body)
		case a := <-ep.answers:
			return nil, ep.refusal("cmd:"+name, &a)
		case err := <-ep.failed:
			return nil, err
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: no reply to cmd:%s: %w", ep.user, name, ctx.Err())
		}
	}
}

// checkReply says whether a reply is that of the command, and code 200.
func (ep *Endpoint) checkReply(name string, body []byte) error {
	want := name
	if name == "getfutok" || name == "getfdtok" {
		want = "getftok"
	}
	if bytes.Contains(body, []byte(`<rpl id="rpl:`+want+`"`)) && bytes.Contains(body, []byte(`<resp code="200"`)) {
		return nil
	}
	r := &Refusal{User: ep.user, What: "cmd:" + name}
	got := ""
	if err := readReply(body, func(p *xccos.Primitive) {
		resp := p.Element.Child("resp")
		got, r.Status, r.Reason = p.Name, resp.Int("code", 0), resp.Text()
	}); err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s: cmd:%s was answered by rpl:%s", ep.user, name, got)
	}
	if r.Status == 200 {
		return nil
	}
	return r
}

// readReply decodes the body of a reply.
func readReply(body []byte, read func(p *xccos.Primitive)) error {
	e, err := xccos.Decode(body)
	if err != nil {
		return fmt.Errorf("the server's reply cannot be read: %w", err)
	}
	defer e.Release()
	if e.Primitives[0].Kind != xccos.Reply {
		return errors.New("the server's reply is none")
	}
	read(&e.Primitives[0])
	return nil
}

// Join enters a room.
func (ep *Endpoint) Join(ctx context.Context, r Room) error {
	_, err := ep.Command(ctx, "join", r.ChanID(0))
	return err
}

// Part leaves a room.
func (ep *Endpoint) Part(ctx context.Context, r Room) error {
	_, err := ep.Command(ctx, "part", `<chanib uri="`+escape(r.URI())+`"/>`)
	return err
}

// ErrNoRoom says that the user sees no room of that name.
var ErrNoRoom = errors.New("no such room")

// Find looks for a room by its whole name, without regard to case, among those
// that the user sees.
func (ep *Endpoint) Find(ctx context.Context, name string) (Room, error) {
	body, err := ep.Command(ctx, "chansrch", `<qib qtype="BYNAME" criteria="`+escape(name)+`"/>`)
	if err != nil {
		return Room{}, err
	}
	var found Room
	ok := false
	err = readReply(body, func(p *xccos.Primitive) {
		for c := range p.Data.Children() {
			if c.Is("chanib") && strings.EqualFold(c.Attr("name"), name) {
				found, ok = ParseRoom(c.Attr("uri"))
			}
		}
	})
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w: %q", ep.user, ErrNoRoom, name)
	}
	return found, err
}

// AppendPost appends a post, to be sent with Send. Text is escaped already.
func (ep *Endpoint) AppendPost(dst []byte, r Room, text string) []byte {
	return ep.info(dst, `<grpchat id="grpchat" seqid="1" chanUri="`+r.URI()+`" author="`+ep.URI()+`" ts="2026-01-01T00:00:00Z"><chat>`+text+`</chat></grpchat>`)
}

// Post posts and returns once the server has taken it, which means that it is
// on disk.
func (ep *Endpoint) Post(ctx context.Context, r Room, text string) error {
	msg := ep.AppendPost(nil, r, escape(text))
	ep.awaited.Store(uint32(ep.seq))
	_, err := ep.demand(ctx, ep.sign(msg, nil), "post")
	return err
}
