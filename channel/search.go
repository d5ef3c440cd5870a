package channel

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"perch/chat"
	"perch/chat/access"
	"perch/chat/search"
)

// HistorySearch asks for messages in rooms that the user may read. The limits
// hold for each room (Search) or for all together (SearchAll).
type HistorySearch struct {
	Rooms         []string // GUIDs; none: every room that the user may read
	Text          string
	Match         chat.Match
	CaseSensitive bool
	Authors       []string // addresses; none: anybody
	Mentions      []string // addresses: only what names one of them; none: all
	Has           chat.Traits
	From, Until   chat.Time
	After, Before chat.MessageID // within a room
	NewestFirst   bool
	Limit         int // 0 or more than the server's limit: that one
}

// RoomFound is what a search found in one room: the messages, how many there
// are in all, or why the room was not searched.
type RoomFound struct {
	GUID     string // as asked
	Messages []chat.Message
	Total    int
	Err      error
}

// More says that the limit cut the messages.
func (f *RoomFound) More() bool { return f.Total > len(f.Messages) }

// Search looks in the named rooms, one answer each, in that order. The search
// is in the journal before it returns.
func (x *Session) Search(ctx context.Context, q HistorySearch) ([]RoomFound, error) {
	if len(q.Rooms) == 0 || len(q.Rooms) > x.svc.cfg.Limits.SearchResults {
		return nil, chat.E(chat.KindInvalid, "name the rooms to search")
	}
	base, err := x.svc.messageSearch(&q)
	if err != nil {
		return nil, err
	}
	out := make([]RoomFound, len(q.Rooms))
	var entries []chat.Entry
	for i, guid := range q.Rooms {
		out[i].GUID = guid
		p, _, err := x.allow(ctx, "search", access.Read, lower(guid))
		if err != nil {
			out[i].Err = err
			continue
		}
		one := base
		one.Rooms = []chat.RoomID{p.Room.ID}
		found, err := x.svc.store.Search(ctx, one)
		if err != nil {
			return nil, err
		}
		out[i].Total = found.Total
		for j := range found.Hits {
			out[i].Messages = append(out[i].Messages, found.Hits[j].Message)
		}
		entries = append(entries, x.searchEntry(p.Room, &q, found))
	}
	return out, x.svc.commits.record(ctx, entries)
}

// SearchAll looks in the named rooms, or in every room that the user may read,
// in one list by the order of posting. After and before are positions of hits.
func (x *Session) SearchAll(ctx context.Context, q HistorySearch, after, before chat.EntryID) (chat.Found, error) {
	base, err := x.svc.messageSearch(&q)
	if err != nil {
		return chat.Found{}, err
	}
	base.AfterPosition, base.BeforePosition = after, before
	if base.Rooms, err = x.readable(ctx, q.Rooms); err != nil {
		return chat.Found{}, err
	}
	found, err := x.svc.store.Search(ctx, base)
	if err != nil {
		return chat.Found{}, err
	}
	return found, x.svc.commits.record(ctx, []chat.Entry{x.searchEntry(&chat.Room{}, &q, found)})
}

// readable resolves rooms that the user may read, sorted; none named: all.
func (x *Session) readable(ctx context.Context, guids []string) ([]chat.RoomID, error) {
	var out []chat.RoomID
	for _, guid := range guids {
		p, _, err := x.allow(ctx, "search", access.Read, lower(guid))
		if err != nil {
			return nil, err
		}
		out = append(out, p.Room.ID)
	}
	if len(guids) == 0 {
		sub, ok := x.svc.subject(x.user.ID)
		if !ok {
			return nil, chat.E(chat.KindForbidden, "the user is no longer served")
		}
		sorted, categories := x.svc.catalog.list()
		for _, n := range sorted {
			p := access.Place{Room: n.room, Category: categories[n.room.Category]}
			if p.Category != nil && access.Decide(&sub, access.Read, p).Allowed {
				out = append(out, n.room.ID)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// maxTerms bounds the words of one search.
const maxTerms = 64

// messageSearch checks a search and says it in the store's words.
func (s *Service) messageSearch(q *HistorySearch) (chat.MessageSearch, error) {
	limit := s.cfg.Limits.SearchResults
	if q.Limit > 0 {
		limit = min(limit, q.Limit)
	}
	m := chat.MessageSearch{
		Text: q.Text, Match: q.Match, CaseSensitive: q.CaseSensitive, From: q.From, Until: q.Until,
		After: q.After, Before: q.Before, Has: q.Has, NewestFirst: q.NewestFirst, Limit: limit,
	}
	if len(q.Text) > s.cfg.Limits.MessageBytes {
		return m, chat.E(chat.KindInvalid, "the words to look for are too long")
	}
	switch terms := len(search.Compile(m).Terms()); {
	case q.Text != "" && terms == 0: // nothing to look for would find everything
		return m, chat.E(chat.KindInvalid, "the words to look for are blank")
	case terms > maxTerms:
		return m, chat.E(chat.KindInvalid, "up to "+strconv.Itoa(maxTerms)+" words can be looked for at once")
	}
	if q.Until != 0 && q.Until <= q.From {
		return m, chat.E(chat.KindInvalid, "the search ends before it begins")
	}
	for _, uri := range q.Authors {
		p, ok := s.dir.FindURI(uri)
		if !ok {
			return m, chat.E(chat.KindNoSuchPrincipal, "no user has the address "+uri)
		}
		m.Authors = append(m.Authors, p.ID)
	}
	slices.Sort(m.Authors)
	m.Authors = slices.Compact(m.Authors)
	for _, uri := range q.Mentions {
		p, ok := s.dir.FindURI(uri)
		if !ok {
			return m, chat.E(chat.KindNoSuchPrincipal, "no user has the address "+uri)
		}
		m.Names = append(m.Names, namesOf(&p)...)
	}
	return m, nil
}

// searchEntry says in the journal who looked for what, and how far he saw.
func (x *Session) searchEntry(r *chat.Room, q *HistorySearch, found chat.Found) chat.Entry {
	e := x.entry(chat.EntrySearch, r)
	what := map[string]any{"text": q.Text, "match": q.Match.String(), "total": found.Total}
	if x.svc.cfg.WithoutTerms {
		delete(what, "text")
	}
	if len(q.Authors) > 0 {
		what["authors"] = q.Authors
	}
	if len(q.Mentions) > 0 {
		what["mentions"] = q.Mentions
	}
	if q.Has != 0 {
		what["has"] = q.Has
	}
	if q.From != 0 || q.Until != 0 {
		what["from"], what["until"] = q.From, q.Until
	}
	if r.ID == 0 {
		what["rooms"] = q.Rooms
	} else if n := len(found.Hits); n > 0 {
		e.Message = min(found.Hits[0].ID, found.Hits[n-1].ID)
		e.Last = max(found.Hits[0].ID, found.Hits[n-1].ID)
	}
	if b, err := json.Marshal(what); err == nil { // a map of plain values always marshals
		e.Detail = string(b)
	}
	return e
}
