package auth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"perch/sip"
	"perch/sip/auth"
)

// handshake takes a client through the server's side of a sign-in and returns
// both ends.
func handshake(t *testing.T, c *auth.Client, hash []byte) (*auth.Signer, *auth.Association, error) {
	t.Helper()
	n := &auth.NTLM{Target: "chat.example.test", Domain: "example.test", Rand: rand.Reader}
	ask, err := c.Ask([]byte(n.Offer()))
	if err != nil {
		t.Fatal(err)
	}
	if z, ok := auth.ParseAuthorization([]byte(ask)); !ok || len(z.Token) != 0 {
		t.Fatalf("%q does not ask for a challenge", ask)
	}
	x, challenge, err := n.Challenge(time.Unix(1800000000, 0))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Prove([]byte(challenge), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	f := auth.Fields{CallID: []byte("call"), Seq: 3, Method: sip.REGISTER, FromURI: []byte("sip:alice@example.test"), FromTag: []byte("1"), ToURI: []byte("sip:alice@example.test")}
	header := []byte(s.Proof(&f))
	z, ok := auth.ParseAuthorization(header)
	if !ok || string(z.Opaque) != x.Opaque() {
		t.Fatalf("%q does not name the exchange %s", header, x.Opaque())
	}
	p, err := auth.ReadProof(z.Token)
	if err != nil {
		t.Fatal(err)
	}
	if p.User != c.User || p.Domain != c.Domain {
		t.Errorf("the proof is of %q in %q", p.User, p.Domain)
	}
	a, err := x.Complete(p, "sip:alice@example.test", hash, &f, header)
	return s, a, err
}

// TestClient: what the client end makes the server end takes, and the other
// way round.
func TestClient(t *testing.T) {
	for _, c := range []struct{ user, domain, password string }{
		{"alice", "example.test", "secret-a"},
		{"Alice", "EXAMPLE", "pass word"},
		{"bob", "", ""},
		{"jörg", "example.test", "Grüße-€"},
		{"carol", "example.test", strings.Repeat("long", 30)},
	} {
		t.Run(c.user, func(t *testing.T) {
			client := &auth.Client{User: c.user, Domain: c.domain, Hash: auth.NTHash(c.password), Rand: rand.Reader}
			if _, _, err := handshake(t, client, auth.NTHash(c.password+"!")); !errors.Is(err, auth.ErrProof) {
				t.Errorf("another password: %v", err)
			}
			s, a, err := handshake(t, client, auth.NTHash(c.password))
			if err != nil {
				t.Fatal(err)
			}
			f := auth.Fields{CallID: []byte("other"), Seq: 1, Method: sip.SUBSCRIBE, FromURI: []byte("sip:alice@example.test"), Expires: []byte("0")}
			if err := a.Verify(&f, []byte(s.Authorization(&f))); err != nil {
				t.Errorf("the server: %v", err)
			}
			_, info, _ := bytes.Cut(bytes.TrimSpace(a.AppendSignature(nil, &f)), []byte(": "))
			if err := s.Verify(&f, info); err != nil {
				t.Errorf("the client: %v", err)
			}
			f.Seq = 2
			if err := s.Verify(&f, info); !errors.Is(err, auth.ErrSignature) {
				t.Errorf("a signature of something else: %v", err)
			}
			if err := s.Verify(&f, nil); !errors.Is(err, auth.ErrSignature) {
				t.Errorf("no signature: %v", err)
			}
		})
	}
}

// TestClientOffers: what is no offer of NTLM is refused, not misread.
func TestClientOffers(t *testing.T) {
	c := &auth.Client{User: "alice", Hash: auth.NTHash("x"), Rand: rand.Reader}
	for _, offer := range []string{"", "Kerberos realm=\"x\"", "NTLM realm", `NTLM realm="x`} {
		if _, err := c.Ask([]byte(offer)); !errors.Is(err, auth.ErrOffer) {
			t.Errorf("%q: %v", offer, err)
		}
	}
	short := base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x02\x00\x00\x00"))
	for _, token := range []string{"", "!", short} {
		if _, err := c.Prove([]byte(`NTLM opaque="1", gssapi-data="`+token+`"`), time.Unix(0, 0)); !errors.Is(err, auth.ErrToken) {
			t.Errorf("challenge %q: %v", token, err)
		}
	}
}

// FuzzClient: whatever a server sends, the client does not break.
func FuzzClient(f *testing.F) {
	n := auth.NTLM{Target: "chat.example.test", Domain: "example.test", Rand: rand.Reader}
	_, challenge, err := n.Challenge(time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(challenge))
	f.Add([]byte(n.Offer()))
	c := &auth.Client{User: "alice", Domain: "example.test", Hash: auth.NTHash("x"), Rand: rand.Reader}
	f.Fuzz(func(t *testing.T, offer []byte) {
		s, err := c.Prove(offer, time.Unix(0, 0))
		if err != nil {
			return
		}
		if err := s.Verify(&auth.Fields{}, offer); err == nil {
			t.Errorf("%q was taken for a signature", offer)
		}
	})
}
