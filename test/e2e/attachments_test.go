//go:build e2e

package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perch/probe"
)

// TestAttachments: an uploaded file is in the Compliance File Store, by its hash,
// before the batch that mentions it is handed on, with a manifest; while it cannot
// be copied, the batch waits and the status says why.
func TestAttachments(t *testing.T) {
	s := startServer(t, "COMPLIANCE__SEALED=false", "LOG__LEVEL=error")
	s.organisation()
	s.perch("", "category", "set", "Trading", "--files")
	out, kept := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	if err := os.WriteFile(kept, nil, 0o600); err != nil { // where the folder is to be
		t.Fatal(err)
	}
	// So long an interval that its end closes no batch in the middle.
	s.perch("", "compliance", "settings", "set", "--adapter-type", "xml", "--run-interval", "720h", "--adapter-output-directory", out,
		"--adapter-attachment-directory", kept, "--create-file-attachments-manifest")
	room, _ := probe.ParseRoom(s.room("Rates").URI)
	data := []byte("prices of today\r\n")
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	alice := transferAs(t, s, "alice", "secret-a")
	alice.join(room)
	token := alice.token(room, true, "prices.txt")
	id, status := alice.begin(token, room)
	if status != 200 {
		t.Fatal(id)
	}
	if text, status := alice.send(token, room, id, data, 0, len(data)); status != 200 {
		t.Fatal(text)
	}
	if err := alice.ep.Post(t.Context(), room, "ma-filelink://example.test/"+room.GUID+"/"+id); err != nil {
		t.Fatal(err)
	}
	wait(t.Context(), time.Second)
	s.perch("", "compliance", "run")
	s.says("trouble: attachments", "copying the file prices.txt", "batch 1 failed")
	if files, _ := filepath.Glob(filepath.Join(out, "*")); len(files) != 0 {
		t.Errorf("handed on without the file: %v", files)
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	s.perch("", "compliance", "redeliver", "xml", "1")
	s.healthy()
	s.says("batch 1 taken")
	if got, err := os.ReadFile(filepath.Join(kept, hash[:2], hash)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("the Compliance File Store has %q, %v", got, err)
	}
	manifests, _ := filepath.Glob(filepath.Join(out, "*.ATTACH"))
	if len(manifests) != 1 || !strings.Contains(readAll(t, manifests[0]), `name="prices.txt" size="17" sha256="`+hash+`"`) {
		t.Errorf("manifests %v", manifests)
	}
}
