package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"perch/app"
)

// TestMetrics: every metric that the handbook names is served, and nothing else
// is to be had there.
func TestMetrics(t *testing.T) {
	c := app.DefaultConfig()
	c.Data, c.Metrics, c.Web.Listen = t.TempDir(), "127.0.0.1:0", ""
	c.SIP.TCP, c.SIP.TLS, c.SIP.Auth = "127.0.0.1:0", "", []string{"none"}
	s, err := app.Start(t.Context(), app.Options{Config: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	text := get(t, "http://"+s.Addresses().Metrics+"/metrics", http.StatusOK)
	book, err := os.ReadFile("../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(book), "Names begin with `perch_`:")
	list, _, _ = strings.Cut(list, ";")
	names := regexp.MustCompile(`[a-z_]+_[a-z]+|[a-z]{5,}`).FindAllString(regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(list, ""), -1)
	if len(names) < 15 {
		t.Fatalf("the handbook names %q", names)
	}
	for _, n := range names {
		// Those of deliveries and trouble are there when there are any.
		if !strings.Contains(text, "\nperch_"+n+" ") && !strings.Contains(text, "\nperch_"+n+"{") && n != "archive_deliveries" && n != "archive_trouble" {
			t.Errorf("perch_%s is not served", n)
		}
	}
	get(t, "http://"+s.Addresses().Metrics+"/users", http.StatusNotFound)
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != status {
		t.Fatalf("%s: %s, %v", url, a.Status, err)
	}
	return string(b)
}
