package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/chat"
	"perch/chat/chattest"
	"perch/store/sqlite"
)

func TestStore(t *testing.T) {
	empty := template(t)
	chattest.TestStore(t, func(t *testing.T) chat.Store {
		path := filepath.Join(t.TempDir(), "perch.db")
		if err := os.WriteFile(path, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		return openFile(t, path)
	})
}

// template is a migrated file without an identity. To copy it saves most of the
// time that the suite would take, which is that of migrations.
func template(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.db")
	openFile(t, path).Close()
	db := raw(t, path)
	run(t, db, "DELETE FROM identity")
	db.Close() // writes the log back
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func openFile(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// raw opens a file past the store.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// isKind checks an error's kind, and that its text tells what to do.
func isKind(t testing.TB, err error, k chat.Kind, words ...string) {
	t.Helper()
	if !errors.Is(err, chat.E(k, "")) {
		t.Errorf("error %v, want kind %v", err, k)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// posts is a batch of n posts in a room.
func posts(r *chat.Room, n int) chat.Batch {
	var b chat.Batch
	for range n {
		d := draft(r)
		b.Drafts, b.Origins = append(b.Drafts, d.Drafts...), append(b.Origins, d.Origins...)
	}
	return b
}

func TestReopenKeepsAll(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "perch.db")
	s := openFile(t, path)
	c, err := s.CreateCategory(ctx, chat.Category{GUID: "c", Name: "Trading", Creators: []chat.PrincipalID{1}}, chat.Entry{Kind: chat.EntryCat})
	if err != nil {
		t.Fatal(err)
	}
	rooms := []chat.Room{{GUID: "a", Category: c.ID, Name: "A", Members: []chat.PrincipalID{1, 2}}, {GUID: "b", Category: c.ID, Name: "B"}}
	if rooms, err = s.CreateRooms(ctx, rooms, make([]chat.Entry, 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(ctx, posts(&rooms[0], 3)); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRoom(ctx, rooms[1].ID, chat.Entry{}); err != nil {
		t.Fatal(err)
	}
	identity, before := s.Identity(), chattest.Verify(t, s)
	s.Close()

	s = openFile(t, path)
	if s.Identity() != identity {
		t.Errorf("the identity was %s and is %s", identity, s.Identity())
	}
	if d := cmp.Diff(before, chattest.Verify(t, s)); d != "" {
		t.Errorf("the journal changed (-before +after):\n%s", d)
	}
	if list, err := s.ListRooms(ctx); err != nil || !cmp.Equal(list, rooms[:1]) {
		t.Errorf("rooms %+v, %v", list, err)
	}
	ids, err := s.Append(ctx, posts(&rooms[0], 1))
	if err != nil || ids[0] != 4 {
		t.Errorf("the next message has the ids %v, %v", ids, err)
	}
	made, err := s.CreateRooms(ctx, []chat.Room{{GUID: "d", Category: c.ID, Name: "D"}}, make([]chat.Entry, 1))
	if err != nil || made[0].ID != 3 {
		t.Errorf("the next room is %+v, %v: the id of the deleted one must not be given again", made, err)
	}
	if head, err := s.JournalHead(ctx); err != nil || head != chat.EntryID(len(before)+2) {
		t.Errorf("the journal's head is %d, %v", head, err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	openFile(t, path).Close()
	db := raw(t, path)
	run(t, db, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (4711, 1)")
	_, err := sqlite.Open(t.Context(), path)
	isKind(t, err, chat.KindDatabase, path, "schema 4711", "run the newer program")
	run(t, db, "DELETE FROM goose_db_version WHERE version_id = 4711")
	openFile(t, path)
}

func TestOthersFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"unmarked": "CREATE TABLE moz_places (id INTEGER)", "marked": "PRAGMA application_id = 7", "both": "CREATE TABLE x (y); PRAGMA application_id = 7",
	} {
		path := filepath.Join(dir, name)
		run(t, raw(t, path), text)
		_, err := sqlite.Open(t.Context(), path)
		isKind(t, err, chat.KindDatabase, path, "another program")
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, dir, filepath.Join(dir, "no", "such", "folder")} {
		_, err := sqlite.Open(t.Context(), path)
		isKind(t, err, chat.KindDatabase, path)
	}
}

// interrupt is a context that ends when its Done was asked for so many times:
// a stop at any point of what it is given to.
type interrupt struct {
	context.Context              //nolint:containedctx // it is one
	left            atomic.Int64 // the engine asks from goroutines of its own
	cancel          context.CancelFunc
}

func (i *interrupt) Done() <-chan struct{} {
	if i.left.Add(-1) == 0 {
		i.cancel()
	}
	return i.Context.Done()
}

// TestInterruptedMakingIsFinished stops Open at one point after the other, and
// checks that the next Open finds a file that it can use.
func TestInterruptedMakingIsFinished(t *testing.T) {
	for n := int64(1); ; n += 23 {
		path := filepath.Join(t.TempDir(), "perch.db")
		inner, cancel := context.WithCancel(t.Context())
		stop := &interrupt{Context: inner, cancel: cancel}
		stop.left.Store(n)
		s, err := sqlite.Open(stop, path)
		cancel()
		if err == nil {
			s.Close()
			if n < 20 {
				t.Errorf("Open was done after %d steps: the test shows nothing", n)
			}
			return
		}
		if s, err = sqlite.Open(t.Context(), path); err != nil {
			t.Fatalf("stopped after %d steps: %v", n, err)
		}
		s.Close()
	}
}

func TestFilesAreNotForOthers(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, filepath.Join(dir, "perch.db"))
	if err := s.UpdateCredentials(t.Context(), 1, chat.Credentials{Password: "hash"}, "", chat.Entry{}); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		info, err := e.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v: want the database, its log and its index", files, err)
	}
}

func TestPragmas(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "perch.db"))
	for name, want := range map[string][2]string{
		"journal_mode": {"wal", "wal"}, "synchronous": {"2", "2"}, "foreign_keys": {"1", "1"}, "query_only": {"0", "1"},
	} {
		writer, reader, err := s.Pragmas(t.Context(), name)
		if err != nil || writer != want[0] || reader != want[1] {
			t.Errorf("%s is %s for the writer and %s for readers (%v), want %v", name, writer, reader, err, want)
		}
	}
}
