package filestore_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"perch/chat"
	"perch/filestore"
)

// caller is alice, signed in.
func (w *world) caller() filestore.Caller {
	return filestore.Caller{User: w.alice.ID, SignIn: "here", Endpoint: "e2", Client: "Firefox"}
}

// create begins an upload of alice's that can be resumed.
func (w *world) create(name string, size int64) filestore.Upload {
	w.t.Helper()
	u, err := w.Create(w.t.Context(), w.caller(), w.room.ID, name, size)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// receive goes on with an upload.
func (w *world) receive(id, content string, from, to int) (filestore.Upload, error) {
	return w.Receive(w.t.Context(), w.caller(), id, filestore.Piece{
		Offset: int64(from), Length: int64(to - from), Body: strings.NewReader(content[from:to]), Interrupt: func() {},
	})
}

// stands says where an upload stands.
func (w *world) stands(id string) int64 {
	w.t.Helper()
	u, err := w.Stands(w.t.Context(), w.caller(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Offset
}

// TestResumeRecord: what the journal says of who uploaded by his sign-in.
func TestResumeRecord(t *testing.T) {
	w := start(t)
	u := w.create("a.txt", 4)
	if want := chat.At(w.now.Add(time.Hour)); u.Expires != want || u.Offset != 0 {
		t.Errorf("it is %+v, want it to expire at %v", u, want)
	}
	if u, err := w.receive(u.ID, "text", 0, 4); err != nil || u.State != chat.FileClean || u.Expires != 0 || u.Offset != 4 {
		t.Errorf("it is %+v, %v", u, err)
	}
	ups := w.entries(chat.EntryUpload)
	if len(ups) != 1 {
		t.Fatalf("on record is %+v", ups)
	}
	if e := ups[0]; e.Actor != w.alice.ID || e.Endpoint != "e2" || e.Client != "Firefox" || e.RoomName != "Rates" || fileIn(t, &e).ID != u.ID {
		t.Errorf("on record is %+v", e)
	}
	if err := w.Abandon(t.Context(), w.caller(), u.ID); err != nil {
		t.Fatal(err)
	}
	if e := w.entries(chat.EntryFile); len(e) != 1 || e[0].Actor != w.alice.ID || e[0].Cause != "removed by its uploader" {
		t.Errorf("on record is %+v", e)
	}
}

// TestResumeApart: an upload by token and one by sign-in are gone on with in their
// own way only.
func TestResumeApart(t *testing.T) {
	w := start(t)
	token := w.token(w.alice, true, "a.txt")
	id, err := w.Begin(t.Context(), token, w.room.GUID, "txt")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.receive(id, "text", 0, 4)
	kindIs(t, "an upload by token", err, chat.KindNoSuchObject)
	kindIs(t, "an upload by sign-in", w.send(token, w.create("a.txt", 4).ID, "text", 0, 4), chat.KindNoSuchObject)
}

// TestResumeExpires: an upload is kept for an hour after somebody went on with it.
func TestResumeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		w.set(func() { w.now = time.Now() })
		u, other := w.create("a.txt", 10), w.create("b.txt", 10)
		if _, err := w.receive(u.ID, "0123456789", 0, 4); err != nil {
			t.Fatal(err)
		}
		wait := func(d time.Duration) {
			w.advance(d)
			time.Sleep(d)
			synctest.Wait()
		}
		wait(50 * time.Minute)
		if _, err := w.receive(u.ID, "0123456789", 4, 6); err != nil {
			t.Fatal(err)
		}
		wait(50 * time.Minute)
		if at := w.stands(u.ID); at != 6 {
			t.Errorf("it stands at %d", at)
		}
		_, err := w.Stands(t.Context(), w.caller(), other.ID)
		kindIs(t, "an upload that nobody went on with", err, chat.KindNoSuchObject)
		wait(30 * time.Minute)
		_, err = w.receive(u.ID, "0123456789", 6, 10)
		kindIs(t, "the other, later", err, chat.KindNoSuchObject)
		if left, err := os.ReadDir(w.spool); err != nil || len(left) != 0 {
			t.Errorf("the spool holds %v, %v", left, err)
		}
	})
}

// TestResumeLostEnd: a server that dies behind the last byte completes the file
// when somebody asks where the upload stands.
func TestResumeLostEnd(t *testing.T) {
	w := start(t)
	for _, c := range []struct{ content, types string }{{"text", ""}, {"%PDF-1.7\n", "text/*"}} {
		u := w.create("a.txt", int64(len(c.content)))
		if err := os.WriteFile(filepath.Join(w.spool, u.ID), []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		w.set(func() { w.category.FileTypes = strings.Fields(c.types) })
		got, err := w.Stands(t.Context(), w.caller(), u.ID)
		if c.types == "" && (err != nil || got.State != chat.FileClean || got.Offset != 4) {
			t.Errorf("it is %+v, %v", got, err)
		}
		if c.types != "" {
			kindIs(t, "of a type that is not taken", err, chat.KindForbidden)
		}
	}
	if n := len(w.entries(chat.EntryUpload)); n != 1 {
		t.Errorf("%d uploads on record", n)
	}
}

// hanging is a body that yields some bytes and hangs until it is interrupted.
type hanging struct {
	r         io.Reader
	hangs     chan struct{} // closed when it does
	interrupt chan struct{}
}

func (h *hanging) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if err == io.EOF { //nolint:errorlint // a strings.Reader's
		close(h.hangs)
		<-h.interrupt
		return 0, os.ErrDeadlineExceeded
	}
	return n, err
}

