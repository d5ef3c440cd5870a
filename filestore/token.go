package filestore

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"perch/chat"
)

// Ticket is what a token is asked for.
type Ticket struct {
	User     chat.PrincipalID
	Room     chat.RoomID
	Upload   bool
	Name     string // of the file to upload; a download may name what it likes
	Endpoint string // that asks, for the journal
	Client   string
}

// Issue gives a token: for one user, one room, one direction, and TokenLife.
func (s *Service) Issue(ctx context.Context, t Ticket) (string, error) {
	asks := &bearer{token: chat.FileToken{User: t.User, Room: t.Room, Upload: t.Upload, Endpoint: t.Endpoint, Client: t.Client}}
	if err := s.entitle(ctx, asks); err != nil {
		return "", err
	}
	name, err := fileName(t.Name)
	if err != nil && t.Upload {
		return "", err
	}
	now := s.cfg.Now()
	token := chat.FileToken{
		Token: uuid.NewString(), User: t.User, Room: t.Room, Upload: t.Upload, Name: name, Endpoint: t.Endpoint, Client: t.Client,
		Expires: chat.At(now.Add(TokenLife)),
	}
	return token.Token, s.store.CreateFileToken(ctx, token, chat.At(now))
}

// fileName is a file's name without the folders before it, and without what
// turns the direction of writing, by which a program looks like a text.
func fileName(name string) (string, error) {
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	if utf8.ValidString(name) {
		name = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Bidi_Control, r) {
				return -1
			}
			return r
		}, name)
	}
	name = strings.TrimSpace(name)
	switch {
	case name == "" || name == "." || name == "..":
		return "", chat.E(chat.KindInvalid, "the file needs a name")
	case utf8.RuneCountInString(name) > maxName:
		return "", chat.E(chat.KindInvalid, "a file's name may have 255 characters at most")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", chat.E(chat.KindInvalid, "a file's name may not hold control characters, and must be UTF-8")
	}
	return name, nil
}

// bearer is who shows a token, or has signed in himself, and the room that he
// wants something of, as they are now.
type bearer struct {
	token    chat.FileToken // without one: User, Room, Upload, Endpoint, Client and Expires only
	holder   string         // whose downloads go on: of a token or a sign-in
	user     chat.Principal
	room     *chat.Room
	category *chat.Category
}

// admit looks a token up and asks whether its user still has the right: it is
// asked at every request, so that who is put out of a room gets nothing more.
func (s *Service) admit(ctx context.Context, token, roomGUID string, upload bool) (*bearer, error) {
	t, err := s.store.FindFileToken(ctx, strings.ToLower(strings.TrimSpace(token)))
	switch {
	case chat.KindOf(err) == chat.KindInvalidToken, err == nil && s.now() >= t.Expires:
		return nil, chat.E(chat.KindInvalidToken, "the token is not known or has expired: ask for another")
	case err != nil:
		return nil, err
	case t.Upload != upload:
		return nil, chat.E(chat.KindInvalidToken, "the token is for the other direction")
	}
	b := &bearer{token: t, holder: t.Token}
	switch err = s.entitle(ctx, b); {
	case err != nil:
		return nil, err
	case !strings.EqualFold(b.room.GUID, strings.TrimSpace(roomGUID)):
		return nil, chat.E(chat.KindInvalidToken, "the token is for another room")
	}
	return b, nil
}

// entitle asks whether a bearer has the right that his token names, and describes
// him, the room and its category. A refusal is on record before it returns, also
// that of who hangs up.
func (s *Service) entitle(ctx context.Context, b *bearer) (err error) {
	t := &b.token
	b.user, b.room, b.category, err = s.rights.MayTransfer(t.User, t.Room, t.Upload)
	if err == nil {
		return nil
	}
	e, denied := s.rights.DeniedTransfer(t.User, t.Room, t.Upload)
	if !denied {
		return err
	}
	e.Endpoint, e.Client = t.Endpoint, t.Client
	if _, recordErr := s.store.Append(context.WithoutCancel(ctx), chat.Batch{Entries: []chat.Entry{e}}); recordErr != nil {
		return recordErr
	}
	return err
}

// Admit says whether a token is good for a room and direction now, for who must
// know that before he reads what comes with it.
func (s *Service) Admit(ctx context.Context, token, roomGUID string, upload bool) error {
	_, err := s.admit(ctx, token, roomGUID, upload)
	return err
}
