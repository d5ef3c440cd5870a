package chattest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"perch/chat"
)

var contextTests = map[string]func(t *testing.T, w *world){
	"Contexts/done before a call":    testContextsDone,
	"Contexts/done during an Append": testContextsAppend,
}

func testContextsDone(t *testing.T, w *world) {
	w.equip(t, w.alice)
	w.say(t, w.rooms[0], 1)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	before := snapshot(t, w.Store)
	reads, writes := w.reads(), w.writes()
	for _, name := range append(names(reads), names(writes)...) {
		do := reads[name]
		if do == nil {
			do = writes[name]
		}
		if err := do(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want that of the cancelled context", name, err)
		}
		if err := do(late); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v, want that of the late context", name, err)
		}
	}
	same(t, "a cancelled call changed the store", before, snapshot(t, w.Store))
}

// testContextsAppend cancels Appends at any moment: each has stored its whole
// batch or nothing of it, and one that returned nil has stored it.
func testContextsAppend(t *testing.T, w *world) {
	const posters, each = 6, 15
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	acked := map[chat.MessageID]bool{}
	for range posters {
		wg.Go(func() {
			for range each {
				given, err := w.Append(ctx, post("word ", w.rooms[0], w.rooms[1]))
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("error %v, want that of the context", err)
					}
					continue
				}
				mu.Lock()
				acked[given[0]] = true
				if len(acked) == posters*each/3 {
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	cancel()
	a, b := must(w.ListAfter(t.Context(), w.rooms[0].ID, 0, everything))(t), must(w.ListAfter(t.Context(), w.rooms[1].ID, 0, everything))(t)
	if len(a) != len(b) {
		t.Errorf("%d and %d messages: half of a batch is stored", len(a), len(b))
	}
	for _, m := range a {
		delete(acked, m.ID)
	}
	if len(acked) > 0 {
		t.Errorf("acknowledged but not stored: %v", acked)
	}
	if len(a) == posters*each {
		t.Error("nothing was cancelled: the test shows nothing")
	}
}
