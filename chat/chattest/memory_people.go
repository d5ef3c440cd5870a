package chattest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"perch/chat"
)

func (s *memory) ListPrincipals(ctx context.Context) ([]chat.Principal, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Principal
	for _, id := range slices.Sorted(maps.Keys(s.principals)) {
		if p := s.principals[id]; p.State != chat.PrincipalDeleted {
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *memory) ListMemberships(ctx context.Context) ([]chat.Membership, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []chat.Membership
	for k, since := range s.memberships {
		out = append(out, chat.Membership{Group: k.group, Member: k.member, Since: since})
	}
	return out, nil
}

func (s *memory) CreatePrincipals(ctx context.Context, p []chat.Principal, cred []chat.Credentials, e []chat.Entry) ([]chat.Principal, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	for i := range p {
		if s.principalTaken(&p[i], p[:i]) {
			return nil, chat.E(chat.KindDuplicateName, "somebody is named "+p[i].Name+" already")
		}
	}
	out := slices.Clone(p)
	for i := range out {
		out[i].ID = chat.PrincipalID(s.id("principal"))
		s.principals[out[i].ID] = out[i]
		if cred != nil {
			s.credentials[out[i].ID] = cloneCredentials(cred[i])
		}
	}
	e = slices.Clone(e)
	for i := range min(len(e), len(out)) {
		e[i].Subject = int64(out[i].ID)
	}
	s.write(e...)
	return out, nil
}

// principalTaken says whether somebody else, stored or in more, has the name or
// address of p and is not deleted.
func (s *memory) principalTaken(p *chat.Principal, more []chat.Principal) bool {
	same := func(q chat.Principal) bool {
		return q.State != chat.PrincipalDeleted && (fold(q.Name) == fold(p.Name) || q.URI == p.URI)
	}
	for id, q := range s.principals {
		if id != p.ID && same(q) {
			return true
		}
	}
	return slices.ContainsFunc(more, same)
}

func cloneCredentials(c chat.Credentials) chat.Credentials {
	return chat.Credentials{Password: c.Password, NTHash: slices.Clone(c.NTHash)}
}

func (s *memory) UpdatePrincipal(ctx context.Context, p chat.Principal, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	old, ok := s.principals[p.ID]
	if !ok {
		return chat.E(chat.KindNoSuchPrincipal, "")
	}
	p.GUID, p.Kind, p.URI, p.Audit.CreatedBy, p.Audit.CreatedAt = old.GUID, old.Kind, old.URI, old.Audit.CreatedBy, old.Audit.CreatedAt
	p.Bot = old.Bot
	if p.State != chat.PrincipalDeleted && s.principalTaken(&p, nil) {
		return chat.E(chat.KindDuplicateName, "somebody is named "+p.Name+" already")
	}
	s.principals[p.ID] = p
	e.Subject = int64(p.ID)
	s.write(e)
	switch p.State {
	case chat.PrincipalActive:
	case chat.PrincipalDisabled:
		s.endSessions(p.ID, "", chat.CauseDisabled, e.At)
	case chat.PrincipalDeleted:
		s.endSessions(p.ID, "", chat.CauseDeleted, e.At)
		s.erase(p.ID)
	}
	return nil
}

// erase takes away all that a deleted principal had.
func (s *memory) erase(id chat.PrincipalID) {
	maps.DeleteFunc(s.memberships, func(k pair, _ chat.InvitationID) bool { return k.group == id || k.member == id })
	maps.DeleteFunc(s.objects, func(_ objectKey, o chat.Object) bool { return o.Owner == id })
	maps.DeleteFunc(s.marks, func(k markKey, _ chat.Mark) bool { return k.user == id })
	maps.DeleteFunc(s.gathered, func(k gatheredKey, _ chat.Gathered) bool { return k.user == id })
	maps.DeleteFunc(s.passes, func(_ string, p chat.Pass) bool { return p.User == id })
	delete(s.credentials, id)
	delete(s.contacts, id)
	delete(s.publications, id)
	delete(s.preferences, id)
	out := func(list []chat.PrincipalID) []chat.PrincipalID {
		return slices.DeleteFunc(slices.Clone(list), func(x chat.PrincipalID) bool { return x == id })
	}
	for k, r := range s.rooms {
		if i := slices.Index(r.Members, id); i >= 0 {
			r.Since = slices.Delete(slices.Clone(r.Since), i, i+1)
		}
		r.Members, r.Managers, r.Presenters = out(r.Members), out(r.Managers), out(r.Presenters)
		s.rooms[k] = r
	}
	for k, c := range s.categories {
		c.Allowed, c.Denied, c.Creators = out(c.Allowed), out(c.Denied), out(c.Creators)
		s.categories[k] = c
	}
}

// pair is a direct membership.
type pair struct{ group, member chat.PrincipalID }

func (s *memory) UpdateMemberships(ctx context.Context, add, remove []chat.Membership, e []chat.Entry) ([]chat.Membership, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	for _, m := range remove {
		delete(s.memberships, pair{m.Group, m.Member})
	}
	out := slices.Clone(add)
	for i, m := range add {
		k := pair{m.Group, m.Member}
		if _, there := s.memberships[k]; !there {
			s.memberships[k] = chat.InvitationID(s.id(invitations))
		}
		out[i].Since = s.memberships[k]
	}
	s.write(e...)
	return out, nil
}

func (s *memory) FindCredentials(ctx context.Context, user chat.PrincipalID) (chat.Credentials, error) {
	if err := s.begin(ctx); err != nil {
		return chat.Credentials{}, err
	}
	defer s.mu.Unlock()
	return cloneCredentials(s.credentials[user]), nil
}

func (s *memory) UpdateCredentials(ctx context.Context, user chat.PrincipalID, c chat.Credentials, keep string, e chat.Entry) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	other := s.credentials[user].Password != c.Password
	s.credentials[user] = cloneCredentials(c)
	e.Subject = int64(user)
	s.write(e)
	if other {
		s.endSessions(user, keep, chat.CausePassword, e.At)
	}
	return nil
}

func (s *memory) FindContacts(ctx context.Context, user chat.PrincipalID) (chat.ContactList, error) {
	if err := s.begin(ctx); err != nil {
		return chat.ContactList{}, err
	}
	defer s.mu.Unlock()
	l, ok := s.contacts[user]
	if !ok {
		return chat.ContactList{Version: 1, Groups: []chat.ContactGroup{{ID: 1, Name: "~"}}}, nil
	}
	return cloneContacts(l), nil
}

func cloneContacts(l chat.ContactList) chat.ContactList {
	l.Groups, l.Contacts = slices.Clone(l.Groups), slices.Clone(l.Contacts)
	for i := range l.Contacts {
		l.Contacts[i].Groups = slices.Clone(l.Contacts[i].Groups)
	}
	return l
}

func (s *memory) UpdateContacts(ctx context.Context, user chat.PrincipalID, l chat.ContactList) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	version := int64(1)
	if old, ok := s.contacts[user]; ok {
		version = old.Version
	}
	if l.Version != version+1 {
		return chat.E(chat.KindCollision, "")
	}
	s.contacts[user] = cloneContacts(l)
	return nil
}

