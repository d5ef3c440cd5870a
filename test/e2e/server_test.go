//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// server is a perch process on a data folder of its own.
type server struct {
	t     *testing.T
	data  string
	env   []string
	cmd   *exec.Cmd
	log   bytes.Buffer
	ended chan error
	addr  struct {
		TCP   string `json:"sip_tcp"`
		TLS   string `json:"sip_tls"`
		Web   string `json:"web"`
		Admin string `json:"admin"`
	}
}

// startServer starts a server for the domain example.test on free ports.
// Settings are PERCH_ variables without the prefix.
func startServer(t *testing.T, settings ...string) *server {
	t.Helper()
	s := &server{t: t, data: t.TempDir(), env: append(os.Environ(),
		"PERCH_DOMAIN=example.test", "PERCH_SIP__TCP=127.0.0.1:0", "PERCH_SIP__TLS=127.0.0.1:0", "PERCH_WEB__LISTEN=127.0.0.1:0")}
	for _, v := range settings {
		s.env = append(s.env, "PERCH_"+v)
	}
	s.start()
	t.Cleanup(func() {
		if s.cmd != nil {
			s.stop()
		}
		if t.Failed() {
			t.Logf("server log:\n%s", s.log.String())
		}
	})
	return s
}

// start starts the process and returns when it has written its addresses.
func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.CommandContext(context.WithoutCancel(s.t.Context()), programs.perch, "serve", "--data", s.data)
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan error) { ended <- cmd.Wait() }(s.cmd, s.ended)
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-s.ended:
			s.t.Fatalf("the server ended at start: %v\n%s", err, s.log.String())
		case <-deadline:
			s.t.Fatalf("the server was not ready in 30 s\n%s", s.log.String())
		case <-tick.C:
		}
		b, err := os.ReadFile(filepath.Join(s.data, "addresses.json"))
		if err == nil && s.mine(b) {
			return
		}
	}
}

// mine reads the addresses; a killed server's file is removed by the next one
// before it serves, so a file that can be dialled is this one's.
func (s *server) mine(b []byte) bool {
	if json.Unmarshal(b, &s.addr) != nil {
		return false
	}
	out, err := exec.CommandContext(s.t.Context(), programs.perch, "status", "--data", s.data).CombinedOutput()
	if err != nil || len(out) == 0 {
		return false
	}
	now, err := os.ReadFile(filepath.Join(s.data, "addresses.json")) // b may be a killed server's, read just before
	return err == nil && bytes.Equal(b, now)
}

// kill is kill -9.
func (s *server) kill() {
	_ = s.cmd.Process.Signal(unix.SIGKILL)
	<-s.ended
	s.cmd = nil
}

// stop is the ordinary way to end, which must be quick and clean.
func (s *server) stop() {
	s.t.Helper()
	_ = s.cmd.Process.Signal(unix.SIGTERM)
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("the server did not end cleanly: %v\n%s", err, s.log.String())
		}
	case <-time.After(20 * time.Second):
		s.t.Errorf("the server did not end within 20 s of SIGTERM")
		_ = s.cmd.Process.Signal(unix.SIGKILL)
		<-s.ended
	}
	s.cmd = nil
}

// perch runs a command of the administrator and returns what it prints.
func (s *server) perch(stdin string, args ...string) string {
	s.t.Helper()
	out, err := s.try(stdin, args...)
	if err != nil {
		s.t.Fatalf("perch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// insist runs a command again for as long as the server says that it may be tried
// again, as it does while its index catches up after kill -9.
func (s *server) insist(args ...string) string {
	s.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		out, err := s.try("", args...)
		if err == nil {
			return out
		}
		if !strings.Contains(out, "try again") || time.Now().After(deadline) {
			s.t.Fatalf("perch %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		wait(s.t.Context(), 100*time.Millisecond)
	}
}

func (s *server) try(stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(s.t.Context(), programs.perch, append([]string{"--data", s.data}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// organisation makes two users, a category and the room "Rates" that both are
// members of, and returns the room's address.
func (s *server) organisation() string {
	s.t.Helper()
	s.perch("secret-a\n", "user", "add", "alice", "--name", "Alice Archer", "--password-stdin", "--ntlm")
	s.perch("secret-b\n", "user", "add", "bob", "--name", "Bob Builder", "--password-stdin", "--ntlm")
	s.perch("", "category", "add", "Trading", "--allow", "alice", "--allow", "bob", "--creator", "alice")
	s.perch("", "room", "add", "Rates", "--category", "Trading", "--member", "alice", "--member", "bob", "--manager", "alice")
	return s.room("Rates").URI
}

type roomRow struct{ Name, URI, Category, Privacy, Type string }

func (s *server) room(name string) roomRow {
	s.t.Helper()
	var rows []roomRow
	if err := json.Unmarshal([]byte(s.perch("", "room", "list", "--json")), &rows); err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		if r.Name == name {
			return r
		}
	}
	s.t.Fatalf("no room %s in %v", name, rows)
	return roomRow{}
}

// messages are the newest messages of a room, as the administrator sees them.
func (s *server) messages(room string, n int) (texts []string) {
	s.t.Helper()
	var rows []struct{ Text string }
	out := s.perch("", "message", "list", room, "--last", fmt.Sprint(n), "--json")
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		s.t.Fatalf("%v in %s", err, out)
	}
	for _, r := range rows {
		texts = append(texts, r.Text)
	}
	return texts
}
