package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/channel"
	"perch/chat"
	"perch/chat/access"
)

// Info is a webhook as its managers see it.
type Info struct {
	chat.Webhook
	RoomName string
	BotName  string
	Last     chat.Time // zero: never
	Trouble  string    // why it does not work, or the last one did not get through
	SetAside int       // posts that never got through
}

// Spec describes a webhook to make.
type Spec struct {
	Room     string // GUID; an administrator may give its name
	Name     string
	Outgoing bool
	URL      string
	Words    []string
	// Allow has an administrator's webhook allowed in the room's category if its
	// scope does not hold the bot.
	Allow bool
}

// Caller is who asks: a user, or, if User is zero, an administrator.
type Caller struct {
	User   chat.PrincipalID
	Client string // program and address, for the journal
}

func (c *Caller) administrator() bool { return c.User == 0 }

// mayManage finds a room whose webhooks the caller may see and change.
func (s *Service) mayManage(by *Caller, room string) (channel.RoomView, error) {
	r, err := s.rooms.FindRoom(room)
	if err != nil || by.administrator() {
		return r, err
	}
	d, err := s.rooms.Explain(by.User, access.Manage, r.GUID)
	if err != nil {
		return r, err
	}
	return r, d.Err()
}

// List lists the webhooks of a room, by name; for an administrator an empty room
// means all of them.
func (s *Service) List(by Caller, room string) ([]Info, error) {
	var only chat.RoomID
	if room != "" || !by.administrator() {
		r, err := s.mayManage(&by, room)
		if err != nil {
			return nil, err
		}
		only = r.ID
	}
	out := []Info{}
	for _, h := range s.all() {
		i := s.info(h)
		if i.RoomName != "" && (only == 0 || h.Room == only) { // the room may just have been deleted
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b Info) int {
		if n := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); n != 0 {
			return n
		}
		return strings.Compare(a.GUID, b.GUID)
	})
	return out, nil
}

func (s *Service) info(h *hook) Info {
	st := h.now()
	i := Info{Webhook: h.Webhook, Last: st.Last, Trouble: st.Trouble, SetAside: st.SetAside}
	if r, err := s.rooms.FindRoom(h.RoomGUID); err == nil {
		i.RoomName = r.Name
	}
	if p, ok := s.dir.FindPrincipal(h.Bot); ok {
		i.BotName = p.Name
	}
	if now := s.hindrance(h); now != "" {
		i.Trouble = now
	}
	return i
}

// hindrance is why a webhook cannot work now, or empty.
func (s *Service) hindrance(h *hook) string {
	if h.Outgoing {
		if err := s.mayLeave(h); err != nil {
			return chat.TextOf(err)
		}
		return ""
	}
	d, err := s.rooms.Explain(h.Bot, access.Post, h.RoomGUID)
	switch {
	case err != nil:
		return chat.TextOf(err)
	case !d.Allowed:
		return "its bot may not post: " + d.Reason()
	}
	return ""
}

// Create makes a webhook with its bot, and returns it with its secret: the last
// part of an incoming one's address, the key of an outgoing one's signatures.
// It is told this once.
func (s *Service) Create(ctx context.Context, by Caller, spec Spec) (Info, string, error) {
	if err := checkSpec(&spec); err != nil {
		return Info{}, "", err
	}
	if spec.Outgoing {
		if err := s.cfg.Hosts.Check(spec.URL); err != nil {
			return Info{}, "", err
		}
	}
	s.change.Lock()
	defer s.change.Unlock()
	r, err := s.mayManage(&by, spec.Room)
	if err != nil {
		return Info{}, "", err
	}
	if err := s.mayAdd(&by, &r, &spec); err != nil {
		return Info{}, "", err
	}
	secret, err := s.newSecret()
	if err != nil {
		return Info{}, "", err
	}
	guid := uuid.NewString()
	bot, err := s.makeBot(ctx, &by, &r, guid, &spec)
	if err != nil {
		return Info{}, "", err
	}
	h, err := s.storeNew(ctx, &by, &r, guid, bot.ID, &spec, secret)
	if err != nil {
		s.dismiss(ctx, bot.ID)
		return Info{}, "", err
	}
	return s.info(h), secret, nil
}

// mayAdd refuses one webhook too many, and an outgoing one whose creator may not
// read the room.
func (s *Service) mayAdd(by *Caller, r *channel.RoomView, spec *Spec) error {
	here, all := 0, s.all()
	for _, h := range all {
		if h.Room == r.ID {
			here++
		}
	}
	if here >= chat.MaxRoomWebhooks || len(all) >= chat.MaxWebhooks {
		return chat.E(chat.KindLimit, "a room has 20 webhooks at most, a pool 1000: delete one first")
	}
	for _, p := range s.dir.SearchPrincipals(spec.Name) {
		if p.Kind == chat.KindUser && (strings.EqualFold(p.DisplayName, spec.Name) || strings.EqualFold(p.Name, spec.Name)) && !s.IsBot(p.ID) {
			return chat.E(chat.KindDuplicateName, "somebody is named "+spec.Name+": a webhook may not be taken for him")
		}
	}
	if !spec.Outgoing || by.administrator() {
		return nil
	}
	d, err := s.rooms.Explain(by.User, access.Read, r.GUID)
	if err != nil {
		return err
	}
	if !d.Allowed {
		return chat.E(chat.KindForbidden, "what is posted goes out only for somebody who may read it himself: "+d.Reason())
	}
	return nil
}

