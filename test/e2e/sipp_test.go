//go:build e2e

package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestSIPp plays the scenarios of testdata/sipp, plain SIP by an independent
// user agent: one connection for all calls, and one for each. Every call is a
// device of its own, by its epid: two calls of one user may overlap.
func TestSIPp(t *testing.T) {
	s := startServer(t, "SIP__AUTH=none")
	s.organisation()
	scenarios, err := filepath.Glob("testdata/sipp/*.xml")
	if err != nil || len(scenarios) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	users, err := filepath.Abs("testdata/sipp/users.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range scenarios {
		for _, transport := range []string{"t1", "tn"} {
			t.Run(filepath.Base(file)+"/"+transport, func(t *testing.T) {
				path, err := filepath.Abs(file)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				cmd := exec.CommandContext(ctx, "sipp", s.addr.TCP, "-sf", path, "-inf", users, "-t", transport,
					"-m", "6", "-l", "2", "-r", "20", "-max_socket", "100", "-nostdin", "-trace_err", "-error_file", "errors.log", "-recv_timeout", "5000")
				cmd.Dir = t.TempDir()
				if out, err := cmd.CombinedOutput(); err != nil {
					log, _ := os.ReadFile(filepath.Join(cmd.Dir, "errors.log"))
					t.Errorf("%v\n%s\n%s", err, out, log)
				}
			})
		}
	}
}
