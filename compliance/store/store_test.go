package store_test

import (
	"path/filepath"
	"strings"
	"testing"

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
