package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// frame is what goes out on a socket.
func (s *Server) frame(f *api.ServerFrame) []byte {
	b, err := json.Marshal(f)
	if err != nil {
		s.cfg.Log.Error("a frame cannot be encoded", slog.Any("error", err)) // plain structs always marshal
	}
	return b
}

// linksWithin bounds how long a room waits for what is known of files that a
// message links to.
const linksWithin = 2 * time.Second

// message is the frame of a message that was posted.
func (s *Server) message(e *channel.Event) api.ServerFrame {
	ctx, cancel := context.WithTimeout(context.Background(), linksWithin)
	defer cancel()
	m := s.showMessage(ctx, &e.Message, e.Room.GUID)
	return api.ServerFrame{Type: api.ServerFrameTypeMessage, Room: &m.Room, Message: &m}
}

// encodeOwn is a message for the sockets of its author.
func (s *Server) encodeOwn(e *channel.Event) []byte {
	f := s.message(e)
	f.Message.ClientId = &e.ClientID
	return s.frame(&f)
}

// encode makes the frame of an event: once a room, for all of its sockets.
func (s *Server) encode(e *channel.Event) []byte {
	f := api.ServerFrame{Room: &e.Room.GUID}
	switch e.Kind {
	case channel.EventMessage:
		f = s.message(e)
	case channel.EventJoined:
		entered := participants(e.People)
		f.Type, f.Entered, f.Participants = api.ServerFrameTypePeople, &entered, &e.Participants
	case channel.EventParted:
		left := participants(e.People)
		f.Type, f.Left, f.Participants = api.ServerFrameTypePeople, &left, &e.Participants
	case channel.EventRemoved:
		f.Type = api.ServerFrameTypeRemoved
	case channel.EventChanged:
		f.Type = api.ServerFrameTypeRoom
	case channel.EventHistory:
		f.Type = api.ServerFrameTypeHistory
	case channel.EventRights:
		f.Type = api.ServerFrameTypeRights
	case channel.EventDeleted:
		f.Type = api.ServerFrameTypeDeleted
	case channel.EventGathered:
		hit := s.showHit(context.Background(), &chat.Hit{Message: e.Message, Position: e.Position}, e.Room)
		f.Type, f.Feed, f.Hit = api.ServerFrameTypeGathered, &e.Feed, &hit
		if e.Feed == chat.Mentions {
			f.Mentions = &e.Mark.Mentions
		}
	case channel.EventRead:
		read := int64(e.Mark.Read)
		f.Type, f.Read, f.Unread, f.Mentions = api.ServerFrameTypeRead, &read, &e.Mark.Unread, &e.Mark.Mentions
	case channel.EventInvited, channel.EventFollowed: // for their user alone, see socket.work
	}
	return s.frame(&f)
}
