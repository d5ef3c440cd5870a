package channel

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/chat"
	"perch/chat/access"
	"perch/chat/search"
)

// feedContent is a feed as the store keeps it.
type feedContent struct {
	Name     string
	Keywords []string
	Authors  []chat.PrincipalID
	Rooms    []chat.RoomID
}

func feedOf(guid string, it shelved[feedContent]) chat.Feed {
	v := &it.value
	return chat.Feed{GUID: guid, User: it.owner, Name: v.Name, Keywords: v.Keywords, Authors: v.Authors, Rooms: v.Rooms, Version: it.version}
}

// Limits of feeds.
const (
	maxFeeds    = 50 // of one user
	maxKeywords = 64 // of one feed
	maxAuthors  = 100
	maxRooms    = 1000
	maxBackfill = 200 // messages that a new feed, or a room newly followed, brings
)

// Feeds lists the user's feeds by name; the one of his mentions is not among
// them, everybody has it.
func (x *Session) Feeds() []chat.Feed { return x.svc.feedsOf(x.user.ID) }

func (s *Service) feedsOf(user chat.PrincipalID) []chat.Feed {
	var out []chat.Feed
	s.feeds.each(func(guid string, it shelved[feedContent]) {
		if it.owner == user {
			out = append(out, feedOf(guid, it))
		}
	})
	return byName(out, func(f *chat.Feed) string { return f.Name })
}

// SaveFeed creates a feed, or changes the one with the GUID given, and fills it
// with what the rooms hold already. User is ignored: it is the session's.
func (x *Session) SaveFeed(ctx context.Context, f chat.Feed) (chat.Feed, error) {
	s := x.svc
	f.User = x.user.ID
	if err := s.checkFeed(&f); err != nil {
		return f, err
	}
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	now := &feedContent{f.Name, f.Keywords, f.Authors, f.Rooms}
	var was *feedContent
	switch old, ok := s.feeds.find(f.GUID); {
	case f.GUID == "":
		f.GUID = uuid.NewString()
	case !ok || old.owner != x.user.ID:
		return f, chat.E(chat.KindInvalid, "there is no such feed")
	default:
		if f.Version == 0 {
			f.Version = old.version
		}
		was = &old.value
	}
	if err := save(ctx, s, s.feeds, f.GUID, f.User, f.Version, now, was); err != nil {
		return f, err
	}
	s.gather.feedsChanged()
	it, _ := s.feeds.find(f.GUID)
	f = feedOf(f.GUID, it)
	return f, s.refill(ctx, &f)
}

func (s *Service) checkFeed(f *chat.Feed) error {
	f.Name = strings.TrimSpace(f.Name)
	switch n := utf8.RuneCountInString(f.Name); {
	case n == 0 || n > chat.MaxNameLength:
		return chat.E(chat.KindInvalid, "a feed needs a name of up to 256 characters")
	case len(f.Keywords) > maxKeywords || len(f.Authors) > maxAuthors || len(f.Rooms) > maxRooms:
		return chat.E(chat.KindLimit, "a feed may have 64 keywords, 100 authors and 1000 rooms at most")
	case len(f.Keywords)+len(f.Authors) == 0:
		return chat.E(chat.KindInvalid, "a feed needs keywords or authors")
	case f.GUID == "" && len(s.feedsOf(f.User)) >= maxFeeds:
		return chat.E(chat.KindLimit, "50 feeds are the most that one user may have")
	}
	for i, k := range f.Keywords {
		f.Keywords[i] = strings.TrimSpace(k)
		if len(compileKeyword(k).Terms()) == 0 || utf8.RuneCountInString(k) > chat.MaxNameLength {
			return chat.E(chat.KindInvalid, "a keyword has 1 to 256 characters")
		}
	}
	return nil
}

// DeleteFeed deletes a feed with what it gathered.
func (x *Session) DeleteFeed(ctx context.Context, guid string) error {
	s := x.svc
	s.catalog.change.Lock()
	defer s.catalog.change.Unlock()
	if it, ok := s.feeds.find(guid); !ok || it.owner != x.user.ID {
		return chat.E(chat.KindInvalid, "there is no such feed")
	}
	if err := remove(ctx, s, s.feeds, guid); err != nil {
		return err
	}
	s.gather.feedsChanged()
	return s.store.DeleteGathered(ctx, x.user.ID, guid)
}

