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
	var guids []string
	var foreign []xccos.FIB
	named := map[xccos.RoomRef]bool{}
	for _, r := range rooms {
		switch {
		case named[r]:
		case r.Domain != l.front.cfg.Domain:
			foreign = append(foreign, xccos.FIB{Key: xccos.OperationFailed, Domain: r.Domain, Value: r.GUID})
		default:
			guids = append(guids, r.GUID)
		}
		named[r] = true
	}
	return l.joined(x.Join(ctx, guids), foreign), nil
}
