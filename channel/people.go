package channel

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"perch/chat"
	"perch/chat/access"
)

// Roles are the principals that have roles in a room, by address.
type Roles struct {
	Room                          RoomView
	Members, Managers, Presenters []chat.Principal
}

// Room describes a room that the user sees.
func (x *Session) Room(ctx context.Context, arg string) (RoomView, error) {
	guid := lower(arg)
	if r, ok := x.svc.catalog.find(arg).(*chat.Room); ok {
		guid = r.GUID
	}
	p, sub, err := x.allow(ctx, "see", access.See, guid)
	if err != nil {
		return RoomView{}, hidden(err)
	}
	return x.svc.view(p, access.Mask(&sub, p)), nil
}

// hidden makes a refusal to see a room what it is for him who asks: there is
// none. A disabled room says so.
func hidden(err error) error {
	if chat.KindOf(err) == chat.KindForbidden {
		return chat.E(chat.KindNoSuchRoom, "")
	}
	return err
}

// Permissions is the user's permission mask in a room that he sees.
func (x *Session) Permissions(ctx context.Context, guid string) (chat.Permission, error) {
	v, err := x.Room(ctx, guid)
	return v.Permission, err
}

// Roles lists who has roles in a room: everybody who sees it may know.
func (x *Session) Roles(ctx context.Context, guid string) (Roles, error) {
	v, err := x.Room(ctx, guid)
	if err != nil {
		return Roles{}, err
	}
	return Roles{Room: v, Members: x.svc.principals(v.Members), Managers: x.svc.principals(v.Managers), Presenters: x.svc.principals(v.Presenters)}, nil
}

func (s *Service) principals(ids []chat.PrincipalID) []chat.Principal {
	out := make([]chat.Principal, 0, len(ids))
	for _, id := range ids {
		if p, ok := s.dir.FindPrincipal(id); ok {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b chat.Principal) int { return strings.Compare(a.URI, b.URI) })
	return out
}

// Participants lists who has joined a room, also while it is large. The asker
// must have joined it, else KindNoParticipantList.
func (x *Session) Participants(ctx context.Context, guid string) ([]Participant, error) {
	p, _, err := x.allow(ctx, "people", access.Join, lower(guid))
	if err != nil {
		return nil, err
	}
	m := x.joined(p.Room.ID)
	if m == nil {
		return nil, chat.E(chat.KindNoParticipantList, "join the room to see who is in it")
	}
	answer := make(chan map[chat.PrincipalID]chat.Permission, 1)
	m.live.put(work{kind: workList, joined: func(people map[chat.PrincipalID]chat.Permission) { answer <- people }})
	return x.svc.participants(<-answer), nil
}

// participants resolves people with their masks, by address.
func (s *Service) participants(list map[chat.PrincipalID]chat.Permission) []Participant {
	people := make([]Participant, 0, len(list))
	for id, mask := range list {
		if u, ok := s.dir.FindPrincipal(id); ok {
			people = append(people, Participant{User: u, Permission: mask})
		}
	}
	slices.SortFunc(people, func(a, b Participant) int { return strings.Compare(a.User.URI, b.User.URI) })
	return people
}

// Eligible lists principals that may be given a role and of whom the user may know,
// by name: in a room that he manages (he asks before he grants), or in a category in
// which he may create rooms. Prefix is the beginning of a name or of an address.
func (x *Session) Eligible(ctx context.Context, role chat.Role, arg, prefix string, limit int) (list []chat.Principal, more bool, err error) {
	by, err := x.actor()
	if err != nil {
		return nil, false, err
	}
	p, err := x.svc.managed(ctx, by, arg)
	if chat.KindOf(err) == chat.KindNoSuchRoom {
		c, cerr := x.svc.FindCategory(arg)
		if cerr != nil || !access.Decide(&by.sub, access.Create, access.Place{Category: &c}).Allowed {
			return nil, false, err
		}
		p, err = access.Place{Category: &c}, nil
	}
	if err != nil {
		return nil, false, err
	}
	return x.svc.eligible(role, p, prefix, limit, x.svc.knows(&by.sub))
}

