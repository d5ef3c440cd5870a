// Package web is the web client's front end: the API that api/openapi.yaml
// describes, a WebSocket for what happens, and the client itself.
//
// It owns who is signed in by HTTP. It translates to the services and decides no
// right: that a caller may not see a thing and that it is not there look the same,
// because chat/access says so.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"perch/channel"
	"perch/chat"
	"perch/directory"
	"perch/filestore"
	"perch/front/web/api"
	"perch/webhook"
)

// Paths.
const (
	Base      = "/api/v1"             // of the API
	RoomsPage = "/PersistentChat/RM/" // of the page that old clients open to manage rooms (XCCOS 11)
)

// Config is what the front end needs beside the services.
type Config struct {
	Domain, Name, Version string
	Secure                bool               // it is reached by TLS
	Client                fs.FS              // the built web client; nil: it was not built
	Files                 *filestore.Service // nil: there are no files
	Settings              func() chat.Settings
	Limits                chat.Limits
	Webhooks              *webhook.Service // nil: there are none
	Address               func() string    // that clients are told, without a path
	Presences             Presences        // nil: there are no other front ends
	Archive               func() Archive   // nil: nothing is archived
	// Sealed is a time: of every message posted before it there is a signed record
	// in the sealed archive. False: there is none, or it cannot be told.
	Sealed func(ctx context.Context) (until time.Time, ok bool)
	// Prove makes the evidence of a message's record; nil: there is no sealed archive.
	Prove func(ctx context.Context, m *chat.Message) (string, error)
	Now   func() time.Time
	Log   *slog.Logger
}

// Store is what the front end keeps its own things in.
type Store interface {
	chat.Belongings
	FindFile(ctx context.Context, id string) (chat.File, error)
	Identity() string
}

// Server serves the API and the client. It implements http.Handler.
type Server struct {
	api.StrictServerInterface

	cfg     Config
	dir     *directory.Service
	rooms   *channel.Service
	store   Store
	cookies *scs.SessionManager
	mux     *http.ServeMux

	residents residents
	hub       hub
	encoding  channel.Encoding // of events
}

// New returns the front end.
func New(cfg Config, dir *directory.Service, rooms *channel.Service, store Store) *Server {
	s := &Server{cfg: cfg, dir: dir, rooms: rooms, store: store, mux: http.NewServeMux()}
	s.residents.init()
	s.hub.init(s)
	s.encoding.Encode = s.encode
	s.cookies = s.newCookies()
	strict := api.NewStrictHandlerWithOptions(s, nil, api.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: s.malformed, ResponseErrorHandlerFunc: s.refuse,
	})
	api.HandlerWithOptions(strict, api.StdHTTPServerOptions{BaseURL: Base, BaseRouter: s.mux, ErrorHandlerFunc: s.malformed, Middlewares: []api.MiddlewareFunc{bounded}})
	s.mux.HandleFunc("GET "+Base+"/events", s.openEvents)
	s.routeFiles()
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, chat.E(chat.KindNoSuchObject, "there is no "+r.Method+" "+r.URL.Path+" here"))
	})
	s.mux.Handle("/", s.assets())
	return s
}

// maxRequest bounds the body of a request, in bytes. Uploads have bounds of their
// own.
const maxRequest = 1 << 20

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		next.ServeHTTP(w, r)
	})
}

// Start begins to watch presence, the sealed archive and what is not used any more.
func (s *Server) Start() { s.hub.start() }

// Stop closes every WebSocket and session, and waits for their goroutines.
func (s *Server) Stop(ctx context.Context) error {
	err := s.hub.stop(ctx)
	s.residents.closeUnused(s.rooms, time.Time{})
	return err
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.cookies.LoadAndSave(s.authenticate(s.mux)).ServeHTTP(w, r)
}
