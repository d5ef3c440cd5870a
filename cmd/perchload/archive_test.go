package main

// These tests are inside the package because a command has no other way in; the
// scenario with its servers is run by test/e2e.

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"perch/compliance"
)

// TestArchiveAlone: the parts that need no server measure all that they are to.
func TestArchiveAlone(t *testing.T) {
	dir := t.TempDir()
	f := archiving{Parts: []string{"log", "adapters"}, Rooms: 3, Records: 700, Events: 99}
	var r report
	if err := f.measure(t.Context(), dir, &r); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"log: leaves appended", "log: leaves appended, by CPU time", "log: leaves whose tree is made again",
		"log: records verified, bodies as they are encrypted", "log: records verified, bodies and their contents",
		"adapters: xml", "adapters: csv", "adapters: jsonl", "adapters: eml", "adapters: all four", "adapters: memory of the process",
	}
	var got []string
	for _, f := range r.Figures {
		if got = append(got, f.Name); f.Value <= 0 {
			t.Errorf("%s is %v", f.Name, f.Value)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("measured %q", got)
	}
	left, err := os.ReadDir(filepath.Join(dir, "adapters"))
	if err != nil || len(left) != 0 {
		t.Errorf("the adapters' outputs are left: %v, %v", left, err)
	}
}

// TestGeneratedBatch: a batch says of its rooms what its source yields.
func TestGeneratedBatch(t *testing.T) {
	for _, n := range []int{9, 10, 11, 99, 1000} {
		b := generatedBatch(n)
		sum := 0
		for i := range b.Conversations {
			c, events := &b.Conversations[i], 0
			for e, err := range b.In(t.Context(), c) {
				if events++; err != nil || e.RoomGUID != c.Room.GUID {
					t.Fatalf("%d events: one of %s in %s: %v", n, e.RoomGUID, c.Room.GUID, err)
				}
			}
			if sum += events; events != c.Events {
				t.Errorf("%d events: room %d has %d, and says %d", n, c.Room.ID, events, c.Events)
			}
		}
		all := 0
		for range b.Source.Events(t.Context(), b.First, b.Last, compliance.EveryRoom) {
			all++
		}
		if all != n || sum != n {
			t.Errorf("%d events: %d in all, %d in rooms", n, all, sum)
		}
	}
}

// TestTargets: what is missed is told, with its bound, and nothing else.
func TestTargets(t *testing.T) {
	var r report
	r.add("free", 0, "")
	r.atLeast("enough", 0.8, "", 0.8)
	r.atMost("little enough", 256, "MiB", 256)
	if err := r.missed(); err != nil {
		t.Errorf("all is met: %v", err)
	}
	r.atLeast("too little", 0.79, "", 0.8)
	r.atMost("too much", 2001, "ms", 2000)
	const want = "too little is 0.79, at least 0.8: missed; too much is 2001.00 ms, at most 2000: missed"
	if err := r.missed(); err == nil || err.Error() != want {
		t.Errorf("%v, not %q", err, want)
	}
	r.atMost("no number", math.NaN(), "", 1)
	if err := r.missed(); !strings.Contains(err.Error(), "no number") {
		t.Errorf("what is no number meets its target: %v", err)
	}
}
