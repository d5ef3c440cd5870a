//go:build e2e

package e2e_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// killRounds is how often the server is killed: KILL_ROUNDS, or few.
func killRounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("KILL_ROUNDS")
	if text == "" {
		return 12
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("KILL_ROUNDS=%s is no number", text)
	}
	return n
}

// TestKillUnderLoad: the server is killed with kill -9 at random moments while
// posters fill rooms; after every start all that was acknowledged is there, no
// id is missing and none was given twice.
func TestKillUnderLoad(t *testing.T) {
	rounds := killRounds(t)
	s := startServer(t, "SIP__AUTH=none", "LOG__LEVEL=warn")
	ack := filepath.Join(t.TempDir(), "acknowledged")
	acked := 0
	for round := range rounds {
		load := exec.CommandContext(t.Context(), programs.perchload, "--data", s.data, "rooms",
			"--rooms", "20", "--members", "3", "--posts", "1000000", "--ack", ack, "--base", strconv.Itoa((round+1)*1_000_000))
		var said strings.Builder
		load.Stdout, load.Stderr = &said, &said
		if err := load.Start(); err != nil {
			t.Fatal(err)
		}
		// The moment must be any: between two posts, in a commit, while joining.
		if round%2 == 1 {
			flowing(t, ack)
		}
		wait(t.Context(), time.Duration(200+rand.IntN(1200))*time.Millisecond)
		s.kill()
		if err := load.Wait(); err == nil {
			t.Fatalf("round %d: the generator had nothing left to do", round)
		}
		s.start()
		acked = verify(t, s, ack, round, said.String())
	}
	if acked < rounds*10 {
		t.Errorf("only %d messages were acknowledged in %d rounds; this shows little", acked, rounds)
	}
	t.Logf("%d rounds, %d acknowledged messages, all kept", rounds, acked)
}

// flowing returns when more is acknowledged than was: on a machine that is busy a
// moment soon after the start finds no posts yet.
func flowing(t *testing.T, ack string) {
	t.Helper()
	size := func() int64 {
		if f, err := os.Stat(ack); err == nil {
			return f.Size()
		}
		return 0
	}
	for before, until := size(), time.Now().Add(time.Minute); size() == before; {
		if time.Now().After(until) {
			t.Fatal("nothing was acknowledged within a minute")
		}
		wait(t.Context(), 10*time.Millisecond)
	}
}

// verify compares the store with what was acknowledged, and returns how many
// messages that were.
func verify(t *testing.T, s *server, ack string, round int, said string) int {
	t.Helper()
	if _, err := os.Stat(ack); err != nil { // killed before the first
		return 0
	}
	out, err := exec.CommandContext(t.Context(), programs.perchload, "--data", s.data, "verify", ack).CombinedOutput()
	if err != nil {
		t.Fatalf("round %d: %v\n%s\nthe generator said:\n%s", round, err, out, said)
	}
	n, _, _ := strings.Cut(string(out), " ")
	acked, err := strconv.Atoi(n)
	if err != nil {
		t.Fatalf("verify said %q", out)
	}
	return acked
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
