package chattest

import (
	"sync"
	"testing"

	"perch/chat"
)

var closeTests = map[string]func(t *testing.T, w *world){
	"Close/refuses calls":      testClosed,
	"Close/waits for Appends":  testCloseWaits,
	"Close/writes work before": testWritesWork,
}

func testClosed(t *testing.T, w *world) {
	w.equip(t, w.alice)
	w.closed = true
	identity := w.Identity()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	check(t, w.Close())
	reads, writes := w.reads(), w.writes()
	for name, do := range reads {
		err := do(t.Context())
		if err == nil {
			t.Errorf("%s of a closed store succeeded", name)
			continue
		}
		kindIs(t, err, chat.KindDatabase)
	}
	for name, do := range writes {
		err := do(t.Context())
		if err == nil {
			t.Errorf("%s of a closed store succeeded", name)
			continue
		}
		kindIs(t, err, chat.KindDatabase)
	}
	if w.Identity() != identity {
		t.Error("the identity changed")
	}
}

// testCloseWaits closes a store under load: each call succeeds or is refused,
// and none hangs.
func testCloseWaits(t *testing.T, w *world) {
	w.closed = true
	started := make(chan struct{}, 64)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				if _, err := w.Append(t.Context(), post("word ", w.rooms[0])); err != nil {
					kindIs(t, err, chat.KindDatabase)
					return
				}
				if _, err := w.ListNewest(t.Context(), w.rooms[0].ID, 0, 2); err != nil {
					kindIs(t, err, chat.KindDatabase)
				}
				select {
				case started <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 16 {
		<-started
	}
	check(t, w.Close())
	wg.Wait()
}

// testWritesWork checks the table of writes itself: in a store that is open,
// with a live context, each of them succeeds, so that what refuses them
// elsewhere is the context or the closing.
func testWritesWork(t *testing.T, w *world) {
	w.equip(t, w.alice)
	writes := w.writes()
	for _, name := range names(writes) {
		err := writes[name](t.Context())
		switch name {
		case "DeleteCategory": // it has rooms by then
			kindIs(t, err, chat.KindNotEmpty)
		default:
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
