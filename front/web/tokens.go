package web

import (
	"context"

	"perch/chat"
	"perch/directory"
	"perch/front/web/api"
)

// token shows a token, without its secret.
func token(p *chat.Pass) api.Token {
	out := api.Token{Id: p.ID, Name: p.Name, Created: p.Created.Std(), Scope: api.TokenScope(p.Scope)}
	if p.Expires != 0 {
		at := p.Expires.Std()
		out.Expires = &at
	}
	if p.Used != 0 {
		at := p.Used.Std()
		out.LastUsed = &at
	}
	return out
}

// ListTokens lists the caller's tokens.
func (s *Server) ListTokens(ctx context.Context, _ api.ListTokensRequestObject) (api.ListTokensResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.dir.ListTokens(ctx, id.user.ID)
	if err != nil {
		return nil, err
	}
	out := make(api.ListTokens200JSONResponse, len(list))
	for i := range list {
		out[i] = token(&list[i])
	}
	return out, nil
}

// CreateToken makes a token for the caller.
func (s *Server) CreateToken(ctx context.Context, r api.CreateTokenRequestObject) (api.CreateTokenResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	n := directory.NewToken{User: id.user.ID, Name: r.Body.Name, Scope: chat.TokenScope(r.Body.Scope)}
	if d := r.Body.Days; d != nil {
		if n.Days = *d; n.Days < 1 {
			return nil, chat.E(chat.KindInvalid, "a token is good for a day at least")
		}
	}
	p, secret, err := s.dir.CreateToken(ctx, n)
	if err != nil {
		return nil, err
	}
	out := token(&p)
	out.Secret = &secret
	return api.CreateToken201JSONResponse(out), nil
}

// DeleteToken makes one of the caller's tokens useless.
func (s *Server) DeleteToken(ctx context.Context, r api.DeleteTokenRequestObject) (api.DeleteTokenResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return api.DeleteToken204Response{}, s.dir.DeleteToken(ctx, id.user.ID, r.Id)
}
