package signin

import (
	"log/slog"

	"perch/chat"
	"perch/sip"
	"perch/sip/auth"
	"perch/sip/ua"
)

// Identify says who sent a message (ua.Guard). With proofs it is whose
// association signed it; without, it is From, of those who registered over
// this very connection.
func (s *Service) Identify(c *ua.Conn, m *sip.Message) (ua.Identity, *ua.Refusal) {
	if s.cfg.None {
		return s.identifyByFrom(c, m)
	}
	header := m.Get("authorization")
	if header == nil {
		return ua.Identity{}, challenge(s.ntlm.Offer())
	}
	a, _ := s.associationOf(c, header)
	if a == nil {
		return ua.Identity{}, challenge(s.ntlm.Offer())
	}
	f := auth.FieldsOf(m)
	if err := a.Verify(&f, header); err != nil {
		s.cfg.Log.Warn("bad signature", slog.String("principal", a.User), slog.String("remote", c.Remote().String()), slog.String("method", string(m.SeqMethod)))
		return ua.Identity{}, challenge(s.ntlm.Offer())
	}
	sender := f.FromURI
	if !m.IsRequest() {
		sender = f.ToURI
	}
	if aor, err := sip.CanonicalAOR(sender); err != nil || aor != a.User {
		return ua.Identity{}, &ua.Refusal{Status: 403, Headers: s.diagnostics(1004, "From is not who signed in")}
	}
	if user, found := s.dir.FindURI(a.User); !found || user.State != chat.PrincipalActive { // over a connection that others share
		return ua.Identity{}, &ua.Refusal{Status: 403, Headers: s.diagnostics(4004, "The user is disabled")}
	}
	return ua.Identity{User: a.User, Association: a}, nil
}

func (s *Service) identifyByFrom(c *ua.Conn, m *sip.Message) (ua.Identity, *ua.Refusal) {
	from := sip.AddressURI(m.From)
	s.registrar.mu.Lock()
	defer s.registrar.mu.Unlock()
	if k := s.registrar.conns[c]; k != nil {
		if b := k.users[string(from)]; b != nil {
			return ua.Identity{User: b.user.URI}, nil
		}
		if aor, err := sip.CanonicalAOR(from); err == nil {
			for _, b := range k.bindings {
				if b.user.URI == aor {
					return ua.Identity{User: aor}, nil
				}
			}
		}
	}
	return ua.Identity{}, &ua.Refusal{Status: 403, Headers: s.diagnostics(1004, "Register over this connection first")}
}
