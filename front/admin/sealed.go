package admin

import (
	"archive/zip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"perch/chat"
	"perch/compliance/seal"
	"perch/front/admin/api"
)

// Sealed is the sealed archive's folder with what opens it: officers read contents
// through the server, so that they need no right to its files and keys, and that
// each time is on record.
type Sealed struct {
	Dir                string
	PublicKey, Private string
	Content            []byte
}

// opened is the archive, or why there is none.
func (s *Server) opened() (Sealed, error) {
	if s.cfg.Sealed == nil {
		return Sealed{}, chat.E(chat.KindNotSupported, "this server has no sealed archive: set compliance.enabled and compliance.sealed in its configuration")
	}
	return s.cfg.Sealed()
}

// timeOf reads a time of a query; zero if there is none.
func timeOf(q url.Values, name string) (chat.Time, error) {
	text := q.Get(name)
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, chat.E(chat.KindInvalid, name+" is not a time")
	}
	return chat.At(t), nil
}

// failed makes what cannot be done with an archive the answer: its errors say what
// to do.
func failed(err error) error {
	if err == nil || chat.KindOf(err) != chat.KindUnknown {
		return err
	}
	return chat.E(chat.KindInvalid, err.Error())
}

// archiveProve makes the evidence for a leaf, by its index or its entry's number.
func (s *Server) archiveProve(r *http.Request) (any, error) {
	a, err := s.opened()
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	index, err := strconv.ParseInt(q.Get("index"), 10, 64)
	if entry := q.Get("entry"); entry != "" {
		var number int64
		if number, err = strconv.ParseInt(entry, 10, 64); err == nil {
			index, err = seal.IndexOf(a.Dir, a.PublicKey, number)
		}
	}
	if err != nil {
		return nil, failed(err)
	}
	e, err := seal.Prove(a.Dir, a.PublicKey, index, a.Content)
	return e, failed(err)
}

// archiveRoom reconstructs a room.
func (s *Server) archiveRoom(r *http.Request) (any, error) {
	a, err := s.opened()
	if err != nil {
		return nil, err
	}
	at, err := timeOf(r.URL.Query(), "at")
	if err != nil {
		return nil, err
	}
	past, err := seal.Reconstruct(r.Context(), a.Dir, a.PublicKey, a.Content, r.URL.Query().Get("room"), at)
	return past, failed(err)
}

// archiveContacts tells who of two sides could have talked to whom.
func (s *Server) archiveContacts(r *http.Request) (any, error) {
	a, err := s.opened()
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	from, err := timeOf(q, "from")
	if err != nil {
		return nil, err
	}
	until, err := timeOf(q, "until")
	if err != nil {
		return nil, err
	}
	contacts, refused, err := seal.Contacts(r.Context(), a.Dir, a.PublicKey, a.Content, q["a"], q["b"], from, until)
	return map[string]any{"contacts": contacts, "refused": refused}, failed(err)
}

// archiveCase exports a selection as a zip of the export's folder. It is on record
// before it is made.
func (s *Server) archiveCase(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var selection seal.Selection
	err := json.Unmarshal([]byte(q.Get("selection")), &selection)
	if err != nil {
		err = chat.E(chat.KindInvalid, "the selection is not the JSON that is expected: "+err.Error())
	}
	var a Sealed
	if err == nil {
		a, err = s.opened()
	}
	if err == nil {
		err = s.recordExport(r, q.Get("to"), selection)
	}
	var dir string
	if err == nil {
		dir, err = os.MkdirTemp(filepath.Dir(a.Dir), "archive-export-")
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a left-over is in the data folder, and is only a copy
	folder := filepath.Join(dir, "export")
	_, err = seal.Export(r.Context(), a.Dir, seal.ExportOptions{PublicKey: a.PublicKey, Content: a.Content, Private: a.Private}, selection, folder)
	if err != nil {
		s.refuse(w, r, failed(err))
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	if err := zipFolder(w, folder); err != nil {
		s.cfg.Log.Error("an export was cut short", "error", err)
		panic(http.ErrAbortHandler) // the client sees that the answer is not whole
	}
}

func zipFolder(w io.Writer, folder string) error {
	z := zip.NewWriter(w)
	if err := z.AddFS(os.DirFS(folder)); err != nil {
		return err
	}
	return z.Close()
}

// recordExport puts an export on record.
func (s *Server) recordExport(r *http.Request, to string, selection seal.Selection) error {
	text, err := json.Marshal(selection)
	if err != nil {
		return err
	}
	detail, err := json.Marshal(api.ArchiveExport{To: to, Selection: text})
	if err != nil {
		return err
	}
	e := chat.Entry{Kind: chat.EntryExport, At: chat.At(s.cfg.Now()), Detail: string(detail)}
	_, err = s.store.Append(r.Context(), chat.Batch{Entries: []chat.Entry{e}})
	return err
}
