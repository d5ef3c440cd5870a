package filestore

import (
	"context"
	"log/slog"
	"time"

	"perch/chat"
)

// Pauses after a round in which something could not be scanned: each is twice the
// one before.
const (
	firstPause = 10 * time.Second
	lastPause  = 5 * time.Minute
)

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
	pause := firstPause
	for {
		var again <-chan time.Time
		if s.scanWaiting(ctx) {
			pause = firstPause
		} else {
			again = time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-again:
			pause = min(2*pause, lastPause)
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
	before := *f
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		s.logError("scanning a file", err)
		f.Reason = "it waits to be scanned, and the scanner does not answer"
		if chat.KindOf(err) != chat.KindUnknown {
			f.Reason = "it waits to be scanned: " + chat.TextOf(err)
		}
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
	if *f == before {
		return false // as it was said before
	}
	serr := s.change(ctx, *f, chat.FileWaiting, e)
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
