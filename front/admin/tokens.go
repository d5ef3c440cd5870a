package admin

import (
	"net/http"

	"perch/chat"
	"perch/directory"
	"perch/front/admin/api"
)

// unlockUser ends a user's lockout.
func (s *Server) unlockUser(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	was, err := s.dir.Unlock(r.Context(), p.ID)
	return api.Unlocked{Was: was}, err
}

func (s *Server) token(t *chat.Pass) api.Token {
	out := api.Token{ID: t.ID, Name: t.Name, Scope: string(t.Scope), Created: moment(t.Created), MadeBy: t.How}
	if p, ok := s.dir.FindPrincipal(t.User); ok {
		out.User = p.Name
	}
	if t.Expires != 0 {
		out.Expires = moment(t.Expires)
	}
	if t.Used != 0 {
		out.LastUsed = moment(t.Used)
	}
	return out
}

// listTokens lists everybody's tokens, or one user's.
func (s *Server) listTokens(r *http.Request) (any, error) {
	var user chat.PrincipalID
	if name := r.FormValue("user"); name != "" {
		p, err := s.dir.Find(name)
		if err != nil {
			return nil, err
		}
		user = p.ID
	}
	list, err := s.dir.ListTokens(r.Context(), user)
	out := make([]api.Token, len(list))
	for i := range list {
		out[i] = s.token(&list[i])
	}
	return out, err
}

// addToken makes a token for a user; its secret is in the answer and nowhere else.
func (s *Server) addToken(r *http.Request) (any, error) {
	in, err := read[api.NewToken](r)
	if err != nil {
		return nil, err
	}
	p, err := s.dir.Find(in.User)
	if err != nil {
		return nil, err
	}
	t, secret, err := s.dir.CreateToken(r.Context(), directory.NewToken{User: p.ID, Name: in.Name, Scope: chat.TokenScope(in.Scope), Days: in.Days})
	if err != nil {
		return nil, err
	}
	out := s.token(&t)
	out.Secret = secret
	return out, nil
}

func (s *Server) deleteToken(r *http.Request) (any, error) {
	return struct{}{}, s.dir.DeleteToken(r.Context(), 0, r.PathValue("id"))
}

// listSessions lists where a user is signed in to the web client.
func (s *Server) listSessions(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	list, err := s.dir.ListSessions(r.Context(), p.ID)
	out := make([]api.WebSession, len(list))
	for i, x := range list {
		out[i] = api.WebSession{ID: x.ID, At: moment(x.Created), Last: moment(x.Used), Address: x.Address, Client: x.Client, By: x.How}
	}
	return out, err
}

// signOut ends a user's sessions of the web client.
func (s *Server) signOut(r *http.Request) (any, error) {
	p, err := s.find(r, chat.KindUser)
	if err != nil {
		return nil, err
	}
	n, err := s.dir.SignOut(r.Context(), p.ID)
	return api.Done{Done: n}, err
}
