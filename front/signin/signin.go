package signin

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"perch/chat"
	"perch/directory"
	"perch/sip"
	"perch/sip/auth"
	"perch/sip/ua"
)

// Directory is what signing in needs of the directory.
type Directory interface {
	chat.Directory
	// NTHash finds the user who signs in under a login name, and his secret.
	NTHash(ctx context.Context, login, domain string) (chat.Principal, []byte, error)
	// BeginTry says that somebody tries to prove himself under a login name, or why
	// that is not looked at (KindLimit, KindBusy). The others end the try: one that
	// was good, one that was not, which may lock the name out, and one of which
	// nobody can say.
	BeginTry(login string) error
	TrySucceeded(login string)
	TryFailed(ctx context.Context, login string) (locked bool)
	DropTry(login string)
}

// Store is what is kept of users' belongings, and where sign-ins are recorded.
type Store interface {
	chat.Belongings
	Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error)
}

// Config is what the front end needs to know.
type Config struct {
	Domain  string
	Host    string // our host name, in challenges and diagnostics
	PoolURI string
	// Settings are those that hold now; see SettingsChanged.
	Settings   func() chat.Settings
	NTLM, None bool // accepted ways to sign in
	Expires    int  // longest registration in seconds; 0: 7200
	KeepAlive  int  // seconds; 0: 300
	Rand       io.Reader
	Now        func() time.Time
	Log        *slog.Logger
	// Drop ends a user's dialogs and connections (ua.Stack.DropUser).
	Drop func(user string)
	// Gone is told when an endpoint's registration has ended.
	Gone func(user chat.PrincipalID, endpoint string)
	// Apart says whether an ethical wall stands between two users; nil: there is none.
	Apart func(a, b chat.PrincipalID) bool
	// Followed is told the addresses of all the rooms that a user follows.
	Followed func(ctx context.Context, user chat.PrincipalID, rooms []string) error
}

// Service is the front end. It implements ua.Guard and ua.Handler.
//
// Goroutines: one sweep, started by Start and waited for by Stop. Lock order:
// registrar.mu before presences.mu before subscriptions.mu, elsewhere.mu by itself; none is held while
// the store or a dialog is called.
type Service struct {
	cfg       Config
	dir       Directory
	store     Store
	ntlm      auth.NTLM
	registrar registrar
	presences presences
	elsewhere elsewhere
	subs      subscriptions
	following sync.Mutex // keeps what Followed is told in order
	limiter   limiter
	unread    directory.Unread
	methods   map[sip.Method]func(r *ua.Request)
	events    map[string]func(r *ua.Request, user chat.Principal)
	unwatch   func()
	stop      chan struct{}
	wg        sync.WaitGroup
	once      sync.Once
}

const subscriptionExpires = 28800

// New returns a front end that is not started.
func New(cfg Config, dir Directory, store Store) *Service {
	if cfg.Expires == 0 {
		cfg.Expires = 7200
	}
	if cfg.KeepAlive == 0 {
		cfg.KeepAlive = 300
	}
	s := &Service{cfg: cfg, dir: dir, store: store, stop: make(chan struct{})}
	s.ntlm = auth.NTLM{Target: cfg.Host, Domain: cfg.Domain, Rand: cfg.Rand}
	s.registrar.init()
	s.presences.init()
	s.elsewhere.init()
	s.subs.init()
	s.limiter.init()
	s.methods = map[sip.Method]func(r *ua.Request){
		sip.REGISTER: s.register, sip.SUBSCRIBE: s.subscribe, sip.SERVICE: s.service, sip.OPTIONS: s.options,
		sip.INVITE: s.unreachable, sip.MESSAGE: s.unreachable, sip.NOTIFY: s.accepted, sip.BENOTIFY: func(*ua.Request) {},
	}
	s.events = map[string]func(r *ua.Request, user chat.Principal){
		eventProvisioning: s.subscribeProvisioning, eventContacts: s.subscribeContacts,
		eventSelf: s.subscribeSelf, eventPresence: s.subscribePresence,
	}
	return s
}

