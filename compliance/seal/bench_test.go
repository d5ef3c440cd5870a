package seal_test

import (
	"bytes"
	"crypto/rand"
	"path/filepath"
	"testing"

	"perch/chat"
	"perch/compliance/seal"
)

func benchLog(b testing.TB) (*seal.Log, string, string, seal.Keys) {
	b.Helper()
	private, public, err := seal.GenerateKeys(rand.Reader, "bench")
	if err != nil {
		b.Fatal(err)
	}
	keys := seal.Keys{Private: private, Content: bytes.Repeat([]byte{7}, 32)}
	dir := filepath.Join(b.TempDir(), "archive")
	l, err := seal.Open(dir, keys, seal.Options{Random: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	return l, dir, public, keys
}

func benchEntries(from, n int) []chat.Entry {
	out := make([]chat.Entry, n)
	for i := range out {
		out[i] = chat.Entry{
			ID: chat.EntryID(from + i + 1), Kind: chat.EntryPost, At: chat.Time(from + i), Actor: 7, ActorURI: "sip:alice@example.test", ActorName: "Alice",
			RoomGUID: []string{"9f6b2c44-0000-4000-8000-000000000001", "9f6b2c44-0000-4000-8000-000000000002"}[i%2], RoomName: "Room",
			Message: chat.MessageID(i), Text: "a message of the length that people write in chat rooms, give or take", Endpoint: "b34afb6ebb23",
		}
	}
	return out
}

// BenchmarkSeal appends entries, 8,192 a seal, synced and signed.
func BenchmarkSeal(b *testing.B) {
	l, _, _, _ := benchLog(b)
	const n = 8192
	done := 0
	for b.Loop() {
		if err := l.Seal(b.Context(), benchEntries(done, n)); err != nil {
			b.Fatal(err)
		}
		done += n
	}
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "leaves/s")
}

// BenchmarkVerify verifies 100,000 records: tree, chains and bodies, and with the
// key their contents.
func BenchmarkVerify(b *testing.B) {
	const n = 100_000
	l, dir, public, keys := benchLog(b)
	if err := l.Seal(b.Context(), benchEntries(0, n)); err != nil {
		b.Fatal(err)
	}
	for _, with := range []struct {
		name    string
		content []byte
	}{{"public key", nil}, {"contents", keys.Content}} {
		b.Run(with.name, func(b *testing.B) {
			for b.Loop() {
				r, err := seal.Verify(b.Context(), dir, seal.VerifyOptions{PublicKey: public, Content: with.content})
				if err != nil || r.Outcome != seal.Good {
					b.Fatal(err, r.Finding)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
