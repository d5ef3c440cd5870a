package sip

import (
	"bytes"
	"errors"
	"strings"
)

// URI is a SIP, SIPS or other URI (RFC 3261 19.1). Of a scheme that is not
// sip or sips only Scheme and User (the rest) are set.
type URI struct {
	Scheme string // lower case
	User   string // as written, without the password
	Host   string // lower case; an IPv6 address keeps its brackets
	Port   string
	// Params and Headers are what follows ';' and '?', as written.
	Params, Headers string
}

var errURI = errors.New("not a URI")

// ParseURI reads a URI.
func ParseURI(b []byte) (URI, error) {
	p, ok := splitURI(b)
	if !ok {
		return URI{}, errURI
	}
	return URI{
		Scheme: lower(string(p.scheme)),
		User:   string(p.user),
		Host:   lower(string(p.host)),
		Port:   string(p.port),
		Params: string(p.params), Headers: string(p.headers),
	}, nil
}

// uriParts are the parts of a URI where it stands.
type uriParts struct{ scheme, user, host, port, params, headers []byte }

func (p *uriParts) isSIP() bool { return equalFold(p.scheme, "sip") || equalFold(p.scheme, "sips") }

// splitURI takes a URI apart. The first '@' ends the user part, which may hold
// ';' and '?', for neither it nor anything after it may hold another.
func splitURI(b []byte) (p uriParts, ok bool) {
	for _, c := range b {
		if c <= ' ' || c == '<' || c == '>' || c == '"' || c == 0x7f {
			return p, false
		}
	}
	var rest []byte
	if p.scheme, rest, ok = bytes.Cut(b, []byte{':'}); !ok || !isScheme(p.scheme) {
		return p, false
	}
	if !p.isSIP() {
		p.user = rest
		return p, true
	}
	if at := bytes.IndexByte(rest, '@'); at >= 0 {
		p.user, _, _ = bytes.Cut(rest[:at], []byte{':'})
		rest = rest[at+1:]
		if len(p.user) == 0 {
			return p, false
		}
	}
	rest, p.headers, _ = bytes.Cut(rest, []byte{'?'})
	rest, p.params, _ = bytes.Cut(rest, []byte{';'})
	p.host, p.port, ok = splitHostPort(rest)
	return p, ok
}

func isScheme(b []byte) bool {
	if len(b) == 0 || b[0]|0x20 < 'a' || b[0]|0x20 > 'z' {
		return false
	}
	for _, c := range b {
		letter, digit := c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9'
		if !letter && !digit && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func splitHostPort(b []byte) (host, port []byte, ok bool) {
	colon := 0
	if len(b) > 0 && b[0] == '[' { // an IPv6 address has colons of its own
		if colon = bytes.IndexByte(b, ']') + 1; colon == 0 || colon < len(b) && b[colon] != ':' {
			return nil, nil, false
		}
	}
	host = b
	if i := bytes.IndexByte(b[colon:], ':'); i >= 0 {
		host, port = b[:colon+i], b[colon+i+1:]
		if _, ok := number(port); !ok || len(port) > 5 {
			return nil, nil, false
		}
	}
	return host, port, len(host) > 0 && bytes.IndexByte(host, '@') < 0
}

// CanonicalAOR is the address of record that a URI names, in the one spelling
// Perch uses: "sip:user@host", lower case, without port and parameters, percent
// escapes of ordinary characters resolved. A URI without user part is refused.
func CanonicalAOR(uri []byte) (string, error) {
	p, ok := splitURI(uri)
	if !ok || !p.isSIP() || len(p.user) == 0 {
		return "", errURI
	}
	user, ok := unescape(string(p.user))
	if !ok {
		return "", errURI
	}
	return "sip:" + lower(user) + "@" + lower(string(p.host)), nil
}

// unescape resolves the percent escapes of letters, digits and "-_.". A '%'
// that begins no escape is refused: what it stands for could change with what
// follows it.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) || unhex(s[i+1]) > 15 || unhex(s[i+2]) > 15 {
			return "", false
		}
		if c := unhex(s[i+1])<<4 | unhex(s[i+2]); plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteString(s[i : i+3])
		}
		i += 2
	}
	return b.String(), true
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// unhex is the value of a hexadecimal digit, or 255.
func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return (c | 0x20) - 'a' + 10
	}
	return 255
}

// lower lowers ASCII letters only: Unicode has letters whose lower case is an
// ASCII one, and they must not become another user's name.
func lower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}
