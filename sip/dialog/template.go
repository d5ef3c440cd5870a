package dialog

import (
	"bytes"
	"strconv"

	"perch/sip"
)

// MaxTemplate bounds what one dialog keeps, in bytes; a peer chooses much of it.
const MaxTemplate = 8 << 10

// template is the part of a request that stays the same:
//
//	METHOD| target SIP/2.0 CRLF Via: ...;branch=z9hG4bK|BRANCH|CRLF ... CSeq: |SEQ METHOD ...
//
// where text is what stands between the marks.
type template struct {
	text          []byte
	via           uint16 // the branch number goes here
	target        span   // Request-URI, or behind a strict router the last Route
	local, remote span   // From and To values of our requests
	callID        span
}

type span struct{ from, to uint16 }

func (t *template) at(s span) []byte { return t.text[s.from:s.to] }

// Target is the remote target, to which requests go. LocalAddress and
// RemoteAddress are the From and To values of our requests, with tags. They and
// CallID are valid until the next Retarget and must not be changed.
func (t *template) Target() []byte        { return t.at(t.target) }
func (t *template) LocalAddress() []byte  { return t.at(t.local) }
func (t *template) RemoteAddress() []byte { return t.at(t.remote) }

// CallID names the dialog together with the tags.
func (t *template) CallID() []byte { return t.at(t.callID) }

// AppendRequest prints the head of an in-dialog request up to the empty line
// and with it; contentLength bytes of body are to follow. An empty contentType
// prints none. The Via branch is made of branch, which transaction.BranchNumber
// gives back, and of seq, which tells requests of one dialog apart (RFC 3261
// 8.1.1.7).
func (t *template) AppendRequest(dst []byte, method sip.Method, seq uint32, branch uint64, contentType string, contentLength int) []byte {
	dst = t.AppendRequestHead(dst, method, seq, branch, contentType, contentLength)
	return append(dst, '\r', '\n')
}

// AppendRequestHead is AppendRequest without the empty line, so that further
// headers, such as a signature, can follow.
func (t *template) AppendRequestHead(dst []byte, method sip.Method, seq uint32, branch uint64, contentType string, contentLength int) []byte {
	dst = append(dst, method...)
	dst = append(dst, t.text[:t.via]...)
	dst = append(appendHex(dst, branch), '.')
	dst = strconv.AppendUint(dst, uint64(seq), 10)
	dst = append(dst, t.text[t.via:]...)
	dst = strconv.AppendUint(dst, uint64(seq), 10)
	dst = append(dst, ' ')
	dst = append(dst, method...)
	if contentType != "" {
		dst = append(append(dst, "\r\nContent-Type: "...), contentType...)
	}
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendUint(dst, uint64(contentLength), 10)
	return append(dst, '\r', '\n')
}

func appendHex(dst []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}

// names is all that print adds to the parts, but for Route lines.
const names = "  SIP/2.0\r\nVia: ;branch=z9hG4bK\r\nMax-Forwards: 70\r\nRoute: <>\r\nFrom: ;tag=\r\nTo: \r\nCall-ID: \r\nContact: \r\nCSeq: "

// parts is what a template is built from.
type parts struct {
	callID, local, remote, target []byte
	localTag                      string // added to local if it has none
	via, contact                  string
	routes                        [][]byte
}

// dialog puts the template into d.
func (p *parts) dialog(d Dialog) (*Dialog, error) {
	size := len(names) + len(p.via) + len(p.contact) + len(p.localTag)
	for _, part := range [...][]byte{p.callID, p.local, p.remote, p.target} {
		size += len(part)
	}
	for _, r := range p.routes {
		size += len("Route: \r\n") + len(r)
	}
	if size > MaxTemplate {
		return nil, ErrTooLong
	}
	d.template = p.print(size)
	return &d, nil
}

// print lays the headers out. Routing is RFC 3261 12.2.1.1: loose, unless the
// first route is a strict router, which then becomes the Request-URI while the
// target goes last.
func (p *parts) print(size int) template {
	var t template
	b := append(make([]byte, 0, size), ' ')
	put := func(text string, value []byte) (s span) {
		b = append(b, text...)
		s.from = uint16(len(b))
		b = appendClean(b, value)
		s.to = uint16(len(b))
		return s
	}
	routes := p.routes
	strict := len(routes) > 0 && !loose(routes[0])
	if strict {
		router, _, _ := bytes.Cut(sip.AddressURI(routes[0]), []byte{'?'})
		put("", router)
		routes = routes[1:]
	} else {
		t.target = put("", p.target)
	}
	put(" SIP/2.0\r\nVia: ", []byte(p.via))
	b = append(b, ";branch=z9hG4bK"...)
	t.via = uint16(len(b))
	b = append(b, "\r\nMax-Forwards: 70"...)
	for _, r := range routes {
		put("\r\nRoute: ", r)
	}
	if strict {
		t.target = put("\r\nRoute: <", p.target)
		b = append(b, '>')
	}
	t.local = put("\r\nFrom: ", p.local)
	if p.localTag != "" && sip.Tag(p.local) == nil {
		t.local.to = put(";tag=", []byte(p.localTag)).to
	}
	t.remote = put("\r\nTo: ", p.remote)
	t.callID = put("\r\nCall-ID: ", p.callID)
	if p.contact != "" {
		put("\r\nContact: ", []byte(p.contact))
	}
	t.text = append(b, "\r\nCSeq: "...)
	return t
}

// setTarget puts another target in the place of the old one.
func (t *template) setTarget(uri []byte) error {
	grown := len(uri) - len(t.Target())
	if len(t.text)+grown > MaxTemplate {
		return ErrTooLong
	}
	text := append(make([]byte, 0, len(t.text)+grown), t.text[:t.target.from]...)
	text = appendClean(text, uri)
	t.text = append(text, t.text[t.target.to:]...)
	behind := t.target.to
	for _, offset := range [...]*uint16{&t.via, &t.target.to, &t.local.from, &t.local.to, &t.remote.from, &t.remote.to, &t.callID.from, &t.callID.to} {
		if *offset >= behind {
			*offset = uint16(int(*offset) + grown)
		}
	}
	return nil
}

// appendClean appends a value without line breaks, which would begin a header
// of the peer's choosing.
func appendClean(dst, value []byte) []byte {
	for _, c := range value {
		if c == '\r' || c == '\n' {
			c = ' '
		}
		dst = append(dst, c)
	}
	return dst
}
