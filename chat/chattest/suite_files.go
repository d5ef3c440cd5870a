package chattest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"perch/chat"
)

var fileTests = map[string]func(t *testing.T, w *world){
	"Files/tokens":                               testFileTokens,
	"Files/every field is kept":                  testFileFields,
	"Files/changes need the state they are from": testFileStates,
	"Files/unfinished ones are bounded":          testFilesBounded,
	"Files/are listed by state":                  testFilesListed,
	"Files/are posted by messages":               testFilesPosted,
	"Files/posted ones are listed":               testFilesOfRoom,
	"Files/unposted ones are found":              testFilesUnposted,
	"Files/what they leave":                      testFileLeftovers,
	"Files/one of many changes wins":             testFileCollision,
	"Files/texts are kept byte for byte":         testFileTexts,
}

// tokenOf is a token of a user's.
func tokenOf(user chat.PrincipalID) chat.FileToken {
	return chat.FileToken{Token: fmt.Sprint("token of ", user), User: user, Room: 1, Upload: true, Name: "Prices.txt", Endpoint: "e", Client: "UCCAPI/15", Expires: 100}
}

// fileOf is the id of one of the files that a user is equipped with.
func fileOf(user chat.PrincipalID, name string) string { return fmt.Sprint(name, "-", user) }

// file is an unfinished file of alice's in room 0.
func (w *world) file(id string) chat.File {
	return chat.File{ID: id, Room: w.rooms[0].ID, Uploader: w.alice, Token: "t", Name: "Prices.txt", State: chat.FileUnfinished, At: 50}
}

// upload stores a file that has been uploaded.
func (w *world) upload(t testing.TB, id, hash string, at chat.Time) chat.File {
	t.Helper()
	f := w.file(id)
	check(t, w.CreateFile(t.Context(), f, everything))
	f.Size, f.SHA256, f.Type, f.State, f.At = 5, hash, "text/plain", chat.FileClean, at
	check(t, w.UpdateFile(t.Context(), f, chat.FileUnfinished, nil))
	return f
}

func (w *world) found(t testing.TB, id string) chat.File {
	t.Helper()
	return must(w.FindFile(t.Context(), id))(t)
}

func testFileTokens(t *testing.T, w *world) {
	ctx := t.Context()
	_, err := w.FindFileToken(ctx, "none")
	kindIs(t, err, chat.KindInvalidToken)
	a, b := tokenOf(w.alice), tokenOf(w.bob)
	b.Upload, b.Expires = false, 200
	check(t, w.CreateFileToken(ctx, a, 10))
	check(t, w.CreateFileToken(ctx, b, 100)) // a expires at that moment
	for _, want := range []chat.FileToken{a, b} {
		same(t, "token", want, must(w.FindFileToken(ctx, want.Token))(t))
	}
	w.refused(t, chat.KindInvalid, func(ctx context.Context) error { return w.CreateFileToken(ctx, b, 0) })
	c := a
	c.Token = "later"
	check(t, w.CreateFileToken(ctx, c, 101))
	_, err = w.FindFileToken(ctx, a.Token)
	kindIs(t, err, chat.KindInvalidToken)
	same(t, "the other", b, must(w.FindFileToken(ctx, b.Token))(t))
}

func testFileFields(t *testing.T, w *world) {
	ctx := t.Context()
	_, err := w.FindFile(ctx, "a.txt")
	kindIs(t, err, chat.KindNoSuchObject)
	f := w.file("a.txt")
	f.Size, f.SHA256, f.Type, f.Reason = 1, "hash", "type", "why"
	check(t, w.CreateFile(ctx, f, 1))
	same(t, "created", f, w.found(t, f.ID))
	head := must(w.JournalHead(ctx))(t)
	changed := chat.File{ID: f.ID, Room: 99, Uploader: 99, Token: "other", Name: "b", Size: 1 << 40, SHA256: "2", Type: "3", State: chat.FileQuarantined, Reason: "4", At: 60, Posted: 9}
	e := []chat.Entry{{Kind: chat.EntryUpload, At: 1, Actor: w.alice, Room: f.Room, Detail: "{}"}, {Kind: chat.EntryFile, At: 2}}
	check(t, w.UpdateFile(ctx, changed, chat.FileUnfinished, e))
	changed.Room, changed.Uploader, changed.Token, changed.Posted = f.Room, f.Uploader, f.Token, 0
	same(t, "changed", changed, w.found(t, f.ID))
	for i := range e {
		e[i].ID = head + chat.EntryID(i+1)
	}
	same(t, "entries", e, must(w.ListEntries(ctx, head, 10))(t))
	w.refused(t, chat.KindDuplicateName, func(ctx context.Context) error { return w.CreateFile(ctx, w.file("a.txt"), 9) })
	w.refused(t, chat.KindNoSuchRoom, func(ctx context.Context) error {
		other := w.file("b.txt")
		other.Room = 4711
		return w.CreateFile(ctx, other, 9)
	})
}

