package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"perch/app"
	"perch/probe"
)

type testCmd struct {
	Message testMessage `cmd:"" help:"Two users sign in, enter a room, exchange two messages and leave."`
}

type testMessage struct {
	Sender        string        `required:"" env:"PERCHTEST_SENDER" placeholder:"USER" help:"Who posts first: an address, or a name in the server's domain."`
	Receiver      string        `required:"" env:"PERCHTEST_RECEIVER" placeholder:"USER" help:"Who answers, likewise."`
	Room          string        `required:"" env:"PERCHTEST_ROOM" placeholder:"ROOM" help:"Name or address of a room that both may post in."`
	PasswordFile  string        `type:"existingfile" env:"PERCHTEST_PASSWORD_FILE" xor:"passwords" placeholder:"FILE" help:"Read the passwords from a file of two lines, the sender's first."`
	PasswordStdin bool          `xor:"passwords" help:"Read the passwords from standard input: two lines, the sender's first."`
	Target        string        `env:"PERCHTEST_TARGET" placeholder:"HOST:PORT" help:"Where the server listens (default: as the server of --data says)."`
	TLS           bool          `name:"tls" xor:"transport" help:"Connect over TLS (default, if the server has it)."`
	TCP           bool          `name:"tcp" xor:"transport" help:"Connect in the clear, as only programs on the server's machine may."`
	CA            string        `name:"ca" type:"existingfile" placeholder:"FILE" help:"PEM file with the certificates to trust beside the system's; that of the server of --data is trusted already."`
	TLSName       string        `name:"tls-name" placeholder:"HOST" help:"Name that the certificate must have, if not the target's."`
	Insecure      bool          `help:"Do not verify the certificate. On loopback only."`
	Timeout       time.Duration `default:"30s" help:"Give up after that long."`
}

// Help is what is to be said beside the flags.
func (testMessage) Help() string {
	return `Does what two people do, through the same protocol: both sign in, read their policy, look the pool up, enter the room,
post a message each, receive the other's, leave and sign off. Their own devices are not disturbed. The two messages stay in
the room: use one that is for this.

Passwords are never taken from the command line, where others can read them. They come from a file (--password-file) or
standard input (--password-stdin), two lines, the sender's first; or from the environment: PERCHTEST_SENDER_PASSWORD and
PERCHTEST_RECEIVER_PASSWORD. A server that asks for none needs none.

Exit status: 0 it works; 1 it does not: the output names the step that failed and says what to do.`
}

// testResult is what is printed: the first words are those of the original,
// Test-CsPersistentChatMessage.
type testResult struct {
	Target    string     `json:"target"`
	Transport string     `json:"transport"`
	Result    string     `json:"result"`
	Latency   float64    `json:"latency_ms"`
	Message   string     `json:"error_message"`
	Diagnosis string     `json:"diagnosis"`
	Steps     []testStep `json:"steps"`
}

type testStep struct {
	Role    string  `json:"role"`
	User    string  `json:"user"`
	Step    string  `json:"step"`
	Latency float64 `json:"latency_ms"`
	Message string  `json:"error_message,omitempty"`
}

// Run makes the test and prints what came of it.
func (c *testMessage) Run(ctx context.Context, g *globals) error {
	x, err := c.exchange(ctx, g)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	steps := x.Run(ctx)
	r := testResult{Target: x.Target, Transport: "TLS", Result: "Success"}
	if x.TLS == nil {
		r.Transport = "TCP"
	}
	var failed error
	for i := range steps {
		s := &steps[i]
		t := testStep{Role: s.Role, User: s.User, Step: string(s.Stage), Latency: milliseconds(s.Took)}
		r.Latency += t.Latency
		if s.Err != nil {
			r.Result, r.Message, r.Diagnosis = "Failure", s.Err.Error(), diagnosis(s, c.Room)
			t.Message = s.Err.Error()
			failed = fmt.Errorf("the test failed: the %s, %s, could not %s", s.Role, s.User, s.Stage)
		}
		r.Steps = append(r.Steps, t)
	}
	if err := g.showTest(&r); err != nil {
		return err
	}
	return failed
}

