package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"perch/channel"
	"perch/chat"
	"perch/compliance"
	"perch/directory"
	"perch/filestore"
	"perch/front/admin"
	"perch/front/chatsip"
	"perch/front/signin"
	"perch/settings"
	"perch/sip"
	"perch/sip/ua"
	"perch/store/sqlite"
	"perch/webhook"
)

// Listener is a place to accept connections.
type Listener struct {
	net.Listener
	Secure bool
}

// Options are what a server is made of. Tests give a store, listeners, a clock
// and randomness of their own; the program gives none of them.
type Options struct {
	Config    Config
	Store     chat.Store // nil: SQLite in the data folder, which is then locked
	Listeners []Listener // nil: those of the configuration
	Files     string     // with a Store: a folder for files; empty: there are none
	Now       func() time.Time
	Rand      io.Reader
	Log       *slog.Logger
	Version   string
}

// App is one server.
type App struct {
	opt       Options
	log       *slog.Logger
	steps     []step // what has been started, to be stopped in reverse
	once      sync.Once
	stopErr   error
	addresses Addresses
	started   time.Time
	store     chat.Store
	directory *directory.Service
	settings  *settings.Service
	archive   atomic.Pointer[compliance.Service] // nil: it does not run
	sealed    atomic.Pointer[sealer]             // nil: there is no sealed archive
	channel   *channel.Service
	files     *filestore.Service // nil: there is none
	blobs     filestore.Blobs    // nil: there is no file service
	webhooks  *webhook.Service
	signin    *signin.Service
	admin     atomic.Pointer[admin.Server] // nil until it is started
	chat      *chatsip.Front
	stack     *ua.Stack
}

// step is a named thing to stop.
type step struct {
	name string
	stop func(ctx context.Context) error
}

// stopTime bounds the stop of a server.
const stopTime = 10 * time.Second

// Start starts a server. When it returns, the server is ready; otherwise
// nothing of it is left.
func Start(ctx context.Context, opt Options) (*App, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	a := &App{opt: opt, log: opt.Log, started: opt.Now()}
	if err := a.start(ctx); err != nil {
		return nil, errors.Join(err, a.Stop())
	}
	return a, nil
}

func (a *App) onStop(name string, stop func(ctx context.Context) error) {
	a.steps = append(a.steps, step{name, stop})
}

func (a *App) start(ctx context.Context) error {
	c := &a.opt.Config
	var home *folder
	files := a.opt.Files
	if a.opt.Store == nil {
		var err error
		if home, err = openFolder(c.Data); err != nil {
			return err
		}
		a.onStop("data folder", func(context.Context) error { return home.close() })
		store, err := sqlite.Open(ctx, filepath.Join(c.Data, "perch.db"))
		if err != nil {
			return err
		}
		a.store, files = store, c.Data
		a.onStop("store", func(context.Context) error { return store.Close() })
	} else {
		a.store = a.opt.Store
	}
	if err := a.startServices(ctx); err != nil {
		return err
	}
	if err := a.startFiles(ctx, files); err != nil {
		return err
	}
	if err := a.startWebhooks(ctx); err != nil {
		return err
	}
	a.makeSignIn()
	if home != nil {
		if err := a.startWeb(ctx); err != nil {
			return err
		}
	}
	if err := a.startSIP(ctx); err != nil {
		return err
	}
	if home == nil {
		return nil
	}
	if err := a.startCompliance(ctx); err != nil {
		return err
	}
	if err := a.startAdmin(ctx); err != nil {
		return err
	}
	if err := home.writeAddresses(a.addresses); err != nil {
		return err
	}
	a.onStop("addresses.json", func(context.Context) error { return home.removeAddresses() })
	c.warn(a.log)
	a.log.Info("ready", slog.String("domain", c.Domain), slog.String("sip_tcp", a.addresses.TCP), slog.String("sip_tls", a.addresses.TLS), slog.String("web", a.addresses.Web), slog.String("data", c.Data))
	return nil
}

func (a *App) poolURI() string { return "sip:GC-1-PersistentChatService-1@" + a.opt.Config.Domain }
func (a *App) serverURI() string {
	return "sip:GC-1-PersistentChatService-1-server@" + a.opt.Config.Domain
}

