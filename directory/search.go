package directory

import (
	"slices"
	"strings"

	"perch/chat"
)

// between separates what a principal is found by, so that no search runs from one
// into the next; each word after it, and each word of one, begins with wordMark.
const (
	between  = "\x00"
	wordMark = "\n"
)

// searchText is what a principal is found by: it holds wordMark and a folded
// prefix if, and only if, the prefix finds him.
func searchText(p *chat.Principal) string {
	address := ""
	if p.Kind == chat.KindUser {
		address = strings.TrimPrefix(p.URI, "sip:")
	}
	var b strings.Builder
	for _, text := range [...]string{p.Name, address, p.Email, p.DisplayName} {
		b.WriteString(words(text) + between)
	}
	return b.String()
}

// words is a text folded, with each of its words marked.
func words(text string) string {
	list := strings.Fields(strings.ToLower(text))
	if len(list) == 0 {
		return ""
	}
	return wordMark + strings.Join(list, wordMark)
}

// FindPrincipals finds whose name, SIP address, e-mail or words of whose display
// name begin with a prefix, without case, by name: limit of them at most (zero: no
// bound), and whether there are more. Without kinds it finds every kind; an empty
// prefix finds all.
func (s *Service) FindPrincipals(prefix string, kinds []chat.PrincipalKind, limit int) (list []chat.Principal, more bool) {
	prefix = words(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(prefix)), "sip:"))
	s.mu.RLock()
	var found []*known
	for _, p := range s.byID {
		if (len(kinds) == 0 || slices.Contains(kinds, p.Kind)) && strings.Contains(p.search, prefix) {
			found = append(found, p)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(found, func(a, b *known) int { return strings.Compare(a.folded, b.folded) })
	if limit > 0 && len(found) > limit {
		found, more = found[:limit], true
	}
	for _, p := range found {
		list = append(list, p.Principal)
	}
	return list, more
}

// FindUsers finds users as FindPrincipals does.
func (s *Service) FindUsers(prefix string, limit int) (list []chat.Principal, more bool) {
	return s.FindPrincipals(prefix, []chat.PrincipalKind{chat.KindUser}, limit)
}

// SearchPrincipals finds all whom FindPrincipals finds.
func (s *Service) SearchPrincipals(prefix string) []chat.Principal {
	list, _ := s.FindPrincipals(prefix, nil, 0)
	return list
}
