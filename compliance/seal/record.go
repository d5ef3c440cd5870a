package seal

import (
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"runtime"
	"sync"

	"perch/chat"
)

// record is an entry with all of it that depends on no other.
type record struct {
	entry  chat.Entry
	sealed []byte // the encrypted body
	slot   [keySize]byte
	commit string
	sum    string // of sealed
	err    error
}

// part is some entries whose records are made together.
type part struct {
	entries []chat.Entry
	keys    []byte
	records []record
	done    chan struct{}
}

// partSize is how many entries a part has.
const partSize = 256

// records makes records of the entries beyond the last that was sealed, on all
// cores: it is most of the work, and goes on while those before are used.
func (l *Log) records(entries []chat.Entry, last chat.EntryID) (iter.Seq[*record], error) {
	keys := make([]byte, keySize*len(entries))
	if _, err := io.ReadFull(l.o.Random, keys); err != nil {
		return nil, fmt.Errorf("randomness for keys: %w", err)
	}
	parts := make([]part, 0, (len(entries)+partSize-1)/partSize)
	for from := 0; from < len(entries); from += partSize {
		to := min(from+partSize, len(entries))
		parts = append(parts, part{entries: entries[from:to], keys: keys[keySize*from : keySize*to], done: make(chan struct{})})
	}
	return func(yield func(*record) bool) {
		queue := make(chan *part, len(parts))
		for i := range parts {
			queue <- &parts[i]
		}
		close(queue)
		var wg sync.WaitGroup
		defer wg.Wait()
		for range min(runtime.GOMAXPROCS(0), len(parts)) {
			wg.Go(func() {
				b := newBoxes()
				for p := range queue {
					p.make(l.kek, b)
					close(p.done)
				}
			})
		}
		for i := range parts {
			p := &parts[i]
			<-p.done
			for j := range p.records {
				r := &p.records[j]
				if r.entry.ID <= last {
					continue
				}
				if last = r.entry.ID; !yield(r) {
					return
				}
			}
			p.records = nil
		}
	}, nil
}

// make makes a part's records.
func (p *part) make(kek cipher.Block, b *boxes) {
	p.records = make([]record, len(p.entries))
	var body []byte
	for i, e := range p.entries {
		r, key := &p.records[i], p.keys[keySize*i:keySize*(i+1)]
		e.Clean() // a journal may be older than the rule
		r.entry = e
		if body, r.err = appendBodyOf(body[:0], &e); r.err != nil {
			continue
		}
		if r.sealed, r.err = b.encrypt(nil, key, body); r.err != nil {
			continue
		}
		sum := sha256.Sum256(r.sealed)
		r.commit, r.sum, r.slot = commitment(key, body), digest(sum[:]), wrap(kek, key)
	}
}
