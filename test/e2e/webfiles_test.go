//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"perch/probe"
)

// filePage is what a browser does with files: signed in by a cookie.
type filePage struct {
	t      *testing.T
	server string // its address
	http   *http.Client
}

func filesAs(t *testing.T, server, user, password string) *filePage {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &filePage{t, server, &http.Client{Jar: jar, Transport: &http.Transport{}}}
	t.Cleanup(p.http.CloseIdleConnections)
	if body, a := p.do("POST", "/session", http.Header{"Content-Type": {"application/json"}}, fmt.Sprintf(`{"user":%q,"password":%q}`, user, password)); a.StatusCode != http.StatusOK {
		t.Fatalf("signing in: %s %s", a.Status, body)
	}
	return p
}

// do makes a request of the API; what did not come of its answer is left out.
func (p *filePage) do(method, where string, h http.Header, body string) (string, *http.Response) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.server+"/api/v1"+where, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, values := range h {
		r.Header[name] = values
	}
	a, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	data, _ := io.ReadAll(a.Body) // the connection may be cut
	return string(data), a
}

// file is what the API says of one.
type file struct {
	ID, Room, Name, State, Reason, Link, Uploader string
	SHA256                                        string `json:"sha256"`
	Size                                          int64
	Message                                       int64
}

func (p *filePage) get(where string, v any) {
	p.t.Helper()
	body, a := p.do("GET", where, nil, "")
	if err := json.Unmarshal([]byte(body), v); err != nil || a.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s %s (%v)", where, a.Status, body, err)
	}
}

// upload uploads a file at once and returns its id.
func (p *filePage) upload(room probe.Room, name, content string) string {
	p.t.Helper()
	body, a := p.do("POST", "/rooms/"+room.GUID+"/files", http.Header{
		"Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"}, "Upload-Length": {fmt.Sprint(len(content))},
		"Upload-Metadata": {"filename " + base64.StdEncoding.EncodeToString([]byte(name))},
	}, content)
	if a.StatusCode != http.StatusCreated {
		p.t.Fatalf("uploading: %s %s", a.Status, body)
	}
	return path.Base(a.Header.Get("Location"))
}

// tusUpload uploads a file as alice with tus-js-client. It returns what was
// answered, one line each.
func tusUpload(t *testing.T, server string, room probe.Room, name string, data []byte, chunk int) (answers []string, id string) {
	t.Helper()
	from := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(from, data, 0o600); err != nil {
		t.Fatal(err)
	}
	order, err := json.Marshal(map[string]any{"server": server, "room": room.GUID, "user": "alice", "password": "secret-a", "file": from, "name": name, "chunk": chunk})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "upload.mjs", string(order))
	cmd.Dir = filepath.Join("..", "tus")
	out, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	at, done := strings.CutPrefix(lines[len(lines)-1], "UPLOADED ")
	if err != nil || !done {
		t.Fatalf("tus-js-client (make test-tools installs it): %v\n%s", err, out)
	}
	return lines[:len(lines)-1], path.Base(at)
}

// noise is bytes that nobody compresses or guesses.
func noise(n int) []byte {
	data := make([]byte, n)
	src := rand.NewChaCha8([32]byte{byte(n >> 8)})
	_, _ = src.Read(data) // never fails
	return data
}

