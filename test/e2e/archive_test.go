//go:build e2e

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKillWhileArchiving: the server is killed with kill -9 while posters fill
// rooms and batches are handed on. Afterwards every acknowledged post is in the
// outputs, and in the sealed archive once; no output that was there has changed.
func TestKillWhileArchiving(t *testing.T) {
	rounds := killRounds(t)
	s := startServer(t, "SIP__AUTH=none", "LOG__LEVEL=error")
	out := t.TempDir()
	s.perch("", "compliance", "settings", "set", "--adapter-type", "jsonl,xml", "--adapter-output-directory", out)
	ack := filepath.Join(t.TempDir(), "acknowledged")
	there := map[string][sha256.Size]byte{}
	for round := range rounds {
		load := exec.CommandContext(t.Context(), programs.perchload, "--data", s.data, "rooms",
			"--rooms", "20", "--members", "3", "--posts", "1000000", "--ack", ack, "--base", strconv.Itoa((round+1)*1_000_000))
		if err := load.Start(); err != nil {
			t.Fatal(err)
		}
		if round%2 == 1 {
			flowing(t, ack)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(500+rand.IntN(1500))*time.Millisecond)
		for ctx.Err() == nil {
			_, _ = s.try("", "compliance", "run") // before the server has its lease it is refused
			wait(ctx, time.Duration(rand.IntN(300))*time.Millisecond)
		}
		stop()
		s.kill()
		_ = load.Wait() // its server is gone
		same(t, round, there, outputs(t, out))
		s.start()
	}
	s.settle()
	same(t, rounds, there, outputs(t, out))
	posted := postsIn(t, filepath.Join(out, "jsonl"))
	acked := 0
	for line := range strings.Lines(readAll(t, ack)) {
		f := strings.Fields(line)
		if acked++; !posted[f[0]+" "+f[1]] {
			t.Errorf("message %s of room %s was acknowledged and is in no output", f[1], f[0])
		}
	}
	if acked < rounds*10 {
		t.Errorf("only %d messages were acknowledged in %d rounds; this shows little", acked, rounds)
	}
	var v struct {
		Outcome string
		Kinds   map[string]int
	}
	if err := json.Unmarshal([]byte(s.perch("", "archive", "verify", "--json")), &v); err != nil {
		t.Fatal(err)
	}
	// Entries follow one another in it, so that each is there once.
	if v.Outcome != "good" || v.Kinds["post"] != len(posted) {
		t.Errorf("the sealed archive: %+v, and %d posts in the outputs", v, len(posted))
	}
	t.Logf("%d rounds, %d acknowledged messages, %d posts handed on and sealed", rounds, acked, len(posted))
}

// settle waits until all that is on record is archived and handed on.
func (s *server) settle() {
	s.t.Helper()
	end := time.Now().Add(2 * time.Minute)
	for {
		_, _ = s.try("", "compliance", "run")
		wait(s.t.Context(), time.Second)
		var st struct {
			Journal, Kept, Sealed int
			Waiting               int `json:"waiting_events"`
			Deliveries            []struct{ State string }
		}
		if err := json.Unmarshal([]byte(s.perch("", "compliance", "status", "--json")), &st); err != nil {
			s.t.Fatal(err)
		}
		done := true
		for _, d := range st.Deliveries {
			done = done && d.State == "done"
		}
		// The command that closed the last batch is itself on record.
		if done && len(st.Deliveries) > 0 && st.Journal-st.Kept < 5 && st.Journal-st.Sealed < 5 && st.Waiting < 5 {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("not all is archived: %+v", st)
		}
	}
}

// outputs are the hashes of all files that have their name.
func outputs(t *testing.T, dir string) map[string][sha256.Size]byte {
	t.Helper()
	out := map[string][sha256.Size]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		b, err := os.ReadFile(name)
		out[name] = sha256.Sum256(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same checks that no output has changed, and remembers those that are new.
func same(t *testing.T, round int, there, now map[string][sha256.Size]byte) {
	t.Helper()
	for name, sum := range there {
		if got := now[name]; !bytes.Equal(got[:], sum[:]) {
			t.Errorf("round %d: %s is not what it was", round, name)
		}
	}
	maps.Copy(there, now)
}

// postsIn reads the posts of jsonl outputs, each "room message".
func postsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	posts := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var l struct {
				Kind, Room string
				Message    int
			}
			if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
				t.Fatal(err)
			}
			if l.Kind != "post" {
				continue
			}
			key := l.Room + " " + strconv.Itoa(l.Message)
			if posts[key] {
				t.Errorf("%s: message %s twice", name, key)
			}
			posts[key] = true
		}
		f.Close()
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return posts
}

