package seal

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are 256 hashes wide (C2SP tlog-tiles).
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// tree is a Merkle tree that is appended to: of every level of tiles the hashes
// of the last tile, which is not full.
type tree struct {
	size  int64
	tails [][]tlog.Hash
}

// full is a tile that has become full.
type full struct {
	level  int
	number int64
	hashes []tlog.Hash
}

// append adds a leaf's hash and hands out the tiles that it fills.
func (t *tree) append(h tlog.Hash, filled func(f full)) {
	number := t.size
	t.size++
	for level := 0; ; level++ {
		if level == len(t.tails) {
			t.tails = append(t.tails, nil)
		}
		t.tails[level] = append(t.tails[level], h)
		if len(t.tails[level]) < tileWidth {
			return
		}
		number >>= tileHeight
		filled(full{level, number, t.tails[level]})
		h = perfect(t.tails[level])
		t.tails[level] = nil
	}
}

// perfect is the hash of a perfect tree of that many hashes, a power of two.
func perfect(hashes []tlog.Hash) tlog.Hash {
	row := append([]tlog.Hash(nil), hashes...)
	for len(row) > 1 {
		for i := range len(row) / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// root is the tree's hash: that of its perfect subtrees, the largest first,
// folded from the right (RFC 6962 2.1).
func (t *tree) root() tlog.Hash {
	var subtrees []tlog.Hash
	for level := len(t.tails) - 1; level >= 0; level-- {
		rest := t.tails[level]
		for width := tileWidth / 2; width > 0; width /= 2 {
			if len(rest) >= width {
				subtrees = append(subtrees, perfect(rest[:width]))
				rest = rest[width:]
			}
		}
	}
	if len(subtrees) == 0 {
		h, _ := tlog.TreeHash(0, nil) // of the empty tree, which reads nothing
		return h
	}
	h := subtrees[len(subtrees)-1]
	for i := len(subtrees) - 2; i >= 0; i-- {
		h = tlog.NodeHash(subtrees[i], h)
	}
	return h
}

// clone copies the tree, so that one that could not be written is forgotten.
func (t *tree) clone() tree {
	c := tree{size: t.size, tails: make([][]tlog.Hash, len(t.tails))}
	for i := range t.tails {
		c.tails[i] = append([]tlog.Hash(nil), t.tails[i]...)
	}
	return c
}

// inTail is how many hashes the last tile of a level has in a tree of that
// size, and the tile's number. levels is how many levels there are.
func inTail(size int64, level int) (count int, number int64) {
	n := size >> (tileHeight * level)
	return int(n % tileWidth), n / tileWidth
}

func levels(size int64) int {
	n := 0
	for ; size > 0; size >>= tileHeight {
		n++
	}
	return n
}

// tilePath is where a tile lies; kind is its level, or "entries". Of a tile that
// is not full, count says how much of it there is.
func tilePath(kind string, number int64, count int) string {
	s := fmt.Sprintf("%03d", number%1000)
	for number >= 1000 {
		number /= 1000
		s = fmt.Sprintf("x%03d/%s", number%1000, s)
	}
	s = "tile/" + kind + "/" + s
	if count < tileWidth {
		s += fmt.Sprintf(".p/%d", count)
	}
	return s
}

func hashBytes(hashes []tlog.Hash) []byte {
	out := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		out = append(out, h[:]...)
	}
	return out
}

func bytesHashes(b []byte) []tlog.Hash {
	out := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range out {
		copy(out[i][:], b[i*tlog.HashSize:])
	}
	return out
}

// leafHash is the hash of a leaf's bytes (RFC 6962 2.1).
func leafHash(leaf []byte) tlog.Hash { return tlog.RecordHash(leaf) }

// parts are the paths of the tiles of a log of that size that are not full.
func parts(size int64) []string {
	var out []string
	for level := range levels(size) {
		count, number := inTail(size, level)
		if count == 0 {
			continue
		}
		if out = append(out, tilePath(strconv.Itoa(level), number, count)); level == 0 {
			out = append(out, tilePath("entries", number, count))
		}
	}
	return out
}

// isTile says whether a path is that of a tile of a log of that size.
func isTile(path string, size int64) bool {
	kind, rest, ok := strings.Cut(strings.TrimPrefix(path, "tile/"), "/")
	level, err := strconv.Atoi(kind)
	if kind == "entries" {
		level, err = 0, nil
	}
	if !ok || err != nil || level < 0 || level > 7 {
		return false
	}
	count := tileWidth
	if name, part, cut := strings.Cut(rest, ".p/"); cut {
		if count, err = strconv.Atoi(part); err != nil {
			return false
		}
		rest = name
	}
	number, err := strconv.ParseInt(strings.NewReplacer("x", "", "/", "").Replace(rest), 10, 64)
	if err != nil || tilePath(kind, number, count) != path {
		return false
	}
	tail, last := inTail(size, level)
	return number < last && count == tileWidth || number == last && count == tail && count > 0
}
