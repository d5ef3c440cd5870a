package sip

import "bytes"

// cutLine returns the line without its CR LF, and what follows it.
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

// cutHeader returns one header, with the lines that continue it (RFC 3261
// 7.3.1) and the CR LF that ends it, and what follows.
func cutHeader(b []byte) (header, rest []byte, folded bool) {
	end := bytes.IndexByte(b, '\n') + 1
	for end > 0 && end < len(b) && (b[end] == ' ' || b[end] == '\t') {
		folded = true
		next := bytes.IndexByte(b[end:], '\n') + 1
		if next == 0 {
			return b, nil, true
		}
		end += next
	}
	if end == 0 {
		return b, nil, false
	}
	return b[:end], b[end:], folded
}

// wholeLines says whether every LF of a header follows a CR.
func wholeLines(header []byte, folded bool) bool {
	if !folded {
		return len(header) > 1 && header[len(header)-2] == '\r'
	}
	return bytes.Count(header, []byte("\r\n")) == bytes.Count(header, []byte{'\n'})
}

// unfold replaces line folds by a blank.
func unfold(value []byte) []byte {
	out := make([]byte, 0, len(value))
	for line := range bytes.SplitSeq(value, []byte{'\n'}) {
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, trim(line)...)
	}
	return out
}

// cutElement cuts the first of comma-separated values off; rest is nil after
// the last one.
func cutElement(b []byte) (element, rest []byte) {
	if bytes.IndexByte(b, ',') < 0 {
		return trim(b), nil
	}
	quoted, bracketed := false, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			bracketed = true
		case c == '>':
			bracketed = false
		case c == ',' && !bracketed:
			return trim(b[:i]), b[i+1:]
		}
	}
	return trim(b), nil
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

// closedQuotes says whether every quoted string ends.
func closedQuotes(b []byte) bool {
	for {
		open := bytes.IndexByte(b, '"')
		if open < 0 {
			return true
		}
		end := open + 1
		for end < len(b) && b[end] != '"' {
			if b[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(b) {
			return false
		}
		b = b[end+1:]
	}
}

// unquote returns what a quoted string says (RFC 3261 25.1), and anything
// else as it is.
func unquote(b []byte) []byte {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return b
	}
	b = b[1 : len(b)-1]
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// number reads an unsigned decimal number; one so large that it could not be
// meant is none.
func number(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<27 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0
}

// equalFold compares ASCII without regard to case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	if string(b) == s {
		return true
	}
	for i := range b {
		x, y := b[i], s[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// spaces has a bit for each character of linear white space (RFC 3261 25.1).
const spaces uint64 = 1<<' ' | 1<<'\t' | 1<<'\r' | 1<<'\n'

func isSpace(c byte) bool { return c <= ' ' && spaces>>c&1 != 0 }

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

// tokenLow and tokenHigh have a bit for each character of a token below and
// above 64 (RFC 3261 25.1).
const (
	tokenLow  = 1<<'!' | 1<<'%' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.' | (1<<10-1)<<'0'
	tokenHigh = 1<<('_'-64) | 1<<('`'-64) | 1<<('~'-64) | (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)
)

func isToken(b []byte) bool {
	for _, c := range b {
		mask := uint64(tokenLow)
		if c >= 64 {
			mask = tokenHigh
		}
		if c >= 128 || mask>>(c&63)&1 == 0 {
			return false
		}
	}
	return len(b) > 0
}
