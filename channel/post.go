package channel

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"perch/chat"
	"perch/chat/access"
)

// Post takes a message in. An error is a refusal: nothing was taken, rc is not
// called. KindBusy: the room's queue is full. It does not block.
func (x *Session) Post(p Post, rc Receipt) error {
	_, err := x.post(&p, rc)
	return err
}

func (x *Session) post(p *Post, rc Receipt) (chat.Draft, error) {
	place, sub, err := x.decide(access.Post, p.RoomGUID)
	if err != nil {
		if place.Room != nil {
			d := access.Decide(&sub, access.Post, place)
			x.refuseLater("post", place.Room, d.Rule(), d.Reason())
		}
		return chat.Draft{}, err
	}
	m := x.joined(place.Room.ID)
	if m == nil && !p.Absent {
		return chat.Draft{}, chat.E(chat.KindNotJoined, "join the room before posting in it")
	}
	if err := x.svc.checkText(p); err != nil {
		return chat.Draft{}, err
	}
	if err := x.svc.mayArchive(place.Category); err != nil {
		x.notTaken(place.Room, err)
		return chat.Draft{}, err
	}
	j := job{
		receipt: rc,
		draft: chat.Draft{
			Room: place.Room.ID, Author: x.user.ID, AuthorURI: x.user.URI, AuthorName: sub.User.DisplayName,
			Alert: p.Alert, Text: p.Text, Rich: p.Rich, Unlogged: !place.Category.History,
			Files: chat.FileLinks(p.Text), ClientID: p.ClientID,
		},
		origin: chat.Origin{RoomGUID: place.Room.GUID, RoomName: place.Room.Name, Endpoint: x.opening.Endpoint},
	}
	if m != nil {
		j.live = m.live
	} else {
		j.live, j.held = x.svc.hold(place.Room), true
	}
	if j.draft.At, err = x.svc.take(j); err == nil {
		x.mentioned(&sub, place, p.Text)
	}
	return j.draft, err
}

// take gives a post to the committer and says its time; otherwise nothing of it is
// left.
func (s *Service) take(j job) (chat.Time, error) {
	err := chat.E(chat.KindBusy, "too many posts wait in this room, try again")
	if j.live.waiting.Add(1) <= int32(s.cfg.Limits.WaitingPosts) {
		if at, ok := s.commits.addAt(j); ok {
			return at, nil
		}
		err = chat.E(chat.KindBusy, "the server is stopping")
	}
	j.live.waiting.Add(-1)
	if j.held {
		s.release(j.live)
	}
	return 0, err
}

// PostAndWait posts and returns the message when it is on disk, and everybody in
// the room has been told. Of a post that was stored before it returns the message
// as it is now. When ctx ends first, it may be stored all the same.
func (x *Session) PostAndWait(ctx context.Context, p Post) (chat.Message, error) {
	w := &waiter{done: make(chan error, 1)}
	draft, err := x.post(&p, w)
	if err != nil {
		return chat.Message{}, err
	}
	select {
	case err = <-w.done:
	case <-ctx.Done():
		return chat.Message{}, ctx.Err()
	}
	if err != nil || !w.again {
		return draft.Message(w.id), err
	}
	stored, err := x.svc.store.ListMessages(ctx, draft.Room, []chat.MessageID{w.id})
	if err != nil || len(stored) == 0 { // it cannot be read (any more)
		return draft.Message(w.id), err
	}
	return stored[0], nil
}

// waiter is the receipt of PostAndWait.
type waiter struct {
	done  chan error
	id    chat.MessageID
	again bool // it was stored before
	err   error
}

func (w *waiter) Stored(id chat.MessageID, err error) { w.id, w.err = id, err }
func (w *waiter) Release()                            { w.done <- w.err }

// notTaken puts on record that a post was not taken because it could not have
// been archived in time: who and where, not what.
func (x *Session) notTaken(r *chat.Room, why error) {
	x.svc.untaken.Add(1)
	x.refuseLater("post", r, chat.RuleStrict, chat.TextOf(why))
}

// mayArchive refuses posts of a strict category while the archive is too far
// behind.
func (s *Service) mayArchive(c *chat.Category) error {
	if !c.Strict || s.cfg.Behind == nil {
		return nil
	}
	if behind := s.cfg.Behind(); behind > 0 {
		return chat.E(chat.KindBusy, fmt.Sprintf("the archive is %s behind, and nothing may be said here until it has caught up", behind.Round(time.Second)))
	}
	return nil
}

// checkText checks what is to be posted against the limits; a story has its own.
func (s *Service) checkText(p *Post) error {
	l := &s.cfg.Limits
	limit := l.MessageBytes
	if strings.HasPrefix(p.Text, chat.StoryMark) {
		limit = l.StoryBytes
	}
	switch {
	case strings.TrimSpace(p.Text) == "":
		return chat.E(chat.KindInvalid, "the message is empty")
	case len(p.Text) > limit:
		return chat.E(chat.KindTooLarge, fmt.Sprintf("the message has %d bytes, at most %d are allowed", len(p.Text), limit))
	case len(p.ClientID) > chat.MaxClientID:
		return chat.E(chat.KindInvalid, fmt.Sprintf("a client_id has at most %d bytes", chat.MaxClientID))
	case len(p.Rich) > l.RichBytes:
		return chat.E(chat.KindTooLarge, fmt.Sprintf("the rich text has %d bytes, at most %d are allowed", len(p.Rich), l.RichBytes))
	case !utf8.ValidString(p.Text) || !utf8.ValidString(p.Rich):
		return chat.E(chat.KindInvalid, "the text is not UTF-8")
	}
	return nil
}
