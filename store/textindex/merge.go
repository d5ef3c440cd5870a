package textindex

import (
	"bytes"
	"cmp"
	"slices"
)

// source is one of the segments of a merge.
type source struct {
	*segment
	gone bitset   // documents to leave out
	now  []uint32 // the new number of each document, or noDocument
	next int      // key
}

// mergeSegments writes one segment of several, without what is gone. Afterwards
// each source knows where its documents went.
func mergeSegments(path string, from []*source, stop <-chan struct{}) error {
	w, err := createSegment(path)
	if err != nil {
		return err
	}
	if err = mergeDocs(w, from, stop); err == nil {
		err = mergeKeys(w, from, stop)
	}
	if err == nil {
		err = w.finish()
	}
	if err != nil {
		w.abandon()
	}
	return err
}

// enough is how often, in documents or keys, a merge looks whether to stop.
const enough = 4096

func stopped(n int, stop <-chan struct{}) bool {
	if n%enough != 0 {
		return false
	}
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// mergeDocs writes the documents in the order of their positions.
func mergeDocs(w *segmentWriter, from []*source, stop <-chan struct{}) error {
	at := make([]int, len(from))
	for i, s := range from {
		s.now = make([]uint32, s.docs)
		at[i] = s.skip(0)
	}
	for {
		if stopped(w.docs, stop) {
			return errStopped
		}
		least := -1
		for i, s := range from {
			if at[i] < s.docs && (least < 0 || s.position(uint32(at[i])) < from[least].position(uint32(at[least]))) {
				least = i
			}
		}
		if least < 0 {
			return w.err
		}
		s, doc := from[least], uint32(at[least])
		s.now[doc] = uint32(w.docs)
		w.document(s.position(doc), s.at(doc), s.room(doc), s.id(doc), s.text(doc))
		at[least] = s.skip(at[least] + 1)
	}
}

// skip passes over what is gone.
func (s *source) skip(doc int) int {
	for ; doc < s.docs && s.gone != nil && s.gone.has(uint32(doc)); doc++ {
		s.now[doc] = noDocument
	}
	return doc
}

// mergeKeys writes the keys of all sources, each with its documents.
func mergeKeys(w *segmentWriter, from []*source, stop <-chan struct{}) error {
	var list []uint32
	for n := 0; ; n++ {
		if stopped(n, stop) {
			return errStopped
		}
		var key []byte
		for _, s := range from {
			if s.next < s.keys && (key == nil || bytes.Compare(s.key(s.next), key) < 0) {
				key = s.key(s.next)
			}
		}
		if key == nil {
			return w.err
		}
		list = list[:0]
		for _, s := range from {
			if s.next < s.keys && bytes.Equal(s.key(s.next), key) {
				readPosting(s.posting(s.next), func(doc uint32) {
					if now := s.now[doc]; now != noDocument {
						list = append(list, now)
					}
				})
				s.next++
			}
		}
		if len(list) > 0 {
			if !slices.IsSorted(list) {
				slices.SortFunc(list, cmp.Compare[uint32])
			}
			w.key(key, list)
		}
	}
}
