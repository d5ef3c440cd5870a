package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// getinv lists the invitations after the one that the client names (XCCOS 4.8).
func getinv(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	list, err := x.Invitations(ctx, chat.InvitationID(p.InvitationsAfter()))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]xccos.Invitation, len(list))
	for i := range list {
		out[i] = l.front.invitation(&list[i])
	}
	return func(dst []byte) []byte { return xccos.AppendInvitations(dst, l.front.cfg.Domain, out) }, nil
}

// invitation is one as it goes out. When it arose is not kept: the room's last
// change is the nearest that is known.
func (f *Front) invitation(v *channel.Invitation) xccos.Invitation {
	return xccos.Invitation{ID: int64(v.ID), CreatedOn: v.Room.Room.Audit.UpdatedAt.Std(), Room: f.chanib(&v.Room)}
}
