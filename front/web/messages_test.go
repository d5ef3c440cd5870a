package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/front/web"
	"perch/front/web/api"
)

// TestPost: everybody in the room gets a post, the author with his client_id; who
// posts without being there leaves no trace of coming and going.
func TestPost(t *testing.T) {
	w := onDisk(t)
	alice, bob := w.as("alice"), w.as("bob")
	a, b := alice.connect(), bob.connect()
	a.join("Rates")
	b.join("Rates")
	a.expect(api.ServerFrameTypePeople) // bob
	joins := len(w.entries(chat.EntryJoin))
	m := w.as("carol").post("Rates", "VOD.L bid 71", "c-1")
	if m.Id != 1 || m.Text != "VOD.L bid 71" || m.AuthorName != "Carol Archer" || *m.ClientId != "c-1" || m.Author != w.users["carol"].GUID {
		t.Errorf("carol's post is answered %+v", m)
	}
	for _, k := range []*socket{a, b} {
		f := k.expect(api.ServerFrameTypeMessage)
		if f.Message.Id != 1 || f.Message.Text != "VOD.L bid 71" || f.Message.ClientId != nil || *f.Room != w.room("Rates") {
			t.Errorf("%s gets %+v", k.name, f.Message)
		}
		for _, f := range k.ping() {
			if f.Type == api.ServerFrameTypePeople {
				t.Errorf("%s is told that somebody came or went: %+v", k.name, f)
			}
		}
	}
	bob.post("Rates", "lifted", "b-1")
	if f := b.expect(api.ServerFrameTypeMessage); f.Message.Id != 2 || f.Message.ClientId == nil || *f.Message.ClientId != "b-1" {
		t.Errorf("bob's own post comes as %+v", f.Message)
	}
	if f := a.expect(api.ServerFrameTypeMessage); f.Message.ClientId != nil {
		t.Errorf("alice learns bob's client_id: %+v", f.Message)
	}
	if n := len(w.entries(chat.EntryJoin)) + len(w.entries(chat.EntryPart)); n != joins {
		t.Errorf("%d joins and parts are on record, want %d", n, joins)
	}
	if posts := w.entries(chat.EntryPost); len(posts) != 2 || posts[0].ActorURI != "sip:carol@example.test" || posts[0].Endpoint == "" {
		t.Errorf("on record: %+v", posts)
	}
}

// TestPostOnce: a post that is tried again is stored once, also by several at a
// time, and its client_id stands for nothing else.
func TestPostOnce(t *testing.T) {
	w := onDisk(t)
	alice := w.as("alice")
	k := w.as("bob").connect()
	k.join("Rates")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if m := alice.post("Rates", "once", "same"); m.Id != 1 {
				t.Errorf("a try became message %d", m.Id)
			}
		})
	}
	wg.Wait()
	alice.post("Rates", "twice", "other")
	alice.refused("POST", "/rooms/"+w.room("Rates")+"/messages", api.NewMessage{Text: "another", ClientId: "same"}, http.StatusConflict, "collision")
	alice.refused("POST", "/rooms/"+w.room("Metals")+"/messages", api.NewMessage{Text: "once", ClientId: "same"}, http.StatusConflict, "collision")
	for i, want := range []string{"once", "twice"} {
		if f := k.expect(api.ServerFrameTypeMessage); f.Message.Id != int64(i+1) || f.Message.Text != want {
			t.Errorf("bob gets %+v", f.Message)
		}
	}
	var page api.Page
	alice.get("/rooms/"+w.room("Rates")+"/messages", &page)
	if len(page.Messages) != 2 || page.Head != 2 {
		t.Errorf("the room holds %+v", page)
	}
}

