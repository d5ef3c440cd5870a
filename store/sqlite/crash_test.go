package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"perch/chat"
	"perch/chat/chattest"
	"perch/store/sqlite"
)

// childFile names the database of the child that TestCrash kills; childDoes is
// what it does there.
const (
	childFile = "PERCH_CRASH_FILE"
	childDoes = "PERCH_CRASH_DO"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		fmt.Fprintln(os.Stderr, child(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func child(path string) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	rooms, err := s.ListRooms(ctx)
	if err != nil {
		return err
	}
	switch os.Getenv(childDoes) {
	case "change":
		return changeForever(ctx, s, &rooms[0])
	case "index":
		return indexForever(ctx, s, rooms)
	}
	return appendForever(ctx, s, rooms)
}

// appendForever posts in all rooms from several goroutines, and prints a line
// for every message that was acknowledged, until it is killed.
func appendForever(ctx context.Context, s *sqlite.Store, rooms []chat.Room) error {
	var wg sync.WaitGroup
	fail := make(chan error, 4)
	for p := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				if err := appendOnce(ctx, s, rooms, fmt.Sprintf("%d/%d/%d", os.Getpid(), p, i), i); err != nil {
					fail <- err
					return
				}
			}
		})
	}
	wg.Wait()
	return <-fail
}

func appendOnce(ctx context.Context, s *sqlite.Store, rooms []chat.Room, key string, i int) error {
	a, b := posts(&rooms[i%len(rooms)], 1), posts(&rooms[(i+1)%len(rooms)], 1)
	batch := chat.Batch{
		Drafts: append(a.Drafts, b.Drafts...), Origins: append(a.Origins, b.Origins...),
		Entries: []chat.Entry{{Kind: chat.EntryJoin, Detail: key}},
	}
	for n, part := range []string{"/first", "/second"} {
		batch.Drafts[n].Text, batch.Drafts[n].ClientID = textOf(key+part), key+part
	}
	ids, err := s.Append(ctx, batch)
	if err != nil {
		return err
	}
	// One write a batch, short enough that a pipe takes it whole.
	_, err = fmt.Printf("%d %d %s/first\n%d %d %s/second\n", batch.Drafts[0].Room, ids[0], key, batch.Drafts[1].Room, ids[1], key)
	return err
}

// textOf is what is posted with a key.
func textOf(key string) string {
	if strings.HasSuffix(key, "/first") {
		return key + " " + strings.Repeat("x", 2000)
	}
	return key
}

// triedAgain posts some of what was acknowledged once more, as its client would who
// has not heard: nothing is stored, and it is told the ids of then.
func triedAgain(t *testing.T, s *sqlite.Store, acked map[string]string) {
	t.Helper()
	tries := 0
	for at, key := range acked {
		var room chat.RoomID
		var id chat.MessageID
		if _, err := fmt.Sscan(at, &room, &id); err != nil {
			t.Fatal(err)
		}
		batch := posts(&chat.Room{ID: room}, 1)
		batch.Drafts[0].Text, batch.Drafts[0].ClientID = textOf(key), key
		ids, err := s.Append(t.Context(), batch)
		if err != nil || ids[0] != -id {
			t.Errorf("%s, message %d, was tried again and is %v, %v", key, id, ids, err)
		}
		if tries++; tries == 20 {
			return
		}
	}
}

// TestCrash kills a process that posts, again and again on the same file, and
// checks each time that whatever it acknowledged is there, and that what is
// there is whole; and that what is tried again is not stored twice.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	s := openFile(t, path)
	makeRooms(t, s, 3)
	s.Close()
	acked := map[string]string{} // room and id -> key
	for round := range 10 {
		killWriter(t, path, "append", 1+rand.IntN(120), func(line string) {
			var room, id, key string
			if _, err := fmt.Sscan(line, &room, &id, &key); err != nil {
				t.Errorf("line %q: %v", line, err)
			}
			if was, ok := acked[room+" "+id]; ok {
				t.Errorf("message %s of room %s was given to %s and to %s", id, room, was, key)
			}
			acked[room+" "+id] = key
		})
		s := openFile(t, path)
		triedAgain(t, s, acked)
		journal := chattest.Verify(t, s)
		s.Close()
		missing(t, journal, acked)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if len(acked) < 100 {
		t.Errorf("only %d messages were acknowledged: the test shows little", len(acked))
	}
}

