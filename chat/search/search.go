// Package search decides whether a text holds what somebody looks for. It is
// the definition that every store's index agrees with.
//
// What is looked for is split at white space into terms. Any of them must be
// found, or all of them; in an exact search the whole is one term, and white
// space in it stands for whatever separates words.
//
// Upper and lower case are the same, also ss and ß, unless the search asks for
// the case as typed. So are the ways to write one character: é in one piece or
// in two, wide and narrow forms, ligatures, the typographic quotes and dashes
// and those of the keyboard (NFKC and Unicode's full case folding, see Normal
// and Fold). An accent is not ignored.
//
// Text is made of words: runs of letters and digits with their marks. Of Han,
// Hiragana, Katakana, Thai, Lao, Khmer and Myanmar, which are written without
// blanks, every character is a word of its own. All else separates words.
//
//	a term of                  is found
//	one word, three or more    anywhere inside a word: "settle" in "unsettled"
//	  characters
//	one word, one or two       as a whole word only: "US" not in "bus"
//	  characters
//	Chinese and the like       wherever its characters stand one after the other
//	several words              where they stand as whole words one after the
//	                           other, with the same between them: "VOD.L" not in
//	                           "VOD L", "10.1.2.3" not in "10.1.2.34" or
//	                           "110.1.2.3", "end-of-day" not in "end of day". The
//	                           last may be the beginning of a word if it has three
//	                           or more characters and is not a number.
//	no word at all             as it is written: ":-)" in "done:-)"
//
// In an exact search "end of day" is found in "end  of\nday", "end-of-day" and
// "(end) of day". What a term has before its first word and after its last one
// does not count: "C++", "(c)" and "c" are the same.
//
// Beside words a search may ask for names, which are found as whole words one after
// the other, and for traits (Filter): a link to a file (chat.FileLinks), an address
// of the web (http:// or https:// with something behind it), an alert, a story.
//
// A search for nothing finds every text. The package computes only.
package search

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"perch/chat"
)

// Matcher finds what was looked for. It never changes.
type Matcher struct {
	terms []Term
	match chat.Match
}

// Compile prepares a search.
func Compile(q chat.MessageSearch) *Matcher {
	m := &Matcher{match: q.Match}
	text := Normal(q.Text)
	parts := strings.Fields(text)
	if q.Match == chat.MatchExact && len(parts) > 0 {
		parts = []string{strings.TrimSpace(text)}
	}
	for i, p := range parts {
		if slices.Contains(parts[:i], p) {
			continue
		}
		t := Term{folded: newPattern(FoldNormal(p))}
		if q.CaseSensitive {
			cased := newPattern(p)
			t.cased, t.ascii = &cased, ascii(p)
		}
		m.terms = append(m.terms, t)
	}
	return m
}

// Terms are what is looked for; none: everything is found.
func (m *Matcher) Terms() []Term { return m.terms }

// Match says whether a text holds what was looked for.
func (m *Matcher) Match(text string) bool { return len(m.terms) == 0 || m.MatchNormal(Normal(text)) }

// MatchNormal is Match of a text that Normal returned.
func (m *Matcher) MatchNormal(text string) bool {
	var few [512]byte
	var folded []byte
	for i := range m.terms {
		t := &m.terms[i]
		found := t.cased == nil || t.cased.in(append(few[:0], text...))
		// In ASCII what is found with its case is found without.
		if found && (t.cased == nil || !t.ascii || !ascii(text)) {
			if folded == nil || t.cased != nil {
				folded = appendFolded(few[:0], text)
			}
			found = t.folded.in(folded)
		}
		if found != (m.match == chat.MatchAll) {
			return found // one found is enough for any, one missing too much for all
		}
	}
	return m.match == chat.MatchAll || len(m.terms) == 0
}

// Term is one thing to be found. Its methods say what an index needs to know:
// a text that holds the term holds all of its words and symbols.
type Term struct {
	folded pattern
	cased  *pattern // as typed, if case matters
	ascii  bool
}

// Words are the term's words, folded.
func (t *Term) Words() []string {
	out := make([]string, len(t.folded.words))
	for i := range out {
		out[i] = string(t.folded.word(i))
	}
	return out
}

