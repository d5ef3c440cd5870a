package sip

import (
	"bytes"
	"iter"
	"strings"
)

// Get returns the first value of a header, found by its long or compact name
// without regard to case, or nil.
func (m *Message) Get(name string) []byte {
	value, _ := find(m.headers(), name)
	return value
}

// All yields the values of every header line of that name, in order. A line
// with several comma-separated values is yielded as one; a folded one is
// yielded as if it were not.
func (m *Message) All(name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for value, rest := find(m.headers(), name); value != nil; value, rest = find(rest, name) {
			if !yield(value) {
				return
			}
		}
	}
}

// Has says whether one of the comma-separated, case-insensitive tokens of
// the header's lines equals token (Supported, Require, Allow-Events).
func (m *Message) Has(name, token string) bool {
	for value, rest := find(m.headers(), name); value != nil; value, rest = find(rest, name) {
		for part := range bytes.SplitSeq(value, []byte{','}) {
			if equalFold(trim(part), token) {
				return true
			}
		}
	}
	return false
}

// headers is the head without the start line.
func (m *Message) headers() []byte {
	_, rest := cutLine(m.Head)
	return rest
}

// find returns the value of the first header of that name, which is not nil
// even when empty, and what follows it.
func find(headers []byte, name string) (value, rest []byte) {
	name = long(name)
	rest = headers
	for len(rest) > 0 {
		var header []byte
		var folded bool
		header, rest, folded = cutHeader(rest)
		colon := bytes.IndexByte(header, ':')
		if colon <= 0 || !names(trimRight(header[:colon]), name) {
			continue
		}
		value = trim(header[colon+1:])
		if folded {
			value = unfold(value)
		}
		return value, rest
	}
	return nil, nil
}

// Tag returns the tag parameter of a From or To value, or nil.
func Tag(value []byte) []byte {
	t, _ := Param(value, "tag")
	return t
}

// Param returns a parameter of a header value (after the closing '>' if there
// is one), unquoted, by name without regard to case. Of several values,
// separated by commas, it is that of the first.
func Param(value []byte, name string) ([]byte, bool) {
	value, _ = cutElement(value)
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
			return unquote(trim(val)), true
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

// names says whether a header's name, long or compact, is that long one.
func names(name []byte, want string) bool {
	if len(name) == 1 {
		return strings.EqualFold(long(string(name)), want)
	}
	return equalFold(name, want)
}

func long(name string) string {
	if len(name) == 1 {
		if l := compact(name[0]); l != "" {
			return l
		}
	}
	return name
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
