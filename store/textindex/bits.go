package textindex

import (
	"encoding/binary"
	"math/bits"
)

// bitset is a set of documents of one segment.
type bitset []uint64

func newBitset(docs int) bitset { return make(bitset, (docs+63)/64) }

func (b bitset) set(doc uint32)      { b[doc/64] |= 1 << (doc % 64) }
func (b bitset) clear(doc uint32)    { b[doc/64] &^= 1 << (doc % 64) }
func (b bitset) has(doc uint32) bool { return b[doc/64]&(1<<(doc%64)) != 0 }

// fill sets the documents from <= doc < to.
func (b bitset) fill(from, to int) {
	for ; from < to && from%64 != 0; from++ {
		b.set(uint32(from))
	}
	for ; from+64 <= to; from += 64 {
		b[from/64] = ^uint64(0)
	}
	for ; from < to; from++ {
		b.set(uint32(from))
	}
}

// trim takes out all but from <= doc < to.
func (b bitset) trim(from, to int) {
	clear(b[:from/64])
	if from%64 != 0 {
		b[from/64] &= ^uint64(0) << (from % 64)
	}
	if to%64 != 0 {
		b[to/64] &= ^uint64(0) >> (64 - to%64)
	}
	clear(b[(to+63)/64:])
}

func (b bitset) and(c bitset) {
	for i := range b {
		b[i] &= c[i]
	}
}

func (b bitset) or(c bitset) {
	for i := range b {
		b[i] |= c[i]
	}
}

func (b bitset) andNot(c bitset) {
	for i := range c { // nil is the empty set
		b[i] &^= c[i]
	}
}

func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// clone returns a copy for a segment of so many documents; nil is the empty set.
func (b bitset) clone(docs int) bitset {
	c := newBitset(docs)
	copy(c, b)
	return c
}

// each hands on the documents in order, until do returns false.
func (b bitset) each(do func(doc uint32) bool) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			if !do(uint32(i*64 + bits.TrailingZeros64(w))) {
				return
			}
		}
	}
}

// back is each from the last document to the first.
func (b bitset) back(do func(doc uint32) bool) {
	for i := len(b) - 1; i >= 0; i-- {
		for w := b[i]; w != 0; {
			top := 63 - bits.LeadingZeros64(w)
			w &^= 1 << top
			if !do(uint32(i*64 + top)) {
				return
			}
		}
	}
}

// A posting list is the documents that have a key, rising: the differences as
// varints, or a bitmap where that is shorter. Its first byte says which.
const (
	asDifferences = 0
	asBitmap      = 1
)

// appendPosting encodes a list for a segment of so many documents.
func appendPosting(out []byte, list []uint32, docs int) []byte {
	start := len(out)
	out = append(out, asDifferences)
	last := uint32(0)
	for _, doc := range list {
		out = binary.AppendUvarint(out, uint64(doc-last))
		last = doc
	}
	size := (docs + 7) / 8
	if len(out)-start-1 <= size {
		return out
	}
	out = append(out[:start], asBitmap)
	out = append(out, make([]byte, size)...)
	bitmap := out[start+1:]
	for _, doc := range list {
		bitmap[doc/8] |= 1 << (doc % 8)
	}
	return out
}

// readPosting hands on the documents of a list.
func readPosting(p []byte, do func(doc uint32)) {
	if p[0] == asBitmap {
		for i, w := range p[1:] {
			for ; w != 0; w &= w - 1 {
				do(uint32(i*8 + bits.TrailingZeros8(w)))
			}
		}
		return
	}
	doc, shift, diff := uint32(0), 0, uint32(0)
	for _, c := range p[1:] {
		diff |= uint32(c&0x7F) << shift
		if c >= 0x80 {
			shift += 7
			continue
		}
		doc += diff
		do(doc)
		shift, diff = 0, 0
	}
}

// addPosting adds the documents of a list.
func (b bitset) addPosting(p []byte) {
	if p[0] == asBitmap {
		p = p[1:]
		i := 0
		for ; len(p) >= 8; i, p = i+1, p[8:] {
			b[i] |= binary.LittleEndian.Uint64(p)
		}
		for j, w := range p {
			b[i] |= uint64(w) << (8 * j)
		}
		return
	}
	doc, shift, diff := uint32(0), 0, uint32(0)
	for _, c := range p[1:] {
		if shift == 0 && c < 0x80 { // most of them
			doc += uint32(c)
			b.set(doc)
			continue
		}
		diff |= uint32(c&0x7F) << shift
		if c >= 0x80 {
			shift += 7
			continue
		}
		doc += diff
		b.set(doc)
		shift, diff = 0, 0
	}
}
