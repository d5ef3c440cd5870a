package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"perch/blob/blobtest"
	"perch/channel"
	"perch/chat"
	"perch/filestore"
	"perch/front/web/api"
)

// TestDownload: a file comes whole and in ranges, as nothing that a browser runs,
// and each download is on record once.
func TestDownload(t *testing.T) {
	w := startFiles(t)
	content := bytesOf(150_000)
	const name = `Цены "Q3" – 100%.html`
	id := w.as("alice").upload(name, content)
	w.post("alice", id)
	bob, path := w.as("bob"), "/files/"+id+"/content"
	tag := `"` + blobtest.HashOf([]byte(content)) + `"`
	recorded := 0
	record := func(what string, more int) {
		t.Helper()
		recorded += more
		got := w.onRecord(chat.EntryDownload)
		for _, e := range got {
			if e != fmt.Sprint("Bob Builder ", name, " 150000 ", strings.Trim(tag, `"`)) {
				t.Errorf("on record is %s", e)
			}
		}
		if len(got) != recorded {
			t.Errorf("%s: %d downloads on record, want %d", what, len(got), recorded)
		}
	}
	for _, c := range []struct {
		what, method string
		h            headers
		status       int
		body         string
		onRecord     int
	}{
		{"HEAD", "HEAD", nil, 200, "", 0},
		{"a part that this sign-in has not begun", "GET", headers{"Range": "bytes=1000-1999"}, 206, content[1000:2000], 1},
		{"another part", "GET", headers{"Range": "bytes=2000-2999"}, 206, content[2000:3000], 0},
		{"all of it", "GET", nil, 200, content, 1},
		{"the end", "GET", headers{"Range": "bytes=-7"}, 206, content[149_993:], 0},
		{"what goes on if it is the same", "GET", headers{"Range": "bytes=149999-", "If-Range": tag}, 206, content[149_999:], 0},
		{"what goes on though it is another", "GET", headers{"Range": "bytes=149999-", "If-Range": `"other"`}, 200, content, 1},
		{"the beginning", "GET", headers{"Range": "bytes=0-9"}, 206, content[:10], 1},
		{"what the browser has", "GET", headers{"If-None-Match": tag}, 304, "", 0},
		{"beyond its end", "GET", headers{"Range": "bytes=150000-"}, 416, "", 0},
	} {
		a := bob.call(c.method, path, c.h, "")
		if a.status != c.status || c.status < 300 && a.body != c.body {
			t.Errorf("%s: status %d with %d bytes, want %d with %d", c.what, a.status, len(a.body), c.status, len(c.body))
		}
		record(c.what, c.onRecord)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "ETag": tag, "Accept-Ranges": "bytes",
			"Cache-Control": "private, no-cache", "Content-Type": "application/octet-stream", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.header.Get(name); c.status < 300 && got != want {
				t.Errorf("%s: %s is %q, want %q", c.what, name, got, want)
			}
		}
		if kind, p, err := mime.ParseMediaType(a.header.Get("Content-Disposition")); c.status < 300 && (err != nil || kind != "attachment" || p["filename"] != name) {
			t.Errorf("%s: %s, %v", c.what, a.header.Get("Content-Disposition"), err)
		}
	}
	w.as("bob").call("GET", path, headers{"Range": "bytes=5-9"}, "").want(t, "another sign-in", http.StatusPartialContent)
	record("another sign-in", 1)
	a := w.as("bob").call("GET", path, headers{"Range": "bytes=5-9,20-29"}, "")
	if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); a.status != http.StatusPartialContent || kind != "multipart/byteranges" || !strings.Contains(a.body, content[20:30]) {
		t.Errorf("two ranges: %d %s", a.status, a.body)
	}
	record("two ranges", 1)
}

// TestDownloadRefused: who may not, gets nothing, by whatever address; nothing
// goes out that cannot be put on record.
func TestDownloadRefused(t *testing.T) {
	w := startFiles(t)
	id := w.as("alice").upload("a.txt", "the text")
	w.post("alice", id)
	bob, carol, path := w.as("bob"), w.as("carol"), "/files/"+id
	for _, p := range []string{path, path + "/content"} {
		carol.call("GET", p, nil, "").want(t, "who is no member", http.StatusNotFound, "there is no such file")
		(&browser{w, http.DefaultClient}).call("GET", p, nil, "").want(t, "who has not signed in", http.StatusUnauthorized)
		bob.call("GET", strings.Replace(p, id, "094f5a4a-c492-4f6b-91c2-385eba134fd3", 1), nil, "").want(t, "no file", http.StatusNotFound, "there is no such file")
	}
	carol.call("GET", "/rooms/"+w.room.GUID+"/files", nil, "").want(t, "who is no member", http.StatusForbidden)
	w.store.Fail(chat.E(chat.KindDatabase, ""))
	a := bob.call("GET", path+"/content", nil, "")
	a.want(t, "what cannot be put on record", http.StatusServiceUnavailable, `"unavailable"`)
	if strings.Contains(a.body, "text") || a.header.Get("Content-Disposition") != "" || a.header.Get("ETag") != "" {
		t.Errorf("it is answered %v %s", a.header, a.body)
	}
	w.store.Heal()
	bob.call("GET", path+"/content", nil, "").want(t, "bob", http.StatusOK, "the text")
	w.must(w.blobs.Delete(t.Context(), blobtest.HashOf([]byte("the text"))))
	bob.call("GET", path+"/content", nil, "").want(t, "a file whose bytes are lost", http.StatusServiceUnavailable)
	if n := len(w.onRecord(chat.EntryDownload)); n != 1 {
		t.Errorf("%d downloads on record: of those that brought no byte too", n)
	}
	w.must(w.svc.Grant(t.Context(), []channel.GrantSpec{{Room: "Rates", Role: chat.Member, Who: w.users["bob"].ID, Revoke: true}}, false))
	bob.call("GET", path+"/content", nil, "").want(t, "who is no member any more", http.StatusNotFound)
}

