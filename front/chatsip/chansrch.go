package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// chansrch searches rooms by name and by what the filters say (XCCOS 4.10).
func chansrch(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	in := p.Query()
	q := channel.RoomQuery{
		Criteria: in.Criteria, Match: chat.MatchExact, Descriptions: in.Descriptions, Limit: in.MaxResults,
		Category: in.Category, Addin: in.Addin, Member: in.Member, Manager: in.Manager, Joined: in.User, Disabled: in.Disabled,
	}
	switch {
	case in.MatchExact:
	case in.MatchAll:
		q.Match = chat.MatchAll
	case p.Data.Child("filters").Exists(): // the SDK's: any word is enough
		q.Match = chat.MatchAny
	}
	var err error
	if in.Visibility != "" {
		if q.Privacy, err = privacyOf(in.Visibility); err != nil {
			return nil, err
		}
	}
	if in.Behavior != "" {
		if q.Behavior, err = behaviorOf(in.Behavior); err != nil {
			return nil, err
		}
	}
	if in.Invite != nil {
		setting := chat.InvitationsOff
		if *in.Invite {
			setting = chat.InvitationsInherit
		}
		q.Invitations = &setting
	}
	rooms, more, err := x.FindRooms(ctx, q)
	list := l.list(rooms)
	return func(dst []byte) []byte { return xccos.AppendMore(list(dst), more) }, err
}

// visibilities are the words of the wire by chat.Privacy (XCCOS 3.8).
var visibilities = [...]string{"OPEN", "SCOPED", "PRIVATE"}

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
		Visibility: visibilities[v.Privacy],
		FilePost:   v.Files, Invite: v.Invitations, Logged: v.Logged,
		Audit: xccos.Audit{
			CreatedBy: v.CreatedByURI, CreatedOn: v.Room.Audit.CreatedAt.Std(),
			UpdatedBy: v.UpdatedByURI, UpdatedOn: v.Room.Audit.UpdatedAt.Std(),
		},
	}
	if v.Shows.GUID != "" {
		c.Addin = siop(&v.Shows)
	}
	if v.Behavior == chat.Auditorium {
		c.Behavior = "AUDITORIUM"
	}
	return c
}
