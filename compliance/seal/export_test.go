package seal_test

import (
	"bytes"
	"fmt"
	"maps"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"perch/chat"
	"perch/compliance/seal"
)

// TestExport: an export holds what was asked for, says so in a form for people,
// and is checked with the public key alone; the same again is the same bytes.
func TestExport(t *testing.T) {
	a := newArchive(t)
	a.seal(700)
	for name, test := range map[string]struct {
		s    seal.Selection
		want int64
	}{
		"all":    {seal.Selection{}, 700},
		"a room": {seal.Selection{Rooms: []string{"room-1"}}, 120},
		"nobody": {seal.Selection{People: []string{"sip:nobody@example.test"}}, 0},
		"a kind": {seal.Selection{Kinds: []string{"signin"}, Rooms: []string{""}}, 100},
		"a time": {seal.Selection{Rooms: []string{"room-1"}, From: 1_795_453_200_000_000 + 300_000, Until: 1_795_453_200_000_000 + 400_000}, 17},
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "export")
			m, err := seal.Export(t.Context(), a.dir, a.exporting(), test.s, to)
			if err != nil {
				t.Fatal(err)
			}
			r := a.verify(to, seal.VerifyOptions{})
			if r.Outcome != seal.Good || r.Leaves != test.want || r.Contents != test.want || m.Records != test.want {
				t.Errorf("%d records, %+v %v", m.Records, r, r.Finding)
			}
			again := filepath.Join(t.TempDir(), "again")
			if _, err := seal.Export(t.Context(), a.dir, a.exporting(), test.s, again); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(read(t, to), read(t, again)); d != "" {
				t.Errorf("the same again is other bytes:\n%s", d)
			}
			page := string(read(t, to)["records.html"])
			if test.want > 0 && name != "a kind" && !strings.Contains(page, "&lt;&amp;&gt; \u2028 привет") {
				t.Error("the readable form does not have the text")
			}
		})
	}
	if _, err := seal.Export(t.Context(), a.dir, a.exporting(), seal.Selection{}, a.dir); err == nil {
		t.Error("exported over a folder that is there")
	}
}

func (a *archive) exporting() seal.ExportOptions {
	return seal.ExportOptions{PublicKey: a.public, Content: a.keys.Content, Private: a.keys.Private}
}

// TestExportMutations: any change of an export is found with the public key alone.
func TestExportMutations(t *testing.T) {
	a := newArchive(t)
	a.seal(100)
	dir := filepath.Join(t.TempDir(), "export")
	if _, err := seal.Export(t.Context(), a.dir, a.exporting(), seal.Selection{Rooms: []string{"room-1", "room-2"}}, dir); err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	rnd := mrand.New(mrand.NewPCG(2, seed))
	original := read(t, dir)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(original)), func(name string) bool { return len(original[name]) == 0 })
	for i := range 1000 {
		name := names[rnd.IntN(len(names))]
		b := bytes.Clone(original[name])
		what := mutate(rnd, &b)
		if bytes.Equal(b, original[name]) {
			continue
		}
		path := filepath.Join(dir, name)
		if b == nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, path, b)
		}
		r := a.verify(dir, seal.VerifyOptions{})
		// Without its manifest a folder is no export, and no archive either.
		if r.Outcome != seal.Tampered && r.Outcome != seal.Incomplete {
			t.Fatalf("round %d of seed %d: %s of %s is not found: %+v", i, seed, what, name, r)
		}
		write(t, path, original[name])
	}
	// Whole lines: left out, twice, swapped, of another log.
	lines := strings.SplitAfter(string(original["records.jsonl"]), "\n")
	lines = lines[:len(lines)-1]
	other := newArchive(t)
	other.seal(100)
	foreign := filepath.Join(t.TempDir(), "foreign")
	if _, err := seal.Export(t.Context(), other.dir, other.exporting(), seal.Selection{Rooms: []string{"room-1", "room-2"}}, foreign); err != nil {
		t.Fatal(err)
	}
	stranger := strings.SplitAfter(string(read(t, foreign)["records.jsonl"]), "\n")
	for what, changed := range map[string][]string{
		"left out": slices.Delete(slices.Clone(lines), 20, 21),
		"twice":    slices.Insert(slices.Clone(lines), 20, lines[20]),
		"swapped":  append(append(slices.Clone(lines[:20]), lines[21], lines[20]), lines[22:]...),
		"foreign":  append(append(slices.Clone(lines[:20]), stranger[20]), lines[21:]...),
	} {
		write(t, filepath.Join(dir, "records.jsonl"), []byte(strings.Join(changed, "")))
		if r := a.verify(dir, seal.VerifyOptions{}); r.Outcome != seal.Tampered || r.Finding.Index < 0 {
			t.Errorf("a record %s: %+v", what, r.Finding)
		}
	}
	write(t, filepath.Join(dir, "records.jsonl"), original["records.jsonl"])
	write(t, filepath.Join(dir, "more.txt"), []byte("x"))
	if r := a.verify(dir, seal.VerifyOptions{}); r.Outcome != seal.Tampered {
		t.Errorf("another file: %+v", r.Finding)
	}
}

