package channel

import (
	"perch/chat"
	"perch/chat/access"
)

// MayTransfer says whether a user may upload files to a room now, or download
// them from there, and describes both. The category and room are not to be
// changed.
func (s *Service) MayTransfer(user chat.PrincipalID, room chat.RoomID, upload bool) (chat.Principal, *chat.Room, *chat.Category, error) {
	sub, ok := s.subject(user)
	if !ok {
		return chat.Principal{}, nil, nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	p, ok := s.catalog.placeOf(room)
	if !ok || p.Category == nil {
		return sub.User, nil, nil, chat.E(chat.KindNoSuchRoom, "")
	}
	action := access.Download
	if upload {
		action = access.Upload
	}
	err := access.Decide(&sub, action, p).Err()
	if err == nil && upload {
		err = s.mayArchive(p.Category)
	}
	return sub.User, p.Room, p.Category, err
}

// MayTransfer says the same of the session's user, who must have joined the room
// (XCCOS 4.13), and names the room.
func (x *Session) MayTransfer(guid string, upload bool) (chat.RoomID, error) {
	p, ok := x.svc.catalog.place(lower(guid))
	if !ok {
		return 0, chat.E(chat.KindNoSuchRoom, "")
	}
	if _, _, _, err := x.svc.MayTransfer(x.user.ID, p.Room.ID, upload); err != nil {
		return 0, err
	}
	if x.joined(p.Room.ID) == nil {
		return 0, chat.E(chat.KindNotJoined, "join the room first")
	}
	return p.Room.ID, nil
}

// RoomID is the id of a room, by its GUID; whether somebody may know of it is for
// the next question.
func (s *Service) RoomID(guid string) (chat.RoomID, error) {
	p, ok := s.catalog.place(lower(guid))
	if !ok {
		return 0, chat.E(chat.KindNoSuchRoom, "")
	}
	return p.Room.ID, nil
}
