package signin

import (
	"cmp"
	"encoding/xml"
	"io"
	"strings"
	"sync"

	"perch/chat"
)

// elsewhere is what ties presence to other front ends: how those are who are
// connected there, and whom they tell of presence.
type elsewhere struct {
	mu       sync.Mutex               // guards the fields below
	users    map[chat.PrincipalID]int // their availability
	watchers map[int]func(chat.PrincipalID)
	next     int
}

func (t *elsewhere) init() {
	t.users, t.watchers = map[chat.PrincipalID]int{}, map[int]func(chat.PrincipalID){}
}

// is is how somebody is elsewhere; offline if he is not connected there.
func (t *elsewhere) is(user chat.PrincipalID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return cmp.Or(t.users[user], offline)
}

// tell calls who watches.
func (t *elsewhere) tell(user chat.PrincipalID) {
	t.mu.Lock()
	all := make([]func(chat.PrincipalID), 0, len(t.watchers))
	for _, fn := range t.watchers {
		all = append(all, fn)
	}
	t.mu.Unlock()
	for _, fn := range all {
		fn(user)
	}
}

// Elsewhere says how a user is who is connected by another front end: Available or
// Away, and zero when he is no longer. Who has no endpoint here is shown so to those
// who watch him.
func (s *Service) Elsewhere(user chat.Principal, availability int) {
	s.elsewhere.mu.Lock()
	if availability != 0 {
		s.elsewhere.users[user.ID] = availability
	} else {
		delete(s.elsewhere.users, user.ID)
	}
	s.elsewhere.mu.Unlock()
	s.notifyPresence(user)
}

// WatchPresence calls fn after what is shown of a user's presence may have changed,
// outside of any lock. fn must not block. stop may be called once.
func (s *Service) WatchPresence(fn func(user chat.PrincipalID)) (stop func()) {
	t := &s.elsewhere
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	n := t.next
	t.watchers[n] = fn
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.watchers, n)
	}
}

// State is how a user is: his availability as it is published (SIPE 4.3), and the
// text of his note. False: it cannot be told.
func (s *Service) State(user chat.Principal) (availability int, note string, known bool) {
	if len(s.registrar.ofUser(user.URI)) > 0 {
		if _, err := s.presenceOf(user); err != nil {
			return 0, "", false
		}
	}
	availability, note = s.stateOf(user)
	return availability, textOf(note), true
}

// textOf is the text in a published note.
func textOf(content string) string {
	d := xml.NewDecoder(strings.NewReader("<note>" + content + "</note>"))
	var b strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			if err != io.EOF { //nolint:errorlint // as Token returns it
				return "" // what is not XML says nothing
			}
			return strings.TrimSpace(b.String())
		}
		if text, ok := t.(xml.CharData); ok {
			b.Write(text)
		}
	}
}
