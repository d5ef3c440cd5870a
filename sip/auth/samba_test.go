//go:build e2e

// White box: the key that both sides share is not to be had from outside.
package auth

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// peer is Samba's ntlm_auth as an NTLM client: it takes one line and answers
// one line.
type peer struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeer(t *testing.T, user, domain, password string) *peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	cmd := exec.CommandContext(ctx, "ntlm_auth", "--helper-protocol=ntlmssp-client-1",
		"--username="+user, "--domain="+domain, "--password="+password, "--configfile=/dev/null", "--option=clientntlmv2auth=yes")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; run: apt-get install -y winbind", err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
		cancel()
		if t.Failed() {
			t.Logf("ntlm_auth said: %s", said.String())
		}
	})
	return &peer{t, in, bufio.NewReader(out)}
}

// ask returns the answer's code and what it carries.
func (p *peer) ask(line string) (code, data string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("no answer to %.20q: %v", line, err)
	}
	code, data, _ = strings.Cut(strings.TrimSpace(answer), " ")
	return code, data
}

// prove has the peer answer one of our challenges.
func prove(t *testing.T, user, domain, password string) (*Exchange, *Proof, *peer) {
	t.Helper()
	n := &NTLM{Target: "chat.example.test", Domain: "example.test", Rand: rand.Reader}
	x, offer, err := n.Challenge(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(offer, `gssapi-data="`)
	token, _, _ = strings.Cut(token, `"`)
	p := startPeer(t, user, domain, password)
	if code, _ := p.ask("YR"); code != "YR" {
		t.Fatalf("the peer begins with %s", code)
	}
	code, answer := p.ask("TT " + token)
	if code != "KK" && code != "AF" {
		t.Fatalf("the peer answers %s %s to our challenge", code, answer)
	}
	proof, err := ReadProof([]byte(answer))
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return x, proof, p
}

// TestSamba checks the proof and the session key against an implementation of
// NTLMv2 that is not ours (MS-NLMP 3.3.2, 3.1.5.1.2).
func TestSamba(t *testing.T) {
	for _, c := range []struct{ user, domain, password string }{
		{"alice", "EXAMPLE", "secret-a"},
		{"Alice", "example.test", "pass word"},
		{"bob", "", "x"},
		{"jörg", "EXAMPLE", "Grüße-€"},
		{"carol", "EXAMPLE", strings.Repeat("long", 30)},
	} {
		t.Run(c.user, func(t *testing.T) {
			x, proof, p := prove(t, c.user, c.domain, c.password)
			if !strings.EqualFold(proof.User, c.user) {
				t.Errorf("the proof is of %q", proof.User)
			}
			key, err := x.sessionKey(proof, NTHash(c.password))
			if err != nil {
				t.Fatal(err)
			}
			code, theirs := p.ask("GK")
			want, err := base64.StdEncoding.DecodeString(theirs)
			if code != "GK" || err != nil {
				t.Fatalf("%s %s: %v", code, theirs, err)
			}
			if !bytes.Equal(key[:], want) {
				t.Errorf("session key %x, Samba has %x", key, want)
			}
			if _, err := x.sessionKey(proof, NTHash(c.password+"!")); !errors.Is(err, ErrProof) {
				t.Errorf("another password: %v, want %v", err, ErrProof)
			}
		})
	}
}
