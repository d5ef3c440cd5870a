package chattest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"perch/chat"
)

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func cloneCategory(c chat.Category) chat.Category {
	c.Allowed, c.Denied, c.Creators = slices.Clone(c.Allowed), slices.Clone(c.Denied), slices.Clone(c.Creators)
	c.FileTypes = slices.Clone(c.FileTypes)
	return c
}

func cloneRoom(r chat.Room) chat.Room {
	r.Members, r.Managers, r.Presenters = slices.Clone(r.Members), slices.Clone(r.Managers), slices.Clone(r.Presenters)
	r.Since = slices.Clone(r.Since)
	return r
}

// lists refuses lists that name a principal twice.
func lists(lists ...[]chat.PrincipalID) error {
	for _, l := range lists {
		l = slices.Sorted(slices.Values(l))
		if len(slices.Compact(slices.Clone(l))) < len(l) {
			return chat.E(chat.KindInvalid, "a list names a principal twice")
		}
	}
	return nil
}

func checkCategory(c *chat.Category) error { return lists(c.Allowed, c.Denied, c.Creators) }

func (s *memory) checkRoom(r *chat.Room) error {
	if _, ok := s.categories[r.Category]; !ok {
		return chat.E(chat.KindNoSuchCategory, "")
	}
	return lists(r.Members, r.Managers, r.Presenters)
}

func (s *memory) guidTaken(guid string) bool {
	for _, c := range s.categories {
		if c.GUID == guid {
			return true
		}
	}
	for _, r := range s.rooms {
		if r.GUID == guid {
			return true
		}
	}
	return false
}

// invitesFrom is what is stored as InvitesFrom.
func (s *memory) invitesFrom(given chat.InvitationID) chat.InvitationID {
	if given == chat.InvitesFromNow {
		return chat.InvitationID(s.given[invitations])
	}
	return given
}

// setInvitations gives rooms their InvitesFrom, and each member the number that
// he has; old are the rooms before.
func (s *memory) setInvitations(rooms, old []chat.Room) {
	for i := range rooms {
		rooms[i].InvitesFrom = s.invitesFrom(rooms[i].InvitesFrom)
	}
	for i := range rooms {
		r := &rooms[i]
		r.Since = make([]chat.InvitationID, len(r.Members))
		for j, m := range r.Members {
			if at := slices.Index(old[i].Members, m); at >= 0 {
				r.Since[j] = old[i].Since[at]
			} else {
				r.Since[j] = chat.InvitationID(s.id(invitations))
			}
		}
	}
}

// put stores a room, and makes r share nothing with what is stored or was
// handed in.
func (s *memory) put(r *chat.Room) {
	*r = cloneRoom(*r)
	s.rooms[r.ID] = cloneRoom(*r)
}

// completed is an entry with the room that it is about.
func completed(e chat.Entry, r *chat.Room) chat.Entry {
	e.Room, e.RoomGUID, e.RoomName = r.ID, cmp.Or(e.RoomGUID, r.GUID), cmp.Or(e.RoomName, r.Name)
	return e
}

func (s *memory) writeRooms(entries []chat.Entry, rooms []chat.Room) {
	for i, e := range entries {
		if i < len(rooms) {
			e = completed(e, &rooms[i])
		}
		s.write(e)
	}
}

func (s *memory) ListCategories(ctx context.Context) ([]chat.Category, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Category
	for _, id := range slices.Sorted(maps.Keys(s.categories)) {
		out = append(out, cloneCategory(s.categories[id]))
	}
	return out, nil
}

func (s *memory) ListRooms(ctx context.Context) ([]chat.Room, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Room
	for _, id := range slices.Sorted(maps.Keys(s.rooms)) {
		out = append(out, cloneRoom(s.rooms[id]))
	}
	return out, nil
}

// take claims names, all or none; the old names are given up first.
func (s *memory) take(old, names []string) error {
	for _, n := range old {
		delete(s.names, fold(n))
	}
	taken := 0
	for _, n := range names {
		if s.names[fold(n)] {
			for _, m := range names[:taken] {
				delete(s.names, fold(m))
			}
			for _, m := range old {
				s.names[fold(m)] = true
			}
			return chat.E(chat.KindDuplicateName, "a room or category is named "+n+" already")
		}
		s.names[fold(n)] = true
		taken++
	}
	return nil
}

