package web

import (
	"crypto/sha1" //nolint:gosec // tus wants it, against damage, not against people
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"perch/chat"
	"perch/filestore"
	"perch/front/web/api"
)

// What is served of tus (https://tus.io/protocols/resumable-upload).
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,creation-with-upload,checksum,expiration,termination"
	tusChecksums  = "sha1,sha256"
	tusBody       = "application/offset+octet-stream"
	// statusChecksum: the bytes have not the checksum that the request says.
	statusChecksum = 460
)

// uploadsPath is where uploads that were begun are gone on with.
const uploadsPath = Base + "/uploads/"

// routeFiles serves what of files is not JSON.
func (s *Server) routeFiles() {
	const begin, one = Base + "/rooms/{room}/files", uploadsPath + "{file}"
	s.mux.HandleFunc("OPTIONS "+begin, s.tusOptions)
	s.mux.HandleFunc("OPTIONS "+one, s.tusOptions)
	s.mux.Handle("POST "+begin, s.permitted("createUpload", s.tus(s.createUpload)))
	s.mux.Handle("HEAD "+one, s.permitted("getUpload", s.tus(s.getUpload)))
	s.mux.Handle("PATCH "+one, s.permitted("continueUpload", s.tus(s.continueUpload)))
	s.mux.Handle("DELETE "+one, s.permitted("deleteUpload", s.tus(s.deleteUpload)))
	s.mux.Handle("POST "+one, s.permitted("continueUpload", s.tus(s.overrideUpload)))
	s.mux.Handle("GET "+Base+"/files/{file}/content", s.permitted("downloadFile", s.download))
}

// tusCall is one request about an upload.
type tusCall func(w http.ResponseWriter, r *http.Request, files *filestore.Service, c filestore.Caller) error

// tus serves requests of the version that is served, of who has signed in.
func (s *Server) tus(do tusCall) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Tus-Resumable", tusVersion)
		w.Header().Set("Cache-Control", "no-store")
		if r.Header.Get("Tus-Resumable") != tusVersion {
			w.Header().Set("Tus-Version", tusVersion)
			s.answer(w, http.StatusPreconditionFailed, api.Error{Error: "uploads are resumable ones by tus " + tusVersion + ": send the header Tus-Resumable", Code: "tus-version"})
			return
		}
		files, c, err := s.fileService(r.Context())
		if err == nil {
			if err = do(w, r, files, c); err != nil {
				drain(r, int64(files.MaxFileKB())<<10)
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, filestore.ErrType):
			s.answer(w, http.StatusUnsupportedMediaType, api.Error{Error: chat.TextOf(err), Code: "file-type"})
		case errors.Is(err, filestore.ErrChecksum):
			s.answer(w, statusChecksum, api.Error{Error: chat.TextOf(err), Code: "checksum"})
		case errors.Is(err, errBody):
			s.answer(w, http.StatusUnsupportedMediaType, api.Error{Error: err.Error(), Code: "content-type"})
		default:
			s.refuse(w, r, err)
		}
	}
}

// drain reads what a client still sends of a request that is refused: a browser
// that is in the middle of it sees a broken connection, tries again, and never the
// answer. A client that waits to be told to send is not told.
func drain(r *http.Request, most int64) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, most) // it may have gone
	}
}

var errBody = errors.New("the bytes of an upload come as " + tusBody)

// tusOptions tells what of tus is served, to everybody.
func (s *Server) tusOptions(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", tusExtensions)
	h.Set("Tus-Checksum-Algorithm", tusChecksums)
	if s.cfg.Files != nil {
		h.Set("Tus-Max-Size", strconv.FormatInt(int64(s.cfg.Files.MaxFileKB())<<10, 10))
	}
	w.WriteHeader(http.StatusNoContent)
}

