package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// finduser searches people by the beginning of a name or address (XCCOS 4.15).
func finduser(ctx context.Context, _ *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	q := p.PeopleQuery()
	list, more, err := x.FindPeople(ctx, q.Prefix, q.MaxResults)
	return listPeople(list, more), err
}

// geteligible lists who may be given a role in a room (XCCOS 4.15).
func geteligible(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	q := p.PeopleQuery()
	role := chat.Member
	switch q.Role {
	case "MANAGER":
		role = chat.Manager
	case "PRESENTER":
		role = chat.Presenter
	}
	list, more, err := x.Eligible(ctx, role, guid, q.Prefix, q.MaxResults)
	return listPeople(list, more), err
}

// getcatusers lists who may be given a role in the rooms of a category in which
// the user may create rooms (XCCOS 4.15).
func getcatusers(ctx context.Context, _ *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	q := p.PeopleQuery()
	list, more, err := x.Eligible(ctx, chat.Member, p.Category(), q.Prefix, q.MaxResults)
	return listPeople(list, more), err
}

func listPeople(list []chat.Principal, more bool) func([]byte) []byte {
	out := uibs(list)
	return func(dst []byte) []byte { return xccos.AppendMore(xccos.AppendUsers(dst, out), more) }
}

// getprincipal describes a user or group and what holds it (XCCOS 4.15).
func getprincipal(ctx context.Context, _ *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	uris := p.Users()
	if len(uris) != 1 {
		return nil, chat.E(chat.KindInvalid, "the command must name one principal")
	}
	who, memberOf, err := x.Principal(ctx, uris[0])
	out := &xccos.Principal{User: uib(0, &who), Email: who.Email, Company: who.Company, MemberOf: uibs(memberOf)}
	return func(dst []byte) []byte { return xccos.AppendPrincipal(dst, out) }, err
}

// getpartlist lists who is in a large room that the user has joined (XCCOS 4.15).
func getpartlist(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	people, err := x.Participants(ctx, guid)
	if err != nil {
		return nil, err
	}
	room, err := x.Room(ctx, guid)
	if err != nil {
		return nil, err
	}
	return l.joined([]channel.Joined{{GUID: guid, Room: room, People: people}}, nil), nil
}
