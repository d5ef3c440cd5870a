package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// pagePolicy is what a page of ours may load and do: nothing but its own files, and
// no script or style that stands in the page itself. An add-in's page is shown in
// a frame.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; " +
	"worker-src 'self'; font-src 'self'; manifest-src 'self'; frame-src %; frame-ancestors 'self'; form-action 'self'; base-uri 'none'; object-src 'none'"

// dataPolicy is for what is no page.
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// permissions are the browser's powers that no page of ours uses.
const permissions = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"

// secured sets the headers by which browsers protect what is served. Handlers may
// set stricter ones.
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", permissions)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Content-Security-Policy", dataPolicy)
			h.Set("Cache-Control", "no-store")
		} else {
			h.Set("X-Frame-Options", "SAMEORIGIN") // for browsers that know no frame-ancestors
			h.Set("Content-Security-Policy", strings.Replace(pagePolicy, "%", s.frames(), 1))
		}
		next.ServeHTTP(w, r)
	})
}

// frames are the sources of add-ins, as a policy names them.
func (s *Server) frames() string {
	var list []string
	for _, a := range s.rooms.Addins() {
		u, err := url.Parse(a.URL)
		if err != nil || u.Host == "" || strings.ContainsFunc(u.Host, notHost) || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		if source := u.Scheme + "://" + u.Host; !slices.Contains(list, source) {
			list = append(list, source)
		}
	}
	if len(list) == 0 {
		return "'none'"
	}
	return strings.Join(list, " ")
}

// notHost finds what would mean something in a policy.
func notHost(c rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_", c)
}

// sameOrigin says whether a request comes from a page of ours, or from a program
// that is no browser. It is for what http.CrossOriginProtection lets pass because
// it is a GET: a WebSocket that is opened with a cookie.
func (s *Server) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || s.cfg.URL != "" && strings.EqualFold(origin, s.cfg.URL)
}
