package channel

import (
	"sync"
	"sync/atomic"

	"perch/chat"
	"perch/chat/room"
)

// liveRoom is a room that somebody has joined. Its state belongs to its loop,
// which one of the workers runs at a time while there is work; the loop's inbox
// is bounded as its sources are: WaitingPosts posts, and one command a session.
type liveRoom struct {
	svc     *Service
	ref     RoomRef
	waiting atomic.Int32 // posts between Session.Post and the loop
	people  atomic.Int32 // participants, for room lists

	history sync.Mutex // guards newest
	newest  *room.Newest

	mu        sync.Mutex // guards the fields below
	inbox     []work
	scheduled bool
	holds     int // sessions that have joined or are about to; the room lives while there are any

	// The loop's own.
	state  *room.Room[*Session]
	spare  []work
	events []*Event
}

type workKind int

const (
	workPosted workKind = iota
	workJoin
	workPart
	workMask
	workSeats
	workTell
	workLimit
	workForget
	workList
)

// work is one thing for a room's loop to do.
type work struct {
	kind     workKind
	event    *Event // workPosted, workTell
	receipt  Receipt
	unlogged bool
	held     bool // workPosted: the room is held for this post alone

	session *Session // of the others
	mask    chat.Permission
	batch   bool
	removed bool
	joined  func(people map[chat.PrincipalID]chat.Permission) // workJoin, workList: told the participants
	done    func()                                            // workPart: told when it is done; may be nil
	seats   func(all []*Session)                              // workSeats
	limit   int                                               // workLimit
}

// hold returns the live room for a room, making it live if it is not, and
// keeps it until release.
func (s *Service) hold(r *chat.Room) *liveRoom {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.live[r.ID]
	if l == nil {
		l = &liveRoom{
			svc: s, ref: RoomRef{ID: r.ID, GUID: r.GUID, Name: r.Name},
			newest: room.NewNewest(s.settings().DefaultChatHistory), state: room.New[*Session](s.settings().ParticipantUpdateLimit),
		}
		s.live[r.ID] = l
	}
	l.mu.Lock()
	l.holds++
	l.mu.Unlock()
	return l
}

func (s *Service) release(l *liveRoom) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds--
	if l.holds == 0 && s.live[l.ref.ID] == l {
		delete(s.live, l.ref.ID)
	}
}

// liveOf returns the live room, if it is one.
func (s *Service) liveOf(id chat.RoomID) *liveRoom {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live[id]
}

// put gives the loop something to do, and schedules it.
func (l *liveRoom) put(w work) {
	l.mu.Lock()
	l.inbox = append(l.inbox, w)
	schedule := !l.scheduled
	l.scheduled = true
	l.mu.Unlock()
	if schedule {
		l.svc.queue.push(l)
	}
}

// loop runs until the inbox is empty.
func (l *liveRoom) loop() {
	for {
		l.mu.Lock()
		if len(l.inbox) == 0 {
			l.scheduled = false
			l.mu.Unlock()
			return
		}
		todo := l.inbox
		l.inbox = l.spare[:0]
		l.mu.Unlock()
		for i := 0; i < len(todo); {
			if todo[i].kind != workPosted {
				l.do(&todo[i])
				i++
				continue
			}
			end := i + 1
			for end < len(todo) && todo[end].kind == workPosted {
				end++
			}
			l.fanOut(todo[i:end])
			i = end
		}
		clear(todo)
		l.spare = todo
	}
}

// fanOut delivers messages that have just been stored: the authors' receipts
// first, so that answer and echo share a write, then every session once.
func (l *liveRoom) fanOut(posted []work) {
	l.events = l.events[:0]
	l.history.Lock()
	for i := range posted {
		w := &posted[i]
		l.waiting.Add(-1)
		l.events = append(l.events, w.event)
		if !w.unlogged {
			l.newest.Posted(w.event.Message)
		}
	}
	l.history.Unlock()
	for i := range posted {
		posted[i].receipt.Stored(posted[i].event.Message.ID, nil)
	}
	l.deliver(l.events, nil)
	for i := range posted {
		posted[i].receipt.Release()
		if posted[i].held {
			l.svc.release(l)
		}
	}
	clear(l.events)
}

