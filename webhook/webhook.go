package webhook

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"perch/channel"
	"perch/chat"
	"perch/directory"
)

// Config is what the service needs beside the other services.
type Config struct {
	Domain string
	// Hosts are the receivers that outgoing webhooks may name (see ParseHosts);
	// none: nothing goes out.
	Hosts Hosts
	// TLS is for receivers; nil: the system's roots.
	TLS *tls.Config
	// Dial connects to receivers; nil: the network, within what Hosts allow.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Rand io.Reader // of secrets
	Now  func() time.Time
	Log  *slog.Logger
}

// Store is what the service keeps its things in.
type Store interface {
	chat.Objects
	chat.Belongings
	chat.Messages
}

// Service is the webhooks of one server.
//
// Goroutines: one an outgoing webhook, and one that takes away webhooks whose
// room or bot is gone; started by Start, or when a webhook is made, and waited
// for by Stop.
//
// Locks, in order: change (held through a whole change), mu, hook.mu. Only
// change is held while the store or another service is called.
type Service struct {
	cfg   Config
	store Store
	rooms *channel.Service
	dir   *directory.Service
	wg    sync.WaitGroup
	ctx   context.Context //nolint:containedctx // ends the goroutines
	stop  context.CancelFunc

	change sync.Mutex // one change at a time

	mu       sync.RWMutex // guards the fields below
	hooks    map[string]*hook
	bySecret map[[sha256.Size]byte]*hook
	byRoom   map[chat.RoomID][]*hook // outgoing ones
	bots     map[chat.PrincipalID]*hook
	started  bool
	stopped  bool
}

// content is a webhook as the store keeps it. Of an incoming one's secret only
// the hash is kept; an outgoing one's signs, so it is kept itself.
type content struct {
	Name      string           `json:"name"`
	Outgoing  bool             `json:"outgoing"`
	Room      chat.RoomID      `json:"room"`
	RoomGUID  string           `json:"room_guid"`
	URL       string           `json:"url,omitempty"`
	Words     []string         `json:"words,omitempty"`
	Creator   chat.PrincipalID `json:"creator"`
	CreatedBy string           `json:"created_by"`
	CreatedAt chat.Time        `json:"created_at"`
	Hash      string           `json:"hash,omitempty"`
	Key       string           `json:"key,omitempty"`
}

// hook is a webhook at work.
type hook struct {
	chat.Webhook // never changed
	content      content

	// Of an incoming one.
	hash  [sha256.Size]byte
	limit *rate.Limiter

	// Of an outgoing one.
	key    []byte
	sender *sender
	wake   chan struct{}
	quit   context.CancelFunc

	mu    sync.Mutex // guards the fields below
	state state
	kept  time.Time // when state was stored last
}

// state is how a webhook does, and where an outgoing one stands. It is a
// preference of its bot, so that it goes with him.
type state struct {
	Cursor   chat.MessageID `json:"cursor,omitempty"`    // what goes out is above it
	Last     chat.Time      `json:"last,omitempty"`      // when the last one got through
	Failing  chat.Time      `json:"failing,omitempty"`   // since when none did
	Trouble  string         `json:"trouble,omitempty"`   // why the last one did not
	SetAside int            `json:"set_aside,omitempty"` // how many never did
}

// label is the preference that a state is.
const label = "webhook"

// New returns a service that is not started.
func New(cfg Config, store Store, rooms *channel.Service, dir *directory.Service) *Service {
	s := &Service{
		cfg: cfg, store: store, rooms: rooms, dir: dir, hooks: map[string]*hook{}, bySecret: map[[sha256.Size]byte]*hook{},
		byRoom: map[chat.RoomID][]*hook{}, bots: map[chat.PrincipalID]*hook{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Start reads the webhooks and begins to serve. The channel service has started.
func (s *Service) Start(ctx context.Context) error {
	objects, err := s.store.ListObjects(ctx, chat.ObjectWebhook)
	if err != nil {
		return err
	}
	for i := range objects {
		h, err := s.hookOf(ctx, &objects[i])
		if err != nil {
			return err
		}
		s.put(h)
	}
	s.mu.Lock()
	s.started = true
	for _, h := range s.hooks {
		s.runLocked(h)
	}
	s.mu.Unlock()
	s.rooms.OnPosted(s.posted)
	s.wg.Go(s.sweep)
	return nil
}

// Stop ends what is going out and waits for every goroutine; what was not
// answered goes out again after the next start. It is idempotent.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.rooms.OnPosted(nil)
	s.stop()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }() // ends with the service's last goroutine
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return chat.Wrap(chat.KindUnknown, "webhooks did not stop in time", ctx.Err())
	}
}

