package sip

import (
	"bytes"
	"fmt"
)

// Limits bound what one message may hold, in bytes. Zero means the default.
type Limits struct {
	Head int // start line and headers; default 64 KiB
	Body int // default 256 KiB
	Skip int // a body up to here is skipped instead of ending the connection; default 16 MiB
}

const (
	defaultHead = 64 << 10
	defaultBody = 256 << 10
	defaultSkip = 16 << 20
)

func (l Limits) or() Limits {
	if l.Head == 0 {
		l.Head = defaultHead
	}
	if l.Body == 0 {
		l.Body = defaultBody
	}
	if l.Skip == 0 {
		l.Skip = max(defaultSkip, l.Body)
	}
	return l
}

// Defect says what is wrong with a received message. Status is the answer a
// request deserves. Lost says that the end of the message is not known, so
// that nothing on the connection can be understood any more.
type Defect struct {
	Status int
	Text   string
	Lost   bool
}

func (d *Defect) Error() string { return fmt.Sprintf("SIP message: %s (%d)", d.Text, d.Status) }

// TooLarge says that the message's head was read, but its body exceeds the
// limit: the reader skips Body bytes after the head.
type TooLarge struct{ Body int }

func (t *TooLarge) Error() string {
	return fmt.Sprintf("SIP message: body of %d bytes is too large", t.Body)
}

// Parser cuts a stream into messages (RFC 3261 18.3). It remembers what it has
// looked at, so that a message that arrives in small pieces costs no more than
// one that arrives whole. The zero value is ready.
type Parser struct {
	Limits  Limits
	scanned int // bytes of the current message that hold no end of the head
	need    int // length of the current message once its head was read
}

// Next reads the first message of buf into m. It returns how many bytes of buf
// are used up, 0 if more are needed. Blank lines before a message (RFC 5626
// keep-alives) are used up with it, or alone. With a *Defect that is not Lost,
// or a *TooLarge, m holds what could be read and n says what to step over.
func (p *Parser) Next(buf []byte, m *Message) (n int, err error) {
	blank := 0
	for blank < len(buf) && (buf[blank] == '\r' || buf[blank] == '\n') {
		blank++
	}
	if blank > 0 && p.scanned == 0 && p.need == 0 && blank == len(buf) {
		return blank, nil
	}
	msg := buf[blank:]
	if p.need > len(msg) {
		return 0, nil
	}
	lim := p.Limits.or()
	from := max(0, p.scanned-3)
	end := bytes.Index(msg[from:], []byte("\r\n\r\n"))
	if end < 0 {
		p.scanned = len(msg)
		if len(msg) > lim.Head {
			return 0, &Defect{Status: 513, Text: "the headers are too large", Lost: true}
		}
		return 0, nil
	}
	end += from + 4
	if end > lim.Head {
		return 0, &Defect{Status: 513, Text: "the headers are too large", Lost: true}
	}
	p.scanned = end - 4
	*m = Message{}
	defect := m.readHead(msg[:end])
	body, lost := m.contentLength()
	switch {
	case lost != nil:
		return 0, lost
	case body > lim.Skip:
		return 0, &Defect{Status: 413, Text: "the body is too large", Lost: true}
	case body > lim.Body:
		p.scanned, p.need = 0, 0
		return blank + end, &TooLarge{Body: body}
	case end+body > len(msg):
		p.need = end + body
		return 0, nil
	}
	p.scanned, p.need = 0, 0
	m.Body = msg[end : end+body]
	if defect != nil {
		return blank + end + body, defect
	}
	return blank + end + body, nil
}

// Parse reads the first message of buf, as Parser.Next does for the first time.
func Parse(buf []byte, lim Limits, m *Message) (n int, err error) {
	p := Parser{Limits: lim}
	return p.Next(buf, m)
}

