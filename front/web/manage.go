package web

import (
	"context"
	"strings"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

var (
	privacies   = map[api.Privacy]chat.Privacy{api.PrivacyOpen: chat.Open, api.PrivacyClosed: chat.Closed, api.PrivacySecret: chat.Secret}
	behaviors   = map[api.RoomType]chat.Behavior{api.RoomTypeNormal: chat.Normal, api.RoomTypeAuditorium: chat.Auditorium}
	invitations = map[api.InvitationSetting]chat.InvitationSetting{
		api.InvitationSettingInherit: chat.InvitationsInherit, api.InvitationSettingOff: chat.InvitationsOff,
	}
	roles = map[api.Role]chat.Role{api.RoleMember: chat.Member, api.RoleManager: chat.Manager, api.RolePresenter: chat.Presenter, api.RoleCreator: chat.Creator}
)

// named reads an optional word of a closed list into at.
func named[W ~string, V any](list map[W]V, word *W, at **V) error {
	if word == nil {
		return nil
	}
	v, ok := list[*word]
	if !ok {
		return chat.E(chat.KindInvalid, "there is no "+string(*word)+" here; see api/openapi.yaml")
	}
	*at = &v
	return nil
}

// switches reads what a room can be.
func switches(privacy *api.Privacy, kind *api.RoomType, invited *api.InvitationSetting) (p channel.RoomPatch, err error) {
	if err = named(privacies, privacy, &p.Privacy); err == nil {
		err = named(behaviors, kind, &p.Behavior)
	}
	if err == nil {
		err = named(invitations, invited, &p.Invitations)
	}
	return p, err
}

// CreateRoom creates a room in a category of which the caller may know.
func (s *Server) CreateRoom(ctx context.Context, r api.CreateRoomRequestObject) (api.CreateRoomResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	in := r.Body
	p, err := switches(in.Privacy, in.Type, in.Invitations)
	if err != nil {
		return nil, err
	}
	spec := channel.RoomSpec{
		Name: in.Name, Description: value(in.Description), Privacy: chat.Closed, Behavior: chat.Normal, Invitations: chat.InvitationsInherit, Addin: value(in.Addin),
	}
	set(&spec.Privacy, p.Privacy)
	set(&spec.Behavior, p.Behavior)
	set(&spec.Invitations, p.Invitations)
	if spec.Category, err = categoryOf(ctx, x, in.Category); err != nil {
		return nil, err
	}
	for _, of := range [...]struct {
		to   *[]chat.PrincipalID
		from *[]string
	}{{&spec.Members, in.Members}, {&spec.Managers, in.Managers}, {&spec.Presenters, in.Presenters}} {
		if *of.to, err = s.ids(ctx, x, value(of.from)); err != nil {
			return nil, err
		}
	}
	v, err := x.CreateRoom(ctx, spec)
	if err != nil {
		return nil, err
	}
	shown, err := s.showOne(ctx, x, v)
	return api.CreateRoom201JSONResponse(shown), err
}

// categoryOf finds a category by GUID among those whose scope holds the caller.
func categoryOf(ctx context.Context, x *channel.Session, guid string) (name string, err error) {
	list, err := x.Categories(ctx)
	if err != nil {
		return "", err
	}
	for i := range list {
		if strings.EqualFold(list[i].GUID, guid) {
			return list[i].Name, nil
		}
	}
	return "", chat.E(chat.KindNoSuchCategory, "")
}

// ids resolves principals of whom the caller may know.
func (s *Server) ids(ctx context.Context, x *channel.Session, named []string) ([]chat.PrincipalID, error) {
	list, err := s.known(ctx, x, named)
	if err != nil {
		return nil, err
	}
	var out []chat.PrincipalID
	for i := range list {
		out = append(out, list[i].ID)
	}
	return out, nil
}

// listPatch reads the change of a list. Whoever is on it already may be taken off
// it, known to the caller or not.
func (s *Server) listPatch(ctx context.Context, x *channel.Session, in *api.ListChange) (p channel.ListPatch, err error) {
	if in == nil {
		return p, nil
	}
	if p.Add, err = s.ids(ctx, x, value(in.Add)); err != nil {
		return p, err
	}
	for _, name := range value(in.Remove) {
		q, ok := s.findPerson(name)
		if !ok {
			return p, noPerson(name)
		}
		p.Remove = append(p.Remove, q.ID)
	}
	return p, nil
}

// UpdateRoom changes a room. One that somebody else has changed meanwhile is shown
// as it is now.
func (s *Server) UpdateRoom(ctx context.Context, r api.UpdateRoomRequestObject) (api.UpdateRoomResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := x.Room(ctx, r.Room); err != nil {
		return nil, err
	}
	patch, err := s.roomPatch(ctx, x, r.Body)
	if err != nil {
		return nil, err
	}
	v, err := x.UpdateRoom(ctx, r.Room, patch)
	if chat.KindOf(err) == chat.KindCollision {
		return s.collided(ctx, x, r.Room, err)
	}
	if err != nil {
		return nil, err
	}
	shown, err := s.showOne(ctx, x, v)
	return api.UpdateRoom200JSONResponse(shown), err
}

func (s *Server) roomPatch(ctx context.Context, x *channel.Session, in *api.RoomChange) (channel.RoomPatch, error) {
	p, err := switches(in.Privacy, in.Type, in.Invitations)
	if err != nil {
		return p, err
	}
	if in.Version < 1 {
		return p, chat.E(chat.KindInvalid, "say the version of the room that was edited")
	}
	p.Version, p.Name, p.Description, p.Addin, p.Disabled = in.Version, in.Name, in.Description, in.Addin, in.Disabled
	if in.Category != nil {
		name, err := categoryOf(ctx, x, *in.Category)
		if err != nil {
			return p, err
		}
		p.Category = &name
	}
	if p.Members, err = s.listPatch(ctx, x, in.Members); err != nil {
		return p, err
	}
	if p.Managers, err = s.listPatch(ctx, x, in.Managers); err != nil {
		return p, err
	}
	p.Presenters, err = s.listPatch(ctx, x, in.Presenters)
	return p, err
}

// collided answers a stale edit with the room and its roles as they are.
func (s *Server) collided(ctx context.Context, x *channel.Session, room string, why error) (api.UpdateRoomResponseObject, error) {
	now, err := x.Roles(ctx, room)
	if err != nil {
		return nil, err
	}
	shown, err := s.showOne(ctx, x, now.Room)
	return api.UpdateRoom409JSONResponse{
		Error: chat.TextOf(why), Code: refusals[chat.KindCollision].code, Current: shown, Roles: showRoles(&now),
	}, err
}

func showRoles(r *channel.Roles) api.Roles {
	return api.Roles{Version: r.Room.Version, Members: people(r.Members), Managers: people(r.Managers), Presenters: people(r.Presenters)}
}

// GetRoles tells who has roles in a room.
func (s *Server) GetRoles(ctx context.Context, r api.GetRolesRequestObject) (api.GetRolesResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	list, err := x.Roles(ctx, r.Room)
	if err != nil {
		return nil, err
	}
	return api.GetRoles200JSONResponse(showRoles(&list)), nil
}

// ListEligible finds whom the caller may give a role.
func (s *Server) ListEligible(ctx context.Context, r api.ListEligibleRequestObject) (api.ListEligibleResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	p := &r.Params
	role, ok := roles[p.Role]
	if !ok {
		return nil, chat.E(chat.KindInvalid, "role is member, manager, presenter or creator")
	}
	place := value(p.Room)
	switch {
	case (p.Room == nil) == (p.Category == nil):
		return nil, chat.E(chat.KindInvalid, "say a room or a category")
	case p.Category != nil:
		if place, err = categoryOf(ctx, x, *p.Category); err != nil {
			return nil, err
		}
	default:
		if _, err := x.Room(ctx, place); err != nil {
			return nil, err
		}
	}
	n := mostPeople
	if p.Limit != nil {
		n = max(1, min(n, *p.Limit))
	}
	list, more, err := x.Eligible(ctx, role, place, value(p.Prefix), n)
	return api.ListEligible200JSONResponse{People: people(list), More: more}, err
}

// ListAddins lists what rooms may show.
func (s *Server) ListAddins(ctx context.Context, _ api.ListAddinsRequestObject) (api.ListAddinsResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	list, err := x.Addins(ctx)
	if err != nil {
		return nil, err
	}
	out := make(api.ListAddins200JSONResponse, len(list))
	for i := range list {
		out[i] = showAddin(&list[i])
	}
	return out, nil
}