func countAnswers(answers []string, prefix string) (n int) {
	for _, a := range answers {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

// TestWebUploadCut: 20 MB go up with tus-js-client over a connection that is cut
// three times, once without the server being told, and come down, cut again, with
// the same hash, from a folder and from S3. Each time it goes on where it stood.
func TestWebUploadCut(t *testing.T) {
	data := noise(20_000_000)
	sum := sha256.Sum256(data)
	want := hex.EncodeToString(sum[:])
	for _, c := range []struct {
		name  string
		chunk int // of a request; 0: all that is left
	}{{"folder", 0}, {"s3", 5 << 20}} {
		t.Run(c.name, func(t *testing.T) {
			settings := []string{"COMPLIANCE__SEALED=false"}
			if c.name == "s3" {
				settings = append(settings, inS3(t)...)
			}
			s := startServer(t, settings...)
			s.organisation()
			s.perch("", "category", "set", "Trading", "--files")
			room, _ := probe.ParseRoom(s.room("Rates").URI)
			line := newCutter(t, s.addr.Web, false, cut{4 << 20, both}, cut{9 << 20, clientOnly}, cut{15 << 20, both})
			answers, id := tusUpload(t, line.url(), room, "Données.bin", data, c.chunk)
			t.Log(answers)
			if posts, heads := countAnswers(answers, "POST 201"), countAnswers(answers, "HEAD 200"); posts != 1 || heads < 3 || slices.Contains(answers, "HEAD 200 0") {
				t.Errorf("%d began, %d asked where it stood", posts, heads)
			}
			if up := line.carried() >> 20; up > 30 {
				t.Errorf("%d MB went up of 20: it did not go on where it stood", up)
			}
			var f file
			filesAs(t, "http://"+s.addr.Web, "alice", "secret-a").get("/files/"+id, &f)
			if f.SHA256 != want || f.Name != "Données.bin" || f.Size != int64(len(data)) || f.State != "clean" {
				t.Errorf("it is %+v, want the hash %s", f, want)
			}
			line = newCutter(t, s.addr.Web, true, cut{3 << 20, both}, cut{11 << 20, both}, cut{17 << 20, both})
			if got := download(t, filesAs(t, line.url(), "bob", "secret-b"), id); got != want {
				t.Errorf("what came down has the hash %s, want %s", got, want)
			}
			record := fmt.Sprint(" Données.bin ", len(data), " ", want)
			s.awaitRecord("upload", "sip:alice@example.test"+record)
			s.awaitRecord("download", "sip:bob@example.test"+record)
		})
	}
}

// download downloads a file over a connection that is cut, and returns its hash.
func download(t *testing.T, p *filePage, id string) string {
	t.Helper()
	sum, got, tag := sha256.New(), 0, ""
	for try := 0; ; try++ {
		h := http.Header{}
		if got > 0 {
			h = http.Header{"Range": {fmt.Sprintf("bytes=%d-", got)}, "If-Range": {tag}}
		}
		body, a := p.do("GET", "/files/"+id+"/content", h, "")
		if status := map[bool]int{true: http.StatusOK, false: http.StatusPartialContent}[got == 0]; a.StatusCode != status {
			t.Fatalf("from %d: %s", got, a.Status)
		}
		tag = a.Header.Get("ETag")
		io.WriteString(sum, body)
		got += len(body)
		if a.ContentLength == int64(len(body)) {
			if try != 3 {
				t.Errorf("the connection was cut %d times", try)
			}
			return hex.EncodeToString(sum.Sum(nil))
		}
	}
}

// TestWebUploadKilled: the server is killed with kill -9 in the middle of an upload
// and comes back; the client goes on with what was on disk.
func TestWebUploadKilled(t *testing.T) {
	s := startServer(t, "COMPLIANCE__SEALED=false")
	s.organisation()
	s.perch("", "category", "set", "Trading", "--files")
	room, _ := probe.ParseRoom(s.room("Rates").URI)
	s.env = append(s.env, "PERCH_WEB__LISTEN="+s.addr.Web)
	data := noise(16 << 20)
	sum := sha256.Sum256(data)
	again := func(client, server net.Conn) {
		s.kill()
		both(client, server)
		s.start()
	}
	line := newCutter(t, s.addr.Web, false, cut{6 << 20, again}, cut{12 << 20, again})
	answers, id := tusUpload(t, line.url(), room, "a.bin", data, 0)
	t.Log(answers)
	if posts, heads := countAnswers(answers, "POST 201"), countAnswers(answers, "HEAD 200"); posts != 1 || heads < 2 || slices.Contains(answers, "HEAD 200 0") {
		t.Errorf("%d began, %d asked where it stood", posts, heads)
	}
	body, _ := filesAs(t, "http://"+s.addr.Web, "bob", "secret-b").do("GET", "/files/"+id+"/content", nil, "")
	if got := sha256.Sum256([]byte(body)); got != sum {
		t.Errorf("%d bytes of another hash came down", len(body))
	}
	s.awaitRecord("upload", fmt.Sprint("sip:alice@example.test a.bin ", len(data), " ", hex.EncodeToString(sum[:])))
}

// TestFilesBothWays: what a browser uploads and posts is a link that old clients
// know, and its bytes come over SOAP; what an old client uploads and posts is a file
// in the API.
func TestFilesBothWays(t *testing.T) {
	s := startServer(t)
	s.organisation()
	s.perch("", "category", "set", "Trading", "--files")
	room, _ := probe.ParseRoom(s.room("Rates").URI)
	alice, bob := filesAs(t, "http://"+s.addr.Web, "alice", "secret-a"), transferAs(t, s, "bob", "secret-b")
	bob.join(room)
	id := alice.upload(room, "Preise für heute.txt", "from the web")
	var f file
	alice.get("/files/"+id, &f)
	if !strings.HasPrefix(f.Link, "ma-filelink://example.test/"+room.GUID+"/"+id) || f.Message != 0 {
		t.Errorf("it is %+v", f)
	}
	poster := transferAs(t, s, "alice", "secret-a")
	poster.join(room)
	if err := poster.ep.Post(t.Context(), room, "see "+f.Link); err != nil {
		t.Fatal(err)
	}
	if got := s.messages("Rates", 1); len(got) != 1 || got[0] != "see "+f.Link {
		t.Errorf("in the room stands %q", got)
	}
	down := bob.token(room, false, "")
	if n, status := bob.call(down.ServerURI, "GetFileSize", "token", down.Token, "channelId", room.GUID, "reposFileName", id); n != "12" {
		t.Errorf("its size is %s (%d)", n, status)
	}
	if got, refused := bob.fetch(down, room, id, 0, part); !bytes.Equal(got, []byte("from the web")) {
		t.Errorf("over SOAP came %q %s", got, refused)
	}

	up := bob.token(room, true, "old.txt")
	old, status := bob.begin(up, room)
	if status != http.StatusOK {
		t.Fatal(old)
	}
	if text, status := bob.send(up, room, old, []byte("from an old client"), 0, 18); status != http.StatusOK {
		t.Fatal(text)
	}
	if err := bob.ep.Post(t.Context(), room, "ma-filelink://example.test/"+room.GUID+"/"+old); err != nil {
		t.Fatal(err)
	}
	var list []file
	alice.get("/rooms/"+room.GUID+"/files", &list)
	if len(list) != 2 || list[0].ID != old || list[0].Message != 2 || list[0].Uploader != "Bob Builder" || list[0].Name != "old.txt" || list[1].ID != id || list[1].Message != 1 {
		t.Errorf("the room's files are %+v", list)
	}
	if body, a := alice.do("GET", "/files/"+old+"/content", nil, ""); body != "from an old client" || a.Header.Get("Content-Disposition") != `attachment; filename="old.txt"` {
		t.Errorf("it comes as %q, %v", body, a.Header)
	}
}
