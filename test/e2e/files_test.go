//go:build e2e

package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perch/blob/blobtest"
	"perch/probe"
)

// transferrer is an old client with files: it asks for tokens in its chat dialog
// and calls the file service.
type transferrer struct {
	t    *testing.T
	s    *server
	ep   *probe.Endpoint
	http *http.Client
}

func transferAs(t *testing.T, s *server, user, password string) *transferrer {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(s.data, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	secure := &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	ctx := t.Context()
	conn, err := probe.Dial(ctx, s.addr.TLS, secure)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	c := &transferrer{t: t, s: s, ep: probe.NewEndpoint(conn, user, "example.test"), http: &http.Client{Transport: &http.Transport{TLSClientConfig: secure}}}
	t.Cleanup(c.http.CloseIdleConnections)
	if err := c.ep.SignIn(ctx, password); err != nil {
		t.Fatal(err)
	}
	p, err := c.ep.Provisioning(ctx)
	if err != nil {
		t.Fatal(err)
	}
	pool, err := c.ep.LookUp(ctx, p.Pool)
	if err == nil {
		err = c.ep.OpenChat(ctx, pool)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// token asks for one.
func (c *transferrer) token(r probe.Room, upload bool, name string) probe.FileToken {
	c.t.Helper()
	token, err := c.ep.FileToken(c.t.Context(), r, upload, name)
	if err != nil {
		c.t.Fatal(err)
	}
	return token
}

// call calls the file service, with parameters as name and text in turn.
func (c *transferrer) call(url, operation string, parameters ...string) (result string, status int) {
	c.t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><%s xmlns="http://www.microsoft.com">`, operation)
	for i := 0; i < len(parameters); i += 2 {
		fmt.Fprintf(&b, "<%s>%s</%[1]s>", parameters[i], parameters[i+1])
	}
	fmt.Fprintf(&b, `</%s></s:Body></s:Envelope>`, operation)
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, url, &b)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"http://www.microsoft.com/`+operation+`"`)
	a, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(body), map[bool]string{true: operation + "Result>", false: "<faultstring>"}[a.StatusCode == http.StatusOK])
	text, _, _ = strings.Cut(text, "</")
	return text, a.StatusCode
}

// join enters a room.
func (c *transferrer) join(r probe.Room) {
	c.t.Helper()
	if err := c.ep.Join(c.t.Context(), r); err != nil {
		c.t.Fatal(err)
	}
}

// begin begins an upload and returns the file's id, or why not.
func (c *transferrer) begin(k probe.FileToken, r probe.Room) (string, int) {
	c.t.Helper()
	return c.call(k.ServerURI, "RequestUniqueFilenameWithExtension", "token", k.Token, "channelId", r.GUID, "extension", ".txt")
}

// send uploads the part of a file from an offset to an end.
func (c *transferrer) send(k probe.FileToken, r probe.Room, id string, data []byte, from, to int) (string, int) {
	c.t.Helper()
	return c.call(k.ServerURI, "AppendChunk", "token", k.Token, "channelId", r.GUID, "uniqueFilename", id,
		"fileChunk", base64.StdEncoding.EncodeToString(data[from:to]), "offset", fmt.Sprint(from), "fileLength", fmt.Sprint(len(data)))
}

// fetch downloads a part of a file.
func (c *transferrer) fetch(k probe.FileToken, r probe.Room, id string, offset, n int) ([]byte, string) {
	c.t.Helper()
	text, status := c.call(k.ServerURI, "DownloadChunk", "token", k.Token, "channelId", r.GUID, "reposFileName", id, "offset", fmt.Sprint(offset), "bufferSize", fmt.Sprint(n))
	if status != 200 {
		return nil, text
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		c.t.Fatal(err)
	}
	return data, ""
}

// onRecord are the files of entries of a kind, each "person name size sha256".
func (s *server) onRecord(kind string) (out []string) {
	s.t.Helper()
	var found []struct{ Actor, Detail string }
	raw := s.perch("", "compliance", "search", "--kind", kind, "--json")
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		s.t.Fatalf("%v in %s", err, raw)
	}
	for _, e := range found {
		var f struct {
			Name, SHA256 string
			Size         int64
		}
		if err := json.Unmarshal([]byte(e.Detail), &f); err != nil {
			s.t.Fatalf("%v in %s", err, e.Detail)
		}
		out = append(out, fmt.Sprint(e.Actor, " ", f.Name, " ", f.Size, " ", f.SHA256))
	}
	return out
}

