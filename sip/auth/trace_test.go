// White box: the captured exchange's challenge must be put into an Exchange,
// and the server's srand and snum into its signatures.
package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"testing"

	"perch/sip"
)

type captured struct {
	fromClient bool
	m          *sip.Message
}

func readTrace(t *testing.T, name string) []captured {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []captured
	for _, part := range bytes.Split(raw, []byte("\n=====\n")) {
		var m sip.Message
		n, err := sip.Parse(part[2:], sip.Limits{}, &m)
		if err != nil || n == 0 {
			t.Fatalf("%s: n=%d %v in %q", name, n, err, part)
		}
		all = append(all, captured{part[0] == '>', m.Clone()})
	}
	return all
}

// TestTrace verifies every signature of the client in captured sessions, and
// makes every signature of the server anew, byte for byte (SIPE 3.6, 3.9).
func TestTrace(t *testing.T) {
	for _, name := range []string{"t2.trace", "t10.trace"} {
		t.Run(name, func(t *testing.T) {
			var x *Exchange
			var a *Association
			client, server := 0, 0
			for _, c := range readTrace(t, name) {
				f := FieldsOf(c.m)
				switch offer := c.m.Get("www-authenticate"); {
				case bytes.Contains(offer, []byte("gssapi-data")):
					x, a = challenged(t, offer), nil
				case c.fromClient && x != nil && a == nil && bytes.Contains(c.m.Get("authorization"), []byte("response=")):
					a = complete(t, x, c.m, &f)
					client++
				case c.fromClient && a != nil:
					if err := a.Verify(&f, c.m.Get("authorization")); err != nil {
						t.Errorf("%s %d: %v", c.m.SeqMethod, c.m.Seq, err)
					}
					client++
				case a != nil && c.m.Get("authentication-info") != nil:
					again(t, a, c.m, &f)
					server++
				}
			}
			if client < 5 || server < 5 {
				t.Errorf("only %d client and %d server signatures were seen", client, server)
			}
		})
	}
}

func challenged(t *testing.T, offer []byte) *Exchange {
	t.Helper()
	z, _ := ParseAuthorization(offer)
	message, err := base64.StdEncoding.DecodeString(string(z.Token))
	if err != nil {
		t.Fatal(err)
	}
	x := &Exchange{n: &NTLM{Target: "pool01.example.test"}, opaque: string(z.Opaque)}
	copy(x.challenge[:], message[24:32])
	return x
}

func complete(t *testing.T, x *Exchange, m *sip.Message, f *Fields) *Association {
	t.Helper()
	header := m.Get("authorization")
	z, _ := ParseAuthorization(header)
	p, err := ReadProof(z.Token)
	if err != nil {
		t.Fatal(err)
	}
	if p.User != "alice" {
		t.Errorf("user %q", p.User)
	}
	if _, err := x.Complete(p, "sip:alice@example.test", NTHash("guessed"), f, header); err == nil {
		t.Error("a wrong password is accepted")
	}
	a, err := x.Complete(p, "sip:alice@example.test", NTHash("secret-a"), f, header)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func again(t *testing.T, a *Association, m *sip.Message, f *Fields) {
	t.Helper()
	info := m.Get("authentication-info")
	var want, rand, num []byte
	for _, p := range []struct {
		key string
		to  *[]byte
	}{{`rspauth="`, &want}, {`srand="`, &rand}, {`snum="`, &num}} {
		_, rest, _ := bytes.Cut(info, []byte(p.key))
		*p.to, _, _ = bytes.Cut(rest, []byte(`"`))
	}
	text := appendSigned(nil, rand, num, a.realm, a.target, f)
	sum := a.toClient.signature(text)
	if got := hex.EncodeToString(sum[:]); got != string(bytes.ToLower(want)) {
		t.Errorf("%s %d: rspauth %s, captured %s", m.SeqMethod, m.Seq, got, want)
	}
}

func BenchmarkAppendSignature(b *testing.B) {
	a := &Association{opaque: "AFAA5431", realm: "SIP Communications Service", target: "pool01.example.test"}
	f := &Fields{CallID: []byte("610Fg9184a626BiAA14m1883t9A34b3FB9x70E8x"), Seq: 7, Method: sip.INFO, FromURI: []byte("sip:pool@example.test"), FromTag: []byte("96f6a60a5d"), ToURI: []byte("sip:alice@example.test"), ToTag: []byte("5753132050")}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = a.AppendSignature(dst[:0], f)
	}
}
