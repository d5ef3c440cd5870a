package settings

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

// Endpoints lists the pool's further addresses.
func (s *Service) Endpoints() []chat.ChatEndpoint {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []chat.ChatEndpoint
	for _, name := range slices.Sorted(maps.Keys(s.endpoints.byName)) {
		out = append(out, s.endpoints.byName[name])
	}
	return out
}

// CreateEndpoint gives the pool one more address; one that is taken is refused
// (KindDuplicateName).
func (s *Service) CreateEndpoint(ctx context.Context, e chat.ChatEndpoint) (chat.ChatEndpoint, error) {
	e.URI = s.address(e.URI)
	user, domain, _ := strings.Cut(strings.TrimPrefix(e.URI, "sip:"), "@")
	if user == "" || !strings.EqualFold(domain, s.cfg.Domain) || strings.ContainsAny(user, " <>\"@:/;,") {
		return e, chat.E(chat.KindInvalid, fmt.Sprintf("%q is not an address like sip:chat@%s", e.URI, s.cfg.Domain))
	}
	if err := checkText("the address", e.URI); err != nil {
		return e, err
	}
	if err := checkText("the display name", e.DisplayName); err != nil {
		return e, err
	}
	return edit(ctx, s, s.endpoints, e.URI, func(old *chat.ChatEndpoint) (chat.ChatEndpoint, error) {
		if old != nil || s.cfg.Taken != nil && s.cfg.Taken(e.URI) {
			return e, chat.E(chat.KindDuplicateName, "the address "+e.URI+" is in use already")
		}
		return e, nil
	})
}

// DeleteEndpoint takes an address away.
func (s *Service) DeleteEndpoint(ctx context.Context, uri string) error {
	return drop(ctx, s, s.endpoints, s.address(uri), false)
}

// Serves says whether an address is one of the pool's further ones.
func (s *Service) Serves(uri string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, there := s.endpoints.byName[strings.ToLower(uri)]
	return there
}

// address completes what was typed to a canonical address.
func (s *Service) address(uri string) string {
	uri = strings.ToLower(strings.TrimSpace(uri))
	if uri != "" && !strings.Contains(uri, "@") {
		uri += "@" + strings.ToLower(s.cfg.Domain)
	}
	return "sip:" + strings.TrimPrefix(uri, "sip:")
}
