package app

import (
	"perch/chat"
	"perch/front/signin"
	"perch/front/web"
)

// presences shows the web what the sign-in front end knows of where people are, and
// the other way round.
type presences struct{ of *signin.Service }

// states are the web's words for availability, by the number from which each
// begins (SIPE 4.3).
var states = [...]struct {
	from  int
	state string
}{{18000, "offline"}, {12000, "away"}, {9000, "do-not-disturb"}, {6000, "busy"}, {3000, "available"}}

// State is how somebody is.
func (p presences) State(user *chat.Principal) web.Presence {
	availability, note, known := p.of.State(*user)
	return web.Presence{State: stateOf(availability, known), Note: note}
}

func stateOf(availability int, known bool) string {
	for _, s := range states {
		if known && availability >= s.from {
			return s.state
		}
	}
	return "unknown"
}

// Watch calls fn after somebody's state may have changed.
func (p presences) Watch(fn func(user chat.PrincipalID)) (stop func()) { return p.of.WatchPresence(fn) }

// Here says how somebody is by his connections to the web.
func (p presences) Here(user *chat.Principal, state string) {
	availability := map[string]int{"available": signin.Available, "away": signin.Away}[state]
	p.of.Elsewhere(*user, availability)
}
