package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// bjoin enters several rooms; those that fail are named by fib (XCCOS 4.5).
func bjoin(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	rooms := p.Rooms()
	if len(rooms) == 0 {
		return nil, chat.E(chat.KindInvalid, "the command names no room")
	}
	guids, foreign := l.domestic(rooms)
	return l.joined(x.Join(ctx, guids), foreign), nil
}
