package web_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"perch/blob/dir"
	"perch/channel"
	"perch/chat"
	"perch/chat/chattest"
	"perch/compliance"
	"perch/directory"
	"perch/filestore"
	"perch/front/web"
	"perch/front/web/api"
)

// filesWorld is the front end with files, over real services: alice and bob are
// members of the closed room Rates, carol is not.
type filesWorld struct {
	t      *testing.T
	store  *chattest.Faulty
	dir    *directory.Service
	svc    *channel.Service
	files  *filestore.Service
	blobs  filestore.Blobs
	spool  string
	room   chat.Room
	users  map[string]chat.Principal
	server *httptest.Server

	mu  sync.Mutex // guards the fields below
	set chat.Settings
}

// startFiles makes a world; change sets up the configuration of the file service.
func startFiles(t *testing.T, change ...func(*filestore.Config)) *filesWorld {
	t.Helper()
	w := &filesWorld{t: t, store: chattest.NewFaulty(chattest.NewStore()), spool: filepath.Join(t.TempDir(), "uploads"), users: map[string]chat.Principal{}, set: chat.DefaultSettings()}
	ctx, log := t.Context(), slog.New(slog.NewTextHandler(t.Output(), nil))
	var err error
	w.dir, err = directory.Open(ctx, directory.Config{Domain: "example.test", Now: time.Now, Log: log}, w.store)
	w.must(err)
	made, err := w.dir.CreateUsers(ctx, []directory.NewUser{
		{Name: "alice", DisplayName: "Alice Archer", Password: "secret-a"},
		{Name: "bob", DisplayName: "Bob Builder", Password: "secret-b"},
		{Name: "carol", DisplayName: "Carol", Password: "secret-c"},
	})
	w.must(err)
	for _, p := range made {
		w.users[p.Name] = p
	}
	w.svc = channel.New(channel.Config{Limits: chat.DefaultLimits(), Domain: "example.test", Settings: w.settings, Now: time.Now, Log: log}, w.store, w.dir)
	w.must(w.svc.Start(ctx))
	t.Cleanup(func() { w.must(w.svc.Stop(t.Context())) })
	_, err = w.svc.CreateCategory(ctx, channel.CategorySpec{Name: "Trading", Files: true, Allowed: []chat.PrincipalID{w.dir.Domain()}})
	w.must(err)
	rooms, err := w.svc.CreateRooms(ctx, []channel.RoomSpec{{Name: "Rates", Category: "Trading", Privacy: chat.Closed, Members: []chat.PrincipalID{made[0].ID, made[1].ID}}})
	w.must(err)
	w.room = rooms[0]
	w.blobs, err = dir.Open(filepath.Join(t.TempDir(), "files"), time.Now())
	w.must(err)
	w.restart(change...)
	return w
}

// restart begins the file service and the front end anew.
func (w *filesWorld) restart(change ...func(*filestore.Config)) {
	w.t.Helper()
	log := slog.New(slog.NewTextHandler(w.t.Output(), nil))
	cfg := filestore.Config{Spool: w.spool, MaxFileKB: func() int { return w.settings().MaxFileSizeKB }, ChunkKB: 64, Now: time.Now, Log: log}
	for _, c := range change {
		c(&cfg)
	}
	files := filestore.New(cfg, w.store, w.blobs, w.svc)
	w.must(files.Start(w.t.Context()))
	w.t.Cleanup(func() { _ = files.Stop(w.t.Context()) })
	w.files = files
	w.server = httptest.NewServer(web.New(web.Config{
		Domain: "example.test", Name: "Perch", Files: files, Sessions: web.Sessions{Life: time.Hour}, Settings: w.settings, Limits: chat.DefaultLimits(), Now: time.Now, Log: log,
	}, w.dir, w.svc, w.store))
	w.t.Cleanup(w.server.Close)
}

func (w *filesWorld) must(err error) {
	w.t.Helper()
	if err != nil && w.t.Context().Err() == nil {
		w.t.Fatal(err)
	}
}

func (w *filesWorld) settings() chat.Settings {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.set
}

// browser is one user's, signed in.
type browser struct {
	w    *filesWorld
	http *http.Client
}

func (w *filesWorld) as(user string) *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	b := &browser{w, &http.Client{Jar: jar, Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}}
	w.t.Cleanup(b.http.CloseIdleConnections)
	a := b.call("POST", "/session", nil, `{"user":"`+user+`","password":"secret-`+user[:1]+`"}`)
	if a.status != http.StatusOK {
		w.t.Fatalf("signing in as %s: %d %s", user, a.status, a.body)
	}
	return b
}

