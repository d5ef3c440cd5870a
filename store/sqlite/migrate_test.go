package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"perch/chat"
	"perch/chat/chattest"
)

// oldFile makes a file as an earlier schema had it, with a category and two
// rooms, and runs statements there.
func oldFile(t *testing.T, version int64, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "perch.db")
	db := raw(t, path)
	run(t, db, "PRAGMA application_id = 1349673832")
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	for _, text := range append([]string{
		"INSERT INTO categories VALUES (1, 'c', 'Trading', '', 0, 0, 1, 1, 0, 0, 0, 0)",
		"INSERT INTO rooms VALUES (1, 'r0', 1, 'room 0', '', 1, 1, 1, 0, 1, 0, 0, 0, 0), (2, 'r1', 1, 'room 1', '', 1, 1, 1, 0, 1, 0, 0, 0, 0)",
		"INSERT INTO names VALUES ('trading'), ('room 0'), ('room 1')",
		`INSERT INTO principals VALUES (1, 'ga', 5, 'sip:alice@example.test', 'alice', 'alice', '', '', '', 0, 0, 0, 0, 0),
			(2, 'gb', 5, 'sip:bob@example.test', 'bob', 'bob', '', '', '', 1, 0, 0, 0, 0)`,
	}, statements...) {
		run(t, db, text)
	}
	db.Close()
	return path
}

// entry inserts a journal entry of a post.
func entry(id, room, message int, body string) string {
	return fmt.Sprintf("INSERT INTO journal VALUES (%d, 'post', 1, 1, 'sip:alice@example.test', %d, 'r', 'room', %d, 0, 0, %s, %[4]s, '', '', '')", id, room, message, body)
}

// TestIDsGoOnAfterMigration migrates a file of schema 1, which did not count
// ids, and checks that the ids of deleted rooms are known too.
func TestIDsGoOnAfterMigration(t *testing.T) {
	s := openFile(t, oldFile(t, 1, entry(1, 3, 1, "'said in a deleted room'")))
	next := chat.Room{GUID: "next", Category: 1, Name: "Next"}
	made, err := s.CreateRooms(t.Context(), []chat.Room{next}, make([]chat.Entry, 1))
	if err != nil || made[0].ID != 4 {
		t.Errorf("the next room is %+v, %v", made, err)
	}
	c, err := s.CreateCategory(t.Context(), chat.Category{GUID: "next", Name: "Next category"}, chat.Entry{})
	if err != nil || c.ID != 2 {
		t.Errorf("the next category is %+v, %v", c, err)
	}
}

// TestPoliciesBecomeObjects migrates files of schema 2.
func TestPoliciesBecomeObjects(t *testing.T) {
	on := chat.Object{Kind: chat.ObjectPolicy, Name: "tag:Enabled", Version: 1, Content: `{"EnablePersistentChat":true}`}
	off := chat.Object{Kind: chat.ObjectPolicy, Name: "tag:Disabled", Version: 1, Content: `{"EnablePersistentChat":false}`}
	global := chat.Object{Kind: chat.ObjectPolicy, Name: "global", Version: 1, Content: `{"EnablePersistentChat":false}`}
	alice := chat.Object{Kind: chat.ObjectGrant, Name: "ga", Owner: 1, Version: 1, Content: `{"Policy":"tag:Enabled"}`}
	bob := chat.Object{Kind: chat.ObjectGrant, Name: "gb", Owner: 2, Version: 1, Content: `{"Policy":"tag:Disabled"}`}
	for name, c := range map[string]struct {
		statements       []string
		policies, grants []chat.Object
	}{
		"new":       {},
		"all":       {[]string{"UPDATE policies SET enable_persistent_chat = 0", "INSERT INTO policies VALUES (1, 1), (2, 0)"}, []chat.Object{global, off, on}, []chat.Object{alice, bob}},
		"one user":  {[]string{"INSERT INTO policies VALUES (2, 0)"}, []chat.Object{off}, []chat.Object{bob}},
		"both same": {[]string{"INSERT INTO policies VALUES (1, 0), (2, 0)"}, []chat.Object{off}, []chat.Object{{Kind: chat.ObjectGrant, Name: "ga", Owner: 1, Version: 1, Content: bob.Content}, bob}},
		"a stranger": {
			[]string{"UPDATE principals SET state = 2 WHERE id = 1", "INSERT INTO policies VALUES (1, 1), (4711, 1)"}, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openFile(t, oldFile(t, 2, c.statements...))
			for kind, want := range map[chat.ObjectKind][]chat.Object{chat.ObjectPolicy: c.policies, chat.ObjectGrant: c.grants} {
				got, err := s.ListObjects(t.Context(), kind)
				if d := cmp.Diff(want, got); d != "" || err != nil {
					t.Errorf("%s objects (-want +got) %v:\n%s", kind, err, d)
				}
			}
		})
	}
}

// TestMembersBeforeNumbers migrates a file of schema 2 with members and messages:
// nobody is invited to what he is in already, and all can still be read.
func TestMembersBeforeNumbers(t *testing.T) {
	ctx := t.Context()
	s := openFile(t, oldFile(t, 2,
		"INSERT INTO roles VALUES ('member', 1, 1), ('member', 1, 2), ('manager', 1, 1)", "INSERT INTO memberships VALUES (10, 1)",
		"INSERT INTO messages VALUES (1, 1, 1, 'sip:alice@example.test', 'Alice', 1, 0, 1, 'said', '')", entry(1, 1, 1, "NULL"),
		"INSERT INTO messages VALUES (1, 2, 1, 'sip:alice@example.test', 'Alice', 1, 0, 0, '', '')", entry(2, 1, 2, "'not kept'"),
		entry(3, 7, 1, "'said in a deleted room'"),
	))
	rooms, err := s.ListRooms(ctx)
	if want := []chat.InvitationID{0, 0}; err != nil || !cmp.Equal(rooms[0].Since, want) {
		t.Fatalf("rooms %+v, %v", rooms, err)
	}
	rooms[0].Members = append(rooms[0].Members, 3)
	if rooms, err = s.UpdateRooms(ctx, rooms[:1], make([]chat.Entry, 1)); err != nil || !cmp.Equal(rooms[0].Since, []chat.InvitationID{0, 0, 2}) {
		t.Errorf("rooms %+v, %v", rooms, err)
	}
	m, err := s.UpdateMemberships(ctx, []chat.Membership{{Group: 10, Member: 1}, {Group: 10, Member: 2}}, nil, nil)
	if want := []chat.Membership{{Group: 10, Member: 1}, {Group: 10, Member: 2, Since: 3}}; err != nil || !cmp.Equal(m, want) {
		t.Errorf("memberships %+v, %v", m, err)
	}
	list, err := s.ListAfter(ctx, 1, 0, 10)
	if err != nil || len(list) != 1 || list[0].Text != "said" {
		t.Errorf("messages %+v, %v", list, err)
	}
	if n, err := s.Purge(ctx, 1, 1, chat.Entry{}); n != 1 || err != nil {
		t.Errorf("%d were purged, %v", n, err)
	}
	var texts []string
	for _, e := range chattest.Verify(t, s)[:3] {
		texts = append(texts, e.Text)
	}
	if want := []string{"said", "not kept", "said in a deleted room"}; !cmp.Equal(texts, want) {
		t.Errorf("the journal has %q, want %q", texts, want)
	}
}
