//go:build e2e

package s3_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"perch/blob/blobtest"
	"perch/blob/s3"
	"perch/filestore"
)

// TestBlobs runs the suite against versitygw, which keeps its objects in a
// folder. A tool that is missing fails it.
func TestBlobs(t *testing.T) {
	endpoint, folder := startGateway(t)
	n := 0
	blobtest.TestBlobs(t, func(t *testing.T) filestore.Blobs {
		n++
		b, err := s3.Open(s3.Config{
			Endpoint: endpoint, Bucket: "perch", Prefix: fmt.Sprint("run-", n, "/"), Region: "us-east-1", AccessKey: "test", SecretKey: "test-secret", Folder: filepath.Join(t.TempDir(), "sending"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	if kept, err := filepath.Glob(filepath.Join(folder, "perch", "run-*", "??", "*")); err != nil || len(kept) < 5 {
		t.Errorf("the gateway keeps %q, %v", kept, err)
	}
}

// TestWrongKey: a service that refuses says so before anybody uploads.
func TestWrongKey(t *testing.T) {
	endpoint, _ := startGateway(t)
	for name, c := range map[string]s3.Config{
		"a wrong key": {Bucket: "perch", SecretKey: "wrong"},
		"no bucket":   {Bucket: "nothing", SecretKey: "test-secret"},
	} {
		c.Endpoint, c.Region, c.AccessKey, c.Folder = endpoint, "us-east-1", "test", t.TempDir()
		b, err := s3.Open(c)
		if err == nil {
			err = b.Check(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), c.Bucket) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// startGateway starts an S3 service with the bucket perch in a folder.
func startGateway(t *testing.T) (endpoint, folder string) {
	t.Helper()
	tool := filepath.Join("..", "..", "bin", "tools", "versitygw")
	if _, err := os.Stat(tool); err != nil {
		t.Fatalf("the S3 service of the tests is missing: run make bin/tools/versitygw (%v)", err)
	}
	folder = t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "perch"), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), tool, "--access", "test", "--secret", "test-secret", "--port", addr, "posix", folder)
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
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if err == nil {
			c.Close()
			return "http://" + addr, folder
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("versitygw does not listen after 30 s")
	return "", ""
}