// storeNew stores a new webhook and makes it known.
func (s *Service) storeNew(ctx context.Context, by *Caller, r *channel.RoomView, guid string, bot chat.PrincipalID, spec *Spec, secret string) (*hook, error) {
	c := content{
		Name: spec.Name, Outgoing: spec.Outgoing, Room: r.ID, RoomGUID: r.GUID, URL: spec.URL, Words: spec.Words,
		Creator: by.User, CreatedAt: chat.At(s.cfg.Now()),
	}
	if spec.Outgoing {
		c.Key = secret
	} else {
		sum := hashOf(secret)
		c.Hash = hex.EncodeToString(sum[:])
	}
	e := s.changed(by, guid, r, nil, &c)
	if c.CreatedBy = e.ActorURI; c.CreatedBy == "" {
		c.CreatedBy = chat.Operator(ctx)
	}
	h, err := s.newHook(guid, bot, 1, &c)
	if err != nil {
		return nil, err
	}
	head, err := s.store.Head(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := s.keep(ctx, h, func(st *state) { st.Cursor = head }); err != nil {
		return nil, err
	}
	b, err := json.Marshal(&c)
	if err != nil {
		return nil, chat.Wrap(chat.KindUnknown, "marshalling", err)
	}
	o := chat.Object{Kind: chat.ObjectWebhook, Name: guid, Owner: bot, Content: string(b)}
	if _, err := s.store.UpdateObjects(ctx, []chat.Object{o}, []chat.Entry{e}); err != nil {
		return nil, err
	}
	s.put(h)
	return h, nil
}

// Delete deletes a webhook of a room, and its bot; an administrator need not
// name the room. What it posted stays.
func (s *Service) Delete(ctx context.Context, by Caller, room, guid string) error {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.RLock()
	h := s.hooks[strings.ToLower(guid)]
	s.mu.RUnlock()
	if room != "" || !by.administrator() {
		r, err := s.mayManage(&by, room)
		if err != nil {
			return err
		}
		if h != nil && h.Room != r.ID {
			h = nil
		}
	}
	if h == nil {
		return chat.E(chat.KindNoSuchObject, "no webhook of that id is there")
	}
	return s.removeLocked(ctx, h, &by)
}

// remove deletes a webhook; by is nil for the server itself.
func (s *Service) remove(ctx context.Context, h *hook, by *Caller) error {
	s.change.Lock()
	defer s.change.Unlock()
	return s.removeLocked(ctx, h, by)
}

func (s *Service) removeLocked(ctx context.Context, h *hook, by *Caller) error {
	if by == nil {
		by = &Caller{}
	}
	r, err := s.rooms.FindRoom(h.RoomGUID)
	if err != nil {
		r = channel.RoomView{Room: chat.Room{ID: h.Room, GUID: h.RoomGUID}}
	}
	err = s.store.DeleteObject(ctx, chat.ObjectWebhook, h.GUID, s.changed(by, h.GUID, &r, &h.content, nil))
	if err != nil && chat.KindOf(err) != chat.KindInvalid { // that is: it was gone
		return err
	}
	s.drop(h)
	s.dismiss(ctx, h.Bot)
	return nil
}

// changed is the journal's entry of a change, without secrets; a receiver's path
// may be one.
func (s *Service) changed(by *Caller, guid string, r *channel.RoomView, before, after *content) chat.Entry {
	b, err := json.Marshal(struct {
		Kind   chat.ObjectKind `json:"kind"`
		Name   string          `json:"name"`
		Before *content        `json:"before"`
		After  *content        `json:"after"`
	}{chat.ObjectWebhook, guid, before.shown(), after.shown()})
	if err != nil {
		b = nil // plain structs always marshal
	}
	e := chat.Entry{Kind: chat.EntryObject, At: chat.At(s.cfg.Now()), Room: r.ID, RoomGUID: r.GUID, RoomName: r.Name, Client: by.Client, Detail: string(b)}
	if p, ok := s.dir.FindPrincipal(by.User); ok {
		e.Actor, e.ActorURI, e.ActorName = p.ID, p.URI, p.DisplayName
	}
	return e
}

func (c *content) shown() *content {
	if c == nil {
		return nil
	}
	out := *c
	out.Hash, out.Key, out.URL = "", "", Origin(c.URL)
	return &out
}

func checkSpec(spec *Spec) error {
	spec.Name = strings.TrimSpace(spec.Name)
	switch n := utf8.RuneCountInString(spec.Name); {
	case n == 0 || n > chat.MaxWebhookName || strings.ContainsFunc(spec.Name, unicode.IsControl):
		return chat.E(chat.KindInvalid, "a webhook needs a name of up to 100 characters")
	case !spec.Outgoing && (spec.URL != "" || len(spec.Words) > 0):
		return chat.E(chat.KindInvalid, "an incoming webhook gets its address from the server, and has no words")
	case len(spec.Words) > chat.MaxWebhookWords:
		return chat.E(chat.KindInvalid, "a webhook has 64 words at most")
	}
	for i, w := range spec.Words {
		w = strings.TrimSpace(w)
		if n := utf8.RuneCountInString(w); n == 0 || n > chat.MaxWebhookWord {
			return chat.E(chat.KindInvalid, "a word has 1 to 100 characters")
		}
		spec.Words[i] = w
	}
	return nil
}

// secretBytes makes guessing hopeless, so that a plain hash of a secret may be
// stored.
const secretBytes = 32

func (s *Service) newSecret() (string, error) {
	b := make([]byte, secretBytes)
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		return "", chat.Wrap(chat.KindUnknown, "making a secret", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func hashOf(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

func parseHash(text string) (h [sha256.Size]byte) {
	b, err := hex.DecodeString(text)
	if err == nil {
		copy(h[:], b)
	}
	return h
}
