package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"perch/chat"
	"perch/directory"
)

// Provider vouches for who somebody is, so that no password of ours is needed. It
// has the browser to itself between Start and Finish.
type Provider interface {
	// Name is shown to people and stands in paths; it is unique.
	Name() string
	// Start answers the browser that wants to sign in: it sends it elsewhere or
	// asks it for a proof. One that has brought its proof already is vouched for at
	// once, and not answered.
	Start(w http.ResponseWriter, r *http.Request) (*Vouched, error)
	// Finish says who comes back. With an error of either, Vouched says only where
	// he wanted to go, if that is known.
	Finish(w http.ResponseWriter, r *http.Request) (*Vouched, error)
}

// Vouched is whom a provider vouches for.
type Vouched struct {
	Name        string // a name, an address or an e-mail address of his here
	DisplayName string
	Email       string
	Create      bool   // make a user of that name if there is none
	To          string // path that he wanted to go to; empty: /
}

// errExpired is a Provider's error for a sign-in that was not begun here, or too
// long ago.
var errExpired = errors.New("the sign-in was not begun in this browser, or too long ago")

// errUnavailable is a Provider's error when it cannot be asked.
var errUnavailable = errors.New("the provider cannot be asked")

func startPath(name string) string  { return Base + "/oidc/" + url.PathEscape(name) + "/start" }
func finishPath(name string) string { return Base + "/oidc/" + url.PathEscape(name) + "/callback" }

// serveProviders mounts the providers.
func (s *Server) serveProviders() {
	for path, do := range map[string]func(Provider, http.ResponseWriter, *http.Request) (*Vouched, error){
		"start":    func(p Provider, w http.ResponseWriter, r *http.Request) (*Vouched, error) { return p.Start(w, r) },
		"callback": func(p Provider, w http.ResponseWriter, r *http.Request) (*Vouched, error) { return p.Finish(w, r) },
	} {
		s.mux.HandleFunc("GET "+Base+"/oidc/{name}/"+path, func(w http.ResponseWriter, r *http.Request) {
			p := s.provider(r.PathValue("name"))
			_, token := bearer(r)
			switch {
			case p == nil:
				s.refuse(w, r, chat.E(chat.KindNoSuchObject, "nobody of that name vouches for people here"))
				return
			case token:
				s.refuse(w, r, chat.E(chat.KindForbidden, "that is for browsers"))
				return
			}
			if err := s.addresses.allow(visitorOf(r.Context()).address, s.cfg.Now()); err != nil {
				s.refuse(w, r, err)
				return
			}
			v, err := do(p, w, r)
			if v != nil || err != nil {
				s.vouched(w, r, p.Name(), v, err)
			}
		})
	}
}

func (s *Server) provider(name string) Provider {
	for _, p := range s.cfg.Providers {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// vouched signs in whom a provider vouches for, and sends the browser to where he
// wanted to go, or to the page that says why not.
func (s *Server) vouched(w http.ResponseWriter, r *http.Request, how string, v *Vouched, err error) {
	if v == nil {
		v = &Vouched{}
	}
	var p chat.Principal
	if err == nil {
		p, err = s.vouchedUser(r.Context(), v)
	}
	why := ""
	switch {
	case err == nil:
		if _, err = s.signIn(r.Context(), &p, how); err != nil {
			why = "disabled"
			if chat.KindOf(err) != chat.KindForbidden {
				why = "unavailable"
			}
		}
	case errors.Is(err, errExpired):
		why = "expired"
	case errors.Is(err, errUnavailable):
		why = "unavailable"
	default:
		why = map[chat.Kind]string{chat.KindNoSuchPrincipal: "unknown", chat.KindDisabled: "disabled", chat.KindForbidden: "refused"}[chat.KindOf(err)]
		if why == "" {
			why = "unavailable"
		}
		if chat.KindOf(err) == chat.KindDisabled { // one of the kinds that count as failures
			err = chat.E(chat.KindForbidden, chat.TextOf(err))
		}
		err = s.failed(r.Context(), v.Name, how, err)
	}
	to := localPath(v.To)
	if err != nil {
		to = withOutcome(to, why)
		s.cfg.Log.Info("sign-in by a provider failed", slog.String("provider", how), slog.Any("error", err))
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// vouchedUser finds or makes the user.
func (s *Server) vouchedUser(ctx context.Context, v *Vouched) (chat.Principal, error) {
	p, err := s.dir.FindVouched(v.Name)
	if chat.KindOf(err) == chat.KindNoSuchPrincipal && v.Create {
		name, _, _ := strings.Cut(v.Name, "@")
		if _, taken := s.dir.Find(name); taken == nil {
			return p, err // somebody else's name
		}
		made, err := s.dir.CreateUsers(ctx, []directory.NewUser{{Name: name, DisplayName: v.DisplayName, Email: v.Email}})
		if err != nil {
			return p, chat.Wrap(chat.KindNoSuchPrincipal, "no user could be made of "+v.Name, err)
		}
		return made[0], nil
	}
	if err == nil && p.State != chat.PrincipalActive {
		return p, chat.E(chat.KindDisabled, "the account is disabled")
	}
	return p, err
}

// withOutcome is a path of ours with what became of a sign-in.
func withOutcome(path, why string) string {
	mark := "?"
	if strings.Contains(path, mark) {
		mark = "&"
	}
	return path + mark + "sign_in=" + why
}

// localPath is a path of ours, whatever is asked for.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") ||
		strings.ContainsAny(to, "\\\x00\r\n") {
		return "/"
	}
	return u.RequestURI()
}
