package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Evidence shows one record to somebody who has only the log's public key: that
// it is in the log, and what it says. Its JSON is docs/archive-format.md's.
type Evidence struct {
	Leaf string `json:"leaf"`           // its bytes, as in the log
	Body string `json:"body,omitempty"` // its bytes; empty if they were not to be had
	Key  string `json:"key,omitempty"`  // the record's, base64
	// Proof is a C2SP tlog-proof: the index, the hashes from leaf to root, and the
	// signed checkpoint.
	Proof string `json:"proof"`
}

// proofHeader is the first line of a proof.
const proofHeader = "c2sp.org/tlog-proof@v1"

// Prove makes the evidence for a leaf of the archive in a folder. content is the
// content key; without it the evidence has no body.
func Prove(dir, publicKey string, index int64, content []byte) (Evidence, error) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return Evidence{}, err
	}
	c, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return Evidence{}, err
	}
	if index < 0 || index >= c.Size {
		return Evidence{}, fmt.Errorf("the archive has the leaves 0 to %d", c.Size-1)
	}
	proof, err := tlog.ProveRecord(c.Size, index, tileHashes{dir: dir, size: c.Size})
	if err != nil {
		return Evidence{}, fmt.Errorf("proving leaf %d: %w", index, err)
	}
	e := Evidence{}
	for _, data := range leaves(dir, index, index+1) {
		if data.err != nil {
			return e, data.err
		}
		e.Leaf = string(data.bytes)
	}
	var p strings.Builder
	fmt.Fprintf(&p, "%s\nindex %d\n", proofHeader, index)
	for _, h := range proof {
		fmt.Fprintln(&p, base64.StdEncoding.EncodeToString(h[:]))
	}
	e.Proof = p.String() + "\n" + string(signed)
	if content == nil {
		return e, nil
	}
	return e, e.addBody(dir, index, content)
}

func (e *Evidence) addBody(dir string, index int64, content []byte) error {
	kek, err := aes.NewCipher(content)
	if err != nil {
		return err
	}
	e.Body, e.Key, err = readBody(dir, index, kek)
	return err
}

// openBody decrypts a record's body; the key is nil if it was destroyed.
func openBody(dir string, index int64, kek cipher.Block) (body, key []byte, err error) {
	n := index % segmentRecords
	slot, err := readAt(filepath.Join(dir, segment("keys", index)), keySize*n, keySize)
	if err != nil || destroyed(slot) {
		return nil, nil, err
	}
	ends, err := readAt(filepath.Join(dir, segment("bodies", index)+".idx"), 8*max(0, n-1), 8*min(2, n+1))
	if err != nil {
		return nil, nil, err
	}
	end := int64(binary.BigEndian.Uint64(ends[len(ends)-8:]))
	begin := int64(0)
	if n > 0 {
		begin = int64(binary.BigEndian.Uint64(ends))
	}
	sealed, err := readAt(filepath.Join(dir, segment("bodies", index)), begin, end-begin)
	if err != nil {
		return nil, nil, err
	}
	key = unwrap(kek, slot)
	if body, err = newBoxes().decrypt(key, sealed); err != nil {
		return nil, nil, errors.New("the body cannot be decrypted: the content key is another, or the archive was changed")
	}
	return body, key, nil
}

func readAt(name string, at, n int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if n < 0 || n > 1<<30 {
		return nil, fmt.Errorf("%s is damaged; see perch archive verify", name)
	}
	b := make([]byte, n)
	_, err = f.ReadAt(b, at)
	return b, err
}

// tileHashes reads the hashes of a tree from its tiles.
type tileHashes struct {
	dir  string
	size int64
	kept map[string][]tlog.Hash // tiles that were read, if not nil
}

// mostTiles bounds what is kept: 8 KiB a tile.
const mostTiles = 128

