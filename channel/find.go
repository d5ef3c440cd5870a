package channel

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// RoomQuery asks for rooms. The zero value asks for all; nil does not filter.
type RoomQuery struct {
	Criteria     string     // words, compared without case; empty: all
	Match        chat.Match // how the words combine
	Descriptions bool       // look in descriptions too
	Category     string     // name or address
	Addin        string     // name or GUID
	Member       string     // address of one who is a member, himself or through a group
	Manager      string     // likewise
	Joined       string     // address of one who is in the room now
	Disabled     *bool
	Privacy      *chat.Privacy
	Behavior     *chat.Behavior
	Invitations  *chat.InvitationSetting
	Limit        int // 0 or more than the server's limit: that one
}

// FindRooms lists the rooms that the user may see and that match, by name;
// more says that the limit cut the list. Disabled rooms are found only when
// they are asked for, by their managers. The search is in the journal,
// and so is which rooms of that name a wall kept from him.
func (x *Session) FindRooms(ctx context.Context, q RoomQuery) (rooms []RoomView, more bool, err error) {
	by, err := x.actor()
	if err != nil {
		return nil, false, err
	}
	if q.Disabled == nil {
		q.Disabled = new(bool)
	}
	var withheld []chat.Entry
	rooms, more, err = x.svc.findRooms(&by.sub, &q, x.svc.cfg.Limits.SearchResults, func(r *chat.Room, d access.Decision) {
		if d.AtWall() && q.Criteria != "" && len(withheld) < mostWithheld {
			withheld = append(withheld, x.denied("find", r, d.Rule(), d.Reason()))
		}
	})
	if err != nil || q.Criteria == "" && q.Member == "" && q.Manager == "" && q.Joined == "" {
		return rooms, more, err
	}
	criteria := q.Criteria
	if x.svc.cfg.WithoutTerms {
		criteria = ""
	}
	b, err := json.Marshal(map[string]any{"rooms": criteria, "member": q.Member, "manager": q.Manager, "joined": q.Joined})
	if err != nil {
		return nil, false, chat.Wrap(chat.KindUnknown, "journal", err)
	}
	e := x.entry(chat.EntrySearch, &chat.Room{})
	e.Detail = string(b)
	return rooms, more, x.svc.commits.record(ctx, append([]chat.Entry{e}, withheld...))
}

// mostWithheld bounds the rooms of one search of which it is on record that a wall
// kept them from who looked for them.
const mostWithheld = 20

// FindRooms lists rooms that match, by name, for an administrator; a Limit of
// zero means all.
func (s *Service) FindRooms(q RoomQuery) (rooms []RoomView, more bool, err error) {
	return s.findRooms(&access.Subject{Administrator: true}, &q, max(q.Limit, 1<<30), func(*chat.Room, access.Decision) {})
}

func (s *Service) findRooms(sub *access.Subject, q *RoomQuery, limit int, hidden func(*chat.Room, access.Decision)) (rooms []RoomView, more bool, err error) {
	if q.Limit > 0 {
		limit = min(limit, q.Limit)
	}
	match, err := s.matcher(q)
	if err != nil {
		return nil, false, err
	}
	sorted, categories := s.catalog.list()
	for _, n := range sorted {
		p := access.Place{Room: n.room, Category: categories[n.room.Category]}
		if p.Category == nil || !match(n) {
			continue
		}
		if d := access.Decide(sub, access.See, p); !d.Allowed {
			hidden(n.room, d)
			continue
		}
		if len(rooms) == limit {
			return rooms, true, nil
		}
		mask := chat.Permission(0)
		if !sub.Administrator {
			mask = access.Mask(sub, p)
		}
		rooms = append(rooms, s.view(p, mask))
	}
	return rooms, false, nil
}

// matcher puts the filters together.
func (s *Service) matcher(q *RoomQuery) (func(n *namedRoom) bool, error) {
	tests := []func(n *namedRoom) bool{q.words()}
	if q.Category != "" {
		c, err := s.FindCategory(q.Category)
		if err != nil {
			return nil, err
		}
		tests = append(tests, func(n *namedRoom) bool { return n.room.Category == c.ID })
	}
	if q.Addin != "" {
		a, err := s.FindAddin(q.Addin)
		if err != nil {
			return nil, err
		}
		tests = append(tests, func(n *namedRoom) bool { return n.room.Addin == a.GUID })
	}
	people, err := s.peopleTests(q)
	if err != nil {
		return nil, err
	}
	tests = append(tests, people...)
	tests = append(tests, switchTests(q)...)
	return func(n *namedRoom) bool {
		return !slices.ContainsFunc(tests, func(test func(*namedRoom) bool) bool { return !test(n) })
	}, nil
}

// peopleTests are the filters that name somebody.
func (s *Service) peopleTests(q *RoomQuery) (tests []func(n *namedRoom) bool, err error) {
	for _, f := range [...]struct {
		uri  string
		test func(p chat.Principal) func(n *namedRoom) bool
	}{
		{q.Member, func(p chat.Principal) func(n *namedRoom) bool {
			up := s.dir.Affiliations(p.ID)
			return func(n *namedRoom) bool { return access.Holds(n.room.Members, up) }
		}},
		{q.Manager, func(p chat.Principal) func(n *namedRoom) bool {
			up := s.dir.Affiliations(p.ID)
			return func(n *namedRoom) bool { return access.Holds(n.room.Managers, up) }
		}},
		{q.Joined, func(p chat.Principal) func(n *namedRoom) bool {
			in := s.roomsJoined(p.ID)
			return func(n *namedRoom) bool { return in[n.room.ID] }
		}},
	} {
		if f.uri == "" {
			continue
		}
		p, ok := s.dir.FindURI(f.uri)
		if !ok {
			return nil, chat.E(chat.KindNoSuchPrincipal, "nobody has the address "+f.uri)
		}
		tests = append(tests, f.test(p))
	}
	return tests, nil
}

// roomsJoined are the rooms in which somebody is now, from any endpoint.
func (s *Service) roomsJoined(user chat.PrincipalID) map[chat.RoomID]bool {
	in := map[chat.RoomID]bool{}
	for _, x := range s.sessionsOf(user) {
		x.mu.Lock()
		for id := range x.rooms {
			in[id] = true
		}
		x.mu.Unlock()
	}
	return in
}

func switchTests(q *RoomQuery) (tests []func(n *namedRoom) bool) {
	if v := q.Disabled; v != nil {
		tests = append(tests, func(n *namedRoom) bool { return n.room.Disabled == *v })
	}
	if v := q.Privacy; v != nil {
		tests = append(tests, func(n *namedRoom) bool { return n.room.Privacy == *v })
	}
	if v := q.Behavior; v != nil {
		tests = append(tests, func(n *namedRoom) bool { return n.room.Behavior == *v })
	}
	if v := q.Invitations; v != nil {
		tests = append(tests, func(n *namedRoom) bool { return n.room.Invitations == *v })
	}
	return tests
}

// words compares names, and descriptions if asked, without case (XCCOS 4.10).
func (q *RoomQuery) words() func(n *namedRoom) bool {
	terms := strings.Fields(foldName(q.Criteria))
	if q.Match == chat.MatchExact && len(terms) > 0 {
		terms = []string{foldName(q.Criteria)}
	}
	return func(n *namedRoom) bool {
		if len(terms) == 0 {
			return true
		}
		held := 0
		for _, t := range terms {
			if strings.Contains(n.fold, t) || q.Descriptions && strings.Contains(foldName(n.room.Description), t) {
				held++
			}
		}
		return held == len(terms) || held > 0 && q.Match == chat.MatchAny
	}
}
