package auth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"perch/sip/auth"
)

// FuzzAuthorization: what a client sends before it is known never hurts, and a
// guess is never taken for a proof.
func FuzzAuthorization(f *testing.F) {
	for _, s := range []string{
		`NTLM qop="auth", opaque="693B7183", realm="SIP Communications Service", targetname="vm", crand="ed4a5f38", cnum="21", response="0100000098E83B695BB090CF64000000"`,
		`NTLM qop="auth", gssapi-data="", opaque="1"`,
		`NTLM gssapi-data="TlRMTVNTUAADAAAA`,
		`NTLM`, `=`, ` x =,=",`, `NTLM a="b`,
	} {
		f.Add([]byte(s))
	}
	token := append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, 80)...)
	f.Add([]byte(`NTLM gssapi-data="` + base64.StdEncoding.EncodeToString(token) + `"`))
	n := auth.NTLM{Target: "chat.example.test", Domain: "example.test", Rand: rand.Reader}
	x, _, err := n.Challenge(time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	hash := auth.NTHash("secret")
	f.Fuzz(func(t *testing.T, value []byte) {
		before := bytes.Clone(value)
		z, ok := auth.ParseAuthorization(value)
		if !bytes.Equal(value, before) {
			t.Error("the header was changed")
		}
		if !ok {
			return
		}
		p, err := auth.ReadProof(z.Token)
		if err != nil {
			if !errors.Is(err, auth.ErrToken) {
				t.Errorf("error %v", err)
			}
			return
		}
		if _, err := x.Complete(p, "sip:alice@example.test", hash, &auth.Fields{}, value); err == nil {
			t.Errorf("%q was taken for a proof", value)
		}
	})
}