// TestFiles: a file goes from one person to another over HTTP, plain on loopback
// and TLS otherwise, kept in a folder or in S3; it survives kill -9 half way and
// is on record; who loses his right in the middle gets no more of it.
func TestFiles(t *testing.T) {
	for _, c := range []struct {
		name, listen, begins string
		s3                   bool
	}{
		{"loopback", "127.0.0.1:0", "http://127.0.0.1:", false},
		{"tls", "0.0.0.0:0", "https://localhost:", false},
		{"s3", "127.0.0.1:0", "http://127.0.0.1:", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := []string{"WEB__LISTEN=" + c.listen, "SIP__HOST=localhost", "FILES__REQUEST_KB=64", "COMPLIANCE__SEALED=false"}
			if c.s3 {
				settings = append(settings, inS3(t)...)
			}
			s := startServer(t, settings...)
			s.organisation()
			s.perch("", "category", "set", "Trading", "--files", "--file-types", "text/*,image/png")
			room, _ := probe.ParseRoom(s.room("Rates").URI)
			data := bytes.Repeat([]byte("prices of today\r\n"), 10_000)
			sum := sha256.Sum256(data)
			up, id := uploadThroughKill(t, s, room, c.begins, data)
			down := downloadPosted(t, s, room, id, data)
			record := fmt.Sprint(" Prices & more.txt ", len(data), " ", hex.EncodeToString(sum[:]))
			s.awaitRecord("upload", "sip:alice@example.test"+record)
			s.awaitRecord("download", "sip:bob@example.test"+record)
			refusedFiles(t, s, room, up, down, id, data)
		})
	}
}

// part is how much of a file the tests put into a request.
const part = 64 << 10

// inS3 starts an S3 service and returns the settings for it; one blob is in it at
// the end.
func inS3(t *testing.T) []string {
	t.Helper()
	endpoint, folder := blobtest.StartGateway(t, "../..")
	t.Cleanup(func() {
		if kept, err := filepath.Glob(filepath.Join(folder, blobtest.Bucket, "??", "*")); err != nil || len(kept) != 1 {
			t.Errorf("the bucket holds %q, %v", kept, err)
		}
	})
	return []string{
		"FILES__S3__ENDPOINT=" + endpoint, "FILES__S3__BUCKET=" + blobtest.Bucket, "FILES__S3__REGION=" + blobtest.Region,
		"FILES__S3__ACCESS_KEY=" + blobtest.AccessKey, "FILES__S3__SECRET_KEY=" + blobtest.SecretKey,
	}
}

