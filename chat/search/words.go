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

// Keys hands on the words of a folded text, and the characters outside words
// without blanks, both as often as they stand there.
func Keys(folded string, word, symbol func(s string)) {
	var few [64]span
	from := 0
	symbols := func(end int) {
		for i, r := range folded[from:end] {
			if r != ' ' {
				symbol(folded[from+i : from+i+utf8.RuneLen(r)])
			}
		}
	}
	for _, w := range split(folded, few[:0]) {
		symbols(w.start)
		word(w.of(folded))
		from = w.end
	}
	symbols(len(folded))
}

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

// number says whether a word is made of digits.
func number(s string) bool {
	for _, r := range s {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}