// TestResumeTakenOver: the newest request of an upload goes on with it, from all
// that came by the one before, which is told so.
func TestResumeTakenOver(t *testing.T) {
	w := start(t)
	content := strings.Repeat("0123456789", 10_000)
	u := w.create("a.txt", int64(len(content)))
	h := &hanging{strings.NewReader(content[:70_001]), make(chan struct{}), make(chan struct{})}
	lost := make(chan error, 1)
	go func() {
		_, err := w.Receive(t.Context(), w.caller(), u.ID, filestore.Piece{Length: int64(len(content)), Body: h, Interrupt: func() { close(h.interrupt) }})
		lost <- err
	}()
	<-h.hangs
	if at := w.stands(u.ID); at != 70_001 {
		t.Errorf("it stands at %d", at)
	}
	kindIs(t, "the request before", <-lost, chat.KindCollision)
	if u, err := w.receive(u.ID, content, 70_001, len(content)); err != nil || u.State != chat.FileClean {
		t.Errorf("it is %+v, %v", u, err)
	}
}

// asking counts how often rights are asked for, and refuses after some.
type asking struct {
	*world
	left int
}

func (a *asking) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	if a.left -= len(p); a.left <= 0 {
		a.set(func() { a.refused[a.alice.ID] = chat.E(chat.KindNoSuchRoom, "") })
	}
	return len(p), nil
}

// TestResumeRights: a right that ends in the middle of a request ends it there, in
// both directions.
func TestResumeRights(t *testing.T) {
	w := start(t)
	const size = 1 << 20
	u := w.create("a.txt", size)
	u, err := w.Receive(t.Context(), w.caller(), u.ID, filestore.Piece{Length: size, Body: &asking{w, 100 << 10}, Interrupt: func() {}})
	if err == nil || u.Offset != 128<<10 {
		t.Errorf("after 100 KB the right ends, %d bytes were taken, %v", u.Offset, err)
	}
	w.set(func() { clear(w.refused) })
	if at := w.stands(u.ID); at != 128<<10 {
		t.Errorf("it stands at %d", at)
	}
	rest := strings.Repeat("y", size)
	if _, err := w.receive(u.ID, rest, 128<<10, size); err != nil {
		t.Fatal(err)
	}
	c, err := w.Open(t.Context(), w.caller(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadFull(c, make([]byte, 100<<10)); err != nil {
		t.Fatal(err)
	}
	w.set(func() { w.refused[w.alice.ID] = chat.E(chat.KindNoSuchRoom, "") })
	more, err := io.ReadAll(c)
	kindIs(t, "reading on", err, chat.KindNoSuchObject)
	if n := 100<<10 + len(more); n > 192<<10 {
		t.Errorf("%d bytes went out, 92 KB after the right ended", n)
	}
	kindIs(t, "the reader", c.Failed(), chat.KindNoSuchObject)
}

// TestCleanName: whatever a client calls a file, a name comes of it that can stand
// in a list and in a header.
func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"Prices Q3.xls": "Prices Q3.xls", "/etc/passwd": "passwd", `C:\a\b.txt`: "b.txt", "": "file", "..": "file", "a/": "file", "\x00\r\n": "file",
		"a\r\nSet-Cookie: x": "aSet-Cookie: x", "photo\u202egnp.exe": "photognp.exe", "\u2066\u200fx\u2069.txt": "x.txt", "a\xff\xfeb": "ab", "Цены 😀.txt": "Цены 😀.txt",
		"a\u2028b\u2029c": "abc", strings.Repeat("ä", 300) + ".txt": strings.Repeat("ä", 251) + ".txt", strings.Repeat("x", 100) + "." + strings.Repeat("y", 300): strings.Repeat("x", 100) + "." + strings.Repeat("y", 154),
	} {
		if got := filestore.CleanName(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("a/b\x00\u202e.txt")
	f.Fuzz(func(t *testing.T, name string) {
		got := filestore.CleanName(name)
		if got == "" || utf8.RuneCountInString(got) > 255 || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\x00\r\n\u202e") || filestore.CleanName(got) != got {
			t.Errorf("%q becomes %q", name, got)
		}
	})
}
