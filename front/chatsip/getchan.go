package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// getchan describes a room by its address or its name (XCCOS 4.15).
func getchan(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	arg := p.Data.Child("chanib").Attr("name")
	if len(p.Rooms()) > 0 || arg == "" {
		var err error
		if arg, err = l.room(p); err != nil {
			return nil, err
		}
	}
	room, err := x.Room(ctx, arg)
	if err != nil {
		return nil, err
	}
	return l.list([]channel.RoomView{room}), nil
}

// getperm gives the user's permission mask in a room (XCCOS 4.15).
func getperm(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	mask, err := x.Permissions(ctx, guid)
	if err != nil {
		return nil, err
	}
	return func(dst []byte) []byte { return xccos.AppendPermission(dst, l.front.cfg.Domain, guid, int(mask)) }, nil
}

// getaddins lists the registered add-ins (XCCOS 4.15).
func getaddins(ctx context.Context, _ *link, x *channel.Session, _ *xccos.Primitive) (func([]byte) []byte, error) {
	list, err := x.Addins(ctx)
	out := make([]xccos.SIOP, len(list))
	for i := range list {
		out[i] = siop(&list[i])
	}
	return func(dst []byte) []byte { return xccos.AppendAddins(dst, out) }, err
}

func siop(a *chat.Addin) xccos.SIOP { return xccos.SIOP{ID: a.GUID, Name: a.Name, URL: a.URL} }

// getcategories lists the categories whose scope holds the user (XCCOS 4.15).
func getcategories(ctx context.Context, l *link, x *channel.Session, _ *xccos.Primitive) (func([]byte) []byte, error) {
	categories, err := x.Categories(ctx)
	if err != nil {
		return nil, err
	}
	return l.categories(categories), nil
}
