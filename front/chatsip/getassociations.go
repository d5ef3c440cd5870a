package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// getassociations lists the rooms the user is member or manager of (XCCOS 4.3).
func getassociations(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	a := p.Association()
	role := chat.Member
	if a.Manager {
		role = chat.Manager
	}
	rooms, err := x.Associated(ctx, role, a.MaxResults)
	return l.list(rooms), err
}