// TestRefusedPosts: each says why.
func TestRefusedPosts(t *testing.T) {
	w := inMemory(t)
	w.addRoomsAs(
		channel.RoomSpec{Name: "Closed", Category: "All", Privacy: chat.Closed},
		channel.RoomSpec{Name: "Hidden", Category: "All", Privacy: chat.Secret},
		channel.RoomSpec{Name: "Stage", Category: "All", Privacy: chat.Open, Behavior: chat.Auditorium},
	)
	bob := w.as("bob")
	title := ""
	for what, c := range map[string]struct {
		room   string
		in     api.NewMessage
		status int
		code   string
	}{
		"blank":          {"Rates", api.NewMessage{Text: " ", ClientId: "1"}, http.StatusBadRequest, "invalid"},
		"no id":          {"Rates", api.NewMessage{Text: "x"}, http.StatusBadRequest, "invalid"},
		"too long":       {"Rates", api.NewMessage{Text: string(make([]byte, 9000)), ClientId: "1"}, http.StatusRequestEntityTooLarge, "too-large"},
		"not a member":   {"Closed", api.NewMessage{Text: "x", ClientId: "1"}, http.StatusForbidden, "forbidden"},
		"hidden":         {"Hidden", api.NewMessage{Text: "x", ClientId: "1"}, http.StatusNotFound, "no-such-room"},
		"no presenter":   {"Stage", api.NewMessage{Text: "x", ClientId: "1"}, http.StatusForbidden, "forbidden"},
		"untitled story": {"Rates", api.NewMessage{Text: "x", ClientId: "1", Title: &title}, http.StatusBadRequest, "invalid"},
		"unknown file":   {"Rates", api.NewMessage{Text: "x", ClientId: "1", Files: &[]string{"nothing"}}, http.StatusNotFound, "no-such-object"},
	} {
		e := bob.refused("POST", "/rooms/"+w.room(c.room)+"/messages", c.in, c.status, c.code)
		t.Log(what, e.Error)
	}
	bob.refused("POST", "/rooms/00000000-0000-0000-0000-000000000000/messages", api.NewMessage{Text: "x", ClientId: "1"}, http.StatusNotFound, "no-such-room")
	if n := len(w.entries(chat.EntryPost)); n != 0 {
		t.Errorf("%d posts were stored", n)
	}
}

// TestPages reads parts of a history.
func TestPages(t *testing.T) {
	w := onDisk(t)
	alice := w.as("alice")
	var middle time.Time
	for i := range 20 {
		if m := alice.post("Rates", fmt.Sprint("line ", i+1), fmt.Sprint(i)); i == 11 {
			middle = m.At
		}
	}
	for query, want := range map[string]struct {
		first, last   int64
		before, after bool
	}{
		"":                  {1, 20, false, false},
		"limit=5":           {16, 20, true, false},
		"before=6&limit=3":  {3, 5, true, true},
		"before=4&limit=9":  {1, 3, false, true},
		"after=17":          {18, 20, true, false},
		"after=0&limit=4":   {1, 4, false, true},
		"around=10&limit=6": {8, 13, true, true},
		"around=20&limit=4": {19, 20, true, false},
		"after=20":          {0, 0, true, false},
		"before=1":          {0, 0, false, true},
		"limit=3&at=" + url.QueryEscape(middle.Format(time.RFC3339Nano)):                       {12, 14, true, true},
		"at=" + url.QueryEscape(middle.Add(time.Hour).Format(time.RFC3339Nano)):                {0, 0, true, false},
		"limit=2&at=" + url.QueryEscape(middle.Add(-time.Hour).UTC().Format(time.RFC3339Nano)): {1, 2, false, true},
	} {
		var p api.Page
		alice.get("/rooms/"+w.room("Rates")+"/messages?"+query, &p)
		var first, last int64
		if n := len(p.Messages); n > 0 {
			first, last = p.Messages[0].Id, p.Messages[n-1].Id
		}
		if first != want.first || last != want.last || p.Before != want.before || p.After != want.after || p.Head != 20 || p.First != 1 {
			t.Errorf("%s: %d to %d, before %v, after %v, first %d, head %d; want %+v", query, first, last, p.Before, p.After, p.First, p.Head, want)
		}
	}
	alice.refused("GET", "/rooms/"+w.room("Rates")+"/messages?before=3&after=1", nil, http.StatusBadRequest, "invalid")
	read := w.entries(chat.EntryHistory)
	if len(read) != 13 || read[0].ActorURI != "sip:alice@example.test" {
		t.Errorf("%d reads are on record", len(read))
	}
}

