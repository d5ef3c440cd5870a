package web_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"perch/blob/blobtest"
	"perch/channel"
	"perch/chat"
)

// TestUpload: a file goes up in parts, each of which is there for who asks, over a
// restart; with the last it is a file, and on record.
func TestUpload(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	content := bytesOf(200_000)
	at := alice.begin(`C:\prices`+"\u202e"+` of "today".txt`, len(content))
	if !strings.HasPrefix(at, "/api/v1/uploads/") || !strings.HasSuffix(at, ".txt") {
		t.Fatalf("the upload is at %q", at)
	}
	alice.stands(at, 0)
	a := alice.call("PATCH", at, octets(0), content[:70_001])
	a.want(t, "the first part", http.StatusNoContent)
	expires, err := http.ParseTime(a.header.Get("Upload-Expires"))
	if left := time.Until(expires); err != nil || left < 30*time.Minute || left > 2*time.Hour || a.header.Get("Upload-Offset") != "70001" || a.header.Get("Tus-Resumable") != "1.0.0" {
		t.Errorf("the upload expires in %v (%v): %v", left, err, a.header)
	}
	alice.call("PATCH", at, octets(0), content[:10]).want(t, "the first part again", http.StatusConflict, "70001")
	alice.call("PATCH", at, octets(70_002), content[70_002:]).want(t, "a part with a hole before it", http.StatusConflict, "70001")
	alice.call("PATCH", at, octets(70_001), content).want(t, "more than was announced", http.StatusRequestEntityTooLarge)
	alice.call("GET", "/files/"+filepath.Base(at)+"/content", nil, "").want(t, "half a file", http.StatusServiceUnavailable, `"busy"`)
	if f := alice.file(filepath.Base(at)); f.State != "unfinished" || f.Sha256 != nil {
		t.Errorf("half a file is %+v", f)
	}
	w.restart()
	alice = w.as("alice")
	alice.stands(at, 70_001)
	alice.send("PATCH", at, octets(70_001), io.MultiReader(strings.NewReader(content[70_001:]), strings.NewReader("!"))).want(t, "a part of unknown length that is too long", http.StatusRequestEntityTooLarge)
	alice.stands(at, 70_001)
	alice.send("PATCH", at, octets(70_001), io.MultiReader(strings.NewReader(content[70_001:]))).want(t, "the rest, of unknown length", http.StatusNoContent)
	alice.stands(at, len(content))
	alice.call("PATCH", at, octets(len(content)), "").want(t, "nothing more", http.StatusNoContent)
	alice.call("PATCH", at, octets(0), content).want(t, "all of it again", http.StatusConflict)
	want := blobtest.HashOf([]byte(content))
	f := alice.file(filepath.Base(at))
	if f.State != "clean" || f.Name != `prices of "today".txt` || f.Size != 200_000 || f.Type != "text/plain" || f.Uploader != "Alice Archer" || *f.Sha256 != want || f.Message != nil ||
		f.Room != strings.ToLower(w.room.GUID) || !slices.Equal(chat.FileLinks(f.Link)[1:], []string{f.Id}) {
		t.Errorf("the file is %+v", f)
	}
	if got := w.onRecord(chat.EntryUpload); !slices.Equal(got, []string{`Alice Archer prices of "today".txt 200000 ` + want}) {
		t.Errorf("on record is %q", got)
	}
	if left, err := os.ReadDir(w.spool); err != nil || len(left) != 0 {
		t.Errorf("the spool holds %v, %v", left, err)
	}
	w.as("bob").call("GET", "/files/"+f.Id+"/content", nil, "").want(t, "bob downloads", http.StatusOK, content)
}

