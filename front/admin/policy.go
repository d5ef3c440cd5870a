package admin

import (
	"cmp"
	"net/http"

	"perch/chat"
	"perch/front/admin/api"
)

func (s *Server) policy(p *chat.Policy) api.Policy {
	return api.Policy{
		Name: p.Name, Description: p.Description, Enabled: p.EnablePersistentChat, Version: p.Version, GrantedTo: len(s.dir.GrantedTo(p.Name)),
	}
}

func (s *Server) listPolicies(*http.Request) (any, error) {
	out := []api.Policy{}
	for _, p := range s.dir.Policies() {
		out = append(out, s.policy(&p))
	}
	return out, nil
}

// effectivePolicy is the one that holds for a user.
func (s *Server) effectivePolicy(r *http.Request) (any, error) {
	u, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	p := s.dir.Policy(u.ID)
	out := s.policy(&p)
	out.User = u.Name
	return out, nil
}

func (s *Server) showPolicy(r *http.Request) (any, error) {
	p, err := s.dir.FindPolicy(r.PathValue("name"))
	return s.policy(&p), err
}

func (s *Server) setPolicy(r *http.Request) (any, error) {
	in, err := read[api.PolicyChange](r)
	if err != nil {
		return nil, err
	}
	return s.merged(in.Version, func() (any, error) { return s.showPolicy(r) }, func() (any, error) { return s.mergePolicy(r, &in) })
}

func (s *Server) mergePolicy(r *http.Request, in *api.PolicyChange) (any, error) {
	p, err := s.dir.FindPolicy(r.PathValue("name"))
	switch {
	case err == nil && in.New:
		return nil, chat.E(chat.KindDuplicateName, "there is a policy "+p.Name+" already")
	case err != nil && !in.New:
		return nil, err
	case err != nil:
		p = chat.Policy{Name: r.PathValue("name")}
	}
	set(&p.EnablePersistentChat, in.Enabled)
	set(&p.Description, in.Description)
	p.Version = cmp.Or(in.Version, p.Version)
	p, err = s.dir.SetPolicy(r.Context(), p)
	return s.policy(&p), err
}

func set[T any](at, to *T) {
	if to != nil {
		*at = *to
	}
}

func (s *Server) deletePolicy(r *http.Request) (any, error) {
	return struct{}{}, s.dir.DeletePolicy(r.Context(), r.PathValue("name"), r.URL.Query().Get("force") == "true")
}

// grantPolicies grants users policies, one after the other; an empty policy takes
// back what a user was granted.
func (s *Server) grantPolicies(r *http.Request) (any, error) {
	in, err := read[api.Bulk[api.PolicyGrant]](r)
	if err != nil {
		return nil, err
	}
	byPolicy := map[string][]chat.PrincipalID{}
	for _, g := range in.Items {
		p, err := s.dir.Find(g.User)
		if err == nil && p.Kind != chat.KindUser {
			err = chat.E(chat.KindNoSuchPrincipal, g.User+" is not a user")
		}
		if err == nil && g.Policy != "" {
			_, err = s.dir.FindPolicy(g.Policy)
		}
		if err != nil {
			return nil, err
		}
		byPolicy[g.Policy] = append(byPolicy[g.Policy], p.ID)
	}
	if in.DryRun {
		return api.Done{Done: len(in.Items)}, nil
	}
	for name, users := range byPolicy {
		if err := s.dir.GrantPolicy(r.Context(), users, name); err != nil {
			return nil, err
		}
	}
	return api.Done{Done: len(in.Items)}, nil
}
