package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// chansrch searches rooms by name (XCCOS 4.10).
func chansrch(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	q := p.Query()
	rooms, _, err := x.FindRooms(ctx, channel.RoomQuery{Criteria: q.Criteria, Descriptions: q.Descriptions, MatchAll: q.MatchAll, Limit: q.MaxResults})
	return l.list(rooms), err
}

// list appends rooms.
func (l *link) list(rooms []channel.RoomView) func([]byte) []byte {
	return func(dst []byte) []byte {
		out := make([]xccos.ChanIB, len(rooms))
		for i := range rooms {
			out[i] = l.front.chanib(&rooms[i])
		}
		return xccos.AppendRooms(dst, out)
	}
}

// chanib describes a room (XCCOS 3.3, 3.8).
func (f *Front) chanib(v *channel.RoomView) xccos.ChanIB {
	c := xccos.ChanIB{
		URI: f.roomURI(v.GUID), Name: v.Name, Description: v.Description, Parent: xccos.CategoryURI(f.cfg.Domain, v.CategoryGUID),
		Behavior: "NORMAL", Disabled: v.Disabled, Users: v.Participants,
		Visibility: [...]string{"OPEN", "SCOPED", "PRIVATE"}[v.Privacy],
		FilePost:   v.Files, Invite: v.Invitations, Logged: v.Logged,
		Audit: xccos.Audit{
			CreatedBy: v.CreatedByURI, CreatedOn: v.Room.Audit.CreatedAt.Std(),
			UpdatedBy: v.UpdatedByURI, UpdatedOn: v.Room.Audit.UpdatedAt.Std(),
		},
	}
	if v.Behavior == chat.Auditorium {
		c.Behavior = "AUDITORIUM"
	}
	return c
}
