package web_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/front/web"
	"perch/front/web/api"
)

// TestNoGaps: while others post, a socket that joins is told a head from which on it
// gets everything; what it misses before is had by after.
func TestNoGaps(t *testing.T) {
	w := onDisk(t)
	const posters, each = 4, 50
	var wg sync.WaitGroup
	for p := range posters {
		c := w.as([]string{"alice", "bob", "carol", "alice"}[p])
		wg.Go(func() {
			for i := range each {
				c.post("Rates", "line", fmt.Sprintf("%d-%d", p, i))
			}
		})
	}
	watcher := w.as("bob")
	for range 5 { // again and again
		k := watcher.connect()
		k.say(api.ClientFrame{Type: api.ClientFrameTypeJoin, Rooms: &[]string{w.room("Rates")}})
		var last, head int64
		joined := false
		seen := map[int64]bool{}
		for n := 0; n < 20 && (!joined || last != posters*each); n++ {
			f := k.until("a message or joined", func(f *api.ServerFrame) bool {
				return f.Type == api.ServerFrameTypeMessage || f.Type == api.ServerFrameTypeJoined
			})
			if f.Type == api.ServerFrameTypeJoined {
				joined, head = true, *(*f.Rooms)[0].Head
				if head == posters*each {
					break
				}
				continue
			}
			if last != 0 && f.Message.Id != last+1 {
				t.Errorf("message %d came after %d", f.Message.Id, last)
			}
			last = f.Message.Id
			seen[last] = true
		}
		if !joined {
			head = *(*k.expect(api.ServerFrameTypeJoined).Rooms)[0].Head
		}
		for id := head + 1; id <= last; id++ {
			if !seen[id] {
				t.Errorf("message %d, behind the head %d, was not told", id, head)
			}
		}
		w.must(k.conn.CloseNow())
	}
	wg.Wait()
	var after int64
	for total := 0; total < posters*each; {
		var p api.Page
		watcher.get(fmt.Sprintf("/rooms/%s/messages?limit=30&after=%d", w.room("Rates"), after), &p)
		for _, m := range p.Messages {
			if m.Id != after+1 {
				t.Fatalf("message %d follows %d", m.Id, after)
			}
			after = m.Id
			total++
		}
		if p.After != (after < posters*each) {
			t.Fatalf("after %d: more is %v", after, p.After)
		}
	}
}

