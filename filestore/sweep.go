package filestore

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"perch/chat"
)

// sweepEvery parts two sweeps.
const sweepEvery = 10 * time.Minute

// atOnce bounds what one call of the store lists.
const atOnce = 100

// sweepLoop removes what was never finished or posted.
func (s *Service) sweepLoop(ctx context.Context) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		s.sweep(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (s *Service) sweep(ctx context.Context) {
	now := s.cfg.Now()
	s.mu.Lock()
	maps.DeleteFunc(s.told, func(_ transfer, expires chat.Time) bool { return expires < chat.At(now) })
	s.mu.Unlock()
	for {
		list, err := s.store.ListUnposted(ctx, chat.At(now.Add(-unfinishedFor)), chat.At(now.Add(-s.cfg.Unposted)), atOnce)
		if err != nil {
			s.logError("looking for files that nobody posted", err)
			return
		}
		for i := range list {
			if err := s.remove(ctx, &list[i]); err != nil {
				s.logError("removing a file that nobody posted", err)
				return // the next sweep tries again
			}
		}
		if len(list) < atOnce {
			break
		}
	}
	s.dropLeftovers(ctx)
	s.sweepSpool(ctx)
}

// remove removes a file that nobody posted; one that was posted, finished or
// removed meanwhile is left alone.
func (s *Service) remove(ctx context.Context, f *chat.File) error {
	defer s.hold(f.ID)()
	now, err := s.store.FindFile(ctx, f.ID)
	switch {
	case chat.KindOf(err) == chat.KindNoSuchObject:
		return nil
	case err != nil:
		return err
	case now.State == chat.FileUnfinished && f.State == chat.FileUnfinished:
		if now.At != f.At {
			return nil // somebody went on with it
		}
		return s.forget(ctx, f)
	case now.State == chat.FileUnfinished || f.State == chat.FileUnfinished:
		return nil
	}
	err = s.store.DeleteFile(ctx, f.ID, s.note(f, "removed: nobody posted it"))
	if k := chat.KindOf(err); k == chat.KindCollision || k == chat.KindNoSuchObject {
		return nil
	}
	return err
}

// dropLeftovers deletes blobs that no file has any more. A pool must let one of
// its servers do it.
func (s *Service) dropLeftovers(ctx context.Context) {
	s.dropping.Lock()
	defer s.dropping.Unlock()
	for {
		list, err := s.store.ListLeftovers(ctx, atOnce)
		if err != nil {
			s.logError("looking for what removed files left", err)
			return
		}
		for _, hash := range list {
			if err := s.blobs.Delete(ctx, hash); err != nil {
				s.logError("deleting what a removed file left", err)
				return
			}
			if err := s.store.DeleteLeftover(ctx, hash); err != nil {
				s.logError("deleting what a removed file left", err)
				return
			}
		}
		if len(list) < atOnce {
			return
		}
	}
}

// sweepSpool removes bytes of uploads that the store does not know any more.
func (s *Service) sweepSpool(ctx context.Context) {
	list, err := os.ReadDir(s.cfg.Spool)
	for _, entry := range list {
		err = errors.Join(err, s.sweepUpload(ctx, entry.Name()))
	}
	if err != nil {
		s.logError("sweeping the folder of unfinished uploads", err)
	}
}

func (s *Service) sweepUpload(ctx context.Context, id string) error {
	defer s.hold(id)()
	f, err := s.store.FindFile(ctx, id)
	switch {
	case chat.KindOf(err) == chat.KindNoSuchObject:
	case err != nil || f.State == chat.FileUnfinished:
		return err
	}
	if err := os.Remove(filepath.Join(s.cfg.Spool, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// logError logs what the service met on its own account; a server that stops
// meets nothing.
func (s *Service) logError(what string, err error) {
	if !errors.Is(err, context.Canceled) {
		s.cfg.Log.Error("file service", slog.String("at", what), slog.Any("error", err))
	}
}
