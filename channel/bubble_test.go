package channel_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/directory"
)

// world is a service over a store in memory, in a bubble.
type world struct {
	t     *testing.T
	ctx   context.Context
	store *chattest.Faulty
	dir   *directory.Service
	svc   *channel.Service
	// settings are those that hold; a test may change them before rooms live.
	settings chat.Settings
	behind   time.Duration // of the archive
	users    map[string]chat.PrincipalID
	rooms    map[string]chat.Room
}

// inBubble runs a test with users u0.. in the scope of a category "All", and
// stops the service at its end.
func inBubble(t *testing.T, limits chat.Limits, users int, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		w := &world{t: t, ctx: ctx, settings: chat.DefaultSettings(), store: chattest.NewFaulty(chattest.NewStore()), users: map[string]chat.PrincipalID{}, rooms: map[string]chat.Room{}}
		log := discard
		var err error
		w.dir, err = directory.Open(ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: log}, w.store)
		w.must(err)
		list := make([]directory.NewUser, users)
		for i := range list {
			list[i].Name = fmt.Sprintf("u%d", i)
		}
		made, err := w.dir.CreateUsers(ctx, list)
		w.must(err)
		for _, p := range made {
			w.users[p.Name] = p.ID
		}
		w.svc = channel.New(channel.Config{
			Limits: limits, Domain: "example.test", Workers: 2, Settings: func() chat.Settings { return w.settings },
			Behind: func() time.Duration { return w.behind }, Now: time.Now, Log: log,
		}, w.store, w.dir)
		w.must(w.svc.Start(ctx))
		defer func() { w.must(w.svc.Stop(ctx)) }()
		_, err = w.svc.CreateCategory(ctx, channel.CategorySpec{Name: "All", Allowed: []chat.PrincipalID{w.dir.Domain()}})
		w.must(err)
		test(w)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open makes an open room.
func (w *world) open(names ...string) {
	w.t.Helper()
	specs := make([]channel.RoomSpec, len(names))
	for i, n := range names {
		specs[i] = channel.RoomSpec{Name: n, Category: "All", Privacy: chat.Open}
	}
	rooms, err := w.svc.CreateRooms(w.ctx, specs)
	w.must(err)
	for _, r := range rooms {
		w.rooms[r.Name] = r
	}
}

var discard = slog.New(slog.DiscardHandler)

// sink is a session's far end: it keeps what it is told.
type sink struct {
	mu     sync.Mutex // guards the fields below
	events []*channel.Event
	closed channel.Cause
	broken error
}

func (s *sink) Deliver(evs []*channel.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	s.events = append(s.events, evs...)
	return nil
}

func (s *sink) Closed(c channel.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = c
}

// ids are the messages that were delivered from one room.
func (s *sink) ids(room chat.RoomID) (ids []chat.MessageID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Kind == channel.EventMessage && e.Room.ID == room {
			ids = append(ids, e.Message.ID)
		}
	}
	return ids
}

func (s *sink) count(kind channel.EventKind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// enter opens a session and joins rooms.
func (w *world) enter(user, endpoint string, rooms ...string) (*channel.Session, *sink) {
	w.t.Helper()
	s := &sink{}
	x, err := w.svc.Open(w.ctx, channel.Opening{User: w.users[user], Endpoint: endpoint, Client: "test", Sink: s})
	w.must(err)
	guids := make([]string, len(rooms))
	for i, r := range rooms {
		guids[i] = w.rooms[r].GUID
	}
	for _, j := range x.Join(w.ctx, guids) {
		w.must(j.Err)
	}
	return x, s
}

// receipt notes what became of a post.
type receipt struct {
	mu       sync.Mutex // guards the fields below
	id       chat.MessageID
	err      error
	stored   int
	released int
}

func (r *receipt) Stored(id chat.MessageID, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.id, r.err = id, err
	r.stored++
}

func (r *receipt) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.released++
}

// outcome waits until everything is quiet and says what became of the post.
func (r *receipt) outcome(t *testing.T) (chat.MessageID, error) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stored != 1 || r.released != 1 {
		t.Errorf("the receipt was told %d times and released %d times, want once each", r.stored, r.released)
	}
	return r.id, r.err
}

func (w *world) post(x *channel.Session, room, text string) *receipt {
	w.t.Helper()
	r := &receipt{}
	w.must(x.Post(channel.Post{RoomGUID: w.rooms[room].GUID, Text: text}, r))
	return r
}

func want[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func isKind(t *testing.T, err error, k chat.Kind) {
	t.Helper()
	if err == nil || chat.KindOf(err) != k {
		t.Errorf("error %v, want %v", err, k)
	}
}
