package chatsip

import (
	"context"
	"slices"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// bcbydate searches the history of rooms by words, authors and dates, or from a
// message on (XCCOS 4.9); bcbymsg is the same with a message to begin at.
func bcbydate(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	in, err := p.HistoryQuery()
	if err != nil {
		return nil, chat.E(chat.KindInvalid, "a date is not of the form 2013-08-03T10:11:12Z")
	}
	q := channel.HistorySearch{
		Text: in.Text, Match: matchOf(in.Match), CaseSensitive: in.CaseSensitive, Authors: in.Authors,
		NewestFirst: in.Backwards, Limit: in.Limit,
	}
	if in.Message != 0 && in.Backwards {
		q.Before = chat.MessageID(in.Message)
	} else {
		q.After = chat.MessageID(in.Message)
	}
	if in.Message == 0 { // dates are ignored when a message is named
		if !in.From.IsZero() {
			q.From = chat.At(in.From)
		}
		if !in.Until.IsZero() {
			q.Until = chat.At(in.Until) + 1
		}
	}
	var failed []xccos.FIB
	q.Rooms, failed = l.domestic(p.Rooms())
	if len(q.Rooms)+len(failed) == 0 {
		return nil, chat.E(chat.KindInvalid, "the command names no room")
	}
	var found []channel.RoomFound
	if len(q.Rooms) > 0 {
		if found, err = x.Search(ctx, q); err != nil {
			return nil, err
		}
	}
	return l.found(found, failed, in.NewestFirst), nil
}

// domestic splits rooms into those of this domain, each once, and the others.
func (l *link) domestic(rooms []xccos.RoomRef) (guids []string, foreign []xccos.FIB) {
	for i, r := range rooms {
		switch {
		case slices.Contains(rooms[:i], r):
		case r.Domain != l.front.cfg.Domain:
			foreign = append(foreign, xccos.FIB{Key: xccos.OperationFailed, Domain: r.Domain, Value: r.GUID})
		default:
			guids = append(guids, r.GUID)
		}
	}
	return guids, foreign
}

func matchOf(word string) chat.Match {
	switch word {
	case "EXACT":
		return chat.MatchExact
	case "ALL":
		return chat.MatchAll
	}
	return chat.MatchAny
}

// found shows what was found in each room, in the order that was asked for.
func (l *link) found(found []channel.RoomFound, failed []xccos.FIB, newestFirst bool) func([]byte) []byte {
	var rooms []xccos.FoundRoom
	for i := range found {
		f := &found[i]
		if f.Err != nil {
			failed = append(failed, xccos.FIB{Key: xccos.OperationFailed, Domain: l.front.cfg.Domain, Value: f.GUID})
			continue
		}
		uri := l.front.roomURI(f.GUID)
		slices.SortFunc(f.Messages, func(a, b chat.Message) int { return int(a.ID - b.ID) })
		if newestFirst {
			slices.Reverse(f.Messages)
		}
		r := xccos.FoundRoom{URI: uri, Total: f.Total, More: f.More(), Messages: make([]xccos.Message, len(f.Messages))}
		for j := range f.Messages {
			r.Messages[j] = wireMessage(&f.Messages[j], uri)
		}
		rooms = append(rooms, r)
	}
	return func(dst []byte) []byte { return xccos.AppendFound(dst, rooms, failed) }
}