// Gathered returns up to n messages that a feed has gathered (chat.Mentions: those
// that name the user; empty: all feeds), newest first, with a position below
// before (zero: the newest). Only those that the user may read now are shown.
func (x *Session) Gathered(ctx context.Context, feed string, before chat.EntryID, n int) ([]chat.Hit, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return nil, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	n = max(1, min(n, x.svc.cfg.Limits.SearchResults))
	var out []chat.Hit
	for len(out) < n {
		list, err := x.svc.store.ListGathered(ctx, x.user.ID, feed, before, n)
		if err != nil || len(list) == 0 {
			return out, err
		}
		before = list[len(list)-1].Position
		if out, err = x.svc.readGathered(ctx, &sub, out, list, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readGathered appends the messages that can be read, up to n in all.
func (s *Service) readGathered(ctx context.Context, sub *access.Subject, out []chat.Hit, list []chat.Gathered, n int) ([]chat.Hit, error) {
	byRoom := map[chat.RoomID][]chat.MessageID{}
	for _, g := range list {
		byRoom[g.Room] = append(byRoom[g.Room], g.Message)
	}
	type key struct {
		room chat.RoomID
		id   chat.MessageID
	}
	texts := map[key]chat.Message{}
	for room, ids := range byRoom {
		p, ok := s.catalog.placeOf(room)
		if !ok || p.Category == nil || !access.Decide(sub, access.Read, p).Allowed {
			continue
		}
		messages, err := s.store.ListMessages(ctx, room, ids)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			texts[key{room, m.ID}] = m
		}
	}
	for _, g := range list {
		m, ok := texts[key{g.Room, g.Message}]
		shown := len(out) > 0 && out[len(out)-1].Position == g.Position // by another feed
		if ok && !shown && len(out) < n {
			out = append(out, chat.Hit{Message: m, Position: g.Position})
		}
	}
	return out, nil
}

// refill empties a feed and gathers anew from the rooms that its user follows.
func (s *Service) refill(ctx context.Context, f *chat.Feed) error {
	if err := s.store.DeleteGathered(ctx, f.User, f.GUID); err != nil {
		return err
	}
	marks, err := s.store.ListMarks(ctx, f.User)
	if err != nil {
		return err
	}
	return s.backfillFeeds(ctx, f.User, []chat.Feed{*f}, marks)
}

// backfill fills a user's feeds from rooms that he has begun to follow.
func (s *Service) backfill(ctx context.Context, user chat.PrincipalID, marks []chat.Mark) error {
	feeds := s.feedsOf(user)
	if p, ok := s.dir.FindPrincipal(user); ok {
		feeds = append(feeds, chat.Feed{GUID: chat.Mentions, User: user, Keywords: namesOf(&p)})
	}
	return s.backfillFeeds(ctx, user, feeds, marks)
}

func (s *Service) backfillFeeds(ctx context.Context, user chat.PrincipalID, feeds []chat.Feed, marks []chat.Mark) error {
	sub, ok := s.subject(user)
	if !ok {
		return nil
	}
	var rooms []chat.RoomID
	for _, m := range marks {
		if p, ok := s.catalog.placeOf(m.Room); ok && m.Followed && p.Category != nil && access.Decide(&sub, access.Read, p).Allowed {
			rooms = append(rooms, m.Room)
		}
	}
	slices.Sort(rooms)
	for i := range feeds {
		if err := s.backfillFeed(ctx, &feeds[i], rooms); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) backfillFeed(ctx context.Context, f *chat.Feed, rooms []chat.RoomID) error {
	if len(f.Rooms) > 0 {
		rooms = slices.DeleteFunc(slices.Clone(rooms), func(r chat.RoomID) bool { return !slices.Contains(f.Rooms, r) })
	}
	if len(rooms) == 0 {
		return nil
	}
	words := f.Keywords
	if len(words) == 0 {
		words = []string{""} // by its authors, whatever they say
	}
	var list []chat.Gathered
	for _, w := range words {
		found, err := s.store.Search(ctx, chat.MessageSearch{Rooms: rooms, Text: w, Match: chat.MatchExact, Authors: sorted(f.Authors), NewestFirst: true, Limit: maxBackfill})
		if err != nil {
			return err
		}
		for i := range found.Hits {
			h := &found.Hits[i]
			if h.Author != f.User && (f.GUID != chat.Mentions || search.HoldsName(h.Text, w)) {
				list = append(list, chat.Gathered{User: f.User, Feed: f.GUID, Position: h.Position, Room: h.Room, Message: h.ID})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	_, err := s.store.AppendGathered(ctx, 0, list)
	return err
}
