package seal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// archive is a log with its keys.
type archive struct {
	t      *testing.T
	dir    string
	keys   seal.Keys
	public string
	heads  string
	// witness is the key of the witness that is shown the log; empty: any
	witness string
	log     *seal.Log
	next    chat.EntryID
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	private, public, err := seal.GenerateKeys(rand.Reader, "perch.example.test/archive")
	if err != nil {
		t.Fatal(err)
	}
	a := &archive{t: t, dir: filepath.Join(t.TempDir(), "archive"), public: public, heads: filepath.Join(t.TempDir(), "heads"), next: 1}
	a.keys = seal.Keys{Private: private, Content: bytes.Repeat([]byte{7}, 32)}
	a.open()
	return a
}

func (a *archive) open() {
	a.t.Helper()
	var err error
	if a.log, err = seal.Open(a.dir, a.keys, seal.Options{Random: rand.Reader, Heads: a.heads}); err != nil {
		a.t.Fatal(err)
	}
}

// entries makes the next n of a journal, in a few rooms.
func (a *archive) entries(n int) []chat.Entry {
	out := make([]chat.Entry, n)
	for i := range out {
		room := fmt.Sprintf("room-%d", int(a.next)%5)
		out[i] = chat.Entry{
			ID: a.next, Kind: chat.EntryPost, At: 1_795_453_200_000_000 + chat.Time(a.next)*1000, Actor: 7, ActorURI: "sip:alice@example.test", ActorName: "Alice",
			RoomGUID: room, RoomName: "Room", Message: chat.MessageID(a.next), Text: fmt.Sprintf("message %d <&> \u2028 привет", a.next), Endpoint: "e1",
		}
		if a.next%7 == 0 {
			out[i].RoomGUID, out[i].Kind = "", chat.EntrySignIn
		}
		a.next++
	}
	return out
}

func (a *archive) seal(n int) {
	a.t.Helper()
	if err := a.log.Seal(a.t.Context(), a.entries(n)); err != nil {
		a.t.Fatal(err)
	}
}

func (a *archive) verify(dir string, o seal.VerifyOptions) seal.Report {
	a.t.Helper()
	if o.PublicKey == "" {
		o.PublicKey = a.public
	}
	o.Backwards = time.Minute
	r, err := seal.Verify(a.t.Context(), dir, o)
	if err != nil {
		a.t.Fatal(err)
	}
	return r
}

func (a *archive) good(size int64) seal.Report {
	a.t.Helper()
	r := a.verify(a.dir, seal.VerifyOptions{Content: a.keys.Content})
	if r.Outcome != seal.Good || r.Leaves != size || r.Contents != size || r.Checkpoint.Size != size {
		a.t.Fatalf("%d leaves: %+v, %v", size, r, r.Finding)
	}
	return r
}

// TestGrows: at every size around the widths of tiles what was appended is
// there, provable, and goes on after it is opened again.
func TestGrows(t *testing.T) {
	a := newArchive(t)
	a.good(0)
	size := int64(0)
	for _, n := range []int{1, 1, 5, 248, 1, 1, 255, 256, 257, 1000, 1, 65536 - 2026 - 1, 1, 1} {
		a.seal(n)
		size += int64(n)
		r := a.good(size)
		if int64(r.Last) != size || a.log.Last() != r.Last || a.log.Size() != size {
			t.Fatalf("%d leaves end with entry %d, %d", size, r.Last, a.log.Last())
		}
		if n%2 == 0 {
			if err := a.log.Close(); err != nil {
				t.Fatal(err)
			}
			a.open()
		}
	}
	again := a.entries(3)
	if err := a.log.Seal(t.Context(), append(again, again...)); err != nil {
		t.Fatal(err)
	}
	a.good(size + 3)
}

