package seal_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"perch/chat"
	"perch/compliance/seal"
)

// evidence is an archive with all that can be in one, and what an auditor has of
// it: keys, a head, a witness's head, and an export of everything.
type evidence struct {
	*board
	export   string
	head     []byte
	cosigned []byte // by the witness, of the same head
	old      string // the archive as it was before
	oldHead  []byte // cosigned then
	witness  string // its key
	floored  int64  // a leaf with a floor
	held     int64  // a leaf under a hold, past its class's ceiling
	gone     int64  // a leaf whose content was destroyed
}

func newEvidence(t *testing.T) *evidence {
	b := newBoard(t)
	e := &evidence{board: b}
	b.enroll()
	b.act(seal.Act{Do: seal.Define, Class: "desk", Floor: 5, Ceiling: 10}, 0, 1)
	b.class["desk"] = "desk"
	e.gone = b.say("desk", "alice", b.now)
	e.held = b.say("desk", "bob", b.now)
	b.act(seal.Act{Do: seal.Hold, Name: "case", People: []string{"sip:bob@example.test"}})
	b.now += 11 * dayLong
	b.run()
	e.floored = b.say("desk", "alice", b.now)
	var entries []chat.Entry
	for i := range 300 {
		kind, room := chat.EntryPost, []string{"desk", "lobby"}[i%2]
		if i < 2 {
			kind = chat.EntryJoin
		}
		entries = append(entries, chat.Entry{
			ID: b.next, Kind: kind, At: b.now + chat.Time(i), Actor: 1, ActorURI: "sip:alice@example.test", RoomGUID: room, Message: chat.MessageID(i), Endpoint: "e", Text: "text " + strings.Repeat("x", i%7),
		})
		b.next++
	}
	half := func(list []chat.Entry) {
		if err := b.log.Seal(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	half(entries[:200])
	w, err := seal.OpenWitness(t.TempDir(), "audit.example.test/w", []string{b.public0()}, rand.Reader, func() time.Time { return b.now.Std().Add(time.Second) })
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	show := func() []byte {
		line, err := seal.Submit(t.Context(), http.DefaultClient, s.URL, w.Key(), b.dir, b.log.Checkpoint(), b.public0())
		if err != nil {
			t.Fatal(err)
		}
		return append(b.log.Checkpoint(), line...)
	}
	e.witness, e.old, e.oldHead = w.Key(), copyOf(t, b.dir), show()
	half(entries[200:])
	e.head, e.cosigned = b.log.Checkpoint(), show()
	e.export = filepath.Join(t.TempDir(), "export")
	if _, err := seal.Export(t.Context(), b.dir, b.exporting(), seal.Selection{}, e.export); err != nil {
		t.Fatal(err)
	}
	return e
}

// public0 is the log's public key; board has a field of that name for its approvers.
func (b *board) public0() string { return b.archive.public }

// rewrite makes a copy of the archive whose records were changed by its operator.
func (e *evidence) rewrite(t *testing.T, rechain bool, change func(list []seal.Sealed) []seal.Sealed) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "rewritten")
	if err := seal.Rewrite(e.dir, to, e.keys, rechain, change); err != nil {
		t.Fatal(err)
	}
	return to
}

// edit changes a file of a copy.
func edit(t *testing.T, dir, name string, change func(b []byte) []byte) string {
	t.Helper()
	to := copyOf(t, dir)
	b, err := os.ReadFile(filepath.Join(to, name))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(to, name), change(b))
	return to
}

func flip(at int) func(b []byte) []byte {
	return func(b []byte) []byte { b[at] ^= 1; return b }
}

