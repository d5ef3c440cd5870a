package textindex

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// listName is the file that says which segments there are. What is not on the
// list is not there.
const (
	listName    = "list.json"
	listVersion = 2
	segmentEnd  = ".segment"
)

// list is what a crash leaves: the index as it was told everything up to Last.
type list struct {
	Version  int      `json:"version"`
	Store    string   `json:"store"`
	Last     Place    `json:"last"`
	Segments []listed `json:"segments"`
}

type listed struct {
	Name string `json:"name"`
	Gone []byte `json:"gone,omitempty"` // as a posting list
}

// load reads the list and opens its segments.
func (x *Index) load() error {
	b, err := os.ReadFile(filepath.Join(x.folder, listName))
	if err != nil {
		return err
	}
	var l list
	if err := json.Unmarshal(b, &l); err != nil {
		return err
	}
	if l.Version != listVersion || l.Store != x.store {
		return fmt.Errorf("the list is of version %d, of store %s", l.Version, l.Store)
	}
	v := &view{last: l.Last}
	for _, e := range l.Segments {
		s, err := openSegment(filepath.Join(x.folder, e.Name), e.Name)
		if err != nil {
			return err
		}
		n := &live{segment: s}
		if len(e.Gone) > 0 {
			n.gone = newBitset(s.docs)
			readPosting(e.Gone, func(doc uint32) {
				if int(doc) < s.docs {
					n.gone.set(doc)
				}
			})
			n.kept = n.gone
		}
		v.segments = append(v.segments, n)
	}
	x.publish(v)
	x.saved = l.Last
	x.sweep()
	return nil
}

// save writes the list of a view's segments as they were at a moment.
func (x *Index) save(v *view, at Place) error {
	l := list{Version: listVersion, Store: x.store, Last: at}
	for _, s := range v.segments {
		e := listed{Name: s.name}
		if s.kept != nil {
			var docs []uint32
			s.kept.each(func(doc uint32) bool { docs = append(docs, doc); return true })
			e.Gone = appendPosting(nil, docs, s.docs)
		}
		l.Segments = append(l.Segments, e)
	}
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(x.folder, 0o700); err != nil {
		return err
	}
	return replace(filepath.Join(x.folder, listName), b)
}

// replace puts a file in the place of another, whole or not at all.
func replace(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// make makes a new segment.
func (x *Index) make(write func(path string) error) (*segment, error) {
	if err := os.MkdirAll(x.folder, 0o700); err != nil {
		return nil, err
	}
	name := x.newName()
	path := filepath.Join(x.folder, name)
	if err := write(path); err != nil {
		return nil, err
	}
	return openSegment(path, name)
}

// newName is a name that no segment had.
func (x *Index) newName() string {
	return fmt.Sprintf("%08d%s", x.number.Add(1), segmentEnd)
}

// sweep removes what is not on the list.
func (x *Index) sweep() {
	files, err := os.ReadDir(x.folder)
	if err != nil {
		return // there is none yet
	}
	v := x.now()
	for _, f := range files {
		name := f.Name()
		var n int64
		if _, err := fmt.Sscanf(name, "%d", &n); err == nil && n > x.number.Load() {
			x.number.Store(n)
		}
		known := slices.ContainsFunc(v.segments, func(s *live) bool { return s.name == name })
		if !known && (strings.HasSuffix(name, segmentEnd) || strings.HasSuffix(name, ".new")) {
			_ = os.Remove(filepath.Join(x.folder, name)) // the next sweep will
		}
	}
}
