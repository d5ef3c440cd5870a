//go:build e2e

package s3_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"perch/blob/blobtest"
	"perch/blob/s3"
	"perch/filestore"
)

// TestBlobs runs the suite against versitygw, which keeps its objects in a
// folder. A tool that is missing fails it.
func TestBlobs(t *testing.T) {
	endpoint, folder := blobtest.StartGateway(t, "../..")
	n := 0
	blobtest.TestBlobs(t, func(t *testing.T) filestore.Blobs {
		n++
		b, err := s3.Open(s3.Config{
			Endpoint: endpoint, Bucket: blobtest.Bucket, Prefix: fmt.Sprint("run-", n, "/"), Region: blobtest.Region, AccessKey: blobtest.AccessKey, SecretKey: blobtest.SecretKey, Folder: filepath.Join(t.TempDir(), "sending"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	if kept, err := filepath.Glob(filepath.Join(folder, blobtest.Bucket, "run-*", "??", "*")); err != nil || len(kept) < 5 {
		t.Errorf("the gateway keeps %q, %v", kept, err)
	}
}

// TestWrongKey: a service that refuses says so before anybody uploads.
func TestWrongKey(t *testing.T) {
	endpoint, _ := blobtest.StartGateway(t, "../..")
	for name, c := range map[string]s3.Config{
		"a wrong key": {Bucket: blobtest.Bucket, SecretKey: "wrong"},
		"no bucket":   {Bucket: "nothing", SecretKey: blobtest.SecretKey},
	} {
		c.Endpoint, c.Region, c.AccessKey, c.Folder = endpoint, blobtest.Region, blobtest.AccessKey, t.TempDir()
		b, err := s3.Open(c)
		if err == nil {
			err = b.Check(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), c.Bucket) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