// Eligible lists principals that may be given a role in a room or category.
func (s *Service) Eligible(role chat.Role, arg, prefix string, limit int) (list []chat.Principal, more bool, err error) {
	p, err := s.findPlace(arg)
	if err != nil {
		c, cerr := s.FindCategory(arg)
		if cerr != nil {
			return nil, false, err
		}
		p = access.Place{Category: &c}
	}
	return s.eligible(role, p, prefix, limit, func(chat.PrincipalID) bool { return true })
}

func (s *Service) eligible(role chat.Role, p access.Place, prefix string, limit int, knows func(chat.PrincipalID) bool) (list []chat.Principal, more bool, err error) {
	if limit <= 0 || limit > s.cfg.Limits.SearchResults {
		limit = s.cfg.Limits.SearchResults
	}
	if role == chat.Presenter && (p.Room == nil || p.Room.Behavior != chat.Auditorium) {
		return nil, false, chat.E(chat.KindInvalid, "only an auditorium has presenters")
	}
	for _, q := range s.dir.SearchPrincipals(prefix) {
		if q.State != chat.PrincipalActive || !knows(q.ID) || access.Eligible(role, p, s.dir.Affiliations(q.ID)) != nil {
			continue
		}
		if len(list) == limit {
			return list, true, nil
		}
		list = append(list, q)
	}
	return list, false, nil
}

// FindPeople searches users by the beginning of a name or address. Only those are
// found who share a category's scope with the asker and from whom no ethical wall
// separates him: of others he is not told. That he asked for one of those by the
// whole name or address is on record.
func (x *Session) FindPeople(ctx context.Context, prefix string, limit int) (list []chat.Principal, more bool, err error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, false, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	if limit <= 0 || limit > x.svc.cfg.Limits.SearchResults {
		limit = x.svc.cfg.Limits.SearchResults
	}
	return x.search(ctx, prefix, limit, x.svc.knows(&sub), func(chat.PrincipalID) bool { return true })
}

// Principal describes somebody, by address, and what holds him directly. That the
// user asked for one of whom he may not know is on record.
func (x *Session) Principal(ctx context.Context, uri string) (p chat.Principal, memberOf []chat.Principal, err error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return p, nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	p, ok = x.svc.dir.FindURI(uri)
	if ok && !x.svc.knows(&sub)(p.ID) {
		if err := x.notTold(ctx, "somebody of whom he may not know", []chat.PrincipalID{p.ID}); err != nil {
			return chat.Principal{}, nil, err
		}
		ok = false
	}
	if !ok {
		return chat.Principal{}, nil, chat.E(chat.KindNoSuchPrincipal, "no such user or group")
	}
	for _, id := range x.svc.dir.Affiliations(p.ID) {
		if q, found := x.svc.dir.FindPrincipal(id); found && id != p.ID {
			memberOf = append(memberOf, q)
		}
	}
	return p, byName(memberOf, func(q *chat.Principal) string { return q.Name }), nil
}

// scopesOf lists the categories whose scope holds somebody.
func (s *Service) scopesOf(sub *access.Subject) (out []chat.Category) {
	for _, c := range s.Categories() {
		if access.InScope(&c, sub.Affiliations) {
			out = append(out, c)
		}
	}
	return out
}

// knows says of whom somebody may be told: of himself, and of who shares a
// category's scope with him and is not behind an ethical wall.
func (s *Service) knows(sub *access.Subject) func(id chat.PrincipalID) bool {
	scopes := s.scopesOf(sub)
	return func(id chat.PrincipalID) bool {
		return id == sub.User.ID || s.inOneOf(scopes, id) && !walledOff(sub, id)
	}
}

