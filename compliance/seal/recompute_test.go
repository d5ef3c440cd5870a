package seal_test

import (
	"os"
	"path/filepath"
	"testing"

	"perch/compliance/seal"
)

// TestRecompute: the leaves make the signed root, and changed ones do not.
func TestRecompute(t *testing.T) {
	l, dir, public, _ := benchLog(t)
	if err := l.Seal(t.Context(), benchEntries(0, 70_000)); err != nil {
		t.Fatal(err)
	}
	if c, err := seal.Recompute(t.Context(), dir, public); err != nil || c.Size != 70_000 {
		t.Fatalf("%d leaves: %v", c.Size, err)
	}
	bundle := filepath.Join(dir, "tile", "entries", "000")
	b, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(bundle, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Recompute(t.Context(), dir, public); err == nil {
		t.Error("a leaf was changed, and the root is said to be the same")
	}
}

// BenchmarkRecompute makes the tree of 100,000 leaves again.
func BenchmarkRecompute(b *testing.B) {
	const n = 100_000
	l, dir, public, _ := benchLog(b)
	if err := l.Seal(b.Context(), benchEntries(0, n)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := seal.Recompute(b.Context(), dir, public); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "leaves/s")
}
