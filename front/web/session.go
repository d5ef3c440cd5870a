package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"perch/chat"
	"perch/front/web/api"
)

// identity is who makes a request, and where he signed in.
type identity struct {
	user   chat.Principal
	signIn string // names the session or token; no secret
	client string // program and address, for the journal
	pass   chat.Pass
}

type identityKey struct{}

// visitor is what is known of who makes a request before he is known.
type visitor struct {
	address, client string
}

type visitorKey struct{}

// errSignIn is the refusal of who is not signed in.
var errSignIn = chat.E(chat.KindForbidden, "sign in first")

// caller is who makes the request of a context; errSignIn if nobody signed in.
func caller(ctx context.Context) (identity, error) {
	id, ok := ctx.Value(identityKey{}).(identity)
	if !ok {
		return id, errSignIn
	}
	return id, nil
}

// bearer is the token that a request carries.
func bearer(r *http.Request) (secret string, ok bool) {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret), ok && strings.EqualFold(scheme, "Bearer")
}

// authenticate finds out who makes a request: by the token that it carries or
// else by its cookie, which counts only if the request comes from our own pages.
func (s *Server) authenticate(next http.Handler) http.Handler {
	byCookie := s.cookies.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := s.sessionOf(r.Context())
		if ok {
			r = s.identify(r, &p)
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") { // the client itself is for everybody
			next.ServeHTTP(w, r)
			return
		}
		v := visitor{address: s.addressOf(r), client: r.UserAgent()}
		r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
		if secret, ok := bearer(r); ok {
			s.serveBearer(w, r, secret, next)
			return
		}
		if err := s.origins.Check(r); err != nil {
			s.refuse(w, r, chat.E(chat.KindForbidden, "the request comes from another website, which may not act for you here"))
			return
		}
		byCookie.ServeHTTP(w, r)
	})
}

// serveBearer serves who carries a token. A page of another website cannot make a
// browser send one.
func (s *Server) serveBearer(w http.ResponseWriter, r *http.Request, secret string, next http.Handler) {
	v := visitorOf(r.Context())
	if err := s.addresses.allow(v.address, s.cfg.Now()); err != nil {
		s.refuse(w, r, err)
		return
	}
	p, err := s.dir.CheckToken(r.Context(), secret)
	switch {
	case chat.KindOf(err) == chat.KindNoSuchObject:
		if err := s.failed(r.Context(), "", "token", chat.E(chat.KindForbidden, "there is no such token, or it has expired")); chat.KindOf(err) != chat.KindForbidden {
			s.refuse(w, r, err)
			return
		}
	case err != nil:
		s.refuse(w, r, err)
		return
	default:
		r = s.identify(r, &p)
	}
	next.ServeHTTP(w, r)
}

// identify says who makes a request, if he may use the server now.
func (s *Server) identify(r *http.Request, p *chat.Pass) *http.Request {
	user, ok := s.dir.FindPrincipal(p.User)
	if !ok || user.State != chat.PrincipalActive || !s.dir.Enabled(user.ID) {
		return r
	}
	if now := s.cfg.Now(); p.Kind == chat.PassSession && now.Sub(p.Used.Std()) >= useGrain {
		if err := s.store.UsePass(r.Context(), p.ID, chat.At(now)); err != nil {
			s.cfg.Log.Warn("that a session is used could not be stored", "error", err)
		}
	}
	v := visitorOf(r.Context())
	id := identity{user: user, signIn: p.ID, client: v.client + " " + v.address, pass: *p}
	return r.WithContext(context.WithValue(r.Context(), identityKey{}, id))
}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

// GetSession tells who the caller is.
func (s *Server) GetSession(ctx context.Context, _ api.GetSessionRequestObject) (api.GetSessionResponseObject, error) {
	id, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetSession200JSONResponse(s.session(&id.user, &id.pass)), nil
}

// never is the end of what has none.
var never = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

func (s *Server) session(p *chat.Principal, pass *chat.Pass) api.Session {
	set := s.cfg.Settings()
	out := api.Session{
		Me: person(p), Expires: never, Duties: []string{}, Store: s.store.Identity(), Version: s.cfg.Version,
		IdleMinutes: int(s.cfg.Sessions.Idle / time.Minute),
		Limits: api.Limits{
			MessageBytes: s.cfg.Limits.MessageBytes, StoryBytes: s.cfg.Limits.StoryBytes, FileBytes: int64(set.MaxFileSizeKB) << 10,
			History: s.cfg.Limits.HistoryRequest, LargeRoom: set.ParticipantUpdateLimit,
		},
	}
	if pass.Expires != 0 {
		out.Expires = pass.Expires.Std()
	}
	for _, d := range s.duties(p) {
		out.Duties = append(out.Duties, string(d))
	}
	return out
}

// duties are a user's as an operator; nobody has any on the web who was not
// granted them.
func (s *Server) duties(p *chat.Principal) []chat.Duty {
	if s.cfg.Duties == nil {
		return nil
	}
	return s.cfg.Duties(p.URI)
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
	if p.Bot {
		out.Bot = &p.Bot
	}
	return out
}
