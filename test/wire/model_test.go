package wire_test

import "slices"

// model is who may what, said as plainly as can be: over people, not over
// principals, by asking everything anew. It is what every surface of the server
// is compared with; it shares nothing with chat/access.
type model struct {
	people     []string
	off        map[string]bool     // disabled people, and those whom policy does not enable
	groups     map[string][]string // group -> people and groups
	categories map[string]*modelCategory
	rooms      map[string]*modelRoom
	walls      [][2]string
	held       map[string]map[string]bool // what was found out about groups
}

type modelCategory struct {
	allowed, denied, creators []string
	history, files            bool
}

type modelRoom struct {
	category                      string
	privacy                       string // open, closed, secret
	auditorium, disabled          bool
	members, managers, presenters []string
}

// in says whether a person is one of the names, or in one of the groups named.
func (m *model) in(person string, names []string) bool {
	for _, name := range names {
		if name == "everyone" || name == person || m.group(name)[person] {
			return true
		}
	}
	return false
}

// group is everything that a group holds, directly or through others.
func (m *model) group(name string) map[string]bool {
	if m.held[name] != nil {
		return m.held[name]
	}
	held := map[string]bool{}
	for todo := []string{name}; len(todo) > 0; todo = todo[1:] {
		for _, member := range m.groups[todo[0]] {
			if !held[member] {
				held[member] = true
				todo = append(todo, member)
			}
		}
	}
	m.held[name] = held
	return held
}

// scope says whether a category's scope holds a person.
func (m *model) scope(person string, c *modelCategory) bool {
	return m.in(person, c.allowed) && !m.in(person, c.denied)
}

// walled says whether a wall keeps a person out of a room: XCCOS 7.6.
func (m *model) walled(person string, r *modelRoom) bool {
	for _, w := range m.walls {
		a, b := m.in(person, w[:1]), m.in(person, w[1:])
		switch {
		case a && b:
			if m.touched(r, w[0], w[1]) || m.touched(r, w[1], w[0]) {
				return true
			}
		case a && m.kept(r, w[0], w[1]), b && m.kept(r, w[1], w[0]):
			return true
		}
	}
	return false
}

// kept says whether a room is closed to the people of one side.
func (m *model) kept(r *modelRoom, own, other string) bool {
	if m.denies(m.categories[r.category], other) {
		return false
	}
	mine, theirs := m.anyone(r.managers, own, other), m.anyone(r.managers, other, own)
	if mine != theirs {
		return theirs
	}
	return m.touched(r, other, own)
}

// denies says whether a category denies a group as a whole.
func (m *model) denies(c *modelCategory, group string) bool {
	for _, name := range c.denied {
		if name == "everyone" || name == group || m.group(name)[group] {
			return true
		}
	}
	return false
}

// touched says whether somebody of a side, and not of the other, may be in a room
// or has a role there.
func (m *model) touched(r *modelRoom, side, not string) bool {
	return m.anyone(r.members, side, not) || m.anyone(r.managers, side, not) || m.anyone(r.presenters, side, not) ||
		r.privacy == "open" && m.anyone(m.categories[r.category].allowed, side, not)
}

// anyone says whether the names hold somebody of one side who is not of the other.
func (m *model) anyone(names []string, side, not string) bool {
	return slices.ContainsFunc(m.people, func(p string) bool {
		return m.in(p, []string{side}) && !m.in(p, []string{not}) && m.in(p, names)
	})
}

// may answers a question about a room.
func (m *model) may(person, action, room string) bool {
	r := m.rooms[room]
	c := m.categories[r.category]
	if m.off[person] || !m.scope(person, c) {
		return false
	}
	if action == "create" {
		return m.in(person, c.creators)
	}
	if m.walled(person, r) {
		return false
	}
	manager, member := m.in(person, r.managers), m.in(person, r.members)
	switch action {
	case "manage":
		return manager
	case "see":
		return (r.privacy != "secret" || member || manager) && (!r.disabled || manager)
	}
	if r.disabled || r.privacy != "open" && !member {
		return false
	}
	switch action {
	case "read":
		return c.history
	case "upload":
		return c.files && (!r.auditorium || m.in(person, r.presenters))
	case "post":
		return !r.auditorium || m.in(person, r.presenters)
	}
	return true // join, download
}