// uploadThroughKill has alice upload a file and post it; the server is killed with
// half of it, and comes back on the same address.
func uploadThroughKill(t *testing.T, s *server, room probe.Room, begins string, data []byte) (up probe.FileToken, id string) {
	t.Helper()
	alice := transferAs(t, s, "alice", "secret-a")
	alice.join(room)
	up = alice.token(room, true, "Prices & more.txt")
	if !strings.HasPrefix(up.ServerURI, begins) || !strings.HasSuffix(up.ServerURI, "/PersistentChat/MGCWebService.asmx") || s.addr.Web == "" {
		t.Fatalf("the file service is at %s, addresses.json says %q", up.ServerURI, s.addr.Web)
	}
	most, _ := alice.call(up.ServerURI, "GetMaxFileSizeInKB")
	chunk, _ := alice.call(up.ServerURI, "GetMaxRequestContentInKB")
	if most != "20000" || chunk != "64" {
		t.Errorf("%s KB a file, %s KB a request", most, chunk)
	}
	id, status := alice.begin(up, room)
	if status != 200 {
		t.Fatal(id)
	}
	if text, status := alice.send(up, room, id, data, 0, part); status != 200 {
		t.Fatal(text)
	}
	web := strings.Replace(s.addr.Web, "[::]", "0.0.0.0", 1)
	s.kill()
	s.env = append(s.env, "PERCH_WEB__LISTEN="+web)
	s.start()
	alice = transferAs(t, s, "alice", "secret-a")
	alice.join(room)
	for at := part; at < len(data); at += part {
		if text, status := alice.send(up, room, id, data, at, min(at+part, len(data))); status != 200 {
			t.Fatal(text)
		}
	}
	link := "ma-filelink://example.test/" + room.GUID + "/" + id
	if err := alice.ep.Post(t.Context(), room, link); err != nil {
		t.Fatal(err)
	}
	if got := s.messages("Rates", 1); len(got) != 1 || got[0] != link {
		t.Errorf("in the room stands %q", got)
	}
	return up, id
}

// downloadPosted has bob download the file.
func downloadPosted(t *testing.T, s *server, room probe.Room, id string, data []byte) (down probe.FileToken) {
	t.Helper()
	bob := transferAs(t, s, "bob", "secret-b")
	if _, err := bob.ep.FileToken(t.Context(), room, false, ""); err == nil {
		t.Error("a token without having joined")
	}
	bob.join(room)
	down = bob.token(room, false, "copy.txt")
	if n, status := bob.call(down.ServerURI, "GetFileSize", "token", down.Token, "channelId", room.GUID, "reposFileName", id); n != fmt.Sprint(len(data)) {
		t.Errorf("its size is %s (%d)", n, status)
	}
	var got []byte
	for len(got) < len(data) {
		some, refused := bob.fetch(down, room, id, len(got), part)
		if refused != "" || len(some) == 0 {
			t.Fatalf("at %d: %s", len(got), refused)
		}
		got = append(got, some...)
	}
	if !bytes.Equal(got, data) {
		t.Error("other bytes came back")
	}
	return down
}

// refusedFiles: who is put out gets nothing more of what he began; what a file
// holds decides, not its name; and so does the switch of its category.
func refusedFiles(t *testing.T, s *server, room probe.Room, up, down probe.FileToken, id string, data []byte) {
	t.Helper()
	alice := transferAs(t, s, "alice", "secret-a")
	s.perch("", "room", "revoke", "Rates", "--member", "bob")
	if some, refused := alice.fetch(down, room, id, 0, part); some != nil || refused == "" {
		t.Errorf("who is no member got %d bytes (%s)", len(some), refused)
	}
	pdf := append([]byte("%PDF-1.7\n"), data...)
	id, status := alice.begin(up, room)
	if status != 200 {
		t.Fatal(id)
	}
	if text, status := alice.send(up, room, id, pdf, 0, part); status != 500 || !strings.Contains(text, "application/pdf") {
		t.Errorf("a PDF called .txt: %d %s", status, text)
	}
	s.perch("", "category", "set", "Trading", "--no-files")
	if text, status := alice.begin(up, room); status != 500 || text != "the category takes no files" {
		t.Errorf("a category without files: %d %s", status, text)
	}
}

// awaitRecord waits until something is on record.
func (s *server) awaitRecord(kind, want string) {
	s.t.Helper()
	var got []string
	for range 100 { // the lease of a server that was killed lasts 15 seconds
		if got = s.onRecord(kind); len(got) == 1 && got[0] == want {
			return
		}
		wait(s.t.Context(), 400*time.Millisecond)
	}
	s.t.Errorf("%s on record: %q, want %q", kind, got, want)
}