// TestSlow: a client that takes nothing is closed, and says nothing to others' loss.
func TestSlow(t *testing.T) {
	w := inMemory(t)
	bob := w.as("bob")
	conn, _, err := websocket.Dial(t.Context(), bob.world.http.URL+web.Base+"/events", &websocket.DialOptions{HTTPClient: bob.http}) //nolint:bodyclose // it has none
	w.must(err)
	defer conn.CloseNow() //nolint:errcheck // it is closed by then
	w.must(conn.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"join","rooms":[%q]}`, w.room("Rates"))))
	a := w.as("alice").connect()
	a.join("Rates")
	poster, err := w.svc.Open(t.Context(), channel.Opening{User: w.users["carol"].ID, Endpoint: "x", Sink: nothing{}, Commands: true})
	w.must(err)
	story := "[STORY]t\n" + strings.Repeat("x", 60_000)
	deadline := time.Now().Add(within)
	for n := int64(1); w.svc.Status().Sessions > 4; n++ { // alice's and bob's residents, alice's socket, carol
		if time.Now().After(deadline) {
			t.Fatal("the slow client was not closed")
		}
		_, err := poster.PostAndWait(t.Context(), channel.Post{RoomGUID: w.room("Rates"), Text: story, Absent: true})
		w.must(err)
		if f := a.expect(api.ServerFrameTypeMessage); f.Message.Id != n {
			t.Fatalf("alice gets message %d, want %d", f.Message.Id, n)
		}
	}
	conn.SetReadLimit(-1)
	for {
		_, b, err := conn.Read(context.Background())
		if err != nil {
			break
		}
		if strings.Contains(string(b), `"bye"`) && !strings.Contains(string(b), `"slow"`) {
			t.Errorf("bob is told %s", b)
		}
	}
	if left := w.entries(chat.EntryPart); len(left) != 1 || left[0].ActorURI != "sip:bob@example.test" {
		t.Errorf("on record: %+v", left)
	}
}

// forgetful is a store that cannot read marks, when it is told so.
type forgetful struct {
	*chattest.Faulty
	lost atomic.Bool
}

func (s *forgetful) ListMarks(ctx context.Context, user chat.PrincipalID) ([]chat.Mark, error) {
	if s.lost.Load() {
		return nil, chat.E(chat.KindDatabase, "the disk is gone")
	}
	return s.Faulty.ListMarks(ctx, user)
}

// TestStoreFails: a WebSocket that cannot have its rooms because the store fails is
// closed, so that its client comes again; one that may not have a room is not.
func TestStoreFails(t *testing.T) {
	s := &forgetful{Faulty: chattest.NewFaulty(chattest.NewStore())}
	w := newWorld(t, s)
	bob := w.as("bob")
	bob.follow("Rates")
	closed := func(when string) {
		t.Helper()
		conn, _, err := websocket.Dial(t.Context(), w.http.URL+web.Base+"/events", &websocket.DialOptions{HTTPClient: bob.http}) //nolint:bodyclose // it has none
		w.must(err)
		defer conn.CloseNow() //nolint:errcheck // it is closed by then
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		for last := ""; ; {
			_, b, err := conn.Read(ctx)
			if err != nil {
				if !strings.Contains(last, `"bye"`) || !strings.Contains(last, `"slow"`) {
					t.Errorf("when %s the last frame is %s, then %v", when, last, err)
				}
				return
			}
			last = string(b)
		}
	}
	s.lost.Store(true)
	closed("marks cannot be read")
	s.lost.Store(false)
	s.Fail(chat.E(chat.KindDatabase, "the disk is full"))
	closed("rooms cannot be joined")
	s.Heal()
	k := bob.connect()
	if rooms := *k.expect(api.ServerFrameTypeJoined).Rooms; len(rooms) != 1 || rooms[0].Error != nil {
		t.Errorf("joined when all is well: %+v", rooms)
	}
	k.say(api.ClientFrame{Type: api.ClientFrameTypeJoin, Rooms: &[]string{"nowhere"}})
	if rooms := *k.expect(api.ServerFrameTypeJoined).Rooms; len(rooms) != 1 || rooms[0].Error == nil {
		t.Errorf("joined nowhere: %+v", rooms)
	}
	k.ping()
}

// TestBye: each end says why.
func TestBye(t *testing.T) {
	w := inMemory(t)
	alice, bob, carol := w.as("alice").connect(), w.as("bob").connect(), w.as("carol").connect()
	bye := func(k *socket, want api.ServerFrameReason) {
		t.Helper()
		if f := k.expect(api.ServerFrameTypeBye); *f.Reason != want {
			t.Errorf("%s is told %s, want %s", k.name, *f.Reason, want)
		}
		for range k.frames { // until the connection ends
			t.Errorf("%s is told more", k.name)
		}
	}
	began := time.Now()
	w.must(w.dir.Disable(t.Context(), w.users["bob"].ID))
	bye(bob, api.ServerFrameReasonDisabled)
	if took := time.Since(began); took > within {
		t.Errorf("a disabled user was out after %v", took)
	}
	bob.refused("GET", "/my/rooms", nil, http.StatusUnauthorized, "not-signed-in")
	var where []api.SignedIn
	carol.do("GET", "/sessions", nil, http.StatusOK, &where)
	if len(where) != 1 || !where[0].Connected {
		t.Errorf("it is not known that carol is connected: %+v", where)
	}
	carol.do("DELETE", "/session", nil, http.StatusNoContent, nil)
	bye(carol, api.ServerFrameReasonSignedOut)
	w.must(w.web.Stop(t.Context()))
	bye(alice, api.ServerFrameReasonShutdown)
}

// TestOrigin: another site's page does not get in with the reader's cookie, nor does
// a stranger.
func TestOrigin(t *testing.T) {
	w := inMemory(t)
	bob := w.as("bob")
	for origin, want := range map[string]int{"https://evil.example": http.StatusForbidden, w.http.URL: http.StatusSwitchingProtocols} {
		conn, answer, err := websocket.Dial(t.Context(), w.http.URL+web.Base+"/events", &websocket.DialOptions{HTTPClient: bob.http, HTTPHeader: http.Header{"Origin": {origin}}}) //nolint:bodyclose // it has none
		if answer == nil || answer.StatusCode != want {
			t.Errorf("from %s: %v, %v", origin, answer, err)
		}
		if conn != nil {
			w.must(conn.CloseNow())
		}
	}
	_, answer, err := websocket.Dial(t.Context(), w.http.URL+web.Base+"/events", nil) //nolint:bodyclose // it has none
	if err == nil || answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger: %v, %v", answer, err)
	}
}

// TestSentAtOnce: what a client sends with its request to open a WebSocket is obeyed,
// be it longer than the socket's buffer or not.
func TestSentAtOnce(t *testing.T) {
	w := inMemory(t)
	bob := w.as("bob")
	for _, fill := range []int{0, 1000} {
		text := `{"type":"ping"` + strings.Repeat(" ", fill) + "}"
		frame := binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text))) // RFC 6455 5.2
		frame = append(append(frame, 0, 0, 0, 0), text...)                                  // masked by zeros
		conn := bob.tcp()
		_, err := fmt.Fprintf(conn, "GET %s/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: perch_session=%s\r\n\r\n%s", web.Base, bob.cookie(), frame)
		w.must(err)
		w.must(conn.SetReadDeadline(time.Now().Add(time.Minute)))
		b := make([]byte, 2048)
		for seen := ""; !strings.Contains(seen, `"type":"pong"`); {
			n, err := conn.Read(b)
			w.must(err)
			seen += string(b[:n])
		}
	}
}

// TestManySockets: a user has so many connections at most, and nonsense ends one.
func TestManySockets(t *testing.T) {
	w := inMemory(t)
	bob := w.as("bob")
	var all []*socket
	for range 50 {
		all = append(all, bob.connect())
	}
	conn, _, err := websocket.Dial(t.Context(), w.http.URL+web.Base+"/events", &websocket.DialOptions{HTTPClient: bob.http}) //nolint:bodyclose // it has none
	w.must(err)
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusTryAgainLater {
		t.Errorf("one more: %v", err)
	}
	w.must(all[0].conn.Write(t.Context(), websocket.MessageText, []byte("nonsense")))
	for range all[0].frames {
	}
	if err := all[0].conn.Write(t.Context(), websocket.MessageText, []byte("x")); err == nil {
		t.Error("nonsense did not end the connection")
	}
}

// TestSealed: sockets are told how far the archive is sealed, as it moves.
func TestSealed(t *testing.T) {
	var mu sync.Mutex
	until := time.Unix(1_700_000_000, 0).UTC()
	w := inMemory(t, func(c *web.Config) {
		c.Sealed = func(context.Context) (time.Time, bool) { mu.Lock(); defer mu.Unlock(); return until, true }
		c.Archive = func() web.Archive {
			return web.Archive{Archived: true, Sealed: true, KeepDays: map[string]int{"": 365}, AllHeld: true}
		}
		c.Prove = func(_ context.Context, m *chat.Message) (string, error) {
			if m.ID > 1 {
				return "", chat.E(chat.KindBusy, "not yet")
			}
			return "evidence of " + m.Text, nil
		}
	})
	bob := w.as("bob")
	k := bob.connect()
	k.until("the present state", func(f *api.ServerFrame) bool {
		return f.Type == api.ServerFrameTypeSealed && f.SealedUntil.Equal(until)
	})
	mu.Lock()
	until = until.Add(time.Minute)
	now := until
	mu.Unlock()
	if f := k.expect(api.ServerFrameTypeSealed); !f.SealedUntil.Equal(now) {
		t.Errorf("told %v", f.SealedUntil)
	}
	var r api.Room
	bob.get("/rooms/"+w.room("Rates"), &r)
	if c := r.Recording; !c.Archived || !*c.Sealed || *c.KeepDays != 365 || !c.Held || !c.History || c.Strict {
		t.Errorf("recording: %+v", c)
	}
	bob.post("Rates", "one", "1")
	bob.post("Rates", "two", "2")
	path := "/rooms/" + w.room("Rates") + "/messages/"
	var proof string
	bob.get(path+"1/proof", &proof)
	if proof != "evidence of one" {
		t.Errorf("the proof is %q", proof)
	}
	bob.refused("GET", path+"2/proof", nil, http.StatusServiceUnavailable, "busy")
	bob.refused("GET", path+"3/proof", nil, http.StatusNotFound, "no-such-object")
}
