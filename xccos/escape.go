package xccos

import "unicode/utf8"

// AppendEscaped appends text with its markup escaped, so that its bytes come
// back to whoever reads it: also a CR that no LF follows is escaped, which
// readers would turn into LF. CR LF stays as it was seen from clients
// (XCCOS 3.9). Characters that XML does not have become U+FFFD.
func AppendEscaped(dst []byte, s string) []byte { return appendEscaped(dst, s, false) }

// appendValue appends the value of an attribute. Readers turn white space into
// blanks there, so all but blanks is escaped.
func appendValue(dst []byte, s string) []byte { return appendEscaped(dst, s, true) }

// special has a bit for each of the first 64 bytes that may not stay as it is.
const special uint64 = 1<<' ' - 1 | 1<<'"' | 1<<'&' | 1<<'<' | 1<<'>'

func appendEscaped(dst []byte, s string, value bool) []byte {
	from := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && special>>c&1 == 0 {
			i++
			continue
		}
		esc, n := escape(s[i:], value)
		if esc != "" {
			dst = append(append(dst, s[from:i]...), esc...)
			from = i + n
		}
		i += n
	}
	return append(dst, s[from:]...)
}

// escape says what the first character of s is written as, "" for itself, and
// how many bytes of s that stands for.
func escape(s string, value bool) (string, int) {
	switch c := s[0]; {
	case c == '&':
		return "&amp;", 1
	case c == '<':
		return "&lt;", 1
	case c == '>':
		return "&gt;", 1
	case c == '"':
		return "&quot;", 1
	case c == '\t' && value:
		return "&#9;", 1
	case c == '\n' && value:
		return "&#10;", 1
	case c == '\r' && (value || len(s) == 1 || s[1] != '\n'):
		return "&#13;", 1
	case c == '\t', c == '\n', c == '\r':
		return "", 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError || !allowed(r) {
		return "\uFFFD", n
	}
	return "", n
}

// appendAttr appends ` name="value"`.
func appendAttr(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(appendValue(dst, value), '"')
}
