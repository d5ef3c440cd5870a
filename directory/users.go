package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/md4" //nolint:staticcheck // NTLM is made of it

	"perch/chat"
)

// NewUser describes a user to create.
type NewUser struct {
	Name        string // part of the address before the @
	DisplayName string
	Email       string
	Company     string
	Password    string // may be empty: then the user cannot sign in by password
	NTLM        bool   // keep the NT hash, which is as good as the password
	Bot         bool   // a program, which signs in by tokens only
}

// entry is the journal's record of a change of a principal.
func (s *Service) entry(before, after *chat.Principal) chat.Entry {
	detail := marshal(map[string]*chat.Principal{"before": before, "after": after})
	return chat.Entry{Kind: chat.EntryPerson, At: chat.At(s.cfg.Now()), Detail: detail}
}

// CheckName says what is wrong with a user's or group's name.
func CheckName(name string) error {
	switch {
	case name == "":
		return chat.E(chat.KindInvalid, "a name is needed")
	case utf8.RuneCountInString(name) > 64:
		return chat.E(chat.KindInvalid, fmt.Sprintf("the name %.20s... is longer than 64 characters", name))
	}
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			continue
		}
		return chat.E(chat.KindInvalid, fmt.Sprintf("the name %q may hold letters a-z, digits, '.', '_' and '-'", name))
	}
	if strings.Trim(name, ".-") != name {
		return chat.E(chat.KindInvalid, fmt.Sprintf("the name %q may not begin or end with '.' or '-'", name))
	}
	if strings.EqualFold(name, "everyone") {
		return chat.E(chat.KindInvalid, `"everyone" means the whole domain`)
	}
	return nil
}

