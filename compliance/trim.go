package compliance

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// Trimmer deletes old entries of the journal of a server whose Compliance service
// does not run, so that nobody takes them off its hands. What it deletes is on
// record, as an act (seal.Trim), so that an archive that is begun later can tell
// what it lacks from what was taken out.
type Trimmer struct {
	Journal chat.Journal
	Log     *slog.Logger
	Now     func() time.Time
	Archive string        // name of the log that may seal the journal one day
	Keep    time.Duration // how long entries are kept
}

// Times of a Trimmer: what is said at start can be heeded before anything goes.
const (
	trimFirst = time.Hour
	trimEvery = 24 * time.Hour
	trimPage  = 5000 // entries of one transaction, which holds up posts
)

// Run warns, and deletes what is too old until the context ends.
func (t *Trimmer) Run(ctx context.Context) {
	t.Log.Warn("the Compliance service does not run: entries of the journal that are too old are deleted for good, from the time given on; switch it on (compliance.enabled) or keep them longer (compliance.journal_days)",
		slog.Int("days", int(t.Keep/(24*time.Hour))), slog.Time("from", t.Now().Add(trimFirst).UTC().Truncate(time.Second)))
	for rest := trimFirst; pause(ctx, rest); rest = trimEvery {
		n, err := t.once(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.Log.Error("the journal was not trimmed; it is tried again in a day", slog.Any("error", err))
		case n > 0:
			t.Log.Warn("old entries of the journal were deleted, which nobody has archived", slog.Int("entries", n), slog.Int("days", int(t.Keep/(24*time.Hour))))
		}
	}
}

func (t *Trimmer) once(ctx context.Context) (gone int, err error) {
	at := chat.At(t.Now())
	before := chat.At(t.Now().Add(-t.Keep))
	for ctx.Err() == nil {
		n, err := t.Journal.TrimJournal(ctx, before, trimPage, func(first, last chat.EntryID) (chat.Entry, error) {
			text, err := seal.DrawUp(seal.Act{
				Do: seal.Trim, Log: t.Archive, At: at, Until: before, Entries: []int64{int64(first), int64(last)},
				Reason: fmt.Sprintf("the Compliance service does not run, and the journal is kept for %d days", int(t.Keep/(24*time.Hour))),
			})
			return chat.Entry{Kind: chat.EntryRetention, At: at, Detail: text}, err
		})
		if gone += n; err != nil || n < trimPage {
			return gone, err
		}
	}
	return gone, ctx.Err()
}
