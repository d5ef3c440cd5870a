package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"perch/channel"
	"perch/chat"
	"perch/front/web/api"
)

// Bounds of a socket.
const (
	maxQueue   = 1 << 20          // bytes that wait to be written
	maxFrame   = 128 << 10        // bytes of a frame from the client
	stuckAfter = 30 * time.Second // a frame that takes longer to write
	closeIn    = 5 * time.Second  // from when it is to be closed
)

// socket is one WebSocket, with a session of its own at the Channel service, whose
// far end it is.
type socket struct {
	srv     *Server
	id      string
	who     identity
	conn    *websocket.Conn
	session *channel.Session
	forget  func() // that it closes when its sign-in ends

	following sync.Mutex // held while it is found out whether a room is followed, and joined or parted by that

	watched []chat.PrincipalID            // guarded by hub.mu
	hidden  map[chat.PrincipalID]struct{} // of those the ones that a wall keeps from its user; guarded by hub.mu
	away    bool                          // guarded by hub.mu

	mu      sync.Mutex // guards the fields below
	queue   [][]byte
	size    int       // bytes of queue
	writing bool      // there is a writer
	since   time.Time // when the writer began with its frame
	ending  bool      // what is in queue is the last
	reason  api.ServerFrameReason

	working     bool            // there is a worker
	followed    map[string]bool // rooms that were followed, or are no longer, to be joined or parted
	invitations []*channel.Invitation
}

var errSlow = errors.New("the client takes nothing any more")

// send queues a frame. It never blocks: a client that does not take what it is
// sent is closed.
func (k *socket) send(frames ...[]byte) {
	_ = k.put(frames) // Deliver's caller is the one who needs to know
}

func (k *socket) put(frames [][]byte) error {
	k.mu.Lock()
	if k.ending {
		k.mu.Unlock()
		return nil
	}
	for _, f := range frames {
		k.size += len(f)
	}
	if k.size > maxQueue {
		k.mu.Unlock()
		k.end(api.ServerFrameReasonSlow)
		return errSlow
	}
	k.queue = append(k.queue, frames...)
	if !k.writing && len(k.queue) > 0 {
		k.startLocked()
	}
	k.mu.Unlock()
	return nil
}

// startLocked starts the writer.
func (k *socket) startLocked() {
	k.writing, k.since = true, k.srv.cfg.Now()
	k.srv.hub.wg.Go(k.write)
}

// write is the writer: it writes what is queued.
func (k *socket) write() {
	for {
		k.mu.Lock()
		if len(k.queue) == 0 {
			k.writing, k.queue = false, nil
			ending, reason := k.ending, k.reason
			k.mu.Unlock()
			if ending {
				_ = k.conn.Close(websocket.StatusNormalClosure, string(reason)) // or it is closed already
			}
			return
		}
		f := k.queue[0]
		k.queue[0] = nil
		k.queue = k.queue[1:]
		k.size -= len(f)
		k.since = k.srv.cfg.Now()
		k.mu.Unlock()
		// Without a deadline, which would cost a timer a frame: check and end see to
		// what is stuck.
		if err := k.conn.Write(context.Background(), websocket.MessageText, f); err != nil {
			_ = k.conn.CloseNow() // the reader ends, too
			return                // writing stays set: nothing is written any more
		}
	}
}

// end says goodbye and closes the socket, in closeIn at most.
func (k *socket) end(reason api.ServerFrameReason) {
	k.mu.Lock()
	if k.ending {
		k.mu.Unlock()
		return
	}
	k.ending, k.reason = true, reason
	if reason == api.ServerFrameReasonSlow { // it will not take the rest
		k.queue = nil
	}
	k.queue = append(k.queue, k.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypeBye, Reason: &reason}))
	if !k.writing {
		k.startLocked()
	}
	k.mu.Unlock()
	time.AfterFunc(closeIn, func() { _ = k.conn.CloseNow() }) // no error but that it is closed
}

// check closes a socket that is stuck.
func (k *socket) check() {
	k.mu.Lock()
	stuck := k.writing && !k.ending && k.srv.cfg.Now().Sub(k.since) > stuckAfter
	k.mu.Unlock()
	if stuck {
		k.end(api.ServerFrameReasonSlow)
	}
}

// Closed is told by the Channel service that it has ended the session.
func (k *socket) Closed(cause channel.Cause) {
	switch cause {
	case channel.CauseShutdown:
		k.end(api.ServerFrameReasonShutdown)
	case channel.CauseLost:
		k.end(api.ServerFrameReasonSlow)
	default:
		k.end(api.ServerFrameReasonDisabled)
	}
}

// Deliver queues what has happened, in the form that all sockets of the room share
// where that is possible.
func (k *socket) Deliver(evs []*channel.Event) error {
	var few [32][]byte
	frames := few[:0]
	for _, e := range evs {
		switch e.Kind {
		case channel.EventMessage:
			if e.ClientID != "" && e.Message.Author == k.who.user.ID {
				frames = append(frames, k.srv.encodeOwn(e))
			} else {
				frames = append(frames, e.Wire(&k.srv.encoding))
			}
		case channel.EventRights:
			if len(e.People) > 0 && e.People[0].User.ID == k.who.user.ID {
				frames = append(frames, e.Wire(&k.srv.encoding))
			}
		case channel.EventInvited, channel.EventFollowed:
			k.later(e)
		case channel.EventGathered, channel.EventRead: // of no room's loop
			frames = append(frames, k.srv.encode(e))
		default:
			frames = append(frames, e.Wire(&k.srv.encoding))
		}
	}
	if len(frames) == 0 {
		return nil
	}
	return k.put(frames)
}

// later leaves to the worker what cannot be answered without the store.
func (k *socket) later(e *channel.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.Kind == channel.EventInvited {
		k.invitations = append(k.invitations, e.Invitation)
	} else {
		if k.followed == nil {
			k.followed = map[string]bool{}
		}
		k.followed[e.Room.GUID] = e.Followed
	}
	if !k.working && !k.ending {
		k.working = true
		k.srv.hub.wg.Go(k.work)
	}
}

// follow joins rooms that are followed now, and parts from the others.
func (k *socket) follow(ctx context.Context, followed map[string]bool) {
	k.following.Lock()
	defer k.following.Unlock()
	var join []string
	for guid, on := range followed {
		if on {
			join = append(join, guid)
		} else {
			k.part(ctx, guid)
		}
	}
	k.join(ctx, join, nil)
}

// work is the worker: it joins rooms that are followed now, parts from the others,
// and tells of invitations.
func (k *socket) work() {
	ctx := context.Background()
	for {
		k.mu.Lock()
		followed, invited := k.followed, k.invitations
		k.followed, k.invitations = nil, nil
		if len(followed) == 0 && len(invited) == 0 || k.ending {
			k.working = false
			k.mu.Unlock()
			return
		}
		k.mu.Unlock()
		k.follow(ctx, followed)
		for guid := range followed {
			if mine, err := k.srv.myRoom(ctx, k.session, guid); err == nil {
				k.send(k.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypeMine, Room: &guid, MyRoom: &mine}))
			}
		}
		for _, in := range invited {
			if shown, err := k.srv.showInvitation(ctx, k.session, in); err == nil {
				k.send(k.srv.frame(&api.ServerFrame{Type: api.ServerFrameTypeInvited, Invitation: &shown}))
			}
		}
	}
}
