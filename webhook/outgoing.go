package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
	"perch/chat/search"
)

// When what does not get through is tried again: after pauses that grow, and for
// giveUp; then it is set aside. While nothing gets through for longer than that
// each post is tried once.
const (
	firstPause   = time.Second
	longestPause = 10 * time.Minute
	giveUp       = 6 * time.Hour
)

// Of a webhook's reading: how many messages it holds at a time, and after how
// many that did not concern it its place is stored.
const (
	pageSize   = 32
	storeEvery = 1000
)

// course is what the goroutine of an outgoing webhook knows of its own.
type course struct {
	h     *hook
	words []wordMatcher
	at    chat.MessageID // looked at up to here
	pause time.Duration  // the last one
	// recorded is the message whose way out was put on record last.
	recorded chat.MessageID
}

type wordMatcher struct {
	word string
	m    *search.Matcher
}

// run sends what is posted in the webhook's room, in order, until ctx ends. It
// reads the room's messages behind the posts, from where it stands in the store.
func (s *Service) run(ctx context.Context, h *hook) {
	c := &course{h: h, at: h.now().Cursor}
	for _, w := range h.Words {
		c.words = append(c.words, wordMatcher{w, search.Compile(chat.MessageSearch{Text: w, Match: chat.MatchExact})})
	}
	for ctx.Err() == nil {
		err := s.sendAll(ctx, c)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.rest(ctx, c, err)
			continue
		}
		select {
		case <-h.wake:
		case <-ctx.Done():
		}
	}
}

