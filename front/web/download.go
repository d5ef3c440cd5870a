package web

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"perch/filestore"
)

// shown are the types of files that a page may show: images that hold no script.
var shown = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// stalled is how long a download may stand still.
const stalled = time.Minute

// download sends a file's bytes, or a range of them. They come as an attachment
// whose type nobody guesses, so that a page in it does not run as ours.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	files, c, err := s.fileService(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	content, err := files.Open(r.Context(), c, r.PathValue("file"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer content.Close() //nolint:errcheck // it was read
	h := w.Header()
	h.Set("ETag", `"`+content.SHA256+`"`)
	h.Set("Cache-Control", "private, no-cache") // a right that ended ends it there too
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	kind := "attachment"
	h.Set("Content-Type", "application/octet-stream")
	if on, _ := strconv.ParseBool(r.URL.Query().Get("inline")); on && slices.Contains(shown, content.Type) {
		kind = "inline"
		h.Set("Content-Type", content.Type)
	}
	h.Set("Content-Disposition", disposition(kind, content.Name))
	http.ServeContent(&recorder{ResponseWriter: w, s: s, r: r, content: content}, r, "", time.Time{}, content)
	if err := content.Failed(); err != nil && r.Context().Err() == nil {
		s.cfg.Log.Error("a download was broken off", slog.String("file", content.ID), slog.Any("error", err))
	}
}

// recorder puts a download on record before its first byte, and refuses it when
// that cannot be.
type recorder struct {
	http.ResponseWriter

	s       *Server
	r       *http.Request
	content *filestore.Content
	refused bool
}

// errRefused ends the copying of what was refused.
var errRefused = errors.New("the download was refused")

func (w *recorder) WriteHeader(status int) {
	if w.r.Method != http.MethodGet || status != http.StatusOK && status != http.StatusPartialContent {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	at, one := strings.CutPrefix(w.Header().Get("Content-Range"), "bytes ")
	if err := w.content.Record(!one || strings.HasPrefix(at, "0-")); err != nil {
		w.refused = true
		for _, name := range []string{"ETag", "Content-Disposition", "Content-Length", "Content-Range", "Accept-Ranges"} {
			w.Header().Del(name)
		}
		w.s.refuse(w.ResponseWriter, w.r, err)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.refused {
		return 0, errRefused
	}
	// A large file takes longer than other answers may.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(stalled)) // one without deadlines has none to put off
	return w.ResponseWriter.Write(p)
}

// disposition says what to do with a file, and its name: for all in ASCII, and in
// full (RFC 6266 4.3, RFC 8187 3.2).
func disposition(kind, name string) string {
	var plain, full strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			full.WriteByte(c)
			continue
		}
		const digits = "0123456789ABCDEF"
		full.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	for _, c := range name {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%/:*?<>|`, c) {
			c = '_'
		}
		plain.WriteRune(c)
	}
	out := kind + `; filename="` + plain.String() + `"`
	if plain.String() != name {
		out += "; filename*=UTF-8''" + full.String()
	}
	return out
}