// checkParticulars checks what is shown of a principal: it stands in clients'
// windows, in logs and in the archive for good.
func checkParticulars(texts ...string) error {
	for _, t := range texts {
		switch {
		case utf8.RuneCountInString(t) > chat.MaxNameLength:
			return chat.E(chat.KindInvalid, fmt.Sprintf("%.20q... is longer than %d characters", t, chat.MaxNameLength))
		case !utf8.ValidString(t) || strings.ContainsFunc(t, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
			return chat.E(chat.KindInvalid, fmt.Sprintf("%.40q holds control characters, or is not UTF-8", t))
		}
	}
	return nil
}

// CreateUsers creates users together, or none of them.
func (s *Service) CreateUsers(ctx context.Context, users []NewUser) ([]chat.Principal, error) {
	principals := make([]chat.Principal, len(users))
	credentials := make([]chat.Credentials, len(users))
	entries := make([]chat.Entry, len(users))
	for i, u := range users {
		name := strings.ToLower(strings.TrimSpace(u.Name))
		if err := CheckName(name); err != nil {
			return nil, err
		}
		if err := checkParticulars(u.DisplayName, u.Email, u.Company); err != nil {
			return nil, err
		}
		p := s.newPrincipal(chat.KindUser, name, strings.TrimSpace(u.DisplayName))
		p.Email, p.Company, p.Bot = u.Email, u.Company, u.Bot
		if u.Bot && (u.Password != "" || u.NTLM) {
			return nil, errBotPassword
		}
		c, err := s.credentials(u.Password, u.NTLM)
		if err != nil {
			return nil, err
		}
		principals[i], credentials[i], entries[i] = p, c, s.entry(nil, &p)
	}
	return s.create(ctx, principals, credentials, entries)
}

var errBotPassword = chat.E(chat.KindInvalid, "a bot has no password: it signs in by tokens (perch token add)")

func (s *Service) create(ctx context.Context, p []chat.Principal, c []chat.Credentials, e []chat.Entry) ([]chat.Principal, error) {
	s.change.Lock()
	defer s.change.Unlock()
	made, err := s.store.CreatePrincipals(ctx, p, c, e)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	for i := range made {
		s.putLocked(&made[i])
	}
	s.mu.Unlock()
	changes := make([]chat.PrincipalChange, len(made))
	for i := range made {
		changes[i] = chat.PrincipalChange{ID: made[i].ID, Rights: true}
	}
	s.watch.tell(changes...)
	return made, nil
}

func (s *Service) credentials(password string, ntlm bool) (chat.Credentials, error) {
	var c chat.Credentials
	if password == "" {
		if ntlm {
			return c, chat.E(chat.KindInvalid, "NTLM sign-in needs a password")
		}
		return c, nil
	}
	hash, err := s.hasher.hash(password)
	if err != nil {
		return c, chat.Wrap(chat.KindUnknown, "hashing a password", err)
	}
	c.Password = hash
	if ntlm {
		c.NTHash = ntHash(password)
	}
	return c, nil
}

// ntHash is MD4 of the password in UTF-16 (MS-NLMP 3.3.1).
func ntHash(password string) []byte {
	h := md4.New()
	for _, u := range utf16.Encode([]rune(password)) {
		h.Write([]byte{byte(u), byte(u >> 8)})
	}
	return h.Sum(nil)
}

// UserPatch changes a user; nil leaves a thing as it is.
type UserPatch struct {
	DisplayName, Email, Company *string
}

// UpdateUser changes a user's particulars.
func (s *Service) UpdateUser(ctx context.Context, id chat.PrincipalID, patch UserPatch) (chat.Principal, error) {
	for _, t := range []*string{patch.DisplayName, patch.Email, patch.Company} {
		if t == nil {
			continue
		}
		if err := checkParticulars(*t); err != nil {
			return chat.Principal{}, err
		}
	}
	if n := patch.DisplayName; n != nil && strings.TrimSpace(*n) == "" {
		return chat.Principal{}, chat.E(chat.KindInvalid, "a user needs a name to show")
	}
	return s.update(ctx, id, chat.PrincipalChange{ID: id, Rights: true}, func(p *chat.Principal) error {
		for _, f := range [...]struct{ at, to *string }{{&p.DisplayName, patch.DisplayName}, {&p.Email, patch.Email}, {&p.Company, patch.Company}} {
			if f.to != nil {
				*f.at = *f.to
			}
		}
		return nil
	})
}

// Disable stops a user from using the server at once; Enable undoes it.
func (s *Service) Disable(ctx context.Context, id chat.PrincipalID) error {
	_, err := s.update(ctx, id, chat.PrincipalChange{ID: id, Gone: true}, setState(chat.PrincipalDisabled))
	return err
}

// Enable lets a disabled user in again.
func (s *Service) Enable(ctx context.Context, id chat.PrincipalID) error {
	_, err := s.update(ctx, id, chat.PrincipalChange{ID: id, Rights: true}, setState(chat.PrincipalActive))
	return err
}

// Delete deletes a user or group for good; his messages stay.
func (s *Service) Delete(ctx context.Context, id chat.PrincipalID) error {
	if id == s.domain {
		return chat.E(chat.KindInvalid, "the domain cannot be deleted")
	}
	_, err := s.update(ctx, id, chat.PrincipalChange{ID: id, Gone: true}, setState(chat.PrincipalDeleted))
	return err
}

func setState(to chat.PrincipalState) func(p *chat.Principal) error {
	return func(p *chat.Principal) error {
		p.State = to
		return nil
	}
}

func (s *Service) update(ctx context.Context, id chat.PrincipalID, change chat.PrincipalChange, edit func(p *chat.Principal) error) (chat.Principal, error) {
	s.change.Lock()
	defer s.change.Unlock()
	old, ok := s.FindPrincipal(id)
	if !ok {
		return chat.Principal{}, chat.E(chat.KindNoSuchPrincipal, "")
	}
	p := old
	if err := edit(&p); err != nil {
		return old, err
	}
	p.Audit.UpdatedAt = max(chat.At(s.cfg.Now()), old.Audit.UpdatedAt+1) // which tells versions apart
	if err := s.store.UpdatePrincipal(ctx, p, s.entry(&old, &p)); err != nil {
		return chat.Principal{}, err
	}
	var held []chat.PrincipalID
	s.mu.Lock()
	s.putLocked(&p)
	if p.State == chat.PrincipalDeleted { // and therefore not one of those whom he holds
		held = s.unlinkLocked(id)
	}
	s.mu.Unlock()
	s.watch.tell(change)
	s.tellRights(held)
	return p, nil
}

// SetPassword changes a user's password. The NT hash is made anew if his NTLM
// sign-in is enabled, or ntlm says so. His web sessions end, and he is locked out
// no longer.
func (s *Service) SetPassword(ctx context.Context, id chat.PrincipalID, password string, ntlm *bool) error {
	return s.setPassword(ctx, id, password, ntlm, "")
}

// ChangePassword is a user's own change of his password; he knows the old one. His
// web sessions end but the one of the id keep.
func (s *Service) ChangePassword(ctx context.Context, id chat.PrincipalID, old, password, keep string) error {
	p, ok := s.FindPrincipal(id)
	if !ok {
		return chat.E(chat.KindNoSuchPrincipal, "")
	}
	if _, err := s.CheckPassword(ctx, p.URI, old); err != nil {
		return err
	}
	return s.setPassword(ctx, id, password, nil, keep)
}

func (s *Service) setPassword(ctx context.Context, id chat.PrincipalID, password string, ntlm *bool, keep string) error {
	p, _ := s.FindPrincipal(id)
	switch {
	case p.Bot:
		return errBotPassword
	case password == "":
		return chat.E(chat.KindInvalid, "the password is empty")
	}
	s.change.Lock()
	defer s.change.Unlock()
	old, err := s.store.FindCredentials(ctx, id)
	if err != nil {
		return err
	}
	hashed := len(old.NTHash) > 0
	if ntlm != nil {
		hashed = *ntlm
	}
	c, err := s.credentials(password, hashed)
	if err != nil {
		return err
	}
	if err := s.storeCredentials(ctx, id, c, keep); err != nil {
		return err
	}
	return s.forgetFailures(ctx, p.URI)
}

// DisableNTLM forgets a user's NT hash. To enable NTLM set a password: the
// hash can be made of nothing else.
func (s *Service) DisableNTLM(ctx context.Context, id chat.PrincipalID) error {
	s.change.Lock()
	defer s.change.Unlock()
	c, err := s.store.FindCredentials(ctx, id)
	if err != nil {
		return err
	}
	c.NTHash = nil
	return s.storeCredentials(ctx, id, c, "")
}

func (s *Service) storeCredentials(ctx context.Context, id chat.PrincipalID, c chat.Credentials, keep string) error {
	p, ok := s.FindPrincipal(id)
	if !ok {
		return chat.E(chat.KindNoSuchPrincipal, "")
	}
	e := s.entry(&p, &p)
	e.Cause = "credentials"
	if err := s.store.UpdateCredentials(ctx, id, c, keep, e); err != nil {
		return err
	}
	s.watch.tell(chat.PrincipalChange{ID: id, Secret: true})
	return nil
}

// ErrLockedOut marks, as the cause of a refusal, that the name was locked out by
// it.
var ErrLockedOut = errors.New("locked out")

// CheckPassword says who signs in with a password, or KindForbidden, which
// takes as long for a user who does not exist. KindLimit: so many failed for that
// name that none is looked at (see Lockout); KindBusy: too many people sign in at
// once. Both say how long to wait (chat.WaitOf).
func (s *Service) CheckPassword(ctx context.Context, login, password string) (chat.Principal, error) {
	if err := s.BeginTry(login); err != nil {
		return chat.Principal{}, err
	}
	p, _ := s.login(login)
	c, err := s.store.FindCredentials(ctx, p.ID) // nobody has the number zero
	right := false
	if err == nil {
		right, err = s.hasher.check(ctx, password, c.Password)
	}
	switch {
	case err != nil:
		s.DropTry(login)
		return chat.Principal{}, err
	case right && p.State == chat.PrincipalActive:
		s.TrySucceeded(login)
		return p, nil
	case s.TryFailed(ctx, login):
		return chat.Principal{}, fmt.Errorf("%w: %w", errWrongPassword, ErrLockedOut)
	}
	return chat.Principal{}, errWrongPassword
}

var errWrongPassword = chat.E(chat.KindForbidden, "the name or the password is wrong")

// NTHash is the secret of the user who signs in by NTLM under a login name. The
// domain that goes with it is a part of the proof and names nobody.
func (s *Service) NTHash(ctx context.Context, login, _ string) (chat.Principal, []byte, error) {
	p, found := s.login(login)
	if !found {
		return chat.Principal{}, nil, chat.E(chat.KindForbidden, "no such user")
	}
	if p.State != chat.PrincipalActive {
		return p, nil, chat.E(chat.KindForbidden, "the user is disabled")
	}
	c, err := s.store.FindCredentials(ctx, p.ID)
	if err != nil {
		return p, nil, err
	}
	if len(c.NTHash) == 0 {
		return p, nil, chat.E(chat.KindForbidden, "NTLM sign-in is not enabled for the user")
	}
	return p, c.NTHash, nil
}

// login finds who signs in under a login name (see loginURI).
func (s *Service) login(login string) (chat.Principal, bool) {
	p, ok := s.FindURI(s.loginURI(login))
	if !ok || p.Kind != chat.KindUser {
		return chat.Principal{}, false
	}
	return p, true
}

// FindVouched finds the user whom another service vouches for by a name of his, an
// address or an e-mail address; one that fits several people fits nobody.
func (s *Service) FindVouched(name string) (chat.Principal, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	uri := "sip:" + name
	if !strings.Contains(name, "@") {
		uri += "@" + strings.ToLower(s.cfg.Domain)
	}
	if p, ok := s.FindURI(uri); ok && p.Kind == chat.KindUser && !p.Bot {
		return p, nil
	}
	var found []chat.Principal
	for _, p := range s.List(chat.KindUser) {
		if p.Email != "" && strings.EqualFold(p.Email, name) && !p.Bot {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return chat.Principal{}, chat.E(chat.KindNoSuchPrincipal, "nobody here is known as "+name)
	case 1:
		return found[0], nil
	}
	return chat.Principal{}, chat.E(chat.KindNoSuchPrincipal, "several people here have the e-mail address "+name)
}

// SignIns says by what a user can sign in.
func (s *Service) SignIns(ctx context.Context, id chat.PrincipalID) (password, ntlm bool, err error) {
	c, err := s.store.FindCredentials(ctx, id)
	return c.Password != "", len(c.NTHash) > 0, err
}
