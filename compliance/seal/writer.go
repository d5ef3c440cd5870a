package seal

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"perch/chat"
)

// writer makes one seal: it gathers bodies, keys and tiles, writes and syncs
// them, and leaves the checkpoint to its caller.
type writer struct {
	log   *Log
	state state
	heads map[string]head // of rooms that have new leaves

	bodies, index, keys []byte   // of the segment that is being written
	begun               int64    // the index of the first record in them
	files               []string // that were written and are to be synced
	data                []byte   // room for a leaf's bytes
}

// record is an entry with all of it that depends on no other.
type record struct {
	entry  chat.Entry
	key    []byte
	sealed []byte // the encrypted body
	slot   []byte // the key, wrapped
	commit string
	sum    string // of sealed
	err    error
}

// prepare makes records of entries, on all cores: it is most of the work. Entries
// up to the last that was sealed are left out.
func (w *writer) prepare(entries []chat.Entry) ([]record, error) {
	out := make([]record, 0, len(entries))
	for i, last := 0, w.state.last; i < len(entries); i++ {
		if entries[i].ID > last {
			last = entries[i].ID
			out = append(out, record{entry: entries[i]})
		}
	}
	keys := make([]byte, keySize*len(out))
	if _, err := io.ReadFull(w.log.o.Random, keys); err != nil {
		return nil, fmt.Errorf("randomness for keys: %w", err)
	}
	for i := range out {
		out[i].key = keys[keySize*i : keySize*(i+1)]
	}
	var wg sync.WaitGroup
	for part := range slices.Chunk(out, max(leastPart, (len(out)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))) {
		wg.Go(func() {
			for i := range part {
				part[i].err = part[i].seal(w.log.kek)
			}
		})
	}
	wg.Wait()
	return out, nil
}

// leastPart is how many entries are worth a goroutine.
const leastPart = 64

func (r *record) seal(kek cipher.Block) error {
	r.entry.Clean() // a journal may be older than the rule
	body, err := bodyOf(&r.entry)
	if err != nil {
		return err
	}
	if r.sealed, err = encrypt(nil, r.key, body); err != nil {
		return err
	}
	sum := sha256.Sum256(r.sealed)
	r.commit, r.sum, r.slot = commitment(r.key, body), digest(sum[:]), wrap(kek, r.key)
	return nil
}

// add appends one record.
func (w *writer) add(r *record) error {
	if r.err != nil {
		return r.err
	}
	i, e := w.state.tree.size, &r.entry
	if len(w.keys) == 0 {
		w.begun = i
	}
	w.bodies = append(w.bodies, r.sealed...)
	w.state.offset += int64(len(r.sealed))
	w.index = binary.BigEndian.AppendUint64(w.index, uint64(w.state.offset))
	w.keys = append(w.keys, r.slot...)
	leaf := Leaf{
		Actor: int64(e.Actor), ActorURI: e.ActorURI, At: int64(e.At), Client: e.Client, Commit: r.commit, Endpoint: e.Endpoint,
		Entry: int64(e.ID), Index: i, Kind: string(e.Kind), Last: int64(e.Last), Message: int64(e.Message), Room: e.RoomGUID,
		Sealed: r.sum, Size: int64(len(r.sealed)), Version: leafVersion,
	}
	if e.Kind == chat.EntryRetention {
		leaf.Act = e.Detail
	}
	leaf.Class = w.class(e.RoomGUID)
	leaf.Floor = int64(w.state.ledger.floorOf(&leaf))
	w.chain(&leaf)
	if err := w.leaf(&leaf); err != nil {
		return err
	}
	if leaf.Act != "" {
		w.state.ledger = w.state.ledger.clone()
		w.state.ledger.add(i, e.At, leaf.Act)
	}
	w.state.last = e.ID
	if w.state.tree.size%segmentRecords == 0 {
		return w.flush()
	}
	return nil
}

// class is the retention class of a room's records.
func (w *writer) class(room string) string {
	if room == "" || w.log.o.Class == nil {
		return ""
	}
	c, known := w.log.o.Class(room)
	if known {
		return c
	}
	if h, ok := w.heads[room]; ok {
		return h.Class
	}
	return w.state.heads[room].Class
}

// chain chains a leaf to its room's last.
func (w *writer) chain(l *Leaf) {
	if l.Room == "" {
		return
	}
	h, ok := w.heads[l.Room]
	if !ok {
		h, ok = w.state.heads[l.Room]
	}
	if l.RoomSeq = h.Seq + 1; ok {
		l.Prev = digest(h.Hash[:])
	}
}