// TestUploadAtOnce: the first bytes may come with the beginning, all of them too;
// a file without bytes is complete at once.
func TestUploadAtOnce(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	path := "/rooms/" + w.room.GUID + "/files"
	for _, c := range []struct{ content, first string }{{"", ""}, {"0123456789", "0123456789"}, {"0123456789", "012"}, {"0123456789", ""}} {
		a := alice.call("POST", path, octets(0).with(headers{"Upload-Length": strconv.Itoa(len(c.content)), "Upload-Metadata": named("a.txt")}), c.first)
		a.want(t, "beginning with "+c.first, http.StatusCreated)
		at := a.header.Get("Location")
		if a.header.Get("Upload-Offset") != strconv.Itoa(len(c.first)) {
			t.Errorf("it stands at %s", a.header.Get("Upload-Offset"))
		}
		if c.content != c.first {
			alice.call("POST", at, octets(len(c.first)).with(headers{"X-HTTP-Method-Override": "PATCH"}), c.content[len(c.first):]).want(t, "the rest by POST", http.StatusNoContent)
		}
		alice.call("GET", "/files/"+filepath.Base(at)+"/content", nil, "").want(t, "what came", http.StatusOK, c.content)
		if f := alice.file(filepath.Base(at)); f.Size != int64(len(c.content)) || f.State != "clean" {
			t.Errorf("the file is %+v", f)
		}
	}
}

// TestTus: what is no tus 1.0 is refused with a word on what to do, and what is
// served is told to everybody.
func TestTus(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	path := "/rooms/" + w.room.GUID + "/files"
	at := alice.begin("a.txt", 10)
	stranger := &browser{w, http.DefaultClient}
	for _, where := range []string{path, at} {
		a := stranger.call("OPTIONS", where, nil, "")
		a.want(t, "OPTIONS", http.StatusNoContent)
		for name, want := range map[string]string{
			"Tus-Resumable": "1.0.0", "Tus-Version": "1.0.0", "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
			"Tus-Checksum-Algorithm": "sha1,sha256", "Tus-Max-Size": "20480000",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", where, name, got, want)
			}
		}
	}
	length := tus.with(headers{"Upload-Length": "5"})
	for what, c := range map[string]struct {
		method, path string
		h            headers
		status       int
		says         string
	}{
		"no version":            {"POST", path, headers{"Upload-Length": "5"}, 412, "Tus-Resumable"},
		"another version":       {"PATCH", at, octets(0).with(headers{"Tus-Resumable": "0.2.2"}), 412, "1.0.0"},
		"no length":             {"POST", path, tus, 400, "Upload-Length"},
		"a length below zero":   {"POST", path, tus.with(headers{"Upload-Length": "-1"}), 400, "Upload-Length"},
		"too large":             {"POST", path, tus.with(headers{"Upload-Length": "20480001"}), 413, "20000"},
		"a bad name":            {"POST", path, length.with(headers{"Upload-Metadata": "filename ***"}), 400, "base64"},
		"no room":               {"POST", "/rooms/094f5a4a-c492-4f6b-91c2-385eba134fd3/files", length, 404, "room"},
		"bytes of another type": {"PATCH", at, octets(0).with(headers{"Content-Type": "text/plain"}), 415, "application/offset+octet-stream"},
		"no offset":             {"PATCH", at, octets(0).with(headers{"Upload-Offset": ""}), 400, "Upload-Offset"},
		"another algorithm":     {"PATCH", at, octets(0).with(headers{"Upload-Checksum": "crc32 AAAA"}), 400, "sha256"},
		"half a checksum":       {"PATCH", at, octets(0).with(headers{"Upload-Checksum": "sha1 AAAA"}), 400, "base64"},
		"no upload":             {"PATCH", "/uploads/094f5a4a-c492-4f6b-91c2-385eba134fd3", octets(0), 404, "Begin anew"},
		"POST to an upload":     {"POST", at, octets(0), 400, "X-HTTP-Method-Override"},
	} {
		a := alice.call(c.method, c.path, c.h, "01234")
		a.want(t, what, c.status, c.says, `"code"`)
	}
	stranger.call("PATCH", at, octets(0), "01234").want(t, "who has not signed in", http.StatusUnauthorized)
	alice.stands(at, 0)
}