func (g *globals) showTest(r *testResult) error {
	return g.show(r, "", func(row func(...any)) {
		row("Target", r.Target+" ("+r.Transport+")")
		row("Result", r.Result)
		row("Latency", fmt.Sprintf("%.1f ms", r.Latency))
		row("Error Message", r.Message)
		row("Diagnosis", r.Diagnosis)
	})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// exchange is the test that the flags ask for.
func (c *testMessage) exchange(ctx context.Context, g *globals) (*probe.Exchange, error) {
	x := &probe.Exchange{Room: c.Room}
	var err error
	if x.Sender.Address, err = g.address(ctx, c.Sender); err != nil {
		return nil, err
	}
	if x.Receiver.Address, err = g.address(ctx, c.Receiver); err != nil {
		return nil, err
	}
	if x.Sender.Address == x.Receiver.Address {
		return nil, usageError("sender and receiver are the same user; the test needs two")
	}
	if x.Sender.Password, x.Receiver.Password, err = c.passwords(g.in); err != nil {
		return nil, err
	}
	home := g.where()
	secure := c.TLS || !c.TCP
	if x.Target = c.Target; x.Target == "" {
		if x.Target, secure, err = c.listener(home); err != nil {
			return nil, err
		}
	}
	if secure {
		x.TLS, err = c.tls(x.Target, home)
	}
	return x, err
}

// address completes a name to the address it has in the domain of the server.
func (g *globals) address(ctx context.Context, user string) (string, error) {
	user = strings.TrimPrefix(user, "sip:")
	if strings.Contains(user, "@") {
		return user, nil
	}
	cl, err := g.client()
	if err != nil {
		return "", fmt.Errorf("%s is no address (name@domain), and no server tells the domain: %w", user, err)
	}
	s, err := cl.Status(ctx)
	return user + "@" + s.Domain, err
}

// passwords are the sender's and the receiver's; both empty if none is given.
func (c *testMessage) passwords(stdin io.Reader) (sender, receiver string, err error) {
	var in io.Reader
	from := "standard input"
	switch {
	case c.PasswordStdin:
		in = stdin
	case c.PasswordFile != "":
		f, err := os.Open(c.PasswordFile)
		if err != nil {
			return "", "", err
		}
		defer f.Close()
		in, from = f, c.PasswordFile
	default:
		return os.Getenv("PERCHTEST_SENDER_PASSWORD"), os.Getenv("PERCHTEST_RECEIVER_PASSWORD"), nil
	}
	var lines []string
	sc := bufio.NewScanner(io.LimitReader(in, 64<<10))
	for sc.Scan() {
		lines = append(lines, sc.Text())
	}
	if err := sc.Err(); err != nil {
		return "", "", fmt.Errorf("%s cannot be read: %w", from, err)
	}
	if len(lines) != 2 || lines[0] == "" || lines[1] == "" {
		return "", "", usageError(from + " must hold two lines: the sender's password, then the receiver's")
	}
	return lines[0], lines[1], nil
}

// listener is where the server of the data folder listens.
func (c *testMessage) listener(home string) (addr string, secure bool, err error) {
	b, err := os.ReadFile(filepath.Join(home, "addresses.json"))
	if err != nil {
		return "", false, fmt.Errorf("no server runs on the data folder %s; name a server with --target, or its folder with --data", home)
	}
	var a app.Addresses
	if err := json.Unmarshal(b, &a); err != nil {
		return "", false, fmt.Errorf("%s: %w", filepath.Join(home, "addresses.json"), err)
	}
	switch {
	case a.TLS != "" && !c.TCP:
		return reachable(a.TLS), true, nil
	case a.TCP != "" && !c.TLS:
		return reachable(a.TCP), false, nil
	}
	return "", false, errors.New("the server does not listen that way: see --tls and --tcp")
}

// reachable is where to reach an address that is listened on: that of all
// interfaces is reached on loopback.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}

// tls says which certificate is good: one that the system trusts, or --ca, or
// the self-signed one that the server of the data folder has made.
func (c *testMessage) tls(target, home string) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return nil, usageError(fmt.Sprintf("--target %s is not host:port", target))
	}
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if c.TLSName != "" {
		cfg.ServerName = c.TLSName
	}
	if c.Insecure {
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, usageError("--insecure is for a server on loopback; give the certificate to trust with --ca")
		}
		cfg.InsecureSkipVerify = true
		return cfg, nil
	}
	if cfg.RootCAs, err = x509.SystemCertPool(); err != nil {
		cfg.RootCAs = x509.NewCertPool()
	}
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, err
		}
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usageError(c.CA + " holds no certificate in PEM")
		}
	}
	if pem, err := os.ReadFile(filepath.Join(home, "cert.pem")); err == nil {
		cfg.RootCAs.AppendCertsFromPEM(pem)
	}
	return cfg, nil
}
