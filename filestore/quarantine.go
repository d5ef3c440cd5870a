package filestore

import (
	"context"

	"perch/chat"
)

// List lists up to n files in a state, of ids above after, by id.
func (s *Service) List(ctx context.Context, state chat.FileState, after string, n int) ([]chat.File, error) {
	return s.store.ListFiles(ctx, state, after, n)
}

// Rescan has a file in quarantine scanned again, because the scanner knows more
// now, or better (KindInvalid without a scanner).
func (s *Service) Rescan(ctx context.Context, id string) error {
	if s.cfg.Scanner == nil {
		return chat.E(chat.KindInvalid, "no scanner is configured (files.scanner)")
	}
	if err := s.leaveQuarantine(ctx, id, chat.FileWaiting, "it waits to be scanned", "to be scanned again"); err != nil {
		return err
	}
	s.nudge()
	return nil
}

// Release lets a file in quarantine be downloaded, whatever was found in it.
func (s *Service) Release(ctx context.Context, id string) error {
	return s.leaveQuarantine(ctx, id, chat.FileClean, "", "released by an administrator")
}

func (s *Service) leaveQuarantine(ctx context.Context, id string, to chat.FileState, reason, cause string) error {
	f, err := s.store.FindFile(ctx, id)
	switch {
	case err != nil:
		return err
	case f.State != chat.FileQuarantined:
		return chat.E(chat.KindInvalid, "the file is not in quarantine: it is "+f.State.String())
	}
	found := f.Reason
	f.State, f.Reason = to, reason
	return s.change(ctx, f, chat.FileQuarantined, s.note(&f, cause+": "+found))
}