// createUpload begins an upload, perhaps with its first bytes. If those cannot be
// taken in, the upload has begun all the same, and stands where it stands.
func (s *Server) createUpload(w http.ResponseWriter, r *http.Request, files *filestore.Service, c filestore.Caller) error {
	size, err := number(r, "Upload-Length")
	if err != nil {
		return err
	}
	name, err := fileName(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return err
	}
	room, err := s.rooms.RoomID(r.PathValue("room"))
	if err != nil {
		return err
	}
	first := r.Header.Get("Content-Type") == tusBody
	p, err := piece(w, r, 0)
	if err != nil {
		return err
	}
	u, err := files.Create(r.Context(), c, room, name, size)
	if err != nil {
		return err
	}
	location := uploadsPath + u.ID
	if first && size > 0 {
		u, err = files.Receive(r.Context(), c, u.ID, p)
	}
	if !errors.Is(err, filestore.ErrType) { // of which nothing is left
		w.Header().Set("Location", location)
	}
	if err != nil {
		return err
	}
	tusState(w, &u)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// getUpload tells where an upload stands.
func (s *Server) getUpload(w http.ResponseWriter, r *http.Request, files *filestore.Service, c filestore.Caller) error {
	u, err := files.Stands(r.Context(), c, r.PathValue("file"))
	if err != nil {
		return err
	}
	tusState(w, &u)
	w.Header().Set("Upload-Length", strconv.FormatInt(u.Size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

// continueUpload takes the next bytes in.
func (s *Server) continueUpload(w http.ResponseWriter, r *http.Request, files *filestore.Service, c filestore.Caller) error {
	if r.Header.Get("Content-Type") != tusBody {
		return errBody
	}
	offset, err := number(r, "Upload-Offset")
	if err != nil {
		return err
	}
	p, err := piece(w, r, offset)
	if err != nil {
		return err
	}
	u, err := files.Receive(r.Context(), c, r.PathValue("file"), p)
	if err != nil {
		return err
	}
	tusState(w, &u)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteUpload ends an upload.
func (s *Server) deleteUpload(w http.ResponseWriter, r *http.Request, files *filestore.Service, c filestore.Caller) error {
	if err := files.Abandon(r.Context(), c, r.PathValue("file")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// overrideUpload is for clients whose way here lets only GET and POST through.
func (s *Server) overrideUpload(w http.ResponseWriter, r *http.Request, files *filestore.Service, c filestore.Caller) error {
	switch r.Header.Get("X-Http-Method-Override") {
	case http.MethodPatch:
		return s.continueUpload(w, r, files, c)
	case http.MethodDelete:
		return s.deleteUpload(w, r, files, c)
	case http.MethodHead:
		return s.getUpload(w, r, files, c)
	}
	return chat.E(chat.KindInvalid, "an upload is gone on with by PATCH; where that does not get through, by POST with X-HTTP-Method-Override: PATCH")
}

// tusState says where an upload stands.
func tusState(w http.ResponseWriter, u *filestore.Upload) {
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	if u.Expires != 0 {
		w.Header().Set("Upload-Expires", u.Expires.Std().Format(http.TimeFormat))
	}
}

// number reads a header that is a number of bytes.
func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.Header.Get(name), 10, 64)
	if err != nil || n < 0 {
		return 0, chat.E(chat.KindInvalid, "the header "+name+" must be a number of bytes")
	}
	return n, nil
}

// fileName is the name in an upload's metadata: pairs of a key and a text in
// base64, with commas between them.
func fileName(metadata string) (string, error) {
	name := ""
	for pair := range strings.SplitSeq(metadata, ",") {
		key, text, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key != "filename" && (key != "name" || name != "") {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return "", chat.E(chat.KindInvalid, "in the header Upload-Metadata stands filename, and the name in base64")
		}
		name = string(raw)
	}
	return name, nil
}

// piece is what a request brings of an upload.
func piece(w http.ResponseWriter, r *http.Request, offset int64) (filestore.Piece, error) {
	p := filestore.Piece{Offset: offset, Length: r.ContentLength, Body: r.Body}
	connection := http.NewResponseController(w)
	p.Interrupt = func() { _ = connection.SetReadDeadline(time.Unix(1, 0)) } // one that cannot is waited for
	sum := r.Header.Get("Upload-Checksum")
	if sum == "" {
		return p, nil
	}
	algorithm, text, _ := strings.Cut(sum, " ")
	switch algorithm {
	case "sha1":
		p.Sum = sha1.New() //nolint:gosec // as above
	case "sha256":
		p.Sum = sha256.New()
	default:
		return p, chat.E(chat.KindInvalid, "the checksum of an upload is one of "+tusChecksums)
	}
	var err error
	if p.Want, err = base64.StdEncoding.DecodeString(text); err != nil || len(p.Want) != p.Sum.Size() {
		return p, chat.E(chat.KindInvalid, "in the header Upload-Checksum stands "+algorithm+", and the checksum in base64")
	}
	return p, nil
}
