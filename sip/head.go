package sip

import "bytes"

// readHead reads start line and headers. It reads on after a defect and
// returns the first one, or the one that loses the end of the message.
func (m *Message) readHead(head []byte) *Defect {
	m.Head = head
	line, rest := cutLine(head)
	defect := m.readStartLine(line)
	if defect == nil && !wholeLines(head[:len(head)-len(rest)], false) {
		defect = &Defect{Status: 400, Text: "the first line ends in a bare LF"}
	}
	for len(rest) > len("\r\n") {
		var header []byte
		var folded bool
		header, rest, folded = cutHeader(rest)
		if d := m.readHeader(header, folded); d != nil && (defect == nil || d.Lost) {
			defect = d
		}
	}
	if defect == nil && bytes.Count(head, []byte{'\r'}) != bytes.Count(head, []byte{'\n'}) {
		// Every LF follows a CR, so that a CR is left over. Whoever takes it for
		// a line end reads another message than we do.
		defect = &Defect{Status: 400, Text: "a header with a bare CR"}
	}
	return defect
}

// readHeader keeps one header if it is one that messages are sorted by.
func (m *Message) readHeader(header []byte, folded bool) *Defect {
	colon := bytes.IndexByte(header, ':')
	if colon <= 0 {
		return &Defect{Status: 400, Text: "a header line without a name"}
	}
	name, value := trimRight(header[:colon]), trim(header[colon+1:])
	known := fieldOf(name)
	if known == other && !isToken(name) {
		return &Defect{Status: 400, Text: "a header name with characters that are not allowed"}
	}
	if !wholeLines(header, folded) {
		return &Defect{Status: 400, Text: "a header line that ends in a bare LF"}
	}
	if known == other {
		return nil
	}
	if folded {
		value = unfold(value)
	}
	return m.keep(known, value)
}

// keep remembers the first value of a header.
func (m *Message) keep(known field, value []byte) *Defect {
	var kept *[]byte
	switch known {
	case contentLength:
		return m.readLength(value)
	case maxForwards:
		kept = &m.maxForwards
	case via:
		if m.Via == nil {
			m.Via = value
		}
		return nil
	case contact:
		if m.Contact == nil {
			m.Contact = value
		}
		return nil
	case from:
		kept = &m.From
	case to:
		kept = &m.To
	case callID:
		kept = &m.CallID
	case cseq:
		kept = &m.CSeq
	case contentType:
		kept = &m.ContentType
	}
	if *kept != nil {
		m.repeated = true
		return nil
	}
	*kept = value
	if known == cseq {
		return m.readCSeq()
	}
	return nil
}

func (m *Message) readCSeq() *Defect {
	var n uint64
	digits := 0
	for ; digits < len(m.CSeq) && m.CSeq[digits] >= '0' && m.CSeq[digits] <= '9'; digits++ {
		if n < 1<<32 { // a larger one is wrong whatever follows
			n = n*10 + uint64(m.CSeq[digits]-'0')
		}
	}
	rest := m.CSeq[digits:]
	method := trim(rest)
	if digits == 0 || n >= 1<<32 || len(rest) == len(method) || !isToken(method) {
		return &Defect{Status: 400, Text: "CSeq is not a number and a method"}
	}
	m.Seq, m.SeqMethod = uint32(n), methodOf(method)
	return nil
}

// readLength reads Content-Length. A message without one has no body, for a
// stream has no other end to give it (RFC 3261 18.3).
func (m *Message) readLength(value []byte) *Defect {
	n, ok := number(value)
	if !ok {
		return &Defect{Status: 400, Text: "Content-Length is no number", Lost: true}
	}
	if m.hasLength && n != m.length {
		return &Defect{Status: 400, Text: "Content-Length contradicts itself", Lost: true}
	}
	m.length, m.hasLength = n, true
	return nil
}

// readStartLine reads a request line or status line (RFC 3261 7.1, 7.2).
func (m *Message) readStartLine(line []byte) *Defect {
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
	}
	return nil
}

func (m *Message) readStatusLine(version, rest []byte) *Defect {
	m.version = version
	m.Status = 1 // a response, whatever is wrong with it
	if len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' {
		return &Defect{Status: 400, Text: "the status line has no code"}
	}
	code, ok := number(rest[:3])
	if !ok || code < 100 || code > 699 {
		return &Defect{Status: 400, Text: "the status code is out of range"}
	}
	m.Status = code
	if len(rest) > 4 {
		m.Reason = rest[4:]
	}
	return nil
}

func isVersion(b []byte) bool {
	return len(b) >= 7 && equalFold(b[:4], "SIP/") && b[4] >= '0' && b[4] <= '9'
}

// field names the headers that the parser looks for.
type field int

const (
	other field = iota
	via
	from
	to
	callID
	cseq
	contact
	contentType
	contentLength
	maxForwards
)

// fieldOf finds the header of a name, long or compact. It picks the one
// candidate by length and first letter, and compares once.
func fieldOf(name []byte) field {
	if len(name) == 0 {
		return other
	}
	var candidate field
	var spelling string
	switch len(name)<<8 | int(name[0]|0x20) {
	case 1<<8 | 'v':
		return via
	case 1<<8 | 'f':
		return from
	case 1<<8 | 't':
		return to
	case 1<<8 | 'i':
		return callID
	case 1<<8 | 'm':
		return contact
	case 1<<8 | 'c':
		return contentType
	case 1<<8 | 'l':
		return contentLength
	case 2<<8 | 't':
		candidate, spelling = to, "To"
	case 3<<8 | 'v':
		candidate, spelling = via, "Via"
	case 4<<8 | 'f':
		candidate, spelling = from, "From"
	case 4<<8 | 'c':
		candidate, spelling = cseq, "CSeq"
	case 7<<8 | 'c':
		candidate, spelling = contact, "Contact"
		if name[1]|0x20 == 'a' {
			candidate, spelling = callID, "Call-ID"
		}
	case 12<<8 | 'c':
		candidate, spelling = contentType, "Content-Type"
	case 12<<8 | 'm':
		candidate, spelling = maxForwards, "Max-Forwards"
	case 14<<8 | 'c':
		candidate, spelling = contentLength, "Content-Length"
	}
	if candidate != other && equalFold(name, spelling) {
		return candidate
	}
	return other
}

// methodOf interns the methods that are known.
func methodOf(b []byte) Method {
	switch string(b) {
	case "INFO":
		return INFO
	case "REGISTER":
		return REGISTER
	case "INVITE":
		return INVITE
	case "ACK":
		return ACK
	case "BYE":
		return BYE
	case "CANCEL":
		return CANCEL
	case "OPTIONS":
		return OPTIONS
	case "UPDATE":
		return UPDATE
	case "SUBSCRIBE":
		return SUBSCRIBE
	case "NOTIFY":
		return NOTIFY
	case "BENOTIFY":
		return BENOTIFY
	case "SERVICE":
		return SERVICE
	case "MESSAGE":
		return MESSAGE
	case "PRACK":
		return PRACK
	case "REFER":
		return REFER
	}
	return Method(b)
}