// TestPagesAfterPurge: what was purged is not there, and what is left is told.
func TestPagesAfterPurge(t *testing.T) {
	w := onDisk(t)
	alice := w.as("alice")
	var until time.Time
	for i := range 6 {
		if m := alice.post("Rates", "line", fmt.Sprint(i)); i == 2 {
			until = m.At
		}
	}
	if _, err := w.svc.Purge(t.Context(), "Rates", chat.At(until)); err != nil {
		t.Fatal(err)
	}
	var p api.Page
	revised := int64(0)
	isRevised := func(by string) { // also to who was away and comes back
		t.Helper()
		now := *(*alice.connect().join("Rates").Rooms)[0].Revised
		if p.Revised <= revised || now != p.Revised {
			t.Errorf("by %s, revised went from %d to %d for who reads, and %d for who joins", by, revised, p.Revised, now)
		}
		revised = p.Revised
	}
	alice.get("/rooms/"+w.room("Rates")+"/messages?at="+url.QueryEscape(until.Format(time.RFC3339Nano)), &p)
	if len(p.Messages) != 3 || p.Messages[0].Id != 4 || p.First != 4 || p.Before || p.Messages[0].Changed != nil {
		t.Errorf("after a purge: %+v", p)
	}
	isRevised("a purge")
	if _, err := w.svc.ReplaceMessages(t.Context(), channel.MessageFilter{Room: "Rates", Text: "line"}, "withdrawn"); err != nil {
		t.Fatal(err)
	}
	alice.get("/rooms/"+w.room("Rates")+"/messages", &p)
	if m := p.Messages[0]; m.Text != "withdrawn" || m.Changed == nil || *m.Changed != api.MessageChangedReplaced {
		t.Errorf("after it was replaced: %+v", m)
	}
	isRevised("a replacement")
	alice.post("Rates", "line", "one more")
	if alice.get("/rooms/"+w.room("Rates")+"/messages", &p); p.Revised != revised {
		t.Errorf("by a post, revised went from %d to %d", revised, p.Revised)
	}
}

// TestHistoryIsRefused: by who may not read, on record; a room without history shows
// none to who is in it.
func TestHistoryIsRefused(t *testing.T) {
	w := inMemory(t)
	w.addRoomsAs(channel.RoomSpec{Name: "Hidden", Category: "All", Privacy: chat.Secret})
	bob := w.as("bob")
	bob.refused("GET", "/rooms/"+w.room("Hidden")+"/messages", nil, http.StatusNotFound, "no-such-room")
	if d := w.entries(chat.EntryDenied); len(d) != 1 || d[0].RoomName != "Hidden" || d[0].ActorURI != "sip:bob@example.test" {
		t.Errorf("on record: %+v", d)
	}
	_, err := w.svc.CreateCategory(t.Context(), channel.CategorySpec{Name: "Off", Allowed: []chat.PrincipalID{w.dir.Domain()}, NoHistory: true})
	w.must(err)
	w.addRoomsAs(channel.RoomSpec{Name: "Ephemeral", Category: "Off", Privacy: chat.Open})
	k := bob.connect()
	bob.follow("Ephemeral")
	k.expect(api.ServerFrameTypeJoined)
	w.as("alice").post("Ephemeral", "gone soon", "1")
	if f := k.expect(api.ServerFrameTypeMessage); f.Message.Text != "gone soon" {
		t.Errorf("bob gets %+v", f)
	}
	var p api.Page
	bob.get("/rooms/"+w.room("Ephemeral")+"/messages", &p)
	if len(p.Messages) != 0 || p.Head != 1 {
		t.Errorf("a room without history shows %+v", p)
	}
}