// TestChecksums: what was damaged on its way is not kept.
func TestChecksums(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	at := alice.begin("a.txt", 100_000)
	content := bytesOf(100_000)
	one, two := sha1.Sum([]byte(content[:60_000])), sha256.Sum256([]byte(content[60_000:]))
	check := func(offset int, algorithm string, sum []byte) headers {
		return octets(offset).with(headers{"Upload-Checksum": algorithm + " " + base64.StdEncoding.EncodeToString(sum)})
	}
	alice.call("PATCH", at, check(0, "sha1", one[:]), content[1:60_001]).want(t, "other bytes", 460, `"checksum"`)
	alice.stands(at, 0)
	alice.call("PATCH", at, check(0, "sha1", one[:]), content[:60_000]).want(t, "the first part", http.StatusNoContent)
	alice.call("PATCH", at, check(60_000, "sha256", two[:]), content[60_000:99_999]+"!").want(t, "other bytes at the end", 460)
	alice.stands(at, 60_000)
	alice.call("PATCH", at, check(60_000, "sha256", two[:]), content[60_000:]).want(t, "the second part", http.StatusNoContent)
	alice.call("GET", "/files/"+filepath.Base(at)+"/content", nil, "").want(t, "what came", http.StatusOK, content)
	if left, err := os.ReadDir(w.spool); err != nil || len(left) != 0 {
		t.Errorf("the spool holds %v, %v", left, err)
	}
}

// TestUploadRights: an upload is its uploader's alone, and only as long as he has
// the right; it can be ended.
func TestUploadRights(t *testing.T) {
	w := startFiles(t)
	alice, bob, carol := w.as("alice"), w.as("bob"), w.as("carol")
	path := "/rooms/" + w.room.GUID + "/files"
	carol.call("POST", path, tus.with(headers{"Upload-Length": "5"}), "").want(t, "who is no member", http.StatusForbidden)
	at := alice.begin("a.txt", 10)
	alice.call("PATCH", at, octets(0), "01234").want(t, "alice", http.StatusNoContent)
	for _, other := range []*browser{bob, carol} {
		other.call("PATCH", at, octets(5), "56789").want(t, "a stolen address", http.StatusNotFound)
		other.call("HEAD", at, tus, "").want(t, "a stolen address", http.StatusNotFound)
		other.call("DELETE", at, tus, "").want(t, "a stolen address", http.StatusNotFound)
		other.call("GET", "/files/"+filepath.Base(at), nil, "").want(t, "another's unfinished file", http.StatusNotFound)
	}
	alice.stands(at, 5)
	grant := channel.GrantSpec{Room: "Rates", Role: chat.Member, Who: w.users["alice"].ID, Revoke: true}
	w.must(w.svc.Grant(t.Context(), []channel.GrantSpec{grant}, false))
	alice.call("PATCH", at, octets(5), "56789").want(t, "who is no member any more", http.StatusForbidden, "managers")
	alice.call("HEAD", at, tus, "").want(t, "who is no member any more", http.StatusForbidden)
	grant.Revoke = false
	w.must(w.svc.Grant(t.Context(), []channel.GrantSpec{grant}, false))
	alice.call("PATCH", at, octets(5), "56789").want(t, "a member again", http.StatusNoContent)

	second := alice.begin("b.txt", 10)
	alice.call("DELETE", second, tus, "").want(t, "ending an upload", http.StatusNoContent)
	alice.call("HEAD", second, tus, "").want(t, "an upload that was ended", http.StatusNotFound)
	id := filepath.Base(at)
	alice.call("DELETE", at, tus, "").want(t, "a file that nobody posted", http.StatusNoContent)
	alice.call("GET", "/files/"+id, nil, "").want(t, "a file that was deleted", http.StatusNotFound)
	posted := alice.upload("c.txt", "text")
	w.post("alice", posted)
	alice.call("DELETE", "/uploads/"+posted, tus, "").want(t, "a file that was posted", http.StatusConflict, "links to")
}