func (a *App) startServices(ctx context.Context) error {
	c := &a.opt.Config
	var err error
	pool := cmp.Or(c.Pool, c.Domain)
	a.directory, err = directory.Open(ctx, directory.Config{
		Domain: c.Domain, Site: c.Site, Pool: pool, Lockout: directory.Lockout{Failures: c.Web.LockoutFailures, Minutes: c.Web.LockoutMinutes},
		Rand: a.opt.Rand, Now: a.opt.Now, Log: a.log,
	}, a.store)
	if err != nil {
		return err
	}
	a.settings, err = settings.Open(ctx, settings.Config{
		Site: c.Site, Pool: pool, Domain: c.Domain, Server: c.host(), Taken: a.taken,
		CheckCompliance: checkAdapters, RoomsPage: a.roomsPage, Now: a.opt.Now,
	}, a.store)
	if err != nil {
		return err
	}
	a.channel = channel.New(channel.Config{
		Limits: c.chatLimits(), Domain: c.Domain, DisplayName: c.DisplayName, Settings: a.settings.Settings, Behind: a.behind, Now: a.opt.Now, Log: a.log,
		WithoutTerms: !c.Compliance.SearchTerms,
	}, a.store, a.directory)
	a.settings.Watch(a.channel.SettingsChanged)
	if err := a.recordServer(ctx, chat.ServerStarted); err != nil {
		return err
	}
	a.onStop("journal", func(ctx context.Context) error { return a.recordServer(ctx, chat.ServerStopped) })
	if err := a.channel.Start(ctx); err != nil {
		return err
	}
	a.onStop("channel service", a.channel.Stop)
	return nil
}

// taken says whether an address belongs to somebody, or is one of the pool's own.
func (a *App) taken(uri string) bool {
	_, user := a.directory.FindURI(uri)
	return user || strings.EqualFold(uri, a.poolURI()) || strings.EqualFold(uri, a.serverURI())
}

// makeSignIn makes the sign-in front end, which the web asks for presence. It is
// started with SIP.
func (a *App) makeSignIn() {
	c := &a.opt.Config
	a.signin = signin.New(signin.Config{
		Domain: c.Domain, Host: c.host(), PoolURI: a.poolURI(), Settings: a.settings.Settings,
		NTLM: slices.Contains(c.SIP.Auth, "ntlm"), None: slices.Contains(c.SIP.Auth, "none"),
		Rand: a.opt.Rand, Now: a.opt.Now, Log: a.log,
		Drop: func(user string) { a.stack.DropUser(user) }, Gone: a.channel.Forget, Followed: a.channel.SetFollowed, Apart: a.channel.Apart,
	}, a.directory, a.store)
	a.channel.WatchWalls(a.signin.WallsChanged)
}

func (a *App) startSIP(ctx context.Context) error {
	c := &a.opt.Config
	a.chat = chatsip.New(chatsip.Config{
		Domain: c.Domain, Host: c.host(), PoolURI: a.poolURI(), ServerURI: a.serverURI(),
		SessionExpires: c.SIP.Session, Commands: c.Limits.WaitingCommands, Log: a.log, Now: a.opt.Now,
		Also: a.settings.Serves, Accepting: a.settings.Accepting, Files: a.files, FilesURL: a.filesURL,
	}, a.channel, a.directory)
	a.onStop("chat front end", a.chat.Stop)
	a.settings.Watch(a.signin.SettingsChanged)
	a.stack = ua.New(ua.Config{
		Guard: a.signin, Handler: router{a}, Log: a.log, Rand: a.opt.Rand,
		Limits: sip.Limits{Body: c.Limits.BodyBytes}, MaxOut: c.Limits.OutBytes, MaxConns: c.Limits.Connections,
	})
	a.signin.Start()
	a.onStop("sign-in front end", func(context.Context) error { a.signin.Stop(); return nil })
	a.onStop("SIP connections", a.stack.Stop)
	listeners, config, err := a.listen(ctx)
	if err != nil {
		return err
	}
	for _, l := range listeners {
		secure := config
		if !l.Secure {
			secure = nil
		}
		if err := a.stack.Serve(l, secure); err != nil {
			return err
		}
	}
	return nil
}

// listen opens the configured addresses.
func (a *App) listen(ctx context.Context) ([]Listener, *tls.Config, error) {
	c := &a.opt.Config
	if a.opt.Listeners != nil {
		return a.opt.Listeners, nil, nil
	}
	var out []Listener
	var config *tls.Config
	lc := net.ListenConfig{Control: shortSegments}
	for _, want := range []struct {
		key, addr string
		secure    bool
		at        *string
	}{{"sip.tcp", c.SIP.TCP, false, &a.addresses.TCP}, {"sip.tls", c.SIP.TLS, true, &a.addresses.TLS}} {
		if want.addr == "" {
			continue
		}
		l, err := lc.Listen(ctx, "tcp", want.addr)
		if err != nil {
			for _, l := range out {
				l.Close()
			}
			return nil, nil, fmt.Errorf("%s: %w (choose another address, or port 0 for any free one)", want.key, err)
		}
		out = append(out, Listener{l, want.secure})
		*want.at = l.Addr().String()
	}
	if c.SIP.TLS != "" {
		pair, err := c.certificate(a.opt.Now())
		if err != nil {
			for _, l := range out {
				l.Close()
			}
			return nil, nil, err
		}
		config = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	return out, config, nil
}

// shortSegments keeps segments on loopback, of 64 KiB otherwise, well below a
// window: a receiver whose first buffer is full of small messages grants less
// than one, and the sender then waits for seconds between probes (Linux 6.18;
// met with 120 dialogs on a connection, as a proxy on this machine has them).
// Real networks have shorter ones.
func shortSegments(_, _ string, raw syscall.RawConn) error {
	const segment = 16 << 10
	return raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, segment) // without it all works, too
	})
}

