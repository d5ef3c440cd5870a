// Package blobtest is for tests only: the suite that every filestore.Blobs
// passes, and an S3 service.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"perch/chat"
	"perch/filestore"
)

// TestBlobs checks that an implementation keeps every promise of
// filestore.Blobs. open returns an empty one.
func TestBlobs(t *testing.T, open func(t *testing.T) filestore.Blobs) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b filestore.Blobs)
	}{
		{"what was put is read", testRead},
		{"parts", testParts},
		{"what is not there", testAbsent},
		{"wrong bytes are not kept", testWrong},
		{"bad hashes", testHashes},
		{"again, and many at once", testAgain},
		{"delete", testDelete},
		{"contexts", testContexts},
		{"a large one", testLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t)
			if err := b.Check(t.Context()); err != nil {
				t.Fatalf("it is not ready: %v", err)
			}
			c.test(t, b)
		})
	}
}

// HashOf is the name of bytes.
func HashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func put(t *testing.T, b filestore.Blobs, data []byte) string {
	t.Helper()
	hash := HashOf(data)
	if err := b.Put(t.Context(), hash, int64(len(data)), bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	return hash
}

func read(t *testing.T, b filestore.Blobs, hash string, offset, n int64) []byte {
	t.Helper()
	r, err := b.Open(t.Context(), hash, offset, n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // it was read
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("reading %d from %d: %v", n, offset, err)
	}
	return data
}

func kindIs(t *testing.T, err error, k chat.Kind) {
	t.Helper()
	if err == nil || chat.KindOf(err) != k {
		t.Errorf("error %v (%v), want kind %v", err, chat.KindOf(err), k)
	}
}

// absent checks that nothing of a blob is found.
func absent(t *testing.T, b filestore.Blobs, hash string) {
	t.Helper()
	_, err := b.Size(t.Context(), hash)
	kindIs(t, err, chat.KindNoSuchObject)
	r, err := b.Open(t.Context(), hash, 0, 1)
	if err == nil {
		r.Close() //nolint:errcheck // it should not be there
	}
	kindIs(t, err, chat.KindNoSuchObject)
}

func testRead(t *testing.T, b filestore.Blobs) {
	for _, data := range [][]byte{nil, []byte("x"), []byte("prices\r\n\x00\xff"), bytes.Repeat([]byte("0123456789"), 20_000)} {
		hash := put(t, b, data)
		if n, err := b.Size(t.Context(), hash); err != nil || n != int64(len(data)) {
			t.Errorf("size %d, %v, want %d", n, err, len(data))
		}
		if got := read(t, b, hash, 0, int64(len(data))); !bytes.Equal(got, data) {
			t.Errorf("%d bytes are not the %d that were put", len(got), len(data))
		}
	}
}

func testParts(t *testing.T, b filestore.Blobs) {
	data := []byte("0123456789")
	hash := put(t, b, data)
	for _, c := range []struct {
		offset, n int64
		want      string
	}{
		{0, 10, "0123456789"},
		{0, 3, "012"},
		{3, 4, "3456"},
		{8, 2, "89"},
		{8, 100, "89"},
		{9, 1 << 40, "9"},
		{10, 1, ""},
		{11, 5, ""},
		{4, 0, ""},
	} {
		if got := string(read(t, b, hash, c.offset, c.n)); got != c.want {
			t.Errorf("%d from %d are %q, want %q", c.n, c.offset, got, c.want)
		}
	}
	for _, bad := range [][2]int64{{-1, 5}, {0, -1}} {
		r, err := b.Open(t.Context(), hash, bad[0], bad[1])
		if err == nil {
			r.Close() //nolint:errcheck // it should have been refused
		}
		kindIs(t, err, chat.KindInvalid)
	}
}

func testAbsent(t *testing.T, b filestore.Blobs) {
	hash := HashOf([]byte("never put"))
	absent(t, b, hash)
	if err := b.Delete(t.Context(), hash); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

func testWrong(t *testing.T, b filestore.Blobs) {
	data := []byte("the right bytes")
	hash := HashOf(data)
	broken := errors.New("the client went away")
	for name, c := range map[string]struct {
		size int64
		r    io.Reader
	}{
		"others":    {int64(len(data)), strings.NewReader("the wrong bytes")},
		"too few":   {int64(len(data)), strings.NewReader("the right")},
		"too many":  {int64(len(data)), strings.NewReader("the right bytes and more")},
		"size":      {3, bytes.NewReader(data)},
		"a failure": {int64(len(data)), io.MultiReader(strings.NewReader("the right"), iotest.ErrReader(broken))},
	} {
		err := b.Put(t.Context(), hash, c.size, c.r)
		if err == nil {
			t.Errorf("%s: was kept", name)
		} else if name != "a failure" {
			kindIs(t, err, chat.KindInvalid)
		}
		absent(t, b, hash)
	}
	put(t, b, data)
	if err := b.Put(t.Context(), hash, int64(len(data)), strings.NewReader("the wrong bytes")); err == nil {
		t.Error("wrong bytes replaced the right ones")
	}
	if got := read(t, b, hash, 0, 100); !bytes.Equal(got, data) {
		t.Errorf("after a refused Put it is %q", got)
	}
}

func testHashes(t *testing.T, b filestore.Blobs) {
	right := HashOf([]byte("x"))
	for _, hash := range []string{"", "x", right[:63], right + "0", strings.ToUpper(right), "../" + right[3:], strings.Repeat("g", 64), right[:62] + "/0"} {
		kindIs(t, b.Put(t.Context(), hash, 1, strings.NewReader("x")), chat.KindInvalid)
		_, err := b.Size(t.Context(), hash)
		kindIs(t, err, chat.KindInvalid)
		_, err = b.Open(t.Context(), hash, 0, 1)
		kindIs(t, err, chat.KindInvalid)
		kindIs(t, b.Delete(t.Context(), hash), chat.KindInvalid)
	}
}

func testAgain(t *testing.T, b filestore.Blobs) {
	data := bytes.Repeat([]byte("again "), 5000)
	hash := put(t, b, data)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 3 {
				if err := b.Put(t.Context(), hash, int64(len(data)), bytes.NewReader(data)); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 3 {
				r, err := b.Open(t.Context(), hash, 0, int64(len(data)))
				if err != nil {
					t.Error(err)
					continue
				}
				got, err := io.ReadAll(r)
				if r.Close(); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%d bytes of %d, %v", len(got), len(data), err)
				}
			}
		})
	}
	wg.Wait()
}

