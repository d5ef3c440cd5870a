package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// getroles lists who has roles in a room (XCCOS 4.15).
func getroles(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	roles, err := x.Roles(ctx, guid)
	if err != nil {
		return nil, err
	}
	lists := []xccos.RoleList{
		{Type: "MEMBER", Users: uibs(roles.Members)},
		{Type: "MANAGER", Users: uibs(roles.Managers)},
		{Type: "PRESENTER", Users: uibs(roles.Presenters)},
	}
	return func(dst []byte) []byte { return xccos.AppendRoles(dst, l.front.roomURI(roles.Room.GUID), lists) }, nil
}

// uibs numbers people from 0.
func uibs(people []chat.Principal) []xccos.UIB {
	out := make([]xccos.UIB, len(people))
	for i := range people {
		out[i] = uib(i, &people[i])
	}
	return out
}

// roleadd and roleremove give and take a role in a room (XCCOS 4.15).
func roleadd(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	return l.changeRoles(ctx, x, p, func(ids []chat.PrincipalID) channel.ListPatch { return channel.ListPatch{Add: ids} })
}

func roleremove(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	return l.changeRoles(ctx, x, p, func(ids []chat.PrincipalID) channel.ListPatch { return channel.ListPatch{Remove: ids} })
}

func (l *link) changeRoles(ctx context.Context, x *channel.Session, p *xccos.Primitive, how func([]chat.PrincipalID) channel.ListPatch) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	ids, err := l.people(p.Users())
	if err != nil {
		return nil, err
	}
	var patch channel.RoomPatch
	switch p.PeopleQuery().Role {
	case "MEMBER":
		patch.Members = how(ids)
	case "MANAGER":
		patch.Managers = how(ids)
	case "PRESENTER":
		patch.Presenters = how(ids)
	default:
		return nil, chat.E(chat.KindInvalid, "the role is MEMBER, MANAGER or PRESENTER")
	}
	if len(ids) == 0 {
		return nil, chat.E(chat.KindInvalid, "name whom the role is for")
	}
	room, err := x.UpdateRoom(ctx, guid, patch)
	if err != nil {
		return nil, err
	}
	return l.list([]channel.RoomView{room}), nil
}
