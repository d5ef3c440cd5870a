package filestore

import (
	"context"
	"strings"

	"perch/chat"
)

// takeOver takes the lock of an upload from whoever goes on with it now: he is
// interrupted, as is the caller by the next one, if interrupt is given. Of
// several who wait the newest gets it. The context ends with an interruption.
func (s *Service) takeOver(ctx context.Context, id string, interrupt func()) (context.Context, func(), error) {
	id = strings.ToLower(id)
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	u := s.want(id)
	u.turn++
	turn := u.turn
	if u.interrupt != nil {
		u.interrupt()
	}
	s.mu.Unlock()
	u.Lock()
	release := func() {
		cancel()
		s.mu.Lock()
		u.interrupt = nil
		s.unwant(id, u)
		s.mu.Unlock()
		u.Unlock()
	}
	s.mu.Lock()
	late := turn != u.turn && interrupt != nil
	if !late && interrupt != nil {
		u.interrupt = func() { cancel(); interrupt() }
	}
	s.mu.Unlock()
	if late {
		release()
		return nil, nil, errTakenOver
	}
	return ctx, release, nil
}

// errTakenOver is what a request is told that is not the newest of its upload.
var errTakenOver = chat.E(chat.KindCollision, "a newer request goes on with the upload")

// settle ends that the holder of an upload's lock can be interrupted; an error
// says that he was.
func (s *Service) settle(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.uploads[id]; u != nil {
		u.interrupt = nil
	}
	if ctx.Err() != nil {
		return errTakenOver
	}
	return nil
}
