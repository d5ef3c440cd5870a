package web

import (
	"context"
	"slices"
	"strings"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
	"perch/front/web/api"
)

// ListRooms finds rooms.
func (s *Server) ListRooms(ctx context.Context, r api.ListRoomsRequestObject) (api.ListRoomsResponseObject, error) {
	x, id, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	p := &r.Params
	q := channel.RoomQuery{Criteria: value(p.Search), Match: chat.MatchAll, Descriptions: true, Limit: value(p.Limit)}
	if p.Category != nil {
		if q.Category, err = categoryOf(ctx, x, *p.Category); err != nil {
			return nil, err
		}
	}
	switch value(p.As) {
	case api.ListRoomsParamsAsMember:
		q.Member = id.user.URI
	case api.ListRoomsParamsAsManager:
		q.Manager = id.user.URI
	}
	found, more, err := x.FindRooms(ctx, q)
	if err != nil {
		return nil, err
	}
	if value(p.Disabled) {
		if found, more, err = withDisabled(ctx, x, q, found, more); err != nil {
			return nil, err
		}
	}
	shown, err := s.showRooms(ctx, x, found)
	return api.ListRooms200JSONResponse{Rooms: shown, More: more}, err
}

// withDisabled adds the disabled rooms that the user still sees.
func withDisabled(ctx context.Context, x *channel.Session, q channel.RoomQuery, found []channel.RoomView, more bool) ([]channel.RoomView, bool, error) {
	yes := true
	q.Disabled = &yes
	disabled, moreOfThem, err := x.FindRooms(ctx, q)
	if err != nil {
		return nil, false, err
	}
	found = append(found, disabled...)
	slices.SortFunc(found, func(a, b channel.RoomView) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	if q.Limit > 0 && len(found) > q.Limit {
		return found[:q.Limit], true, nil
	}
	return found, more || moreOfThem, nil
}

// GetRoom describes a room.
func (s *Server) GetRoom(ctx context.Context, r api.GetRoomRequestObject) (api.GetRoomResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	v, err := x.Room(ctx, r.Room)
	if err != nil {
		return nil, err
	}
	shown, err := s.showOne(ctx, x, v)
	return api.GetRoom200JSONResponse(shown), err
}

// ListParticipants tells who is in a room.
func (s *Server) ListParticipants(ctx context.Context, r api.ListParticipantsRequestObject) (api.ListParticipantsResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	list, err := x.Present(ctx, r.Room)
	if err != nil {
		return nil, err
	}
	out := participants(list)
	slices.SortFunc(out, func(a, b api.Person) int { return strings.Compare(a.DisplayName, b.DisplayName) })
	return api.ListParticipants200JSONResponse(out), nil
}

// ExplainRoom says what the caller may do in a room, and why.
func (s *Server) ExplainRoom(ctx context.Context, r api.ExplainRoomRequestObject) (api.ExplainRoomResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	all, err := x.Explain(ctx, r.Room)
	if err != nil {
		return nil, err
	}
	var out api.ExplainRoom200JSONResponse
	for _, a := range access.Actions() {
		d := all[a]
		shown := api.Decision{Action: string(a), Allowed: d.Allowed, Rule: d.Rule(), Reason: d.Reason()}
		if p, ok := s.dir.FindPrincipal(d.Through()); ok {
			shown.Through = &p.Name
		}
		out = append(out, shown)
	}
	return out, nil
}

// ListInvitations lists the rooms whose member the caller has become.
func (s *Server) ListInvitations(ctx context.Context, r api.ListInvitationsRequestObject) (api.ListInvitationsResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	list, err := x.Invitations(ctx, chat.InvitationID(value(r.Params.After)))
	if err != nil {
		return nil, err
	}
	out := make(api.ListInvitations200JSONResponse, len(list))
	for i := range list {
		if out[i], err = s.showInvitation(ctx, x, &list[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Server) showInvitation(ctx context.Context, x *channel.Session, in *channel.Invitation) (api.Invitation, error) {
	room, err := s.showOne(ctx, x, in.Room)
	return api.Invitation{Id: int64(in.ID), Room: room}, err
}

// ListCategories lists those whose scope holds the caller.
func (s *Server) ListCategories(ctx context.Context, _ api.ListCategoriesRequestObject) (api.ListCategoriesResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	list, err := x.Categories(ctx)
	if err != nil {
		return nil, err
	}
	creatable, err := x.Creatable(ctx)
	if err != nil {
		return nil, err
	}
	out := make(api.ListCategories200JSONResponse, len(list))
	for i := range list {
		c := &list[i]
		out[i] = api.Category{
			Guid: c.GUID, Name: c.Name, Description: c.Description, Files: c.Files, History: c.History, Invitations: c.Invitations,
			MayCreate: slices.ContainsFunc(creatable, func(m chat.Category) bool { return m.ID == c.ID }),
		}
		if len(c.FileTypes) > 0 {
			out[i].FileTypes = &c.FileTypes
		}
	}
	return out, nil
}
