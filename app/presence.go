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
	if known {
		for _, s := range states {
			if availability >= s.from {
				return web.Presence{State: s.state, Note: note}
			}
		}
	}
	return web.Presence{State: "unknown", Note: note}
}

// Watch calls fn after somebody's state may have changed.
func (p presences) Watch(fn func(user chat.PrincipalID)) (stop func()) { return p.of.WatchPresence(fn) }

// Here says that somebody has, or has no longer, a connection by the web.
func (p presences) Here(user *chat.Principal, is bool) { p.of.Elsewhere(*user, is) }
