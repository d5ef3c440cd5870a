package compliance_test

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/seal"
)

// TestTrim: while the service does not run, entries go when their time is over
// and not before, with a warning at start; when it is switched on later it
// archives what is still there, and the archive tells what is not.
func TestTrim(t *testing.T) {
	inBubble(t, func(w *world) {
		var log bytes.Buffer
		trimmer := compliance.Trimmer{
			Journal: w.journal, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now, Archive: "test", Keep: 30 * 24 * time.Hour,
		}
		done := make(chan struct{})
		ctx, stop := w.cancel()
		go func() { defer close(done); trimmer.Run(ctx) }()
		kinds := func() (out []chat.EntryKind) {
			entries, err := w.journal.ListEntries(w.ctx, 0, 1000)
			w.must(err)
			for _, e := range entries {
				out = append(out, e.Kind)
			}
			return out
		}
		w.come(chat.EntryJoin, 1)
		w.post("first")
		w.come(chat.EntryPart, 1)
		time.Sleep(10 * 24 * time.Hour)
		w.come(chat.EntryJoin, 2)
		synctest.Wait()
		if !strings.Contains(log.String(), "compliance.enabled") || !strings.Contains(log.String(), "days=30") {
			t.Errorf("at start it said %s", log.String())
		}
		time.Sleep(19 * 24 * time.Hour)
		want(t, "before their time", kinds(), []chat.EntryKind{chat.EntryCat, chat.EntryRoom, chat.EntryJoin, chat.EntryPost, chat.EntryPart, chat.EntryJoin})
		time.Sleep(2 * 24 * time.Hour)
		want(t, "after it", kinds(), []chat.EntryKind{chat.EntryPost, chat.EntryJoin, chat.EntryRetention})
		synctest.Wait()
		if !strings.Contains(log.String(), "entries=4") {
			t.Errorf("it said %s", log.String())
		}
		stop()
		<-done
		private, public, err := seal.GenerateKeys(rand.Reader, "test")
		w.must(err)
		dir := t.TempDir()
		w.seal, err = seal.Open(dir, seal.Keys{Private: private, Content: make([]byte, 32)}, seal.Options{Random: rand.Reader})
		w.must(err)
		k := &keeper{}
		w.adapters["xml"] = k
		s := w.service("one")
		defer s.Stop()
		time.Sleep(2 * time.Minute)
		want(t, "archived later", k.got(), []string{"first"})
		r, err := seal.Verify(w.ctx, dir, seal.VerifyOptions{PublicKey: public})
		w.must(err)
		if r.Outcome != seal.Good || r.Leaves != 3 || r.Trimmed != 1 { // what was before the first is not looked for
			t.Errorf("%+v %v", r, r.Finding)
		}
	})
}
