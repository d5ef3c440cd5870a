package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/chat"
)

// Tokens let programs in on a user's behalf. A secret is tokenPrefix, 32 random
// bytes, and a checksum of both by which it is told from what merely looks like
// one. Only its hash is kept: it has too much chance in it to be guessed.
const (
	tokenPrefix  = "perch_"
	tokenBytes   = 32
	maxTokens    = 50 // of a user
	maxTokenName = 100
	maxTokenDays = 3650
)

// NewToken describes a token to make.
type NewToken struct {
	User  chat.PrincipalID
	Name  string
	Scope chat.TokenScope
	Days  int // for how long; 0: until it is deleted
}

// CreateToken makes a token and returns it with its secret, which nobody is told
// again. Where ctx has an operator, he made it, and not its user himself.
func (s *Service) CreateToken(ctx context.Context, n NewToken) (chat.Pass, string, error) {
	n.Name = strings.TrimSpace(n.Name)
	p, ok := s.FindPrincipal(n.User)
	switch length := utf8.RuneCountInString(n.Name); {
	case !ok || p.Kind != chat.KindUser:
		return chat.Pass{}, "", chat.E(chat.KindNoSuchPrincipal, "")
	case length == 0 || length > maxTokenName || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, unicode.IsControl):
		return chat.Pass{}, "", chat.E(chat.KindInvalid, fmt.Sprintf("a token needs a name of up to %d characters", maxTokenName))
	case !slices.Contains([]chat.TokenScope{chat.ScopeRead, chat.ScopePost, chat.ScopeManage}, n.Scope):
		return chat.Pass{}, "", chat.E(chat.KindInvalid, "a token's scope is read, post or manage")
	case n.Days < 0 || n.Days > maxTokenDays:
		return chat.Pass{}, "", chat.E(chat.KindInvalid, fmt.Sprintf("a token is good for 1 to %d days, or until it is deleted", maxTokenDays))
	}
	secret, err := s.newSecret()
	if err != nil {
		return chat.Pass{}, "", err
	}
	now := s.cfg.Now()
	t := chat.Pass{
		ID: uuid.NewString(), Hash: hashSecret(secret), Kind: chat.PassToken, User: n.User, Name: n.Name, How: chat.Operator(ctx), Scope: n.Scope, Created: chat.At(now),
	}
	if n.Days > 0 {
		t.Expires = chat.At(now.Add(time.Duration(n.Days) * 24 * time.Hour))
	}
	if err := s.store.CreatePass(ctx, t, maxTokens, []chat.Entry{s.tokenEntry(ctx, &p, &t, "made")}); err != nil {
		if chat.KindOf(err) == chat.KindLimit {
			err = chat.E(chat.KindLimit, fmt.Sprintf("%s has %d tokens already: delete one first", p.Name, maxTokens))
		}
		return chat.Pass{}, "", err
	}
	return t, secret, nil
}

func (s *Service) newSecret() (string, error) {
	b := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.cfg.Rand, b); err != nil {
		return "", chat.Wrap(chat.KindUnknown, "randomness for a token", err)
	}
	body := tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
	return body + tokenSum(body), nil
}

// tokenSum is the checksum of what stands before it.
func tokenSum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return base64.RawURLEncoding.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

// hashSecret is what is kept of a secret.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// tokenEntry records what became of a token; without an operator it was its user.
func (s *Service) tokenEntry(ctx context.Context, p *chat.Principal, t *chat.Pass, what string) chat.Entry {
	e := chat.Entry{
		Kind: chat.EntryObject, At: chat.At(s.cfg.Now()), Cause: "token " + t.ID,
		Detail: marshal(map[string]any{"kind": "token", "name": t.Name, "user": p.URI, "scope": t.Scope, "expires": t.Expires, "what": what}),
	}
	if chat.Operator(ctx) == "" {
		e.Actor, e.ActorURI, e.ActorName = p.ID, p.URI, p.DisplayName
	}
	return e
}

// tokenUse is how exactly the use of a pass is kept.
const tokenUse = time.Minute

// CheckToken says whose a secret is, and notes that it is used. KindNoSuchObject
// if it is nobody's, or not any more.
func (s *Service) CheckToken(ctx context.Context, secret string) (chat.Pass, error) {
	none := chat.E(chat.KindNoSuchObject, "the token is not known here, or is not good any more")
	cut := len(secret) - len(tokenSum(""))
	if !strings.HasPrefix(secret, tokenPrefix) || cut < len(tokenPrefix) || tokenSum(secret[:cut]) != secret[cut:] {
		return chat.Pass{}, none
	}
	t, err := s.store.FindPass(ctx, hashSecret(secret))
	now := s.cfg.Now()
	switch {
	case chat.KindOf(err) == chat.KindNoSuchObject:
		return t, none
	case err != nil:
		return t, err
	case t.Kind != chat.PassToken || t.Expires != 0 && t.Expires <= chat.At(now):
		return t, none
	case now.Sub(t.Used.Std()) >= tokenUse:
		return t, s.store.UsePass(ctx, t.ID, chat.At(now))
	}
	return t, nil
}

// ListTokens lists a user's tokens, those of all users for zero, the oldest first.
func (s *Service) ListTokens(ctx context.Context, user chat.PrincipalID) ([]chat.Pass, error) {
	return s.store.ListPasses(ctx, user, chat.PassToken)
}

// DeleteToken makes a token useless at once; user is whose it must be, zero for
// anybody's (KindNoSuchObject).
func (s *Service) DeleteToken(ctx context.Context, user chat.PrincipalID, id string) error {
	list, err := s.ListTokens(ctx, user)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(t chat.Pass) bool { return t.ID == id })
	if i < 0 {
		return chat.E(chat.KindNoSuchObject, "there is no such token")
	}
	p, _ := s.FindPrincipal(list[i].User)
	if _, err := s.store.DeletePasses(ctx, []string{id}, []chat.Entry{s.tokenEntry(ctx, &p, &list[i], "deleted")}); err != nil {
		return err
	}
	s.change.Lock() // changes are told one after the other
	defer s.change.Unlock()
	s.watch.tell(chat.PrincipalChange{ID: p.ID, Secret: true})
	return nil
}

// ListSessions lists where a user is signed in by the web, the oldest first.
func (s *Service) ListSessions(ctx context.Context, user chat.PrincipalID) ([]chat.Pass, error) {
	return s.store.ListPasses(ctx, user, chat.PassSession)
}

// SignOut ends a user's web sessions, on record, and says how many there were.
func (s *Service) SignOut(ctx context.Context, user chat.PrincipalID) (int, error) {
	list, err := s.ListSessions(ctx, user)
	if err != nil {
		return 0, err
	}
	p, _ := s.FindPrincipal(user)
	ids, entries := make([]string, len(list)), make([]chat.Entry, len(list))
	for i, x := range list {
		ids[i] = x.ID
		entries[i] = chat.Entry{
			Kind: chat.EntrySignOut, At: chat.At(s.cfg.Now()), Actor: user, ActorURI: p.URI, ActorName: p.DisplayName, Endpoint: x.ID, Client: x.Client,
			Cause: "signed out by an administrator",
		}
	}
	gone, err := s.store.DeletePasses(ctx, ids, entries)
	if err != nil {
		return 0, err
	}
	s.change.Lock() // changes are told one after the other
	defer s.change.Unlock()
	s.watch.tell(chat.PrincipalChange{ID: user, Secret: true})
	return len(gone), nil
}