func testFileStates(t *testing.T, w *world) {
	f := w.file("a.txt")
	check(t, w.CreateFile(t.Context(), f, 1))
	entry := []chat.Entry{{Kind: chat.EntryFile}}
	for _, from := range []chat.FileState{chat.FileWaiting, chat.FileClean, chat.FileQuarantined, 0} {
		w.refused(t, chat.KindCollision, func(ctx context.Context) error { return w.UpdateFile(ctx, f, from, entry) })
	}
	check(t, w.UpdateFile(t.Context(), f, chat.FileUnfinished, nil)) // to the same
	f.ID = "b.txt"
	w.refused(t, chat.KindNoSuchObject, func(ctx context.Context) error { return w.UpdateFile(ctx, f, chat.FileUnfinished, entry) })
}

func testFilesBounded(t *testing.T, w *world) {
	for i := range 3 {
		check(t, w.CreateFile(t.Context(), w.file(fmt.Sprint(i)), 3))
	}
	w.refused(t, chat.KindLimit, func(ctx context.Context) error { return w.CreateFile(ctx, w.file("3"), 3) })
	bob := w.file("bob's")
	bob.Uploader = w.bob
	check(t, w.CreateFile(t.Context(), bob, 1))
	done := w.found(t, "1")
	done.State = chat.FileWaiting
	check(t, w.UpdateFile(t.Context(), done, chat.FileUnfinished, nil))
	check(t, w.CreateFile(t.Context(), w.file("3"), 3))
}

func testFilesListed(t *testing.T, w *world) {
	for _, id := range []string{"c", "a", "b"} {
		check(t, w.CreateFile(t.Context(), w.file(id), 9))
	}
	w.upload(t, "clean", "h", 1)
	for _, c := range []struct {
		state chat.FileState
		after string
		n     int
		want  string
	}{
		{chat.FileUnfinished, "", 9, "abc"},
		{chat.FileUnfinished, "a", 9, "bc"},
		{chat.FileUnfinished, "", 2, "ab"},
		{chat.FileUnfinished, "c", 9, ""},
		{chat.FileUnfinished, "", 0, ""},
		{chat.FileUnfinished, "", -1, ""},
		{chat.FileClean, "", 9, "clean"},
		{chat.FileWaiting, "", 9, ""},
	} {
		got := ""
		for _, f := range must(w.ListFiles(t.Context(), c.state, c.after, c.n))(t) {
			got += f.ID
		}
		same(t, fmt.Sprint(c), c.want, got)
	}
}

func testFilesPosted(t *testing.T, w *world) {
	a, b := w.upload(t, "a", "1", 1), w.upload(t, "b", "2", 1)
	send := func(room int, ids ...string) {
		t.Helper()
		batch := post("look ", w.rooms[room])
		batch.Drafts[0].Files = ids
		must(w.Append(t.Context(), batch))(t)
	}
	send(1, "a")          // of another room
	send(0)               // 1
	send(0, "x", "b")     // 2
	send(0, "b", "a", "") // 3
	a.Posted, b.Posted = 3, 2
	same(t, "a", a, w.found(t, "a"))
	same(t, "b", b, w.found(t, "b"))

	gone := post("lost ", w.rooms[0], chat.Room{ID: 4711})
	w.upload(t, "c", "3", 1)
	gone.Drafts[0].Files = []string{"c"}
	w.refused(t, chat.KindNoSuchRoom, func(ctx context.Context) error { return drop(w.Append(ctx, gone)) })
	same(t, "linked by a batch that failed", chat.MessageID(0), w.found(t, "c").Posted)
}

// testFilesOfRoom: newest first, those of a message together, and none that was
// posted by what cannot be read any more.
func testFilesOfRoom(t *testing.T, w *world) {
	ctx := t.Context()
	var at chat.Time
	send := func(room int, unlogged bool, ids ...string) {
		t.Helper()
		for _, id := range ids {
			f := w.file(id)
			f.Room = w.rooms[room].ID
			check(t, w.CreateFile(ctx, f, everything))
		}
		batch := post("look ", w.rooms[room])
		at += 10
		batch.Drafts[0].Files, batch.Drafts[0].Unlogged, batch.Drafts[0].At = ids, unlogged, at
		must(w.Append(ctx, batch))(t)
	}
	check(t, w.CreateFile(ctx, w.file("never posted"), everything))
	send(0, false, "early")          // 1
	send(1, false, "elsewhere")      //
	send(0, false)                   // 2
	send(0, false, "b", "c", "a")    // 3
	send(0, true, "unlogged")        // 4
	send(0, false, "late")           // 5
	send(0, false, "taken out soon") // 6
	w.change(t, w.rooms[0], nil, 6)
	want := func(before chat.MessageID, n int, want ...string) {
		t.Helper()
		got := []string{}
		for _, f := range must(w.ListPosted(ctx, w.rooms[0].ID, before, n))(t) {
			got = append(got, f.ID)
			same(t, "the file", f, w.found(t, f.ID))
		}
		same(t, fmt.Sprintf("%d below %d", n, before), append([]string{}, want...), got)
	}
	want(0, 9, "late", "a", "b", "c", "early")
	want(0, 1, "late")
	want(0, 2, "late", "a", "b", "c")
	want(0, 4, "late", "a", "b", "c")
	want(0, 5, "late", "a", "b", "c", "early")
	want(5, 1, "a", "b", "c")
	want(3, 9, "early")
	want(1, 9)
	want(0, 0)
	want(0, -1)
	same(t, "of no room", 0, len(must(w.ListPosted(ctx, 4711, 0, 9))(t)))
	w.purge(t, w.rooms[0], 50) // up to 3
	want(0, 9, "late")
}

