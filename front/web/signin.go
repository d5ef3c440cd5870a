package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"perch/chat"
	"perch/directory"
	"perch/front/web/api"
)

// byPassword is how a session began that began with a password.
const byPassword = "password"

// GetSignIn tells how one can sign in.
func (s *Server) GetSignIn(context.Context, api.GetSignInRequestObject) (api.GetSignInResponseObject, error) {
	out := api.GetSignIn200JSONResponse{Domain: s.cfg.Domain, Name: s.cfg.Name, Password: true}
	if s.cfg.Notice != "" {
		out.Notice = &s.cfg.Notice
	}
	out.Providers = make([]struct {
		Name string `json:"name"`
		Url  string `json:"url"` //nolint:revive // as it is generated
	}, len(s.cfg.Providers))
	for i, p := range s.cfg.Providers {
		out.Providers[i].Name, out.Providers[i].Url = p.Name(), startPath(p.Name())
	}
	return out, nil
}

// CreateSession signs in with a password.
func (s *Server) CreateSession(ctx context.Context, r api.CreateSessionRequestObject) (api.CreateSessionResponseObject, error) {
	if len(r.Body.User) > maxName || len(r.Body.Password) > maxPassword {
		return nil, chat.E(chat.KindInvalid, "the name or the password is too long")
	}
	v := visitorOf(ctx)
	if err := s.addresses.allow(v.address, s.cfg.Now()); err != nil {
		s.cfg.Log.Warn("sign-in refused: too many failed from there", slog.String("remote", v.address))
		return nil, err
	}
	p, err := s.dir.CheckPassword(ctx, r.Body.User, r.Body.Password)
	if err != nil {
		return nil, s.failed(ctx, r.Body.User, byPassword, err)
	}
	pass, err := s.signIn(ctx, &p, byPassword)
	if err != nil {
		return nil, err
	}
	return api.CreateSession200JSONResponse{Body: s.session(&p, &pass)}, nil
}

// failed counts and records a sign-in that was refused, and returns what is
// answered: that the record is on disk comes first.
func (s *Server) failed(ctx context.Context, login, how string, err error) error {
	switch chat.KindOf(err) {
	case chat.KindForbidden, chat.KindLimit, chat.KindNoSuchPrincipal:
	default: // it was not looked at
		return err
	}
	v := visitorOf(ctx)
	login = login[:min(len(login), maxName)]
	s.addresses.failed(v.address, s.cfg.Now())
	s.cfg.Log.Warn("sign-in failed", slog.String("principal", login), slog.String("remote", v.address), slog.Any("error", err))
	detail, _ := json.Marshal(map[string]string{"address": v.address, "by": how, "name": login}) // strings always marshal
	e := chat.Entry{Kind: chat.EntryRefused, At: chat.At(s.cfg.Now()), ActorURI: login, Client: v.client, Cause: chat.TextOf(err), Detail: string(detail)}
	if p, findErr := s.dir.Find(login); findErr == nil && p.Kind == chat.KindUser {
		e.Actor, e.ActorURI, e.ActorName = p.ID, p.URI, p.DisplayName
	}
	if errors.Is(err, directory.ErrLockedOut) {
		e.Cause += "; the name is locked out now"
	}
	if recordErr := s.record(ctx, e); recordErr != nil {
		return recordErr
	}
	return err
}

// record writes an entry of the journal and waits until it is on disk.
func (s *Server) record(ctx context.Context, e chat.Entry) error {
	if _, err := s.store.Append(context.WithoutCancel(ctx), chat.Batch{Entries: []chat.Entry{e}}); err != nil { // also of who hangs up
		return chat.Wrap(chat.KindDatabase, "the sign-in could not be recorded, so it is not answered", err)
	}
	return nil
}

// signIn begins a session for a user who has proved himself, with a new secret in
// his cookie; a session that he had there ends. It is on disk, and on record, when
// this returns.
func (s *Server) signIn(ctx context.Context, p *chat.Principal, how string) (chat.Pass, error) {
	if !s.dir.Enabled(p.ID) || p.Bot {
		return chat.Pass{}, s.failed(ctx, p.URI, how, chat.E(chat.KindForbidden, "your account is not enabled for chat: ask an administrator"))
	}
	if old, ok := s.sessionOf(ctx); ok {
		if err := s.end(ctx, []chat.Pass{old}, "signed in anew"); err != nil {
			return chat.Pass{}, err
		}
	}
	if err := s.cookies.RenewToken(ctx); err != nil {
		return chat.Pass{}, err
	}
	v, now := visitorOf(ctx), chat.At(s.cfg.Now())
	pass := chat.Pass{
		ID: uuid.NewString(), Kind: chat.PassSession, User: p.ID, How: how, Client: v.client, Address: v.address, Created: now, Used: now,
	}
	if len(pass.Client) > maxClient {
		pass.Client = pass.Client[:maxClient]
	}
	s.cookies.Put(ctx, passKey, pass)
	_, until, err := s.cookies.Commit(ctx)
	if err != nil {
		if destroyErr := s.cookies.Destroy(ctx); destroyErr != nil { // so that the answer sets no cookie
			s.cfg.Log.Debug("a sign-in that failed", "error", destroyErr)
		}
		return chat.Pass{}, chat.Wrap(kindOr(err, chat.KindDatabase), "the sign-in could not be stored", err)
	}
	pass.Expires = chat.At(until)
	s.cfg.Log.Info("signed in", slog.String("principal", p.URI), slog.String("endpoint", pass.ID), slog.String("remote", v.address), slog.String("by", how))
	return pass, nil
}

// Bounds of what strangers send, in bytes.
const (
	maxName     = 320
	maxPassword = 1024
	maxClient   = 512 // what a program says of itself
)

func kindOr(err error, k chat.Kind) chat.Kind {
	if known := chat.KindOf(err); known != chat.KindUnknown {
		return known
	}
	return k
}

// ChangePassword changes the caller's own password; his other sessions end.
func (s *Server) ChangePassword(ctx context.Context, r api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.addresses.allow(visitorOf(ctx).address, s.cfg.Now()); err != nil {
		return nil, err
	}
	if err := s.dir.ChangePassword(ctx, id.user.ID, r.Body.Old, r.Body.New, id.signIn); err != nil {
		return nil, s.failed(ctx, id.user.URI, "password change", err)
	}
	return api.ChangePassword204Response{}, nil
}
