package xccos

import "unicode/utf8"

// AppendEscaped appends text with its markup escaped, so that the bytes come
// back to whoever reads it: also a CR that no LF follows is escaped, which
// readers would turn into LF. CR LF stays as it was seen from clients
// (XCCOS 3.9). Characters that XML does not have become U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		esc, n := escape(s, i)
		if esc == "" && s[i] == '\r' && (i+1 == len(s) || s[i+1] != '\n') {
			esc = "&#13;"
		}
		if esc != "" {
			dst = append(append(dst, s[from:i]...), esc...)
			from = i + n
		}
		i += n
	}
	return append(dst, s[from:]...)
}

// appendValue appends the value of an attribute. Readers turn white space into
// blanks there, so all but blanks is escaped.
func appendValue(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		esc, n := escape(s, i)
		switch s[i] {
		case '\t':
			esc = "&#9;"
		case '\n':
			esc = "&#10;"
		case '\r':
			esc = "&#13;"
		}
		if esc != "" {
			dst = append(append(dst, s[from:i]...), esc...)
			from = i + n
		}
		i += n
	}
	return append(dst, s[from:]...)
}

// escape says what the character at i is written as, "" for itself, and how
// many bytes it has.
func escape(s string, i int) (string, int) {
	switch c := s[i]; {
	case c == '&':
		return "&amp;", 1
	case c == '<':
		return "&lt;", 1
	case c == '>':
		return "&gt;", 1
	case c == '"':
		return "&quot;", 1
	case c < ' ' && c != '\t' && c != '\n' && c != '\r':
		return "\uFFFD", 1
	case c < utf8.RuneSelf:
		return "", 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
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
