package adapter_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/adapter"
)

var update = flag.Bool("update", false, "rewrite testdata/golden")

// listed is a source of events in memory.
type listed []chat.Entry

func (l listed) Events(ctx context.Context, first, last chat.EntryID, room chat.RoomID) iter.Seq2[*chat.Entry, error] {
	return func(yield func(*chat.Entry, error) bool) {
		for i := range l {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			e := l[i]
			if e.ID >= first && e.ID <= last && (room == compliance.EveryRoom || room == e.Room) && !yield(&e, nil) {
				return
			}
		}
	}
}

const start = chat.Time(1_795_453_200_000_000) // 2026-11-23T17:00:00Z

// batch is a batch of events, each a second after the other.
func batch(events ...chat.Entry) *compliance.Batch {
	b := &compliance.Batch{Number: 42, Opened: start - 1, Closed: start + 900_000_000, Events: len(events), People: map[chat.PrincipalID]compliance.Person{
		1: {ID: 1, GUID: "p1", URI: "sip:alice@example.test", Name: "alice", DisplayName: "Alice Liddell", Email: "alice@example.test", Company: "Looking Glass & Co", Groups: []string{"Desk", "Everybody"}},
		2: {ID: 2, GUID: "p2", URI: "sip:bob@example.test", Name: "bob"},
		3: {ID: 3, GUID: "p3", URI: "sip:eve@example.test", Name: "eve", DisplayName: "Ева"},
	}}
	rooms := map[chat.RoomID]*compliance.Conversation{}
	for i := range events {
		e := &events[i]
		e.ID, e.At = chat.EntryID(100+i), start+chat.Time(i)*1_000_000+123_456
		if e.Actor != 0 {
			p := b.People[e.Actor]
			e.ActorURI, e.ActorName = p.URI, p.DisplayName
		}
		if e.Room != 0 {
			e.RoomGUID, e.RoomName = fmt.Sprintf("0000-%d", e.Room), fmt.Sprintf("Room <%d> & \"co\"", e.Room)
		}
		c := rooms[e.Room]
		if c == nil {
			c = &compliance.Conversation{First: e.At}
			if e.Room != 0 {
				c.Room = compliance.Room{ID: e.Room, GUID: e.RoomGUID, Name: e.RoomName, URI: "ma-chan://example.test/" + e.RoomGUID, Description: "what it is for", Category: "Trading", Privacy: "closed", Type: "normal", Members: []chat.PrincipalID{1, 2}}
			}
			rooms[e.Room] = c
		}
		c.Events, c.Last = c.Events+1, e.At
	}
	if len(events) > 0 {
		b.First, b.Last = events[0].ID, events[len(events)-1].ID
	}
	for _, id := range slices.Sorted(maps.Keys(rooms)) {
		if id == 1 {
			rooms[id].Present = []compliance.Presence{{User: 3, Endpoint: "e3", Since: start - 60_000_000}}
		}
		b.Conversations = append(b.Conversations, *rooms[id])
	}
	b.Source = listed(events)
	return b
}

// session is a batch with everything in it.
func session() *compliance.Batch {
	file := `{"id":"f1.txt","name":"prices, \"final\".txt","size":1234,"sha256":"00ff"}`
	return batch(
		chat.Entry{Kind: chat.EntrySignIn, Actor: 1, Endpoint: "e1", Detail: `{"client":"UCCAPI/15"}`},
		chat.Entry{Kind: chat.EntryJoin, Actor: 1, Room: 1, Endpoint: "e1", Client: "UCCAPI/15"},
		chat.Entry{Kind: chat.EntryPost, Actor: 1, Room: 1, Message: 1, Text: "buy 5mm <now> & ]]> at =1+1", Rich: `{\rtf1 buy}`, Endpoint: "e1"},
		chat.Entry{Kind: chat.EntryPost, Actor: 3, Room: 1, Message: 2, Text: "Привет, 你好 😀\r\nsecond line\x00\x1b", Alert: true},
		chat.Entry{Kind: chat.EntryJoin, Actor: 2, Room: 2, Endpoint: "e2", Client: "SIPE"},
		chat.Entry{Kind: chat.EntryPost, Actor: 2, Room: 2, Message: 7, Text: "=HYPERLINK(\"http://evil\")"},
		chat.Entry{Kind: chat.EntryHistory, Actor: 2, Room: 2, Message: 1, Last: 6},
		chat.Entry{Kind: chat.EntrySearch, Actor: 2, Room: 2, Detail: `{"words":"settle"}`},
		chat.Entry{Kind: chat.EntryUpload, Actor: 1, Room: 1, Detail: file},
		chat.Entry{Kind: chat.EntryDownload, Actor: 3, Room: 1, Detail: file},
		chat.Entry{Kind: chat.EntryReplace, ActorURI: "os:root", Room: 1, Message: 1, Text: "(removed)"},
		chat.Entry{Kind: chat.EntryRemove, ActorURI: "os:root", Room: 1, Message: 2},
		chat.Entry{Kind: chat.EntryPart, Actor: 1, Room: 1, Endpoint: "e1", Cause: "left"},
		chat.Entry{Kind: chat.EntryRoom, ActorURI: "os:root", Room: 2, Detail: `{"before":null,"after":{"name":"x"}}`},
		chat.Entry{Kind: chat.EntryPost, Actor: 1, Room: 1, Message: 3, Text: "[STORY]Title\r\n" + strings.Repeat("long ", 30)},
	)
}

