//go:build e2e

package e2e_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestArchiveLoad: the load generator starts its servers, compares them, verifies
// what one of them sealed, and leaves nothing behind. What it measures is not looked at.
func TestArchiveLoad(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), programs.perchload, "archive", "--json", "--folder", dir, "--rooms", "4", "--connections", "2",
		"--posts", "5", "--rounds", "2", "--rate", "40", "--for", "1s", "--records", "300", "--events", "100")
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil || log.Len() > 0 {
		t.Fatalf("%v\n%s", err, log.String())
	}
	var r struct {
		Figures []struct {
			Name   string
			Value  float64
			Target *struct{ Value float64 }
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, f := range r.Figures {
		if f.Target != nil {
			targets = append(targets, f.Name)
		}
		if f.Name == "sealed: records in its archive, verified" && f.Value < 40+3*4*5 {
			t.Errorf("the server sealed only %v records", f.Value)
		}
	}
	want := []string{
		"at 40 posts/s: posts/s", "at 40 posts/s: oldest entry not sealed, max",
		"posts/s, sealed to copied, median round",
		"sealed: records verified, bodies and their contents",
		"log: leaves appended", "log: leaves whose tree is made again",
		"log: records verified, bodies as they are encrypted", "log: records verified, bodies and their contents",
		"adapters: memory of the process",
	}
	if !slices.Equal(targets, want) {
		t.Errorf("targets %q", targets)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestMissedTarget: a target that is missed is an error only if that is asked for.
func TestMissedTarget(t *testing.T) {
	run := func(flags ...string) (string, error) {
		args := append([]string{"archive", "--folder", t.TempDir(), "--parts", "log", "--records", "1"}, flags...)
		out, err := exec.CommandContext(t.Context(), programs.perchload, args...).CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || !strings.Contains(out, "at least 50000: missed") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := run("--check")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(out, "perchload: ") || !strings.Contains(out, "log: leaves appended is ") {
		t.Errorf("%v\n%s", err, out)
	}
}
