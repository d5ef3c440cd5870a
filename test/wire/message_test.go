package wire_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// message is one SIP message as a client reads it. This reader is the tests'
// own, and as strict as the real client's (SIPE 2): it knows no compact names
// and no folded lines.
type message struct {
	first   string // start line
	headers []header
	body    string
	fault   error // what made it unreadable
}

type header struct{ name, value string }

// cutMessage takes the first whole message off a buffer; nil if there is none.
func cutMessage(buf []byte) (m *message, rest []byte) {
	buf = bytes.TrimLeft(buf, "\r\n")
	end := bytes.Index(buf, []byte("\r\n\r\n"))
	if end < 0 {
		return nil, buf
	}
	m = readHead(string(buf[:end]))
	lengths := m.all("Content-Length")
	length := 0
	if len(lengths) == 1 {
		length, _ = strconv.Atoi(lengths[0]) // what is no number leaves garbage behind
	} else {
		m.fault = fmt.Errorf("the message has Content-Length %d times (SIPE 2)", len(lengths))
	}
	rest = buf[end+4:]
	if len(rest) < length {
		return nil, buf
	}
	m.body = string(rest[:length])
	return m, rest[length:]
}

func readHead(head string) *message {
	lines := strings.Split(head, "\r\n")
	m := &message{first: lines[0]}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ": ")
		if !ok || len(name) < 2 || name != strings.TrimSpace(name) {
			m.fault = fmt.Errorf("the header line %q is not readable (SIPE 2)", line)
			continue
		}
		m.headers = append(m.headers, header{name, value})
	}
	return m
}

// readLoosely reads the head of what a script sends: it knows compact names and
// folded lines.
func readLoosely(bytes string) *message {
	head, _, _ := strings.Cut(bytes, "\r\n\r\n")
	for short, long := range map[string]string{"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact"} {
		head = strings.Replace(head, "\r\n"+short+": ", "\r\n"+long+": ", 1)
	}
	return readHead(strings.ReplaceAll(head, "\r\n ", " "))
}

// get is the first value of a header.
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

func (m *message) isResponse() bool { return strings.HasPrefix(m.first, "SIP/2.0 ") }

// status is the code of a response, as text.
func (m *message) status() string {
	if w := strings.Fields(m.first); m.isResponse() && len(w) > 1 {
		return w[1]
	}
	return ""
}

// method is the method of a request, and of what a response answers.
func (m *message) method() string {
	if m.isResponse() {
		_, method, _ := strings.Cut(m.get("CSeq"), " ")
		return method
	}
	method, _, _ := strings.Cut(m.first, " ")
	return method
}

// target is the Request-URI.
func (m *message) target() string {
	if w := strings.Fields(m.first); !m.isResponse() && len(w) == 3 {
		return w[1]
	}
	return ""
}

// key names the transaction of a client's request.
func (m *message) key() string { return m.get("Call-ID") + " " + m.get("CSeq") }

// uriOf is the URI of a From, To or Contact value.
func uriOf(value string) string {
	_, after, ok := strings.Cut(value, "<")
	if !ok {
		uri, _, _ := strings.Cut(value, ";")
		return uri
	}
	uri, _, _ := strings.Cut(after, ">")
	return uri
}

// tagOf is the tag of a From or To value.
func tagOf(value string) string {
	_, after, _ := strings.Cut(value, ">")
	for _, p := range strings.Split(after, ";") {
		if tag, ok := strings.CutPrefix(strings.TrimSpace(p), "tag="); ok {
			return tag
		}
	}
	return ""
}

// print writes a message for the wire; it supplies Content-Length.
func (m *message) print() string {
	var b strings.Builder
	b.WriteString(m.first + "\r\n")
	for _, h := range m.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	if m.get("Content-Length") == "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(m.body))
	}
	b.WriteString("\r\n" + m.body)
	return b.String()
}

// part is a message as a script writes it.
type part struct {
	first   []string
	headers []header // with an empty value if absent
	absent  map[string]bool
	body    string
	any     bool // the body is of no interest
}

func readPart(text string) part {
	p := part{absent: map[string]bool{}}
	first, rest, _ := strings.Cut(text, "\n")
	p.first = strings.Fields(first)
	for rest != "" {
		line, more, _ := strings.Cut(rest, "\n")
		if line == "" {
			rest = more
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isName(name) || value != "" && value[0] != ' ' {
			break
		}
		if after, not := strings.CutPrefix(name, "!"); not {
			p.absent[strings.ToLower(after)] = true
		} else {
			p.headers = append(p.headers, header{name, strings.TrimSpace(value)})
		}
		rest = more
	}
	p.body = rest
	if strings.TrimSpace(p.body) == "..." {
		p.body, p.any = "", true
	}
	return p
}

func isName(s string) bool {
	s = strings.TrimPrefix(s, "!")
	if s == "cmd" || s == "rpl" || s == "ntc" {
		return false
	}
	for _, r := range s {
		if r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != ""
}

// has says whether the part gives or forbids a header.
func (p *part) has(name string) bool {
	for _, h := range p.headers {
		if strings.EqualFold(h.name, name) {
			return true
		}
	}
	return p.absent[strings.ToLower(name)]
}
