//go:build e2e

package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/probe"
)

// disks are file systems in memory that only the server sees: of its own mount
// namespace, so that they can be small, full and read-only for anybody who runs
// the tests.
type disks struct {
	s     *server
	kept  string // under the compliance store
	xml   string // output folder of the xml adapter
	jsonl string // a folder as any other
}

// startOnDisks starts a server whose compliance store has so little room.
func startOnDisks(t *testing.T, room string, settings ...string) *disks {
	t.Helper()
	out := t.TempDir()
	d := &disks{kept: t.TempDir(), xml: filepath.Join(out, "xml"), jsonl: filepath.Join(out, "jsonl")}
	for _, dir := range []string{d.xml, d.jsonl} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script := `mount -t tmpfs -o size="$1" none "$2" && mount -t tmpfs none "$3" && shift 3 && exec "$@"`
	d.s = startWrapped(t, []string{"unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", room, d.kept, d.xml},
		append(settings, "COMPLIANCE__STORE="+filepath.Join(d.kept, "compliance.db"))...)
	return d
}

// remount changes a file system under the running server.
func (d *disks) remount(dir, option string) {
	d.s.t.Helper()
	cmd := exec.CommandContext(d.s.t.Context(), "nsenter", "--user", "--mount", "--preserve-credentials", "--target", strconv.Itoa(d.s.cmd.Process.Pid), "mount", "-o", "remount,"+option, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		d.s.t.Fatalf("remounting: %v\n%s", err, out)
	}
}

// seen is where a path of the server's is seen from here.
func (d *disks) seen(path string) string {
	return filepath.Join("/proc", strconv.Itoa(d.s.cmd.Process.Pid), "root", path)
}

// says waits until the status says something.
func (s *server) says(what ...string) {
	s.t.Helper()
	var text string
	for range 120 {
		text, _ = s.try("", "compliance", "status")
		missing := 0
		for _, w := range what {
			if !strings.Contains(text, w) {
				missing++
			}
		}
		if missing == 0 {
			return
		}
		wait(s.t.Context(), 250*time.Millisecond)
	}
	s.t.Fatalf("the status does not say %q:\n%s", what, text)
}

// healthy waits until the status has nothing to tell.
func (s *server) healthy() {
	s.t.Helper()
	var text string
	for range 240 {
		var err error
		if text, err = s.try("", "compliance", "status"); err == nil {
			return
		}
		wait(s.t.Context(), 250*time.Millisecond)
	}
	s.t.Fatalf("the status:\n%s", text)
}

// TestFullDisk: the disk under the compliance store is full. Where that is
// tolerated chat goes on, in strict categories it stops and the poster is told
// why; the status says what to do, and when that is done nothing is lost.
func TestFullDisk(t *testing.T) {
	d := startOnDisks(t, "2m", "COMPLIANCE__MAX_LAG=3", "LOG__LEVEL=error")
	s := d.s
	s.organisation()
	s.perch("", "category", "add", "Strict", "--allow", "alice", "--strict")
	s.perch("", "room", "add", "Deals", "--category", "Strict", "--member", "alice")
	s.perch("", "compliance", "settings", "set", "--adapter-type", "jsonl", "--adapter-output-directory", d.jsonl)
	rates, _ := probe.ParseRoom(s.room("Rates").URI)
	deals, _ := probe.ParseRoom(s.room("Deals").URI)
	alice := transferAs(t, s, "alice", "secret-a")
	alice.join(rates)
	alice.join(deals)
	posted := 0
	post := func(r probe.Room, text string) error {
		err := alice.ep.Post(t.Context(), r, text)
		if err == nil {
			posted++
		}
		return err
	}
	long := strings.Repeat("a long text ", 600)
	for range 400 {
		if err := post(rates, long); err != nil {
			t.Fatal(err)
		}
	}
	s.says("trouble: copy", "make room on its disk", "trouble: lag", "more than 3s behind")
	if err := post(rates, "goes on"); err != nil {
		t.Errorf("where it is tolerated: %v", err)
	}
	if err := post(deals, "does not"); err == nil || !strings.Contains(err.Error(), "behind") {
		t.Errorf("where it is strict: %v", err)
	}
	d.remount(d.kept, "size=64m")
	s.healthy()
	if err := post(deals, "goes on again"); err != nil {
		t.Errorf("when there is room: %v", err)
	}
	s.settle()
	if got := len(postsIn(t, d.jsonl)); got != posted {
		t.Errorf("%d posts were handed on, %d taken", got, posted)
	}
	s.says("not captured", "1 posts in Deals were refused: the archive is")
	wait(t.Context(), 2*time.Second) // until all of it is sealed
	if text := s.perch("", "archive", "gaps"); !strings.Contains(text, "1 posts in Deals were refused") {
		t.Errorf("the sealed archive tells %s", text)
	}
}

