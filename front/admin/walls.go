package admin

import (
	"net/http"
	"strconv"
	"strings"

	"perch/channel"
	"perch/chat"
	"perch/front/admin/api"
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

func (s *Server) listAddins(*http.Request) (any, error) {
	out := []api.Addin{}
	for _, a := range s.rooms.Addins() {
		out = append(out, addinOf(&a))
	}
	return out, nil
}

func addinOf(a *chat.Addin) api.Addin {
	return api.Addin{Name: a.Name, URL: a.URL, GUID: a.GUID, Version: a.Version}
}

func (s *Server) showAddin(r *http.Request) (any, error) {
	a, err := s.rooms.FindAddin(r.PathValue("name"))
	return addinOf(&a), err
}

func (s *Server) addAddin(r *http.Request) (any, error) {
	in, err := read[api.Addin](r)
	if err != nil {
		return nil, err
	}
	a, err := s.rooms.CreateAddin(r.Context(), in.Name, in.URL)
	return addinOf(&a), err
}

func (s *Server) changeAddin(r *http.Request) (any, error) {
	in, err := read[api.AddinChange](r)
	if err != nil {
		return nil, err
	}
	a, err := s.rooms.UpdateAddin(r.Context(), r.PathValue("name"), in.Version, in.Name, in.URL)
	if err != nil {
		return nil, collided(err, func() (any, error) { return s.showAddin(r) })
	}
	return addinOf(&a), nil
}

func (s *Server) deleteAddin(r *http.Request) (any, error) {
	return struct{}{}, s.rooms.DeleteAddin(r.Context(), r.PathValue("name"))
}

func (s *Server) wall(w *chat.Wall) api.Wall {
	return api.Wall{Name: w.Name, A: s.nameOf(w.A), B: s.nameOf(w.B), GUID: w.GUID}
}

func (s *Server) nameOf(id chat.PrincipalID) string {
	p, _ := s.dir.FindPrincipal(id)
	return p.Name
}

func (s *Server) listWalls(*http.Request) (any, error) {
	out := []api.Wall{}
	for _, w := range s.rooms.Walls() {
		out = append(out, s.wall(&w))
	}
	return out, nil
}

func (s *Server) showWall(r *http.Request) (any, error) {
	w, err := s.rooms.FindWall(r.PathValue("name"))
	return s.wall(&w), err
}

// addWall puts a wall up, or says what it would do.
func (s *Server) addWall(r *http.Request) (any, error) {
	in, err := read[api.Wall](r)
	if err != nil {
		return nil, err
	}
	ids, err := s.ids([]string{in.A, in.B})
	if err != nil {
		return nil, err
	}
	if dryRun(r) {
		p, err := s.rooms.PreviewWall(in.Name, ids[0], ids[1], previewLimit(r))
		return preview(&p), err
	}
	w, err := s.rooms.CreateWall(r.Context(), in.Name, ids[0], ids[1])
	return s.wall(&w), err
}

func (s *Server) deleteWall(r *http.Request) (any, error) {
	return struct{}{}, s.rooms.DeleteWall(r.Context(), r.PathValue("name"))
}

func dryRun(r *http.Request) bool { return r.URL.Query().Get("dry_run") == "true" }

// previewLimit is how many effects are shown.
func previewLimit(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || n < 0 {
		return 100
	}
	return n
}

func preview(p *channel.Preview) api.Preview {
	out := api.Preview{Total: p.Total, Effects: []api.Effect{}}
	for i := range p.Effects {
		e := &p.Effects[i]
		one := api.Effect{User: e.User.Name, Room: e.Room.Name, PutOut: e.Joined, Gains: []string{}, Loses: []string{}}
		for _, a := range e.Gains {
			one.Gains = append(one.Gains, string(a))
		}
		for _, a := range e.Loses {
			one.Loses = append(one.Loses, string(a))
		}
		out.Effects = append(out.Effects, one)
	}
	return out
}

// previewScope says what a change of a category's scope would do.
func (s *Server) previewScope(r *http.Request) (any, error) {
	patch, err := s.categoryPatch(r)
	if err != nil {
		return nil, err
	}
	p, err := s.rooms.PreviewCategory(r.PathValue("name"), patch, previewLimit(r))
	return preview(&p), err
}

// previewGroup says what a change of a group would do.
func (s *Server) previewGroup(r *http.Request) (any, error) {
	in, err := read[api.GroupChange](r)
	if err != nil {
		return nil, err
	}
	g, err := s.dir.Find(r.PathValue("who"))
	if err != nil {
		return nil, err
	}
	changed := []chat.PrincipalID{g.ID}
	var lists [2][]chat.Membership
	for i, names := range [...][]string{in.Join, in.Leave} {
		ids, err := s.ids(names)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			lists[i] = append(lists[i], chat.Membership{Group: g.ID, Member: id})
		}
		changed = append(changed, ids...)
	}
	p := s.rooms.PreviewDirectory(s.dir.Preview(lists[0], lists[1]), changed[1:], previewLimit(r))
	return preview(&p), nil
}
