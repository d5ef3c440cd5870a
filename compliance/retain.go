package compliance

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// ErrNoArchive says that there is no sealed archive.
var ErrNoArchive = chat.E(chat.KindNotSupported, "this server has no sealed archive: set compliance.sealed in its configuration")

// sealWait bounds how long an act, or a run, waits to be sealed.
const sealWait = 30 * time.Second

// Rules tells what is decided about what the archive keeps.
func (s *Service) Rules() (seal.Rules, error) {
	if s.cfg.Seal == nil {
		return seal.Rules{}, ErrNoArchive
	}
	return s.cfg.Seal.Rules(), nil
}

// Restricted says whether an entry is to be kept from sight, but for cases.
func (s *Service) Restricted(e *chat.Entry) bool {
	return s.cfg.Seal != nil && s.cfg.Seal.Restricted(e)
}

// PutAct puts an act into the archive, by the context's operator, and returns
// when it is sealed and in force. KindInvalid: it would do nothing, and why.
func (s *Service) PutAct(ctx context.Context, text string) error {
	if s.cfg.Seal == nil {
		return ErrNoArchive
	}
	a, _, err := seal.ReadAct(text)
	if err == nil && (a.Do == seal.Run || a.Do == seal.Trim) {
		err = errors.New("runs and trims are the server's own (perch archive retain run)")
	}
	if err == nil {
		err = s.cfg.Seal.CheckAct(text)
	}
	if err != nil {
		return chat.E(chat.KindInvalid, err.Error())
	}
	if err := s.record(ctx, text, chat.At(s.cfg.Now())); err != nil {
		return err
	}
	s.ExpireNow()
	return nil
}

// record puts an act into the journal and waits until it is sealed.
func (s *Service) record(ctx context.Context, act string, at chat.Time) error {
	if err := s.cfg.Record(ctx, chat.Entry{Kind: chat.EntryRetention, At: at, Detail: act}); err != nil {
		return err
	}
	head, err := s.journal.JournalHead(ctx)
	if err != nil {
		return err
	}
	for range sealWait / (50 * time.Millisecond) {
		if s.cfg.Seal.Last() >= head {
			return nil
		}
		if !pause(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
	return chat.E(chat.KindBusy, "it is on record, but was not sealed yet: see perch compliance status")
}

// ExpireNow has retention look what is due, without waiting for its time.
func (s *Service) ExpireNow() {
	select {
	case s.expire <- struct{}{}:
	default:
	}
}

// retainEvery parts two looks at what is due: floors and ceilings are in days.
const retainEvery = 24 * time.Hour

// retain destroys what is due.
func (s *Service) retain(ctx context.Context, l Lease) {
	for {
		gone, err := s.retainOnce(ctx, l)
		if ctx.Err() != nil {
			return
		}
		s.Report("retention", err)
		if gone > 0 {
			s.cfg.Log.Info("contents destroyed", slog.Int("records", gone))
		}
		rest := retainEvery
		if err != nil {
			rest = time.Minute
		}
		if !wait(ctx, s.expire, rest) {
			return
		}
	}
}

// retainPage is how many records are looked at together.
const retainPage = 1000

// retainOnce hides what is to be restricted and destroys what is due: first the
// texts beside the archive, then their keys. Cut short at any point, the next
// time finds what is left.
func (s *Service) retainOnce(ctx context.Context, l Lease) (gone int, err error) {
	upTo, err := s.handed(ctx)
	if err != nil {
		return 0, err
	}
	at := chat.At(s.cfg.Now())
	run := false
	for from := int64(0); from >= 0; {
		list, next, err := s.cfg.Seal.Covered(ctx, at, from, retainPage)
		if err != nil {
			return gone, err
		}
		from = next
		due, entries, hide := dueOf(list, upTo)
		if len(hide) > 0 {
			if err := s.cfg.Hide(ctx, hide); err != nil {
				return gone, err
			}
		}
		if len(due) == 0 {
			continue
		}
		if !run {
			if err := s.recordRun(ctx, at); err != nil {
				return gone, err
			}
			run = true
		}
		if err := errors.Join(s.cfg.Erase(ctx, entries), s.store.Erase(ctx, l, entries)); err != nil {
			return gone, err
		}
		n, err := s.cfg.Seal.Destroy(ctx, at, due)
		gone += len(n)
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// dueOf picks what is to be destroyed, by leaf and by entry, and what is to be
// hidden. What an adapter has not taken yet waits.
func dueOf(list []seal.Covered, upTo chat.EntryID) (due []int64, entries []chat.EntryID, hide []seal.Covered) {
	for _, c := range list {
		now := c.Due && c.Entry <= upTo
		if c.Kind == chat.EntryPost && (now || c.Erased) {
			hide = append(hide, c)
		}
		if now {
			due, entries = append(due, c.Index), append(entries, c.Entry)
		}
	}
	return due, entries, hide
}

// handed is the entry up to which adapters have had everything, or, without any,
// up to which events are kept.
func (s *Service) handed(ctx context.Context) (chat.EntryID, error) {
	if len(s.names()) == 0 {
		return s.store.Position(ctx)
	}
	return s.store.Handed(ctx, s.names())
}

// recordRun puts a run into the archive, which allows what it destroys.
func (s *Service) recordRun(ctx context.Context, at chat.Time) error {
	text, err := seal.DrawUp(seal.Act{Do: seal.Run, Log: s.cfg.Seal.Rules().Log, At: at})
	if err != nil {
		return err
	}
	return s.record(ctx, text, at)
}