// TestExportOfPart: an export of some of a room's time says where it begins.
func TestExportOfPart(t *testing.T) {
	a := newArchive(t)
	a.seal(100)
	to := filepath.Join(t.TempDir(), "export")
	from := chat.Time(1_795_453_200_000_000 + 50_000)
	m, err := seal.Export(t.Context(), a.dir, seal.ExportOptions{PublicKey: a.public, Private: a.keys.Private}, seal.Selection{Rooms: []string{"room-1"}, From: from}, to)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Rooms) != 1 || m.Rooms[0].First == 1 || m.Rooms[0].Last-m.Rooms[0].First+1 != m.Rooms[0].Records {
		t.Errorf("%+v", m.Rooms)
	}
	if r := a.verify(to, seal.VerifyOptions{}); r.Outcome != seal.Good || r.Contents != 0 {
		t.Errorf("without bodies: %+v %v", r, r.Finding)
	}
	if text := fmt.Sprint(m.Selection.From); text == "0" {
		t.Error("the manifest does not say from when")
	}
}

// TestForgedExports: an export whose files were all made anew is found by its
// signature; one that the log's own operator forged and signed, by the log.
func TestForgedExports(t *testing.T) {
	a := newArchive(t)
	a.seal(300)
	later := a.log.Checkpoint()
	same := func(lines []string) []string { return lines }
	cut := func(from, to int) func([]string) []string {
		return func(lines []string) []string { return slices.Delete(slices.Clone(lines), from, min(to, len(lines))) }
	}
	room := seal.Selection{Rooms: []string{"room-1"}}
	for name, c := range map[string]struct {
		s      seal.Selection
		lines  func([]string) []string
		change func(m *seal.Manifest)
		alone  bool // it is found even if it is signed, without the log
	}{
		"a record left out, as if posts were asked for": {room, cut(20, 21), func(m *seal.Manifest) { m.Selection.Kinds = []string{"post"} }, false},
		"the end left out":      {room, cut(30, 1000), func(*seal.Manifest) {}, false},
		"the end of everything": {seal.Selection{}, cut(200, 1000), func(*seal.Manifest) {}, true},
		"a hole in everything":  {seal.Selection{}, cut(20, 21), func(*seal.Manifest) {}, true},
		"nothing left":          {seal.Selection{}, cut(0, 1000), func(*seal.Manifest) {}, true},
		"a text left out":       {room, func(l []string) []string { l[5] = seal.Redact(l[5]); return l }, func(*seal.Manifest) {}, true},
		"a member left out":     {seal.Selection{Custodians: []string{"sip:alice@example.test"}}, same, func(m *seal.Manifest) { m.Selection.Custodians = []string{"sip:bob@example.test"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, private := range []string{"", a.keys.Private} {
				dir := filepath.Join(t.TempDir(), "export")
				o := a.exporting()
				o.Private = ""
				if _, err := seal.Export(t.Context(), a.dir, o, c.s, dir); err != nil {
					t.Fatal(err)
				}
				if r := a.verify(dir, seal.VerifyOptions{Unsigned: true, Log: a.dir, Content: a.keys.Content, Since: later}); r.Outcome != seal.Good {
					t.Fatalf("the true one: %v", r.Finding)
				}
				if err := seal.Forge(dir, a.public, private, c.lines, c.change); err != nil {
					t.Fatal(err)
				}
				r := a.verify(dir, seal.VerifyOptions{})
				switch {
				case private == "" && r.Outcome != seal.Incomplete:
					t.Errorf("unsigned: %+v", r.Finding)
				case private != "" && c.alone && r.Outcome != seal.Tampered:
					t.Errorf("signed: %+v", r.Finding)
				}
				if r := a.verify(dir, seal.VerifyOptions{Unsigned: true, Log: a.dir, Content: a.keys.Content}); r.Outcome != seal.Tampered {
					t.Errorf("with the log: %+v", r.Finding)
				}
			}
		})
	}
}
