package app_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perch/app"
)

func local(t *testing.T, data string) app.Options {
	t.Helper()
	c := app.DefaultConfig()
	c.Data, c.SIP.TCP, c.SIP.TLS, c.Web.Listen = data, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	return app.Options{Config: c, Log: slog.New(slog.DiscardHandler)}
}

func start(t *testing.T, o app.Options) *app.App {
	t.Helper()
	a, err := app.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil { // a second Stop does nothing
			t.Error(err)
		}
	})
	return a
}

// TestFolder: what a running server keeps in its folder, who may read it, and
// that a second server is refused and the next one is not.
func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	a := start(t, local(t, dir))
	b, err := os.ReadFile(filepath.Join(dir, "addresses.json"))
	if err != nil {
		t.Fatal(err)
	}
	var said app.Addresses
	if err := json.Unmarshal(b, &said); err != nil || said != a.Addresses() || said.Admin == "" {
		t.Errorf("addresses.json says %s, the server %+v: %v", b, a.Addresses(), err)
	}
	for name, mode := range map[string]fs.FileMode{"perch.db": 0o600, "key.pem": 0o600, "admin.sock": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := app.Start(t.Context(), local(t, dir)); err == nil || !strings.Contains(err.Error(), "another server (process ") {
		t.Errorf("a second server: %v", err)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "addresses.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("addresses.json is left: %v", err)
	}
	start(t, local(t, dir))
}

// TestCertificate: one is made at the first start, names the host and loopback,
// and is used again.
func TestCertificate(t *testing.T) {
	o := local(t, t.TempDir())
	o.Config.SIP.Host = "chat.example.test"
	var serials []string
	for range 2 {
		a := start(t, o)
		conn, err := tls.Dial("tcp", a.Addresses().TLS, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is self-signed
		if err != nil {
			t.Fatal(err)
		}
		cert := conn.ConnectionState().PeerCertificates[0]
		for _, name := range []string{"chat.example.test", "localhost", "127.0.0.1"} {
			if err := cert.VerifyHostname(name); err != nil {
				t.Error(err)
			}
		}
		if time.Until(cert.NotAfter) < 365*24*time.Hour {
			t.Errorf("the certificate ends %v", cert.NotAfter)
		}
		serials = append(serials, cert.SerialNumber.String())
		conn.Close()
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	}
	if serials[0] != serials[1] {
		t.Error("the second start made another certificate")
	}
}

// TestStartFails: a start that fails leaves nothing that blocks the next.
func TestStartFails(t *testing.T) {
	taken := start(t, local(t, t.TempDir()))
	o := local(t, t.TempDir())
	o.Config.SIP.TLS = taken.Addresses().TLS
	if _, err := app.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "sip.tls") {
		t.Errorf("a port that is taken: %v", err)
	}
	o.Config.SIP.TLS = "127.0.0.1:0"
	start(t, o)
	other := local(t, o.Config.Data)
	other.Config.Domain = "other.test"
	o = other
	if _, err := app.Start(t.Context(), o); err == nil {
		t.Error("a folder in use was taken")
	}
}

// TestLongPath: a Unix socket's path is short, so that of a deep folder stands
// elsewhere, and goes with the server.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 25))
	a := start(t, local(t, dir))
	socket := a.Addresses().Admin
	if _, err := os.Stat(socket); err != nil || strings.HasPrefix(socket, dir) {
		t.Errorf("the socket is %s: %v", socket, err)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(socket)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket's folder is left: %v", err)
	}
}
