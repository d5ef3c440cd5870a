package admin

import (
	"net/http"
	"strconv"

	"perch/chat"
	"perch/filestore"
	"perch/front/admin/api"
)

// files is the file service, if there is one.
func (s *Server) files() (*filestore.Service, error) {
	if s.cfg.Files == nil {
		return nil, chat.E(chat.KindNotSupported, "this server has no file service: set web.listen in its configuration")
	}
	return s.cfg.Files, nil
}

// fileStates are those that can be asked for, by name.
func fileStates() map[string]chat.FileState {
	out := map[string]chat.FileState{}
	for state := chat.FileUnfinished; state <= chat.FileQuarantined; state++ {
		out[state.String()] = state
	}
	return out
}

// listFiles lists files in one state.
func (s *Server) listFiles(r *http.Request) (any, error) {
	f, err := s.files()
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	state, ok := fileStates()[q.Get("state")]
	if !ok {
		return nil, chat.E(chat.KindInvalid, "the states are unfinished, waiting, clean and quarantined")
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil || n < 1 {
		return nil, chat.E(chat.KindInvalid, "limit is a number above 0")
	}
	list, err := f.List(r.Context(), state, q.Get("after"), n)
	out := []api.File{}
	for i := range list {
		out = append(out, s.file(&list[i]))
	}
	return out, err
}

func (s *Server) file(f *chat.File) api.File {
	out := api.File{ID: f.ID, Name: f.Name, Size: f.Size, SHA256: f.SHA256, Type: f.Type, State: f.State.String(), Reason: f.Reason, At: f.At.Std(), Posted: int64(f.Posted)}
	if p, ok := s.dir.FindPrincipal(f.Uploader); ok {
		out.Uploader = p.Name
	}
	if _, r, _, _ := s.rooms.MayTransfer(f.Uploader, f.Room, false); r != nil { // whether he may is of no interest here
		out.Room = r.Name
	}
	return out
}

// rescanFile has a file in quarantine scanned again.
func (s *Server) rescanFile(r *http.Request) (any, error) {
	f, err := s.files()
	if err != nil {
		return nil, err
	}
	return struct{}{}, f.Rescan(r.Context(), r.PathValue("id"))
}

// releaseFile lets a file in quarantine be downloaded.
func (s *Server) releaseFile(r *http.Request) (any, error) {
	f, err := s.files()
	if err != nil {
		return nil, err
	}
	return struct{}{}, f.Release(r.Context(), r.PathValue("id"))
}
