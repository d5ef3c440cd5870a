// Package admin is the administrators' front end: JSON over HTTP on a Unix
// socket in the data folder, which only the folder's owner can reach. Who
// reaches it acts as an administrator, bound by no scope.
//
// It translates names to principals and rooms and back, and decides nothing.
package admin

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/compliance"
	"perch/directory"
	"perch/filestore"
	"perch/front/admin/api"
	"perch/settings"
	"perch/webhook"
)

// Config is what the front end needs to know.
type Config struct {
	Domain, Version string
	Server          string // this server's name in its pool
	Log             *slog.Logger
	Now             func() time.Time
	Connections     func() (connections, dialogs int)
	Files           *filestore.Service // nil: there is none
	Webhooks        *webhook.Service
	WebURL          func() string // where the web listener is reached
	// Sealed reads where the sealed archive is and what opens it; nil: there is none.
	Sealed func() (Sealed, error)
}

// Server serves administration. It implements http.Handler.
type Server struct {
	cfg      Config
	dir      *directory.Service
	rooms    *channel.Service
	settings *settings.Service
	archive  *compliance.Service // nil: it does not run
	store    Store
	mux      *http.ServeMux
	started  time.Time

	change sync.Mutex // held through changes that read what is there first
}

// Store is what administration reads beside the services.
type Store interface {
	chat.Journal
	chat.Messages
}

// handler serves one route: it returns what to answer as JSON.
type handler func(r *http.Request) (any, error)

