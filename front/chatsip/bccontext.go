package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// bccontext gives the newest messages of a room, or the newest before one that
// the client names (XCCOS 4.7).
func bccontext(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	n := p.Last()
	if n == 0 {
		return nil, chat.E(chat.KindInvalid, "bcq must ask for the last cnt messages, one or more")
	}
	ref, messages, err := x.History(ctx, guid, chat.MessageID(p.Before()), n)
	if err != nil {
		return nil, err
	}
	uri := l.front.roomURI(ref.GUID)
	out := make([]xccos.Message, len(messages))
	for i := range messages {
		out[i] = wireMessage(&messages[i], uri)
	}
	return func(dst []byte) []byte { return xccos.AppendHistory(dst, uri, out) }, nil
}

// wireMessage is a message as it goes out (XCCOS 3.9).
func wireMessage(m *chat.Message, uri string) xccos.Message {
	return xccos.Message{
		ChanURI: uri, Author: m.AuthorURI, AuthDisp: m.AuthorName, ChatID: int64(m.ID), TS: m.At.Std(),
		Alert: m.Alert, Chat: m.Text, RTF: m.Rich,
	}
}
