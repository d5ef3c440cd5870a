package admin

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"perch/chat"
	"perch/chat/access"
	"perch/directory"
	"perch/front/admin/api"
)

func (s *Server) user(p chat.Principal) api.User {
	policy := s.dir.Policy(p.ID)
	return api.User{
		Name: p.Name, URI: p.URI, DisplayName: p.DisplayName, Email: p.Email, Company: p.Company, State: p.State.String(),
		Enabled: policy.EnablePersistentChat, Policy: policy.Name, GUID: p.GUID, Bot: p.Bot, Version: int64(p.Audit.UpdatedAt),
	}
}

func (s *Server) listUsers(*http.Request) (any, error) {
	out := []api.User{}
	for _, p := range s.dir.List(chat.KindUser) {
		out = append(out, s.user(p))
	}
	return out, nil
}

// find resolves {who} to a principal of a kind; a container is as good as a group.
func (s *Server) find(r *http.Request, kind chat.PrincipalKind) (chat.Principal, error) {
	who := r.PathValue("who")
	p, err := s.dir.Find(who)
	if err == nil && p.Kind != kind && (p.Kind != chat.KindContainer || kind != chat.KindGroup) {
		err = chat.E(chat.KindNoSuchPrincipal, who+" is a "+p.Kind.String()+", not a "+kind.String())
	}
	return p, err
}

func (s *Server) showUser(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	u := s.user(p)
	if u.Password, u.NTLM, err = s.dir.SignIns(r.Context(), p.ID); err != nil {
		return nil, err
	}
	if until, locked := s.dir.LockedOut(p.ID); locked {
		u.LockedUntil = until.UTC().Format(time.RFC3339)
	}
	for _, g := range s.dir.GroupsOf(p.ID) {
		u.Groups = append(u.Groups, g.Name)
	}
	return u, nil
}

func (s *Server) addUsers(r *http.Request) (any, error) {
	in, err := read[api.Bulk[api.NewUser]](r)
	if err != nil {
		return nil, err
	}
	var done api.Done
	var users []directory.NewUser
	seen := map[string]bool{}
	for _, u := range in.Items {
		name := strings.ToLower(strings.TrimSpace(u.Name))
		if err := directory.CheckName(name); err != nil {
			return nil, err
		}
		_, err := s.dir.Find(name)
		if err == nil && in.SkipExisting {
			done.Skipped++
			continue
		}
		if err == nil || seen[name] {
			return nil, chat.E(chat.KindDuplicateName, "somebody is named "+name+" already")
		}
		seen[name] = true
		users = append(users, directory.NewUser{Name: name, DisplayName: u.DisplayName, Email: u.Email, Company: u.Company, Password: u.Password, NTLM: u.NTLM, Bot: u.Bot})
	}
	done.Done = len(users)
	if in.DryRun || len(users) == 0 {
		return done, nil
	}
	_, err = s.dir.CreateUsers(r.Context(), users)
	return done, err
}

