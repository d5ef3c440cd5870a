package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/chat"
	"perch/chat/chattest"
	"perch/store/sqlite"
	"perch/store/sqlstore"
)

// TestFullDisk fills the file up to a limit of pages, as a full disk would.
func TestFullDisk(t *testing.T) {
	ctx := t.Context()
	s := openFile(t, filepath.Join(t.TempDir(), "perch.db"))
	rooms := makeRooms(t, s, 2)
	big := posts(&rooms[0], 20)
	for i := range big.Drafts {
		big.Drafts[i].Text = strings.Repeat("x", 8<<10)
	}
	pages, _, err := s.Pragmas(ctx, "page_count")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(ctx, "PRAGMA max_page_count = "+pages+"0"); err != nil {
		t.Fatal(err)
	}
	stored := 0
	for ; ; stored++ {
		if _, err = s.Append(ctx, big); err != nil {
			break
		}
	}
	before := chattest.Verify(t, s)
	for range 3 {
		isKind(t, err, chat.KindDatabase, "full")
		_, err = s.Append(ctx, big)
	}
	if d := cmp.Diff(before, chattest.Verify(t, s)); d != "" {
		t.Errorf("a refused Append left something (-before +after):\n%s", d)
	}
	// Many at once, so that groups fail as a whole.
	together(t, 20, func(int) error {
		_, err := s.Append(ctx, big)
		if err == nil {
			return errors.New("an Append to a full disk succeeded")
		}
		isKind(t, err, chat.KindDatabase)
		return nil
	})
	if d := cmp.Diff(before, chattest.Verify(t, s)); d != "" {
		t.Errorf("refused Appends left something (-before +after):\n%s", d)
	}

	if err := s.Exec(ctx, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	ids, err := s.Append(ctx, big)
	if want := chat.MessageID(stored*len(big.Drafts) + 1); err != nil || ids[0] != want {
		t.Errorf("after the disk was mended: ids %v, %v, want from %d", ids, err, want)
	}
	if got := chattest.Verify(t, s); len(got) != len(before)+len(big.Drafts) {
		t.Errorf("%d entries, want %d", len(got), len(before)+len(big.Drafts))
	}
}

// together runs n calls at once.
func together(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := do(i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestGroupCommit puts calls in one transaction and checks that those which
// are refused leave the others alone, whatever the reason.
func TestGroupCommit(t *testing.T) {
	ctx := t.Context()
	s := openFile(t, filepath.Join(t.TempDir(), "perch.db"))
	rooms := makeRooms(t, s, 2)
	good := func(ctx context.Context, tx *sqlstore.Tx) error {
		ids, err := tx.Append(ctx, posts(&rooms[0], 2))
		if err == nil && ids[1] != ids[0]+1 {
			err = fmt.Errorf("ids %v", ids)
		}
		return err
	}
	lost := posts(&rooms[0], 3)
	lost.Drafts[2].Room = 4711
	twice := chat.Room{GUID: "twice", Category: rooms[0].Category, Name: "Twice", Members: []chat.PrincipalID{1, 1}}
	old := rooms[1]
	old.Version = 9
	away := rooms[1]
	away.Category = 4711
	bad := map[chat.Kind][]func(ctx context.Context, tx *sqlstore.Tx) error{
		chat.KindNoSuchRoom:     {func(ctx context.Context, tx *sqlstore.Tx) error { return second(tx.Append(ctx, lost)) }},
		chat.KindInvalid:        {create(twice), create(chat.Room{GUID: rooms[0].GUID, Category: rooms[0].Category, Name: "Same GUID"})},
		chat.KindDuplicateName:  {create(chat.Room{GUID: "dup", Category: rooms[0].Category, Name: rooms[1].Name})},
		chat.KindNoSuchCategory: {create(chat.Room{GUID: "lost", Category: 4711, Name: "Lost"}), change(away)},
		chat.KindCollision:      {change(old)},
		chat.KindForbidden:      {spoiled(&rooms[0], chat.KindForbidden), undeleted(&rooms[0])},
	}
	calls, want := []func(ctx context.Context, tx *sqlstore.Tx) error{good}, []chat.Kind{chat.KindUnknown}
	for kind, list := range bad {
		for _, do := range list {
			calls, want = append(calls, do, good), append(want, kind, chat.KindUnknown)
		}
	}
	before := chattest.Verify(t, s)
	posted := 0
	for i, err := range s.Together(ctx, calls...) {
		switch {
		case want[i] != chat.KindUnknown:
			isKind(t, err, want[i])
		case err != nil:
			t.Errorf("call %d suffered from another: %v", i, err)
		default:
			posted += 2
		}
	}
	if got := chattest.Verify(t, s); len(got) != len(before)+posted {
		t.Errorf("%d entries after the group, want %d: the good calls' only", len(got), len(before)+posted)
	}
	if list, err := s.ListRooms(ctx); err != nil || !cmp.Equal(list, rooms) {
		t.Errorf("rooms after the group are %+v (%v), want those before it", list, err)
	}
	if ids, err := s.Append(ctx, posts(&rooms[0], 1)); err != nil || int(ids[0]) != posted+1 {
		t.Errorf("the next ids are %v, %v", ids, err)
	}
}

// spoiled is a call that fails when it has stored something already.
func spoiled(r *chat.Room, k chat.Kind) func(ctx context.Context, tx *sqlstore.Tx) error {
	return func(ctx context.Context, tx *sqlstore.Tx) error {
		if _, err := tx.Append(ctx, posts(r, 2)); err != nil {
			return err
		}
		return chat.E(k, "spoiled")
	}
}

// undeleted is a call that fails when it has posted in a room and deleted it.
func undeleted(r *chat.Room) func(ctx context.Context, tx *sqlstore.Tx) error {
	return func(ctx context.Context, tx *sqlstore.Tx) error {
		if _, err := tx.Append(ctx, posts(r, 2)); err != nil {
			return err
		}
		if err := tx.DeleteRoom(ctx, r.ID, chat.Entry{Kind: chat.EntryRoom}); err != nil {
			return err
		}
		return chat.E(chat.KindForbidden, "spoiled")
	}
}

// TestBrokenGroup checks that a failure of the store in one call undoes all of
// its group, because nobody can know then what was stored, and that the next
// call works.
func TestBrokenGroup(t *testing.T) {
	ctx := t.Context()
	s := openFile(t, filepath.Join(t.TempDir(), "perch.db"))
	rooms := makeRooms(t, s, 1)
	good := func(ctx context.Context, tx *sqlstore.Tx) error { return second(tx.Append(ctx, posts(&rooms[0], 1))) }
	before := chattest.Verify(t, s)
	bad := spoiled(&rooms[0], chat.KindDatabase)
	for _, calls := range [][]func(ctx context.Context, tx *sqlstore.Tx) error{{good, bad, good}, {bad}} {
		for _, err := range s.Together(ctx, calls...) {
			isKind(t, err, chat.KindDatabase)
		}
		if d := cmp.Diff(before, chattest.Verify(t, s)); d != "" {
			t.Errorf("a broken group of %d left something (-before +after):\n%s", len(calls), d)
		}
	}
	if ids, err := s.Append(ctx, posts(&rooms[0], 1)); err != nil || ids[0] != 1 {
		t.Errorf("the next ids are %v, %v", ids, err)
	}
}

// TestUnloggedTextIsOnlyInTheJournal looks into the file, because the switch
// promises that the text is not in the room's history, not just not shown.
func TestUnloggedTextIsOnlyInTheJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	s := openFile(t, path)
	rooms := makeRooms(t, s, 1)
	b := posts(&rooms[0], 1)
	b.Drafts[0].Unlogged, b.Drafts[0].Rich = true, "rich"
	if _, err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	var text string
	if err := raw(t, path).QueryRowContext(t.Context(), "SELECT body || rich FROM messages").Scan(&text); err != nil || text != "" {
		t.Errorf("the messages have the text %q (%v)", text, err)
	}
}

func second[T any](_ T, err error) error { return err }

func create(r chat.Room) func(ctx context.Context, tx *sqlstore.Tx) error {
	return func(ctx context.Context, tx *sqlstore.Tx) error {
		return second(tx.CreateRooms(ctx, []chat.Room{r}, make([]chat.Entry, 1)))
	}
}

func change(r chat.Room) func(ctx context.Context, tx *sqlstore.Tx) error {
	return func(ctx context.Context, tx *sqlstore.Tx) error {
		return second(tx.UpdateRooms(ctx, []chat.Room{r}, make([]chat.Entry, 1)))
	}
}

// TestManyAppends checks more Appends at once than the writer's queue takes,
// good ones and bad ones.
func TestManyAppends(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "perch.db"))
	rooms := makeRooms(t, s, 5)
	nowhere := chat.Room{ID: 4711}
	before, n := chattest.Verify(t, s), 1500
	together(t, n, func(i int) error {
		if i%10 == 9 {
			_, err := s.Append(t.Context(), posts(&nowhere, 1))
			isKind(t, err, chat.KindNoSuchRoom)
			return nil
		}
		_, err := s.Append(t.Context(), posts(&rooms[i%len(rooms)], 1))
		return err
	})
	if got := chattest.Verify(t, s); len(got) != len(before)+n*9/10 {
		t.Errorf("%d entries, want %d more than %d", len(got), n*9/10, len(before))
	}
}

// TestCancelWhileTheWriterIsStuck checks that a caller need not wait for a
// writer that waits itself, and that his call is then not done.
func TestCancelWhileTheWriterIsStuck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	s := openFile(t, path)
	rooms := makeRooms(t, s, 1)
	db := raw(t, path)
	db.SetMaxOpenConns(1)
	run(t, db, "BEGIN IMMEDIATE") // nobody else can begin to write
	patient := make(chan error)
	go func() {
		_, err := s.Append(t.Context(), posts(&rooms[0], 1))
		patient <- err
	}()
	inner, cancel := context.WithCancel(t.Context())
	stop := &interrupt{Context: inner, cancel: cancel}
	stop.left.Store(2) // asked for when the call is queued, and when it waits
	if _, err := s.Append(stop, posts(&rooms[0], 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("the impatient caller got %v", err)
	}
	run(t, db, "ROLLBACK")
	if err := <-patient; err != nil {
		t.Errorf("the patient caller got %v", err)
	}
	if head, err := s.Head(t.Context(), rooms[0].ID); err != nil || head != 1 {
		t.Errorf("%d messages are stored (%v), want that of the patient caller", head, err)
	}
}

var _ chat.Store = (*sqlite.Store)(nil)
