package textindex_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"perch/chat"
	"perch/store/textindex"
)

// small is a world with a few messages on disk.
func small(t *testing.T) *world {
	w := newWorld(t, filepath.Join(t.TempDir(), "index"))
	t.Cleanup(func() { w.Close() })
	for i := range 20 {
		w.post(chat.RoomID(1+i%2), 1, chat.Time(i), fmt.Sprint("gold ", i))
	}
	w.tell(100)
	w.check(w.Flush())
	return w
}

var gold = chat.MessageSearch{Rooms: []chat.RoomID{1, 2}, Text: "gold", Limit: 100}

// segments are the files of an index.
func (w *world) segments() []string {
	files, err := filepath.Glob(filepath.Join(w.folder, "*.segment"))
	w.check(err)
	slices.SortFunc(files, cmp.Compare[string])
	return files
}

// TestDamageIsThrownAway damages files that are opened: the index begins anew.
func TestDamageIsThrownAway(t *testing.T) {
	for name, damage := range map[string]func(w *world) error{
		"no list":          func(w *world) error { return os.Remove(filepath.Join(w.folder, "list.json")) },
		"bad list":         func(w *world) error { return os.WriteFile(filepath.Join(w.folder, "list.json"), []byte("{"), 0o600) },
		"empty list":       func(w *world) error { return os.WriteFile(filepath.Join(w.folder, "list.json"), nil, 0o600) },
		"no segment":       func(w *world) error { return os.Remove(w.segments()[0]) },
		"half a segment":   func(w *world) error { return os.Truncate(w.segments()[0], 500) },
		"an empty segment": func(w *world) error { return os.Truncate(w.segments()[0], 0) },
		"everything":       func(w *world) error { return os.RemoveAll(w.folder) },
		"another list": func(w *world) error {
			return os.WriteFile(filepath.Join(w.folder, "list.json"), []byte(`{"version":1,"store":"another","last":{"entry":5}}`), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := small(t)
			w.Close()
			w.check(damage(w))
			w.open()
			if last := w.Last(); last.Entry != 0 {
				t.Errorf("the index knows of %v", last)
			}
			if left := w.segments(); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			w.tell(100)
			w.same(gold)
			w.check(w.Flush())
			w.same(gold)
		})
	}
}

// TestDamageWhileOpen cuts a file that is mapped: an error, not a crash.
func TestDamageWhileOpen(t *testing.T) {
	w := small(t)
	w.check(os.Truncate(w.segments()[0], 0))
	if _, _, err := w.Search(t.Context(), &gold); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v", err)
	}
	w.remove(w.docs[0])
	if err := w.Tell([]textindex.Change{{Room: 1, First: 1, Last: 1}}, textindex.Place{Entry: 21}); err == nil {
		t.Error("the index was told")
	}
	w.check(w.Reset())
	w.tell(100)
	w.same(gold)
}

// TestWritingFails puts a file where the folder is to be: what was told is found
// all the same, and in the end no more is taken.
func TestWritingFails(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "index")
	w := newWorld(t, folder)
	defer w.Close()
	w.check(os.WriteFile(folder, nil, 0o600))
	heads, failed := chat.MessageID(0), 0
	for range 30_000 {
		heads++
		m := &message{Doc: textindex.Doc{Position: w.entry(), Room: 1, ID: heads, Text: "gold"}}
		w.docs, w.journal = append(w.docs, m), append(w.journal, event{post: m})
	}
	for range 100 {
		from := int(w.Last().Entry)
		var changes []textindex.Change
		for _, m := range w.docs[from:min(from+1000, len(w.docs))] {
			changes = append(changes, textindex.Change{Doc: &m.Doc})
		}
		if w.Tell(changes, textindex.Place{Entry: chat.EntryID(from + len(changes))}) != nil {
			failed++
		}
	}
	told := int(w.Last().Entry)
	if told < 4096 || told > 20_000 || failed == 0 {
		t.Errorf("%d were told, %d errors", told, failed)
	}
	if _, total, err := w.Search(t.Context(), &gold); err != nil || total != told {
		t.Errorf("found %d of %d, %v", total, told, err)
	}
	w.check(os.Remove(folder))
	for w.Last().Entry < 30_000 {
		w.tell(1000)
	}
	w.same(gold)
}

func TestFilesAreNotForOthers(t *testing.T) {
	w := small(t)
	for _, name := range append(w.segments(), filepath.Join(w.folder, "list.json")) {
		if i, err := os.Stat(name); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, i.Mode(), err)
		}
	}
	if i, err := os.Stat(w.folder); err != nil || i.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", i.Mode(), err)
	}
}