// deliver hands events to every session but those of one user.
func (l *liveRoom) deliver(events []*Event, but *chat.PrincipalID) {
	for i, x := range l.state.Seats() {
		if but != nil && l.state.Owner(i) == *but {
			continue
		}
		if err := x.opening.Sink.Deliver(events); err != nil {
			x.svc.lose(x)
		}
	}
}

func (l *liveRoom) do(w *work) {
	switch w.kind {
	case workJoin:
		l.join(w)
	case workPart:
		l.part(w)
	case workMask:
		l.setMask(w.session.user, w.mask)
	case workTell:
		l.deliver([]*Event{w.event}, nil)
	case workForget:
		l.forget()
	case workList:
		w.joined(l.state.All())
	case workLimit:
		l.state.SetLimit(w.limit)
	case workSeats:
		w.seats(append([]*Session(nil), l.state.Seats()...))
	}
}

// setMask brings a participant's permissions up to date and tells those who are
// shown them: everybody, or in a large room only himself.
func (l *liveRoom) setMask(user chat.Principal, mask chat.Permission) {
	if !l.state.SetMask(user.ID, mask) {
		return
	}
	e := &Event{Kind: EventRights, Room: l.ref, People: []Participant{{User: user, Permission: mask}}}
	if !l.state.Large() {
		l.deliver([]*Event{e}, nil)
		return
	}
	for i, x := range l.state.Seats() {
		if l.state.Owner(i) != user.ID {
			continue
		}
		if err := x.opening.Sink.Deliver([]*Event{e}); err != nil {
			l.svc.lose(x)
		}
	}
}

func (l *liveRoom) join(w *work) {
	user := w.session.user
	notice := l.state.Join(w.session, user.ID, w.mask)
	l.people.Store(int32(l.state.Participants()))
	w.joined(l.state.List(user.ID))
	if notice == room.Entered {
		e := &Event{Kind: EventJoined, Room: l.ref, People: []Participant{{User: user, Permission: w.mask}}, Batch: w.batch, Participants: l.state.Participants()}
		l.deliver([]*Event{e}, &user.ID)
	}
}

func (l *liveRoom) part(w *work) {
	user := w.session.user
	notice, was := l.state.Part(w.session)
	l.people.Store(int32(l.state.Participants()))
	if was && w.removed {
		e := &Event{Kind: EventRemoved, Room: l.ref, People: []Participant{{User: user}}}
		if err := w.session.opening.Sink.Deliver([]*Event{e}); err != nil {
			l.svc.lose(w.session)
		}
	}
	if notice == room.Left {
		e := &Event{Kind: EventParted, Room: l.ref, People: []Participant{{User: user}}, Participants: l.state.Participants()}
		l.deliver([]*Event{e}, &user.ID)
	}
	if w.done != nil {
		w.done()
	}
}

// lose closes a session whose endpoint takes no more, beside the loop.
func (s *Service) lose(x *Session) {
	if x.losing.Swap(true) {
		return
	}
	s.wg.Go(func() { x.end(CauseLost) })
}

// runQueue is the rooms whose loops have work; each stands in it once.
type runQueue struct {
	mu      sync.Mutex // guards the fields below
	ready   *sync.Cond
	rooms   []*liveRoom
	stopped bool
}

func newRunQueue() *runQueue {
	q := &runQueue{}
	q.ready = sync.NewCond(&q.mu)
	return q
}

func (q *runQueue) push(l *liveRoom) {
	q.mu.Lock()
	q.rooms = append(q.rooms, l)
	q.mu.Unlock()
	q.ready.Signal()
}

// stop lets workers end once the queue is empty.
func (q *runQueue) stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.ready.Broadcast()
}

// work is a worker: it runs room loops until the queue is stopped.
func (q *runQueue) work() {
	for {
		q.mu.Lock()
		for len(q.rooms) == 0 && !q.stopped {
			q.ready.Wait()
		}
		if len(q.rooms) == 0 {
			q.mu.Unlock()
			return
		}
		l := q.rooms[0]
		q.rooms[0] = nil
		q.rooms = q.rooms[1:]
		q.mu.Unlock()
		l.loop()
	}
}
