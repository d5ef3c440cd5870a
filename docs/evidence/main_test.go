package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perch/chat"
	"perch/compliance/seal"
)

// TestEvidence: what perch proves is proved here, too, and nothing of it can be
// changed; logs of all sizes up to some, and of one record.
func TestEvidence(t *testing.T) {
	private, public, err := seal.GenerateKeys(rand.Reader, "example.test/archive")
	if err != nil {
		t.Fatal(err)
	}
	keys := seal.Keys{Private: private, Content: make([]byte, 32)}
	dir := t.TempDir()
	log, err := seal.Open(dir, keys, seal.Options{Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	id := chat.EntryID(0)
	add := func(n int) {
		var list []chat.Entry
		for range n {
			id++
			list = append(list, chat.Entry{ID: id, Kind: chat.EntryPost, At: chat.Time(id), ActorURI: "sip:alice@example.test", RoomGUID: "r", Message: chat.MessageID(id), Text: "привет <&> \u2028"})
		}
		if err := log.Seal(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 256, 257, 700, 70_000} {
		add(int(size - log.Size()))
		for _, i := range []int64{0, 1, 2, size / 2, size - 2, size - 1} {
			if i < 0 || i >= size {
				continue
			}
			e, err := seal.Prove(dir, public, i, keys.Content)
			if err != nil {
				t.Fatal(err)
			}
			if status, text := checked(t, e, public); status != 0 || !strings.Contains(text, "привет") {
				t.Fatalf("leaf %d of %d: status %d\n%s", i, size, status, text)
			}
			for what, change := range map[string]func(e *seal.Evidence){
				"text":  func(e *seal.Evidence) { e.Body = strings.Replace(e.Body, "привет", "пока", 1) },
				"leaf":  func(e *seal.Evidence) { e.Leaf = strings.Replace(e.Leaf, "alice", "bobby", 1) },
				"key":   func(e *seal.Evidence) { e.Key = strings.Repeat("A", 43) + "=" },
				"index": func(e *seal.Evidence) { e.Proof = strings.Replace(e.Proof, "index ", "index 1", 1) },
				"hash": func(e *seal.Evidence) {
					e.Proof = strings.Replace(e.Proof, "\n\n", "\n"+strings.Repeat("A", 43)+"=\n\n", 1)
				},
				"signature": func(e *seal.Evidence) { e.Proof = e.Proof[:len(e.Proof)-6] + "AAAA=\n" },
			} {
				forged := e
				change(&forged)
				if status, text := checked(t, forged, public); status != 1 {
					t.Errorf("leaf %d of %d with another %s: status %d %s", i, size, what, status, text)
				}
			}
		}
	}
	e, err := seal.Prove(dir, public, 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, text := checked(t, e, public); status != 0 || !strings.Contains(text, "not part of the evidence") {
		t.Errorf("without content: %d %s", status, text)
	}
	_, other, err := seal.GenerateKeys(rand.Reader, "example.test/archive")
	if err != nil {
		t.Fatal(err)
	}
	if status, text := checked(t, e, other); status != 1 {
		t.Errorf("another key: %d %s", status, text)
	}
	if status := run([]string{"nothing", "nothing"}, &bytes.Buffer{}, &bytes.Buffer{}); status != 3 {
		t.Errorf("no file: %d", status)
	}
}

// checked runs the program.
func checked(t *testing.T, e seal.Evidence, key string) (int, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"evidence": string(b), "key": key + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	status := run([]string{filepath.Join(dir, "evidence"), filepath.Join(dir, "key")}, &out, &out)
	return status, out.String()
}
