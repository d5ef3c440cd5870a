package chatsip

import (
	"context"

	"perch/channel"
	"perch/xccos"
)

// getserverinfo describes the pool (XCCOS 4.2).
func getserverinfo(_ context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	i := x.Info()
	s := &xccos.SIB{
		InfoType: p.ServerInfo(), ServerTime: i.Time,
		SearchLimit: i.Limits.SearchResults, MessageSizeLimit: i.Limits.MessageBytes, StorySizeLimit: i.Limits.StoryBytes,
		RootURI: xccos.CategoryURI(l.front.cfg.Domain, i.RootGUID), DBVersion: i.StoreGUID,
		DisplayName: i.DisplayName, RoomManagementURL: i.ManagementURL,
	}
	return func(dst []byte) []byte { return xccos.AppendSIB(dst, s) }, nil
}