// Start begins to watch the directory and the clock.
func (s *Service) Start() {
	s.unwatch = s.dir.Watch(s.principalChanged)
	s.wg.Go(s.sweepLoop)
}

// Stop ends the sweep. It is idempotent.
func (s *Service) Stop() {
	s.once.Do(func() {
		if s.unwatch != nil {
			s.unwatch()
		}
		close(s.stop)
	})
	s.wg.Wait()
	s.recordUnread()
}

// recordUnread puts on record what was refused without a look at it.
func (s *Service) recordUnread() {
	if err := s.unread.Record(context.Background(), s.store, s.cfg.Now()); err != nil {
		s.cfg.Log.Error("refused sign-ins are not on record yet", slog.Any("error", err))
	}
}

func (s *Service) sweepLoop() {
	tick, minute := time.NewTicker(time.Second), time.NewTicker(time.Minute)
	defer tick.Stop()
	defer minute.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.expireBindings()
			s.expirePublications()
			s.limiter.sweep(s.cfg.Now())
		case <-minute.C:
			s.recordUnread()
		}
	}
}

// ServeSIP serves requests outside of dialogs.
func (s *Service) ServeSIP(r *ua.Request) {
	if do := s.methods[r.Method]; do != nil {
		do(r)
		return
	}
	r.Respond(501, "", []sip.Header{{Name: "Allow", Value: allow}}, nil)
}

const allow = "REGISTER, SUBSCRIBE, SERVICE, INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, MESSAGE, NOTIFY"

func (s *Service) options(r *ua.Request) {
	r.Respond(200, "", []sip.Header{{Name: "Allow", Value: allow}, {Name: "Accept", Value: "application/sdp, text/plain"}}, nil)
}

func (s *Service) accepted(r *ua.Request) { r.Respond(200, "", nil, nil) }

// unreachable answers what is meant for a person: Perch carries no
// person-to-person messages (SIPE 8).
func (s *Service) unreachable(r *ua.Request) {
	aor, err := sip.CanonicalAOR(r.URI)
	if _, known := s.dir.FindURI(aor); err != nil || !known {
		r.Respond(404, "", nil, nil)
		return
	}
	r.Respond(480, "", s.diagnostics(0, "this server carries chat rooms only"), nil)
}

// diagnostics is an ms-diagnostics header.
func (s *Service) diagnostics(number int, why string) []sip.Header {
	return []sip.Header{{Name: "ms-diagnostics", Value: strconv.Itoa(number) + `;reason="` + why + `";source="` + s.cfg.Host + `"`}}
}

// principalChanged follows the directory: who is gone is cut off, who's policy
// changed is told.
func (s *Service) principalChanged(c chat.PrincipalChange) {
	p, found := s.dir.FindPrincipal(c.ID)
	if c.Gone {
		for _, b := range s.registrar.ofID(c.ID) {
			s.wg.Go(func() { s.cutOff(b) })
		}
		return
	}
	if found && p.Kind == chat.KindUser && c.Rights {
		s.notifyProvisioning(p)
	}
}

// cutOff ends everything of a binding whose user is no longer served.
func (s *Service) cutOff(b *binding) {
	s.cfg.Log.Info("user cut off", slog.String("principal", b.user.URI))
	s.cfg.Drop(b.user.URI)
	if s.registrar.only(b) {
		b.conn.Close("the user was disabled or deleted")
	}
	s.unbind(b, "rejected")
}

// record writes one entry of the journal and waits until it is on disk.
func (s *Service) record(kind chat.EntryKind, user chat.Principal, endpoint, cause, detail string) error {
	e := chat.Entry{Kind: kind, At: chat.At(s.cfg.Now()), Actor: user.ID, ActorURI: user.URI, ActorName: user.DisplayName, Endpoint: endpoint, Cause: cause, Detail: detail}
	_, err := s.store.Append(context.Background(), chat.Batch{Entries: []chat.Entry{e}})
	if err != nil {
		s.cfg.Log.Error("the journal refused an entry", slog.String("principal", user.URI), slog.Any("error", err))
	}
	return err
}
