package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold makes texts comparable without case.
func Fold(s string) string { return FoldNormal(Normal(s)) }

// Normal makes texts comparable with their case: one way to write a character
// (NFKC), quote, dash and blank, and nothing that cannot be seen.
func Normal(s string) string {
	if plain(s) {
		return s
	}
	s = strings.Map(simple, strings.ToValidUTF8(s, string(utf8.RuneError)))
	s = norm.NFKC.String(s)
	// NFKC makes blanks of a few characters, so blanks come after it.
	return blanks(strings.Map(simple, s))
}

// plain says that a text of ASCII is normal as it is.
func plain(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= utf8.RuneSelf || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return before != ' ' || s == ""
}

// simple maps a character to the one that is typed for it; what cannot be seen
// is dropped.
func simple(r rune) rune {
	switch {
	case r < 0xAD:
		return r
	case r == '\u00AD', r >= '\u200B' && r <= '\u200F', r >= '\u202A' && r <= '\u202E', r >= '\u2060' && r <= '\u2064',
		r >= '\uFE00' && r <= '\uFE0F', r == '\uFEFF':
		return -1 // hyphenation, joiners, directions, variants, byte order
	case r >= '\u2018' && r <= '\u201B':
		return '\''
	case r >= '\u201C' && r <= '\u201F':
		return '"'
	case r >= '\u2010' && r <= '\u2015', r == '\u2212':
		return '-'
	}
	return r
}

// blanks makes one blank of white space, and none at the ends.
func blanks(s string) string {
	before := true
	for _, r := range s {
		space := unicode.IsSpace(r)
		if space && (before || r != ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
		before = space
	}
	return strings.TrimSuffix(s, " ")
}

// FoldNormal is Fold of a text that Normal returned. The scripts that most text
// is written in are done here, because Unicode's whole is slow.
func FoldNormal(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	return string(appendFolded(make([]byte, 0, len(s)), s))
}

// appendFolded is FoldNormal into a buffer.
func appendFolded(out []byte, s string) []byte {
	start := len(out)
	if ascii(s) {
		out = append(out, s...)
		for i, c := range out[start:] {
			if 'A' <= c && c <= 'Z' {
				out[start+i] = c + 'a' - 'A'
			}
		}
		return out
	}
	for _, r := range s {
		lower, ok := quickFold(r)
		switch {
		case !ok:
			return append(out[:start], foldAny(s)...)
		case lower < utf8.RuneSelf:
			out = append(out, byte(lower))
		default:
			out = utf8.AppendRune(out, lower)
		}
	}
	return out
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// quickFold folds one character; false if it is not one of those known here,
// which stay normal whatever stands beside them.
func quickFold(r rune) (rune, bool) {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r, true
	case r >= 0xC0 && r <= 0xDE && r != 0xD7: // Latin
		return r + 0x20, true
	case r >= 0xA0 && r <= 0xFF && r != 'ß':
		return r, true
	case r >= 0x0410 && r <= 0x042F: // Cyrillic
		return r + 0x20, true
	case r >= 0x0400 && r <= 0x040F:
		return r + 0x50, true
	case r >= 0x0430 && r <= 0x045F:
		return r, true
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3041 && r <= 0x3096, r >= 0x30A1 && r <= 0x30FC, r >= 0xAC00 && r <= 0xD7A3,
		r >= 0x3001 && r <= 0x3020, r >= 0x20A0 && r <= 0x20B0, r >= 0x1F300 && r <= 0x1F64F: // Han, Kana, Hangul, signs
		return r, true
	}
	return r, false
}

// foldAny folds by Unicode's rules; what folding took apart is made normal
// again. The dot that it leaves on the i of Istanbul goes.
func foldAny(s string) string {
	return norm.NFKC.String(strings.ReplaceAll(cases.Fold().String(s), "i\u0307", "i"))
}