// scanner finds what a test says.
type scanner struct{ found, trouble chan string }

func (s scanner) Scan(ctx context.Context, _ string, _ int64, _ io.Reader) (string, error) {
	select {
	case found := <-s.found:
		return found, nil
	case why := <-s.trouble:
		return "", errors.New(why)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// TestDownloadScanned: a file is seen to wait, and to be in quarantine and why; it
// is told when that changes.
func TestDownloadScanned(t *testing.T) {
	s := scanner{make(chan string), make(chan string)}
	w := startFiles(t, func(c *filestore.Config) { c.Scanner = s })
	changes := make(chan chat.File, 16)
	defer w.files.Watch(func(f chat.File) { changes <- f })()
	alice, bob := w.as("alice"), w.as("bob")
	told := func(id string, state chat.FileState, reason string) {
		t.Helper()
		if f := <-changes; f.ID != id || f.State != state || f.Reason != reason {
			t.Errorf("told is %+v, want %v of %s because %q", f, state, id, reason)
		}
	}
	id := alice.upload("a.txt", "text")
	told(id, chat.FileWaiting, "it waits to be scanned")
	a := bob.call("GET", "/files/"+id+"/content", nil, "")
	a.want(t, "a file that waits", http.StatusServiceUnavailable, `"busy"`, "waits to be scanned")
	if a.header.Get("Retry-After") == "" || a.header.Get("Content-Disposition") != "" {
		t.Errorf("it is answered %v", a.header)
	}
	if f := bob.file(id); f.State != "waiting" || *f.Reason != "it waits to be scanned" {
		t.Errorf("it is %+v", f)
	}
	s.found <- ""
	told(id, chat.FileClean, "")
	bob.call("GET", "/files/"+id+"/content", nil, "").want(t, "a clean file", http.StatusOK, "text")
	bad := alice.upload("b.txt", "other text")
	told(bad, chat.FileWaiting, "it waits to be scanned")
	s.found <- "Perch.Test"
	told(bad, chat.FileQuarantined, "Perch.Test")
	bob.call("GET", "/files/"+bad+"/content", nil, "").want(t, "a file in quarantine", http.StatusForbidden, "quarantine: Perch.Test")
	if f := bob.file(bad); f.State != "quarantined" || *f.Reason != "Perch.Test" {
		t.Errorf("it is %+v", f)
	}
	w.must(w.files.Release(t.Context(), bad))
	told(bad, chat.FileClean, "")
	third := alice.upload("c.txt", "third text")
	told(third, chat.FileWaiting, "it waits to be scanned")
	s.trouble <- "out of order"
	told(third, chat.FileWaiting, "it waits to be scanned, and the scanner does not answer")
}

// TestDownloadInline: only images that hold no script are shown in a page.
func TestDownloadInline(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	for name, c := range map[string]struct{ content, kind, media string }{
		"a.png":  {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "inline", "image/png"},
		"a.gif":  {"GIF89a\x01\x00\x01\x00", "inline", "image/gif"},
		"b.jpeg": {"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "inline", "image/jpeg"},
		"b.webp": {"RIFF\x1a\x00\x00\x00WEBPVP8 ", "inline", "image/webp"},
		"c.png":  {"<!doctype html><script>alert(1)</script>", "attachment", "application/octet-stream"},
		"c.svg":  {`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "attachment", "application/octet-stream"},
	} {
		id := alice.upload(name, c.content)
		for query, kind := range map[string]string{"?inline=true": c.kind, "?inline=1": c.kind, "": "attachment", "?inline=false": "attachment"} {
			a := alice.call("GET", "/files/"+id+"/content"+query, nil, "")
			a.want(t, name, http.StatusOK, c.content)
			media := c.media
			if kind == "attachment" {
				media = "application/octet-stream"
			}
			if a.header.Get("Content-Type") != media || a.header.Get("Content-Disposition") != kind+`; filename="`+name+`"` ||
				a.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || a.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s%s: %v", name, query, a.header)
			}
		}
	}
}

// TestFilesOfRoom: what was posted is listed, newest first, and nothing else.
func TestFilesOfRoom(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	var ids []string
	for i := range 5 {
		id := alice.upload(fmt.Sprint(i, ".txt"), fmt.Sprint("text ", i))
		ids = append(ids, id)
		if i < 4 {
			w.post("alice", id)
		}
	}
	list := func(query string, want ...string) {
		t.Helper()
		a := w.as("bob").call("GET", "/rooms/"+strings.ToUpper(w.room.GUID)+"/files"+query, nil, "")
		a.want(t, query, http.StatusOK)
		var files []api.File
		w.must(json.Unmarshal([]byte(a.body), &files))
		got := []string{}
		for _, f := range files {
			got = append(got, f.Id)
			if at := slices.Index(ids, f.Id); *f.Message != int64(at+1) || f.Name != fmt.Sprint(at, ".txt") {
				t.Errorf("listed is %+v", f)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
	list("", ids[3], ids[2], ids[1], ids[0])
	list("?limit=2", ids[3], ids[2])
	list("?limit=2&before=3", ids[1], ids[0])
	list("?before=1")
	for _, query := range []string{"?limit=0", "?limit=201", "?before=-1", "?limit=x"} {
		alice.call("GET", "/rooms/"+w.room.GUID+"/files"+query, nil, "").want(t, query, http.StatusBadRequest, `"invalid"`)
	}
}
