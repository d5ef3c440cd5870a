package signin

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"perch/chat"
	"perch/sip"
	"perch/sip/auth"
	"perch/sip/ua"
)

// register answers REGISTER (SIPE 3): it finds out who it is, and then binds
// or unbinds the endpoint.
func (s *Service) register(r *ua.Request) {
	aor, err := sip.CanonicalAOR(sip.AddressURI(r.To))
	if err != nil {
		r.Respond(400, "", s.diagnostics(1003, "the To address is not a SIP address"), nil)
		return
	}
	k := s.registrar.connection(r.Conn, func() { s.connectionGone(r.Conn) })
	if s.cfg.None {
		if user, ok := s.known(r, aor); ok {
			s.bind(r, user)
		}
		return
	}
	association, ok := s.prove(r, k, aor)
	if !ok {
		return
	}
	r.Sign(association)
	if user, ok := s.known(r, aor); ok {
		s.bind(r, user)
	}
}

// known finds the user, or answers.
func (s *Service) known(r *ua.Request, aor string) (chat.Principal, bool) {
	user, ok := s.dir.FindURI(aor)
	switch {
	case !ok || user.Kind != chat.KindUser:
		s.refused(r, chat.Principal{URI: aor}, "there is no such user")
		r.Respond(404, "", s.diagnostics(1003, "User does not exist"), nil)
		return user, false
	case user.State != chat.PrincipalActive:
		s.refused(r, user, "the user is disabled")
		r.Respond(403, "", s.diagnostics(4004, "The user is disabled"), nil)
		return user, false
	}
	return user, true
}

// refused puts a failed sign-in on record; that this cannot be done lets nobody in.
func (s *Service) refused(r *ua.Request, user chat.Principal, why string) {
	_ = s.record(chat.EntryRefused, user, ua.EndpointOf(r.Message), why, fmt.Sprintf(`{"address":%q}`, r.Conn.Remote().String())) // it is logged
}

func (s *Service) connectionGone(c *ua.Conn) {
	for _, b := range s.registrar.closed(c) {
		s.unbind(b, "connection")
	}
}

// expiry is what a REGISTER asks for: the Expires header, or that of the
// Contact, or the longest we give.
func (s *Service) expiry(r *ua.Request) int {
	v := r.Get("expires")
	if p, ok := sip.Param(r.Contact, "expires"); ok && v == nil {
		v = p
	}
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 {
		return s.cfg.Expires
	}
	if n == 0 {
		return 0
	}
	return max(60, min(n, s.cfg.Expires))
}

// bind answers 200 and keeps the binding, or drops it.
func (s *Service) bind(r *ua.Request, user chat.Principal) {
	expires := s.expiry(r)
	if expires == 0 || string(r.Contact) == "*" {
		for _, b := range s.registrar.ofUser(user.URI) {
			if b.endpoint == ua.EndpointOf(r.Message) {
				s.unbind(b, "signed off")
			}
		}
		r.Respond(200, "", []sip.Header{{Name: "Expires", Value: "0"}}, nil)
		return
	}
	if len(r.Contact) == 0 { // a query
		r.Respond(200, "", s.bindingHeaders(user, expires), nil)
		return
	}
	b := bindingOf(r, user)
	b.until = s.cfg.Now().Add(time.Duration(expires) * time.Second)
	replaced, fresh := s.registrar.put(b, string(sip.AddressURI(r.Message.From)))
	if fresh {
		client := fmt.Sprintf(`{"client":%q,"address":%q}`, r.Get("user-agent"), r.Conn.Remote().String())
		if s.record(chat.EntrySignIn, user, b.endpoint, "", client) != nil {
			s.registrar.drop(b)
			r.Respond(503, "", append(s.diagnostics(20007, "the sign-in could not be recorded"), sip.Header{Name: "Retry-After", Value: "5"}), nil)
			return
		}
		s.cfg.Log.Info("signed in", slog.String("principal", user.URI), slog.String("endpoint", b.endpoint), slog.String("remote", r.Conn.Remote().String()))
	}
	if replaced != nil {
		if s.registrar.only(replaced) || !s.registrar.shared(replaced.conn) {
			replaced.conn.Close("the endpoint signed in over another connection")
		}
	}
	r.Respond(200, "", s.bindingHeaders(user, expires), nil)
	if fresh {
		s.endpointHere(b)
	}
}

// shared says whether a connection still has bindings.
func (g *registrar) shared(c *ua.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	k := g.conns[c]
	return k != nil && len(k.bindings) > 0
}

// bindingHeaders are those of the 200 (SIPE 3.2): a Contact line a binding, one
// Supported value a line, Allow-Events without blanks.
func (s *Service) bindingHeaders(user chat.Principal, expires int) []sip.Header {
	h := []sip.Header{{Name: "ms-keep-alive", Value: fmt.Sprintf("UAS; tcp=no; hop-hop=yes; end-end=no; timeout=%d", s.cfg.KeepAlive)}}
	now := s.cfg.Now()
	for _, b := range s.registrar.ofUser(user.URI) {
		v := fmt.Sprintf("<%s>;expires=%d", b.contact, max(0, int(b.until.Sub(now).Seconds())))
		if b.instance != "" {
			v += fmt.Sprintf(`;+sip.instance="%s"`, b.instance)
			if g := gruu(user.URI, b.instance); g != "" {
				v += fmt.Sprintf(`;gruu="%s"`, g)
			}
		}
		h = append(h, sip.Header{Name: "Contact", Value: v})
	}
	return append(h,
		sip.Header{Name: "Expires", Value: strconv.Itoa(expires)},
		sip.Header{Name: "Allow-Events", Value: "vnd-microsoft-provisioning,vnd-microsoft-roaming-contacts,vnd-microsoft-roaming-ACL,presence,presence.wpending,vnd-microsoft-roaming-self,vnd-microsoft-provisioning-v2"},
		sip.Header{Name: "Supported", Value: "adhoclist"},
		sip.Header{Name: "Server", Value: "RTC/5.0"},
		sip.Header{Name: "Supported", Value: "msrtc-event-categories"},
	)
}

// associationOf finds the association that a header names on its connection.
func (s *Service) associationOf(c *ua.Conn, authorization []byte) (*auth.Association, time.Time) {
	z, ok := auth.ParseAuthorization(authorization)
	if !ok {
		return nil, time.Time{}
	}
	s.registrar.mu.Lock()
	defer s.registrar.mu.Unlock()
	k := s.registrar.conns[c]
	if k == nil {
		return nil, time.Time{}
	}
	p := k.associations[string(z.Opaque)]
	return p.association, p.since
}
