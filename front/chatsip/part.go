package chatsip

import (
	"context"

	"perch/channel"
	"perch/xccos"
)

// part leaves a room (XCCOS 4.6).
func part(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	ref, err := x.Part(ctx, guid)
	return func(dst []byte) []byte { return xccos.AppendRoomURI(dst, l.front.roomURI(ref.GUID)) }, err
}