// options are what an adapter needs to write into a folder.
func options(kind, dir string) adapter.Options {
	o := adapter.Options{OutputDirectory: dir, Extra: map[string]string{}}
	switch kind {
	case "eml", "smtp-journal":
		o.Extra["mail.from"], o.Extra["mail.to"] = "perch@example.test", "archive@example.test"
	case "command":
		o.Extra["command"] = filepath.Join(dir, "take.sh")
		script := "#!/bin/sh\ncat > \"$(dirname \"$0\")/taken-$PERCH_BATCH.jsonl\"\n"
		if err := os.WriteFile(o.Extra["command"], []byte(script), 0o700); err != nil {
			panic(err)
		}
	}
	return o
}

func deliver(t *testing.T, kind string, o adapter.Options, b *compliance.Batch) {
	t.Helper()
	a, err := adapter.New(kind, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Deliver(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// files reads what is in a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "take.sh" {
			return err
		}
		b, err := os.ReadFile(name)
		out[d.Name()] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestGolden: each adapter makes what is written down, the same again for the
// same batch, and nothing else.
func TestGolden(t *testing.T) {
	for _, kind := range adapter.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			o := options(kind, dir)
			o.CreateFileAttachmentsManifest = true
			deliver(t, kind, o, session())
			got := files(t, dir)
			deliver(t, kind, o, session())
			if d := cmp.Diff(got, files(t, dir)); d != "" {
				t.Errorf("the second run made something else:\n%s", d)
			}
			golden(t, kind, got)
		})
	}
	t.Run("xml in full", func(t *testing.T) {
		dir := t.TempDir()
		deliver(t, "xml", adapter.Options{OutputDirectory: dir, OneChatRoomPerOutputFile: true, AddChatRoomDetails: true, AddUserDetails: true}, session())
		golden(t, "xml-full", files(t, dir))
	})
	t.Run("xslt", func(t *testing.T) {
		style, err := os.ReadFile("testdata/filedump.xsl")
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		deliver(t, "xml", adapter.Options{OutputDirectory: dir, CustomConfiguration: string(style)}, session())
		golden(t, "xslt", files(t, dir))
		a, err := adapter.New("xml", adapter.Options{OutputDirectory: dir, CustomConfiguration: "<nonsense"})
		if err != nil {
			t.Fatal(err)
		}
		if permanent := (*compliance.Permanent)(nil); !errors.As(a.Deliver(t.Context(), session()), &permanent) {
			t.Error("a broken stylesheet is tried for ever")
		}
	})
}

