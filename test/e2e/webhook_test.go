//go:build e2e

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/webhook"
)

// hookReceiver takes what outgoing webhooks send, and checks the signatures.
type hookReceiver struct {
	t   *testing.T
	srv *httptest.Server

	mu   sync.Mutex         // guards the fields below
	keys map[string]string  // of the webhooks, by path
	ids  map[string][]int64 // what came, by path, in order
}

func newHookReceiver(t *testing.T) *hookReceiver {
	t.Helper()
	r := &hookReceiver{t: t, keys: map[string]string{}, ids: map[string][]int64{}}
	r.srv = httptest.NewServer(r)
	t.Cleanup(r.srv.Close)
	return r
}

func (r *hookReceiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the server was killed meanwhile
	}
	var m struct {
		Message int64 `json:"message"`
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := json.Unmarshal(body, &m); err != nil || m.Message == 0 {
		r.t.Errorf("the receiver was sent %q", body)
	}
	if sign := webhook.Sign([]byte(r.keys[req.URL.Path]), req.Header.Get("X-Perch-Timestamp"), body); req.Header.Get("X-Perch-Signature") != sign {
		r.t.Errorf("a wrong signature: %v", req.Header)
	}
	r.ids[req.URL.Path] = append(r.ids[req.URL.Path], m.Message)
}

type hookRow struct{ ID, URL, Secret, Bot, Trouble string }

func (s *server) webhook(args ...string) hookRow {
	s.t.Helper()
	var row hookRow
	if err := json.Unmarshal([]byte(s.perch("", append([]string{"webhook", "add", "--json"}, args...)...)), &row); err != nil {
		s.t.Fatal(err)
	}
	return row
}

// postToHook posts by an incoming webhook until the server is gone, and returns
// the texts that were answered with ok.
func postToHook(s *server, secret string, round int) (taken []string) {
	for n := 0; ; n++ {
		text := fmt.Sprintf("hook %d.%d", round, n)
		body, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			s.t.Error(err)
			return taken
		}
		resp, err := http.Post("http://"+s.addr.Web+"/hooks/"+secret, "application/json", bytes.NewReader(body)) //nolint:noctx // ends with the server
		if err != nil {
			return taken
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && resp.StatusCode == http.StatusOK && string(answer) == "ok" {
			taken = append(taken, text)
		}
	}
}

// TestWebhooksKilled: the server is killed with kill -9 while posts come in and go
// out by webhooks; what was answered is there, and what users posted goes out in
// order, every one at least once.
func TestWebhooksKilled(t *testing.T) {
	r := newHookReceiver(t)
	host, err := url.Parse(r.srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "SIP__AUTH=none", "LOG__LEVEL=warn", "WEB__WEBHOOK_HOSTS=http://"+host.Host)
	ack := filepath.Join(t.TempDir(), "acknowledged")
	load := func(round, posts int) *exec.Cmd {
		return exec.CommandContext(t.Context(), programs.perchload, "--data", s.data, "rooms",
			"--rooms", "2", "--members", "2", "--posts", fmt.Sprint(posts), "--ack", ack, "--base", fmt.Sprint(round*1_000_000))
	}
	if out, err := load(0, 2).CombinedOutput(); err != nil { // makes the rooms
		t.Fatalf("%v\n%s", err, out)
	}
	rooms := []string{"load rooms 2 0", "load rooms 2 1"}
	from := map[string]int64{}
	for i, room := range rooms {
		from[room] = int64(len(s.rows(room)))
		at := fmt.Sprintf("/%d", i)
		row := s.webhook(room, fmt.Sprintf("Out %d", i), "--url", r.srv.URL+at)
		r.mu.Lock()
		r.keys[at] = row.Secret
		r.mu.Unlock()
	}
	in := s.webhook(rooms[0], "Monitor")
	secret := path.Base(in.URL)
	var taken []string
	for round := 1; round <= 5; round++ {
		cmd := load(round, 1_000_000)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan []string)
		go func() { done <- postToHook(s, secret, round) }()
		flowing(t, ack)
		wait(t.Context(), time.Duration(300+rand.IntN(700))*time.Millisecond)
		s.kill()
		taken = append(taken, <-done...)
		if err := cmd.Wait(); err == nil {
			t.Fatal("the generator had nothing left to do")
		}
		s.start()
	}
	if len(taken) < 20 {
		t.Errorf("only %d posts came in", len(taken))
	}
	texts := map[string]bool{}
	for _, m := range s.rows(rooms[0]) {
		texts[m.Text] = true
	}
	for _, text := range taken {
		if !texts[text] {
			t.Errorf("%q was answered ok and is not there", text)
		}
	}
	total := 0
	for i, room := range rooms {
		var want []int64
		for _, m := range s.rows(room) {
			if m.ID > from[room] && !strings.HasPrefix(m.Text, "hook ") {
				want = append(want, m.ID)
			}
		}
		total += len(want)
		r.await(fmt.Sprintf("/%d", i), want)
	}
	if total < 50 {
		t.Errorf("only %d posts went out", total)
	}
	t.Logf("%d posts came in, %d went out", len(taken), total)
}

type messageRow struct {
	ID   int64
	Text string
}

// rows are all messages of a room.
func (s *server) rows(room string) (rows []messageRow) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(s.perch("", "message", "list", room, "--last", "1000000", "--json")), &rows); err != nil {
		s.t.Fatal(err)
	}
	return rows
}

// await waits until everything has come, and checks the order: what came again
// is left out.
func (r *hookReceiver) await(at string, want []int64) {
	r.t.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var got []int64
	for {
		got = got[:0]
		r.mu.Lock()
		for _, id := range r.ids[at] {
			if !slices.Contains(got[max(0, len(got)-64):], id) {
				got = append(got, id)
			}
		}
		r.mu.Unlock()
		if slices.Equal(got, want) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("%s: of %d posts %d came in two minutes, or in another order: %v, want %v", at, len(want), len(got), tail(got), tail(want))
		}
	}
}

func tail(ids []int64) []int64 { return ids[max(0, len(ids)-10):] }
