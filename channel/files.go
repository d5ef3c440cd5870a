package channel

import (
	"context"

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
	_, action := transfer(upload)
	err := access.Decide(&sub, action, p).Err()
	if err == nil && upload {
		err = s.mayArchive(p.Category)
	}
	return sub.User, p.Room, p.Category, err
}

// transfer is a direction's name and right.
func transfer(upload bool) (what string, a access.Action) {
	if upload {
		return "upload", access.Upload
	}
	return "download", access.Download
}

// DeniedTransfer is the journal's entry of a transfer that MayTransfer refuses for
// lack of a right, without the endpoint; otherwise denied is false.
func (s *Service) DeniedTransfer(user chat.PrincipalID, room chat.RoomID, upload bool) (e chat.Entry, denied bool) {
	sub, ok := s.subject(user)
	p, known := s.catalog.placeOf(room)
	if !ok || !known || p.Category == nil {
		return e, false
	}
	what, action := transfer(upload)
	d := access.Decide(&sub, action, p)
	e = chat.Entry{
		Kind: chat.EntryDenied, At: chat.At(s.cfg.Now()), Actor: sub.User.ID, ActorURI: sub.User.URI, ActorName: sub.User.DisplayName,
		Room: p.Room.ID, RoomGUID: p.Room.GUID, RoomName: p.Room.Name, Cause: d.Reason(), Detail: denial(what, d.Rule(), nil),
	}
	return e, !d.Allowed
}

// MayTransfer says the same of the session's user, who must have joined the room
// (XCCOS 4.13), and names the room. What his rights refuse is on record.
func (x *Session) MayTransfer(ctx context.Context, guid string, upload bool) (chat.RoomID, error) {
	what, action := transfer(upload)
	p, _, err := x.allow(ctx, what, action, lower(guid))
	if err != nil {
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
