package web

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// roomLabel begins the labels of what a user has set for rooms; a GUID follows.
const roomLabel = "web.room."

// roomSetting is what one user has set for one room.
type roomSetting struct {
	Favourite bool    `json:"favourite,omitempty"`
	Muted     bool    `json:"muted,omitempty"`
	Group     string  `json:"group,omitempty"`
	Position  float64 `json:"position,omitempty"`
}

func (c *roomSetting) apply(change *api.MyRoomChange) {
	set(&c.Favourite, change.Favourite)
	set(&c.Muted, change.Muted)
	set(&c.Group, change.Group)
	set(&c.Position, change.Position)
}

func set[T any](at, to *T) {
	if to != nil {
		*at = *to
	}
}

func parseSetting(content string) (c roomSetting) {
	if json.Unmarshal([]byte(content), &c) != nil {
		return roomSetting{} // an old client can write there, too
	}
	return c
}

// ListMyRooms lists the rooms that the caller follows.
func (s *Server) ListMyRooms(ctx context.Context, _ api.ListMyRoomsRequestObject) (api.ListMyRoomsResponseObject, error) {
	x, id, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	news, err := x.News(ctx)
	if err != nil {
		return nil, err
	}
	set, err := s.store.ListPreferences(ctx, id.user.ID, roomLabel)
	if err != nil {
		return nil, err
	}
	settings := map[string]roomSetting{}
	for _, p := range set {
		settings[strings.TrimPrefix(p.Label, roomLabel)] = parseSetting(p.Content)
	}
	views := make([]channel.RoomView, len(news))
	for i := range news {
		views[i] = news[i].Room
	}
	shown, err := s.showRooms(ctx, x, views)
	if err != nil {
		return nil, err
	}
	out := make(api.ListMyRooms200JSONResponse, len(news))
	for i := range news {
		out[i] = showMine(shown[i], &news[i].Marked, true, settings[views[i].GUID])
	}
	return out, nil
}

func showMine(room api.Room, m *channel.Marked, followed bool, c roomSetting) api.MyRoom {
	room.Head = max(room.Head, int64(m.Head)) // which was read at another moment
	return api.MyRoom{
		Room: room, Read: int64(m.Read), Unread: int(max(0, room.Head-int64(m.Read))), Mentions: m.Mentions, Followed: followed,
		Favourite: c.Favourite, Muted: c.Muted, Group: c.Group, Position: c.Position,
	}
}

// myRoom is one room as its user has it.
func (s *Server) myRoom(ctx context.Context, x *channel.Session, guid string) (api.MyRoom, error) {
	n, followed, err := x.Unread(ctx, guid)
	if err != nil {
		return api.MyRoom{}, err
	}
	room, err := s.showOne(ctx, x, n.Room)
	if err != nil {
		return api.MyRoom{}, err
	}
	p, err := s.store.FindPreference(ctx, x.User().ID, roomLabel+n.Room.GUID)
	if err != nil && chat.KindOf(err) != chat.KindInvalid {
		return api.MyRoom{}, err
	}
	return showMine(room, &n.Marked, followed, parseSetting(p.Content)), nil
}

// maxGroup bounds the name of a heading, in characters.
const maxGroup = 100

// SetMyRoom follows a room, mutes it, puts it somewhere. The caller's sockets are
// told.
func (s *Server) SetMyRoom(ctx context.Context, r api.SetMyRoomRequestObject) (api.SetMyRoomResponseObject, error) {
	x, id, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(value(r.Body.Group)) > maxGroup {
		return nil, chat.E(chat.KindInvalid, "a heading has up to 100 characters")
	}
	v, err := x.Room(ctx, r.Room)
	if err != nil {
		return nil, err
	}
	if r.Body.Followed != nil {
		if err := x.Follow(ctx, v.GUID, *r.Body.Followed); err != nil {
			return nil, err
		}
	}
	if b := r.Body; b.Favourite != nil || b.Muted != nil || b.Group != nil || b.Position != nil {
		if err := s.setRoom(ctx, id.user.ID, v.GUID, b); err != nil {
			return nil, err
		}
	}
	mine, err := s.myRoom(ctx, x, v.GUID)
	if err != nil {
		return nil, err
	}
	s.hub.tell(id.user.ID, "", api.ServerFrame{Type: api.ServerFrameTypeMine, Room: &v.GUID, MyRoom: &mine})
	return api.SetMyRoom200JSONResponse(mine), nil
}

// setRoom changes what a user has set for a room, whatever is changed meanwhile by
// another of his programs.
func (s *Server) setRoom(ctx context.Context, user chat.PrincipalID, guid string, change *api.MyRoomChange) error {
	for {
		p, err := s.store.FindPreference(ctx, user, roomLabel+guid)
		if err != nil && chat.KindOf(err) != chat.KindInvalid {
			return err
		}
		c := parseSetting(p.Content)
		c.apply(change)
		b, err := json.Marshal(c)
		if err != nil {
			return chat.Wrap(chat.KindInvalid, "a room's settings", err) // a position that is no number
		}
		p.Label, p.Content = roomLabel+guid, string(b)
		if _, err = s.store.ReplacePreference(ctx, user, p); !errors.Is(err, chat.E(chat.KindCollision, "")) {
			return err
		}
	}
}