// leaf puts a leaf into the tree.
func (w *writer) leaf(l *Leaf) error {
	data, err := appendLeaf(w.data[:0], l)
	if err != nil {
		return err
	}
	w.data = data
	if len(data) > maxLeaf {
		return fmt.Errorf("entry %d makes a leaf of %d bytes", l.Entry, len(data))
	}
	h := leafHash(data)
	if l.Room != "" {
		w.heads[l.Room] = head{l.RoomSeq, h, l.Class}
	}
	w.state.bundle = appendEntry(w.state.bundle, data)
	number := w.state.tree.size / tileWidth
	var failed error
	w.state.tree.append(h, func(f full) {
		if failed == nil {
			failed = w.tile(tilePath(strconv.Itoa(f.level), f.number, tileWidth), hashBytes(f.hashes))
		}
	})
	if failed == nil && w.state.tree.size%tileWidth == 0 {
		failed = w.tile(tilePath("entries", number, tileWidth), w.state.bundle)
		w.state.bundle = nil
	}
	return failed
}

func (w *writer) tile(path string, data []byte) error {
	name := filepath.Join(w.log.dir, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	w.files = append(w.files, path)
	return os.WriteFile(name, data, 0o600)
}

// flush writes what was gathered for the segment.
func (w *writer) flush() error {
	if len(w.keys) == 0 {
		return nil
	}
	n := w.begun % segmentRecords
	start := w.state.offset - int64(len(w.bodies))
	for _, part := range []struct {
		name string
		at   int64
		data []byte
	}{{segment("bodies", w.begun), start, w.bodies}, {segment("bodies", w.begun) + ".idx", 8 * n, w.index}, {segment("keys", w.begun), keySize * n, w.keys}} {
		if err := writeAt(filepath.Join(w.log.dir, part.name), part.at, part.data); err != nil {
			return err
		}
		w.files = append(w.files, part.name)
	}
	w.bodies, w.index, w.keys = w.bodies[:0], w.index[:0], w.keys[:0]
	if w.state.tree.size%segmentRecords == 0 {
		w.state.offset = 0
	}
	return nil
}

// finish writes what is left, and the parts of tiles that are not full.
func (w *writer) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	size := w.state.tree.size
	for level := range w.state.tree.tails {
		if count, number := inTail(size, level); count > 0 {
			if err := w.tile(tilePath(strconv.Itoa(level), number, count), hashBytes(w.state.tree.tails[level])); err != nil {
				return err
			}
		}
	}
	if count, number := inTail(size, 0); count > 0 {
		if err := w.tile(tilePath("entries", number, count), w.state.bundle); err != nil {
			return err
		}
	}
	return w.sync()
}

// sync makes what was written last: files first, then their names. Many at a
// time share the disk's commits.
func (w *writer) sync() error {
	folders := map[string]bool{}
	for _, f := range w.files {
		for d := filepath.Dir(f); d != "." && !folders[d]; d = filepath.Dir(d) {
			folders[d] = true
		}
	}
	for _, names := range [][]string{w.files, slices.Sorted(maps.Keys(folders))} {
		var g errgroup.Group
		g.SetLimit(16)
		for _, name := range names {
			g.Go(func() error { return syncPath(filepath.Join(w.log.dir, name)) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// dropParts removes the parts of tiles of a log of one size that a log of a
// greater size has in full or in larger parts.
func dropParts(dir string, old, now int64) error {
	for _, f := range parts(old) {
		if slices.Contains(parts(now), f) {
			continue
		}
		name := filepath.Join(dir, f)
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		_ = os.Remove(filepath.Dir(name)) // if nothing else is in it
	}
	return nil
}

// dropAll removes every tile that is none of a log of that size: what a seal
// that was cut short has left.
func dropAll(dir string, size int64) error {
	return filepath.WalkDir(filepath.Join(dir, "tile"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || isTile(filepath.ToSlash(rel), size) {
			return err
		}
		return os.Remove(name)
	})
}

func writeAt(name string, at int64, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, at)
	return errors.Join(err, f.Close())
}

// writeSynced writes a file that is replaced by none but its own bytes.
func writeSynced(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// WriteFile replaces a file as a whole, for its owner only.
func WriteFile(name string, data []byte) error {
	tmp := name + ".tmp"
	if err := writeSynced(tmp, data); err != nil {
		return err
	}
	if err := os.Rename(tmp, name); err != nil {
		return err
	}
	return syncPath(filepath.Dir(name))
}

// syncPath makes a file's bytes, or a folder's names, last.
func syncPath(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
