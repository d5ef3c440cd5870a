//go:build e2e

package e2e_test

import (
	"slices"
	"strings"
	"testing"
)

// TestChat: two users find the room, join it, talk and part, over TLS and NTLM.
func TestChat(t *testing.T) {
	s := startServer(t)
	uri := s.organisation()
	s.perch("", "room", "add", "Secret", "--category", "Trading", "--privacy", "secret", "--member", "bob")
	alice := signIn(t, s, "alice", "secret-a")
	alice.do("rooms")
	if got := alice.await("room"); got[1] != "Rates" || got[2] != uri {
		t.Errorf("alice found %q, want Rates at %s", got, uri)
	}
	alice.await("rooms-end")
	if users := alice.enter(uri, "Rates"); users != "sip:alice@example.test" {
		t.Errorf("alice sees %q in the room", users)
	}
	bob := signIn(t, s, "bob", "secret-b")
	if users := strings.Split(bob.enter(uri, "Rates"), ","); len(users) != 2 || !slices.Contains(users, "sip:alice@example.test") {
		t.Errorf("bob sees %q in the room", users)
	}
	alice.await("entered", "Rates", "sip:bob@example.test")

	alice.do("post", "Rates", `Grüße & <b>"10y"</b>\nsecond line`)
	want := "Grüße & <b>\"10y\"</b>\nsecond line"
	for _, c := range []*client{alice, bob} {
		if got := c.await("message", "Rates", "sip:alice@example.test"); got[3] != want {
			t.Errorf("%s sees %q, want %q", c.name, got[3], want)
		}
	}
	bob.do("part", "Rates")
	bob.await("parted", "Rates")
	bob.await("part-confirmed") // until then the plugin takes no new join of the room
	alice.await("left", "Rates", "sip:bob@example.test")

	// History is there for whoever comes later.
	bob.enter(uri, "Rates")
	if got := bob.await("message", "Rates"); got[3] != want {
		t.Errorf("history shows %q", got)
	}
}

// TestKilledServer: what was acknowledged before kill -9 is there after it, and
// the client finds its rooms again by bjoin.
func TestKilledServer(t *testing.T) {
	s := startServer(t)
	uri := s.organisation()
	s.perch("", "room", "add", "Swaps", "--category", "Trading", "--member", "alice")
	alice := signIn(t, s, "alice", "secret-a")
	alice.enter(uri, "Rates")
	alice.enter(s.room("Swaps").URI, "Swaps")
	for _, text := range []string{"one", "two", "three"} {
		alice.do("post", "Rates", text)
		alice.await("message", "Rates", "sip:alice@example.test", text)
	}
	keep := s.addr
	s.env = append(s.env, "PERCH_SIP__TLS="+keep.TLS, "PERCH_SIP__TCP="+keep.TCP)
	s.kill()
	alice.await("failed", "network")
	s.start()
	if got := s.messages("Rates", 10); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("kept %q", got)
	}
	alice.do("connect")
	alice.await("joined", "Rates")
	alice.await("message", "Rates", "sip:alice@example.test", "three")
	alice.do("post", "Rates", "four")
	alice.await("message", "Rates", "sip:alice@example.test", "four")
	alice.do("post", "Swaps", "still in both rooms")
	alice.await("message", "Swaps", "sip:alice@example.test", "still in both rooms")
}

// TestWrongPassword: the client is told so.
func TestWrongPassword(t *testing.T) {
	s := startServer(t)
	s.organisation()
	c := dialIn(t, s, "alice", "guessed")
	c.await("failed", "authentication")
}

// TestLockedOut: who is locked out is told that he cannot sign in, with the right
// password too; wrong ones of the web and of the old client count together.
func TestLockedOut(t *testing.T) {
	s := startServer(t)
	s.env = append(s.env, "PERCH_WEB__LOCKOUT_FAILURES=1")
	s.organisation()
	s.kill()
	s.start()
	c := dialIn(t, s, "alice", "guessed")
	c.await("failed", "authentication")
	c = dialIn(t, s, "alice", "secret-a")
	c.await("failed", "authentication")
	s.kill()
	s.start()
	c = dialIn(t, s, "alice", "secret-a")
	c.await("failed", "authentication")
	s.perch("", "user", "unlock", "alice")
	c = dialIn(t, s, "alice", "secret-a")
	c.await("signed-on")
}

// TestNotEnabled: a user whom policy does not enable signs in and has no chat.
func TestNotEnabled(t *testing.T) {
	s := startServer(t)
	s.organisation()
	s.perch("", "policy", "add", "Off", "--disable")
	s.perch("", "policy", "grant", "bob", "--policy", "Off")
	c := dialIn(t, s, "bob", "secret-b")
	c.await("signed-on")
	c.await("chat-failed")
}

// TestPolicyTakenAway: whom policy no longer enables is told that his post was
// not delivered, and chats again once it does.
func TestPolicyTakenAway(t *testing.T) {
	s := startServer(t)
	uri := s.organisation()
	alice := signIn(t, s, "alice", "secret-a")
	alice.enter(uri, "Rates")
	s.perch("", "policy", "add", "Off", "--disable")
	s.perch("", "policy", "grant", "alice", "--policy", "Off")
	alice.do("post", "Rates", "does anybody hear me?")
	alice.await("refused", "Rates")
	s.perch("", "policy", "grant", "alice", "--inherit")
	alice.do("disconnect")
	alice.do("connect")
	alice.await("joined", "Rates")
	alice.do("post", "Rates", "again")
	alice.await("message", "Rates", "sip:alice@example.test", "again")
	if got := s.messages("Rates", 10); !slices.Equal(got, []string{"again"}) {
		t.Errorf("stored %q", got)
	}
}

// TestRefusedPost: a listener in an auditorium is told that his post was not
// delivered; a presenter's is.
func TestRefusedPost(t *testing.T) {
	s := startServer(t)
	s.organisation()
	s.perch("", "room", "add", "News", "--category", "Trading", "--type", "auditorium",
		"--member", "alice", "--member", "bob", "--presenter", "alice")
	uri := s.room("News").URI
	alice, bob := signIn(t, s, "alice", "secret-a"), signIn(t, s, "bob", "secret-b")
	alice.enter(uri, "News")
	bob.enter(uri, "News")
	bob.do("post", "News", "may I?")
	bob.await("refused", "News")
	alice.do("post", "News", "hear, hear")
	bob.await("message", "News", "sip:alice@example.test", "hear, hear")
	if got := s.messages("News", 10); !slices.Equal(got, []string{"hear, hear"}) {
		t.Errorf("stored %q", got)
	}
}

// TestDisabledUser: a user who is disabled is cut off at once.
func TestDisabledUser(t *testing.T) {
	s := startServer(t)
	uri := s.organisation()
	alice, bob := signIn(t, s, "alice", "secret-a"), signIn(t, s, "bob", "secret-b")
	alice.enter(uri, "Rates")
	bob.enter(uri, "Rates")
	s.perch("", "user", "disable", "bob")
	bob.await("signed-off")
	alice.await("left", "Rates", "sip:bob@example.test")
}
