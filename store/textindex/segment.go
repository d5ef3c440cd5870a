package textindex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"runtime"
	"slices"
	"sort"
	"unsafe"

	"golang.org/x/sys/unix"

	"perch/chat"
)

// A segment is a file of messages and of the keys by which they are found. It
// never changes. Its documents are numbered from 0 in the order of posting.
//
// The file is a row of sections, then where each begins, how many documents and
// keys there are, a checksum of that, and the magic. Numbers are little-endian.
type section int

const (
	texts     section = iota
	postings          // see appendPosting
	positions         // of the documents, 8 bytes each
	times             // 8 bytes each
	rooms             // 4 bytes each
	ids               // 4 bytes each
	textEnds          // where each document's text ends, 4 bytes each
	keyEnds           // where each key ends, 4 bytes each
	listEnds          // where each key's posting list ends, 4 bytes each
	keys              // sorted
	grams             // of three bytes that stand in words, sorted, 4 bytes each
	gramEnds          // where the list of each ends, 4 bytes each
	gramLists         // the keys of the words that hold it, as a posting list
	sections
)

// Keys begin with what they are.
const (
	wordKey   = 'w' // and the word
	symbolKey = 's' // and the character
	pairKey   = 'p' // and two characters
	roomKey   = 'r' // and its id, 4 bytes, big-endian
	authorKey = 'a' // and his id, 8 bytes, big-endian
	traitKey  = 't' // and one of chat.Traits
)

const (
	magic      = "perchsi2"
	tailLength = int(sections+1)*8 + 4*8 + 4 + len(magic)
	noDocument = ^uint32(0)
)

type segment struct {
	name    string
	docs    int
	keys    int
	minAt   chat.Time
	maxAt   chat.Time
	section [sections][]byte
	ranges  [256][2]int // the keys that begin with a byte
}

// openSegment maps a file into memory. It is unmapped when nobody uses it any
// more.
func openSegment(path, name string) (*segment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := int(info.Size())
	if size < tailLength {
		return nil, errDamaged
	}
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	s := &segment{name: name}
	runtime.AddCleanup(s, func(data []byte) { _ = unix.Munmap(data) }, data) // nothing can be done about an error
	return s, s.read(data)
}

var errDamaged = errors.New("the file is damaged")

// read finds the sections.
func (s *segment) read(data []byte) error {
	tail := data[len(data)-tailLength:]
	sum := len(tail) - len(magic) - 4
	if string(tail[sum+4:]) != magic || binary.LittleEndian.Uint32(tail[sum:]) != crc32.ChecksumIEEE(tail[:sum]) {
		return errDamaged
	}
	at := func(i int) int { return int(binary.LittleEndian.Uint64(tail[8*i:])) }
	for i := range s.section {
		from, to := at(i), at(i+1)
		if from < 0 || from > to || to > len(data) {
			return errDamaged
		}
		s.section[i] = data[from:to:to]
	}
	n := int(sections) + 1
	s.docs, s.keys, s.minAt, s.maxAt = at(n), at(n+1), chat.Time(at(n+2)), chat.Time(at(n+3))
	if len(s.section[positions]) != 8*s.docs || len(s.section[keyEnds]) != 4*s.keys {
		return errDamaged
	}
	for _, kind := range [...]byte{wordKey, symbolKey, pairKey, roomKey, authorKey, traitKey} {
		s.ranges[kind] = [2]int{s.lower([]byte{kind}), s.lower([]byte{kind + 1})}
	}
	return nil
}

func (s *segment) number(of section, i int) int {
	return int(binary.LittleEndian.Uint32(s.section[of][4*i:]))
}

func (s *segment) position(doc uint32) chat.EntryID {
	return chat.EntryID(binary.LittleEndian.Uint64(s.section[positions][8*doc:]))
}

func (s *segment) at(doc uint32) chat.Time {
	return chat.Time(binary.LittleEndian.Uint64(s.section[times][8*doc:]))
}