func replace(from, to string) func(b []byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

// lines changes the lines of a file.
func lines(change func(l []string) []string) func(b []byte) []byte {
	return func(b []byte) []byte {
		l := strings.SplitAfter(string(b), "\n")
		return []byte(strings.Join(change(l[:len(l)-1]), ""))
	}
}

// TestTamperClasses: each way of tampering is found in a server's folder, in a copy
// of it and in an export, with the right outcome and the first bad record, by
// public keys and the heads that an auditor has.
func TestTamperClasses(t *testing.T) {
	e := newEvidence(t)
	const at = 100
	drop := func(l []seal.Sealed) []seal.Sealed { return slices.Delete(l, at, at+1) }
	insert := func(l []seal.Sealed) []seal.Sealed { return slices.Insert(l, at, l[at+7]) }
	swap := func(l []seal.Sealed) []seal.Sealed { l[at], l[at+1] = l[at+1], l[at]; return l }
	double := func(l []seal.Sealed) []seal.Sealed { return slices.Insert(l, at, l[at]) }
	cut := func(l []seal.Sealed) []seal.Sealed { return l[:at] }
	reword := func(l []seal.Sealed) []seal.Sealed {
		l[at].Body = bytes.Replace(l[at].Body, []byte("text"), []byte("test"), 1)
		return l
	}
	backdate := func(l []seal.Sealed) []seal.Sealed {
		l[at].Leaf.At -= int64(3 * time.Hour / time.Microsecond)
		return l
	}
	other, err := seal.LoadKeys(t.TempDir(), "perch.example.test/archive", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other.Content = e.keys.Content
	foreign := filepath.Join(t.TempDir(), "foreign")
	if err := seal.Rewrite(e.dir, foreign, other, false, func(l []seal.Sealed) []seal.Sealed { return l }); err == nil {
		t.Fatal("another key opens the archive")
	}
	since := seal.VerifyOptions{Since: e.head}
	witnessed := seal.VerifyOptions{Since: e.cosigned, Witnesses: []string{e.witness}, Quorum: 1}
	replayed := seal.VerifyOptions{Since: e.oldHead, Witnesses: []string{e.witness}, Quorum: 1, Fresh: time.Hour, Now: e.now.Std().Add(48 * time.Hour)}
	forged := e.text(seal.Act{Do: seal.Erase, Rooms: []string{"lobby"}}) // that nobody approved
	forge := func(l []seal.Sealed) []seal.Sealed {
		a := l[0]
		a.Leaf.Act, a.Leaf.Entry, a.Leaf.At = forged, l[len(l)-1].Leaf.Entry+1, l[len(l)-1].Leaf.At
		r := a
		r.Leaf.Act, r.Leaf.Entry = e.text(seal.Act{Do: seal.Run}), a.Leaf.Entry+1
		l[at].Body = nil
		return append(l, a, r)
	}
	none := func(dir string) func(t *testing.T) string { return func(*testing.T) string { return dir } }
	files := func(name string, change func(b []byte) []byte) func(t *testing.T) string {
		return func(t *testing.T) string { return edit(t, e.dir, name, change) }
	}
	exports := func(name string, change func(b []byte) []byte) func(t *testing.T) string {
		return func(t *testing.T) string { return edit(t, e.export, name, change) }
	}
	records := func(change func(l []string) []string) func(t *testing.T) string {
		return exports("records.jsonl", lines(change))
	}
	rewritten := func(rechain bool, change func(l []seal.Sealed) []seal.Sealed) func(t *testing.T) string {
		return func(t *testing.T) string { return e.rewrite(t, rechain, change) }
	}
	exportOf := func(dir func(t *testing.T) string) func(t *testing.T) string {
		return func(t *testing.T) string {
			to := filepath.Join(t.TempDir(), "export")
			if _, err := seal.Export(t.Context(), dir(t), e.exporting(), seal.Selection{}, to); err != nil {
				t.Fatal(err)
			}
			return to
		}
	}
	slot := func(index int64) func(b []byte) []byte {
		return func(b []byte) []byte { copy(b[32*index:], make([]byte, 32)); return b }
	}
	bad, lost, unclear := seal.Tampered, seal.Incomplete, seal.Unclear
	for name, c := range map[string]struct {
		archive func(t *testing.T) string // nil: the class is one of exports
		o       seal.VerifyOptions
		outcome seal.Outcome
		index   int64 // -1: of the whole

		export   func(t *testing.T) string // nil: the class is none of exports
		exported seal.VerifyOptions
		outcomeX seal.Outcome
		indexX   int64
	}{
		"a bit of a leaf":            {files("tile/entries/000", replace(`"entry":101,`, `"entry":111,`)), since, bad, at, exports("records.jsonl", replace(`\"entry\":101,`, `\"entry\":111,`)), since, bad, at},
		"a bit of a body":            {files("bodies/000000", flip(5000)), since, bad, 92, exports("records.jsonl", replace(`text x`, `test x`)), since, bad, 10},
		"a bit of a tile":            {files("tile/0/000", flip(32*at)), since, bad, at, exports("records.jsonl", lines(func(l []string) []string { l[at] = strings.Replace(l[at], `"proof":["`, `"proof":["AAAA`, 1); return l })), since, bad, at},
		"a bit of a checkpoint":      {files("checkpoint", flip(40)), since, bad, -1, exports("checkpoint", flip(40)), since, bad, -1},
		"an entry dropped":           {rewritten(true, drop), seal.VerifyOptions{}, bad, at, records(func(l []string) []string { return slices.Delete(l, at, at+1) }), since, bad, at},
		"an entry inserted":          {rewritten(true, insert), seal.VerifyOptions{}, bad, at, records(func(l []string) []string { return slices.Insert(l, at, l[at+7]) }), since, bad, at},
		"entries swapped":            {rewritten(true, swap), seal.VerifyOptions{}, bad, at, records(func(l []string) []string { l[at], l[at+1] = l[at+1], l[at]; return l }), since, bad, at},
		"an entry doubled":           {rewritten(true, double), seal.VerifyOptions{}, bad, at + 1, records(func(l []string) []string { return slices.Insert(l, at, l[at]) }), since, bad, at},
		"the tail cut off":           {rewritten(true, cut), since, bad, -1, records(func(l []string) []string { return l[:at] }), since, bad, at},
		"another history":            {rewritten(true, reword), since, bad, -1, exportOf(rewritten(true, reword)), since, bad, -1},
		"the database put back":      {none(e.old), witnessed, bad, -1, exportOf(none(e.old)), seal.VerifyOptions{Since: e.head, Log: e.old}, bad, -1},
		"signed by another key":      {files("checkpoint", func([]byte) []byte { return resign(t, e, other) }), since, bad, -1, exports("checkpoint", func([]byte) []byte { return resign(t, e, other) }), since, bad, -1},
		"back-dated":                 {rewritten(true, backdate), seal.VerifyOptions{}, bad, at, exportOf(rewritten(true, backdate)), seal.VerifyOptions{}, bad, at},
		"a retention act forged":     {rewritten(true, forge), seal.VerifyOptions{}, bad, at, exportOf(rewritten(true, forge)), seal.VerifyOptions{}, bad, at},
		"destroyed under a hold":     {files("keys/000000", slot(e.held)), since, bad, e.held, exportOf(files("keys/000000", slot(e.held))), since, bad, e.held},
		"destroyed before its floor": {files("keys/000000", slot(e.floored)), since, bad, e.floored, exportOf(files("keys/000000", slot(e.floored))), since, bad, e.floored},
		"a message left out of an export": {nil, since, 0, 0, func(t *testing.T) string {
			to := copyOf(t, e.export)
			err := seal.Forge(to, e.public0(), e.keys.Private, func(l []string) []string { return slices.Delete(l, at, at+1) }, func(m *seal.Manifest) { m.Selection.From = 1 })
			if err != nil {
				t.Fatal(err)
			}
			return to
		}, seal.VerifyOptions{Log: e.dir, Content: e.keys.Content}, bad, at + 2}, // the next of its room
		"a member left out of an export": {nil, since, 0, 0, func(t *testing.T) string {
			to := filepath.Join(t.TempDir(), "export")
			if _, err := seal.Export(t.Context(), e.dir, e.exporting(), seal.Selection{Custodians: []string{"sip:alice@example.test"}}, to); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(to, "custodians.json"), []byte("[{\"person\":\"sip:alice@example.test\",\"present\":[]}]\n"))
			if err := seal.Forge(to, e.public0(), e.keys.Private, func(l []string) []string { return l }, func(*seal.Manifest) {}); err != nil {
				t.Fatal(err)
			}
			return to
		}, seal.VerifyOptions{Log: e.dir, Content: e.keys.Content}, bad, -1},
		"a file altered":    {files("bodies/000000.idx", flip(8*at+7)), since, bad, at, exports("manifest.json", replace(`"records": 3`, `"records": 4`)), since, bad, -1},
		"a file taken away": {func(t *testing.T) string { to := copyOf(t, e.dir); remove(t, to, "bodies/000000"); return to }, since, lost, 0, func(t *testing.T) string { to := copyOf(t, e.export); remove(t, to, "acts.jsonl"); return to }, since, lost, -1},
		"a floor shortened": {rewritten(true, func(l []seal.Sealed) []seal.Sealed { l[e.floored].Leaf.Floor -= 1; return l }), seal.VerifyOptions{}, bad, e.floored, exportOf(rewritten(true, func(l []seal.Sealed) []seal.Sealed { l[e.floored].Leaf.Floor -= 1; return l })), seal.VerifyOptions{}, bad, e.floored},
		"an old head shown": {none(e.old), replayed, unclear, -1, exportOf(none(e.old)), replayed, unclear, -1},
	} {
		t.Run(name, func(t *testing.T) {
			if c.archive != nil {
				dir := c.archive(t)
				for source, growing := range map[string]bool{"the server's folder": true, "a copy": false} {
					o := c.o
					o.Growing = growing
					e.found(t, source, dir, o, c.outcome, c.index)
				}
			}
			if c.export != nil {
				e.found(t, "an export", c.export(t), c.exported, c.outcomeX, c.indexX)
			}
		})
	}
	e.whole(1)
}

func (e *evidence) found(t *testing.T, source, dir string, o seal.VerifyOptions, want seal.Outcome, index int64) {
	t.Helper()
	o.PublicKey, o.Backwards, o.Approvers = e.public0(), time.Minute, e.board.public
	r, err := seal.Verify(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != want || r.Finding.Index != index {
		t.Errorf("%s: %v, %v; want %v at %d", source, r.Outcome, r.Finding, want, index)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// resign signs the head with another key of the same name.
func resign(t *testing.T, e *evidence, other seal.Keys) []byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "other")
	log, err := seal.Open(dir, other, seal.Options{Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := strings.SplitAfter(string(e.head), "\n\n"), strings.SplitAfter(string(log.Checkpoint()), "\n\n")
	return []byte(mine[0] + theirs[1])
}
