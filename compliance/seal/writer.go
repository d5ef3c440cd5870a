package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"perch/chat"
)

// writer makes one seal: it gathers bodies, keys and tiles, writes and syncs
// them, and leaves the checkpoint to its caller.
type writer struct {
	log   *Log
	state state
	heads map[string]head // of rooms that have new leaves

	bodies, index, keys []byte // of the segment that is being written
	begun               int64  // the index of the first record in them
	data                []byte // room for a leaf's bytes

	files   errgroup.Group  // writes and syncs, while leaves are added
	folders map[string]bool // that files are in
}

// filesAtOnce is how many files are synced at a time: they share the disk's
// commits.
const filesAtOnce = 16

func (l *Log) newWriter() *writer {
	w := &writer{log: l, state: l.state, heads: map[string]head{}, folders: map[string]bool{}}
	w.state.tree, w.state.bundle = l.state.tree.clone(), slices.Clone(l.state.bundle)
	w.files.SetLimit(filesAtOnce)
	return w
}

// write writes all that entries make but the checkpoint.
func (w *writer) write(entries []chat.Entry) error {
	records, err := w.log.records(entries, w.state.last)
	if err != nil {
		return err
	}
	for r := range records {
		if err := w.add(r); err != nil {
			return err
		}
	}
	if w.state.tree.size == w.log.state.tree.size {
		return nil
	}
	return w.finish()
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
	w.keys = append(w.keys, r.slot[:]...)
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
	w.state.tree.append(h, func(f full) {
		w.tile(tilePath(strconv.Itoa(f.level), f.number, tileWidth), hashBytes(f.hashes))
	})
	if w.state.tree.size%tileWidth == 0 {
		w.tile(tilePath("entries", number, tileWidth), w.state.bundle)
		w.state.bundle = make([]byte, 0, cap(w.state.bundle))
	}
	return nil
}

// tile has a tile written, whose bytes are not changed any more.
func (w *writer) tile(path string, data []byte) {
	w.file(path, func(name string) error {
		err := writeSynced(name, data)
		if errors.Is(err, fs.ErrNotExist) {
			if err = os.MkdirAll(filepath.Dir(name), 0o700); err == nil {
				err = writeSynced(name, data)
			}
		}
		return err
	})
}

// file has something done about a file of the log while leaves are added. What
// fails is told by finish.
func (w *writer) file(path string, do func(name string) error) {
	for d := filepath.Dir(path); d != "." && !w.folders[d]; d = filepath.Dir(d) {
		w.folders[d] = true
	}
	w.files.Go(func() error { return do(filepath.Join(w.log.dir, path)) })
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
		w.file(part.name, syncPath)
	}
	w.bodies, w.index, w.keys = w.bodies[:0], w.index[:0], w.keys[:0]
	if w.state.tree.size%segmentRecords == 0 {
		w.state.offset = 0
	}
	return nil
}

// finish writes what is left, and the parts of tiles that are not full, but for
// those that the newest checkpoint relies on already. What was written then lasts:
// files first, then their names.
func (w *writer) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	old := parts(w.log.state.tree.size)
	for path, data := range w.state.parts() {
		if !slices.Contains(old, path) {
			w.tile(path, data)
		}
	}
	if err := w.files.Wait(); err != nil {
		return err
	}
	for f := range w.folders {
		w.files.Go(func() error { return syncPath(filepath.Join(w.log.dir, f)) })
	}
	return w.files.Wait()
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
