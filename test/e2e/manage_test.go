//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestManagedWhileChatting: two SIPE clients chat while an administrator takes
// rights, disables the room, and moves one of them behind a wall: each sees
// exactly what he may, at once.
func TestManagedWhileChatting(t *testing.T) {
	s := startServer(t)
	uri := s.organisation()
	alice, bob := signIn(t, s, "alice", "secret-a"), signIn(t, s, "bob", "secret-b")
	alice.enter(uri, "Rates")
	bob.enter(uri, "Rates")
	alice.await("entered", "Rates", "sip:bob@example.test")
	say := func(text string, hears ...*client) {
		t.Helper()
		alice.do("post", "Rates", text)
		for _, c := range append(hears, alice) {
			c.await("message", "Rates", "sip:alice@example.test", text)
		}
	}
	say("both of us", bob)

	// A right that is taken puts out at once, and nobody else.
	s.perch("", "room", "revoke", "Rates", "--member", "bob")
	alice.await("left", "Rates", "sip:bob@example.test")
	bob.await("left", "Rates", "sip:bob@example.test")
	say("without you")
	s.perch("", "room", "grant", "Rates", "--member", "bob")
	bob.again("Rates")
	alice.await("entered", "Rates", "sip:bob@example.test")
	say("with you", bob)

	// A room that is disabled is closed to both, and comes back whole.
	s.perch("", "room", "disable", "Rates")
	for _, c := range []*client{alice, bob} {
		c.await("left", "Rates", "sip:"+c.name+"@example.test")
	}
	alice.do("post", "Rates", "into the void")
	alice.await("refused", "Rates")
	s.perch("", "room", "enable", "Rates")
	alice.again("Rates")
	bob.again("Rates")
	alice.await("entered", "Rates", "sip:bob@example.test")
	say("open again", bob)

	// Behind a wall the room does not exist.
	s.perch("", "group", "add", "research", "--member", "alice")
	s.perch("", "group", "add", "trading")
	s.perch("", "wall", "add", "Chinese", "research", "trading")
	say("nobody behind it yet", bob)
	s.perch("", "group", "join", "trading", "bob")
	alice.await("left", "Rates", "sip:bob@example.test")
	bob.await("left", "Rates", "sip:bob@example.test")
	say("between us")
	bob.do("disconnect")
	bob.do("connect")
	bob.await("chat-ready")
	bob.do("rooms")
	for got := bob.await(); got[0] != "rooms-end"; got = bob.await() {
		if got[0] == "room" {
			t.Errorf("bob still finds %q", got)
		}
	}
	if got := s.messages("Rates", 20); !slices.Equal(got, []string{"both of us", "without you", "with you", "open again", "nobody behind it yet", "between us"}) {
		t.Errorf("stored %q", got)
	}
	if out := s.perch("", "explain", "bob", "join", "Rates"); !strings.Contains(out, "wall Chinese") {
		t.Errorf("explained as %s", out)
	}
}

// again signs off and on: the plugin joins the rooms that are open in it.
func (c *client) again(room string) {
	c.t.Helper()
	c.do("disconnect")
	c.do("connect")
	c.await("joined", room)
}

// filled starts a server with rooms that hold messages.
func filled(t *testing.T, rooms, posts int) *server {
	t.Helper()
	s := startServer(t, "SIP__AUTH=none", "LOG__LEVEL=warn")
	out, err := exec.CommandContext(t.Context(), programs.perchload, "--data", s.data, "rooms",
		"--rooms", fmt.Sprint(rooms), "--members", "2", "--posts", fmt.Sprint(posts)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return s
}

// count asks how many messages of a room a filter picks.
func (s *server) count(room string, filter ...string) int {
	s.t.Helper()
	var found struct{ Total int }
	out := s.insist(append([]string{"message", "search", room, "--limit", "1", "--json"}, filter...)...)
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		s.t.Fatalf("%v in %s", err, out)
	}
	return found.Total
}

// aRoom is the name of one of the generator's rooms that has messages.
func (s *server) aRoom() (name string, messages int) {
	s.t.Helper()
	var rows []roomRow
	if err := json.Unmarshal([]byte(s.perch("", "room", "list", "--json")), &rows); err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		if n := s.count(r.Name); n > messages {
			name, messages = r.Name, n
		}
	}
	if messages < 10 {
		s.t.Fatalf("the rooms hold few messages: %d", messages)
	}
	return name, messages
}