// startMetrics serves metrics where the configuration says, and nothing else.
func (a *App) startMetrics(ctx context.Context, handler http.Handler) error {
	addr := a.opt.Config.Metrics
	if addr == "" {
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("metrics: %w (choose another address)", err)
	}
	a.addresses.Metrics = l.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", handler)
	a.serveHTTP("metrics", l, &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second})
	return nil
}

// adminSocket opens the administration socket, which only the server's account
// can reach, and whom the configuration names beside it.
func (a *App) adminSocket(ctx context.Context) (net.Listener, string, error) {
	c := &a.opt.Config
	path, err := filepath.Abs(cmp.Or(c.AdminSocket, filepath.Join(c.Data, "admin.sock")))
	if err != nil {
		return nil, "", err
	}
	const longest = 100 // of a Unix socket's path
	switch {
	case len(path) > longest && c.AdminSocket != "":
		return nil, "", fmt.Errorf("the path of admin_socket has more than %d bytes", longest)
	case len(path) > longest:
		dir, err := os.MkdirTemp("", "perch-")
		if err != nil {
			return nil, "", err
		}
		a.onStop("admin folder", func(context.Context) error { return os.RemoveAll(dir) })
		path = filepath.Join(dir, "admin.sock")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("the old admin socket cannot be removed: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, "", fmt.Errorf("the admin socket cannot be opened: %w", err)
	}
	if err := permit(path, c.AdminGroup); err != nil {
		l.Close()
		return nil, "", err
	}
	return l, path, nil
}

// permit lets the socket's owner reach it, and a group's accounts if one is named.
func permit(path, group string) error {
	if group == "" {
		return os.Chmod(path, 0o600)
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return fmt.Errorf("admin_group: %w", err)
	}
	id, err := strconv.Atoi(g.Gid)
	if err == nil {
		err = os.Chown(path, -1, id)
	}
	if err != nil {
		return fmt.Errorf("admin_group %s: %w (is the server's account in that group?)", group, err)
	}
	return os.Chmod(path, 0o660)
}

// startAdmin serves administration.
func (a *App) startAdmin(ctx context.Context) error {
	l, path, err := a.adminSocket(ctx)
	if err != nil {
		return err
	}
	a.addresses.Admin = path
	handler := admin.New(admin.Config{
		Domain: a.opt.Config.Domain, Version: a.opt.Version, Server: a.opt.Config.host(), Log: a.log, Now: a.opt.Now,
		Sealed: a.sealedArchive(),
		Files:  a.files, Webhooks: a.webhooks, WebURL: a.webURL, Connections: func() (int, int) { st := a.stack.Stats(); return st.Connections, st.Dialogs },
	}, a.directory, a.channel, a.settings, a.archive.Load(), a.store)
	a.admin.Store(handler)
	if err := a.startMetrics(ctx, handler.Metrics()); err != nil {
		l.Close()
		return err
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ConnContext: admin.ConnContext}
	a.serveHTTP("administration", l, srv)
	return nil
}

// serveHTTP serves until the server stops.
func (a *App) serveHTTP(name string, l net.Listener, srv *http.Server) {
	done := make(chan struct{})
	go func() { // ends when the server is shut down, and is waited for there
		defer close(done)
		serve := srv.Serve
		if srv.TLSConfig != nil {
			serve = func(l net.Listener) error { return srv.ServeTLS(l, "", "") }
		}
		if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("an HTTP listener ended", slog.String("listener", name), slog.Any("error", err))
		}
	}()
	a.onStop(name, func(ctx context.Context) error {
		err := srv.Shutdown(ctx)
		<-done
		return err
	})
}

// router sends INVITEs for the pool to the chat front end and all else to the
// sign-in front end.
type router struct{ a *App }

func (t router) ServeSIP(r *ua.Request) {
	if r.Method == sip.INVITE && t.a.chat.Serves(r.URI) {
		t.a.chat.ServeInvite(r)
		return
	}
	t.a.signin.ServeSIP(r)
}

// Addresses are where the server is reached.
func (a *App) Addresses() Addresses { return a.addresses }

// Directory and Channel are the services, for tests and for the demo.
func (a *App) Directory() *directory.Service { return a.directory }

// Settings is the settings service.
func (a *App) Settings() *settings.Service { return a.settings }

// Channel is the Channel service.
func (a *App) Channel() *channel.Service { return a.channel }

// Stop stops what was started, last first, in bounded time. It is idempotent.
func (a *App) Stop() error {
	a.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		var errs []error
		for _, s := range slices.Backward(a.steps) {
			if err := s.stop(ctx); err != nil {
				errs = append(errs, fmt.Errorf("stopping the %s: %w", s.name, err))
			}
		}
		a.stopErr = errors.Join(errs...)
	})
	return a.stopErr
}
