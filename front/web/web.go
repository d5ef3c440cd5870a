// Package web is the web client's front end: the API that api/openapi.yaml
// describes, a WebSocket for what happens, and the client itself.
//
// It owns who is signed in by HTTP. It translates to the services and decides no
// right: that a caller may not see a thing and that it is not there look the same,
// because chat/access says so.
package web

import (
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"perch/channel"
	"perch/chat"
	"perch/directory"
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
	Secure                bool  // it is reached by TLS
	Client                fs.FS // the built web client; nil: it was not built
	Settings              func() chat.Settings
	Limits                chat.Limits
	Webhooks              *webhook.Service // nil: there are none
	Address               func() string    // that clients are told, without a path
	Now                   func() time.Time
	Log                   *slog.Logger
}

// Store is what the front end keeps its own things in.
type Store interface {
	chat.Belongings
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
}

// New returns the front end.
func New(cfg Config, dir *directory.Service, rooms *channel.Service, store Store) *Server {
	s := &Server{cfg: cfg, dir: dir, rooms: rooms, store: store, mux: http.NewServeMux()}
	s.cookies = s.newCookies()
	strict := api.NewStrictHandlerWithOptions(s, nil, api.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: s.malformed, ResponseErrorHandlerFunc: s.refuse,
	})
	api.HandlerWithOptions(strict, api.StdHTTPServerOptions{BaseURL: Base, BaseRouter: s.mux, ErrorHandlerFunc: s.malformed})
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, chat.E(chat.KindNoSuchObject, "there is no "+r.Method+" "+r.URL.Path+" here"))
	})
	s.mux.Handle("/", s.assets())
	return s
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.cookies.LoadAndSave(s.authenticate(s.mux)).ServeHTTP(w, r)
}