// Part says that the only word is found anywhere inside a word.
func (t *Term) Part() bool { return len(t.folded.words) == 1 && t.folded.long }

// Begins says that the last word may be the beginning of a word.
func (t *Term) Begins() bool { return t.folded.begins }

// Symbols are characters outside words that a text must hold.
func (t *Term) Symbols() []string { return t.folded.symbols() }

// Pairs are two characters of scripts without blanks that a text must hold side
// by side.
func (t *Term) Pairs() []string { return t.folded.pairs() }

// Sure says that a text with the term's only word, symbol or pair holds the term;
// otherwise Match must tell.
func (t *Term) Sure() bool {
	p := &t.folded
	switch len(p.words) {
	case 0:
		return t.cased == nil && len(p.symbols()) == 1 && utf8.RuneCount(p.text) == 1
	case 1:
		return t.cased == nil
	}
	return t.cased == nil && len(p.words) == 2 && len(p.pairs()) == 1
}

// pattern is a term to be found in texts that are normal, or folded as it is.
type pattern struct {
	text    []byte
	words   []span
	first   []byte // the first words, as far as they stand in a text as they are
	longest []byte // of such pieces
	long    bool   // the last word has so many characters that a part is enough
	begins  bool
}

// partRunes is how many characters a word must have to be found inside words.
const partRunes = 3

func newPattern(text string) pattern {
	p := pattern{text: []byte(text), words: split(text, nil)}
	if len(p.words) == 0 {
		return p
	}
	last, from := len(p.words)-1, 0
	for i := range p.words {
		if i == last || p.blank(i+1) {
			piece := p.text[p.words[from].start:p.words[i].end]
			if len(piece) > len(p.longest) {
				p.longest = piece
			}
			if from == 0 {
				p.first = piece
			}
			from = i + 1
		}
	}
	p.long = !p.words[last].alone && utf8.RuneCount(p.word(last)) >= partRunes
	p.begins = p.long && last > 0 && !number(p.word(last))
	return p
}

func (p *pattern) word(i int) []byte { return p.text[p.words[i].start:p.words[i].end] }

// between is what stands before word i, after the word before.
func (p *pattern) between(i int) []byte { return p.text[p.words[i-1].end:p.words[i].start] }

// blank says that anything may stand there in a text.
func (p *pattern) blank(i int) bool { return string(p.between(i)) == " " }

func (p *pattern) symbols() (out []string) {
	add := func(s []byte) {
		for _, r := range string(s) {
			// A mark may stand in a word too, so a text that holds it need not
			// have it as a symbol.
			if c := string(r); r != ' ' && kindOf(r) == separator && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	if len(p.words) == 0 {
		add(p.text)
	}
	for i := 1; i < len(p.words); i++ {
		add(p.between(i))
	}
	return out
}

func (p *pattern) pairs() (out []string) {
	for i := 1; i < len(p.words); i++ {
		if pair(p.words[i-1], p.words[i]) {
			out = append(out, string(p.text[p.words[i-1].start:p.words[i].end]))
		}
	}
	return out
}

func (p *pattern) in(text []byte) bool {
	if len(p.words) == 0 {
		return bytes.Contains(text, p.text)
	}
	if !bytes.Contains(text, p.longest) {
		return false
	}
	if len(p.words) == 1 && (p.long || p.words[0].alone) {
		return true // what begins with a letter or digit is found in words only
	}
	for from := 0; ; {
		i := bytes.Index(text[from:], p.first)
		if i < 0 {
			return false
		}
		if from += i; (p.words[0].alone || begin(text, from)) && p.at(text, from) {
			return true
		}
		from++
	}
}

// at finds the words where a word begins.
func (p *pattern) at(text []byte, i int) bool {
	last := len(p.words) - 1
	for w := range p.words {
		if !bytes.HasPrefix(text[i:], p.word(w)) {
			return false
		}
		i += len(p.word(w))
		if !p.words[w].alone && goesOn(text[i:]) && (w < last || !p.begins) {
			return false
		}
		switch {
		case w == last:
		case p.blank(w + 1):
			i += apart(text[i:])
		default:
			if !bytes.HasPrefix(text[i:], p.between(w+1)) {
				return false
			}
			i += len(p.between(w + 1))
		}
	}
	return true
}