// tile reads a tile of which there is at least so much.
func (t tileHashes) tile(level int, number int64, count int) ([]tlog.Hash, error) {
	path := tilePath(strconv.Itoa(level), number, count)
	if hashes, ok := t.kept[path]; ok {
		return hashes, nil
	}
	b, err := readPart(t.dir, strconv.Itoa(level), number, count)
	if err != nil {
		return nil, err
	}
	if t.kept != nil {
		if len(t.kept) == mostTiles {
			clear(t.kept)
		}
		t.kept[path] = bytesHashes(b)
	}
	return bytesHashes(b), nil
}

// ReadHashes reads hashes by their place in the order that tlog stores them in.
func (t tileHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		// The hash of a subtree is made of the hashes below it in its tile.
		tile, up := level/tileHeight, level%tileHeight
		first := n << up
		number := first / tileWidth
		count, last := inTail(t.size, tile)
		if number < last {
			count = tileWidth
		}
		hashes, err := t.tile(tile, number, count)
		if err != nil {
			return nil, err
		}
		from, width := int(first%tileWidth), 1<<up
		if from+width > len(hashes) {
			return nil, fmt.Errorf("%s is too short", tilePath(strconv.Itoa(tile), number, count))
		}
		out[i] = perfect(hashes[from : from+width])
	}
	return out, nil
}

// CheckEvidence checks evidence with nothing but the log's public key, and
// returns what it shows. Body is nil if the evidence has none.
func CheckEvidence(e Evidence, publicKey string) (Leaf, *Body, Checkpoint, error) {
	leaf, err := parseLeaf([]byte(e.Leaf))
	if err != nil {
		return leaf, nil, Checkpoint{}, err
	}
	head, signed, ok := strings.Cut(e.Proof, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != proofHeader || lines[1] != fmt.Sprintf("index %d", leaf.Index) {
		return leaf, nil, Checkpoint{}, errors.New("the proof is not one of this leaf")
	}
	c, err := ReadCheckpoint([]byte(signed), publicKey)
	if err != nil {
		return leaf, nil, c, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return leaf, nil, c, fmt.Errorf("the proof: %w", err)
		}
		proof = append(proof, h)
	}
	if err := tlog.CheckRecord(proof, c.Size, c.Root, leaf.Index, leafHash([]byte(e.Leaf))); err != nil {
		return leaf, nil, c, fmt.Errorf("the leaf is not in the log: %w", err)
	}
	if e.Body == "" && e.Key == "" {
		return leaf, nil, c, nil
	}
	body, err := e.body(&leaf)
	return leaf, body, c, err
}

func (e *Evidence) body(leaf *Leaf) (*Body, error) {
	key, err := base64.StdEncoding.DecodeString(e.Key)
	if err != nil || len(key) != keySize {
		return nil, errors.New("the record's key is not one")
	}
	if commitment(key, []byte(e.Body)) != leaf.Commit {
		return nil, errors.New("the body is not the one that the leaf commits to")
	}
	sealed, err := newBoxes().encrypt(nil, key, []byte(e.Body))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(sealed); digest(sum[:]) != leaf.Sealed {
		return nil, errors.New("the body is not the one in the archive")
	}
	var b Body
	if err := json.Unmarshal([]byte(e.Body), &b); err != nil {
		return nil, fmt.Errorf("the body cannot be read: %w", err)
	}
	return &b, nil
}

// FindEntry returns the index of the leaf of a journal's entry. Entries follow
// one another without holes, so that it need not look far.
func FindEntry(dir string, size, entry int64) (int64, error) {
	for _, data := range leaves(dir, 0, min(size, 1)) {
		if data.err != nil {
			return 0, data.err
		}
		first, err := parseLeaf(data.bytes)
		if err != nil {
			return 0, err
		}
		if i := entry - first.Entry; i >= 0 && i < size {
			return i, nil
		}
	}
	return 0, fmt.Errorf("entry %d is not in the archive", entry)
}

// IndexOf finds the leaf of an entry of the journal in the archive in dir.
func IndexOf(dir, publicKey string, entry int64) (int64, error) {
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return 0, err
	}
	head, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return 0, err
	}
	return FindEntry(dir, head.Size, entry)
}
