package search

import (
	"slices"
	"strings"

	"perch/chat"
)

// TraitsOf are the traits of a message with a text that Normal returned.
func TraitsOf(normal string, alert bool) (t chat.Traits) {
	if alert {
		t |= chat.HasAlert
	}
	if strings.HasPrefix(normal, chat.StoryMark) {
		t |= chat.HasStory
	}
	if len(chat.FileLinks(normal)) > 0 {
		t |= chat.HasFile
	}
	if hasLink(normal) {
		t |= chat.HasLink
	}
	return t
}

// hasLink says whether a text holds http:// or https:// and something behind it.
func hasLink(normal string) bool {
	for rest := normal; ; {
		i := strings.Index(rest, "://")
		if i < 0 {
			return false
		}
		before, after := strings.ToLower(rest[max(0, i-len("https")):i]), rest[i+len("://"):]
		if (strings.HasSuffix(before, "http") || before == "https") && after != "" && after[0] != ' ' {
			return true
		}
		rest = after
	}
}

// Filter decides on what a search asks for beside words: traits and names.
type Filter struct {
	has   chat.Traits
	names [][]string
}

// CompileFilter prepares the filter of a search.
func CompileFilter(q *chat.MessageSearch) *Filter {
	f := &Filter{has: q.Has}
	for _, name := range q.Names {
		f.names = append(f.names, Tokens(Fold(name)))
	}
	return f
}

// Names are the words of each name, of which one must be held; none: no name is
// asked for.
func (f *Filter) Names() [][]string { return f.names }

// Has are the traits that a message must have.
func (f *Filter) Has() chat.Traits { return f.has }

// Match says whether a message has what is asked for.
func (f *Filter) Match(text string, alert bool) bool {
	return f.has == 0 && len(f.names) == 0 || f.MatchNormal(Normal(text), alert)
}

// MatchNormal is Match of a text that Normal returned.
func (f *Filter) MatchNormal(normal string, alert bool) bool {
	return (f.has == 0 || TraitsOf(normal, alert)&f.has == f.has) && f.MatchNames(normal)
}

// MatchNames says whether a text that Normal returned holds one of the names.
func (f *Filter) MatchNames(normal string) bool {
	if len(f.names) == 0 {
		return true
	}
	words := Tokens(FoldNormal(normal))
	return slices.ContainsFunc(f.names, func(name []string) bool { return holds(words, name) })
}

// holds says whether words stand one after the other among others.
func holds(words, part []string) bool {
	if len(part) == 0 {
		return false
	}
	for i := 0; i+len(part) <= len(words); i++ {
		if slices.Equal(words[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

// HoldsName says whether a text holds a name as whole words.
func HoldsName(text, name string) bool { return holds(Tokens(Fold(text)), Tokens(Fold(name))) }
