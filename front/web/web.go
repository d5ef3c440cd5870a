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
	"net/netip"
	"sync"
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
	Secure                bool               // browsers reach it by TLS
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

	Sessions  Sessions
	Notice    string                            // text that people must see before they sign in
	URL       string                            // that browsers reach it under, if that is not what requests name
	Proxies   []netip.Prefix                    // whose word about where a request comes from is taken
	Failures  int                               // sign-ins that may fail a minute from one address; 0: any number
	Providers []Provider                        // who vouch for users
	Duties    func(operator string) []chat.Duty // of a user, by address; nil: nobody has any
	Admin     http.Handler                      // administration; nil: it is not reached over the web
	Now       func() time.Time
	Log       *slog.Logger
}

// Store is what the front end keeps its own things in.
type Store interface {
	chat.Belongings
	chat.Passes
	Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error)
	FindFile(ctx context.Context, id string) (chat.File, error)
	Identity() string
}

// Server serves the API and the client. It implements http.Handler.
//
// Goroutines: one that ends sessions whose time is over, and short ones that see
// who is still signed in after a change; Start begins them, Stop waits for them.
type Server struct {
	cfg     Config
	dir     *directory.Service
	rooms   *channel.Service
	store   Store
	cookies *scs.SessionManager
	origins *http.CrossOriginProtection
	mux     *http.ServeMux
	handler http.Handler // mux, and what stands before it

	residents residents
	hub       hub
	encoding  channel.Encoding // of events

	addresses  *addresses
	dependents dependents
	unwatch    func()
	stop       chan struct{}
	wg         sync.WaitGroup
	once       sync.Once
}

// New returns the front end.
func New(cfg Config, dir *directory.Service, rooms *channel.Service, store Store) *Server {
	s := &Server{cfg: cfg, dir: dir, rooms: rooms, store: store, mux: http.NewServeMux(), origins: http.NewCrossOriginProtection(), stop: make(chan struct{})}
	s.residents.init()
	s.hub.init(s)
	s.encoding.Encode = s.encode
	s.cookies = s.newCookies()
	s.addresses = newAddresses(cfg.Failures)
	if cfg.URL != "" {
		if err := s.origins.AddTrustedOrigin(cfg.URL); err != nil {
			cfg.Log.Warn("web.url is no origin", slog.Any("error", err))
		}
	}
	strict := api.NewStrictHandlerWithOptions(s, []api.StrictMiddlewareFunc{checkScope}, api.StrictHTTPServerOptions{
		RequestErrorHandlerFunc: s.malformed, ResponseErrorHandlerFunc: s.refuse,
	})
	api.HandlerWithOptions(strict, api.StdHTTPServerOptions{
		BaseURL: Base, BaseRouter: s.mux, ErrorHandlerFunc: s.malformed, Middlewares: []api.MiddlewareFunc{s.onlyJSON},
	})
	s.mux.Handle("GET "+Base+"/events", s.permitted("openEvents", s.openEvents))
	s.routeFiles()
	s.serveProviders()
	if cfg.Admin != nil {
		s.mux.Handle(adminBase+"/", s.administration(cfg.Admin))
	}
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, chat.E(chat.KindNoSuchObject, "there is no "+r.Method+" "+r.URL.Path+" here"))
	})
	s.mux.Handle("/", s.assets())
	s.handler = s.secured(s.authenticate(s.mux))
	return s
}

// Start begins to watch who is signed in, presence, the sealed archive and what is
// not used any more.
func (s *Server) Start() {
	s.startSignIns()
	s.hub.start()
}

// Stop closes every WebSocket and session, and waits for their goroutines. It is
// idempotent.
func (s *Server) Stop(ctx context.Context) error {
	s.stopSignIns()
	err := s.hub.stop(ctx)
	s.residents.closeUnused(time.Time{})
	return err
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handler.ServeHTTP(w, r)
}
