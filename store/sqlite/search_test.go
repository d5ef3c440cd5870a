package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perch/chat"
	"perch/chat/chattest"
	"perch/store/sqlite"
)

// onDisk is a store whose index has written everything to files before a search.
type onDisk struct{ *sqlite.Store }

func (s onDisk) Search(ctx context.Context, q chat.MessageSearch) (chat.Found, error) {
	if _, err := s.Store.Search(ctx, q); err != nil { // the index has caught up
		return chat.Found{}, err
	}
	if err := s.FlushIndex(); err != nil {
		return chat.Found{}, err
	}
	return s.Store.Search(ctx, q)
}

func TestSearchOnDisk(t *testing.T) {
	empty := template(t)
	chattest.TestSearch(t, func(t *testing.T) chat.Store {
		path := filepath.Join(t.TempDir(), "perch.db")
		if err := os.WriteFile(path, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		return onDisk{openFile(t, path)}
	})
}

// goldPosts is a batch of n posts whose texts begin with "gold".
func goldPosts(r *chat.Room, n int) chat.Batch {
	b := posts(r, n)
	for i := range b.Drafts {
		b.Drafts[i].Text = fmt.Sprint("gold of the end-of-day, number ", i)
	}
	return b
}

// finds checks that a search finds so many messages, which is how many there are.
func finds(t testing.TB, s *sqlite.Store, rooms []chat.Room, want int) {
	t.Helper()
	q := chat.MessageSearch{Text: "gold end-of-day", Match: chat.MatchAll, Limit: 10, NewestFirst: true}
	read := 0
	for _, r := range rooms {
		q.Rooms = append(q.Rooms, r.ID)
		list, err := s.ListAfter(t.Context(), r.ID, 0, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		read += len(list)
	}
	f, err := s.Search(t.Context(), q)
	if err != nil || f.Total != want || read != want || len(f.Hits) != min(want, 10) {
		t.Errorf("%d found in all, %d of them here, %d stored, want %d; %v", f.Total, len(f.Hits), read, want, err)
	}
}

// indexFolder is where the index of a file is.
func indexFolder(path string) string { return strings.TrimSuffix(path, ".db") + ".search" }

// TestIndexIsMadeAgain deletes, damages and exchanges the index between runs: what
// a search finds is always what is stored.
func TestIndexIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "perch.db")
	s := openFile(t, path)
	rooms := makeRooms(t, s, 3)
	stored := 0
	post := func(n int) {
		t.Helper()
		for i := range rooms {
			if _, err := s.Append(t.Context(), goldPosts(&rooms[i], n)); err != nil {
				t.Fatal(err)
			}
			stored += n
		}
	}
	copyTo := func(from, to string) {
		t.Helper()
		if err := os.RemoveAll(to); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	post(2000) // more than stay in memory
	finds(t, s, rooms, stored)
	copyTo(indexFolder(path), filepath.Join(dir, "old"))
	post(1000)
	if err := s.FlushIndex(); err != nil {
		t.Fatal(err)
	}
	for name, between := range map[string]func(){
		"as it was":  func() {},
		"deleted":    func() { os.RemoveAll(indexFolder(path)) },
		"an old one": func() { copyTo(filepath.Join(dir, "old"), indexFolder(path)) },
		"damaged": func() {
			files, _ := filepath.Glob(filepath.Join(indexFolder(path), "*.segment"))
			os.Truncate(files[0], 1000)
		},
		"with leftovers": func() {
			os.WriteFile(filepath.Join(indexFolder(path), "99999999.segment"), []byte("cut off"), 0o600)
		},
	} {
		s.Close()
		between()
		s = openFile(t, path)
		t.Log(name)
		finds(t, s, rooms, stored)
		post(3)
		finds(t, s, rooms, stored)
	}
}

// TestIndexOfAnotherTime puts an older file of the store beside a newer index,
// as who restores a copy does.
func TestIndexOfAnotherTime(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "perch.db"), filepath.Join(dir, "copy.db")
	s := openFile(t, path)
	rooms := makeRooms(t, s, 1)
	for i := range 3 {
		if i == 1 {
			run(t, raw(t, path), "VACUUM INTO '"+copied+"'")
		}
		if _, err := s.Append(t.Context(), goldPosts(&rooms[0], 4000)); err != nil {
			t.Fatal(err)
		}
		finds(t, s, rooms, 4000*(i+1))
	}
	if err := s.FlushIndex(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	for _, left := range []string{path + "-wal", path + "-shm"} {
		os.Remove(left)
	}
	if err := os.Rename(copied, path); err != nil {
		t.Fatal(err)
	}
	s = openFile(t, path)
	finds(t, s, rooms, 4000)
	b := goldPosts(&rooms[0], 9000) // further than the index had come
	for i := range b.Drafts {
		b.Drafts[i].At = 2
	}
	if _, err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	finds(t, s, rooms, 13_000)
}

// TestCrashWhileIndexing kills a process that posts faster than segments are
// written and merged, again and again: everything is found afterwards.
func TestCrashWhileIndexing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	s := openFile(t, path)
	rooms := makeRooms(t, s, 2)
	s.Close()
	acked := 0
	for range 6 {
		killWriter(t, path, "index", 1+rand.IntN(30), func(string) { acked += 500 })
		s := openFile(t, path)
		stored := 0
		for i := range rooms {
			head, err := s.Head(t.Context(), rooms[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			stored += int(head)
		}
		if stored < acked {
			t.Errorf("%d of %d are stored", stored, acked)
		}
		finds(t, s, rooms, stored)
		s.Close()
	}
}

// indexForever posts batches, and prints a line for each, until it is killed.
func indexForever(ctx context.Context, s *sqlite.Store, rooms []chat.Room) error {
	for i := 0; ; i++ {
		if _, err := s.Append(ctx, goldPosts(&rooms[i%len(rooms)], 500)); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

// TestSearchAfterClose: a closed store says so.
func TestSearchAfterClose(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "perch.db"))
	rooms := makeRooms(t, s, 1)
	s.Close()
	_, err := s.Search(t.Context(), chat.MessageSearch{Rooms: []chat.RoomID{rooms[0].ID}, Text: "gold", Limit: 1})
	isKind(t, err, chat.KindDatabase, "closed")
}

// TestIndexThatStandsStill: where the index cannot be opened, the store says why.
func TestIndexThatStandsStill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	if err := os.WriteFile(indexFolder(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), path)
	isKind(t, err, chat.KindDatabase, "search index", "may be deleted")
}