// walledOff says whether a wall stands between somebody and a user or group.
func walledOff(sub *access.Subject, id chat.PrincipalID) bool {
	for i := range sub.Sides {
		side := &sub.Sides[i]
		_, other := slices.BinarySearch(side.Other, id)
		_, own := slices.BinarySearch(side.Own, id)
		_, astride := slices.BinarySearch(side.Astride, id)
		if other && !own || side.Both && (other || own) || astride && id != sub.User.ID {
			return true
		}
	}
	return false
}

// Knows says of each of several users whether the session's user may be told of
// him. That he asked for others is on record.
func (x *Session) Knows(ctx context.Context, ids []chat.PrincipalID) ([]bool, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	knows, out := x.svc.knows(&sub), make([]bool, len(ids))
	var hidden []chat.PrincipalID
	for i, id := range ids {
		if out[i] = knows(id); !out[i] {
			hidden = append(hidden, id)
		}
	}
	return out, x.notTold(ctx, strconv.Itoa(len(hidden))+" people of whom he may not know", hidden)
}

// FindReaders searches, as FindPeople does, those who may read or join a room,
// which the asker must be able to join. That he asked without that is on record.
func (x *Session) FindReaders(ctx context.Context, guid, prefix string, limit int) (list []chat.Principal, more bool, err error) {
	p, sub, err := x.allow(ctx, "people", access.Join, lower(guid))
	if err != nil {
		return nil, false, err
	}
	if limit <= 0 || limit > x.svc.cfg.Limits.SearchResults {
		limit = x.svc.cfg.Limits.SearchResults
	}
	return x.search(ctx, prefix, limit, x.svc.knows(&sub), func(id chat.PrincipalID) bool { return x.svc.mayJoin(id, p) })
}

// search lists users that a prefix finds, of whom the asker knows, and who fit.
func (x *Session) search(ctx context.Context, prefix string, limit int, knows, fits func(chat.PrincipalID) bool) (list []chat.Principal, more bool, err error) {
	var hidden []chat.PrincipalID
	for _, q := range x.svc.dir.SearchPrincipals(prefix) {
		switch {
		case q.Kind != chat.KindUser:
		case more && !looksUp(prefix, &q): // nothing is asked of him
		case !knows(q.ID):
			if looksUp(prefix, &q) {
				hidden = append(hidden, q.ID)
			}
		case !more && fits(q.ID):
			if more = len(list) == limit; !more {
				list = append(list, q)
			}
		}
	}
	return list, more, x.notTold(ctx, "he searched for somebody of whom he may not know", hidden)
}

func (s *Service) mayJoin(user chat.PrincipalID, p access.Place) bool {
	sub, ok := s.subject(user)
	return ok && access.Decide(&sub, access.Join, p).Allowed
}

// Present lists who is in a room that the user may join, without his being there.
func (x *Session) Present(ctx context.Context, guid string) ([]Participant, error) {
	p, _, err := x.allow(ctx, "people", access.Join, lower(guid))
	if err != nil {
		return nil, err
	}
	l := x.svc.liveOf(p.Room.ID)
	if l == nil {
		return nil, nil
	}
	answer := make(chan map[chat.PrincipalID]chat.Permission, 1)
	l.put(work{kind: workList, joined: func(people map[chat.PrincipalID]chat.Permission) { answer <- people }})
	return x.svc.participants(<-answer), nil
}

func (s *Service) inOneOf(scopes []chat.Category, id chat.PrincipalID) bool {
	up := s.dir.Affiliations(id)
	return slices.ContainsFunc(scopes, func(c chat.Category) bool { return access.InScope(&c, up) })
}

// Addins lists the registered add-ins, for who may choose one.
func (x *Session) Addins(context.Context) ([]chat.Addin, error) { return x.svc.Addins(), nil }

// Categories lists those whose scope holds the user.
func (x *Session) Categories(context.Context) ([]chat.Category, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	return x.svc.scopesOf(&sub), nil
}
