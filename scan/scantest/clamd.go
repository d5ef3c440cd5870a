// Package scantest is for tests only: it starts Debian's clamd, with one
// signature of the tests' own, and Debian's c-icap in front of it.
package scantest

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Infected is what the signature finds, and Name what clamd calls it.
const (
	Infected = "perch-test-signature-of-our-own"
	Name     = "Perch.Test.Signature.UNOFFICIAL"
)

// StreamLimit is the largest file that clamd takes here, in bytes.
const StreamLimit = 1 << 20

// StartClamd starts clamd; Socket is its Unix socket, and it listens on TCP too.
// A tool that is missing fails the test.
func StartClamd(t testing.TB) (socket, tcp string) {
	t.Helper()
	need(t, "/usr/sbin/clamd", "clamav-daemon")
	dir, err := os.MkdirTemp("", "clamd") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // a temporary folder
	write(t, filepath.Join(dir, "perch.ndb"), "Perch.Test.Signature:0:*:"+hex.EncodeToString([]byte(Infected))+"\n")
	socket, tcp = filepath.Join(dir, "clamd.sock"), freePort(t)
	_, port, _ := net.SplitHostPort(tcp)
	config := filepath.Join(dir, "clamd.conf")
	write(t, config, fmt.Sprintf("Foreground yes\nDatabaseDirectory %s\nLocalSocket %s\nTCPSocket %s\nTCPAddr 127.0.0.1\nStreamMaxLength %d\n", dir, socket, port, StreamLimit))
	run(t, tcp, "/usr/sbin/clamd", "--config-file="+config)
	return socket, tcp
}

// StartICAP starts c-icap with its virus scanner in front of a clamd, and returns
// the address of that service. A tool that is missing fails the test.
func StartICAP(t testing.TB, clamd string) (url string) {
	t.Helper()
	need(t, "/usr/bin/c-icap", "c-icap")
	module, err := filepath.Glob("/usr/lib/*/c_icap/virus_scan.so")
	if err != nil || len(module) != 1 {
		t.Fatalf("c-icap's virus scanner is missing; run: apt-get install -y libc-icap-mod-virus-scan (%q, %v)", module, err)
	}
	dir := t.TempDir()
	addr := freePort(t)
	host, port, _ := net.SplitHostPort(clamd)
	config := filepath.Join(dir, "c-icap.conf")
	write(t, config, fmt.Sprintf(`PidFile %[1]s/pid
CommandsSocket %[1]s/ctl
Port %[2]s
TmpDir %[1]s
ServerLog %[1]s/server.log
AccessLog %[1]s/access.log
ModulesDir %[3]s
ServicesDir %[3]s
TemplateDir /usr/share/c_icap/templates/
LoadMagicFile /etc/c-icap/c-icap.magic
StartServers 1
MaxServers 2
ThreadsPerChild 4
Module common clamd_mod.so
clamd_mod.ClamdHost %[4]s
clamd_mod.ClamdPort %[5]s
Service antivirus_module virus_scan.so
ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple
virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE
virus_scan.MaxObjectSize 100M
virus_scan.DefaultEngine clamd
`, dir, addr, filepath.Dir(module[0]), host, port))
	run(t, addr, "/usr/bin/c-icap", "-N", "-f", config)
	return "icap://" + addr + "/avscan"
}

func need(t testing.TB, tool, pkg string) {
	t.Helper()
	if _, err := os.Stat(tool); err != nil {
		t.Fatalf("%s is missing; run: apt-get install -y %s", tool, pkg)
	}
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freePort is an address on loopback that nobody uses now.
func freePort(t testing.TB) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// run runs a server until the test ends, and returns when it listens.
func run(t testing.TB, addr, tool string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), tool, args...)
	log := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(unix.SIGTERM)
		_ = cmd.Wait() // how it ends is its own affair
		if t.Failed() {
			t.Logf("%s said:\n%s", tool, log.String())
		}
	})
	var d net.Dialer
	for range 300 {
		c, err := d.DialContext(t.Context(), "tcp", addr)
		if err == nil {
			c.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s does not listen after 30 s", tool)
}
