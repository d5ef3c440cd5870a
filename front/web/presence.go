package web

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// Presence is how somebody is.
type Presence struct {
	State string // as the API has it: available, busy, do-not-disturb, away, offline, unknown
	Note  string
}

// Presences is what other front ends know of where people are.
type Presences interface {
	// State is how somebody is now, by what his endpoints publish; offline if he has
	// none, unknown if that cannot be told.
	State(user *chat.Principal) Presence
	// Watch calls fn after somebody's state may have changed. fn does not block.
	Watch(fn func(user chat.PrincipalID)) (stop func())
	// Here says how somebody is by his connections to this front end: available, away
	// or offline.
	Here(user *chat.Principal, state string)
}

// presence is how somebody is: as his endpoints say, and otherwise as his WebSockets
// do.
func (s *Server) presence(p *chat.Principal) api.Presence {
	now := Presence{State: string(api.PresenceStateOffline)}
	if s.cfg.Presences != nil {
		now = s.cfg.Presences.State(p)
	}
	state := api.PresenceState(now.State)
	if state == api.PresenceStateOffline {
		state = s.hub.is(p.ID)
	}
	out := api.Presence{Guid: p.GUID, State: state}
	if now.Note != "" {
		out.Note = &now.Note
	}
	return out
}

// visible resolves those users of whom the session's user may know, by GUID.
func (s *Server) visible(ctx context.Context, x *channel.Session, guids []string) ([]chat.Principal, error) {
	if len(guids) > maxWatched {
		return nil, chat.E(chat.KindInvalid, "the presence of up to 500 people can be asked for at once")
	}
	var list []chat.Principal
	var ids []chat.PrincipalID
	for _, guid := range guids {
		if p, ok := s.dir.FindGUID(guid); ok && p.Kind == chat.KindUser {
			list, ids = append(list, p), append(ids, p.ID)
		}
	}
	knows, err := x.Knows(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for i := range list {
		if knows[i] {
			out = append(out, list[i])
		}
	}
	return out, nil
}

// presenceChanged tells the sockets that watch somebody.
func (s *Server) presenceChanged(user chat.PrincipalID) {
	watching := s.hub.watching(user)
	p, ok := s.dir.FindPrincipal(user)
	if len(watching) == 0 || !ok {
		return
	}
	body := s.presenceFrame(s.presence(&p))
	for _, k := range watching {
		if !s.rooms.Apart(k.who.user.ID, user) {
			s.hub.hide(k, user, false)
			k.send(body)
			s.hideAgain(k, &p)
		}
	}
}

func (s *Server) presenceFrame(now api.Presence) []byte {
	return s.frame(&api.ServerFrame{Type: api.ServerFrameTypePresence, Presence: &now})
}

// hiddenFrame is what they see of somebody from whom a wall keeps him.
func (s *Server) hiddenFrame(p *chat.Principal) []byte {
	return s.presenceFrame(api.Presence{Guid: p.GUID, State: api.PresenceStateUnknown})
}

// hideAgain shows somebody as unknown if a wall was put up while a socket was told
// how he is: it may have been told of the wall first.
func (s *Server) hideAgain(k *socket, p *chat.Principal) {
	if s.rooms.Apart(k.who.user.ID, p.ID) {
		s.hub.hide(k, p.ID, true)
		k.send(s.hiddenFrame(p))
	}
}

// wallsChanged shows as unknown, to those who watch them, whom a wall keeps from them
// now, and as they are whom none does any longer.
func (s *Server) wallsChanged() {
	for _, user := range s.hub.watched() {
		p, ok := s.dir.FindPrincipal(user)
		if !ok {
			continue
		}
		for _, k := range s.hub.watching(user) {
			apart := s.rooms.Apart(k.who.user.ID, user)
			if !s.hub.hide(k, user, apart) {
				continue
			}
			if apart {
				k.send(s.hiddenFrame(&p))
			} else {
				k.send(s.presenceFrame(s.presence(&p)))
			}
		}
	}
}
