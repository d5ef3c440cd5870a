package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/filestore"
	"perch/xccos"
)

// getfutok gives a token for an upload (XCCOS 4.13).
func getfutok(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	return fileToken(ctx, l, x, p, true)
}

// getfdtok gives a token for downloads (XCCOS 4.13).
func getfdtok(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	return fileToken(ctx, l, x, p, false)
}

func fileToken(ctx context.Context, l *link, x *channel.Session, p *xccos.Primitive, upload bool) (func([]byte) []byte, error) {
	f := l.front
	if f.cfg.Files == nil {
		return nil, chat.E(chat.KindNotSupported, "this server has no file service")
	}
	guid, err := l.room(p)
	if err != nil {
		return nil, err
	}
	room, err := x.MayTransfer(ctx, guid, upload)
	if err != nil {
		return nil, err
	}
	token, err := f.cfg.Files.Issue(ctx, filestore.Ticket{
		User: l.user, Room: room, Upload: upload, Name: p.FileName(), Endpoint: l.d.Endpoint(), Client: l.client,
	})
	if err != nil {
		return nil, err
	}
	return func(dst []byte) []byte { return xccos.AppendFileToken(dst, token, f.cfg.FilesURL()) }, nil
}