func readAll(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// reads waits until so many reads of history are on record.
func (s *server) reads(n int) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); ; wait(s.t.Context(), 100*time.Millisecond) {
		raw := s.perch("", "compliance", "search", "--kind", "history", "--json")
		var found []json.RawMessage
		if err := json.Unmarshal([]byte(raw), &found); err != nil {
			s.t.Fatalf("%v in %s", err, raw)
		}
		if len(found) >= n {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("fewer than %d reads are on record: %s", n, raw)
		}
	}
}

// TestArchivedChat: two clients talk; every join, part, post and history read of
// the session is in each output, in order, once.
func TestArchivedChat(t *testing.T) {
	s := startServer(t)
	uri := s.organisation()
	out := t.TempDir()
	s.perch("", "compliance", "settings", "set", "--adapter-type", "xml,jsonl,eml", "--adapter-output-directory", out,
		"--adapter-option", "mail.from=perch@example.test", "--adapter-option", "mail.to=archive@example.test")
	alice := signIn(t, s, "alice", "secret-a")
	alice.enter(uri, "Rates")
	s.reads(1) // a client asks for the history when it has entered
	bob := signIn(t, s, "bob", "secret-b")
	bob.enter(uri, "Rates")
	alice.await("entered", "Rates", "sip:bob@example.test")
	s.reads(2)
	alice.do("post", "Rates", "first")
	bob.await("message", "Rates", "sip:alice@example.test")
	bob.do("post", "Rates", "second")
	alice.await("message", "Rates", "sip:bob@example.test")
	bob.do("part", "Rates")
	bob.await("parted", "Rates")
	bob.await("part-confirmed")
	bob.enter(uri, "Rates")
	bob.await("message", "Rates")
	s.settle()
	want := []string{
		"JOIN alice", "BACKCHAT alice", "JOIN bob", "BACKCHAT bob", "CHAT alice first", "CHAT bob second", "PART bob", "JOIN bob", "BACKCHAT bob",
	}
	for form, got := range map[string][]string{"jsonl": inJSONL(t, out), "xml": inXML(t, out), "eml": inEML(t, out)} {
		if !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", form, got, want)
		}
	}
	if text := s.perch("", "archive", "verify"); !strings.Contains(text, "good") {
		t.Error(text)
	}
}

// all is the text of a form's outputs, in the order of their names.
func all(t *testing.T, dir, form, end string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, form, "*"+end))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, n := range names {
		b.WriteString(readAll(t, n))
	}
	return b.String()
}

func userOf(uri string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(uri, "sip:"), "@")
	return name
}

