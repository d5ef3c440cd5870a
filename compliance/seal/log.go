package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"perch/chat"
)

// Keys are the secrets of a log. They are kept outside of its folder.
type Keys struct {
	Private string // what checkpoints are signed with, as GenerateKeys makes it
	Content []byte // 32 bytes: encrypts the keys of the records
}

// Options of a log.
type Options struct {
	Random io.Reader
	// Heads is a file where the log keeps what it could find by reading itself from
	// the beginning; empty: it reads.
	Heads string
	// Class tells the retention class of a room's category, empty for none. known is
	// false for a room that is no more: its records keep the class that they had.
	// nil: no room has one.
	Class func(room string) (class string, known bool)
}

// Log is the writer of a sealed archive. It is safe for concurrent use; there
// must be one writer of a folder.
//
// What Append returned nil for is on disk and signed. Whatever happens in
// between, the next Open finds the state of the newest checkpoint and cuts off
// what lies beyond it.
type Log struct {
	dir    string
	o      Options
	signer note.Signer
	kek    cipher.Block

	mu     sync.Mutex // guards the fields below
	state  state
	signed []byte // the newest checkpoint
	broken bool   // a write failed: what is on disk is to be read again
}

// state is what the log knows of itself.
type state struct {
	tree   tree
	bundle []byte // entries of the last bundle, each behind its length
	offset int64  // of the next body in its segment
	last   chat.EntryID
	heads  map[string]head // by room
	ledger *ledger
}

// head is a room's last leaf.
type head struct {
	Seq   int64
	Hash  tlog.Hash
	Class string
}

// segmentRecords is how many bodies, and how many keys, a file holds.
const segmentRecords = 1 << 16

// maxAppend bounds one Append.
const maxAppend = 1 << 16

// Open opens the log in a folder, making it if it is not there.
func Open(dir string, keys Keys, o Options) (*Log, error) {
	signer, err := note.NewSigner(keys.Private)
	if err != nil {
		return nil, fmt.Errorf("the archive's private key cannot be read: %w", err)
	}
	if len(keys.Content) != keySize {
		return nil, fmt.Errorf("the archive's content key has %d bytes, not %d", len(keys.Content), keySize)
	}
	l := &Log{dir: dir, o: o, signer: signer}
	if l.kek, err = aes.NewCipher(keys.Content); err != nil {
		return nil, err
	}
	for _, sub := range []string{"tile", "bodies", "keys"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	return l, l.load()
}

// load reads the state that the newest checkpoint describes.
func (l *Log) load() error {
	signed, err := os.ReadFile(filepath.Join(l.dir, "checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		if err := l.isNew(); err != nil {
			return err
		}
		l.state, l.signed, l.broken = state{heads: map[string]head{}, ledger: newLedger(l.signer.Name(), nil)}, nil, false
		return l.sign(&l.state)
	}
	if err != nil {
		return err
	}
	c, err := readCheckpoint(signed, trusting{l.signer})
	if err != nil {
		return fmt.Errorf("the archive in %s: %w; see perch archive verify", l.dir, err)
	}
	s := state{heads: map[string]head{}, ledger: newLedger(c.Origin, nil)}
	if s.tree, err = readTree(l.dir, c.Size); err != nil {
		return fmt.Errorf("the archive in %s: %w; see perch archive verify", l.dir, err)
	}
	if s.tree.root() != c.Root {
		return fmt.Errorf("the archive in %s is not what its checkpoint says; see perch archive verify", l.dir)
	}
	if err := l.loadHeads(&s); err != nil {
		return err
	}
	if err := l.trim(&s); err != nil {
		return err
	}
	l.state, l.signed, l.broken = s, signed, false
	return nil
}

// isNew refuses a folder that has lost its checkpoint: a new log in it would
// overwrite what is there. A new log's checkpoint is written before all else.
func (l *Log) isNew() error {
	return filepath.WalkDir(l.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".tmp") {
			return err
		}
		return fmt.Errorf("the archive in %s has lost its checkpoint: put it back from a copy (perch archive head), or from a witness", l.dir)
	})
}

// trusting verifies by signing again: Ed25519 signatures are deterministic.
type trusting struct{ note.Signer }

func (t trusting) Verify(msg, sig []byte) bool {
	again, err := t.Sign(msg)
	return err == nil && string(again) == string(sig)
}

// readTree reads the tails of a tree of that size.
func readTree(dir string, size int64) (tree, error) {
	t := tree{size: size, tails: make([][]tlog.Hash, levels(size))}
	for level := range t.tails {
		count, number := inTail(size, level)
		if count == 0 {
			continue
		}
		b, err := readPart(dir, strconv.Itoa(level), number, count)
		if err != nil {
			return t, err
		}
		if len(b) < count*tlog.HashSize {
			return t, fmt.Errorf("%s is too short", tilePath(strconv.Itoa(level), number, count))
		}
		t.tails[level] = bytesHashes(b[:count*tlog.HashSize])
	}
	return t, nil
}

