package web

import (
	"context"
	"strings"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// searchSize is how many hits a search has if nothing is said, maxHits the most.
const (
	searchSize = 50
	maxHits    = 200
)

var matches = map[api.SearchMatch]chat.Match{
	"": chat.MatchAll, api.SearchMatchAll: chat.MatchAll, api.SearchMatchAny: chat.MatchAny, api.SearchMatchExact: chat.MatchExact,
}

var traits = map[api.SearchHas]chat.Traits{
	api.SearchHasAlert: chat.HasAlert, api.SearchHasFile: chat.HasFile, api.SearchHasLink: chat.HasLink, api.SearchHasStory: chat.HasStory,
}

// SearchMessages searches in rooms that the caller may read, newest first.
func (s *Server) SearchMessages(ctx context.Context, r api.SearchMessagesRequestObject) (api.SearchMessagesResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.historySearch(ctx, x, r.Body)
	if err != nil {
		return nil, err
	}
	found, err := x.SearchAll(ctx, q, 0, chat.EntryID(value(r.Body.Before)))
	if err != nil {
		return nil, err
	}
	return api.SearchMessages200JSONResponse{Hits: s.showHits(ctx, found.Hits), Total: found.Total}, nil
}

func (s *Server) historySearch(ctx context.Context, x *channel.Session, in *api.Search) (q channel.HistorySearch, err error) {
	match, ok := matches[value(in.Match)]
	if !ok {
		return q, chat.E(chat.KindInvalid, "match is all, any or exact")
	}
	q = channel.HistorySearch{
		Rooms: value(in.Rooms), Text: value(in.Text), Match: match, CaseSensitive: value(in.CaseSensitive), NewestFirst: true, Limit: searchSize,
	}
	if in.Limit != nil {
		q.Limit = max(1, min(*in.Limit, maxHits))
	}
	if in.From != nil {
		q.From = chat.At(*in.From)
	}
	if in.Until != nil {
		q.Until = chat.At(*in.Until)
	}
	for _, h := range value(in.Has) {
		t, ok := traits[h]
		if !ok {
			return q, chat.E(chat.KindInvalid, "has is file, link, alert or story")
		}
		q.Has |= t
	}
	if q.Authors, err = s.urisOf(ctx, x, value(in.Authors)); err != nil {
		return q, err
	}
	q.Mentions, err = s.urisOf(ctx, x, value(in.Mentions))
	return q, err
}

// maxPeople bounds how many people one request names.
const maxPeople = 1000

// urisOf resolves GUIDs and addresses of people of whom the caller may know.
func (s *Server) urisOf(ctx context.Context, x *channel.Session, named []string) ([]string, error) {
	list, err := s.known(ctx, x, named)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].URI
	}
	return out, nil
}

// known resolves principals of whom the caller may know, by GUID or address.
func (s *Server) known(ctx context.Context, x *channel.Session, named []string) ([]chat.Principal, error) {
	if len(named) > maxPeople {
		return nil, chat.E(chat.KindInvalid, "up to 1000 people can be named at once")
	}
	list := make([]chat.Principal, len(named))
	ids := make([]chat.PrincipalID, len(named))
	for i, name := range named {
		p, ok := s.findPerson(name)
		if !ok {
			return nil, noPerson(name)
		}
		list[i], ids[i] = p, p.ID
	}
	knows, err := x.Knows(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, ok := range knows {
		if !ok {
			return nil, noPerson(named[i])
		}
	}
	return list, nil
}

func noPerson(name string) error {
	return chat.E(chat.KindNoSuchPrincipal, "there is nobody "+name+" of whom you may know")
}

// findPerson finds a principal by GUID or address.
func (s *Server) findPerson(name string) (chat.Principal, bool) {
	if p, ok := s.dir.FindGUID(name); ok {
		return p, true
	}
	if !strings.Contains(name, ":") {
		name = "sip:" + name
	}
	return s.dir.FindURI(name)
}

func (s *Server) showHits(ctx context.Context, hits []chat.Hit) []api.Hit {
	out := []api.Hit{}
	for i := range hits {
		h := &hits[i]
		if ref, ok := s.rooms.Ref(h.Room); ok { // else it was deleted meanwhile
			out = append(out, s.showHit(ctx, h, ref))
		}
	}
	return out
}

func (s *Server) showHit(ctx context.Context, h *chat.Hit, room channel.RoomRef) api.Hit {
	return api.Hit{Position: int64(h.Position), RoomName: room.Name, Message: s.showMessage(ctx, &h.Message, room.GUID)}
}
