package textindex

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
)

// How segments are merged: fifteen times so many of one size are kept apart.
const (
	together   = 16
	small      = tailDocs * 4     // documents of a segment as it was told
	middle     = small * together // and of one merged once; larger ones stay
	largeTexts = 1 << 28          // bytes of texts of which a segment is large
	mostTexts  = 1 << 30          // and of which none is made
	worthwhile = 2                // a segment is made anew when one in so many is gone
)

func (x *Index) nudge() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// merger merges segments until the index is closed.
func (x *Index) merger() {
	defer close(x.done)
	debug.SetPanicOnFault(true)
	for {
		select {
		case <-x.wake:
		case <-x.quit:
			return
		}
		for {
			again, err := x.merge()
			if errors.Is(err, errStopped) {
				return
			}
			if err != nil || !again {
				break // after an error the next nudge tries again
			}
		}
	}
}

// choose picks segments that are to be one; nil for none.
func choose(v *view) []*live {
	for size := range 2 {
		var list []*live
		bytes := 0
		for _, s := range v.segments {
			n := len(s.section[texts])
			if s.size() == size && len(list) < together && bytes+n <= mostTexts {
				list = append(list, s)
				bytes += n
			}
		}
		if len(list) == together || len(list) > 1 && bytes > mostTexts-largeTexts {
			return list
		}
	}
	for _, s := range v.segments {
		if s.docs >= small && s.kept.count()*worthwhile > s.docs {
			return []*live{s}
		}
	}
	return nil
}

// size is 0 for small, 1 for middle, 2 for what stays.
func (s *segment) size() int {
	switch {
	case s.docs >= middle || len(s.section[texts]) >= largeTexts:
		return 2
	case s.docs >= small:
		return 1
	}
	return 0
}

// merge makes one segment of several, and says whether it did.
func (x *Index) merge() (done bool, err error) {
	defer recovered(&err)
	v := x.now()
	list := choose(v)
	if list == nil {
		return false, nil
	}
	from := make([]*source, len(list))
	for i, s := range list {
		from[i] = &source{segment: s.segment, gone: s.kept}
	}
	made, err := x.make(func(path string) error { return mergeSegments(path, from, x.quit) })
	if err != nil {
		return false, err
	}
	x.changing.Lock()
	defer x.changing.Unlock()
	if !x.install(made, from) {
		return false, nil
	}
	for _, s := range from { // searches that use them keep them mapped
		x.remove(s.segment)
	}
	return true, nil
}

// install puts a segment in the place of those that it was made of, and says
// whether these can go. What has gone since is gone in it too.
func (x *Index) install(made *segment, from []*source) bool {
	was := x.now()
	v := &view{tail: was.tail, tailBytes: was.tailBytes, last: was.last}
	n, found := &live{segment: made}, 0
	for _, s := range was.segments {
		i := slices.IndexFunc(from, func(f *source) bool { return f.segment == s.segment })
		if i < 0 {
			v.segments = append(v.segments, s)
			continue
		}
		found++
		n.gone = from[i].carry(n.gone, s.gone, made.docs)
		n.kept = from[i].carry(n.kept, s.kept, made.docs)
	}
	if found != len(from) { // the index was reset meanwhile
		x.remove(made)
		return false
	}
	if made.docs > 0 {
		v.segments = append(v.segments, n)
	} else {
		x.remove(made)
	}
	x.publish(v)
	return x.save(v, x.saved) == nil
}

// carry adds to a set of the new segment what a set of a source has.
func (s *source) carry(to, set bitset, docs int) bitset {
	set.each(func(doc uint32) bool {
		if now := s.now[doc]; now != noDocument {
			if to == nil {
				to = newBitset(docs)
			}
			to.set(now)
		}
		return true
	})
	return to
}

// remove removes a segment's file. Open removes what is left.
func (x *Index) remove(s *segment) { _ = os.Remove(filepath.Join(x.folder, s.name)) }
