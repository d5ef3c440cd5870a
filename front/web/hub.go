package web

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"perch/chat"
	"perch/front/web/api"
)

// hub knows the open WebSockets.
//
// Goroutines: one that looks after time, started by start; one reader a socket,
// one writer a socket while there is something to write, and one worker a socket
// while it has rooms to join. stop ends all of them and waits for them.
//
// Locks: hub.mu and socket.mu are never held together, nor while the Channel
// service, the store or a connection is called. hub.coming is taken before hub.mu.
type hub struct {
	srv     *Server
	quit    chan struct{}
	once    sync.Once
	wg      sync.WaitGroup
	unwatch []func()   // of presence and files
	coming  sync.Mutex // keeps what is told of who comes and goes in order

	mu       sync.Mutex // guards the fields below
	stopped  bool
	all      map[*socket]struct{}
	byUser   map[chat.PrincipalID][]*socket
	watchers map[chat.PrincipalID]map[*socket]struct{}
	sealed   time.Time // what was told last
}

// mostSockets is how many sockets one user may have open.
const mostSockets = 50

func (h *hub) init(s *Server) {
	h.srv, h.quit = s, make(chan struct{})
	h.all, h.byUser, h.watchers = map[*socket]struct{}{}, map[chat.PrincipalID][]*socket{}, map[chat.PrincipalID]map[*socket]struct{}{}
}

func (h *hub) start() {
	if p := h.srv.cfg.Presences; p != nil {
		h.unwatch = append(h.unwatch, p.Watch(h.srv.presenceChanged))
	}
	if f := h.srv.cfg.Files; f != nil {
		h.unwatch = append(h.unwatch, f.Watch(h.srv.fileChanged))
	}
	h.srv.rooms.WatchWalls(h.srv.wallsChanged)
	h.wg.Go(h.run)
}

// stop says goodbye to every socket and waits until they are closed.
func (h *hub) stop(ctx context.Context) error {
	h.once.Do(func() {
		for _, unwatch := range h.unwatch {
			unwatch()
		}
		close(h.quit)
	})
	h.mu.Lock()
	h.stopped = true
	open := make([]*socket, 0, len(h.all))
	for k := range h.all {
		open = append(open, k)
	}
	h.mu.Unlock()
	for _, k := range open {
		k.end(api.ServerFrameReasonShutdown)
	}
	done := make(chan struct{})
	go func() { h.wg.Wait(); close(done) }() // ends with the hub's last goroutine
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		for _, k := range open {
			_ = k.conn.CloseNow() // it is being closed
		}
		return chat.Wrap(chat.KindUnknown, "the WebSockets did not close in time", ctx.Err())
	}
}

// Times of the hub.
const (
	tick       = time.Second // how often sockets are told how far the archive is sealed
	sweepTicks = 10          // ticks after which is looked for what is stuck or unused
)

// run looks after time.
func (h *hub) run() {
	t := time.NewTicker(tick)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-h.quit:
			return
		case <-t.C:
		}
		h.tellSealed()
		if n%sweepTicks == 0 {
			now := h.srv.cfg.Now()
			for _, k := range h.sockets() {
				k.check()
			}
			h.srv.residents.closeUnused(now.Add(-residentIdle))
		}
	}
}

func (h *hub) sockets() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*socket, 0, len(h.all))
	for k := range h.all {
		all = append(all, k)
	}
	return all
}

// tellSealed tells every socket how far the archive is sealed, if that has moved.
func (h *hub) tellSealed() {
	all := h.sockets()
	if h.srv.cfg.Sealed == nil || len(all) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tick)
	defer cancel()
	until, ok := h.srv.cfg.Sealed(ctx)
	h.mu.Lock()
	moved := ok && until.After(h.sealed)
	if moved {
		h.sealed = until
	}
	h.mu.Unlock()
	if !moved {
		return
	}
	body := h.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypeSealed, SealedUntil: &until})
	for _, k := range all {
		k.send(body)
	}
}

// add takes a socket in and starts its reader.
func (h *hub) add(k *socket) error {
	user := k.who.user
	h.mu.Lock()
	switch {
	case h.stopped:
		h.mu.Unlock()
		return chat.E(chat.KindBusy, "the server is stopping")
	case len(h.byUser[user.ID]) >= mostSockets:
		h.mu.Unlock()
		return chat.E(chat.KindLimit, "you have 50 connections open already")
	}
	before := h.isLocked(user.ID)
	h.all[k] = struct{}{}
	h.byUser[user.ID] = append(h.byUser[user.ID], k)
	changed := h.isLocked(user.ID) != before
	h.wg.Go(k.serve) // so that the request's own goroutine and buffers are given back
	h.mu.Unlock()
	if changed {
		h.came(&user)
	}
	return nil
}

