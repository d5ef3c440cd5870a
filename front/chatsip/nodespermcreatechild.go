package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// nodespermcreatechild lists the categories in which the user may create rooms
// (XCCOS 4.12).
func nodespermcreatechild(ctx context.Context, l *link, x *channel.Session, _ *xccos.Primitive) (func([]byte) []byte, error) {
	categories, err := x.Creatable(ctx)
	if err != nil || len(categories) == 0 {
		return nil, err
	}
	return l.categories(categories), nil
}

// categories appends categories.
func (l *link) categories(list []chat.Category) func([]byte) []byte {
	out := make([]xccos.CatIB, len(list))
	for i, c := range list {
		out[i] = xccos.CatIB{URI: xccos.CategoryURI(l.front.cfg.Domain, c.GUID), Name: c.Name, Description: c.Description, Invite: c.Invitations}
	}
	return func(dst []byte) []byte { return xccos.AppendCategories(dst, out) }
}