// rest waits after a failure: longer each time, or as long as the receiver asks.
func (s *Service) rest(ctx context.Context, c *course, err error) {
	c.pause = min(max(2*c.pause, firstPause), longestPause)
	wait := c.pause
	if f, ok := errors.AsType[*failure](err); ok {
		wait = max(wait, f.after)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// sendAll sends everything that is there, and stops at the first failure.
func (s *Service) sendAll(ctx context.Context, c *course) error {
	for {
		page, err := s.store.ListAfter(ctx, c.h.Room, c.at, pageSize)
		if err != nil {
			if ctx.Err() == nil {
				s.cfg.Log.Error("a webhook cannot read its room", slog.String("webhook", c.h.GUID), slog.Any("error", err))
			}
			return err
		}
		for i := range page {
			if err := s.handle(ctx, c, &page[i]); err != nil {
				return err
			}
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// handle sends one message, or passes it by.
func (s *Service) handle(ctx context.Context, c *course, m *chat.Message) error {
	word, wanted := c.wants(m)
	if !wanted || s.isBot(m) {
		c.at = m.ID
		if c.at-c.h.now().Cursor < storeEvery {
			return nil
		}
		return s.keep(ctx, c.h, func(st *state) { st.Cursor = c.at })
	}
	if err := s.mayLeave(c.h); err != nil {
		return err // nothing is set aside: it may be allowed again
	}
	err := s.deliver(ctx, c, m, word)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return s.failed(ctx, c, m, err)
}

// wants says whether a message is to go out, and by which word.
func (c *course) wants(m *chat.Message) (string, bool) {
	for _, w := range c.words {
		if w.m.Match(m.Text) {
			return w.word, true
		}
	}
	return "", len(c.words) == 0
}

// mayLeave says whether a webhook may send out what is posted: its creator must
// be able to read the room, and its receiver must be allowed.
func (s *Service) mayLeave(h *hook) error {
	if h.sender.broken != nil {
		return h.sender.broken
	}
	if h.Creator == 0 {
		return nil
	}
	d, err := s.rooms.Explain(h.Creator, access.Read, h.RoomGUID)
	if err != nil || !d.Allowed {
		why := "he is no longer served"
		if err == nil {
			why = d.Reason()
		}
		return chat.E(chat.KindForbidden, h.CreatedBy+", who made it, may not read the room any more: "+why)
	}
	return nil
}

// deliver puts a message's way out on record and makes one attempt.
func (s *Service) deliver(ctx context.Context, c *course, m *chat.Message, word string) error {
	h := c.h
	body, err := json.Marshal(s.bodyOf(h, m, word))
	if err != nil {
		return chat.Wrap(chat.KindUnknown, "marshalling", err)
	}
	if c.recorded != m.ID { // once for all attempts
		if err := s.record(ctx, h, m, ""); err != nil {
			return err
		}
		c.recorded = m.ID
	}
	answer, err := h.send(ctx, body, deliveryOf(h, m), s.cfg.Now())
	if err != nil {
		return err
	}
	trouble := ""
	if answer != "" {
		if _, err := s.post(ctx, h, channel.Post{Text: plain(answer, s.nameOf), ClientID: clientID(deliveryOf(h, m))}); err != nil {
			trouble = "the receiver's answer could not be posted: " + chat.TextOf(err)
		}
	}
	c.at, c.pause = m.ID, 0
	now := chat.At(s.cfg.Now())
	return s.keep(ctx, h, func(st *state) { st.Cursor, st.Last, st.Failing, st.Trouble = m.ID, now, 0, trouble })
}

// deliveryOf is the same for every attempt to deliver a message.
func deliveryOf(h *hook, m *chat.Message) string {
	return h.GUID + "-" + strconv.FormatInt(int64(m.ID), 10)
}

func (s *Service) bodyOf(h *hook, m *chat.Message, word string) outgoing {
	at := m.At.Std()
	o := outgoing{
		TeamDomain: s.cfg.Domain, ChannelID: h.RoomGUID, Room: h.RoomGUID, Timestamp: fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000),
		Text: m.Text, TriggerWord: word, Message: m.ID, AuthorURI: m.AuthorURI, AuthorName: m.AuthorName, At: at.UTC(), Alert: m.Alert,
	}
	if r, err := s.rooms.FindRoom(h.RoomGUID); err == nil {
		o.ChannelName, o.RoomName = r.Name, r.Name
	}
	if p, ok := s.dir.FindPrincipal(m.Author); ok {
		o.Author, o.UserID, o.UserName = p.GUID, p.GUID, p.Name
	}
	return o
}

// record puts on record that a message leaves the server, or, with a cause, that
// it did not.
func (s *Service) record(ctx context.Context, h *hook, m *chat.Message, cause string) error {
	b, err := json.Marshal(struct {
		Webhook  string         `json:"webhook"`
		Name     string         `json:"name"`
		To       string         `json:"to"`
		Message  chat.MessageID `json:"message"`
		Delivery string         `json:"delivery"`
		By       string         `json:"by"`
	}{h.GUID, h.Name, Origin(h.URL), m.ID, deliveryOf(h, m), h.CreatedBy})
	if err != nil {
		return chat.Wrap(chat.KindUnknown, "marshalling", err)
	}
	e := chat.Entry{
		Kind: chat.EntryExport, At: chat.At(s.cfg.Now()), Actor: h.Bot, ActorName: h.Name, Room: h.Room, RoomGUID: h.RoomGUID,
		Message: m.ID, Endpoint: endpointOf(h), Cause: cause, Detail: string(b),
	}
	if p, ok := s.dir.FindPrincipal(h.Bot); ok {
		e.ActorURI = p.URI
	}
	if r, err := s.rooms.FindRoom(h.RoomGUID); err == nil {
		e.RoomName = r.Name
	}
	_, err = s.store.Append(ctx, chat.Batch{Entries: []chat.Entry{e}})
	return err
}

// failed notes a failed attempt, and sets a message aside that will not get
// through, or has not for too long: then the next one has its turn.
func (s *Service) failed(ctx context.Context, c *course, m *chat.Message, err error) error {
	f, ok := errors.AsType[*failure](err)
	if !ok {
		s.cfg.Log.Error("a webhook cannot deliver", slog.String("webhook", c.h.GUID), slog.Any("error", err))
		return err
	}
	now := chat.At(s.cfg.Now())
	since := c.h.now().Failing
	if since == 0 {
		since = now
	}
	aside := f.final || now.Std().Sub(since.Std()) >= giveUp
	trouble := f.why
	if aside {
		trouble = fmt.Sprintf("message %d was set aside: %s", m.ID, f.why)
		if err := s.record(ctx, c.h, m, "set aside: "+f.why); err != nil {
			return err
		}
		c.at = m.ID
	}
	failed := s.keep(ctx, c.h, func(st *state) {
		st.Trouble = trouble
		if !f.final {
			st.Failing = since
		}
		if aside {
			st.Cursor = m.ID
			st.SetAside++
		}
	})
	if f.final && failed == nil {
		return nil
	}
	return errors.Join(f, failed)
}
