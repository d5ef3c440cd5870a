package filestore

import (
	"context"
	"log/slog"
	"time"

	"perch/chat"
)

// retryScan is the pause after a scan that failed.
const retryScan = 10 * time.Second

// nudge says that something may wait to be scanned.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// scanLoop scans what waits. A scanner that fails is asked again until it
// answers: nothing is handed out unseen.
func (s *Service) scanLoop(ctx context.Context) {
	for {
		var again <-chan time.Time
		if !s.scanWaiting(ctx) {
			again = time.After(retryScan)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-again:
		}
	}
}

// scanWaiting scans every file that waits, and says whether all were.
func (s *Service) scanWaiting(ctx context.Context) bool {
	all, after := true, ""
	for ctx.Err() == nil {
		list, err := s.store.ListFiles(ctx, chat.FileWaiting, after, atOnce)
		if err != nil {
			s.logError("looking for files that wait to be scanned", err)
			return false
		}
		if len(list) == 0 {
			return all
		}
		for i := range list {
			all = s.scan(ctx, &list[i]) && all
			after = list[i].ID
		}
	}
	return false
}

// scan has one file scanned and stores what came of it; false: it could not be
// told.
func (s *Service) scan(ctx context.Context, f *chat.File) bool {
	found, err := s.ask(ctx, f)
	var e []chat.Entry
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		s.logError("scanning a file", err)
		f.Reason = "it waits to be scanned, and the scanner does not answer"
	case found != "":
		f.State, f.Reason = chat.FileQuarantined, found
		e = s.note(f, "quarantined: "+found)
		s.cfg.Log.Warn("a file is in quarantine", slog.String("file", f.ID), slog.String("found", found))
	case s.cfg.Scanner == nil:
		f.State, f.Reason = chat.FileClean, ""
		e = s.note(f, "released: no scanner is configured any more")
	default:
		f.State, f.Reason = chat.FileClean, ""
		e = s.note(f, "scanned: nothing found")
	}
	serr := s.store.UpdateFile(ctx, *f, chat.FileWaiting, e)
	if k := chat.KindOf(serr); k == chat.KindNoSuchObject || k == chat.KindCollision {
		return true // somebody else was quicker
	}
	if serr != nil {
		s.logError("storing what a scan found", serr)
	}
	return err == nil && serr == nil
}

// ask hands a file to the scanner.
func (s *Service) ask(ctx context.Context, f *chat.File) (found string, err error) {
	if s.cfg.Scanner == nil {
		return "", nil
	}
	r, err := s.blobs.Open(ctx, f.SHA256, 0, f.Size)
	if err != nil {
		return "", err
	}
	defer r.Close() //nolint:errcheck // it was read
	return s.cfg.Scanner.Scan(ctx, f.Name, f.Size, r)
}
