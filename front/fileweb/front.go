package fileweb

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"perch/chat"
	"perch/filestore"
)

// Path is where the service stands on its host.
const Path = "/PersistentChat/MGCWebService.asmx"

// Front serves the file service.
type Front struct {
	files *filestore.Service
	log   *slog.Logger
	table map[string]operation
}

// operation carries out one call and returns its result, or nil for none.
type operation func(ctx context.Context, f *filestore.Service, c *call) (any, error)

// New returns a front end that is ready to serve.
func New(files *filestore.Service, log *slog.Logger) *Front {
	return &Front{files: files, log: log, table: operations()}
}

func operations() map[string]operation {
	return map[string]operation{
		"RequestUniqueFilenameWithExtension": requestUniqueFilename,
		"GetMaxFileSizeInKB":                 getMaxFileSize,
		"GetMaxRequestContentInKB":           getMaxRequestContent,
		"AppendChunk":                        appendChunk,
		"GetFileSize":                        getFileSize,
		"DownloadChunk":                      downloadChunk,
	}
}

// ServeHTTP answers one request.
func (s *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.EqualFold(r.URL.Path, Path):
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "This is a SOAP service for chat clients; it is called by POST.", http.StatusMethodNotAllowed)
		return
	}
	c, err := s.read(r)
	var result any
	if err == nil {
		result, err = s.table[c.operation](r.Context(), s.files, c)
	}
	switch k := chat.KindOf(err); {
	case r.Context().Err() != nil: // the client went away
	case err == nil:
		s.log.Debug("file service call", slog.String("operation", c.operation))
	case faultCode(k) == server && k != chat.KindBusy:
		s.log.Error("file service call failed", slog.String("client", r.RemoteAddr), slog.Any("error", err))
	default:
		s.log.Info("file service call refused", slog.String("client", r.RemoteAddr), slog.Any("error", err))
	}
	if err != nil {
		answer(w, http.StatusInternalServerError, fault(err))
		return
	}
	answer(w, http.StatusOK, response(c.operation, result))
}

func answer(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/xml; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away is its own loss
}
