package web

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// ListFeeds lists the caller's feeds. The one of his mentions, which everybody has,
// is not on the list.
func (s *Server) ListFeeds(ctx context.Context, _ api.ListFeedsRequestObject) (api.ListFeedsResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	out := api.ListFeeds200JSONResponse{}
	for _, f := range x.Feeds() {
		out = append(out, s.showFeed(&f))
	}
	return out, nil
}

func (s *Server) showFeed(f *chat.Feed) api.Feed {
	out := api.Feed{Id: f.GUID, Name: f.Name, Keywords: append([]string{}, f.Keywords...), Authors: []api.Person{}, Rooms: []string{}, Version: f.Version}
	for _, id := range f.Authors {
		if p, ok := s.dir.FindPrincipal(id); ok {
			out.Authors = append(out.Authors, person(&p))
		}
	}
	for _, id := range f.Rooms {
		if ref, ok := s.rooms.Ref(id); ok {
			out.Rooms = append(out.Rooms, ref.GUID)
		}
	}
	return out
}

// feedOf reads a feed: of people and rooms of which the caller may know.
func (s *Server) feedOf(ctx context.Context, x *channel.Session, guid string, in *api.FeedChange) (chat.Feed, error) {
	f := chat.Feed{GUID: guid, Name: in.Name, Keywords: value(in.Keywords), Version: value(in.Version)}
	authors, err := s.known(ctx, x, value(in.Authors))
	if err != nil {
		return f, err
	}
	for i := range authors {
		f.Authors = append(f.Authors, authors[i].ID)
	}
	for _, room := range value(in.Rooms) {
		v, err := x.Room(ctx, room)
		if err != nil {
			return f, err
		}
		f.Rooms = append(f.Rooms, v.ID)
	}
	return f, nil
}

// CreateFeed makes a feed.
func (s *Server) CreateFeed(ctx context.Context, r api.CreateFeedRequestObject) (api.CreateFeedResponseObject, error) {
	f, err := s.saveFeed(ctx, "", r.Body)
	return api.CreateFeed201JSONResponse(f), err
}

// UpdateFeed changes a feed.
func (s *Server) UpdateFeed(ctx context.Context, r api.UpdateFeedRequestObject) (api.UpdateFeedResponseObject, error) {
	f, err := s.saveFeed(ctx, r.Id, r.Body)
	return api.UpdateFeed200JSONResponse(f), err
}

func (s *Server) saveFeed(ctx context.Context, guid string, in *api.FeedChange) (api.Feed, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return api.Feed{}, err
	}
	f, err := s.feedOf(ctx, x, guid, in)
	if err != nil {
		return api.Feed{}, err
	}
	if f, err = x.SaveFeed(ctx, f); err != nil {
		return api.Feed{}, err
	}
	return s.showFeed(&f), nil
}

// DeleteFeed deletes a feed.
func (s *Server) DeleteFeed(ctx context.Context, r api.DeleteFeedRequestObject) (api.DeleteFeedResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	return api.DeleteFeed204Response{}, x.DeleteFeed(ctx, r.Id)
}

// ListGathered lists what a feed has gathered, newest first.
func (s *Server) ListGathered(ctx context.Context, r api.ListGatheredRequestObject) (api.ListGatheredResponseObject, error) {
	x, _, err := s.act(ctx)
	if err != nil {
		return nil, err
	}
	n := searchSize
	set(&n, r.Params.Limit)
	hits, err := x.Gathered(ctx, r.Id, chat.EntryID(value(r.Params.Before)), n)
	if err != nil {
		return nil, err
	}
	return api.ListGathered200JSONResponse(s.showHits(ctx, hits)), nil
}
