package sip

import (
	"bytes"
	"iter"
)

// Get returns the first value of a header, found by its long or compact name
// without regard to case, or nil.
func (m *Message) Get(name string) []byte {
	for v := range m.All(name) {
		return v
	}
	return nil
}

// All yields the values of every header line of that name, in order. A line
// with several comma-separated values is yielded as one; a folded one is
// yielded as if it were not.
func (m *Message) All(name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		_, rest := cutLine(m.Head)
		for len(rest) > 0 {
			var line []byte
			line, rest = cutHeader(rest)
			colon := bytes.IndexByte(line, ':')
			if colon <= 0 || !sameName(trimRight(line[:colon]), name) {
				continue
			}
			value := trim(line[colon+1:])
			if value == nil {
				value = []byte{}
			}
			if !yield(unfold(value)) {
				return
			}
		}
	}
}

// Has says whether one of the comma-separated, case-insensitive tokens of
// the header's lines equals token (Supported, Require, Allow-Events).
func (m *Message) Has(name, token string) bool {
	for v := range m.All(name) {
		for part := range bytes.SplitSeq(v, []byte{','}) {
			if equalFold(trim(part), token) {
				return true
			}
		}
	}
	return false
}

// Tag returns the tag parameter of a From or To value, or nil.
func Tag(value []byte) []byte {
	t, _ := Param(value, "tag")
	return t
}

// Param returns a parameter of a header value (after the closing '>' if there
// is one), unquoted, by name without regard to case.
func Param(value []byte, name string) ([]byte, bool) {
	rest := afterAddress(value)
	for {
		i := indexUnquoted(rest, ';')
		if i < 0 {
			return nil, false
		}
		rest = rest[i+1:]
		part := rest
		if end := indexUnquoted(rest, ';'); end >= 0 {
			part = rest[:end]
		}
		key, val, _ := bytes.Cut(part, []byte{'='})
		if equalFold(trim(key), name) {
			return bytes.Trim(trim(val), `"`), true
		}
	}
}

// AddressURI returns the URI of a From, To or Contact value: what stands
// between '<' and '>', or else what stands before the first ';'.
func AddressURI(value []byte) []byte {
	if open := indexUnquoted(value, '<'); open >= 0 {
		if end := bytes.IndexByte(value[open:], '>'); end >= 0 {
			return value[open+1 : open+end]
		}
		return value[open+1:]
	}
	if i := bytes.IndexByte(value, ';'); i >= 0 {
		value = value[:i]
	}
	return trim(value)
}

func afterAddress(value []byte) []byte {
	if open := indexUnquoted(value, '<'); open >= 0 {
		if end := bytes.IndexByte(value[open:], '>'); end >= 0 {
			return value[open+end:]
		}
	}
	return value
}

// indexUnquoted finds c outside of quoted strings.
func indexUnquoted(b []byte, c byte) int {
	if bytes.IndexByte(b, '"') < 0 {
		return bytes.IndexByte(b, c)
	}
	quoted := false
	for i := 0; i < len(b); i++ {
		switch {
		case quoted && b[i] == '\\':
			i++
		case b[i] == '"':
			quoted = !quoted
		case !quoted && b[i] == c:
			return i
		}
	}
	return -1
}

// canonical maps the header names that the parser looks for, long or compact,
// to their lower-case long form, and every other name to "".
func canonical(name []byte) string {
	switch len(name) {
	case 1:
		return compact(name[0])
	case 2:
		return pick(name, "to")
	case 3:
		return pick(name, "via")
	case 4:
		if name[0]|0x20 == 'c' {
			return pick(name, "cseq")
		}
		return pick(name, "from")
	case 7:
		if len(name) == 7 && name[1]|0x20 == 'a' {
			return pick(name, "call-id")
		}
		return pick(name, "contact")
	case 12:
		return pick(name, "content-type")
	}
	return ""
}

func pick(name []byte, want string) string {
	if equalFold(name, want) {
		return want
	}
	return ""
}

// compact is the long form of a compact header name (RFC 3261 7.3.3, and the
// registrations since).
func compact(c byte) string {
	switch c | 0x20 {
	case 'v':
		return "via"
	case 'f':
		return "from"
	case 't':
		return "to"
	case 'i':
		return "call-id"
	case 'm':
		return "contact"
	case 'l':
		return "content-length"
	case 'c':
		return "content-type"
	case 'e':
		return "content-encoding"
	case 'k':
		return "supported"
	case 's':
		return "subject"
	case 'o':
		return "event"
	case 'u':
		return "allow-events"
	case 'x':
		return "session-expires"
	case 'r':
		return "refer-to"
	case 'b':
		return "referred-by"
	}
	return ""
}

func sameName(name []byte, want string) bool {
	if len(name) == 1 && len(want) > 1 {
		long := compact(name[0])
		return long != "" && equalFold([]byte(long), want)
	}
	return equalFold(name, want)
}

// equalFold compares ASCII without regard to case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		x, y := b[i], s[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return trimRight(b)
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// isToken says whether b is a token (RFC 3261 25.1).
func isToken(b []byte) bool {
	for _, c := range b {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			continue
		}
		if bytes.IndexByte([]byte("-.!%*_+`'~"), c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

// unfold replaces line folds by a blank; without one it returns value itself.
func unfold(value []byte) []byte {
	if bytes.IndexByte(value, '\n') < 0 {
		return value
	}
	out := make([]byte, 0, len(value))
	for line := range bytes.SplitSeq(value, []byte{'\n'}) {
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, trim(line)...)
	}
	return out
}

// methodOf interns the methods that are known.
func methodOf(b []byte) Method {
	for _, m := range [...]Method{INFO, REGISTER, INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, SUBSCRIBE, NOTIFY, BENOTIFY, SERVICE, MESSAGE, PRACK, REFER} {
		if string(b) == string(m) {
			return m
		}
	}
	return Method(b)
}