func testFilesUnposted(t *testing.T, w *world) {
	check(t, w.CreateFile(t.Context(), w.file("unfinished"), 9)) // at 50
	w.upload(t, "early", "1", 100)
	w.upload(t, "late", "2", 200)
	w.upload(t, "posted", "3", 100)
	batch := post("look ", w.rooms[0])
	batch.Drafts[0].Files = []string{"posted"}
	must(w.Append(t.Context(), batch))(t)
	for _, c := range []struct {
		begun, uploaded chat.Time
		n               int
		want            string
	}{
		{50, 100, 9, ""},
		{51, 100, 9, "unfinished "},
		{50, 101, 9, "early "},
		{51, 201, 9, "early late unfinished "},
		{51, 201, 2, "early late "},
		{201, 0, 9, "unfinished "},
		{51, 201, 0, ""},
		{51, 201, -1, ""},
	} {
		got := ""
		for _, f := range must(w.ListUnposted(t.Context(), c.begun, c.uploaded, c.n))(t) {
			got += f.ID + " "
		}
		same(t, fmt.Sprint(c), c.want, got)
	}
}

func testFileLeftovers(t *testing.T, w *world) {
	ctx := t.Context()
	w.upload(t, "a", "same", 1)
	w.upload(t, "b", "same", 1)
	w.upload(t, "c", "posted", 1)
	batch := post("look ", w.rooms[0])
	batch.Drafts[0].Files = []string{"c"}
	must(w.Append(ctx, batch))(t)
	remove := func(id string) func(ctx context.Context) error {
		return func(ctx context.Context) error { return w.DeleteFile(ctx, id, []chat.Entry{{Kind: chat.EntryFile}}) }
	}
	left := func(want ...string) {
		t.Helper()
		same(t, "leftovers", want, must(w.ListLeftovers(ctx, 9))(t))
	}
	w.refused(t, chat.KindCollision, remove("c"))
	w.refused(t, chat.KindNoSuchObject, remove("d"))
	head := must(w.JournalHead(ctx))(t)
	check(t, remove("a")(ctx))
	left() // b has the same bytes
	check(t, remove("b")(ctx))
	left("same")
	same(t, "entries", head+2, must(w.JournalHead(ctx))(t))

	// While its blob is being deleted, nobody may have a file of that hash.
	next := w.file("next")
	check(t, w.CreateFile(ctx, next, 9))
	next.SHA256 = "same"
	known := func(ctx context.Context) error { return w.UpdateFile(ctx, next, chat.FileUnfinished, nil) }
	w.refused(t, chat.KindBusy, known)
	check(t, w.DeleteLeftover(ctx, "same"))
	check(t, w.DeleteLeftover(ctx, "same"))
	check(t, known(ctx))
	left()
	check(t, remove("next")(ctx))
	check(t, w.CreateFile(ctx, w.file("without bytes"), 9))
	check(t, remove("without bytes")(ctx))
	w.upload(t, "z", "a first", 1)
	check(t, remove("z")(ctx))
	left("a first", "same")
	same(t, "one", []string{"a first"}, must(w.ListLeftovers(ctx, 1))(t))
	same(t, "none", []string{}, must(w.ListLeftovers(ctx, -1))(t))
}

func testFileCollision(t *testing.T, w *world) {
	check(t, w.CreateFile(t.Context(), w.file("a"), 9))
	var wg sync.WaitGroup
	var won atomic.Int32
	for range 6 {
		wg.Go(func() {
			f := w.file("a")
			f.State = chat.FileWaiting
			if err := w.UpdateFile(t.Context(), f, chat.FileUnfinished, []chat.Entry{{Kind: chat.EntryUpload}}); err == nil {
				won.Add(1)
			} else {
				kindIs(t, err, chat.KindCollision)
			}
		})
	}
	wg.Wait()
	same(t, "winners", int32(1), won.Load())
}

func testFileTexts(t *testing.T, w *world) {
	for i, text := range texts {
		f := w.file(text)
		f.Token, f.Name, f.SHA256, f.Type, f.Reason = text, text, text, text, text
		check(t, w.CreateFile(t.Context(), f, everything))
		same(t, "file", f, w.found(t, f.ID))
		k := tokenOf(w.alice)
		k.Token, k.Name, k.Endpoint, k.Client, k.Expires = text, text, text, text, chat.Time(i+1)
		check(t, w.CreateFileToken(t.Context(), k, 0))
		same(t, "token", k, must(w.FindFileToken(t.Context(), text))(t))
	}
}
