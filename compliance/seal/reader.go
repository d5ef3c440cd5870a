package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// raw is a leaf's bytes as they lie in a bundle, or why they cannot be had.
type raw struct {
	bytes []byte
	err   error
}

// leaves yields the leaves of a log from one index up to another, which is not
// included. The bytes are valid until the next one. An error ends it.
func leaves(dir string, from, to int64) iter.Seq2[int64, raw] {
	return func(yield func(int64, raw) bool) {
		for i := from; i < to; {
			number := i / tileWidth
			count := int(min(tileWidth, to-number*tileWidth))
			b, err := readPart(dir, "entries", number, count)
			var list [][]byte
			if err == nil {
				list, err = entriesOf(b)
			}
			if err == nil && (len(list) < count || count == tileWidth && len(list) != count) {
				err = fmt.Errorf("%s holds %d leaves, not %d", tilePath("entries", number, count), len(list), count)
			}
			if err != nil {
				yield(i, raw{err: err})
				return
			}
			for ; i < number*tileWidth+int64(count); i++ {
				if !yield(i, raw{bytes: list[i%tileWidth]}) {
					return
				}
			}
		}
	}
}

// entriesOf parts a bundle: each leaf behind its length of two bytes.
func entriesOf(b []byte) ([][]byte, error) {
	var out [][]byte
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, errors.New("a bundle ends within a length")
		}
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			return nil, errors.New("a bundle ends within a leaf")
		}
		out, b = append(out, b[2:2+n]), b[2+n:]
	}
	return out, nil
}