func testDelete(t *testing.T, b filestore.Blobs) {
	stays, goes := put(t, b, []byte("stays")), put(t, b, []byte("goes"))
	for range 2 {
		if err := b.Delete(t.Context(), goes); err != nil {
			t.Fatal(err)
		}
	}
	absent(t, b, goes)
	if got := string(read(t, b, stays, 0, 10)); got != "stays" {
		t.Errorf("the other one is %q", got)
	}
	put(t, b, []byte("goes"))
	if got := string(read(t, b, goes, 0, 10)); got != "goes" {
		t.Errorf("put again it is %q", got)
	}
}

func testContexts(t *testing.T, b filestore.Blobs) {
	there := put(t, b, []byte("there"))
	ctx, cancel := context.WithCancel(t.Context())
	data := []byte("cancelled")
	err := b.Put(ctx, HashOf(data), int64(len(data)), readerFunc(func(p []byte) (int, error) {
		cancel() // while it is being put
		return copy(p, data[:1]), nil
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Put: %v", err)
	}
	absent(t, b, HashOf(data))
	for name, do := range map[string]func() error{
		"Put":    func() error { return b.Put(ctx, there, 5, strings.NewReader("there")) },
		"Size":   func() error { _, err := b.Size(ctx, there); return err },
		"Delete": func() error { return b.Delete(ctx, there) },
		"Check":  func() error { return b.Check(ctx) },
		"Open": func() error {
			r, err := b.Open(ctx, there, 0, 5)
			if err == nil {
				r.Close() //nolint:errcheck // it should have been refused
			}
			return err
		},
	} {
		if err := do(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v", name, err)
		}
	}
	if got := string(read(t, b, there, 0, 10)); got != "there" {
		t.Errorf("it is %q", got)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// testLarge puts more than one part of any protocol holds.
func testLarge(t *testing.T, b filestore.Blobs) {
	data := make([]byte, 20<<20)
	for i := range data {
		data[i] = byte(i * 7 >> (i % 5))
	}
	hash := put(t, b, data)
	for _, at := range []int64{0, 5<<20 - 3, 16<<20 - 1, 20<<20 - 10} {
		want := data[at:min(at+1000, int64(len(data)))]
		if got := read(t, b, hash, at, 1000); !bytes.Equal(got, want) {
			t.Errorf("1000 bytes from %d are others", at)
		}
	}
}
