package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/store"
	"perch/compliance/storetest"
)

// TestContract: SQLite does what every compliance store does.
func TestContract(t *testing.T) {
	paths := map[string]string{}
	storetest.Test(t, func(t *testing.T) compliance.Store {
		if paths[t.Name()] == "" {
			paths[t.Name()] = filepath.Join(t.TempDir(), "compliance.db")
		}
		s, err := store.Open(t.Context(), paths[t.Name()], "one journal")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

// TestOthers: a file of another journal, or of another kind, is refused.
func TestOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "compliance.db")
	s, err := store.Open(t.Context(), path, "one journal")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), path, "another"); chat.KindOf(err) != chat.KindInvalid || !strings.Contains(err.Error(), "compliance.store") {
		t.Errorf("another journal's: %v", err)
	}
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "no folder", "x.db"), "one journal"); chat.KindOf(err) != chat.KindDatabase {
		t.Errorf("no folder: %v", err)
	}
}

// TestMigrated: events that a file of schema 3 holds are there after it is opened,
// and are found by kind.
func TestMigrated(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "compliance.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, old, os.DirFS("migrations"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(ctx, 3); err != nil {
		t.Fatal(err)
	}
	for id, kind := range map[int]chat.EntryKind{1: chat.EntryServer, 5: chat.EntryPost, 6: chat.EntryJoin, 9: chat.EntryPost} {
		if _, err := old.ExecContext(ctx, `INSERT INTO events VALUES ($1, $2, 7, 3, 'sip:a@example.test', 'A', 0, 4, 'guid', 'Room', 2, 0, 0, 'text', '', 'e', 'c', '', '')`, id, kind); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := old.ExecContext(ctx, "PRAGMA application_id = 1349673827"); err != nil { // "Prcc"
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, path, "one journal")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	found := func(q compliance.Query) (out []string) {
		for e, err := range s.Search(ctx, q) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%d %s %s %s", e.ID, e.Kind, e.RoomName, e.Text))
		}
		return out
	}
	for _, c := range []struct {
		kinds []chat.EntryKind
		want  []string
	}{
		{nil, []string{"1 server Room text", "5 post Room text", "6 join Room text", "9 post Room text"}},
		{[]chat.EntryKind{chat.EntryJoin, chat.EntryServer}, []string{"1 server Room text", "6 join Room text"}},
		{[]chat.EntryKind{chat.EntryJoin, chat.EntryPost}, []string{"5 post Room text", "6 join Room text", "9 post Room text"}},
	} {
		if got := found(compliance.Query{Kinds: c.kinds}); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.kinds, got, c.want)
		}
	}
}
