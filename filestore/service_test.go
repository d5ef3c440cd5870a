package filestore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"perch/blob/blobtest"
	"perch/chat"
	"perch/chat/chattest"
	"perch/compliance"
	"perch/filestore"
)

// TestTransfer: what goes up comes down, in chunks of any size, and both are on
// record with what compliance must know.
func TestTransfer(t *testing.T) {
	for _, content := range []string{"", "x", "prices\r\n\x00\xff", strings.Repeat("0123456789", 5000)} {
		for _, size := range []int{1 << 16, 4099} {
			w := start(t)
			id := w.upload("Prices Q3.TXT", content, size)
			if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.txt$`).MatchString(id) {
				t.Errorf("the file is called %q", id)
			}
			want := compliance.File{ID: id, Name: "Prices Q3.TXT", Size: int64(len(content)), SHA256: blobtest.HashOf([]byte(content))}
			ups := w.entries(chat.EntryUpload)
			if len(ups) != 1 || fileIn(t, &ups[0]) != want {
				t.Fatalf("uploads on record: %+v, want %+v", ups, want)
			}
			if e := ups[0]; e.Actor != w.alice.ID || e.ActorURI != w.alice.URI || e.ActorName != "Alice Archer" || e.RoomGUID != w.room.GUID ||
				e.RoomName != "Rates" || e.Room != w.room.ID || e.Endpoint != "e1" || e.Client != "UCCAPI/15" || e.At != chat.At(w.now) {
				t.Errorf("the upload is on record as %+v", e)
			}
			token := w.token(w.bob, false, "copy.txt")
			if n, err := w.Size(t.Context(), token, strings.ToUpper(w.room.GUID), strings.ToUpper(id)); err != nil || n != int64(len(content)) {
				t.Errorf("size %d, %v", n, err)
			}
			if n := len(w.entries(chat.EntryDownload)); n != 0 {
				t.Errorf("asking for the size is on record as %d downloads", n)
			}
			got, err := w.download(token, id, size)
			if err != nil || got != content {
				t.Errorf("%d bytes came back of %d, %v", len(got), len(content), err)
			}
			downs := w.entries(chat.EntryDownload)
			if len(content) > 0 && (len(downs) != 1 || fileIn(t, &downs[0]) != want || downs[0].Actor != w.bob.ID) {
				t.Errorf("downloads on record: %+v", downs)
			}
			left, err := os.ReadDir(w.spool)
			if err != nil || len(left) != 0 {
				t.Errorf("the spool holds %v, %v", left, err)
			}
		}
	}
}

// TestTokens: a token is for one user, one room, one direction and half an hour,
// and the right is asked for anew each time.
func TestTokens(t *testing.T) {
	w := start(t)
	ctx := t.Context()
	id := w.upload("a.txt", "text", 9)
	up, down := w.token(w.alice, true, "b.txt"), w.token(w.bob, false, "")
	use := map[string]func(token, room string) error{
		"Begin": func(token, room string) error { _, err := w.Begin(ctx, token, room, "txt"); return err },
		"Append": func(token, room string) error {
			return w.Append(ctx, filestore.Chunk{Token: token, RoomGUID: room, File: id, Length: 1})
		},
		"Size": func(token, room string) error { _, err := w.Size(ctx, token, room, id); return err },
		"Read": func(token, room string) error { _, err := w.Read(ctx, token, room, id, 0, 1); return err },
	}
	right := map[string]string{"Begin": up, "Append": up, "Size": down, "Read": down}
	for name, do := range use {
		for what, token := range map[string]string{"no token": "", "an unknown one": "2baa3978-7511-4050-8be7-f1670d8fc220", "the other direction": map[string]string{up: down, down: up}[right[name]]} {
			kindIs(t, name+" with "+what, do(token, w.room.GUID), chat.KindInvalidToken)
		}
		kindIs(t, name+" in another room", do(right[name], w.other.GUID), chat.KindInvalidToken)
		kindIs(t, name+" in no room", do(right[name], ""), chat.KindInvalidToken)
		gone := chat.E(chat.KindNoSuchRoom, "")
		w.set(func() { w.refused[w.alice.ID], w.refused[w.bob.ID] = gone, gone })
		kindIs(t, name+" without the right", do(right[name], w.room.GUID), chat.KindNoSuchRoom)
		w.set(func() { clear(w.refused) })
	}
	w.advance(filestore.TokenLife - time.Second)
	if err := use["Size"](down, w.room.GUID); err != nil {
		t.Errorf("just before the token expires: %v", err)
	}
	w.advance(time.Second)
	for name, do := range use {
		kindIs(t, name+" with an expired token", do(right[name], w.room.GUID), chat.KindInvalidToken)
	}
	w.set(func() { w.refused[w.alice.ID] = chat.E(chat.KindForbidden, "") })
	_, err := w.Issue(ctx, filestore.Ticket{User: w.alice.ID, Room: w.room.ID, Upload: true, Name: "a.txt"})
	kindIs(t, "a token without the right", err, chat.KindForbidden)
	w.denied(5)
	w.set(func() { clear(w.refused); w.category.Files = false })
	_, err = w.Issue(ctx, filestore.Ticket{User: w.alice.ID, Room: w.room.ID, Upload: true, Name: "a.txt"})
	kindIs(t, "a token where the category takes no files", err, chat.KindForbidden)
}

// TestNames: names are kept as they came, without the folders before them.
func TestNames(t *testing.T) {
	w := start(t)
	for name, want := range map[string]string{`C:\Users\alice\Prices.xls`: "Prices.xls", "/tmp/a b.txt": "a b.txt", " Цены 😀.txt ": "Цены 😀.txt", "no-extension": "no-extension"} {
		if got := w.found(w.upload(name, "text", 9)).Name; got != want {
			t.Errorf("%q is kept as %q", name, got)
		}
	}
	for _, name := range []string{"", "  ", "..", "a/", "a\nb", "\xff", strings.Repeat("x", 256)} {
		_, err := w.Issue(t.Context(), filestore.Ticket{User: w.alice.ID, Room: w.room.ID, Upload: true, Name: name})
		kindIs(t, "the name "+name, err, chat.KindInvalid)
	}
	if _, err := w.Issue(t.Context(), filestore.Ticket{User: w.alice.ID, Room: w.room.ID}); err != nil {
		t.Errorf("a download need not name its target: %v", err)
	}
	token := w.token(w.alice, true, "a")
	for ext, want := range map[string]string{"txt": ".txt", ".PDF": ".pdf", "": "", "report.final.docx": ".docx", "7z": ".7z"} {
		id, err := w.Begin(t.Context(), token, w.room.GUID, ext)
		if err != nil || filepath.Ext(id) != want {
			t.Errorf("extension %q: %q, %v", ext, id, err)
		}
	}
	for _, ext := range []string{"../../etc/passwd", "a b", "t/x", `t\x`, "ä", strings.Repeat("x", 33), "a\x00b"} {
		_, err := w.Begin(t.Context(), token, w.room.GUID, ext)
		kindIs(t, "the extension "+ext, err, chat.KindInvalid)
	}
}

// TestChunks: chunks that cannot be are refused and leave what was there; one
// that comes again does no harm; others' uploads are nobody's business.
func TestChunks(t *testing.T) {
	w := start(t)
	ctx := t.Context()
	const content = "0123456789"
	token := w.token(w.alice, true, "a.txt")
	id, err := w.Begin(ctx, token, w.room.GUID, "txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.send(token, id, content, 0, 4); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		chunk filestore.Chunk
		kind  chat.Kind
	}{
		"a gap":               {filestore.Chunk{Data: []byte("56"), Offset: 5, Length: 10}, chat.KindInvalid},
		"beyond the end":      {filestore.Chunk{Data: []byte("456789x"), Offset: 4, Length: 10}, chat.KindInvalid},
		"a negative offset":   {filestore.Chunk{Data: []byte("4"), Offset: -1, Length: 10}, chat.KindInvalid},
		"a negative length":   {filestore.Chunk{Length: -1}, chat.KindInvalid},
		"an offset too large": {filestore.Chunk{Data: []byte("4"), Offset: 1<<63 - 1, Length: 10}, chat.KindInvalid},
		"nothing":             {filestore.Chunk{Offset: 4, Length: 10}, chat.KindInvalid},
		"too large a chunk":   {filestore.Chunk{Data: make([]byte, 64<<10+1), Length: 1 << 20}, chat.KindTooLarge},
		"too large a file":    {filestore.Chunk{Data: []byte("4"), Offset: 4, Length: 20000<<10 + 1}, chat.KindTooLarge},
	} {
		c.chunk.Token, c.chunk.RoomGUID, c.chunk.File = token, w.room.GUID, id
		kindIs(t, what, w.Append(ctx, c.chunk), c.kind)
	}
	kindIs(t, "no such file", w.send(token, "a912898f-cf23-476b-a644-0c541d7cfdcf.txt", content, 0, 4), chat.KindNoSuchObject)
	kindIs(t, "another token", w.send(w.token(w.alice, true, "b"), id, content, 4, 10), chat.KindNoSuchObject)
	kindIs(t, "a file that is unfinished", func() error { _, err := w.Size(ctx, w.token(w.bob, false, ""), w.room.GUID, id); return err }(), chat.KindNoSuchObject)

	for _, part := range [][2]int{{2, 6}, {6, 10}, {6, 10}, {6, 10}} { // again from 2, and the end again as if its answer was lost
		if err := w.send(token, id, content, part[0], part[1]); err != nil {
			t.Fatalf("%v: %v", part, err)
		}
	}
	kindIs(t, "a complete file", w.send(token, id, content, 0, 4), chat.KindCollision)
	if got, err := w.download(w.token(w.bob, false, ""), id, 3); got != content || err != nil {
		t.Errorf("it is %q, %v", got, err)
	}
	if n := len(w.entries(chat.EntryUpload)); n != 1 {
		t.Errorf("%d uploads are on record", n)
	}
	_, err = w.Read(ctx, w.token(w.bob, false, ""), w.room.GUID, id, 11, 1)
	kindIs(t, "reading beyond the end", err, chat.KindInvalid)
	_, err = w.Read(ctx, w.token(w.bob, false, ""), w.room.GUID, id, 0, -1)
	kindIs(t, "reading less than nothing", err, chat.KindInvalid)
}

// TestLimits: the largest file follows the settings; a request carries so much.
func TestLimits(t *testing.T) {
	w := start(t)
	content := strings.Repeat("x", 100<<10)
	id := w.upload("a.txt", content, 64<<10)
	data, err := w.Read(t.Context(), w.token(w.bob, false, ""), w.room.GUID, id, 0, 1<<30)
	if err != nil || len(data) != 64<<10 {
		t.Errorf("%d bytes at once, %v", len(data), err)
	}
	w.set(func() { w.maxKB = 99 })
	token := w.token(w.alice, true, "b.txt")
	id, err = w.Begin(t.Context(), token, w.room.GUID, "txt")
	if err != nil {
		t.Fatal(err)
	}
	kindIs(t, "a file above the limit", w.send(token, id, content, 0, 1024), chat.KindTooLarge)
	if err := w.send(token, id, content[:99<<10], 0, 64<<10); err != nil {
		t.Errorf("a file of the limit's size: %v", err)
	}
	for err == nil { // many at a time fill the disk
		_, err = w.Begin(t.Context(), token, w.room.GUID, "txt")
	}
	kindIs(t, "too many unfinished", err, chat.KindLimit)
}

// TestTypes: a category's list of types decides by what a file holds, whatever
// it is called, as soon as enough of it is there.
func TestTypes(t *testing.T) {
	w := start(t)
	w.set(func() {
		w.category.FileTypes = []string{"!application/x-elf", "!application/x-executable", "text/*", "image/png"}
	})
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00" + strings.Repeat("\x00", 20000)
	token := w.token(w.alice, true, "harmless.txt")
	try := func(content string, size int) error {
		id, err := w.Begin(t.Context(), token, w.room.GUID, "txt")
		for at := 0; at < len(content) && err == nil; at += size {
			err = w.send(token, id, content, at, min(at+size, len(content)))
		}
		if err != nil {
			if _, ferr := w.store.FindFile(t.Context(), id); chat.KindOf(ferr) != chat.KindNoSuchObject {
				t.Errorf("a refused file is kept: %v", ferr)
			}
		}
		return err
	}
	for range 10 { // a refused one is not counted as unfinished
		kindIs(t, "a program called .txt", try(elf, 4000), chat.KindForbidden)
	}
	kindIs(t, "a PDF", try("%PDF-1.7\n%abc", 5), chat.KindForbidden)
	if err := try("just text", 4); err != nil {
		t.Errorf("text: %v", err)
	}
	if err := try("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", 100); err != nil {
		t.Errorf("an image: %v", err)
	}
}

// TestRestart: an upload goes on after the server was started anew, and a
// download that goes on elsewhere is on record again.
func TestRestart(t *testing.T) {
	w := start(t)
	const content = "0123456789"
	token := w.token(w.alice, true, "a.txt")
	id, err := w.Begin(t.Context(), token, w.room.GUID, "txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.send(token, id, content, 0, 4); err != nil {
		t.Fatal(err)
	}
	w.halt()
	w.restart()
	if err := w.send(token, id, content, 4, 10); err != nil {
		t.Fatal(err)
	}
	down := w.token(w.bob, false, "")
	read := func(offset int64) {
		t.Helper()
		if _, err := w.Read(t.Context(), down, w.room.GUID, id, offset, 2); err != nil {
			t.Fatal(err)
		}
	}
	count := func(want int) {
		t.Helper()
		if n := len(w.entries(chat.EntryDownload)); n != want {
			t.Errorf("%d downloads on record, want %d", n, want)
		}
	}
	read(2)
	read(4)
	count(1)
	read(0) // one that begins
	count(2)
	w.halt()
	w.restart()
	read(6)
	count(3)
}

// TestOnRecordFirst: what cannot be put on record is not handed out, nor known.
func TestOnRecordFirst(t *testing.T) {
	w := start(t)
	id := w.upload("a.txt", "text", 9)
	faulty := chattest.NewFaulty(w.store)
	w.halt()
	w.store = faulty
	w.restart()
	down := w.token(w.bob, false, "")
	faulty.Fail(chat.E(chat.KindDatabase, "the disk is full"))
	data, err := w.Read(t.Context(), down, w.room.GUID, id, 0, 4)
	kindIs(t, "a download that cannot be put on record", err, chat.KindDatabase)
	if len(data) != 0 && err == nil {
		t.Errorf("%q came back", data)
	}
	faulty.Heal()
	if got, err := w.download(down, id, 9); got != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestBlobFails: an upload whose bytes cannot be kept is not known; the last
// chunk sent again finishes it.
func TestBlobFails(t *testing.T) {
	w := start(t)
	broken := &brokenBlobs{Blobs: w.blobs}
	w.halt()
	w.blobs = broken
	w.restart()
	token := w.token(w.alice, true, "a.txt")
	id, err := w.Begin(t.Context(), token, w.room.GUID, "txt")
	if err != nil {
		t.Fatal(err)
	}
	broken.set(errors.New("no network"))
	if err := w.send(token, id, "text", 0, 4); err == nil {
		t.Fatal("it was kept")
	}
	if n := len(w.entries(chat.EntryUpload)); n != 0 {
		t.Errorf("%d uploads are on record", n)
	}
	broken.set(nil)
	if err := w.send(token, id, "text", 0, 4); err != nil {
		t.Fatal(err)
	}
	down := w.token(w.bob, false, "")
	broken.set(errors.New("no network"))
	_, err = w.Read(t.Context(), down, w.room.GUID, id, 0, 4)
	kindIs(t, "reading", err, chat.KindDatabase)
	if n := len(w.entries(chat.EntryDownload)); n != 0 {
		t.Errorf("%d downloads are on record of which nothing was handed out", n)
	}
	w.blobs = broken.Blobs
}

type brokenBlobs struct {
	filestore.Blobs

	mu  sync.Mutex // guards the field below
	err error
}

func (b *brokenBlobs) set(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *brokenBlobs) get() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func (b *brokenBlobs) Put(ctx context.Context, hash string, size int64, r io.Reader) error {
	if err := b.get(); err != nil {
		return err
	}
	return b.Blobs.Put(ctx, hash, size, r)
}

func (b *brokenBlobs) Open(ctx context.Context, hash string, offset, n int64) (io.ReadCloser, error) {
	if err := b.get(); err != nil {
		return nil, err
	}
	return b.Blobs.Open(ctx, hash, offset, n)
}

// TestUnposted: what is never posted or finished is removed after its time, on
// record; what was posted stays, and so do bytes that another file shares.
func TestUnposted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		w.set(func() { w.now = time.Now() })
		posted, never, twin := w.upload("posted.txt", "the same bytes", 99), w.upload("never.txt", "other bytes", 99), w.upload("twin.txt", "the same bytes", 99)
		w.post(posted)
		token := w.token(w.alice, true, "half.txt")
		half, err := w.Begin(t.Context(), token, w.room.GUID, "txt")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.send(token, half, "0123456789", 0, 5); err != nil {
			t.Fatal(err)
		}
		wait := func(d time.Duration) {
			w.advance(d)
			time.Sleep(d)
			synctest.Wait()
		}
		there := func(id string, want bool) {
			t.Helper()
			if _, err := w.store.FindFile(t.Context(), id); (err == nil) != want {
				t.Errorf("%s is there: %v", id, err)
			}
		}
		wait(50 * time.Minute)
		there(half, true)
		wait(30 * time.Minute)
		there(half, false)
		there(never, true)
		if left, _ := os.ReadDir(w.spool); len(left) != 0 {
			t.Errorf("the spool holds %v", left)
		}
		wait(24 * time.Hour)
		there(never, false)
		there(twin, false)
		there(posted, true)
		if _, err := w.blobs.Size(t.Context(), blobtest.HashOf([]byte("other bytes"))); chat.KindOf(err) != chat.KindNoSuchObject {
			t.Errorf("the bytes of a removed file: %v", err)
		}
		if got, err := w.download(w.token(w.bob, false, ""), posted, 99); got != "the same bytes" || err != nil {
			t.Errorf("the posted file is %q, %v", got, err)
		}
		notes := w.entries(chat.EntryFile)
		if len(notes) != 2 || notes[0].Cause != "removed: nobody posted it" || notes[0].RoomName != "Rates" {
			t.Errorf("on record: %+v", notes)
		}
		if f := fileIn(t, &notes[0]); f.Name != "never.txt" && f.Name != "twin.txt" {
			t.Errorf("on record is %+v", f)
		}
		w.halt()
	})
}

// TestSameBytesWhileDeleted: an upload of bytes whose blob is just being deleted
// waits for that and keeps its own.
func TestSameBytesWhileDeleted(t *testing.T) {
	w := start(t)
	first := w.upload("a.txt", "the same bytes", 99)
	if err := w.store.DeleteFile(t.Context(), first, nil); err != nil {
		t.Fatal(err)
	}
	second := w.upload("b.txt", "the same bytes", 99)
	if got, err := w.download(w.token(w.bob, false, ""), second, 99); got != "the same bytes" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	left, err := w.store.ListLeftovers(t.Context(), 9)
	if err != nil || len(left) != 0 {
		t.Errorf("leftovers %v, %v", left, err)
	}
}

// TestOneAtATime: the same chunk from many at once is taken once.
func TestOneAtATime(t *testing.T) {
	w := start(t)
	token := w.token(w.alice, true, "a.txt")
	id, err := w.Begin(t.Context(), token, w.room.GUID, "txt")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := w.send(token, id, "text", 0, 4); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(w.entries(chat.EntryUpload)); n != 1 {
		t.Errorf("%d uploads are on record", n)
	}
}

// scanner finds a word, unless it fails.
type scanner struct {
	brokenBlobs
}

func (s *scanner) Scan(_ context.Context, name string, size int64, r io.Reader) (string, error) {
	data, err := io.ReadAll(r)
	switch {
	case s.get() != nil:
		return "", s.get()
	case err != nil || int64(len(data)) != size || name == "":
		return "", errors.Join(err, errors.New("the scanner was given something else"))
	case strings.Contains(string(data), "virus"):
		return "Test.Virus", nil
	}
	return "", nil
}

// TestScan: a file waits visibly until it is clean, is put into quarantine with
// the reason otherwise, and is never handed out unseen.
func TestScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := &scanner{}
		w := start(t, func(c *filestore.Config) { c.Scanner = sc })
		sc.set(errors.New("connection refused"))
		good, bad := w.upload("good.txt", "good text", 99), w.upload("bad.txt", "a virus", 99)
		synctest.Wait()
		down := w.token(w.bob, false, "")
		for _, id := range []string{good, bad} {
			_, err := w.Read(t.Context(), down, w.room.GUID, id, 0, 9)
			kindIs(t, "a file that waits", err, chat.KindBusy)
			if !strings.Contains(err.Error(), "the scanner does not answer") {
				t.Errorf("it says %v", err)
			}
		}
		sc.set(nil)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if got, err := w.download(down, good, 99); got != "good text" || err != nil {
			t.Errorf("the clean file: %q, %v", got, err)
		}
		_, err := w.Read(t.Context(), down, w.room.GUID, bad, 0, 9)
		kindIs(t, "a file in quarantine", err, chat.KindForbidden)
		if !strings.Contains(chat.TextOf(err), "Test.Virus") {
			t.Errorf("it says %v", err)
		}
		if _, err := w.Size(t.Context(), down, w.room.GUID, bad); chat.KindOf(err) != chat.KindForbidden {
			t.Errorf("its size: %v", err)
		}
		if n := len(w.entries(chat.EntryDownload)); n != 1 {
			t.Errorf("%d downloads on record", n)
		}
		causes := map[string]string{}
		for _, e := range w.entries(chat.EntryFile) {
			causes[fileIn(t, &e).Name] = e.Cause
		}
		if causes["good.txt"] != "scanned: nothing found" || causes["bad.txt"] != "quarantined: Test.Virus" {
			t.Errorf("on record: %v", causes)
		}
		w.halt()
	})
}

// slowScanner finds nothing, after a pause.
type slowScanner struct{}

func (slowScanner) Scan(context.Context, string, int64, io.Reader) (string, error) {
	time.Sleep(time.Minute)
	return "", nil
}

// TestWatchPosted: a file that a message links to since its scan began, or before it
// was whole, is told of with that message.
func TestWatchPosted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(c *filestore.Config) { c.Scanner = slowScanner{} })
		var told []string // by one goroutine at a time
		defer w.Watch(func(f chat.File) { told = append(told, fmt.Sprint(f.State, f.Posted)) })()
		w.post(w.upload("a.txt", "text", 99))
		token := w.token(w.alice, true, "b.txt")
		id, err := w.Begin(t.Context(), token, w.room.GUID, "b.txt")
		if err != nil {
			t.Fatal(err)
		}
		w.post(id)
		if err := w.send(token, id, "text", 0, 4); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		want := []string{fmt.Sprint(chat.FileWaiting, 0), fmt.Sprint(chat.FileWaiting, 2), fmt.Sprint(chat.FileClean, 1), fmt.Sprint(chat.FileClean, 2)}
		if !slices.Equal(told, want) {
			t.Errorf("told is %v, want %v", told, want)
		}
		w.halt()
	})
}

// TestQuarantine: an administrator has a file in quarantine scanned again, or lets
// it go, on record.
func TestQuarantine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(c *filestore.Config) { c.Scanner = &scanner{} })
		good, bad := w.upload("good.txt", "good text", 99), w.upload("bad.txt", "a virus", 99)
		synctest.Wait()
		down := w.token(w.bob, false, "")
		kindIs(t, "releasing a clean file", w.Release(t.Context(), good), chat.KindInvalid)
		kindIs(t, "scanning no file again", w.Rescan(t.Context(), "none"), chat.KindNoSuchObject)
		if err := w.Rescan(t.Context(), bad); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if f := w.found(bad); f.State != chat.FileQuarantined || f.Reason != "Test.Virus" {
			t.Errorf("scanned again it is %v: %s", f.State, f.Reason)
		}
		if err := w.Release(chat.WithOperator(t.Context(), "os:root"), bad); err != nil {
			t.Error(err)
		}
		if got, err := w.download(down, bad, 99); got != "a virus" || err != nil {
			t.Errorf("the released file: %q, %v", got, err)
		}
		if notes := w.entries(chat.EntryFile); notes[len(notes)-1].Cause != "released by an administrator: Test.Virus" || notes[len(notes)-1].ActorURI != "os:root" {
			t.Errorf("on record: %+v", notes)
		}
		w.halt()
	})
}

// TestScannerGone: files that waited when scanning was switched off are released,
// on record, and none can be scanned again.
func TestScannerGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sc := &scanner{}
		w := start(t, func(c *filestore.Config) { c.Scanner = sc })
		bad := w.upload("bad.txt", "a virus", 99)
		synctest.Wait()
		sc.set(errors.New("connection refused"))
		late := w.upload("late.txt", "late", 99)
		synctest.Wait()
		w.halt()
		w.restart()
		synctest.Wait()
		if f := w.found(late); f.State != chat.FileClean || f.Reason != "" {
			t.Errorf("without a scanner it is %v: %s", f.State, f.Reason)
		}
		if f := w.found(bad); f.State != chat.FileQuarantined {
			t.Errorf("what was in quarantine is %v", f.State)
		}
		kindIs(t, "scanning again without a scanner", w.Rescan(t.Context(), bad), chat.KindInvalid)
		causes := ""
		for _, e := range w.entries(chat.EntryFile) {
			causes += e.Cause + "; "
		}
		if causes != "quarantined: Test.Virus; released: no scanner is configured any more; " {
			t.Errorf("on record: %s", causes)
		}
		w.halt()
	})
}
