//go:build e2e

package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// client is one SIPE plugin, signed in as one user.
type client struct {
	t      *testing.T
	name   string
	stdin  io.WriteCloser
	events chan []string
	debug  string
}

// signIn starts a client and waits until its chat dialog stands.
func signIn(t *testing.T, s *server, user, password string) *client {
	t.Helper()
	c := dialIn(t, s, user, password)
	c.await("signed-on")
	c.await("chat-ready")
	return c
}

// dialIn starts a client over TLS with NTLM and waits for nothing.
func dialIn(t *testing.T, s *server, user, password string) *client {
	t.Helper()
	c := &client{t: t, name: user, events: make(chan []string, 4096), debug: filepath.Join(t.TempDir(), user+".log")}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), programs.sipedriver, s.addr.TLS, "tls", user+"@example.test", password, c.debug)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go c.read(out)
	t.Cleanup(func() {
		c.stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s's client ended badly (a crash is the server's fault): %v", user, err)
		}
		if t.Failed() {
			log, _ := os.ReadFile(c.debug)
			t.Logf("%s's log ends:\n%s", user, log[max(0, len(log)-6000):])
		}
	})
	return c
}

// read hands events on. A fault is one whenever it comes.
func (c *client) read(out io.Reader) {
	defer close(c.events)
	for sc := bufio.NewScanner(out); sc.Scan(); {
		fields := strings.Split(sc.Text(), "\t")
		for i, f := range fields {
			if text, err := strconv.Unquote(`"` + strings.ReplaceAll(f, `\'`, `'`) + `"`); err == nil {
				fields[i] = text
			}
		}
		if fields[0] == "fault" {
			c.t.Errorf("%s's client: %q", c.name, fields)
		}
		c.events <- fields
	}
}

func (c *client) do(words ...string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.stdin, strings.Join(words, "\t")); err != nil {
		c.t.Fatal(err)
	}
}

// await returns the next event that begins with the given fields, passing over
// others.
func (c *client) await(want ...string) []string {
	c.t.Helper()
	deadline := time.After(20 * time.Second)
	var passed [][]string
	for {
		select {
		case got, ok := <-c.events:
			if !ok {
				c.t.Fatalf("%s's client ended while %q was awaited; it said %q", c.name, want, passed)
			}
			if begins(got, want) {
				return got
			}
			passed = append(passed, got)
		case <-deadline:
			c.t.Fatalf("%s's client: no %q within 20 s; it said %q", c.name, want, passed)
		}
	}
}

func begins(got, want []string) bool {
	if len(got) < len(want) {
		return false
	}
	for i := range want {
		if got[i] != want[i] {
			return false
		}
	}
	return true
}

// enter joins a room by address and waits for its title.
func (c *client) enter(uri, title string) (users string) {
	c.t.Helper()
	c.do("join", uri)
	c.await("joined", title)
	return c.await("users", title)[2]
}
