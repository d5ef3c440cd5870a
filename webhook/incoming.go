package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"perch/channel"
	"perch/chat"
)

// How much one incoming webhook may post: Slack allows one a second with short
// bursts.
const (
	postsASecond = rate.Limit(2)
	postsAtOnce  = 30
)

// Limited is the refusal of a webhook that posts too fast.
type Limited struct{ After time.Duration }

func (l *Limited) Error() string {
	return fmt.Sprintf("the webhook posts too fast: try again in %s", l.After)
}

// ErrNoText is the refusal of a payload that says nothing.
var ErrNoText = chat.E(chat.KindInvalid, "the payload has no text")

// Receive posts what came in for a secret, and returns when it is on disk.
// KindNoSuchObject: no webhook has the secret. ErrNoText: it says nothing. A
// *Limited: too fast. key, unless empty, marks repetitions of one post, which are
// stored once.
func (s *Service) Receive(ctx context.Context, secret string, p *Payload, key string) (chat.MessageID, error) {
	h, err := s.bySecretOf(secret)
	if err != nil {
		return 0, err
	}
	text := p.Render(s.nameOf)
	if text == "" {
		return 0, ErrNoText
	}
	id, err := s.post(ctx, h, channel.Post{Text: text, Alert: p.Alert, ClientID: clientID(key)})
	s.received(ctx, h, err)
	return id, err
}

// clientID is what a key is to the store, however long it is; each bot's are its
// own.
func clientID(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:chat.MaxClientID/2])
}

// Admit says, before anything of a request's body is read, whether a secret is
// known and its webhook may post now.
func (s *Service) Admit(secret string) error {
	h, err := s.bySecretOf(secret)
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	r := h.limit.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &Limited{wait.Truncate(time.Second) + time.Second}
	}
	return nil
}

func (s *Service) bySecretOf(secret string) (*hook, error) {
	sum := hashOf(secret)
	s.mu.RLock()
	defer s.mu.RUnlock()
	h, ok := s.bySecret[sum]
	if !ok || s.stopped {
		return nil, chat.E(chat.KindNoSuchObject, "there is no such webhook")
	}
	return h, nil
}

// keepEvery bounds how often it is stored when an incoming webhook was used last.
const keepEvery = time.Minute

// received notes how the last post went.
func (s *Service) received(ctx context.Context, h *hook, err error) {
	now := s.cfg.Now()
	trouble := ""
	if err != nil {
		trouble = chat.TextOf(err)
	}
	h.mu.Lock()
	news := h.state.Trouble != trouble || now.Sub(h.kept) >= keepEvery
	if err == nil {
		h.state.Last = chat.At(now)
	}
	h.state.Trouble = trouble
	h.mu.Unlock()
	if !news {
		return
	}
	if err := s.keep(ctx, h, func(*state) {}); err != nil {
		s.cfg.Log.Error("a webhook's state cannot be stored", "webhook", h.GUID, "error", err)
	}
}

// nameOf is what stands for somebody whom a mention names by account or address.
func (s *Service) nameOf(id string) string {
	if p, err := s.dir.Find(id); err == nil && p.Kind == chat.KindUser {
		return p.DisplayName
	}
	return id
}
