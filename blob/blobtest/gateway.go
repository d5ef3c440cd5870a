package blobtest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What an S3 service of the tests has, and who may use it.
const (
	Bucket    = "perch"
	AccessKey = "test"
	SecretKey = "test-secret"
	Region    = "us-east-1"
)

// StartGateway starts an S3 service, versitygw, that keeps its objects in a folder
// of its own. root is the way to the project's folder. A tool that is missing
// fails the test.
func StartGateway(t testing.TB, root string) (endpoint, folder string) {
	t.Helper()
	tool := filepath.Join(root, "bin", "tools", "versitygw")
	if _, err := os.Stat(tool); err != nil {
		t.Fatalf("the S3 service of the tests is missing: run make bin/tools/versitygw (%v)", err)
	}
	folder = t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, Bucket), 0o700); err != nil {
		t.Fatal(err)
	}
	lc, dialer := net.ListenConfig{}, net.Dialer{}
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), tool, "--access", AccessKey, "--secret", SecretKey, "--port", addr, "posix", folder)
	log := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		_ = cmd.Wait() // how it ends is its own affair
		if t.Failed() {
			t.Logf("versitygw said:\n%s", log.String())
		}
	})
	for range 300 {
		c, err := dialer.DialContext(t.Context(), "tcp", addr)
		if err == nil {
			c.Close()
			return "http://" + addr, folder
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("versitygw does not listen after 30 s")
	return "", ""
}
