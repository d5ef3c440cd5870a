package channel

import (
	"context"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"perch/chat"
	"perch/chat/access"
)

// Config is what the service needs beside its store and directory.
type Config struct {
	Limits      chat.Limits // zero fields mean chat.DefaultLimits
	Domain      string      // of room addresses
	DisplayName string
	// Settings are those that hold now; they may change, see SettingsChanged.
	// Nil: chat.DefaultSettings.
	Settings func() chat.Settings
	// Behind says by how much the archive is too far behind, for categories that are
	// strict; zero if it is not. It is asked for each post there. Nil: it never is.
	Behind  func() time.Duration
	Workers int // room loops that run at once; 0: one a processor
	Now     func() time.Time
	Log     *slog.Logger
}

// Service is the Channel service of one server.
//
// Goroutines: one committer, Workers room workers, one reviewer and one gatherer
// are started by Start and waited for by Stop; so are the short ones that close
// a session.
//
// Locks, in the order they may be taken: catalog.change, Session.mu, Service.mu,
// liveRoom.mu, runQueue.mu, committer.mu; those of shelves, walls, the reviewer
// and the gatherer are taken last. None is held while an endpoint is called, and
// none but catalog.change while the store is.
type Service struct {
	cfg       Config
	store     chat.Store
	dir       chat.Directory
	catalog   catalog
	addins    *shelf[addinContent]
	wallShelf *shelf[wallContent]
	walls     walls
	feeds     *shelf[feedContent]
	commits   *committer
	queue     *runQueue
	review    reviewer
	gather    gatherer
	wg        sync.WaitGroup
	unwatch   func()
	posts     atomic.Int64
	onPosted  atomic.Pointer[func(chat.RoomID)]
	untaken   atomic.Int64 // posts since start that could not be journalled or archived

	mu       sync.Mutex // guards the fields below
	live     map[chat.RoomID]*liveRoom
	sessions map[*Session]struct{}
	byUser   map[chat.PrincipalID][]*Session // oldest first
	lost     map[seatKey][]string            // rooms of endpoints that lost their session
	started  bool
	stopped  bool
}

// seatKey names an endpoint of a user.
type seatKey struct {
	user     chat.PrincipalID
	endpoint string
}

// New returns a service that is not started.
func New(cfg Config, store chat.Store, dir chat.Directory) *Service {
	fillLimits(&cfg.Limits)
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	s := &Service{
		cfg: cfg, store: store, dir: dir, queue: newRunQueue(),
		live: map[chat.RoomID]*liveRoom{}, sessions: map[*Session]struct{}{},
		byUser: map[chat.PrincipalID][]*Session{}, lost: map[seatKey][]string{},
		addins: newShelf[addinContent](chat.ObjectAddin), wallShelf: newShelf[wallContent](chat.ObjectWall),
		feeds: newShelf[feedContent](chat.ObjectFeed),
	}
	s.commits = newCommitter(s)
	s.review.init()
	s.gather.init()
	return s
}

// settings are those that hold now.
func (s *Service) settings() chat.Settings {
	if s.cfg.Settings == nil {
		return chat.DefaultSettings()
	}
	return s.cfg.Settings()
}

// SettingsChanged makes live rooms follow the settings.
func (s *Service) SettingsChanged() {
	limit := s.settings().ParticipantUpdateLimit
	s.mu.Lock()
	live := slices.Collect(maps.Values(s.live))
	s.mu.Unlock()
	for _, l := range live {
		l.put(work{kind: workLimit, limit: limit})
	}
}

func fillLimits(l *chat.Limits) {
	d := chat.DefaultLimits()
	for _, f := range [...]struct {
		at *int
		or int
	}{
		{&l.MessageBytes, d.MessageBytes},
		{&l.StoryBytes, d.StoryBytes},
		{&l.RichBytes, d.RichBytes},
		{&l.SearchResults, d.SearchResults},
		{&l.HistoryRequest, d.HistoryRequest},
		{&l.WaitingPosts, d.WaitingPosts},
	} {
		if *f.at == 0 {
			*f.at = f.or
		}
	}
}

// Start reads the categories and rooms and begins to serve.
func (s *Service) Start(ctx context.Context) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.started = true
	s.mu.Unlock()
	var sources sync.WaitGroup // of what rooms have to do
	sources.Go(s.commits.run)
	sources.Go(func() { s.review.run(s) })
	s.wg.Go(func() {
		sources.Wait()
		s.queue.stop()
		s.gather.stop()
	})
	s.wg.Go(func() { s.gather.run(s) })
	s.gather.nudge()
	for range s.cfg.Workers {
		s.wg.Go(s.queue.work)
	}
	s.unwatch = s.dir.Watch(s.principalChanged)
	return nil
}

