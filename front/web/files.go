package web

import (
	"context"
	"strings"

	"perch/chat"
	"perch/filestore"
	"perch/front/web/api"
)

// Bounds of a list of files.
const (
	someFiles = 50
	mostFiles = 200
)

// fileService is the file service, with who calls it.
func (s *Server) fileService(ctx context.Context) (*filestore.Service, filestore.Caller, error) {
	id, err := caller(ctx)
	if err == nil && s.cfg.Files == nil {
		err = chat.E(chat.KindNotSupported, "this server keeps no files: its configuration says so")
	}
	return s.cfg.Files, filestore.Caller{User: id.user.ID, SignIn: id.signIn, Client: id.client}, err
}

// GetFile tells what is known of a file.
func (s *Server) GetFile(ctx context.Context, r api.GetFileRequestObject) (api.GetFileResponseObject, error) {
	files, c, err := s.fileService(ctx)
	if err != nil {
		return nil, err
	}
	f, room, err := files.Look(ctx, c, r.File)
	if err != nil {
		return nil, err
	}
	return api.GetFile200JSONResponse(s.file(&f, room.GUID)), nil
}

// ListFiles lists what was posted in a room.
func (s *Server) ListFiles(ctx context.Context, r api.ListFilesRequestObject) (api.ListFilesResponseObject, error) {
	files, c, err := s.fileService(ctx)
	if err != nil {
		return nil, err
	}
	n, before := someFiles, chat.MessageID(0)
	if r.Params.Limit != nil {
		n = *r.Params.Limit
	}
	if r.Params.Before != nil {
		before = chat.MessageID(*r.Params.Before)
	}
	if n < 1 || n > mostFiles || before < 0 {
		return nil, chat.E(chat.KindInvalid, "limit is 1 to 200, before a message's id")
	}
	id, err := s.rooms.RoomID(r.Room)
	if err != nil {
		return nil, err
	}
	list, room, err := files.Posted(ctx, c, id, before, n)
	if err != nil {
		return nil, err
	}
	out := make(api.ListFiles200JSONResponse, 0, len(list))
	for i := range list {
		out = append(out, s.file(&list[i], room.GUID))
	}
	return out, nil
}

// file shows a file of a room, to who may know of it.
func (s *Server) file(f *chat.File, roomGUID string) api.File {
	roomGUID = strings.ToLower(roomGUID)
	out := api.File{
		Id: f.ID, Room: roomGUID, Name: f.Name, Size: f.Size, Type: f.Type, State: api.FileState(f.State.String()),
		Link: filestore.Link(s.cfg.Domain, roomGUID, f), At: f.At.Std(),
	}
	if p, ok := s.dir.FindPrincipal(f.Uploader); ok {
		out.Uploader = p.DisplayName
	}
	if f.SHA256 != "" {
		out.Sha256 = &f.SHA256
	}
	if f.Reason != "" {
		out.Reason = &f.Reason
	}
	if f.Posted != 0 {
		m := int64(f.Posted)
		out.Message = &m
	}
	return out
}