func (s *Service) hookOf(ctx context.Context, o *chat.Object) (*hook, error) {
	var c content
	if err := json.Unmarshal([]byte(o.Content), &c); err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "reading the webhook "+o.Name, err)
	}
	h, err := s.newHook(o.Name, o.Owner, o.Version, &c)
	if err != nil {
		return nil, err
	}
	p, err := s.store.FindPreference(ctx, o.Owner, label)
	switch {
	case chat.KindOf(err) == chat.KindInvalid: // none yet
		return h, nil
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal([]byte(p.Content), &h.state); err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "reading where the webhook "+o.Name+" stands", err)
	}
	return h, nil
}

func (s *Service) newHook(guid string, bot chat.PrincipalID, version int64, c *content) (*hook, error) {
	h := &hook{content: *c, Webhook: chat.Webhook{
		GUID: guid, Name: c.Name, Outgoing: c.Outgoing, Room: c.Room, RoomGUID: c.RoomGUID, Bot: bot, URL: c.URL, Words: c.Words,
		Creator: c.Creator, CreatedBy: c.CreatedBy, CreatedAt: c.CreatedAt, Version: version,
	}}
	if !c.Outgoing {
		h.hash = parseHash(c.Hash)
		h.limit = rate.NewLimiter(postsASecond, postsAtOnce)
		return h, nil
	}
	h.key, h.wake = []byte(c.Key), make(chan struct{}, 1)
	var err error
	h.sender, err = s.newSender(c.URL)
	return h, err
}

// put makes a webhook known.
func (s *Service) put(h *hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks[h.GUID], s.bots[h.Bot] = h, h
	if h.Outgoing {
		s.byRoom[h.Room] = append(s.byRoom[h.Room], h)
	} else {
		s.bySecret[h.hash] = h
	}
	if s.started {
		s.runLocked(h)
	}
}

// drop forgets a webhook and ends what it does.
func (s *Service) drop(h *hook) {
	s.mu.Lock()
	if s.hooks[h.GUID] != h {
		s.mu.Unlock()
		return
	}
	delete(s.hooks, h.GUID)
	delete(s.bots, h.Bot)
	if h.Outgoing {
		left := slices.DeleteFunc(slices.Clone(s.byRoom[h.Room]), func(o *hook) bool { return o == h })
		if s.byRoom[h.Room] = left; len(left) == 0 {
			delete(s.byRoom, h.Room)
		}
	} else {
		delete(s.bySecret, h.hash)
	}
	if h.quit != nil {
		h.quit()
	}
	s.mu.Unlock()
}

func (s *Service) runLocked(h *hook) {
	if !h.Outgoing || s.stopped {
		return
	}
	var ctx context.Context
	ctx, h.quit = context.WithCancel(s.ctx)
	s.wg.Go(func() { s.run(ctx, h) })
}

// posted is told that a room has new messages, by the channel service.
func (s *Service) posted(room chat.RoomID) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, h := range s.byRoom[room] {
		h.nudge()
	}
}

func (h *hook) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// isBot says whether a message's author is a webhook's bot, or was one.
func (s *Service) isBot(m *chat.Message) bool {
	s.mu.RLock()
	_, is := s.bots[m.Author]
	s.mu.RUnlock()
	if is {
		return true
	}
	_, alive := s.dir.FindPrincipal(m.Author)
	return !alive && strings.HasPrefix(m.AuthorURI, "sip:"+botPrefix)
}

// IsBot says whether a user is a webhook's bot.
func (s *Service) IsBot(user chat.PrincipalID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, is := s.bots[user]
	return is
}

// sweepEvery is how soon webhooks follow a room or bot that was deleted.
const sweepEvery = 30 * time.Second

// sweep deletes webhooks of rooms that are gone, and forgets those whose bot
// is: the store has deleted them with him.
func (s *Service) sweep() {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		for _, h := range s.all() {
			if _, alive := s.dir.FindPrincipal(h.Bot); !alive {
				s.drop(h)
				continue
			}
			if _, err := s.rooms.FindRoom(h.RoomGUID); chat.KindOf(err) == chat.KindNoSuchRoom && err != nil {
				if err := s.remove(s.ctx, h, nil); err != nil && s.ctx.Err() == nil {
					s.cfg.Log.Error("the webhook of a deleted room cannot be deleted", slog.String("webhook", h.GUID), slog.Any("error", err))
				}
			}
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *Service) all() []*hook {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*hook, 0, len(s.hooks))
	for _, h := range s.hooks {
		out = append(out, h)
	}
	return out
}

// keep stores how a webhook does.
func (s *Service) keep(ctx context.Context, h *hook, change func(st *state)) error {
	h.mu.Lock()
	change(&h.state)
	h.kept = s.cfg.Now()
	b, err := json.Marshal(&h.state)
	h.mu.Unlock()
	if err != nil {
		return chat.Wrap(chat.KindUnknown, "marshalling", err)
	}
	_, err = s.store.UpdatePreference(ctx, h.Bot, label, string(b))
	return err
}

func (h *hook) now() state {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}
