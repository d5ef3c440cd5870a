package seal_test

import (
	"bytes"
	"fmt"
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
			m, err := seal.Export(t.Context(), a.dir, a.public, a.keys.Content, test.s, to)
			if err != nil {
				t.Fatal(err)
			}
			r := a.verify(to, seal.VerifyOptions{})
			if r.Outcome != seal.Good || r.Leaves != test.want || r.Contents != test.want || m.Records != test.want {
				t.Errorf("%d records, %+v %v", m.Records, r, r.Finding)
			}
			again := filepath.Join(t.TempDir(), "again")
			if _, err := seal.Export(t.Context(), a.dir, a.public, a.keys.Content, test.s, again); err != nil {
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
	if _, err := seal.Export(t.Context(), a.dir, a.public, nil, seal.Selection{}, a.dir); err == nil {
		t.Error("exported over a folder that is there")
	}
}

// TestExportMutations: any change of an export is found with the public key alone.
func TestExportMutations(t *testing.T) {
	a := newArchive(t)
	a.seal(300)
	dir := filepath.Join(t.TempDir(), "export")
	if _, err := seal.Export(t.Context(), a.dir, a.public, a.keys.Content, seal.Selection{Rooms: []string{"room-1", "room-2"}}, dir); err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	rnd := mrand.New(mrand.NewPCG(2, seed))
	original := read(t, dir)
	names := []string{"checkpoint", "manifest.json", "records.html", "records.jsonl"}
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
	other.seal(300)
	foreign := filepath.Join(t.TempDir(), "foreign")
	if _, err := seal.Export(t.Context(), other.dir, other.public, other.keys.Content, seal.Selection{Rooms: []string{"room-1", "room-2"}}, foreign); err != nil {
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
	m, err := seal.Export(t.Context(), a.dir, a.public, nil, seal.Selection{Rooms: []string{"room-1"}, From: from}, to)
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
