package channel

import (
	"context"
	"sync"
	"sync/atomic"

	"perch/chat"
	"perch/chat/access"
)

// Session is one endpoint's connection to the service. Its methods are safe
// for concurrent use, but commands take effect in the order they are called.
// All but Post may block for as long as the store needs.
type Session struct {
	svc     *Service
	user    chat.Principal
	opening Opening
	key     seatKey
	losing  atomic.Bool

	mu      sync.Mutex // guards the fields below
	rooms   map[chat.RoomID]*membership
	invited chat.InvitationID // the newest invitation that he was told, or had when he came
	closed  bool
}

// membership is a room that the session has joined.
type membership struct {
	live *liveRoom
	guid string
}

// User is who the session belongs to.
func (x *Session) User() chat.Principal { return x.user }

// decide asks chat/access about one of the session's user's rights.
func (x *Session) decide(a access.Action, guid string) (access.Place, access.Subject, error) {
	sub, ok := x.svc.subject(x.user.ID)
	if !ok {
		return access.Place{}, sub, chat.E(chat.KindForbidden, "the user is no longer served")
	}
	p, ok := x.svc.catalog.place(guid)
	if !ok {
		return p, sub, chat.E(chat.KindNoSuchRoom, "")
	}
	return p, sub, access.Decide(&sub, a, p).Err()
}

// entry begins a journal entry about the session's user and a room.
func (x *Session) entry(kind chat.EntryKind, r *chat.Room) chat.Entry {
	return chat.Entry{
		Kind: kind, At: chat.At(x.svc.cfg.Now()), Actor: x.user.ID, ActorURI: x.user.URI, ActorName: x.user.DisplayName,
		Room: r.ID, RoomGUID: r.GUID, RoomName: r.Name, Endpoint: x.opening.Endpoint, Client: x.opening.Client,
	}
}

// Close ends the session. With CauseLost its rooms are kept for the endpoint:
// they pass to the endpoint's newest other session, or to the next one it
// opens, until Forget. Any other cause leaves the rooms. Idempotent; it does
// not wait for the part entries to reach the journal, Service.Stop does.
func (x *Session) Close(cause Cause) { x.close(cause) }

// close does it and says whether it was the first.
func (x *Session) close(cause Cause) bool {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return false
	}
	x.closed = true
	rooms := x.rooms
	x.rooms = nil
	x.mu.Unlock()

	guids := make([]string, 0, len(rooms))
	entries := make([]chat.Entry, 0, len(rooms))
	for _, m := range rooms {
		guids = append(guids, m.guid)
		if p, ok := x.svc.catalog.placeOf(m.live.ref.ID); ok {
			e := x.entry(chat.EntryPart, p.Room)
			e.Cause = string(cause)
			entries = append(entries, e)
		}
	}
	if len(entries) > 0 {
		x.svc.commits.add(job{entries: entries})
	}
	for _, m := range rooms {
		m.live.put(work{kind: workPart, session: x, done: func() { x.svc.release(m.live) }})
	}
	if heir := x.svc.remove(x, cause, guids); heir != nil {
		x.svc.wg.Go(func() { heir.Join(context.Background(), guids) })
	}
	return true
}

// end closes the session on the service's own account and tells the endpoint.
func (x *Session) end(cause Cause) {
	if x.close(cause) {
		x.opening.Sink.Closed(cause)
	}
}

// Joined says whether the session has joined a room.
func (x *Session) Joined(id chat.RoomID) bool { return x.joined(id) != nil }

// joined finds a room that the session has joined.
func (x *Session) joined(id chat.RoomID) *membership {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.rooms[id]
}
