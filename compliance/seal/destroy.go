package seal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"perch/chat"
)

// CheckAct says why an act would do nothing if it were put into the archive now.
func (l *Log) CheckAct(text string) error {
	_, err := l.decisions().judge(text)
	return err
}

func (l *Log) decisions() *ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.ledger
}

// Rules are what the acts of a log have come to.
type Rules struct {
	Log       string
	Approvers []string // their public keys
	Classes   []Class
	Holds     []Act // those in force
	Erasures  []Act
	Void      int // acts that stand in the log and do nothing
}

// Class is a retention class as it is now.
type Class struct {
	Name           string
	Floor, Ceiling int64 // days
}

// Rules tells what is decided.
func (l *Log) Rules() Rules {
	g := l.decisions()
	r := Rules{Log: l.signer.Name(), Void: g.void}
	for _, t := range g.approvers {
		if t.until == 0 {
			r.Approvers = append(r.Approvers, t.key)
		}
	}
	for name := range g.classes {
		c := g.class(name, unbounded)
		r.Classes = append(r.Classes, Class{name, c.floor, c.ceiling})
	}
	for i := range g.holds {
		if g.holds[i].until == 0 {
			r.Holds = append(r.Holds, g.holds[i].Act)
		}
	}
	for i := range g.erasures {
		r.Erasures = append(r.Erasures, g.erasures[i].Act)
	}
	return r
}

// Restricted says whether an entry is to be kept from sight: an erasure covers it,
// be its content destroyed or not yet.
func (l *Log) Restricted(e *chat.Entry) bool {
	g := l.decisions()
	return len(g.erasures) > 0 && g.erased(&Leaf{ActorURI: e.ActorURI, At: int64(e.At), Entry: int64(e.ID), Room: e.RoomGUID}, unbounded)
}

// Covered is a leaf whose content some rule wants destroyed and that is still
// there.
type Covered struct {
	Index   int64
	Entry   chat.EntryID
	Kind    chat.EntryKind
	Room    string // GUID
	Message chat.MessageID
	At      chat.Time
	Due     bool // a run would destroy it now: its floor is reached and no hold covers it
	Erased  bool // an erasure covers it, not only its class's ceiling
}

// Covered finds leaves from an index on, at most so many, as a run at that time
// would. next is where to go on; it is -1 at the end.
func (l *Log) Covered(ctx context.Context, at chat.Time, from int64, most int) (list []Covered, next int64, err error) {
	l.mu.Lock()
	g, size := l.state.ledger, l.state.tree.size
	l.mu.Unlock()
	if g.idle() {
		return nil, -1, nil
	}
	run := &decision{Act: Act{Do: Run}, index: size, at: at}
	slots := slots{dir: l.dir}
	for i, data := range leaves(l.dir, from, size) {
		if data.err != nil {
			return nil, -1, data.err
		}
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, -1, ctx.Err()
		}
		if len(list) == most {
			return list, i, nil
		}
		var leaf Leaf
		if err := json.Unmarshal(data.bytes, &leaf); err != nil {
			return nil, -1, fmt.Errorf("leaf %d: %w; see perch archive verify", i, err)
		}
		if g.tooYoung(&leaf, at) {
			break
		}
		if leaf.Act != "" || !g.covered(&leaf, run) {
			continue
		}
		gone, err := slots.destroyed(i)
		if err != nil {
			return nil, -1, err
		}
		if !gone {
			list = append(list, Covered{
				i, chat.EntryID(leaf.Entry), chat.EntryKind(leaf.Kind), leaf.Room, chat.MessageID(leaf.Message), chat.Time(leaf.At), g.due(&leaf, run), g.erased(&leaf, size),
			})
		}
	}
	return list, -1, nil
}

// tooYoung says that neither a leaf nor any that follows it is covered: times may
// lie a little out of order.
func (g *ledger) tooYoung(l *Leaf, at chat.Time) bool {
	for i := range g.erasures {
		if l.Index < g.erasures[i].index {
			return false
		}
	}
	for _, list := range g.classes {
		if c := list[len(list)-1].ceiling; c > 0 && chat.Time(l.At)+chat.Time(c)*day <= at+day {
			return false
		}
	}
	return true
}

// slots reads keys, a segment at a time.
type slots struct {
	dir  string
	at   int64 // of the segment that was read, + 1
	keys []byte
}

func (s *slots) destroyed(index int64) (bool, error) {
	n := index / segmentRecords
	if s.at != n+1 {
		b, err := os.ReadFile(filepath.Join(s.dir, segment("keys", index)))
		if err != nil {
			return false, err
		}
		s.at, s.keys = n+1, b
	}
	from := keySize * (index % segmentRecords)
	if int64(len(s.keys)) < from+keySize {
		return false, fmt.Errorf("%s is too short; see perch archive verify", segment("keys", index))
	}
	return destroyed(s.keys[from : from+keySize]), nil
}

// Destroy destroys the keys of leaves for the run that was put into the log with
// that time, and returns of which. What is not due by that run, or is on hold by
// now, is left.
func (l *Log) Destroy(ctx context.Context, run chat.Time, indexes []int64) (gone []int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return nil, errors.New("the archive is not whole at the moment")
	}
	g := l.state.ledger
	var r *decision
	for i := range g.runs {
		if g.runs[i].Act.At == run {
			r = &g.runs[i]
		}
	}
	if r == nil {
		return nil, errors.New("the run is not in the archive")
	}
	now := &decision{Act: r.Act, index: l.state.tree.size, at: r.at}
	bySegment := map[string][]int64{}
	for _, i := range indexes {
		for _, data := range leaves(l.dir, i, i+1) {
			if data.err != nil {
				return nil, data.err
			}
			leaf, err := parseLeaf(data.bytes)
			if err != nil {
				return nil, fmt.Errorf("leaf %d: %w; see perch archive verify", i, err)
			}
			if g.due(&leaf, r) && g.due(&leaf, now) {
				bySegment[segment("keys", i)] = append(bySegment[segment("keys", i)], i)
			}
		}
	}
	for name, list := range bySegment {
		if err := ctx.Err(); err != nil {
			return gone, err
		}
		if err := zero(filepath.Join(l.dir, name), list); err != nil {
			return gone, err
		}
		gone = append(gone, list...)
	}
	return gone, nil
}

// zero overwrites keys.
func zero(name string, indexes []int64) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	for _, i := range indexes {
		if _, err = f.WriteAt(make([]byte, keySize), keySize*(i%segmentRecords)); err != nil {
			break
		}
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