func (s *segment) room(doc uint32) chat.RoomID { return chat.RoomID(s.number(rooms, int(doc))) }

func (s *segment) id(doc uint32) chat.MessageID { return chat.MessageID(s.number(ids, int(doc))) }

// slice is the i-th piece of a section, whose ends stand in another.
func (s *segment) slice(of, ends section, i int) []byte {
	from := 0
	if i > 0 {
		from = s.number(ends, i-1)
	}
	return s.section[of][from:s.number(ends, i)]
}

// text is valid as long as the segment is.
func (s *segment) text(doc uint32) string {
	b := s.slice(texts, textEnds, int(doc))
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (s *segment) key(i int) []byte     { return s.slice(keys, keyEnds, i) }
func (s *segment) posting(i int) []byte { return s.slice(postings, listEnds, i) }

// lower is the first key that is not below another.
func (s *segment) lower(key []byte) int {
	from, to := 0, s.keys
	if r := s.ranges[key[0]]; r[1] > 0 {
		from, to = r[0], r[1]
	}
	return from + sort.Search(to-from, func(i int) bool { return bytes.Compare(s.key(from+i), key) >= 0 })
}

// find is the posting list of a key, nil for none.
func (s *segment) find(key []byte) []byte {
	if i := s.lower(key); i < s.keys && bytes.Equal(s.key(i), key) {
		return s.posting(i)
	}
	return nil
}

// beginning are the keys that begin with a key.
func (s *segment) beginning(key []byte) (from, to int) {
	above := slices.Clone(key)
	for i := len(above) - 1; i >= 0; i-- {
		if above[i]++; above[i] != 0 {
			return s.lower(key), s.keysBelow(above[:i+1])
		}
	}
	return s.lower(key), s.keys
}

func (s *segment) keysBelow(key []byte) int {
	return sort.Search(s.keys, func(i int) bool { return bytes.Compare(s.key(i), key) >= 0 })
}

// holding hands on the words' keys that hold a part of three bytes or more.
func (s *segment) holding(part string, do func(key int)) {
	var list []byte
	for i := 0; i+3 <= len(part); i++ {
		l := s.gram(gramOf(part[i:]))
		if l == nil {
			return
		}
		if list == nil || len(l) < len(list) {
			list = l
		}
	}
	if list == nil {
		return
	}
	want := []byte(part)
	readPosting(list, func(i uint32) {
		if len(part) == 3 || bytes.Contains(s.key(int(i))[1:], want) {
			do(int(i))
		}
	})
}

func gramOf[T string | []byte](s T) uint32 { return uint32(s[0])<<16 | uint32(s[1])<<8 | uint32(s[2]) }

// gram is the list of the words that hold three bytes, nil for none.
func (s *segment) gram(g uint32) []byte {
	n := len(s.section[grams]) / 4
	i := sort.Search(n, func(i int) bool { return s.number(grams, i) >= int(g) })
	if i == n || s.number(grams, i) != int(g) {
		return nil
	}
	return s.slice(gramLists, gramEnds, i)
}

// from is the first document posted after an entry.
func (s *segment) from(after chat.EntryID) int {
	return sort.Search(s.docs, func(i int) bool { return s.position(uint32(i)) > after })
}

func keyOf(kind byte, s string) []byte { return append([]byte{kind}, s...) }

func keyOfRoom(r chat.RoomID) []byte {
	return binary.BigEndian.AppendUint32([]byte{roomKey}, uint32(r))
}

func roomOfKey(key []byte) chat.RoomID { return chat.RoomID(binary.BigEndian.Uint32(key[1:])) }

func keyOfTrait(t chat.Traits) []byte { return []byte{traitKey, byte(t)} }

func keyOfAuthor(a chat.PrincipalID) []byte {
	return binary.BigEndian.AppendUint64([]byte{authorKey}, uint64(a))
}
