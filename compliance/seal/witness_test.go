package seal_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perch/compliance/seal"
)

// startWitness serves a witness of a log in a folder.
func startWitness(t *testing.T, dir, name string, logs ...string) (*seal.Witness, string) {
	t.Helper()
	w, err := seal.OpenWitness(dir, name, logs, rand.Reader, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	return w, s.URL
}

func (a *archive) show(url string) ([]byte, error) {
	a.t.Helper()
	return seal.Submit(a.t.Context(), http.DefaultClient, url, a.witness, a.dir, a.log.Checkpoint(), a.public)
}

// TestWitness: it cosigns what continues what it saw, over its own restarts, and
// refuses a log that was put back or forked; what it keeps proves that to others.
func TestWitness(t *testing.T) {
	a := newArchive(t)
	dir := t.TempDir()
	w, url := startWitness(t, dir, "audit.example.test/w1", a.public)
	var lines [][]byte
	for _, n := range []int{1, 299, 1, 700} {
		a.seal(n)
		line, err := a.show(url)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
		if _, err := a.show(url); err != nil {
			t.Errorf("the same again: %v", err)
		}
	}
	again, url := startWitness(t, dir, "audit.example.test/w1", a.public)
	if again.Key() != w.Key() {
		t.Error("the witness has another key after a restart")
	}
	// What the log collects is checked by the key.
	cosigned := append(a.log.Checkpoint(), lines[3]...)
	if err := seal.CheckWitnesses(cosigned, a.public, []string{w.Key()}, 1); err != nil {
		t.Error(err)
	}
	if err := seal.CheckWitnesses(cosigned, a.public, []string{w.Key()}, 2); err == nil {
		t.Error("one witness makes a quorum of two")
	}
	if err := seal.CheckWitnesses(a.log.Checkpoint(), a.public, []string{w.Key()}, 1); err == nil {
		t.Error("a checkpoint without cosignature is taken")
	}
	if err := seal.CheckWitnesses(append(a.log.Checkpoint(), lines[2]...), a.public, []string{w.Key()}, 1); err == nil {
		t.Error("a cosignature of another checkpoint is taken")
	}
	// Put back to an old copy; and another history with the same key.
	fork := &archive{t: t, dir: filepath.Join(t.TempDir(), "fork"), keys: a.keys, public: a.public, next: 1}
	fork.open()
	fork.seal(900)
	if _, err := fork.show(url); err == nil || !strings.Contains(err.Error(), "cut off or put back") {
		t.Errorf("put back: %v", err)
	}
	fork.seal(500)
	if _, err := fork.show(url); err == nil || !strings.Contains(err.Error(), "no continuation") {
		t.Errorf("forked: %v", err)
	}
	// The witness's own file shows it offline.
	files, err := filepath.Glob(filepath.Join(dir, "*.checkpoint"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	since, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if r := a.verify(a.dir, seal.VerifyOptions{Since: since}); r.Outcome != seal.Good {
		t.Errorf("the real one: %v", r.Finding)
	}
	if r := a.verify(fork.dir, seal.VerifyOptions{Since: since}); r.Outcome != seal.Tampered {
		t.Errorf("the fork: %+v", r.Finding)
	}
	// A log that it does not watch.
	stranger := newArchive(t)
	stranger.seal(3)
	if _, err := stranger.show(url); err == nil {
		t.Error("a stranger's log is cosigned")
	}
}

// TestWrongWitness: an answer that is no cosignature, or another's, is no answer.
func TestWrongWitness(t *testing.T) {
	a := newArchive(t)
	a.seal(3)
	w, url := startWitness(t, t.TempDir(), "audit.example.test/w1", a.public)
	other, otherURL := startWitness(t, t.TempDir(), "audit.example.test/w1", a.public)
	for _, key := range []string{"", w.Key()} {
		a.witness = key
		if _, err := a.show(url); err != nil {
			t.Errorf("the witness with the key %q: %v", key, err)
		}
		if _, err := a.show(otherURL); (err == nil) != (key == "") {
			t.Errorf("another witness, %s, with the key %q: %v", other.Key(), key, err)
		}
		for _, answer := range []string{"", "<html>welcome</html>\n", "\u2014 audit.example.test/w1 AAAA\n"} {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
			if _, err := a.show(s.URL); err == nil {
				t.Errorf("%q is taken for a cosignature", answer)
			}
			s.Close()
		}
	}
}