// TestUploadBounds: the category's types decide by what a file holds, the setting
// how large it is, and nobody fills the disk with what he does not finish.
func TestUploadBounds(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	types := []string{"text/*"}
	_, err := w.svc.UpdateCategory(t.Context(), "Trading", channel.CategoryPatch{FileTypes: &types})
	w.must(err)
	pdf := "%PDF-1.7\n" + bytesOf(10_000)
	at := alice.begin("a.txt", len(pdf))
	alice.call("PATCH", at, octets(0), pdf[:2000]).want(t, "too little to tell", http.StatusNoContent)
	alice.call("PATCH", at, octets(2000), pdf[2000:4000]).want(t, "a PDF called .txt", http.StatusUnsupportedMediaType, "application/pdf", `"file-type"`)
	alice.call("HEAD", at, tus, "").want(t, "what was refused", http.StatusNotFound)
	small := alice.begin("b.txt", 9)
	alice.call("PATCH", small, octets(0), pdf[:9]).want(t, "a small one", http.StatusUnsupportedMediaType, "application/pdf")
	large := alice.begin("c.txt", 8<<20)
	alice.call("PATCH", large, octets(0), "%PDF-1.7\n"+bytesOf(8<<20-9)).want(t, "a large one, in the middle of which it is refused", http.StatusUnsupportedMediaType, "application/pdf")
	if left, err := os.ReadDir(w.spool); err != nil || len(left) != 0 {
		t.Errorf("the spool holds %v, %v", left, err)
	}
	last := alice.begin("b.txt", 2048)
	w.mu.Lock()
	w.set.MaxFileSizeKB = 1
	w.mu.Unlock()
	alice.call("PATCH", last, octets(0), "text").want(t, "larger than is taken now", http.StatusRequestEntityTooLarge, "at most 1")
	for i := range 7 {
		last = alice.begin(strconv.Itoa(i), 5)
	}
	one := tus.with(headers{"Upload-Length": "5"})
	alice.call("POST", "/rooms/"+w.room.GUID+"/files", one, "").want(t, "the ninth unfinished one", http.StatusUnprocessableEntity, "unfinished")
	w.as("bob").begin("his", 5)
	alice.call("DELETE", last, tus, "").want(t, "ending one", http.StatusNoContent)
	alice.begin("another", 5)
}

// TestUploadTakenOver: who comes back while his lost request still hangs goes on
// where it stood.
func TestUploadTakenOver(t *testing.T) {
	w := startFiles(t)
	alice := w.as("alice")
	content := bytesOf(300_000)
	at := alice.begin("a.txt", len(content))
	r, body := io.Pipe()
	lost := make(chan int, 1)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, w.server.URL+at, r)
	w.must(err)
	for name, value := range octets(0) {
		request.Header.Set(name, value)
	}
	request.Header.Set("Expect", "100-continue") // so that the body is read when the server wants it
	go func() {
		a, err := alice.http.Do(request)
		if err != nil {
			lost <- 0
			return
		}
		a.Body.Close()
		lost <- a.StatusCode
	}()
	if _, err := io.WriteString(body, content[:100_000]); err != nil { // the server has begun to read
		t.Fatal(err)
	}
	a := alice.call("HEAD", at, tus, "")
	offset, err := strconv.Atoi(a.header.Get("Upload-Offset"))
	if err != nil || offset > 100_000 {
		t.Fatalf("the upload stands at %q", a.header.Get("Upload-Offset"))
	}
	if status := <-lost; status != http.StatusConflict {
		t.Errorf("the lost request is answered %d", status)
	}
	body.Close()
	alice.call("PATCH", at, octets(offset), content[offset:]).want(t, "the rest", http.StatusNoContent)
	alice.call("GET", "/files/"+filepath.Base(at)+"/content", nil, "").want(t, "what came", http.StatusOK, content)
}
