package filestore_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"perch/blob/dir"
	"perch/chat"
	"perch/chat/chattest"
	"perch/compliance"
	"perch/filestore"
)

// world is a file service with a room, a category and two users.
type world struct {
	*filestore.Service
	t           *testing.T
	store       chat.Store
	blobs       filestore.Blobs
	spool       string
	alice, bob  chat.Principal
	room, other chat.Room

	mu       sync.Mutex // guards the fields below
	category chat.Category
	refused  map[chat.PrincipalID]error
	now      time.Time
	maxKB    int
}

// start makes a world; change sets up its configuration.
func start(t *testing.T, change ...func(*filestore.Config)) *world {
	t.Helper()
	w := &world{t: t, store: chattest.NewStore(), spool: filepath.Join(t.TempDir(), "uploads"), maxKB: 20000, now: time.Unix(1_800_000_000, 0), refused: map[chat.PrincipalID]error{}}
	ctx := t.Context()
	c, err := w.store.CreateCategory(ctx, chat.Category{GUID: uuid.NewString(), Name: "Trading", Files: true}, chat.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	w.category = c
	rooms, err := w.store.CreateRooms(ctx, []chat.Room{{GUID: "094f5a4a-c492-4f6b-91c2-385eba134fd3", Category: c.ID, Name: "Rates"}, {GUID: uuid.NewString(), Category: c.ID, Name: "Metals"}}, make([]chat.Entry, 2))
	if err != nil {
		t.Fatal(err)
	}
	w.room, w.other = rooms[0], rooms[1]
	people, err := w.store.CreatePrincipals(ctx, []chat.Principal{
		{GUID: uuid.NewString(), Kind: chat.KindUser, Name: "alice", URI: "sip:alice@example.test", DisplayName: "Alice Archer"},
		{GUID: uuid.NewString(), Kind: chat.KindUser, Name: "bob", URI: "sip:bob@example.test", DisplayName: "Bob Builder"},
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.alice, w.bob = people[0], people[1]
	if w.blobs, err = dir.Open(filepath.Join(t.TempDir(), "files"), w.now); err != nil {
		t.Fatal(err)
	}
	w.restart(change...)
	return w
}

// restart begins a new service on the same store, blobs and spool.
func (w *world) restart(change ...func(*filestore.Config)) {
	w.t.Helper()
	cfg := filestore.Config{
		Spool: w.spool, MaxFileKB: func() int { w.mu.Lock(); defer w.mu.Unlock(); return w.maxKB }, ChunkKB: 64,
		Now: w.clock, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	}
	for _, c := range change {
		c(&cfg)
	}
	w.Service = filestore.New(cfg, w.store, w.blobs, w)
	if err := w.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.halt)
}

func (w *world) halt() {
	if err := w.Stop(w.t.Context()); err != nil && w.t.Context().Err() == nil {
		w.t.Error(err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) { w.set(func() { w.now = w.now.Add(d) }) }

func (w *world) set(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// DeniedTransfer tells the journal of it.
func (w *world) DeniedTransfer(user chat.PrincipalID, room chat.RoomID, upload bool) (chat.Entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := chat.Entry{Kind: chat.EntryDenied, Actor: user, Room: room, Cause: "refused", Detail: fmt.Sprint(upload)}
	return e, w.refused[user] != nil
}

// MayTransfer refuses who is in w.refused, and is the suite's filestore.Rights.
func (w *world) MayTransfer(user chat.PrincipalID, room chat.RoomID, upload bool) (chat.Principal, *chat.Room, *chat.Category, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, r, c := w.alice, w.room, w.category
	if user == w.bob.ID {
		p = w.bob
	}
	if room == w.other.ID {
		r = w.other
	}
	err := w.refused[user]
	if err == nil && upload && !c.Files {
		err = chat.E(chat.KindForbidden, "the category takes no files")
	}
	return p, &r, &c, err
}

// token issues one.
func (w *world) token(p chat.Principal, upload bool, name string) string {
	w.t.Helper()
	token, err := w.Issue(w.t.Context(), filestore.Ticket{User: p.ID, Room: w.room.ID, Upload: upload, Name: name, Endpoint: "e1", Client: "UCCAPI/15"})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// upload uploads a file of alice's in chunks of a size and returns its id.
func (w *world) upload(name, content string, size int) string {
	w.t.Helper()
	token := w.token(w.alice, true, name)
	id, err := w.Begin(w.t.Context(), token, w.room.GUID, name)
	if err != nil {
		w.t.Fatal(err)
	}
	for at := 0; at < len(content) || at == 0; at += size {
		if err := w.send(token, id, content, at, min(at+size, len(content))); err != nil {
			w.t.Fatalf("chunk at %d: %v", at, err)
		}
	}
	return id
}

// send sends the part of a file from an offset to an end.
func (w *world) send(token, id, content string, from, to int) error {
	return w.Append(w.t.Context(), filestore.Chunk{
		Token: token, RoomGUID: w.room.GUID, File: id, Data: []byte(content[from:to]), Offset: int64(from), Length: int64(len(content)),
	})
}

// download reads a file whole.
func (w *world) download(token, id string, size int) (string, error) {
	var b strings.Builder
	for {
		data, err := w.Read(w.t.Context(), token, w.room.GUID, id, int64(b.Len()), size)
		if err != nil || len(data) == 0 {
			return b.String(), err
		}
		b.Write(data)
	}
}

// entries are the journal's of a kind.
func (w *world) entries(kind chat.EntryKind) (out []chat.Entry) {
	w.t.Helper()
	all, err := w.store.ListEntries(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// fileIn is the file that an entry is about, as the Compliance service reads it.
func fileIn(t *testing.T, e *chat.Entry) compliance.File {
	t.Helper()
	f, ok := compliance.FileOf(e)
	if !ok {
		if err := json.Unmarshal([]byte(e.Detail), &f); err != nil {
			t.Fatalf("entry %+v: %v", e, err)
		}
	}
	return f
}

func (w *world) found(id string) chat.File {
	w.t.Helper()
	f, err := w.store.FindFile(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// post posts a message that links to files.
func (w *world) post(ids ...string) {
	w.t.Helper()
	text := "ma-filelink:" + strings.Join(ids, " ma-filelink:")
	d := chat.Draft{Room: w.room.ID, Author: w.alice.ID, Text: text, Files: chat.FileLinks(text)}
	if _, err := w.store.Append(w.t.Context(), chat.Batch{Drafts: []chat.Draft{d}, Origins: make([]chat.Origin, 1)}); err != nil {
		w.t.Fatal(err)
	}
}

func kindIs(t *testing.T, what string, err error, k chat.Kind) {
	t.Helper()
	if err == nil || chat.KindOf(err) != k {
		t.Errorf("%s: error %v (%v), want kind %v", what, err, chat.KindOf(err), k)
	}
}

// denied checks that so many refusals are on record.
func (w *world) denied(want int) {
	w.t.Helper()
	list, err := w.store.ListEntries(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, e := range list {
		if e.Kind == chat.EntryDenied {
			n++
		}
	}
	if n != want {
		w.t.Errorf("%d refusals are on record, want %d", n, want)
	}
}
