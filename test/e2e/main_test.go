//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs are the binaries under test, built once from the working tree.
var programs struct{ perch, perchload, sipedriver string }

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "perch-e2e-")
	if err == nil {
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func build(dir string) error {
	programs.perch = filepath.Join(dir, "perch")
	programs.perchload = filepath.Join(dir, "perchload")
	programs.sipedriver = filepath.Join(dir, "sipedriver")
	if err := run("go", "build", "-o", dir, "perch/cmd/perch", "perch/cmd/perchload", "perch/docs/evidence"); err != nil {
		return err
	}
	libs := []string{"purple", "gmodule-2.0", "glib-2.0", "libxml-2.0"}
	cflags, err := exec.CommandContext(context.Background(), "pkg-config", append([]string{"--cflags"}, libs...)...).Output()
	if err != nil {
		return fmt.Errorf("pkg-config does not know libpurple; run: apt-get install -y libpurple-dev libxml2-dev pkg-config pidgin-sipe gcc: %w", err)
	}
	ldflags, err := exec.CommandContext(context.Background(), "pkg-config", append([]string{"--libs"}, libs...)...).Output()
	if err != nil {
		return err
	}
	args := []string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-rdynamic", "-o", programs.sipedriver}
	args = append(args, strings.Fields(strings.ReplaceAll(string(cflags), "-I", "-isystem "))...)
	args = append(args, filepath.Join("sipedriver", "driver.c"), filepath.Join("sipedriver", "sax1.c"))
	return run("gcc", append(append(args, strings.Fields(string(ldflags))...), "-ldl")...)
}

func run(name string, args ...string) error {
	cmd := exec.CommandContext(context.Background(), name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