// New returns the front end. archive is nil where the Compliance service does not
// run.
func New(cfg Config, dir *directory.Service, rooms *channel.Service, conf *settings.Service, archive *compliance.Service, store Store) *Server {
	s := &Server{cfg: cfg, dir: dir, rooms: rooms, settings: conf, archive: archive, store: store, mux: http.NewServeMux(), started: cfg.Now()}
	for pattern, h := range map[string]handler{
		"GET /users":                      s.listUsers,
		"POST /users":                     s.addUsers,
		"GET /users/{who}":                s.showUser,
		"PATCH /users/{who}":              s.changeUser,
		"DELETE /users/{who}":             s.deleteUser,
		"POST /users/{who}/unlock":        s.unlockUser,
		"GET /users/{who}/sessions":       s.listSessions,
		"POST /users/{who}/sign-out":      s.signOut,
		"GET /tokens":                     s.listTokens,
		"POST /tokens":                    s.addToken,
		"DELETE /tokens/{id}":             s.deleteToken,
		"GET /groups":                     s.listGroups,
		"POST /groups":                    s.addGroup,
		"GET /groups/{who}":               s.showGroup,
		"DELETE /groups/{who}":            s.deleteGroup,
		"POST /groups/{who}/join":         s.joinGroup,
		"POST /groups/{who}/leave":        s.leaveGroup,
		"GET /categories":                 s.listCategories,
		"POST /categories":                s.addCategory,
		"GET /categories/{name}":          s.showCategory,
		"PATCH /categories/{name}":        s.changeCategory,
		"DELETE /categories/{name}":       s.deleteCategory,
		"GET /rooms":                      s.listRooms,
		"POST /rooms":                     s.addRooms,
		"GET /rooms/{room}":               s.showRoom,
		"PATCH /rooms/{room}":             s.changeRoom,
		"DELETE /rooms/{room}":            s.deleteRoom,
		"GET /rooms/{room}/messages":      s.messages,
		"POST /grants":                    s.grant,
		"POST /rooms/{room}/search":       s.searchMessages,
		"POST /rooms/{room}/change":       s.changeMessages,
		"POST /rooms/{room}/purge":        s.purge,
		"GET /usage":                      s.usage,
		"POST /import":                    s.importData,
		"GET /eligible":                   s.eligible,
		"POST /categories/{name}/preview": s.previewScope,
		"POST /groups/{who}/preview":      s.previewGroup,
		"GET /policies":                   s.listPolicies,
		"GET /policies/{name}":            s.showPolicy,
		"PUT /policies/{name}":            s.setPolicy,
		"DELETE /policies/{name}":         s.deletePolicy,
		"POST /policy-grants":             s.grantPolicies,
		"GET /users/{who}/policy":         s.effectivePolicy,
		"GET /settings":                   s.listSettings,
		"GET /settings/{scope}":           s.showSettings,
		"PUT /settings/{scope}":           s.setSettings,
		"DELETE /settings/{scope}":        s.deleteSettings,
		"GET /compliance":                 s.listCompliance,
		"GET /compliance/{scope}":         s.showCompliance,
		"PUT /compliance/{scope}":         s.setCompliance,
		"DELETE /compliance/{scope}":      s.deleteCompliance,
		"GET /archive":                    s.archiveStatus,
		"GET /archive/records":            s.records,
		"GET /archive/prove":              s.archiveProve,
		"GET /archive/room":               s.archiveRoom,
		"GET /archive/contacts":           s.archiveContacts,
		"POST /archive/run":               s.archiveRun,
		"GET /archive/rules":              s.archiveRules,
		"POST /archive/acts":              s.putAct,
		"POST /archive/expire":            s.expire,
		"POST /archive/redeliver":         s.redeliver,
		"GET /duties":                     s.listDuties,
		"POST /duties":                    s.grantDuty,
		"POST /glass":                     s.askGlass,
		"POST /glass/{id}/approve":        s.approveGlass,
		"GET /endpoints":                  s.listEndpoints,
		"POST /endpoints":                 s.addEndpoint,
		"DELETE /endpoints/{uri}":         s.deleteEndpoint,
		"GET /pool":                       s.showPool,
		"PATCH /pool":                     s.setPool,
		"GET /addins":                     s.listAddins,
		"POST /addins":                    s.addAddin,
		"GET /addins/{name}":              s.showAddin,
		"PATCH /addins/{name}":            s.changeAddin,
		"DELETE /addins/{name}":           s.deleteAddin,
		"GET /walls":                      s.listWalls,
		"POST /walls":                     s.addWall,
		"GET /walls/{name}":               s.showWall,
		"DELETE /walls/{name}":            s.deleteWall,
		"GET /webhooks":                   s.listWebhooks,
		"POST /webhooks":                  s.addWebhook,
		"DELETE /webhooks/{id}":           s.deleteWebhook,
		"GET /files":                      s.listFiles,
		"POST /files/{id}/rescan":         s.rescanFile,
		"POST /files/{id}/release":        s.releaseFile,
		"GET /explain":                    s.explain,
		"GET /status":                     s.status,
		"POST /free-memory":               s.freeMemory,
	} {
		s.mux.HandleFunc(pattern, s.serve(h))
	}
	s.mux.Handle("GET /metrics", s.guard(s.Metrics().ServeHTTP))
	s.mux.Handle("GET /rights", s.guard(s.rights))
	s.mux.Handle("GET /archive/case", s.guard(s.archiveCase))
	s.mux.Handle("GET /export", s.guard(s.export))
	// Profiles are for whoever may read the socket: see docs/admin.md.
	s.mux.Handle("GET /debug/pprof/", s.guard(pprof.Index))
	s.mux.Handle("GET /debug/pprof/profile", s.guard(pprof.Profile))
	s.mux.Handle("GET /debug/pprof/trace", s.guard(pprof.Trace))
	return s
}

// maxBody bounds a request; a bulk of some thousand rooms fits.
const maxBody = 64 << 20

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	most := int64(maxBody)
	if r.URL.Path == "/import" {
		most = maxImport
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	s.mux.ServeHTTP(w, r)
}

func (s *Server) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var answer any
		r = noting(r)
		err := s.may(r)
		if err == nil {
			answer, err = h(r)
		}
		if failed := s.record(r, err); failed != nil {
			err = failed
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			s.cfg.Log.Debug("administration: the client went away", slog.Any("error", err))
		}
	}
}

// guard serves what answers by itself to whoever has the duty.
func (s *Server) guard(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.may(r); err != nil {
			if failed := s.record(r, err); failed != nil {
				err = failed
			}
			s.refuse(w, r, err)
			return
		}
		h(w, r)
	})
}

// refuse answers with an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if chat.KindOf(err) == chat.KindUnknown || chat.KindOf(err) == chat.KindDatabase {
		s.cfg.Log.Error("administration failed", slog.String("request", r.Method+" "+r.URL.Path), slog.Any("error", err))
	}
	var body any = api.Error{Error: chat.TextOf(err)}
	if c, ok := errors.AsType[*collision](err); ok {
		body = api.Collision{Error: chat.TextOf(err), Code: "collision", Current: c.now}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(statusOf(chat.KindOf(err)))
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.cfg.Log.Debug("administration: the client went away", slog.Any("error", err))
	}
}

