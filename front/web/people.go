package web

import (
	"context"

	"perch/chat"
	"perch/front/web/api"
)

// mostPeople is the most people that one answer lists.
const mostPeople = 100

// ListPeople finds people of whom the caller may know.
func (s *Server) ListPeople(ctx context.Context, r api.ListPeopleRequestObject) (api.ListPeopleResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	p := &r.Params
	n := mostPeople
	if p.Limit != nil {
		n = max(1, min(n, *p.Limit))
	}
	var list []chat.Principal
	var more bool
	if p.Room != nil {
		list, more, err = x.FindReaders(ctx, *p.Room, value(p.Prefix), n)
	} else {
		list, more, err = x.FindPeople(ctx, value(p.Prefix), n)
	}
	return api.ListPeople200JSONResponse{People: people(list), More: more}, err
}

// maxWatched bounds whose presence can be asked for at once.
const maxWatched = 500

// GetPresence tells whether people are there. Of whom the caller may not know, and
// who is not there at all, is left out alike.
func (s *Server) GetPresence(ctx context.Context, r api.GetPresenceRequestObject) (api.GetPresenceResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.visible(ctx, x, r.Params.User)
	if err != nil {
		return nil, err
	}
	out := api.GetPresence200JSONResponse{}
	for i := range list {
		out = append(out, s.presence(&list[i]))
	}
	return out, nil
}
