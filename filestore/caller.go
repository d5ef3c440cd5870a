package filestore

import (
	"context"
	"fmt"
	"strings"

	"perch/chat"
)

// Caller is a user who has signed in himself and needs no token.
type Caller struct {
	User   chat.PrincipalID
	SignIn string // names his sign-in: what he goes on downloading there is not a new download. It is not kept
	// Endpoint and Client are for the journal.
	Endpoint, Client string
}

// admitCaller asks whether a user has a right in a room now.
func (s *Service) admitCaller(ctx context.Context, c Caller, room chat.RoomID, upload bool) (*bearer, error) {
	b := &bearer{
		token:  chat.FileToken{User: c.User, Room: room, Upload: upload, Endpoint: c.Endpoint, Client: c.Client, Expires: chat.At(s.cfg.Now().Add(TokenLife))},
		holder: fmt.Sprint(c.User, " at ", c.SignIn),
	}
	return b, s.entitle(ctx, b)
}

// Look tells what is known of a file, and describes its room: to who may download
// from there, also while the file may not be downloaded, and of an unfinished one
// to its uploader. To others it is not there.
func (s *Service) Look(ctx context.Context, c Caller, id string) (chat.File, *chat.Room, error) {
	f, b, err := s.look(ctx, c, id)
	if err != nil {
		return chat.File{}, nil, err
	}
	return f, b.room, nil
}

func (s *Service) look(ctx context.Context, c Caller, id string) (chat.File, *bearer, error) {
	f, err := s.store.FindFile(ctx, strings.ToLower(id))
	if chat.KindOf(err) == chat.KindNoSuchObject {
		err = errNoFile
	}
	if err != nil {
		return f, nil, err
	}
	if f.State == chat.FileUnfinished && f.Uploader != c.User {
		return f, nil, errNoFile
	}
	b, err := s.admitCaller(ctx, c, f.Room, false)
	return f, b, hidden(err)
}

// hidden is a refusal that does not tell whether there is such a file.
func hidden(err error) error {
	switch chat.KindOf(err) {
	case chat.KindForbidden, chat.KindNoSuchRoom, chat.KindNotInScope:
		return errNoFile
	}
	return err
}

// Posted lists files that were posted in a room, for who may download from there,
// and describes the room: as chat.Files has it in ListPosted.
func (s *Service) Posted(ctx context.Context, c Caller, room chat.RoomID, before chat.MessageID, n int) ([]chat.File, *chat.Room, error) {
	b, err := s.admitCaller(ctx, c, room, false)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.store.ListPosted(ctx, room, before, n)
	return list, b.room, err
}
