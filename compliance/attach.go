package compliance

import (
	"context"
	"fmt"
	"time"

	"perch/chat"
)

// attach copies the files that a batch mentions into the Compliance File Store,
// if there is one: before the batch is handed on.
func (s *Service) attach(ctx context.Context, b *Batch) error {
	set := s.cfg.Settings()
	if s.cfg.Attach == nil || set.AdapterAttachmentDirectory == "" {
		return nil
	}
	for e, err := range b.All(ctx) {
		if err != nil {
			return err
		}
		if err := s.attachOne(ctx, set, e); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) attachOne(ctx context.Context, set chat.Compliance, e *chat.Entry) error {
	f, ok := FileOf(e)
	if !ok {
		return nil
	}
	if err := s.cfg.Attach(ctx, set, f); err != nil {
		return fmt.Errorf("copying the file %s (%s) into AdapterAttachmentDirectory: %w", f.Name, f.SHA256, err)
	}
	return nil
}

// attachEvery parts two looks for files that have come.
const attachEvery = time.Second

// collect copies files as they come, so that one that nobody posts is there
// although it is swept away before its batch is handed on. What fails here is
// tried again, and holds up nothing but, in attach, the batch.
func (s *Service) collect(ctx context.Context) {
	at, known := chat.EntryID(0), false
	for {
		set, rest := s.cfg.Settings(), attachEvery
		var err error
		if set.AdapterAttachmentDirectory == "" {
			known = false
		} else {
			if !known {
				at, err = s.store.Handed(ctx, s.names())
				known = err == nil
			}
			for more := err == nil; more; {
				at, more, err = s.collectPage(ctx, set, at)
			}
		}
		if ctx.Err() != nil {
			return
		}
		if s.Report("attachments", err); err != nil {
			rest = 10 * time.Second
		}
		if !pause(ctx, rest) {
			return
		}
	}
}

// collectPage goes on after an entry, and says how far it came and whether there
// may be more.
func (s *Service) collectPage(ctx context.Context, set chat.Compliance, at chat.EntryID) (chat.EntryID, bool, error) {
	entries, err := s.journal.ListEntries(ctx, at, pageSize)
	if err != nil {
		return at, false, err
	}
	for i := range entries {
		if err := s.attachOne(ctx, set, &entries[i]); err != nil {
			return at, false, err
		}
		at = entries[i].ID
	}
	return at, len(entries) == pageSize, nil
}
