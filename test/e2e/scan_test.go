//go:build e2e

package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perch/probe"
	"perch/scan/scantest"
)

// TestScanned: a file waits, and says so, until Debian's clamd has looked at it;
// one in which it finds something is never handed out, and says why.
func TestScanned(t *testing.T) {
	later := filepath.Join(t.TempDir(), "clamd")
	s := startServer(t, "FILES__SCANNER=clamd://"+later, "COMPLIANCE__SEALED=false")
	s.organisation()
	s.perch("", "category", "set", "Trading", "--files")
	room, _ := probe.ParseRoom(s.room("Rates").URI)
	alice := transferAs(t, s, "alice", "secret-a")
	alice.join(room)
	send := func(name, content string) string {
		t.Helper()
		up := alice.token(room, true, name)
		id, _ := alice.begin(up, room)
		if text, status := alice.send(up, room, id, []byte(content), 0, len(content)); status != 200 {
			t.Fatal(text)
		}
		return id
	}
	good, bad := send("good.txt", "nothing to see"), send("bad.txt", "before "+scantest.Infected)
	down := alice.token(room, false, "copy.txt")
	says := func(id, want string) {
		t.Helper()
		var got string
		for range 100 {
			data, refused := alice.fetch(down, room, id, 0, 100)
			if got = string(data) + refused; strings.Contains(got, want) {
				return
			}
			wait(t.Context(), 200*time.Millisecond)
		}
		t.Errorf("it is %q, want %q", got, want)
	}
	says(good, "the file cannot be downloaded yet: it waits to be scanned")
	says(bad, "the scanner does not answer")
	if list := s.perch("", "file", "list", "--state", "waiting"); strings.Count(list, "good.txt") != 1 || strings.Count(list, "bad.txt") != 1 {
		t.Errorf("what waits is\n%s", list)
	}
	page := filesAs(t, "http://"+s.addr.Web, "bob", "secret-b")
	onPage := func(id, state, reason string, status int) {
		t.Helper()
		var f file
		page.get("/files/"+id, &f)
		body, a := page.do("GET", "/files/"+id+"/content", nil, "")
		if f.State != state || !strings.Contains(f.Reason, reason) || a.StatusCode != status || !strings.Contains(body, reason) {
			t.Errorf("in the web it is %+v, and its bytes are %d %s", f, a.StatusCode, body)
		}
	}
	onPage(bad, "waiting", "the scanner does not answer", http.StatusServiceUnavailable)
	socket, _ := scantest.StartClamd(t)
	if err := os.Symlink(socket, later); err != nil {
		t.Fatal(err)
	}
	says(good, "nothing to see")
	says(bad, "the file is in quarantine: "+scantest.Name)
	onPage(good, "clean", "", http.StatusOK)
	onPage(bad, "quarantined", scantest.Name, http.StatusForbidden)

	// An administrator sees it, and may have it scanned again, or release it.
	if list := s.perch("", "file", "list"); !strings.Contains(list, bad) || !strings.Contains(list, scantest.Name) || strings.Contains(list, good) {
		t.Errorf("in quarantine is\n%s", list)
	}
	if out, err := s.try("", "file", "release", good); err == nil || !strings.Contains(out, "not in quarantine: it is clean") {
		t.Errorf("releasing a clean one: %v %s", err, out)
	}
	s.perch("", "file", "rescan", bad)
	says(bad, "the file is in quarantine: "+scantest.Name)
	s.perch("", "file", "release", bad)
	says(bad, scantest.Infected)
	raw := ""
	for range 50 {
		if raw = s.perch("", "compliance", "search", "--kind", "file", "--json"); strings.Contains(raw, "released by an administrator") {
			break
		}
		wait(t.Context(), 100*time.Millisecond)
	}
	for _, cause := range []string{"scanned: nothing found", "quarantined: " + scantest.Name, "to be scanned again: ", "released by an administrator: " + scantest.Name, "\"actor\": \"os:"} {
		if !strings.Contains(raw, cause) {
			t.Errorf("on record is not %q: %s", cause, raw)
		}
	}
}
