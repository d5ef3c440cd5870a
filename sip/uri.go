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
	scheme, rest, ok := bytes.Cut(b, []byte{':'})
	if !ok || !isScheme(scheme) {
		return URI{}, errURI
	}
	u := URI{Scheme: strings.ToLower(string(scheme))}
	if u.Scheme != "sip" && u.Scheme != "sips" {
		u.User = string(rest)
		return u, nil
	}
	if at := bytes.LastIndexByte(untilHeaders(rest), '@'); at >= 0 {
		user, _, _ := bytes.Cut(rest[:at], []byte{':'})
		u.User, rest = string(user), rest[at+1:]
		if u.User == "" {
			return URI{}, errURI
		}
	}
	if i := bytes.IndexByte(rest, '?'); i >= 0 {
		u.Headers, rest = string(rest[i+1:]), rest[:i]
	}
	if i := bytes.IndexByte(rest, ';'); i >= 0 {
		u.Params, rest = string(rest[i+1:]), rest[:i]
	}
	host, port, err := splitHostPort(rest)
	if err != nil {
		return URI{}, err
	}
	u.Host, u.Port = strings.ToLower(string(host)), string(port)
	return u, nil
}

// untilHeaders cuts off what may hold an '@' that belongs to no user part.
func untilHeaders(b []byte) []byte {
	at := bytes.IndexByte(b, '@')
	if q := bytes.IndexByte(b, '?'); q >= 0 && at >= 0 && q > at {
		return b[:q]
	}
	return b
}

func isScheme(b []byte) bool {
	if len(b) == 0 || b[0]|0x20 < 'a' || b[0]|0x20 > 'z' {
		return false
	}
	for _, c := range b {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

func splitHostPort(b []byte) (host, port []byte, err error) {
	host = b
	from := 0
	if len(b) > 0 && b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		if end < 0 {
			return nil, nil, errURI
		}
		from = end
	}
	if i := bytes.IndexByte(b[from:], ':'); i >= 0 {
		host, port = b[:from+i], b[from+i+1:]
		for _, c := range port {
			if c < '0' || c > '9' {
				return nil, nil, errURI
			}
		}
		if len(port) == 0 || len(port) > 5 {
			return nil, nil, errURI
		}
	}
	if len(host) == 0 || bytes.ContainsAny(host, " \t<>\"\r\n@") {
		return nil, nil, errURI
	}
	return host, port, nil
}

// CanonicalAOR is the address of record that a URI names, in the one spelling
// Perch uses: "sip:user@host", lower case, without port and parameters, percent
// escapes of ordinary characters resolved. A URI without user part is refused.
func CanonicalAOR(uri []byte) (string, error) {
	u, err := ParseURI(uri)
	if err != nil {
		return "", err
	}
	if u.Scheme != "sip" && u.Scheme != "sips" || u.User == "" {
		return "", errURI
	}
	return "sip:" + strings.ToLower(unescape(u.User)) + "@" + u.Host, nil
}

// unescape resolves the percent escapes of letters, digits and "-_.".
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if c := hi<<4 | lo; hi < 16 && lo < 16 && plain(c) {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
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
