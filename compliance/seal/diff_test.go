package seal_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"perch/chat"
	"perch/compliance/seal"
)

// TestDiff: what was added between two heads is told, and heads that are none of
// the archive are found.
func TestDiff(t *testing.T) {
	a := newArchive(t)
	empty := a.log.Checkpoint()
	a.seal(300)
	early, old := a.log.Checkpoint(), copyOf(t, a.dir)
	a.seal(700)
	late := a.log.Checkpoint()
	a.seal(5)
	diff := func(dir string, from, to []byte) (seal.Difference, []int64, error) {
		var seen []int64
		d, err := seal.Diff(t.Context(), dir, seal.DiffOptions{PublicKey: a.public, From: from, To: to, Each: func(l *seal.Leaf) error {
			seen = append(seen, l.Index)
			return nil
		}})
		return d, seen, err
	}
	for name, c := range map[string]struct {
		from, to    []byte
		first, last int64
	}{
		"two heads":     {early, late, 301, 1000},
		"to the newest": {late, nil, 1001, 1005},
		"all":           {empty, nil, 1, 1005},
		"nothing":       {late, late, 0, 0},
	} {
		d, seen, err := diff(a.dir, c.from, c.to)
		n := int64(0)
		for _, k := range d.Kinds {
			n += k
		}
		if err != nil || int64(d.First) != c.first || int64(d.Last) != c.last || n != d.To.Size-d.From.Size || int64(len(seen)) != n {
			t.Errorf("%s: %+v, %d seen, %v", name, d, len(seen), err)
		}
	}
	other := newArchive(t)
	other.keys, other.public, other.dir = a.keys, a.public, filepath.Join(t.TempDir(), "fork")
	other.open()
	other.seal(1200)
	for name, c := range map[string]struct {
		dir      string
		from, to []byte
		want     string
	}{
		"the wrong way round": {a.dir, late, early, "the other way round"},
		"put back":            {old, early, late, "shorter than it was"},
		"another history":     {other.dir, early, nil, "none of this archive"},
		"its later head":      {a.dir, empty, append([]byte(nil), other.log.Checkpoint()...), "shorter than it was"},
		"no head":             {a.dir, []byte("x"), nil, "checkpoint"},
	} {
		_, _, err := diff(c.dir, c.from, c.to)
		var f *seal.Finding
		if !errors.As(err, &f) || !strings.Contains(f.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestGaps: what was not captured is read from the archive, with why.
func TestGaps(t *testing.T) {
	b := newBoard(t)
	entry := func(kind chat.EntryKind, minutes int, room, cause, detail string) {
		t.Helper()
		b.now += chat.Time(minutes) * 60_000_000
		e := chat.Entry{ID: b.next, Kind: kind, At: b.now, RoomGUID: room, RoomName: strings.ToUpper(room), Cause: cause, Detail: detail}
		b.next++
		if err := b.log.Seal(t.Context(), []chat.Entry{e}); err != nil {
			t.Fatal(err)
		}
	}
	strict := `{"action":"post","rule":"strict"}`
	entry(chat.EntryServer, 0, "", chat.ServerStarted, "{}")
	entry(chat.EntryJoin, 1, "desk", "", "")
	entry(chat.EntryServer, 9, "", chat.ServerStarted, "{}") // after a crash
	entry(chat.EntryDenied, 1, "desk", "the wall", `{"action":"join","rule":"wall"}`)
	entry(chat.EntryDenied, 1, "desk", "6 minutes behind", strict)
	entry(chat.EntryDenied, 1, "lobby", "7 minutes behind", strict)
	entry(chat.EntryDenied, 50, "desk", "56 minutes behind", strict)
	entry(chat.EntryDenied, 70, "desk", "6 minutes behind", strict) // another time
	entry(chat.EntryDenied, 1, "", "no space left", fmt.Sprintf(`{"action":"post","rule":"journal","posts":12,"from":%d,"until":%d}`, b.now-5, b.now-2))
	entry(chat.EntryServer, 1, "", chat.ServerStopped, "{}")
	entry(chat.EntryServer, 60, "", chat.ServerStarted, "{}")
	b.act(seal.Act{Do: seal.Trim, Entries: []int64{3, 9}, Until: b.now})
	gaps, err := seal.Gaps(t.Context(), b.dir, b.archive.public, b.keys.Content, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range gaps {
		got = append(got, fmt.Sprint(g.Kind, " ", g.Name, " ", g.Count, " ", (g.Until-g.From)/60_000_000, " ", g.Why))
	}
	want := []string{
		"crashed  0 9 the server ended without being stopped", "refused DESK 2 51 56 minutes behind", "refused LOBBY 1 0 7 minutes behind",
		"refused DESK 1 0 6 minutes behind", "unwritten  12 0 no space left", "stopped  0 60 the server was stopped",
	}
	if len(got) != 7 || strings.Join(got[:6], "\n") != strings.Join(want, "\n") || !strings.HasPrefix(got[6], "trimmed  7 ") {
		t.Errorf("%s\nwant\n%s\nand what was trimmed", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := seal.Gaps(t.Context(), b.dir, b.archive.public, nil, nil); err == nil {
		t.Error("without the content key nothing can be told")
	}
}