// TestStory: a story has its title apart, and old clients' form on record.
func TestStory(t *testing.T) {
	w := inMemory(t)
	title, yes := "Weekly  \nreview", true
	var m api.Message
	w.as("alice").do("POST", "/rooms/"+w.room("Rates")+"/messages", api.NewMessage{Text: "All quiet.\nReally.", Title: &title, Alert: &yes, ClientId: "1"}, http.StatusCreated, &m)
	if m.Title == nil || *m.Title != "Weekly review" || m.Text != "All quiet.\nReally." || m.Alert == nil || !*m.Alert {
		t.Errorf("the story is %+v", m)
	}
	if e := w.entries(chat.EntryPost); e[0].Text != "[STORY]Weekly review\nAll quiet.\nReally." {
		t.Errorf("posted as %q", e[0].Text)
	}
}

// TestFiles: links that old clients understand are posted for files, and files are
// shown for links; those of others and of other rooms are not.
func TestFiles(t *testing.T) {
	w := onDisk(t)
	ctx := t.Context()
	add := func(id, room, by string, state chat.FileState) {
		f := chat.File{ID: id, Room: w.rooms[room].ID, Uploader: w.users[by].ID, Name: "a b.pdf", Size: 5, Type: "application/pdf", State: chat.FileUnfinished, At: 1}
		w.must(w.store.CreateFile(ctx, f, 100))
		f.State, f.SHA256 = state, "00"
		w.must(w.store.UpdateFile(ctx, f, chat.FileUnfinished, nil))
	}
	const one, other, his = "11111111-2222-3333-4444-555555555555.pdf", "11111111-2222-3333-4444-666666666666.pdf", "11111111-2222-3333-4444-777777777777.pdf"
	add(one, "Rates", "alice", chat.FileClean)
	add(other, "Metals", "alice", chat.FileClean)
	add(his, "Rates", "bob", chat.FileWaiting)
	alice := w.as("alice")
	k := w.as("bob").connect()
	k.join("Rates")
	var m api.Message
	path := "/rooms/" + w.room("Rates") + "/messages"
	alice.do("POST", path, api.NewMessage{Text: "look", Files: &[]string{one}, ClientId: "1"}, http.StatusCreated, &m)
	link := "ma-filelink://example.test/" + w.room("Rates") + "/" + one + "?name=a%20b.pdf&size=5"
	if m.Text != "look\n"+link || m.Files == nil || len(*m.Files) != 1 || (*m.Files)[0].Id != one || (*m.Files)[0].Link != link || (*m.Files)[0].State != api.FileStateClean {
		t.Errorf("posted %+v", m)
	}
	if f := k.expect(api.ServerFrameTypeMessage); f.Message.Files == nil || (*f.Message.Files)[0].Name != "a b.pdf" {
		t.Errorf("bob gets %+v", f.Message)
	}
	for _, id := range []string{other, his} {
		alice.refused("POST", path, api.NewMessage{Text: "look", Files: &[]string{id}, ClientId: "2"}, http.StatusNotFound, "no-such-object")
	}
	if m := alice.post("Rates", "ma-filelink://x/"+other, "3"); m.Files != nil {
		t.Errorf("a file of another room is shown: %+v", m)
	}
	f, err := w.store.FindFile(ctx, one)
	w.must(err)
	if f.Posted != 1 {
		t.Errorf("the file was posted by message %d", f.Posted)
	}
	f.State = chat.FileQuarantined
	web.FileChanged(w.web, f)
	if got := k.expect(api.ServerFrameTypeFile); got.File.State != api.FileStateQuarantined || *got.Room != w.room("Rates") {
		t.Errorf("bob is told %+v", got.File)
	}
}
