package web

import (
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// unbuilt is what stands in the client's place in a program that was built without it.
const unbuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Perch</title>
<p>This server was built without its web client. Run <code>make build</code>, which needs Node, and start it again.</p>
`

// assets serves the client: its files by name, which never change, and its one
// page for every other path; both compressed for those who take it, as nothing
// secret is in them.
func (s *Server) assets() http.Handler {
	if s.cfg.Client == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(unbuilt)) // the client may have gone
		})
	}
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			http.FileServerFS(s.cfg.Client).ServeHTTP(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, s.cfg.Client, "index.html")
	}))
}