// readPart reads a tile of which there is at least so much: the part itself, or
// a larger one that a later seal has put in its place.
func readPart(dir, kind string, number int64, count int) ([]byte, error) {
	for ; count <= tileWidth; count++ {
		b, err := os.ReadFile(filepath.Join(dir, tilePath(kind, number, count)))
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	return nil, fmt.Errorf("%s is missing: %w", tilePath(kind, number, tileWidth), fs.ErrNotExist)
}

// headsFile is what Options.Heads holds.
type headsFile struct {
	Size  int64
	Root  tlog.Hash
	Heads map[string]head
	Acts  []sealedAct
}

// loadHeads finds every room's last leaf: from what was kept, if it belongs to
// this log, and the leaves since.
func (l *Log) loadHeads(s *state) error {
	from := int64(0)
	if b, err := os.ReadFile(l.o.Heads); err == nil {
		var kept headsFile
		if json.Unmarshal(b, &kept) == nil && kept.Size <= s.tree.size && kept.Heads != nil {
			if t, err := readTree(l.dir, kept.Size); err == nil && t.root() == kept.Root {
				s.heads, from = kept.Heads, kept.Size
				for _, a := range kept.Acts {
					s.ledger.add(a.Index, a.At, a.Text)
				}
			}
		}
	}
	start := min(from, s.tree.size-s.tree.size%tileWidth, max(0, s.tree.size-1))
	for i, data := range leaves(l.dir, start, s.tree.size) {
		if data.err != nil {
			return fmt.Errorf("the archive in %s: %w; see perch archive verify", l.dir, data.err)
		}
		leaf, err := parseLeaf(data.bytes)
		if err != nil {
			return fmt.Errorf("the archive in %s, leaf %d: %w; see perch archive verify", l.dir, i, err)
		}
		if i >= from && leaf.Room != "" {
			s.heads[leaf.Room] = head{leaf.RoomSeq, leafHash(data.bytes), leaf.Class}
		}
		if i >= from && leaf.Act != "" {
			s.ledger.add(i, chat.Time(leaf.At), leaf.Act)
		}
		if i/tileWidth == s.tree.size/tileWidth {
			s.bundle = appendEntry(s.bundle, data.bytes)
		}
		s.last = chat.EntryID(leaf.Entry)
	}
	return nil
}

func appendEntry(b, leaf []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(leaf))), leaf...)
}

func segment(kind string, index int64) string {
	return filepath.Join(kind, fmt.Sprintf("%06d", index/segmentRecords))
}

// trim cuts off what lies beyond the checkpoint: bodies and keys that no leaf
// speaks of, and parts of tiles.
func (l *Log) trim(s *state) error {
	n := s.tree.size % segmentRecords
	idx := filepath.Join(l.dir, segment("bodies", s.tree.size)+".idx")
	if n > 0 {
		b, err := os.ReadFile(idx)
		if err != nil {
			return err
		}
		if int64(len(b)) < 8*n {
			return fmt.Errorf("%s is too short; see perch archive verify", idx)
		}
		s.offset = int64(binary.BigEndian.Uint64(b[8*(n-1):]))
	}
	for file, size := range map[string]int64{
		idx: 8 * n,
		filepath.Join(l.dir, segment("bodies", s.tree.size)): s.offset,
		filepath.Join(l.dir, segment("keys", s.tree.size)):   keySize * n,
		filepath.Join(l.dir, "checkpoint.tmp"):               0,
	} {
		err := os.Truncate(file, size)
		if err == nil && size == 0 {
			err = os.Remove(file)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := l.restoreParts(s); err != nil {
		return err
	}
	return dropAll(l.dir, s.tree.size)
}

// restoreParts writes the parts of tiles that are not there because larger ones took
// their places: an older checkpoint was put back.
func (l *Log) restoreParts(s *state) error {
	for path, data := range s.parts() {
		name := filepath.Join(l.dir, path)
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := WriteFile(name, data); err != nil {
			return err
		}
	}
	return nil
}

// parts are the tiles that are not full, by their paths.
func (s *state) parts() iter.Seq2[string, []byte] {
	return func(yield func(path string, data []byte) bool) {
		for level := range s.tree.tails {
			count, number := inTail(s.tree.size, level)
			if count > 0 && !yield(tilePath(strconv.Itoa(level), number, count), hashBytes(s.tree.tails[level])) {
				return
			}
		}
		if count, number := inTail(s.tree.size, 0); count > 0 {
			yield(tilePath("entries", number, count), s.bundle)
		}
	}
}

// Last is the entry that was sealed last.
func (l *Log) Last() chat.EntryID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.last
}

// Size is how many leaves there are.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.tree.size
}

// Checkpoint is the newest, signed.
func (l *Log) Checkpoint() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]byte(nil), l.signed...)
}

// Seal appends entries, in their order, and signs what the log is then. Entries
// up to Last are left out.
func (l *Log) Seal(ctx context.Context, entries []chat.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		if err := l.load(); err != nil {
			return err
		}
	}
	for len(entries) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(entries), maxAppend)
		l.broken = true // until it is whole again
		if err := l.seal(entries[:n]); err != nil {
			return fmt.Errorf("sealing: %w", err)
		}
		l.broken = false
		entries = entries[n:]
	}
	return nil
}

func (l *Log) seal(entries []chat.Entry) error {
	w := l.newWriter()
	if err := errors.Join(w.write(entries), w.files.Wait()); err != nil {
		return err
	}
	if w.state.tree.size == l.state.tree.size {
		return nil
	}
	if err := l.sign(&w.state); err != nil {
		return err
	}
	for room, h := range w.heads {
		w.state.heads[room] = h
	}
	old := l.state.tree.size
	l.state = w.state
	return dropParts(l.dir, old, l.state.tree.size)
}

// sign makes the checkpoint of a state the newest.
func (l *Log) sign(s *state) error {
	c := Checkpoint{l.signer.Name(), s.tree.size, s.tree.root()}
	signed, err := note.Sign(&note.Note{Text: c.text()}, l.signer)
	if err != nil {
		return err
	}
	if err := WriteFile(filepath.Join(l.dir, "checkpoint"), signed); err != nil {
		return err
	}
	l.signed = signed
	return nil
}

// Close keeps what makes the next Open fast.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken || l.o.Heads == "" {
		return nil
	}
	b, err := json.Marshal(headsFile{l.state.tree.size, l.state.tree.root(), l.state.heads, l.state.ledger.acts})
	if err != nil {
		return err
	}
	return WriteFile(l.o.Heads, b)
}