// collision is the refusal of a change of what somebody else has changed meanwhile.
type collision struct {
	why error
	now any // as it is now
}

func (c *collision) Error() string { return c.why.Error() }
func (c *collision) Unwrap() error { return c.why }

// collided adds to a collision how the thing is now; other errors stay.
func collided(err error, now func() (any, error)) error {
	if chat.KindOf(err) != chat.KindCollision {
		return err
	}
	current, failed := now()
	if failed != nil {
		return failed
	}
	return &collision{err, current}
}

// merged makes a change that reads a thing and stores it whole. One that names no
// version is made anew if somebody else was faster, so that it overwrites only what it
// names; one that does is refused with how the thing is now. What nobody has set yet
// has no version: there, the lock keeps changes apart.
func (s *Server) merged(version int64, now, change func() (any, error)) (any, error) {
	s.change.Lock()
	defer s.change.Unlock()
	const tries = 4
	for n := 1; ; n++ {
		switch out, err := change(); {
		case err == nil:
			return out, nil
		case chat.KindOf(err) != chat.KindCollision:
			return nil, err
		case version != 0 || n == tries:
			return nil, collided(err, now)
		}
	}
}

// statusOf is the HTTP status of a kind of error.
func statusOf(k chat.Kind) int {
	switch k {
	case chat.KindUnknown:
		return http.StatusInternalServerError
	case chat.KindDatabase, chat.KindBusy:
		return http.StatusServiceUnavailable
	case chat.KindCollision, chat.KindDuplicateName, chat.KindDuplicateAddin, chat.KindNotEmpty, chat.KindAlreadyDefined:
		return http.StatusConflict
	case chat.KindNoSuchRoom, chat.KindNoSuchPrincipal, chat.KindNoSuchCategory, chat.KindNoSuchObject:
		return http.StatusNotFound
	case chat.KindForbidden, chat.KindCannotCreate:
		return http.StatusForbidden
	case chat.KindInvalid, chat.KindLimit, chat.KindTooLarge, chat.KindNotSupported, chat.KindDisabled, chat.KindHierarchy,
		chat.KindNoParticipantList, chat.KindNotJoined, chat.KindInvalidToken, chat.KindNotInScope, chat.KindPresenterNotMember:
	}
	return http.StatusBadRequest
}

// read decodes a request's JSON body.
func read[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil && !errors.Is(err, io.EOF) {
		return v, chat.E(chat.KindInvalid, "the request is not the JSON that is expected: "+err.Error())
	}
	return v, nil
}

// ids resolves names of principals.
func (s *Server) ids(names []string) ([]chat.PrincipalID, error) {
	out := make([]chat.PrincipalID, len(names))
	for i, n := range names {
		p, err := s.dir.Find(n)
		if err != nil {
			return nil, err
		}
		out[i] = p.ID
	}
	return out, nil
}

// names shows principals.
func (s *Server) names(ids []chat.PrincipalID) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if p, ok := s.dir.FindPrincipal(id); ok {
			out = append(out, p.Name)
		}
	}
	return out
}

func (s *Server) status(r *http.Request) (any, error) {
	st := s.rooms.Status()
	head, err := s.store.JournalHead(r.Context())
	if err != nil {
		return nil, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	connections, dialogs := s.cfg.Connections()
	return api.Status{
		Version: s.cfg.Version, PID: os.Getpid(), Domain: s.cfg.Domain, Started: s.started, Users: len(s.dir.List(chat.KindUser)),
		Categories: st.Categories, Rooms: st.Rooms, LiveRooms: st.LiveRooms, Connections: connections, Dialogs: dialogs,
		Sessions: st.Sessions, Participants: st.Participants, Posts: st.Posts, Waiting: st.Waiting, JournalHead: int64(head), MemoryBytes: m.Sys - m.HeapReleased,
	}, nil
}

// freeMemory collects garbage and returns memory to the system, so that what a
// server needs can be measured.
func (s *Server) freeMemory(*http.Request) (any, error) {
	debug.FreeOSMemory()
	return struct{}{}, nil
}

func (s *Server) explain(r *http.Request) (any, error) {
	return s.explanation(r.FormValue("user"), r.FormValue("action"), r.FormValue("room"))
}