func golden(t *testing.T, name string, got map[string]string) {
	t.Helper()
	dir := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range got {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if d := cmp.Diff(files(t, dir), got); d != "" {
		t.Errorf("not as in %s; if it should be, run with -update (-want +got):\n%s", dir, d)
	}
}

// TestSchema: the XML is valid by the original's own schema; with details, which
// that has no attributes for, by ours, which is narrower in all else.
func TestSchema(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("xmllint is not installed; run: apt-get install --no-install-recommends libxml2-utils xsltproc")
	}
	for _, c := range []struct {
		set    adapter.Options
		schema string
	}{
		{adapter.Options{}, "original.xsd"},
		{adapter.Options{}, "conversations.xsd"},
		{adapter.Options{OneChatRoomPerOutputFile: true}, "original.xsd"},
		{adapter.Options{AddChatRoomDetails: true, AddUserDetails: true}, "conversations.xsd"},
	} {
		set := c.set
		set.OutputDirectory = t.TempDir()
		deliver(t, "xml", set, session())
		for name := range files(t, set.OutputDirectory) {
			out, err := exec.CommandContext(t.Context(), "xmllint", "--nonet", "--noout", "--schema", c.schema, filepath.Join(set.OutputDirectory, name)).CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
	}
}

// TestEverythingOnce: the forms that claim to be whole have every event once, in
// order, as it was.
func TestEverythingOnce(t *testing.T) {
	b := session()
	dir := t.TempDir()
	deliver(t, "jsonl", options("jsonl", dir), b)
	deliver(t, "csv", options("csv", dir), b)
	got := files(t, dir)
	var entries []chat.EntryID
	var texts []string
	for line := range strings.Lines(got["20261123T171500Z-000000000042.jsonl"]) {
		var l struct {
			Line, Text string
			Entry      chat.EntryID
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if l.Line == "event" {
			entries, texts = append(entries, l.Entry), append(texts, l.Text)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(got["20261123T171500Z-000000000042.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for e := range b.All(t.Context()) {
		if entries[i] != e.ID || texts[i] != e.Text {
			t.Errorf("line %d is of entry %d %q, want %d %q", i, entries[i], texts[i], e.ID, e.Text)
		}
		want := strings.ReplaceAll(e.Text, "\r\n", "\n") // as encoding/csv reads line ends in cells
		if strings.HasPrefix(want, "=") {
			want = "'" + want
		}
		if row := rows[i+1]; row[0] != fmt.Sprint(e.ID) || row[13] != want {
			t.Errorf("row %d is %q, want entry %d %q", i, row, e.ID, want)
		}
		i++
	}
	if i != len(entries) || i+1 != len(rows) {
		t.Errorf("%d lines and %d rows of %d events", len(entries), len(rows)-1, i)
	}
}

// TestFolder: what is wrong with the folder is said, and half a file never has
// its name.
func TestFolder(t *testing.T) {
	for _, kind := range adapter.Kinds() {
		if kind == "command" {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			o := options(kind, filepath.Join(dir, "missing"))
			a, err := adapter.New(kind, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Deliver(t.Context(), session()); err == nil || !strings.Contains(err.Error(), "missing is not there: make it") {
				t.Errorf("without its folder: %v", err)
			}
			o = options(kind, dir)
			if a, err = adapter.New(kind, o); err != nil {
				t.Fatal(err)
			}
			b := session()
			b.Source = failing{b.Source}
			if err := a.Deliver(t.Context(), b); !errors.Is(err, errSource) {
				t.Errorf("a source that fails: %v", err)
			}
			for name := range files(t, dir) {
				if name != "dictionary.csv" {
					t.Errorf("left %s behind", name)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := a.Deliver(ctx, session()); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
			deliver(t, kind, o, batch())
		})
	}
}

var errSource = errors.New("the disk is gone")

// failing is a source that fails after three events.
type failing struct{ compliance.Source }

func (f failing) Events(ctx context.Context, first, last chat.EntryID, room chat.RoomID) iter.Seq2[*chat.Entry, error] {
	return func(yield func(*chat.Entry, error) bool) {
		yield(nil, errSource)
	}
}

// TestCommand: exit 0 has it, 65 never takes it, all else is tried again.
func TestCommand(t *testing.T) {
	for _, test := range []struct {
		script    string
		permanent bool
		want      string
	}{
		{"cat >/dev/null; echo will not >&2; exit 65", true, "will not"},
		{"cat >/dev/null; echo not now >&2; exit 1", false, "not now"},
		{"exec 0<&-; exit 0", false, "did not read"},
	} {
		dir := t.TempDir()
		o := options("command", dir)
		if err := os.WriteFile(o.Extra["command"], []byte("#!/bin/sh\n"+test.script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		a, err := adapter.New("command", o)
		if err != nil {
			t.Fatal(err)
		}
		b := session()
		if test.want == "did not read" {
			events := make([]chat.Entry, 5000)
			for i := range events {
				events[i] = chat.Entry{Kind: chat.EntryPost, Actor: 1, Room: 1, Text: strings.Repeat("x", 100)}
			}
			b = batch(events...)
		}
		err = a.Deliver(t.Context(), b)
		permanent := (*compliance.Permanent)(nil)
		if err == nil || errors.As(err, &permanent) != test.permanent || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.script, err)
		}
	}
}

// TestOptions: what is missing or unknown is said when the adapter is made.
func TestOptions(t *testing.T) {
	for _, test := range []struct {
		kind  string
		o     adapter.Options
		wants string
	}{
		{"fax", adapter.Options{}, "those there are: actiance, command, csv"},
		{"xml", adapter.Options{}, "needs AdapterOutputDirectory"},
		{"xml", adapter.Options{OutputDirectory: "/x", Extra: map[string]string{"color": "red"}}, "has no option \"color\"; it has none"},
		{"eml", adapter.Options{OutputDirectory: "/x"}, "mail.from"},
		{"eml", adapter.Options{OutputDirectory: "/x", Extra: map[string]string{"mail.from": "a@b"}}, "mail.to"},
		{"eml", adapter.Options{Extra: map[string]string{"mail.from": "a@b", "mail.to": "c@d", "smtp.server": "host"}}, "not host:port"},
		{"eml", adapter.Options{Extra: map[string]string{"mail.from": "a@b", "mail.to": "c@d", "smtp.server": "h:1", "mail.max-size": "5"}}, "100000 or more"},
		{"command", adapter.Options{}, "set the option command"},
		{"command", adapter.Options{Extra: map[string]string{"command": "/no/such/program"}}, "cannot be run"},
	} {
		if _, err := adapter.New(test.kind, test.o); err == nil || !strings.Contains(err.Error(), test.wants) {
			t.Errorf("%s %+v: %v, want %q", test.kind, test.o, err, test.wants)
		}
	}
}