// TestKillWhileAdministering: kill -9 in the middle of a replacement, a removal, a
// purge and a bulk change: nothing is half done, and a second run finishes.
func TestKillWhileAdministering(t *testing.T) {
	s := filled(t, 4, 4000)
	room, n := s.aRoom()
	// A replacement is in batches of whole transactions: at any moment a message
	// says either the one or the other.
	for i := range 4 {
		text := fmt.Sprintf("replaced by run %d", i)
		s.killWithin(time.Duration(i*15)*time.Millisecond, "message", "replace", room, "--all", "--text", text)
		if all := s.count(room); all != n {
			t.Fatalf("%d of %d messages are left after kill -9", all, n)
		}
		s.insist("message", "replace", room, "--all", "--text", text)
		if done := s.count(room, "--words", text, "--match", "exact"); done != n {
			t.Fatalf("after the second run %d of %d are replaced", done, n)
		}
	}
	s.killWithin(10*time.Millisecond, "message", "purge", room, "--until", time.Now().Format(time.DateOnly))
	if left := s.count(room); left != 0 && left != n {
		t.Errorf("half a purge: %d of %d are left", left, n)
	}
	s.insist("message", "purge", room, "--until", time.Now().Format(time.DateOnly))
	if left := s.count(room); left != 0 {
		t.Errorf("%d are left after the second purge", left)
	}

	// A bulk change is whole chunks; what is there already is left out.
	var csv strings.Builder
	csv.WriteString("name,display\n")
	for i := range 3000 {
		fmt.Fprintf(&csv, "bulk%d,Bulk %d\n", i, i)
	}
	cmd := exec.CommandContext(t.Context(), programs.perch, "--data", s.data, "user", "add", "--csv")
	cmd.Stdin = strings.NewReader(csv.String())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait(t.Context(), 60*time.Millisecond)
	s.kill()
	_ = cmd.Wait() // it lost its server
	s.start()
	if made := s.bulkUsers(); made%500 != 0 {
		t.Errorf("%d users are there: half a chunk", made)
	}
	s.perch(csv.String(), "user", "add", "--csv", "--skip-existing")
	if made := s.bulkUsers(); made != 3000 {
		t.Errorf("%d of 3000 users after the second run", made)
	}
}

// bulkUsers counts the users that the bulk was to make.
func (s *server) bulkUsers() (made int) {
	s.t.Helper()
	var users []struct{ Name string }
	if err := json.Unmarshal([]byte(s.perch("", "user", "list", "--json")), &users); err != nil {
		s.t.Fatal(err)
	}
	for _, u := range users {
		if strings.HasPrefix(u.Name, "bulk") {
			made++
		}
	}
	return made
}

// killWithin starts a command and kills the server soon after.
func (s *server) killWithin(d time.Duration, args ...string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), programs.perch, append([]string{"--data", s.data}, args...)...)
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	wait(s.t.Context(), 5*time.Millisecond+d)
	s.kill()
	_ = cmd.Wait() // it lost its server
	s.start()
}

// TestReportsAndExport: what happened is reported, and what a server holds is
// taken in by another, as it was.
func TestReportsAndExport(t *testing.T) {
	s := filled(t, 3, 600)
	room, n := s.aRoom()
	if out := s.perch("", "report", "usage", "--top-active-rooms", "1"); !strings.Contains(out, "posts") || !strings.Contains(out, "active room") {
		t.Errorf("usage:\n%s", out)
	}
	folder := t.TempDir()
	s.perch("", "report", "usage", "--output-folder", folder, "--rooms-inactive-since", "2026-01-01")
	if out := s.perch("", "report", "rights", "--room", room); !strings.Contains(out, "see,join,read,post") {
		t.Errorf("rights:\n%s", out)
	}
	s.perch("", "group", "add", "desk", "--member", "load00000")
	file := filepath.Join(folder, "all.zip")
	s.perch("", "data", "export", file)
	other := startServer(t, "SIP__AUTH=none")
	if out := other.perch("", "data", "import", file, "--dry-run"); !strings.Contains(out, "messages") {
		t.Errorf("dry run:\n%s", out)
	}
	other.perch("", "data", "import", file)
	if got := other.count(room); got != n {
		t.Errorf("%d of %d messages were taken in", got, n)
	}
	if a, b := s.room(room), other.room(room); a != b {
		t.Errorf("the room is %+v, was %+v", b, a)
	}
	if a, b := s.messages(room, 50), other.messages(room, 50); !slices.Equal(a, b) {
		t.Errorf("the newest messages are %q, were %q", b, a)
	}
	var again struct{ Users, Groups, Rooms, Messages int }
	if err := json.Unmarshal([]byte(other.perch("", "data", "import", file, "--json")), &again); err != nil || again.Users+again.Groups+again.Rooms+again.Messages != 0 {
		t.Errorf("a second import took in %+v, %v", again, err)
	}
}