func inJSONL(t *testing.T, dir string) (out []string) {
	t.Helper()
	types := map[string]string{"join": "JOIN", "part": "PART", "post": "CHAT", "history": "BACKCHAT"}
	for line := range strings.Lines(all(t, dir, "jsonl", ".jsonl")) {
		var l struct {
			Kind, Text, Room string
			URI              string `json:"actor_uri"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if kind := types[l.Kind]; kind != "" {
			out = append(out, strings.TrimSpace(kind+" "+userOf(l.URI)+" "+l.Text))
		}
	}
	return out
}

func inXML(t *testing.T, dir string) (out []string) {
	t.Helper()
	message := regexp.MustCompile(`(?s)<Message type="(\w+)" content="([^"]*)".*?uri="([^"]*)"`)
	for _, m := range message.FindAllStringSubmatch(all(t, dir, "xml", ".xml"), -1) {
		text := m[2]
		if m[1] != "CHAT" {
			text = ""
		}
		out = append(out, strings.TrimSpace(m[1]+" "+userOf(m[3])+" "+text))
	}
	return out
}

func inEML(t *testing.T, dir string) (out []string) {
	t.Helper()
	event := regexp.MustCompile(`(?m)^\S+Z (?:.+) <(sip:[^>]+)>\r\n    (.*)\r$`)
	for _, m := range event.FindAllStringSubmatch(all(t, dir, "eml", ".eml"), -1) {
		said := m[2]
		switch {
		case strings.HasPrefix(said, "* joined"):
			said = "JOIN " + userOf(m[1])
		case strings.HasPrefix(said, "* left"):
			said = "PART " + userOf(m[1])
		case strings.HasPrefix(said, "* read"):
			said = "BACKCHAT " + userOf(m[1])
		case strings.HasPrefix(said, "* "):
			continue
		default:
			said = "CHAT " + userOf(m[1]) + " " + said
		}
		out = append(out, said)
	}
	return out
}

// TestWitness: a witness on another machine cosigns the archive's head; when the
// archive is put back to an old copy, the witness, the server's status and
// whoever has the witness's folder say so.
func TestWitness(t *testing.T) {
	s := startServer(t, "LOG__LEVEL=error")
	dir := t.TempDir()
	w := exec.CommandContext(t.Context(), programs.perch, "witness", "--dir", dir, "--name", "audit.example.test/w1",
		"--log-key", filepath.Join(s.data, "archive-keys", "signing.pub"), "--listen", "127.0.0.1:0")
	out, err := w.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ := strings.Cut(strings.TrimSpace(line), " on ")
	s.perch("", "category", "add", "First")
	s.sealed()
	s.stop()
	if out, err := exec.CommandContext(t.Context(), "cp", "-r", filepath.Join(s.data, "archive"), filepath.Join(dir, "old")).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	s.env = append(s.env, "PERCH_COMPLIANCE__WITNESSES="+url)
	s.start()
	s.perch("", "category", "add", "Second")
	s.sealed()
	old := headSize(t, filepath.Join(dir, "old", "checkpoint"))
	kept := filepath.Join(s.data, "archive-witnessed") // written after the witness has noted what it was shown
	for n := 0; headSize(t, kept) <= old; n++ {        // ten seconds part two showings, and the first may have had nothing new
		if n == 60 {
			t.Fatal("the witness has seen nothing new")
		}
		wait(t.Context(), time.Second)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.checkpoint"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the witness has noted %q, %v", names, err)
	}
	since := names[0]
	pub := filepath.Join(dir, "witness.pub")
	if text := s.perch("", "archive", "verify", "--since", since, "--witness", pub); !strings.Contains(text, "good") {
		t.Error(text)
	}
	if text := readAll(t, kept); !strings.Contains(text, "audit.example.test/w1") {
		t.Errorf("the server keeps %q", text)
	}
	s.stop()
	for _, args := range [][]string{{"rm", "-r", filepath.Join(s.data, "archive")}, {"cp", "-r", filepath.Join(dir, "old"), filepath.Join(s.data, "archive")}} {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
	}
	if text, err := s.try("", "archive", "verify", "--since", since, "--witness", pub); err == nil || !strings.Contains(text, "shorter than it was") {
		t.Errorf("put back: %v\n%s", err, text)
	}
	s.start()
	for range 30 {
		// It seals anew what is in the journal, with other keys: another history.
		if text, _ := s.try("", "compliance", "status"); strings.Contains(text, "trouble: witness "+url) {
			if err := w.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := w.Wait(); err != nil {
				t.Errorf("the witness ended with %v", err)
			}
			return
		}
		wait(t.Context(), time.Second)
	}
	t.Error("the status does not tell that the witness refuses")
}

// headSize is how many records the archive has by a head of it; zero if there is none.
func headSize(t *testing.T, name string) int {
	t.Helper()
	if _, err := os.Stat(name); err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(readAll(t, name), "\n")
	size, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(size)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// sealed waits until all that is on record is sealed.
func (s *server) sealed() {
	s.t.Helper()
	for range 30 {
		var st struct{ Journal, Sealed int }
		if err := json.Unmarshal([]byte(s.perch("", "compliance", "status", "--json")), &st); err != nil {
			s.t.Fatal(err)
		}
		if st.Sealed == st.Journal {
			return
		}
		wait(s.t.Context(), 500*time.Millisecond)
	}
	s.t.Fatal("not all is sealed")
}
