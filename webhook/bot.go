package webhook

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
	"perch/directory"
)

// botPrefix begins the names of bots. BotGroup is the group that a new bot is
// put in if it is there: who allows it in a category allows webhooks there.
const (
	botPrefix = "hook-"
	BotGroup  = "webhooks"
)

// makeBot makes a webhook's bot and gives it what it needs to post: a manager as
// far as a manager may, an administrator beyond the scope if he asks for it. If
// an incoming webhook of a manager could not post it is refused, and nothing is
// left of the bot.
func (s *Service) makeBot(ctx context.Context, by *Caller, r *channel.RoomView, guid string, spec *Spec) (chat.Principal, error) {
	as := ctx
	if p, ok := s.dir.FindPrincipal(by.User); ok {
		as = chat.WithOperator(ctx, p.URI)
	}
	name := botPrefix + strings.ReplaceAll(guid, "-", "")[:12]
	made, err := s.dir.CreateUsers(as, []directory.NewUser{{Name: name, DisplayName: spec.Name, Bot: true}})
	if err != nil {
		return chat.Principal{}, err
	}
	bot := made[0]
	err = s.equip(as, by, r, bot.ID, spec)
	if err != nil && !spec.Outgoing && !by.administrator() {
		s.dismiss(as, bot.ID)
		return bot, chat.E(chat.KindForbidden, "the webhook could not post: "+chat.TextOf(err)+
			". An administrator can make it (perch webhook add --allow), or allow the group "+BotGroup+" in the room's category")
	}
	return bot, nil // what it lacks is shown as its trouble
}

// equip puts a bot into the group, the scope and the room's lists, and says why
// it may not post all the same.
func (s *Service) equip(ctx context.Context, by *Caller, r *channel.RoomView, bot chat.PrincipalID, spec *Spec) error {
	if g, err := s.dir.Find(BotGroup); err == nil && g.Kind == chat.KindGroup {
		if err := s.dir.Join(ctx, g.ID, bot); err != nil {
			return err
		}
	}
	if by.administrator() && spec.Allow {
		c, err := s.rooms.FindCategory(r.CategoryName)
		if err != nil {
			return err
		}
		if !access.InScope(&c, s.dir.Affiliations(bot)) {
			if _, err := s.rooms.UpdateCategory(ctx, c.Name, channel.CategoryPatch{Allowed: channel.ListPatch{Add: []chat.PrincipalID{bot}}}); err != nil {
				return err
			}
		}
	}
	patch := channel.RoomPatch{}
	if r.Privacy != chat.Open {
		patch.Members.Add = []chat.PrincipalID{bot}
	}
	if r.Behavior == chat.Auditorium {
		patch.Presenters.Add = []chat.PrincipalID{bot}
	}
	if len(patch.Members.Add)+len(patch.Presenters.Add) > 0 {
		if err := s.updateRoom(ctx, by, r.GUID, patch); err != nil {
			return err
		}
	}
	d, err := s.rooms.Explain(bot, access.Post, r.GUID)
	if err == nil && !d.Allowed {
		err = chat.E(d.Kind, d.Reason())
	}
	return err
}

// updateRoom changes a room as the caller, with his rights.
func (s *Service) updateRoom(ctx context.Context, by *Caller, guid string, patch channel.RoomPatch) error {
	if by.administrator() {
		_, err := s.rooms.UpdateRoom(ctx, guid, patch)
		return err
	}
	x, err := s.rooms.Open(ctx, channel.Opening{User: by.User, Endpoint: "webhooks", Client: by.Client, Sink: silent{}, Commands: true})
	if err != nil {
		return err
	}
	defer x.Close(channel.CauseLeft)
	_, err = x.UpdateRoom(ctx, guid, patch)
	return err
}

// dismiss deletes a bot. One that is left over can do nothing: it has no secret.
func (s *Service) dismiss(ctx context.Context, bot chat.PrincipalID) {
	if err := s.dir.Delete(ctx, bot); err != nil && chat.KindOf(err) != chat.KindNoSuchPrincipal {
		s.cfg.Log.Error("a webhook's bot cannot be deleted", slog.Int64("bot", int64(bot)), slog.Any("error", err))
	}
}

// silent is the far end of a bot's session, which wants to hear nothing.
type silent struct{}

func (silent) Deliver([]*channel.Event) error { return nil }
func (silent) Closed(channel.Cause)           {}

// postTime bounds how long a post may wait for the disk before its program is
// told to try again.
const postTime = 30 * time.Second

// post posts as a webhook's bot and returns when the message is on disk. The bot
// is not in the room: nobody sees it come and go.
func (s *Service) post(ctx context.Context, h *hook, p channel.Post) (chat.MessageID, error) {
	p.RoomGUID, p.Absent = h.RoomGUID, true
	x, err := s.rooms.Open(ctx, channel.Opening{User: h.Bot, Endpoint: endpointOf(h), Client: "webhook", Sink: silent{}, Commands: true})
	if err != nil {
		return 0, err
	}
	defer x.Close(channel.CauseLeft)
	ctx, cancel := context.WithTimeout(ctx, postTime)
	defer cancel()
	m, err := x.PostAndWait(ctx, p)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = chat.E(chat.KindBusy, "the store is slow; the post may still be stored")
	}
	return m.ID, err
}

// endpointOf names a webhook where journal and sessions name an endpoint.
func endpointOf(h *hook) string { return "webhook:" + h.GUID }
