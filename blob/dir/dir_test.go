package dir_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perch/blob/blobtest"
	"perch/blob/dir"
	"perch/chat"
	"perch/filestore"
)

func open(t *testing.T, folder string) *dir.Blobs {
	t.Helper()
	b, err := dir.Open(folder, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBlobs(t *testing.T) {
	blobtest.TestBlobs(t, func(t *testing.T) filestore.Blobs { return open(t, filepath.Join(t.TempDir(), "files")) })
}

// TestLayout: blobs lie under their hash, nothing lies half written after calls
// that failed, and nobody else may read them.
func TestLayout(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "files")
	b := open(t, folder)
	hash := blobtest.HashOf([]byte("x"))
	if err := b.Put(t.Context(), hash, 1, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), blobtest.HashOf([]byte("y")), 1, strings.NewReader("z")); chat.KindOf(err) != chat.KindInvalid {
		t.Fatal(err)
	}
	var names []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		info, ierr := d.Info()
		if err != nil || ierr != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		if !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, folder))
		}
		return nil
	})
	if want := "/" + hash[:2] + "/" + hash; err != nil || len(names) != 1 || names[0] != want {
		t.Errorf("files %q, %v, want %q", names, err, want)
	}
}

// TestHalfWritten: what a crash left is removed when it is a day old, what
// somebody may be writing now is left alone.
func TestHalfWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "files")
	open(t, folder)
	old, fresh := filepath.Join(folder, "incoming", "old"), filepath.Join(folder, "incoming", "fresh")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Time{}, time.Now().Add(-25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	open(t, folder)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh one: %v", err)
	}
}

// TestFolderGone: a folder that is gone is the store's failure, and is said
// before anybody uploads.
func TestFolderGone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "files")
	b := open(t, folder)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := b.Check(t.Context()); chat.KindOf(err) != chat.KindDatabase {
		t.Errorf("Check: %v", err)
	}
	if err := b.Put(t.Context(), blobtest.HashOf([]byte("x")), 1, strings.NewReader("x")); chat.KindOf(err) != chat.KindDatabase {
		t.Errorf("Put: %v", err)
	}
	blocked := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Open(blocked, time.Now()); err == nil || !strings.Contains(err.Error(), "cannot be made") {
		t.Errorf("a file for a folder: %v", err)
	}
}