// readHead reads start line and headers. It reads on after a defect and
// returns the first one.
func (m *Message) readHead(head []byte) error {
	m.Head = head
	line, rest := cutLine(head)
	err := m.readStartLine(line)
	for len(rest) > 0 {
		line, rest = cutHeader(rest)
		if len(line) == 0 {
			break
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 {
			err = first(err, &Defect{Status: 400, Text: "a header line without a name"})
			continue
		}
		name := trimRight(line[:colon])
		if !isToken(name) {
			err = first(err, &Defect{Status: 400, Text: "a header name with characters that are not allowed"})
			continue
		}
		err = first(err, m.keep(name, trim(line[colon+1:])))
	}
	return err
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// cutLine returns the line without its CRLF, and what follows it.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil
	}
	line, rest = b[:i], b[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

// cutHeader returns one header, with the lines that it is folded into
// (RFC 3261 7.3.1), and what follows it.
func cutHeader(b []byte) (header, rest []byte) {
	header, rest = cutLine(b)
	if len(header) == 0 {
		return header, rest
	}
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		_, rest = cutLine(rest)
		header = trimRight(b[:len(b)-len(rest)])
	}
	return header, rest
}

// keep remembers the first header of each name that messages are sorted by.
func (m *Message) keep(name, value []byte) error {
	var field *[]byte
	once := true
	switch canonical(name) {
	case "via":
		field, once = &m.Via, false
	case "from":
		field = &m.From
	case "to":
		field = &m.To
	case "call-id":
		field = &m.CallID
	case "cseq":
		field = &m.CSeq
	case "contact":
		field, once = &m.Contact, false
	case "content-type":
		field = &m.ContentType
	default:
		return nil
	}
	if *field != nil {
		m.repeated = m.repeated || once
		return nil
	}
	*field = unfold(value)
	if field == &m.CSeq {
		return m.readCSeq()
	}
	return nil
}

func (m *Message) readCSeq() error {
	bad := &Defect{Status: 400, Text: "CSeq is not a number and a method"}
	digits := 0
	var n uint64
	for digits < len(m.CSeq) && m.CSeq[digits] >= '0' && m.CSeq[digits] <= '9' {
		n = n*10 + uint64(m.CSeq[digits]-'0')
		digits++
		if n > 1<<32-1 {
			return bad
		}
	}
	method := trim(m.CSeq[digits:])
	if digits == 0 || digits == len(m.CSeq) || !isToken(method) {
		return bad
	}
	m.Seq, m.SeqMethod = uint32(n), methodOf(method)
	return nil
}

// readStartLine reads a request line or status line (RFC 3261 7.1, 7.2).
func (m *Message) readStartLine(line []byte) error {
	sp := bytes.IndexByte(line, ' ')
	if sp < 0 {
		m.Method = "?"
		return &Defect{Status: 400, Text: "the first line is neither a request nor a response"}
	}
	if isVersion(line[:sp]) {
		return m.readStatusLine(line[:sp], line[sp+1:])
	}
	m.Method = methodOf(line[:sp])
	last := bytes.LastIndexByte(line, ' ')
	if last <= sp {
		m.URI = line[sp+1:]
		return &Defect{Status: 400, Text: "the request line has no version"}
	}
	m.URI, m.version = line[sp+1:last], line[last+1:]
	switch {
	case !isToken(line[:sp]):
		return &Defect{Status: 400, Text: "the method is not a token"}
	case !isVersion(m.version):
		return &Defect{Status: 400, Text: "the request line does not end in a SIP version"}
	case len(m.URI) == 0 || bytes.IndexByte(m.URI, ' ') >= 0 || bytes.IndexByte(m.URI, '\t') >= 0 || m.URI[0] == '<':
		return &Defect{Status: 400, Text: "the Request-URI is malformed"}
	}
	return nil
}

func (m *Message) readStatusLine(version, rest []byte) error {
	m.version = version
	if len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' {
		m.Status = 1
		return &Defect{Status: 400, Text: "the status line has no code"}
	}
	for _, c := range rest[:3] {
		if c < '0' || c > '9' {
			m.Status = 1
			return &Defect{Status: 400, Text: "the status code is no number"}
		}
		m.Status = m.Status*10 + int(c-'0')
	}
	if len(rest) > 4 {
		m.Reason = rest[4:]
	}
	if m.Status < 100 || m.Status > 699 {
		m.Status = 1
		return &Defect{Status: 400, Text: "the status code is out of range"}
	}
	return nil
}

func isVersion(b []byte) bool {
	return len(b) >= 7 && equalFold(b[:4], "sip/") && b[4] >= '0' && b[4] <= '9'
}

// contentLength is the length of the body: what Content-Length says, or none
// (on a stream a message without it has no body; SIPE 2).
func (m *Message) contentLength() (int, error) {
	length := -1
	for v := range m.All("content-length") {
		n := 0
		for _, c := range v {
			if c < '0' || c > '9' || n > 1<<30 {
				return 0, &Defect{Status: 400, Text: "Content-Length is no number", Lost: true}
			}
			n = n*10 + int(c-'0')
		}
		if len(v) == 0 || length >= 0 && n != length {
			return 0, &Defect{Status: 400, Text: "Content-Length is empty or contradicts itself", Lost: true}
		}
		length = n
	}
	return max(length, 0), nil
}
