package chatsip

import (
	"perch/channel"
	"perch/xccos"
)

// encode makes an event's body: once a room, for all of its sessions.
func (f *Front) encode(e *channel.Event) []byte {
	uri := f.roomURI(e.Room.GUID)
	switch e.Kind {
	case channel.EventMessage:
		m := wireMessage(&e.Message, uri)
		return xccos.AppendChat(make([]byte, 0, 512+len(m.Chat)+len(m.RTF)), f.nextEnvelope(), &m)
	case channel.EventJoined:
		if e.Batch {
			return f.people("bjoin", e) // XCCOS 5.1
		}
		return f.people("join", e) // XCCOS 5.1
	case channel.EventRights:
		return f.people("permmodify", e) // XCCOS 5.3
	case channel.EventChanged:
		room := f.chanib(e.View)
		return f.notice("chanmodify", func(dst []byte) []byte { return xccos.AppendRooms(dst, []xccos.ChanIB{room}) }) // XCCOS 5.3
	case channel.EventDeleted:
		return f.notice("chandelete", func(dst []byte) []byte { return xccos.AppendRoomURI(dst, uri) }) // XCCOS 5.3
	case channel.EventInvited:
		list := []xccos.Invitation{f.invitation(e.Invitation)}
		return f.notice("invite", func(dst []byte) []byte { return xccos.AppendInvitations(dst, f.cfg.Domain, list) }) // XCCOS 5.3
	case channel.EventParted, channel.EventRemoved: // who is put out reads it of himself
		users := make([]string, len(e.People))
		for i := range e.People {
			users[i] = e.People[i].User.URI
		}
		return f.notice("part", func(dst []byte) []byte { return xccos.AppendLeft(dst, uri, users) }) // XCCOS 5.2
	case channel.EventGathered, channel.EventRead, channel.EventFollowed, channel.EventHistory: // these clients do not ask for them, or do not know them
	}
	return nil
}

func (f *Front) notice(name string, data func([]byte) []byte) []byte {
	return xccos.AppendNotice(nil, f.nextEnvelope(), name, data)
}

// people tells of people in a room and their permission masks (XCCOS 5.1, 5.3).
func (f *Front) people(name string, e *channel.Event) []byte {
	entries := make([]xccos.Entry, len(e.People))
	for i := range e.People {
		entries[i] = xccos.Entry{User: uib(i, &e.People[i].User), Key: int(e.People[i].Permission), Value: e.Room.GUID}
	}
	return f.notice(name, func(dst []byte) []byte { return xccos.AppendEntered(dst, f.cfg.Domain, entries) })
}