func (s *memory) ListPublications(ctx context.Context, user chat.PrincipalID) ([]chat.Publication, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := slices.Collect(maps.Values(s.publications[user]))
	slices.SortFunc(out, comparePublications)
	return out, nil
}

func comparePublications(a, b chat.Publication) int {
	return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Container, b.Container))
}

func (s *memory) UpdatePublications(ctx context.Context, user chat.PrincipalID, put []chat.Publication, remove []chat.PublicationKey) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.publications[user] == nil {
		s.publications[user] = map[chat.PublicationKey]chat.Publication{}
	}
	for _, k := range remove {
		delete(s.publications[user], k)
	}
	for _, p := range put {
		s.publications[user][p.PublicationKey] = p
	}
	return nil
}

func (s *memory) FindPreference(ctx context.Context, user chat.PrincipalID, label string) (chat.Preference, error) {
	if err := s.begin(ctx); err != nil {
		return chat.Preference{}, err
	}
	defer s.mu.Unlock()
	p, ok := s.preferences[user][label]
	if !ok {
		return p, chat.E(chat.KindInvalid, "no such preference")
	}
	return p, nil
}

func (s *memory) UpdatePreference(ctx context.Context, user chat.PrincipalID, label, content string) (int64, error) {
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return s.putPreference(user, label, content), nil
}

func (s *memory) putPreference(user chat.PrincipalID, label, content string) int64 {
	if s.preferences[user] == nil {
		s.preferences[user] = map[string]chat.Preference{}
	}
	p := chat.Preference{Label: label, Version: s.preferences[user][label].Version + 1, Content: content}
	s.preferences[user][label] = p
	return p.Version
}