func (s *memory) CreateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	if err := s.begin(ctx); err != nil {
		return c, err
	}
	defer s.mu.Unlock()
	if err := checkCategory(&c); err != nil {
		return c, err
	}
	if s.guidTaken(c.GUID) {
		return c, chat.E(chat.KindInvalid, "the GUID is taken")
	}
	if err := s.take(nil, []string{c.Name}); err != nil {
		return c, err
	}
	c = cloneCategory(c)
	c.InvitesFrom = s.invitesFrom(c.InvitesFrom)
	c.ID, c.Version = chat.CategoryID(s.id("category")), 1
	s.categories[c.ID] = c
	e.Subject = int64(c.ID)
	s.write(e)
	return cloneCategory(c), nil
}

func (s *memory) CreateRooms(ctx context.Context, rooms []chat.Room, e []chat.Entry) ([]chat.Room, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	names, guids := make([]string, len(rooms)), map[string]bool{}
	for i, r := range rooms {
		names[i] = r.Name
		if err := s.checkRoom(&r); err != nil {
			return nil, err
		}
		if guids[r.GUID] || s.guidTaken(r.GUID) {
			return nil, chat.E(chat.KindInvalid, "the GUID is taken")
		}
		guids[r.GUID] = true
	}
	if err := s.take(nil, names); err != nil {
		return nil, err
	}
	out := slices.Clone(rooms)
	s.setInvitations(out, make([]chat.Room, len(out)))
	for i := range out {
		out[i].ID, out[i].Version = chat.RoomID(s.id("room")), 1
		s.put(&out[i])
	}
	s.writeRooms(e, out)
	return out, nil
}

func (s *memory) UpdateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	if err := s.begin(ctx); err != nil {
		return c, err
	}
	defer s.mu.Unlock()
	old, ok := s.categories[c.ID]
	if !ok {
		return c, chat.E(chat.KindNoSuchCategory, "")
	}
	if old.Version != c.Version {
		return c, chat.E(chat.KindCollision, "")
	}
	if err := checkCategory(&c); err != nil {
		return c, err
	}
	if err := s.take([]string{old.Name}, []string{c.Name}); err != nil {
		return c, err
	}
	c = cloneCategory(c)
	c.GUID, c.Audit.CreatedBy, c.Audit.CreatedAt = old.GUID, old.Audit.CreatedBy, old.Audit.CreatedAt
	c.Version++
	c.InvitesFrom = s.invitesFrom(c.InvitesFrom)
	s.categories[c.ID] = c
	e.Subject = int64(c.ID)
	s.write(e)
	return cloneCategory(c), nil
}

func (s *memory) UpdateRooms(ctx context.Context, rooms []chat.Room, e []chat.Entry) ([]chat.Room, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var old []chat.Room
	var gone, names []string
	seen := map[chat.RoomID]bool{}
	for _, r := range rooms {
		was, ok := s.rooms[r.ID]
		switch {
		case !ok:
			return nil, chat.E(chat.KindNoSuchRoom, "")
		case was.Version != r.Version || seen[r.ID]:
			return nil, chat.E(chat.KindCollision, "")
		}
		if err := s.checkRoom(&r); err != nil {
			return nil, err
		}
		seen[r.ID] = true
		old, gone, names = append(old, was), append(gone, was.Name), append(names, r.Name)
	}
	if err := s.take(gone, names); err != nil {
		return nil, err
	}
	out := slices.Clone(rooms)
	s.setInvitations(out, old)
	for i := range out {
		r, was := &out[i], &old[i]
		r.GUID, r.Audit.CreatedBy, r.Audit.CreatedAt = was.GUID, was.Audit.CreatedBy, was.Audit.CreatedAt
		r.Version++
		s.put(r)
	}
	s.writeRooms(e, out)
	return out, nil
}

func (s *memory) DeleteCategory(ctx context.Context, id chat.CategoryID, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	c, ok := s.categories[id]
	if !ok {
		return chat.E(chat.KindNoSuchCategory, "")
	}
	for _, r := range s.rooms {
		if r.Category == id {
			return chat.E(chat.KindNotEmpty, "")
		}
	}
	delete(s.categories, id)
	delete(s.names, fold(c.Name))
	e.Subject = int64(id)
	s.write(e)
	return nil
}

func (s *memory) DeleteRoom(ctx context.Context, id chat.RoomID, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r, ok := s.rooms[id]
	if !ok {
		return chat.E(chat.KindNoSuchRoom, "")
	}
	delete(s.rooms, id)
	delete(s.messages, id)
	delete(s.revised, id)
	maps.DeleteFunc(s.marks, func(k markKey, _ chat.Mark) bool { return k.room == id })
	maps.DeleteFunc(s.gathered, func(_ gatheredKey, g chat.Gathered) bool { return g.Room == id })
	delete(s.names, fold(r.Name))
	s.write(completed(e, &r))
	return nil
}
