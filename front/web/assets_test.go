package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"perch/front/web"
)

// The client's files go over the wire compressed, and are the same for those who do not take that.
func TestAssetsAreCompressed(t *testing.T) {
	script := strings.Repeat("export const perch = 1;\n", 500)
	page := "<!doctype html><title>Perch</title>" + strings.Repeat("<p>x</p>", 400)
	w := inMemory(t, func(c *web.Config) {
		c.Client = fstest.MapFS{"index.html": {Data: []byte(page)}, "assets/index-1.js": {Data: []byte(script)}}
	})
	for path, want := range map[string]string{"/assets/index-1.js": script, "/room/whatever": page} {
		for _, takes := range []string{"gzip", "identity"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.http.URL+path, nil)
			w.must(err)
			r.Header.Set("Accept-Encoding", takes)
			answer, err := http.DefaultTransport.RoundTrip(r)
			w.must(err)
			defer answer.Body.Close()
			body := io.Reader(answer.Body)
			if takes == "gzip" {
				if e := answer.Header.Get("Content-Encoding"); e != "gzip" {
					t.Fatalf("%s: encoded as %q", path, e)
				}
				body, err = gzip.NewReader(answer.Body)
				w.must(err)
			} else if e := answer.Header.Get("Content-Encoding"); e != "" {
				t.Errorf("%s: encoded as %q for one who takes no gzip", path, e)
			}
			got, err := io.ReadAll(body)
			w.must(err)
			if string(got) != want {
				t.Errorf("%s by %s: %d bytes, not the %d of the file", path, takes, len(got), len(want))
			}
			if v := answer.Header.Get("Vary"); !strings.Contains(v, "Accept-Encoding") {
				t.Errorf("%s: Vary %q: a cache would mix the two up", path, v)
			}
		}
	}
}
