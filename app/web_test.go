package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
)

// visit is a browser's request.
func visit(t *testing.T, c *http.Client, method, url string, body any) (int, string) {
	t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestDemo: the demo says first where the web client is, and who signs in there
// with what; alice administers, others do not.
func TestDemo(t *testing.T) {
	a := start(t, local(t, t.TempDir()))
	var out bytes.Buffer
	if err := a.Demo(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	first := regexp.MustCompile(`[a-z]+://\S+|\d+\.\d+\.\d+\.\d+:\d+`).FindString(out.String())
	if first != "http://"+a.Addresses().Web+"/" {
		t.Errorf("the first address is %q in\n%s", first, out.String())
	}
	users := regexp.MustCompile(`(\w+)@localhost +(\S+)`).FindAllStringSubmatch(out.String(), -1)
	if len(users) < 4 {
		t.Fatalf("users %v in\n%s", users, out.String())
	}
	for _, u := range users[:4] {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		c := &http.Client{Jar: jar}
		if status, text := visit(t, c, http.MethodPost, first+"api/v1/session", map[string]string{"user": u[1], "password": u[2]}); status != http.StatusOK {
			t.Errorf("%s: %d %s", u[1], status, text)
		}
		status, text := visit(t, c, http.MethodGet, first+"api/v1/admin/status", nil)
		want := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[u[1] == "alice"]
		if status != want || want == http.StatusForbidden && !strings.Contains(text, "it takes the duty") {
			t.Errorf("%s asks for the status: %d %s", u[1], status, text)
		}
	}
}
