package channel

import (
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
	place, sub, err := x.decide(access.Post, p.RoomGUID)
	if err != nil {
		return err
	}
	m := x.joined(place.Room.ID)
	if m == nil {
		return chat.E(chat.KindNotJoined, "join the room before posting in it")
	}
	if err := x.svc.checkText(&p); err != nil {
		return err
	}
	if err := x.svc.mayArchive(place.Category); err != nil {
		x.notTaken(place.Room, err)
		return err
	}
	limit := int32(x.svc.cfg.Limits.WaitingPosts)
	if m.live.waiting.Add(1) > limit {
		m.live.waiting.Add(-1)
		return chat.E(chat.KindBusy, "too many posts wait in this room, try again")
	}
	ok := x.svc.commits.add(job{
		live: m.live, receipt: rc,
		draft: chat.Draft{
			Room: place.Room.ID, Author: x.user.ID, AuthorURI: x.user.URI, AuthorName: sub.User.DisplayName,
			At: chat.At(x.svc.cfg.Now()), Alert: p.Alert, Text: p.Text, Rich: p.Rich, Unlogged: !place.Category.History,
			Files: chat.FileLinks(p.Text),
		},
		origin: chat.Origin{RoomGUID: place.Room.GUID, RoomName: place.Room.Name, Endpoint: x.opening.Endpoint},
	})
	if !ok {
		m.live.waiting.Add(-1)
		return chat.E(chat.KindBusy, "the server is stopping")
	}
	return nil
}

// mostDenials is how many jobs may wait before refused posts are only counted.
const mostDenials = 1000

// notTaken puts on record that a post was not taken because it could not have
// been archived in time: who and where, not what.
func (x *Session) notTaken(r *chat.Room, why error) {
	x.svc.untaken.Add(1)
	if x.svc.commits.waiting() < mostDenials {
		x.svc.commits.add(job{entries: []chat.Entry{x.denied("post", r, chat.RuleStrict, chat.TextOf(why))}})
	}
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

// story is how the text of a story begins: a title and a body follow (XCCOS 3.9).
const story = "[STORY]"

// checkText checks what is to be posted against the limits; a story has its own.
func (s *Service) checkText(p *Post) error {
	l := &s.cfg.Limits
	limit := l.MessageBytes
	if strings.HasPrefix(p.Text, story) {
		limit = l.StoryBytes
	}
	switch {
	case strings.TrimSpace(p.Text) == "":
		return chat.E(chat.KindInvalid, "the message is empty")
	case len(p.Text) > limit:
		return chat.E(chat.KindTooLarge, fmt.Sprintf("the message has %d bytes, at most %d are allowed", len(p.Text), limit))
	case len(p.Rich) > l.RichBytes:
		return chat.E(chat.KindTooLarge, fmt.Sprintf("the rich text has %d bytes, at most %d are allowed", len(p.Rich), l.RichBytes))
	case !utf8.ValidString(p.Text) || !utf8.ValidString(p.Rich):
		return chat.E(chat.KindInvalid, "the text is not UTF-8")
	}
	return nil
}
