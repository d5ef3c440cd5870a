package search

import (
	"unicode"
	"unicode/utf8"
)

// Tokens are the words of a folded text, in order.
func Tokens(folded string) []string {
	list := split(folded, nil)
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].of(folded)
	}
	return out
}

// Keys hands on the words of a folded text, the characters outside words without
// blanks, and the pairs of characters of scripts without blanks that stand side by
// side, all as often as they stand there.
func Keys(folded string, word, symbol, together func(s string)) {
	var few [64]span
	var last span
	symbols := func(end int) {
		from := last.end
		for i, r := range folded[from:end] {
			if r != ' ' {
				symbol(folded[from+i : from+i+utf8.RuneLen(r)])
			}
		}
	}
	for _, w := range split(folded, few[:0]) {
		symbols(w.start)
		word(w.of(folded))
		if pair(last, w) {
			together(folded[last.start:w.end])
		}
		last = w
	}
	symbols(len(folded))
}

// pair says that two words are characters side by side.
func pair(a, b span) bool { return a.alone && b.alone && a.end == b.start }

// span is where a word stands.
type span struct {
	start, end int
	alone      bool // a character of a script without blanks
}

func (s span) of(text string) string { return text[s.start:s.end] }

// kind is what a character is to words.
type kind int

const (
	separator kind = iota
	letter         // or digit
	mark           // belongs to the word that it follows, and separates otherwise
	alone          // is a word
)

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' {
			return letter
		}
		return separator
	case r >= 0x4E00 && r <= 0x9FFF: // most of Han
		return alone
	case r >= 0x0400 && r <= 0x0481: // Cyrillic
		return letter
	case r >= 0x0E00 && withoutBlanks(r):
		return alone
	case unicode.IsLetter(r) || unicode.IsNumber(r):
		return letter
	case unicode.IsMark(r):
		return mark
	}
	return separator
}

// withoutBlanks says that a character is of a script that is written without
// blanks; the sound mark is shared by two of them.
func withoutBlanks(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// split appends the words of a text.
func split(text string, out []span) []span {
	start := -1
	for i, r := range text {
		k := kindOf(r)
		if k == letter || k == mark && start >= 0 {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out = append(out, span{start: start, end: i})
			start = -1
		}
		if k == alone {
			out = append(out, span{start: i, end: i + utf8.RuneLen(r), alone: true})
		}
	}
	if start >= 0 {
		out = append(out, span{start: start, end: len(text)})
	}
	return out
}

// begin says that a word which stands at i begins there: it is not the middle of
// one.
func begin(text []byte, i int) bool {
	for i > 0 {
		r, n := utf8.DecodeLastRune(text[:i])
		if k := kindOf(r); k != mark {
			return k != letter
		}
		i -= n
	}
	return true
}

// goesOn says that a word goes on with a text.
func goesOn(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	r, _ := utf8.DecodeRune(text)
	k := kindOf(r)
	return k == letter || k == mark
}

// apart is how long what separates words is at the beginning of a text.
func apart(text []byte) (n int) {
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if k := kindOf(r); k == letter || k == alone {
			break
		}
		n += size
	}
	return n
}

// number says whether a word is made of digits.
func number(s []byte) bool {
	for _, r := range string(s) {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}