func (s *Server) changeUser(r *http.Request) (any, error) {
	in, err := read[api.UserChange](r)
	if err != nil {
		return nil, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	p, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	switch {
	case in.Version != 0 && chat.Time(in.Version) != p.Audit.UpdatedAt:
		err = chat.E(chat.KindCollision, "the user was changed by somebody else meanwhile: read him again")
	case in.DisplayName != nil || in.Email != nil || in.Company != nil:
		_, err = s.dir.UpdateUser(ctx, p.ID, directory.UserPatch{DisplayName: in.DisplayName, Email: in.Email, Company: in.Company})
	}
	switch {
	case err != nil:
	case in.Password != nil:
		err = s.dir.SetPassword(ctx, p.ID, *in.Password, in.NTLM)
	case in.NTLM != nil && *in.NTLM:
		err = chat.E(chat.KindInvalid, "NTLM needs the password: set it together with --ntlm")
	case in.NTLM != nil:
		err = s.dir.DisableNTLM(ctx, p.ID)
	}
	if err == nil && in.Disabled != nil {
		if *in.Disabled {
			err = s.dir.Disable(ctx, p.ID)
		} else {
			err = s.dir.Enable(ctx, p.ID)
		}
	}
	if err != nil {
		return nil, collided(err, func() (any, error) { return s.showUser(r) })
	}
	return s.showUser(r)
}

func (s *Server) deleteUser(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	if err := s.settings.ForgetOperator(r.Context(), p.URI); err != nil {
		return nil, err
	}
	return struct{}{}, s.dir.Delete(r.Context(), p.ID)
}

func (s *Server) group(p chat.Principal) api.Group {
	g := api.Group{Name: p.Name, DisplayName: p.DisplayName, GUID: p.GUID, Container: p.Kind == chat.KindContainer, Members: []string{}, Version: s.dir.MembersVersion(p.ID)}
	for _, m := range s.dir.DirectMembers(p.ID) {
		g.Members = append(g.Members, m.Name)
	}
	return g
}

func (s *Server) listGroups(*http.Request) (any, error) {
	out := []api.Group{}
	for _, kind := range []chat.PrincipalKind{chat.KindGroup, chat.KindContainer} {
		for _, p := range s.dir.List(kind) {
			out = append(out, s.group(p))
		}
	}
	return out, nil
}

func (s *Server) addGroup(r *http.Request) (any, error) {
	in, err := read[api.Group](r)
	if err != nil {
		return nil, err
	}
	members, err := s.ids(in.Members)
	if err != nil {
		return nil, err
	}
	create := s.dir.CreateGroup
	if in.Container {
		create = s.dir.CreateContainer
	}
	p, err := create(r.Context(), in.Name, in.DisplayName)
	if err == nil && len(members) > 0 {
		err = s.dir.Join(r.Context(), p.ID, members...)
	}
	return s.group(p), err
}

func (s *Server) showGroup(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindGroup)
	return s.group(p), err
}

func (s *Server) deleteGroup(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindGroup)
	if err != nil {
		return nil, err
	}
	// What a group denied would be open to its members once it is gone.
	if uses := s.rooms.Uses(p.ID); len(uses) > 0 {
		return nil, chat.E(chat.KindNotEmpty, "the group is still "+strings.Join(uses[:min(len(uses), 5)], ", ")+more(len(uses)-5)+"; take it out there first")
	}
	return struct{}{}, s.dir.Delete(r.Context(), p.ID)
}

func more(n int) string {
	if n < 1 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

func (s *Server) joinGroup(r *http.Request) (any, error)  { return s.regroup(r, true) }
func (s *Server) leaveGroup(r *http.Request) (any, error) { return s.regroup(r, false) }

func (s *Server) regroup(r *http.Request, join bool) (any, error) {
	p, err := s.find(r, chat.KindGroup)
	if err != nil {
		return nil, err
	}
	in, err := read[api.Members](r)
	if err != nil {
		return nil, err
	}
	ids, err := s.ids(in.Members)
	if err != nil {
		return nil, err
	}
	change := s.dir.LeaveVersion
	if join {
		change = s.dir.JoinVersion
	}
	if err := change(r.Context(), p.ID, in.Version, ids...); err != nil {
		return nil, collided(err, func() (any, error) { return s.group(p), nil })
	}
	return s.group(p), nil
}

func (s *Server) explanation(user, action, room string) (api.Explanation, error) {
	e := api.Explanation{User: user, Action: action, Room: room}
	p, err := s.dir.Find(user)
	if err != nil {
		return e, err
	}
	d, err := s.rooms.Explain(p.ID, access.Action(action), room)
	if err != nil {
		return e, err
	}
	e.User, e.Allowed, e.Reason, e.Rule, e.Clause = p.Name, d.Allowed, d.Reason(), d.Rule(), d.Clause()
	if through, ok := s.dir.FindPrincipal(d.Through()); ok && through.ID != p.ID {
		e.Through = through.Name
	}
	return e, nil
}