// load reads what is few and asked for often.
func (s *Service) load(ctx context.Context) (err error) {
	if err := s.catalog.load(ctx, s.store); err != nil {
		return err
	}
	for _, of := range [...]struct {
		kind chat.ObjectKind
		take func([]chat.Object) error
	}{{chat.ObjectAddin, s.addins.load}, {chat.ObjectWall, s.wallShelf.load}, {chat.ObjectFeed, s.feeds.load}} {
		objects, err := s.store.ListObjects(ctx, of.kind)
		if err != nil {
			return err
		}
		if err := of.take(objects); err != nil {
			return err
		}
	}
	s.gather.at, err = s.store.GatheredUpTo(ctx)
	s.gather.stored = s.gather.at
	return err
}

// Stop closes all sessions, lets what is queued reach the store, and waits for
// every goroutine. It is idempotent.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.stopped || !s.started {
		s.stopped = true
		s.mu.Unlock()
		return nil
	}
	s.stopped = true
	open := make([]*Session, 0, len(s.sessions))
	for x := range s.sessions {
		open = append(open, x)
	}
	s.mu.Unlock()
	s.unwatch()
	for _, x := range open {
		x.end(CauseShutdown)
	}
	s.review.stop()
	s.commits.stop()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }() // ends with the service's last goroutine
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return chat.Wrap(chat.KindUnknown, "the channel service did not stop in time", ctx.Err())
	}
}

// subject is a user as chat/access sees him.
func (s *Service) subject(user chat.PrincipalID) (access.Subject, bool) {
	p, ok := s.dir.FindPrincipal(user)
	if !ok {
		return access.Subject{}, false
	}
	up := s.dir.Affiliations(user)
	return access.Subject{User: p, Affiliations: up, Enabled: s.dir.Enabled(user), Sides: s.sidesOf(up)}, true
}

// Open opens a session for one endpoint of a user. If the endpoint lost an
// earlier one, its rooms are joined again before Open returns (SIPE 7.2).
func (s *Service) Open(ctx context.Context, o Opening) (*Session, error) {
	p, ok := s.dir.FindPrincipal(o.User)
	if !ok || p.State != chat.PrincipalActive || !s.dir.Enabled(o.User) {
		return nil, chat.E(chat.KindForbidden, "the user may not use persistent chat")
	}
	x := &Session{svc: s, user: p, opening: o, key: seatKey{o.User, o.Endpoint}, rooms: map[chat.RoomID]*membership{}}
	x.invited = s.catalog.newestMembership(s.dir.AffiliatedSince(o.User)) // older ones he asks for
	s.mu.Lock()
	if s.stopped || !s.started {
		s.mu.Unlock()
		return nil, chat.E(chat.KindBusy, "the server is stopping")
	}
	s.sessions[x] = struct{}{}
	s.byUser[o.User] = append(s.byUser[o.User], x)
	rooms := s.lost[x.key]
	delete(s.lost, x.key)
	s.mu.Unlock()
	if len(rooms) > 0 {
		x.Join(ctx, rooms) // what he may no longer join is left out
	}
	return x, nil
}

// Forget is told that an endpoint's registration has ended (SIPE 7.5): its
// sessions leave their rooms, and rooms kept for it are kept no longer.
func (s *Service) Forget(user chat.PrincipalID, endpoint string) {
	key := seatKey{user, endpoint}
	var his []*Session
	s.mu.Lock()
	delete(s.lost, key)
	for _, x := range s.byUser[user] {
		if x.key == key {
			his = append(his, x)
		}
	}
	s.mu.Unlock()
	for _, x := range his {
		x.end(CauseLeft)
	}
}

// remove takes a closed session off the books. The rooms of a lost one pass to
// the endpoint's newest other session, which is returned, or are kept.
func (s *Service) remove(x *Session, cause Cause, rooms []string) (heir *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, x)
	mine := s.byUser[x.user.ID]
	for i := len(mine) - 1; i >= 0; i-- {
		switch {
		case mine[i] == x:
			mine = append(mine[:i:i], mine[i+1:]...)
		case heir == nil && mine[i].key == x.key:
			heir = mine[i]
		}
	}
	if len(mine) == 0 {
		delete(s.byUser, x.user.ID)
	} else {
		s.byUser[x.user.ID] = mine
	}
	if cause != CauseLost || len(rooms) == 0 {
		return nil
	}
	if heir == nil && !s.stopped {
		s.lost[x.key] = rooms
	}
	return heir
}

// Status is a snapshot for administrators.
type Status struct {
	Categories, Rooms, LiveRooms, Sessions, Participants int
	Posts                                                int64 // since start
	Waiting                                              int   // jobs that wait for the store
	Untaken                                              int64 // posts that were refused since start because they could not be journalled or archived
}

// Status counts.
func (s *Service) Status() Status {
	st := Status{Posts: s.posts.Load(), Waiting: s.commits.waiting(), Untaken: s.untaken.Load()}
	st.Categories, st.Rooms = s.catalog.count()
	s.mu.Lock()
	defer s.mu.Unlock()
	st.LiveRooms, st.Sessions, st.Participants = len(s.live), len(s.sessions), len(s.byUser)
	return st
}

// foldName is how names are compared.
func foldName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func compareFolded(a, b string) int { return strings.Compare(foldName(a), foldName(b)) }