type answered struct {
	status int
	header http.Header
	body   string
}

type headers map[string]string

// with is the headers and others.
func (h headers) with(more headers) headers {
	out := maps.Clone(h)
	maps.Copy(out, more)
	return out
}

// call makes a request of the API, or of an address that begins with it.
func (b *browser) call(method, path string, h headers, body string) answered {
	b.w.t.Helper()
	return b.send(method, path, h, strings.NewReader(body))
}

func (b *browser) send(method, path string, h headers, body io.Reader) answered {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.server.URL+web.Base+strings.TrimPrefix(path, web.Base), body)
	b.w.must(err)
	if _, ok := h["Content-Type"]; !ok && method == "POST" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range h {
		r.Header.Set(k, v)
	}
	a, err := b.http.Do(r)
	b.w.must(err)
	defer a.Body.Close()
	data, err := io.ReadAll(a.Body)
	b.w.must(err)
	return answered{a.StatusCode, a.Header, string(data)}
}

// want checks an answer's status, and that it says something.
func (a answered) want(t *testing.T, what string, status int, says ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: status %d, want %d: %s", what, a.status, status, a.body)
	}
	for _, text := range says {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s: it says %s, want %q in it", what, a.body, text)
		}
	}
}

var tus = headers{"Tus-Resumable": "1.0.0"}

// octets are the headers of bytes at an offset.
func octets(offset int) headers {
	return tus.with(headers{"Content-Type": "application/offset+octet-stream", "Upload-Offset": strconv.Itoa(offset)})
}

// named is the metadata with a file's name.
func named(name string) string {
	return "filetype dGV4dA==,filename " + base64.StdEncoding.EncodeToString([]byte(name))
}

// begin begins an upload and returns its address.
func (b *browser) begin(name string, size int) string {
	b.w.t.Helper()
	a := b.call("POST", "/rooms/"+b.w.room.GUID+"/files", tus.with(headers{"Upload-Length": strconv.Itoa(size), "Upload-Metadata": named(name)}), "")
	a.want(b.w.t, "beginning "+name, http.StatusCreated)
	return a.header.Get("Location")
}

// upload uploads a file whole and returns its id.
func (b *browser) upload(name, content string) string {
	b.w.t.Helper()
	at := b.begin(name, len(content))
	if content != "" {
		b.call("PATCH", at, octets(0), content).want(b.w.t, "uploading "+name, http.StatusNoContent)
	}
	return filepath.Base(at)
}

// stands checks where an upload stands.
func (b *browser) stands(at string, offset int) {
	b.w.t.Helper()
	a := b.call("HEAD", at, tus, "")
	if got := a.header.Get("Upload-Offset"); a.status != http.StatusOK || got != strconv.Itoa(offset) || a.header.Get("Cache-Control") != "no-store" {
		b.w.t.Errorf("the upload stands at %q (%d), want %d: %v", got, a.status, offset, a.header)
	}
}

// file is what the API says of one.
func (b *browser) file(id string) (f api.File) {
	b.w.t.Helper()
	a := b.call("GET", "/files/"+id, nil, "")
	a.want(b.w.t, "a file", http.StatusOK)
	b.w.must(json.Unmarshal([]byte(a.body), &f))
	return f
}

// post posts links to files in the room.
func (w *filesWorld) post(user string, ids ...string) chat.MessageID {
	w.t.Helper()
	text := "ma-filelink:" + strings.Join(ids, " ma-filelink:")
	given, err := w.store.Append(w.t.Context(), chat.Batch{
		Drafts: []chat.Draft{{Room: w.room.ID, Author: w.users[user].ID, Text: text, Files: chat.FileLinks(text)}}, Origins: make([]chat.Origin, 1),
	})
	w.must(err)
	return given[0]
}

// onRecord are the files of entries of a kind, each "person name size".
func (w *filesWorld) onRecord(kind chat.EntryKind) (out []string) {
	w.t.Helper()
	all, err := w.store.ListEntries(w.t.Context(), 0, 1000)
	w.must(err)
	for i := range all {
		if f, ok := compliance.FileOf(&all[i]); ok && all[i].Kind == kind {
			out = append(out, all[i].ActorName+" "+f.Name+" "+strconv.FormatInt(f.Size, 10)+" "+f.SHA256)
		}
	}
	return out
}

// bytesOf are n bytes of text that do not repeat.
func bytesOf(n int) string {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		b.WriteString(strconv.Itoa(i) + "\n")
	}
	return b.String()[:n]
}
