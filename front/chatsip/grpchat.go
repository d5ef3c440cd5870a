package chatsip

import (
	"sync"

	"perch/channel"
	"perch/chat"
	"perch/sip/ua"
	"perch/xccos"
)

// receipt waits for one post to reach the disk, and then gives the SIP answer.
type receipt struct {
	l      *link
	answer *ua.Deferred
	ref    xccos.Ref
}

var receipts = sync.Pool{New: func() any { return new(receipt) }}

// post hands a grpchat to the service. The SIP answer is 200 once the message
// is on disk (XCCOS 4.14), so that a 200 is a promise kept; a refusal goes out
// there and in rpl:grpchat.
func (l *link) post(x *channel.Session, e *xccos.Envelope, answer *ua.Deferred) {
	p := &e.Primitives[0]
	rc := receipts.Get().(*receipt)
	*rc = receipt{l: l, answer: answer, ref: xccos.Ref{Seq: p.Seq, EnvID: e.ID}}
	draft, err := l.draft(p)
	if err == nil {
		err = x.Post(draft, rc)
	}
	if err != nil {
		rc.Stored(0, err)
		rc.Release()
	}
}

func (l *link) draft(p *xccos.Primitive) (channel.Post, error) {
	in := p.Post()
	if !in.OK || in.Room.Domain != l.front.cfg.Domain {
		return channel.Post{}, chat.E(chat.KindNoSuchRoom, "")
	}
	return channel.Post{RoomGUID: in.Room.GUID, Text: in.Chat, Rich: in.RTF, Alert: in.Alert}, nil
}

// Stored gives the answer, to be written with the echo.
func (rc *receipt) Stored(_ chat.MessageID, err error) {
	rc.l.respond(rc.answer, err)
	if err != nil {
		rc.l.reply("grpchat", rc.ref, nil, err)
	}
}

// Release writes the answer out if the echo has not.
func (rc *receipt) Release() {
	rc.answer.Flush()
	*rc = receipt{}
	receipts.Put(rc)
}

// waiter is the receipt of one of several posts in an envelope.
type waiter chan error

func (w waiter) Stored(_ chat.MessageID, err error) { w <- err }
func (w waiter) Release()                           {}

// postAndWait posts one of several primitives, in the command loop.
func (l *link) postAndWait(x *channel.Session, envid string, p *xccos.Primitive) error {
	w := make(waiter, 1)
	draft, err := l.draft(p)
	if err == nil {
		err = x.Post(draft, w)
	}
	if err == nil {
		err = <-w
	}
	if err != nil {
		l.reply("grpchat", xccos.Ref{Seq: p.Seq, EnvID: envid}, nil, err)
	}
	return err
}
