package probe_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/app"
	"perch/channel"
	"perch/chat"
	"perch/directory"
	"perch/probe"
	"perch/sip/auth"
)

// organisation is a server with alice and bob, the room Rates for both, the
// room Board for alice alone, and the auditorium News where alice speaks.
type organisation struct {
	*app.App
	rooms map[string]string // addresses by name
	tls   *tls.Config
}

func start(t *testing.T, change func(c *app.Config)) *organisation {
	t.Helper()
	c := app.DefaultConfig()
	c.Domain, c.Data, c.SIP.TCP, c.SIP.TLS, c.Web.Listen = "example.test", t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	if change != nil {
		change(&c)
	}
	a, err := app.Start(t.Context(), app.Options{Config: c, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	o := &organisation{App: a, rooms: map[string]string{}}
	o.fill(t)
	pem, err := os.ReadFile(filepath.Join(c.Data, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	o.tls = &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	return o
}

func (o *organisation) fill(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	users, err := o.Directory().CreateUsers(ctx, []directory.NewUser{
		{Name: "alice", DisplayName: "Alice", Password: "secret-a", NTLM: true},
		{Name: "bob", DisplayName: "Bob", Password: "secret-b", NTLM: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Channel().CreateCategory(ctx, channel.CategorySpec{Name: "Trading", Allowed: []chat.PrincipalID{o.Directory().Domain()}}); err != nil {
		t.Fatal(err)
	}
	alice, both := users[:1], users
	ids := func(ps []chat.Principal) (out []chat.PrincipalID) {
		for _, p := range ps {
			out = append(out, p.ID)
		}
		return out
	}
	rooms, err := o.Channel().CreateRooms(ctx, []channel.RoomSpec{
		{Name: "Rates", Category: "Trading", Privacy: chat.Closed, Members: ids(both)},
		{Name: "Board", Category: "Trading", Privacy: chat.Closed, Members: ids(alice)},
		{Name: `R&D "secret"`, Category: "Trading", Privacy: chat.Secret, Members: ids(both)},
		{Name: "News", Category: "Trading", Privacy: chat.Closed, Behavior: chat.Auditorium, Members: ids(both), Presenters: ids(alice)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms {
		o.rooms[r.Name] = "ma-chan://example.test/" + r.GUID
	}
}

func (o *organisation) exchange() probe.Exchange {
	return probe.Exchange{
		Target: o.Addresses().TLS, TLS: o.tls, Room: "rates",
		Sender:   probe.Account{Address: "alice@example.test", Password: "secret-a"},
		Receiver: probe.Account{Address: "sip:Bob@example.test", Password: "secret-b"},
	}
}

// run returns the last step.
func run(t *testing.T, x *probe.Exchange) probe.Step {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	steps := x.Run(ctx)
	for _, s := range steps {
		t.Logf("%-8s %-30s %8v %v", s.Role, s.Stage, s.Took.Round(time.Microsecond), s.Err)
	}
	return steps[len(steps)-1]
}

// TestExchange: both users come through, over TLS and TCP, by name and address,
// and nobody is left in the room.
func TestExchange(t *testing.T) {
	o := start(t, nil)
	for _, c := range []struct {
		name   string
		change func(x *probe.Exchange)
	}{
		{"tls", func(*probe.Exchange) {}},
		{"tcp", func(x *probe.Exchange) { x.Target, x.TLS = o.Addresses().TCP, nil }},
		{"address", func(x *probe.Exchange) { x.Room = o.rooms["Rates"] }},
		{"name that must be escaped", func(x *probe.Exchange) { x.Room = `r&d "SECRET"` }},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := o.exchange()
			c.change(&x)
			if last := run(t, &x); last.Err != nil || last.Stage != probe.SignOff || last.Role != "receiver" {
				t.Errorf("it ends with %s %s: %v", last.Role, last.Stage, last.Err)
			}
		})
	}
}

// TestNoProof: a server that asks for none gets none.
func TestNoProof(t *testing.T) {
	o := start(t, func(c *app.Config) { c.SIP.Auth = []string{"none"} })
	x := o.exchange()
	x.Sender.Password, x.Receiver.Password = "", ""
	if last := run(t, &x); last.Err != nil {
		t.Errorf("%s %s: %v", last.Role, last.Stage, last.Err)
	}
}

// TestExchangeFails: the step that fails is the last one, and says why.
func TestExchangeFails(t *testing.T) {
	o := start(t, nil)
	free := freePort(t)
	for _, c := range []struct {
		name   string
		change func(x *probe.Exchange)
		role   string
		stage  probe.Stage
		status int
		err    error
	}{
		{"nobody listens", func(x *probe.Exchange) { x.Target = free }, "sender", probe.Connect, 0, nil},
		{"unknown certificate", func(x *probe.Exchange) { x.TLS = &tls.Config{ServerName: "localhost"} }, "sender", probe.Connect, 0, nil},
		{"no address", func(x *probe.Exchange) { x.Sender.Address = "alice" }, "sender", probe.Connect, 0, nil},
		{"wrong password", func(x *probe.Exchange) { x.Receiver.Password = "guessed" }, "receiver", probe.SignIn, 401, probe.ErrRefused},
		{"no password", func(x *probe.Exchange) { x.Sender.Password = "" }, "sender", probe.SignIn, 0, probe.ErrNoPassword},
		{"unknown user", func(x *probe.Exchange) { x.Sender.Address = "carol@example.test" }, "sender", probe.SignIn, 401, probe.ErrRefused},
		{"unknown room", func(x *probe.Exchange) { x.Room = "Nowhere" }, "sender", probe.Find, 0, probe.ErrNoRoom},
		{"room of another", func(x *probe.Exchange) { x.Room = "Board" }, "receiver", probe.Join, 403, probe.ErrRefused},
		{"auditorium", func(x *probe.Exchange) { x.Room = "News" }, "receiver", probe.Post, 403, probe.ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := o.exchange()
			c.change(&x)
			last := run(t, &x)
			if last.Err == nil || last.Role != c.role || last.Stage != c.stage {
				t.Fatalf("it ends with %s %s: %v; want %s %s to fail", last.Role, last.Stage, last.Err, c.role, c.stage)
			}
			var r *probe.Refusal
			if errors.As(last.Err, &r); c.status != 0 && (r == nil || r.Status != c.status) {
				t.Errorf("%v, want status %d", last.Err, c.status)
			}
			if c.err != nil && !errors.Is(last.Err, c.err) {
				t.Errorf("%v, want %v", last.Err, c.err)
			}
		})
	}
}

// TestSilence: a server that says nothing is given up.
func TestSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := probe.Dial(t.Context(), l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Patience = 20 * time.Millisecond
	if err := probe.NewEndpoint(c, "alice", "example.test").SignIn(t.Context(), ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestUnsigned: once the user has proved himself, an answer without signature
// is none.
func TestUnsigned(t *testing.T) {
	o := start(t, nil)
	x := o.exchange()
	x.Target, x.TLS = unsigned(t, o.Addresses().TCP), nil
	if last := run(t, &x); last.Stage != probe.SignIn || !errors.Is(last.Err, auth.ErrSignature) {
		t.Errorf("it ends with %s: %v", last.Stage, last.Err)
	}
}

// unsigned listens before a server and takes the signatures out of what that
// sends.
func unsigned(t *testing.T, server string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		behind, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		wg.Go(func() { _, _ = io.Copy(behind, client); behind.Close() })
		for lines := bufio.NewScanner(behind); lines.Scan(); {
			if !strings.HasPrefix(lines.Text(), "Authentication-Info:") {
				fmt.Fprintf(client, "%s\r\n", lines.Text())
			}
		}
	})
	return l.Addr().String()
}
