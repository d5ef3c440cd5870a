package s3_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"perch/blob/s3"
	"perch/chat"
)

// TestBadConfig: what cannot be is refused with what to do.
func TestBadConfig(t *testing.T) {
	for want, c := range map[string]s3.Config{
		"is not the address": {Endpoint: "s3.example.test", Bucket: "b"},
		"like https://":      {Endpoint: "https://s3.example.test/bucket", Bucket: "b"},
		"needs a name":       {Endpoint: "https://s3.example.test"},
		"belong together":    {Endpoint: "https://s3.example.test", Bucket: "b", AccessKey: "a"},
	} {
		c.Folder = t.TempDir()
		if _, err := s3.Open(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}

// TestServiceFails: whatever the service says is wrong is the store's failure,
// and a secret is in no message.
func TestServiceFails(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusInternalServerError, http.StatusNotFound} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		b, err := s3.Open(s3.Config{Endpoint: srv.URL, Bucket: "bucket", Region: "us-east-1", AccessKey: "key", SecretKey: "very-secret", Folder: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		hash := strings.Repeat("0", 64)
		for name, err := range map[string]error{"Check": b.Check(t.Context()), "Put": b.Put(t.Context(), "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 1, strings.NewReader("x"))} {
			if chat.KindOf(err) != chat.KindDatabase || strings.Contains(err.Error(), "very-secret") {
				t.Errorf("%s after %d: %v (%v)", name, status, err, chat.KindOf(err))
			}
		}
		want := chat.KindDatabase
		if status == http.StatusNotFound {
			want = chat.KindNoSuchObject
		}
		if _, err := b.Size(t.Context(), hash); chat.KindOf(err) != want {
			t.Errorf("Size after %d: %v", status, err)
		}
		srv.Close()
	}
}
