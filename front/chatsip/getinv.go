package chatsip

import (
	"context"

	"perch/channel"
	"perch/xccos"
)

// getinv lists invitations: none are issued yet (XCCOS 4.8).
func getinv(context.Context, *link, *channel.Session, *xccos.Primitive) (func([]byte) []byte, error) {
	return nil, nil
}
