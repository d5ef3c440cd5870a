package chatsip

import (
	"bytes"
	"log/slog"
	"sync"

	"perch/channel"
	"perch/chat"
	"perch/sip"
	"perch/sip/ua"
	"perch/xccos"
)

// link ties one dialog to one session. The session is opened by the first
// command that needs one, so that a look-up dialog, which only asks requri,
// does not take the endpoint's rooms (SIPE 5.1, 7.2).
//
// Goroutines: a command loop runs while commands wait; it is started by the
// reader that queues the first one, ends when none is left, and is waited for
// by Front.Stop.
type link struct {
	front  *Front
	d      *ua.Dialog
	user   chat.PrincipalID
	client string

	mu      sync.Mutex // guards the fields below
	session *channel.Session
	queue   []queued
	waiting int // commands in queue and in the loop's hands
	running bool
	ended   bool
}

// queued is an envelope that waits for its turn. answer is set when its SIP
// answer waits too, because it holds a post.
type queued struct {
	body   []byte
	count  int
	answer *ua.Deferred
}

// plain is the media type of what a dialog carries.
const plain = "text/plain"

// ServeDialog handles one in-dialog request, in the connection's reader.
func (l *link) ServeDialog(_ *ua.Dialog, r *ua.Request) {
	if r.Method != sip.INFO {
		r.Respond(501, "", []sip.Header{{Name: "Allow", Value: "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS"}}, nil)
		return
	}
	if t := r.ContentType; t != nil && (len(t) < len(plain) || !bytes.EqualFold(t[:len(plain)], []byte(plain))) {
		r.Respond(415, "", []sip.Header{{Name: "Accept", Value: plain}}, nil)
		return
	}
	e, err := xccos.Decode(r.Body)
	if err != nil {
		l.front.cfg.Log.Info("unreadable XCCOS", slog.String("dialog", string(r.CallID)), slog.Any("error", err))
		r.Refuse(l.front.refusal(400, 20002, err.Error()))
		return
	}
	defer e.Release()
	if len(e.Primitives) == 1 && e.Primitives[0].Kind == xccos.Chat {
		if x := l.idle(); x != nil {
			l.post(x, e, r.Defer())
			return
		}
	}
	l.enqueue(r, e)
}

// idle returns the session if nothing waits before a post.
func (l *link) idle() *channel.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting > 0 || l.ended {
		return nil
	}
	return l.session
}

// enqueue gives the envelope to the command loop, or refuses it whole.
func (l *link) enqueue(r *ua.Request, e *xccos.Envelope) {
	posts := false
	for i := range e.Primitives {
		posts = posts || e.Primitives[i].Kind == xccos.Chat
	}
	l.mu.Lock()
	if l.waiting+len(e.Primitives) > l.front.cfg.Commands {
		l.mu.Unlock()
		r.Refuse(l.front.refusal(503, 20011, "Rejected message (inbound queue is full)"))
		return
	}
	q := queued{body: bytes.Clone(r.Body), count: len(e.Primitives)}
	if posts {
		q.answer = r.Defer()
	} else {
		r.Respond(200, "", nil, nil)
	}
	l.queue = append(l.queue, q)
	l.waiting += q.count
	start := !l.running
	l.running = true
	l.mu.Unlock()
	if start {
		l.front.wg.Go(l.run)
	}
}

// run is the command loop.
func (l *link) run() {
	for {
		l.mu.Lock()
		if len(l.queue) == 0 {
			l.running = false
			l.mu.Unlock()
			return
		}
		q := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		l.obey(q)
		l.mu.Lock()
		l.waiting -= q.count
		if len(l.queue) == 0 {
			l.queue = nil
		}
		l.mu.Unlock()
	}
}

// open returns the session, opening it first if need be.
func (l *link) open() (*channel.Session, error) {
	l.mu.Lock()
	x, ended := l.session, l.ended
	l.mu.Unlock()
	if x != nil {
		return x, nil
	}
	if ended {
		return nil, chat.E(chat.KindForbidden, "the dialog has ended")
	}
	x, err := l.front.svc.Open(l.front.ctx, channel.Opening{User: l.user, Endpoint: l.d.Endpoint(), Client: l.client, Sink: l})
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	ended = l.ended
	if !ended {
		l.session = x
	}
	l.mu.Unlock()
	if ended { // the dialog went away meanwhile
		x.Close(channel.CauseLeft)
		return nil, chat.E(chat.KindForbidden, "the dialog has ended")
	}
	return x, nil
}

// DialogEnded closes the session. A client that left has left its rooms; one
// that lost its dialog gets them back on its next (SIPE 7.2).
func (l *link) DialogEnded(_ *ua.Dialog, cause ua.EndCause) {
	l.mu.Lock()
	l.ended = true
	x := l.session
	l.mu.Unlock()
	if x == nil {
		return
	}
	if cause == ua.EndBye || cause == ua.EndConnection {
		x.Close(channel.CauseLeft)
		return
	}
	x.Close(channel.CauseLost)
}

// Closed is told by the service that it has ended the session.
func (l *link) Closed(channel.Cause) { l.d.Drop() }

// Deliver sends events in one write; their bodies are made once a room. What has
// no body is not for these clients.
func (l *link) Deliver(evs []*channel.Event) error {
	var few [32][]byte
	bodies := few[:0]
	for _, e := range evs {
		if body := e.Wire(&l.front.encoding); body != nil {
			bodies = append(bodies, body)
		}
	}
	if len(bodies) == 0 {
		return nil
	}
	return l.d.Deliver(bodies...)
}