// killWriter starts a child, kills it when it has printed so many lines, and
// hands on all that it printed.
func killWriter(t *testing.T, path, does string, lines int, printed func(line string)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path, childDoes+"="+does)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(io.LimitReader(out, 1<<24))
	for n := 0; scan.Scan(); n++ {
		printed(scan.Text())
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the child ended before it was killed: %v", err)
	}
}

// missing reports what was acknowledged and is not in the journal, and batches
// of which only a part is there.
func missing(t *testing.T, journal []chat.Entry, acked map[string]string) {
	t.Helper()
	have, parts := map[string]string{}, map[string]int{}
	for _, e := range journal {
		switch e.Kind {
		case chat.EntryPost:
			key, _, _ := strings.Cut(e.Text, " ")
			have[fmt.Sprint(e.Room, " ", e.Message)] = key
			parts[key[:strings.LastIndexByte(key, '/')]]++
		case chat.EntryJoin:
			parts[e.Detail]++
		}
	}
	for at, key := range acked {
		if have[at] != key {
			t.Errorf("message %s was acknowledged as %s, the store has %q", at, key, have[at])
		}
	}
	for key, n := range parts {
		if n != 3 {
			t.Errorf("%d of 3 parts of the batch %s are stored", n, key)
		}
	}
}

// changed is how many messages each call of changeForever changes, by kind.
var changed = map[chat.EntryKind]int{chat.EntryReplace: 60, chat.EntryRemove: 30, chat.EntryPurge: 1}

// changeForever posts, replaces, removes and purges, and prints a line for every
// call that was acknowledged, until it is killed.
func changeForever(ctx context.Context, s *sqlite.Store, r *chat.Room) error {
	for i := 0; ; i++ {
		key := fmt.Sprintf("%d/%d", os.Getpid(), i)
		ids, err := s.Append(ctx, posts(r, 60))
		if err != nil {
			return err
		}
		text := "new " + key
		for _, step := range []struct {
			kind chat.EntryKind
			do   func(e chat.Entry) (int, error)
		}{
			{chat.EntryReplace, func(e chat.Entry) (int, error) { return s.ChangeMessages(ctx, r.ID, ids, &text, e) }},
			{chat.EntryRemove, func(e chat.Entry) (int, error) { return s.ChangeMessages(ctx, r.ID, ids[:30], nil, e) }},
			{chat.EntryPurge, func(e chat.Entry) (int, error) { return s.Purge(ctx, r.ID, 1, e) }},
		} {
			if _, err := step.do(chat.Entry{Detail: key}); err != nil {
				return err
			}
			fmt.Println(step.kind, key)
		}
	}
}

// TestCrashWhileChanging kills a process that replaces, removes and purges, and
// checks that each of its calls was done whole or not at all, and is done if it
// was acknowledged.
func TestCrashWhileChanging(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	s := openFile(t, path)
	makeRooms(t, s, 1)
	s.Close()
	acked := map[string]bool{}
	for round := range 8 {
		killWriter(t, path, "change", 1+rand.IntN(12), func(line string) { acked[line] = true })
		s := openFile(t, path)
		have := map[string]int{}
		for _, e := range chattest.Verify(t, s) {
			if changed[e.Kind] > 0 {
				have[fmt.Sprint(e.Kind, " ", e.Detail)]++
			}
		}
		s.Close()
		for key, n := range have {
			kind, _, _ := strings.Cut(key, " ")
			if want := changed[chat.EntryKind(kind)]; n != want {
				t.Errorf("%d of the %d changes of %s are stored", n, want, key)
			}
		}
		for key := range acked {
			if have[key] == 0 {
				t.Errorf("%s was acknowledged and is not stored", key)
			}
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// makeRooms makes rooms in a category of their own.
func makeRooms(t testing.TB, s *sqlite.Store, n int) []chat.Room {
	t.Helper()
	c, err := s.CreateCategory(t.Context(), chat.Category{GUID: "c", Name: "Trading", History: true}, chat.Entry{Kind: chat.EntryCat})
	if err != nil {
		t.Fatal(err)
	}
	list := make([]chat.Room, n)
	for i := range list {
		list[i] = chat.Room{GUID: fmt.Sprint("r", i), Category: c.ID, Name: fmt.Sprint("room ", i), Behavior: chat.Normal}
	}
	if list, err = s.CreateRooms(t.Context(), list, make([]chat.Entry, n)); err != nil {
		t.Fatal(err)
	}
	return list
}