// mailbox is a mail server that takes everything.
type mailbox struct {
	mu    sync.Mutex // guards the field below
	mails []string
}

func (m *mailbox) serve(t *testing.T, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { m.talk(c) })
		}
	})
}

func (m *mailbox) talk(c net.Conn) {
	defer c.Close()
	fmt.Fprint(c, "220 test\r\n")
	var mail *strings.Builder
	for in := bufio.NewScanner(c); in.Scan(); {
		line := in.Text()
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); {
		case mail != nil && line == ".":
			m.mu.Lock()
			m.mails = append(m.mails, mail.String())
			m.mu.Unlock()
			mail = nil
			fmt.Fprint(c, "250 taken\r\n")
		case mail != nil:
			mail.WriteString(line + "\n")
		case verb == "DATA":
			mail = &strings.Builder{}
			fmt.Fprint(c, "354 go on\r\n")
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 fine\r\n")
		}
	}
}

// TestReceiversDown: the mail server is down and an output folder is read-only.
// Chat and the other adapters go on, the status says what to do, and when that is
// done everything is handed on.
func TestReceiversDown(t *testing.T) {
	d := startOnDisks(t, "64m", "LOG__LEVEL=error")
	s := d.s
	s.organisation()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mailServer := l.Addr().String()
	l.Close()
	// So long an interval that its end closes no batch in the middle.
	s.perch("", "compliance", "settings", "set", "--adapter-type", "xml,jsonl,eml", "--run-interval", "720h", "--adapter-output-directory", filepath.Dir(d.xml),
		"--adapter-option", "mail.from=perch@example.test", "--adapter-option", "mail.to=archive@example.test",
		"--adapter-option", "smtp.server="+mailServer, "--adapter-option", "smtp.tls=none")
	d.remount(d.xml, "ro")
	rates, _ := probe.ParseRoom(s.room("Rates").URI)
	alice := transferAs(t, s, "alice", "secret-a")
	alice.join(rates)
	if err := alice.ep.Post(t.Context(), rates, "while they are down"); err != nil {
		t.Fatal(err)
	}
	wait(t.Context(), time.Second)
	s.perch("", "compliance", "run")
	s.says("batch 1 taken", "mount its file system for writing", mailServer+" cannot be reached: see that it runs", "again at")
	if n := len(postsIn(t, d.jsonl)); n != 1 {
		t.Errorf("the other adapter was given %d posts", n)
	}
	if err := alice.ep.Post(t.Context(), rates, "chat goes on"); err != nil {
		t.Error(err)
	}
	d.remount(d.xml, "rw")
	var box mailbox
	box.serve(t, mailServer)
	for _, adapter := range []string{"xml", "eml"} {
		s.perch("", "compliance", "redeliver", adapter, "1")
	}
	s.settle()
	s.healthy()
	text := all(t, d.seen(filepath.Dir(d.xml)), "xml", ".xml")
	box.mu.Lock()
	mails := strings.Join(box.mails, "")
	box.mu.Unlock()
	for _, said := range []string{"while they are down", "chat goes on"} {
		if strings.Count(text, `<Message type="CHAT" content="`+said) != 1 || !strings.Contains(mails, said) {
			t.Errorf("%q is not where it should be:\n%s\n%s", said, text, mails)
		}
	}
	var st struct {
		Deliveries []struct {
			Adapter, State string
			Attempts       int
		}
	}
	if err := json.Unmarshal([]byte(s.perch("", "compliance", "status", "--json")), &st); err != nil || len(st.Deliveries) != 3 {
		t.Errorf("%+v, %v", st, err)
	}
}