// TestCutShort: whatever a seal that did not end has left, the next Open is at
// the newest checkpoint, and goes on from there.
func TestCutShort(t *testing.T) {
	for _, before := range []int{0, 3, 255, 256, 700} {
		a := newArchive(t)
		if before > 0 {
			a.seal(before)
		}
		old := copyOf(t, a.dir)
		entries := a.entries(900)
		if err := a.log.Seal(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
		// All files of the new seal are there but the checkpoint is the old one.
		checkpoint, err := os.ReadFile(filepath.Join(old, "checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(a.dir, "checkpoint"), checkpoint, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, b := range read(t, old) { // parts that the seal would only have dropped at its end
			if _, err := os.Stat(filepath.Join(a.dir, name)); err != nil {
				write(t, filepath.Join(a.dir, name), b)
			}
		}
		write(t, filepath.Join(a.dir, "checkpoint.tmp"), []byte("half"))
		a.open()
		if int(a.log.Last()) != before {
			t.Fatalf("opened at %d, want %d", a.log.Last(), before)
		}
		a.good(int64(before))
		if err := a.log.Seal(t.Context(), entries); err != nil {
			t.Fatal(err)
		}
		a.good(int64(before + 900))
	}
}

// TestOlderCheckpoint: an archive whose checkpoint was lost goes on from an older one
// that is put back, though larger tiles have taken the places of its own.
func TestOlderCheckpoint(t *testing.T) {
	a := newArchive(t)
	a.seal(300)
	older, err := os.ReadFile(filepath.Join(a.dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	a.seal(300)
	write(t, filepath.Join(a.dir, "checkpoint"), older)
	a.open()
	a.good(300)
	a.open()
	a.next = 301
	a.seal(5)
	a.open()
	a.good(305)
}

// TestWritesOnce: a tile that the newest checkpoint relies on is not written again,
// so that a seal that is cut short cannot have emptied it.
func TestWritesOnce(t *testing.T) {
	a := newArchive(t)
	a.seal(300) // whose second level has one hash, and still has with 5 more
	then := time.Unix(1_700_000_000, 0)
	for name := range read(t, a.dir) {
		if err := os.Chtimes(filepath.Join(a.dir, name), then, then); err != nil {
			t.Fatal(err)
		}
	}
	a.seal(5)
	kept := 0
	for name := range read(t, a.dir) {
		info, err := os.Stat(filepath.Join(a.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(name, "tile") && info.ModTime().Equal(then) {
			kept++
		}
	}
	// Of the leaves and their entries the full tile, and the second level's part.
	if kept != 3 {
		t.Errorf("%d tiles are as they were, want 3", kept)
	}
	a.good(305)
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	for name, b := range read(t, dir) {
		write(t, filepath.Join(to, name), b)
	}
	return to
}

func read(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		out[rel], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRollback: an archive that was cut off, put back from an old copy, forked
// or signed by another key is found by who has a later checkpoint or the key.
func TestRollback(t *testing.T) {
	a := newArchive(t)
	a.seal(300)
	old, early := copyOf(t, a.dir), a.log.Checkpoint()
	a.seal(300)
	late := a.log.Checkpoint()
	if r := a.verify(a.dir, seal.VerifyOptions{Since: early}); r.Outcome != seal.Good {
		t.Errorf("a continuation: %v", r.Finding)
	}
	if r := a.verify(old, seal.VerifyOptions{Since: late}); r.Outcome != seal.Tampered || !strings.Contains(r.Finding.What, "shorter") {
		t.Errorf("put back: %+v", r.Finding)
	}
	// Another history with the same key, as the operator could write it.
	fork := &archive{t: t, dir: filepath.Join(t.TempDir(), "fork"), keys: a.keys, public: a.public, next: 1}
	fork.open()
	fork.seal(601)
	if r := a.verify(fork.dir, seal.VerifyOptions{}); r.Outcome != seal.Good {
		t.Errorf("the fork by itself: %v", r.Finding)
	}
	if r := a.verify(fork.dir, seal.VerifyOptions{Since: late}); r.Outcome != seal.Tampered || !strings.Contains(r.Finding.What, "no continuation") {
		t.Errorf("forked: %+v", r.Finding)
	}
	other := newArchive(t)
	other.seal(600)
	if r := a.verify(other.dir, seal.VerifyOptions{}); r.Outcome != seal.Tampered {
		t.Errorf("another key: %+v", r.Finding)
	}
	if r := a.verify(filepath.Join(t.TempDir(), "nothing"), seal.VerifyOptions{}); r.Outcome != seal.Unclear {
		t.Errorf("nothing there: %+v", r)
	}
	left := &archive{t: t, dir: filepath.Join(t.TempDir(), "left"), keys: a.keys, public: a.public, next: 1}
	left.open()
	entries := left.entries(50)
	if err := left.log.Seal(t.Context(), slices.Delete(entries, 20, 21)); err != nil {
		t.Fatal(err)
	}
	if r := a.verify(left.dir, seal.VerifyOptions{}); r.Outcome != seal.Tampered || r.Finding.Index != 20 || !strings.Contains(r.Finding.What, "left out") {
		t.Errorf("an entry left out before sealing: %+v", r.Finding)
	}
}

// TestMutations: any change of any file is found, with public keys alone: of a
// key's slot, with the content key.
func TestMutations(t *testing.T) {
	a := newArchive(t)
	a.seal(700)
	a.seal(57)
	seed := uint64(time.Now().UnixNano())
	rnd := mrand.New(mrand.NewPCG(1, seed))
	original := read(t, a.dir)
	var names []string
	for name := range original {
		names = append(names, name)
	}
	slices.Sort(names)
	rounds := 1000
	if testing.Short() {
		rounds = 100
	}
	for i := range rounds {
		name := names[rnd.IntN(len(names))]
		b := bytes.Clone(original[name])
		what := mutate(rnd, &b)
		if bytes.Equal(b, original[name]) {
			continue
		}
		path := filepath.Join(a.dir, name)
		if b == nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, path, b)
		}
		o := seal.VerifyOptions{}
		if strings.HasPrefix(name, "keys/") {
			o.Content = a.keys.Content
		}
		if r := a.verify(a.dir, o); r.Outcome != seal.Tampered && r.Outcome != seal.Incomplete {
			t.Fatalf("round %d of seed %d: %s of %s is not found: %+v", i, seed, what, name, r)
		}
		write(t, path, original[name])
	}
	// What is added is found, too.
	for _, name := range []string{"notes.txt", "tile/0/001", "tile/entries/000.p/9", "bodies/000007", "keys/000001"} {
		path := filepath.Join(a.dir, name)
		write(t, path, []byte("x"))
		if r := a.verify(a.dir, seal.VerifyOptions{}); r.Outcome == seal.Good {
			t.Errorf("%s is taken for a part of the archive", name)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range original {
		write(t, filepath.Join(a.dir, name), b)
	}
	a.good(757)
}

// mutate changes bytes, and says how. Nil: the file is taken away.
func mutate(rnd *mrand.Rand, b *[]byte) string {
	at := rnd.IntN(len(*b))
	switch rnd.IntN(6) {
	case 0:
		*b = nil
		return "taking away"
	case 1:
		*b = (*b)[:at]
		return fmt.Sprint("cutting at ", at)
	case 2:
		*b = slices.Insert(*b, at, byte(rnd.IntN(256)))
		return fmt.Sprint("inserting at ", at)
	case 3:
		*b = slices.Delete(*b, at, at+1)
		return fmt.Sprint("deleting at ", at)
	case 4:
		to := rnd.IntN(len(*b))
		(*b)[at], (*b)[to] = (*b)[to], (*b)[at]
		return fmt.Sprint("swapping ", at, " and ", to)
	}
	(*b)[at] ^= 1 << rnd.IntN(8)
	return fmt.Sprint("a bit at ", at)
}

// TestGrowing: an archive that is written to while it is verified is good.
func TestGrowing(t *testing.T) {
	a := newArchive(t)
	a.seal(300)
	checkpoint, err := os.ReadFile(filepath.Join(a.dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	a.seal(1000)
	write(t, filepath.Join(a.dir, "checkpoint"), checkpoint)
	if r := a.verify(a.dir, seal.VerifyOptions{Growing: true, Content: a.keys.Content}); r.Outcome != seal.Good || r.Leaves != 300 {
		t.Errorf("%+v", r.Finding)
	}
	if r := a.verify(a.dir, seal.VerifyOptions{}); r.Outcome == seal.Good {
		t.Error("in a copy, what lies beyond the checkpoint is taken for good")
	}
}

// TestCancel: a long verification can be ended.
func TestCancel(t *testing.T) {
	a := newArchive(t)
	a.seal(10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := seal.Verify(ctx, a.dir, seal.VerifyOptions{PublicKey: a.public}); err == nil {
		t.Error("went on")
	}
}

// TestEvidence: what one record says is shown with the public key alone, and
// nothing about it can be changed.
func TestEvidence(t *testing.T) {
	a := newArchive(t)
	a.seal(700)
	a.seal(70_000)
	for _, i := range []int64{0, 1, 255, 256, 699, 65535, 65536, 70_699} {
		e, err := seal.Prove(a.dir, a.public, i, a.keys.Content)
		if err != nil {
			t.Fatal(err)
		}
		leaf, body, c, err := seal.CheckEvidence(e, a.public)
		if err != nil || leaf.Index != i || c.Size != 70_700 || body.Text != fmt.Sprintf("message %d <&> \u2028 привет", i+1) {
			t.Fatalf("leaf %d: %+v %+v, %v", i, leaf, body, err)
		}
		for what, change := range map[string]func(e *seal.Evidence){
			"text":   func(e *seal.Evidence) { e.Body = strings.Replace(e.Body, "message", "massage", 1) },
			"leaf":   func(e *seal.Evidence) { e.Leaf = strings.Replace(e.Leaf, "alice", "bobby", 1) },
			"key":    func(e *seal.Evidence) { e.Key = strings.Repeat("A", 43) + "=" },
			"proof":  func(e *seal.Evidence) { e.Proof = strings.Replace(e.Proof, "index ", "index 1", 1) },
			"origin": func(e *seal.Evidence) { e.Proof = strings.Replace(e.Proof, "70700", "70699", 1) },
		} {
			forged := e
			change(&forged)
			if _, _, _, err := seal.CheckEvidence(forged, a.public); err == nil {
				t.Errorf("leaf %d with another %s is taken", i, what)
			}
		}
	}
	if _, err := seal.Prove(a.dir, a.public, 70_700, nil); err == nil {
		t.Error("a leaf that is not there is proved")
	}
	if i, err := seal.FindEntry(a.dir, 70_700, 300); err != nil || i != 299 {
		t.Errorf("entry 300 is leaf %d, %v", i, err)
	}
}
