package channel

import (
	"slices"

	"perch/chat"
	"perch/chat/access"
)

// Effect is what a change would do to one user in one room.
type Effect struct {
	User         chat.Principal
	Room         RoomRef
	Gains, Loses []access.Action
	// Joined: he is in the room now and would be put out.
	Joined bool
}

// Preview is what a change would do: the first effects, by room and user, and
// how many there are in all.
type Preview struct {
	Effects []Effect
	Total   int
}

// previewed are the actions that a preview compares.
var previewed = [...]access.Action{access.See, access.Join, access.Post, access.Manage}

// lens looks at rights as they are, or as they would be.
type lens struct {
	dir      chat.Directory
	category func(id chat.CategoryID) *chat.Category
	walls    []access.Line
}

func (s *Service) lens(dir chat.Directory, walls []chat.Wall) *lens {
	_, categories := s.catalog.list()
	return &lens{dir, func(id chat.CategoryID) *chat.Category { return categories[id] }, listWalls(dir, walls)}
}

// may are the previewed actions that somebody may do in a room.
func (l *lens) may(user chat.Principal, r *chat.Room) (may [len(previewed)]bool) {
	up := l.dir.Affiliations(user.ID)
	sub := access.Subject{User: user, Affiliations: up, Enabled: l.dir.Enabled(user.ID), Sides: standing(l.walls, up)}
	p := access.Place{Category: l.category(r.Category), Room: r}
	for i, a := range previewed {
		may[i] = p.Category != nil && access.Decide(&sub, a, p).Allowed
	}
	return may
}

// compare looks at users in rooms through two lenses.
func (s *Service) compare(now, then *lens, users []chat.PrincipalID, rooms []*chat.Room, limit int) Preview {
	var out Preview
	for _, r := range rooms {
		for _, id := range users {
			u, ok := s.dir.FindPrincipal(id)
			if !ok {
				continue
			}
			before, after := now.may(u, r), then.may(u, r)
			if before == after {
				continue
			}
			out.Total++
			if len(out.Effects) < limit {
				out.Effects = append(out.Effects, s.effect(u, r, before, after))
			}
		}
	}
	return out
}

func (s *Service) effect(u chat.Principal, r *chat.Room, before, after [len(previewed)]bool) Effect {
	e := Effect{User: u, Room: refOf(r)}
	for i, a := range previewed {
		switch {
		case before[i] && !after[i]:
			e.Loses = append(e.Loses, a)
			e.Joined = e.Joined || a == access.Join && s.roomsJoined(u.ID)[r.ID]
		case after[i] && !before[i]:
			e.Gains = append(e.Gains, a)
		}
	}
	return e
}

// PreviewDirectory says what a change of the directory would do: then is the
// directory as it would be, changed the principals whose place in it differs.
func (s *Service) PreviewDirectory(then chat.Directory, changed []chat.PrincipalID, limit int) Preview {
	walls := s.Walls()
	var users, lists []chat.PrincipalID
	for _, id := range changed {
		for _, dir := range []chat.Directory{s.dir, then} {
			users = append(users, dir.Members(id)...)
			lists = append(lists, dir.Affiliations(id)...)
		}
	}
	lists = sorted(lists)
	rooms := s.roomsNaming(lists)
	for _, w := range walls {
		if access.Holds(lists, []chat.PrincipalID{w.A}) || access.Holds(lists, []chat.PrincipalID{w.B}) {
			users = append(users, s.acrossWalls([]chat.Wall{w})...)
			rooms = s.allRooms()
		}
	}
	return s.compare(s.lens(s.dir, walls), s.lens(then, walls), sorted(users), rooms, limit)
}

// roomsNaming are the rooms that name one of the principals, in their own lists
// or in their category's, by name.
func (s *Service) roomsNaming(who []chat.PrincipalID) (out []*chat.Room) {
	sorted, categories := s.catalog.list()
	for _, n := range sorted {
		c := categories[n.room.Category]
		if c == nil {
			continue
		}
		for _, list := range [...][]chat.PrincipalID{c.Allowed, c.Denied, n.room.Members, n.room.Managers, n.room.Presenters} {
			if access.Holds(list, who) {
				out = append(out, n.room)
				break
			}
		}
	}
	return out
}

func (s *Service) allRooms() (out []*chat.Room) {
	sorted, _ := s.catalog.list()
	for _, n := range sorted {
		out = append(out, n.room)
	}
	return out
}

// acrossWalls are the people on either side of walls.
func (s *Service) acrossWalls(list []chat.Wall) (users []chat.PrincipalID) {
	for _, w := range list {
		users = append(users, s.dir.Members(w.A)...)
		users = append(users, s.dir.Members(w.B)...)
	}
	return sorted(users)
}

// PreviewCategory says what a change of a category's scope would do.
func (s *Service) PreviewCategory(arg string, patch CategoryPatch, limit int) (Preview, error) {
	c, err := s.FindCategory(arg)
	if err != nil {
		return Preview{}, err
	}
	changed := c
	changed.Allowed, changed.Denied = patch.Allowed.apply(c.Allowed), patch.Denied.apply(c.Denied)
	var users []chat.PrincipalID
	for _, pair := range [...][2][]chat.PrincipalID{{c.Allowed, changed.Allowed}, {c.Denied, changed.Denied}} {
		for _, id := range differing(pair[0], pair[1]) {
			users = append(users, s.dir.Members(id)...)
		}
	}
	if walls := s.Walls(); len(walls) > 0 {
		users = append(users, s.acrossWalls(walls)...)
	}
	rooms := slices.DeleteFunc(s.allRooms(), func(r *chat.Room) bool { return r.Category != c.ID })
	now, then := s.lens(s.dir, s.Walls()), s.lens(s.dir, s.Walls())
	of := then.category
	then.category = func(id chat.CategoryID) *chat.Category {
		if id == c.ID {
			return &changed
		}
		return of(id)
	}
	return s.compare(now, then, sorted(users), rooms, limit), nil
}

// differing are what is in one of two sorted lists only.
func differing(a, b []chat.PrincipalID) (out []chat.PrincipalID) {
	for _, pair := range [...][2][]chat.PrincipalID{{a, b}, {b, a}} {
		for _, id := range pair[0] {
			if _, found := slices.BinarySearch(pair[1], id); !found {
				out = append(out, id)
			}
		}
	}
	return out
}

// PreviewWall says what a new wall between two groups would do.
func (s *Service) PreviewWall(name string, a, b chat.PrincipalID, limit int) (Preview, error) {
	w := chat.Wall{Name: name, A: a, B: b}
	if err := s.checkWall(&w); err != nil {
		return Preview{}, err
	}
	walls := s.Walls()
	now := s.lens(s.dir, walls)
	then := s.lens(s.dir, append(slices.Clone(walls), w))
	return s.compare(now, then, s.acrossWalls([]chat.Wall{w}), s.allRooms(), limit), nil
}
