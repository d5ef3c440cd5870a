package textindex

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"maps"
	"os"
	"slices"

	"perch/chat"
	"perch/chat/search"
)

// segmentWriter writes a segment: first all documents, then all keys in order.
// What must stand together and is large goes to the file at once, the rest is
// kept until the end.
type segmentWriter struct {
	file     *os.File
	out      *bufio.Writer
	begin    [sections + 1]uint64 // of the sections
	at       uint64
	docs     int
	keyCount int
	minAt    chat.Time
	maxAt    chat.Time
	kept     [sections][]byte
	ends     [sections]uint64 // of the pieces of texts, postings and keys
	holding  map[uint32][]uint32
	buffer   []byte
	err      error
}

func createSegment(path string) (*segmentWriter, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &segmentWriter{file: f, out: bufio.NewWriterSize(f, 1<<18), holding: map[uint32][]uint32{}}, nil
}

func (w *segmentWriter) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
		w.at += uint64(len(b))
	}
}

func (w *segmentWriter) keep(s section, n uint64) {
	w.kept[s] = binary.LittleEndian.AppendUint32(w.kept[s], uint32(n))
}

// errTooLarge: segments are bounded so that offsets fit into four bytes.
var errTooLarge = errors.New("the segment is too large")

// end notes where a piece of a section ends.
func (w *segmentWriter) end(of, ends section, size int) {
	w.ends[of] += uint64(size)
	if w.ends[of] > 1<<32-1 && w.err == nil {
		w.err = errTooLarge
	}
	w.keep(ends, w.ends[of])
}

// document adds the next document.
func (w *segmentWriter) document(position chat.EntryID, at chat.Time, room chat.RoomID, id chat.MessageID, text string) {
	if w.docs == 0 {
		w.minAt, w.maxAt = at, at
	}
	w.minAt, w.maxAt = min(w.minAt, at), max(w.maxAt, at)
	w.docs++
	w.kept[positions] = binary.LittleEndian.AppendUint64(w.kept[positions], uint64(position))
	w.kept[times] = binary.LittleEndian.AppendUint64(w.kept[times], uint64(at))
	w.keep(rooms, uint64(room))
	w.keep(ids, uint64(id))
	w.end(texts, textEnds, len(text))
	w.buffer = append(w.buffer[:0], text...)
	w.write(w.buffer)
}

// key adds the next key and its documents, which must rise.
func (w *segmentWriter) key(key []byte, list []uint32) {
	if w.keyCount == 0 {
		w.begin[postings] = w.at
	}
	w.buffer = appendPosting(w.buffer[:0], list, w.docs)
	w.write(w.buffer)
	w.end(postings, listEnds, len(w.buffer))
	w.kept[keys] = append(w.kept[keys], key...)
	w.end(keys, keyEnds, len(key))
	if key[0] == wordKey {
		for i := 1; i+3 <= len(key); i++ {
			g := gramOf(key[i:])
			if l := w.holding[g]; len(l) == 0 || l[len(l)-1] != uint32(w.keyCount) {
				w.holding[g] = append(l, uint32(w.keyCount))
			}
		}
	}
	w.keyCount++
}

// finish writes what is left and brings the file to the disk.
func (w *segmentWriter) finish() error {
	if w.keyCount == 0 {
		w.begin[postings] = w.at
	}
	for _, g := range slices.Sorted(maps.Keys(w.holding)) {
		before := len(w.kept[gramLists])
		w.kept[gramLists] = appendPosting(w.kept[gramLists], w.holding[g], w.keyCount)
		w.keep(grams, uint64(g))
		w.end(gramLists, gramEnds, len(w.kept[gramLists])-before)
	}
	for s := positions; s < sections; s++ {
		w.begin[s] = w.at
		w.write(w.kept[s])
	}
	w.begin[sections] = w.at
	var tail []byte
	for _, n := range w.begin {
		tail = binary.LittleEndian.AppendUint64(tail, n)
	}
	for _, n := range [...]int{w.docs, w.keyCount, int(w.minAt), int(w.maxAt)} {
		tail = binary.LittleEndian.AppendUint64(tail, uint64(n))
	}
	tail = binary.LittleEndian.AppendUint32(tail, crc32.ChecksumIEEE(tail))
	w.write(append(tail, magic...))
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err == nil {
		w.err = w.file.Sync()
	}
	return cmp.Or(w.err, w.file.Close())
}

// abandon removes a file that is not to be finished.
func (w *segmentWriter) abandon() {
	w.file.Close()
	_ = os.Remove(w.file.Name()) // Open removes what is left
}

// writeDocs makes a segment of documents, which are sorted by position.
func writeDocs(path string, docs []Doc) error {
	w, err := createSegment(path)
	if err != nil {
		return err
	}
	lists := map[string]*[]uint32{}
	for i := range docs {
		d := &docs[i]
		w.document(d.Position, d.At, d.Room, d.ID, d.Text)
		add := func(key []byte) {
			l := lists[string(key)]
			if l == nil {
				l = new([]uint32)
				lists[string(key)] = l
			}
			if n := len(*l); n == 0 || (*l)[n-1] != uint32(i) {
				*l = append(*l, uint32(i))
			}
		}
		add(keyOfRoom(d.Room))
		add(keyOfAuthor(d.Author))
		for traits, all := search.TraitsOf(d.Text, d.Alert), chat.EachTrait(); len(all) > 0; all = all[1:] {
			if traits&all[0] != 0 {
				add(keyOfTrait(all[0]))
			}
		}
		var key []byte
		of := func(kind byte) func(s string) {
			return func(s string) { key = append(append(key[:0], kind), s...); add(key) }
		}
		search.Keys(search.FoldNormal(d.Text), of(wordKey), of(symbolKey), of(pairKey))
	}
	for _, k := range slices.Sorted(maps.Keys(lists)) {
		w.key([]byte(k), *lists[k])
	}
	if err := w.finish(); err != nil {
		w.abandon()
		return err
	}
	return nil
}
