package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"perch/chat"
	"perch/front/web/api"
)

// identity is who makes a request, and where he signed in.
type identity struct {
	user   chat.Principal
	signIn string // names the session or token
	client string // program and address, for the journal
}

type identityKey struct{}

// caller is who makes the request of a context; KindForbidden if nobody signed in.
func caller(ctx context.Context) (identity, error) {
	id, ok := ctx.Value(identityKey{}).(identity)
	if !ok {
		return id, chat.E(chat.KindForbidden, "sign in first")
	}
	return id, nil
}

const userKey = "user"

func (s *Server) newCookies() *scs.SessionManager {
	m := scs.New()
	m.Cookie.Name, m.Cookie.HttpOnly, m.Cookie.Secure, m.Cookie.SameSite = "perch_session", true, s.cfg.Secure, http.SameSiteLaxMode
	m.Lifetime = 12 * time.Hour
	m.Store = memstore.NewWithCleanupInterval(0)
	return m
}

// authenticate finds out who makes a request.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if p, ok := s.dir.FindPrincipal(chat.PrincipalID(s.cookies.GetInt64(ctx, userKey))); ok && p.State == chat.PrincipalActive {
			ctx = context.WithValue(ctx, identityKey{}, identity{user: p, signIn: s.cookies.Token(ctx), client: r.UserAgent() + " " + r.RemoteAddr})
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// CreateSession signs in with a password.
func (s *Server) CreateSession(ctx context.Context, r api.CreateSessionRequestObject) (api.CreateSessionResponseObject, error) {
	p, err := s.dir.CheckPassword(ctx, r.Body.User, r.Body.Password)
	if err != nil {
		return nil, err
	}
	if err := s.cookies.RenewToken(ctx); err != nil {
		return nil, err
	}
	s.cookies.Put(ctx, userKey, int64(p.ID))
	return api.CreateSession200JSONResponse{Body: s.session(ctx, &p)}, nil
}

// GetSession tells who the caller is.
func (s *Server) GetSession(ctx context.Context, _ api.GetSessionRequestObject) (api.GetSessionResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetSession200JSONResponse(s.session(ctx, &id.user)), nil
}

func (s *Server) session(ctx context.Context, p *chat.Principal) api.Session {
	set := s.cfg.Settings()
	return api.Session{
		Me: person(p), Expires: s.cookies.Deadline(ctx), Duties: []string{}, Store: s.store.Identity(), Version: s.cfg.Version,
		Limits: api.Limits{
			MessageBytes: s.cfg.Limits.MessageBytes, StoryBytes: s.cfg.Limits.StoryBytes, FileBytes: int64(set.MaxFileSizeKB) << 10,
			History: s.cfg.Limits.HistoryRequest, LargeRoom: set.ParticipantUpdateLimit,
		},
	}
}

// person shows a principal.
func person(p *chat.Principal) api.Person {
	out := api.Person{Guid: strings.ToLower(p.GUID), Uri: p.URI, Name: p.Name, DisplayName: p.DisplayName, Kind: api.PersonKind(p.Kind.String())}
	if p.Email != "" {
		out.Email = &p.Email
	}
	if p.Company != "" {
		out.Company = &p.Company
	}
	return out
}
