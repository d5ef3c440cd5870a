package dialog

import (
	"bytes"
	"strings"

	"perch/sip"
)

// appendValues appends the comma-separated values of one header line; commas
// in quotes and angle brackets separate nothing.
func appendValues(dst [][]byte, line []byte) [][]byte {
	quoted, bracketed, from := false, false, 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<' || c == '>':
			bracketed = c == '<'
		case c == ',' && !bracketed:
			dst = appendValue(dst, line[from:i])
			from = i + 1
		}
	}
	return appendValue(dst, line[from:])
}

func appendValue(dst [][]byte, value []byte) [][]byte {
	if value = bytes.TrimSpace(value); len(value) > 0 {
		dst = append(dst, value)
	}
	return dst
}

// loose says whether a route is a loose router, as all are since RFC 3261; one
// that cannot be read is taken for one.
func loose(route []byte) bool {
	u, err := sip.ParseURI(sip.AddressURI(route))
	if err != nil {
		return true
	}
	for p := range strings.SplitSeq(u.Params, ";") {
		name, _, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "lr") {
			return true
		}
	}
	return false
}