// remove forgets a socket.
func (h *hub) remove(k *socket) {
	user := k.who.user
	h.mu.Lock()
	before := h.isLocked(user.ID)
	delete(h.all, k)
	mine := slices.DeleteFunc(slices.Clone(h.byUser[user.ID]), func(o *socket) bool { return o == k })
	h.byUser[user.ID] = mine
	if len(mine) == 0 {
		delete(h.byUser, user.ID)
	}
	changed := h.isLocked(user.ID) != before
	h.mu.Unlock()
	h.watch(k, nil)
	if changed {
		h.came(&user)
	}
}

// away notes that nobody uses a socket's client now, or somebody does again.
func (h *hub) away(k *socket, is bool) {
	user := k.who.user
	h.mu.Lock()
	before := h.isLocked(user.ID)
	k.away = is
	changed := h.isLocked(user.ID) != before
	h.mu.Unlock()
	if changed {
		h.came(&user)
	}
}

// came makes known that a user has come, is away, or is gone.
func (h *hub) came(user *chat.Principal) {
	h.coming.Lock()
	defer h.coming.Unlock()
	if p := h.srv.cfg.Presences; p != nil {
		p.Here(user, string(h.is(user.ID)))
	}
	h.srv.presenceChanged(user.ID)
}

// is says how a user is by his WebSockets: available, away if he is so at each, or
// offline if he has none.
func (h *hub) is(user chat.PrincipalID) api.PresenceState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.isLocked(user)
}

func (h *hub) isLocked(user chat.PrincipalID) api.PresenceState {
	mine := h.byUser[user]
	switch {
	case len(mine) == 0:
		return api.PresenceStateOffline
	case slices.ContainsFunc(mine, func(k *socket) bool { return !k.away }):
		return api.PresenceStateAvailable
	}
	return api.PresenceStateAway
}

// watch makes a socket one that is told of the presence of these users, and of
// nobody else.
func (h *hub) watch(k *socket, users []chat.PrincipalID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range k.watched {
		delete(h.watchers[u], k)
		if len(h.watchers[u]) == 0 {
			delete(h.watchers, u)
		}
	}
	k.watched, k.hidden = users, nil
	for _, u := range users {
		if h.watchers[u] == nil {
			h.watchers[u] = map[*socket]struct{}{}
		}
		h.watchers[u][k] = struct{}{}
	}
}

// watching are the sockets that watch a user.
func (h *hub) watching(user chat.PrincipalID) []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*socket, 0, len(h.watchers[user]))
	for k := range h.watchers[user] {
		out = append(out, k)
	}
	return out
}

// hide notes whether a wall keeps a user from a socket's, and says whether that is
// new.
func (h *hub) hide(k *socket, user chat.PrincipalID, apart bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, was := k.hidden[user]; was == apart {
		return false
	}
	if !apart {
		delete(k.hidden, user)
		return true
	}
	if k.hidden == nil {
		k.hidden = map[chat.PrincipalID]struct{}{}
	}
	k.hidden[user] = struct{}{}
	return true
}

// watched are the users whom sockets watch.
func (h *hub) watched() []chat.PrincipalID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.watchers))
}

// tell sends a frame to the sockets of a user, but to the one that is named.
func (h *hub) tell(user chat.PrincipalID, but string, f api.ServerFrame) {
	h.mu.Lock()
	mine := slices.Clone(h.byUser[user])
	h.mu.Unlock()
	if len(mine) == 0 {
		return
	}
	body := h.srv.frame(&f)
	for _, k := range mine {
		if k.id != but {
			k.send(body)
		}
	}
}

// fileChanged tells those who are in a file's room of its state; as long as no
// message links to it, its uploader alone.
func (s *Server) fileChanged(f chat.File) {
	ref, ok := s.rooms.Ref(f.Room)
	if !ok {
		return
	}
	shown := s.file(&f, ref.GUID)
	body := s.frame(&api.ServerFrame{Type: api.ServerFrameTypeFile, Room: &ref.GUID, File: &shown})
	for _, k := range s.hub.sockets() {
		if k.who.user.ID == f.Uploader || f.Posted != 0 && k.session.Joined(f.Room) {
			k.send(body)
		}
	}
}
