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
	if blank == len(buf) {
		return blank, nil
	}
	msg := buf[blank:]
	if p.need > len(msg) {
		return 0, nil
	}
	lim := p.Limits.or()
	end := endOfHead(msg, max(0, p.scanned-3))
	if end == 0 && len(msg) <= lim.Head {
		p.scanned = len(msg)
		return 0, nil
	}
	if end == 0 || end > lim.Head {
		return 0, &Defect{Status: 513, Text: "the headers are too large", Lost: true}
	}
	p.scanned = end - 4
	*m = Message{}
	defect := m.readHead(msg[:end])
	body := m.length
	switch {
	case defect != nil && defect.Lost:
		return 0, defect
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

// endOfHead returns what follows the first CR LF CR LF at or after from, or 0.
// It is bytes.Index for text that is full of CR LF.
func endOfHead(b []byte, from int) int {
	for {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 || from+i+3 > len(b) {
			return 0
		}
		from += i + 1
		if b[from] == '\r' && b[from+1] == '\n' && from > 1 && b[from-2] == '\r' {
			return from + 2
		}
	}
}
