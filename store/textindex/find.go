package textindex

import (
	"bytes"
	"context"
	"math"
	"slices"

	"perch/chat"
	"perch/chat/search"
)

// query is a search as every segment is asked.
type query struct {
	*chat.MessageSearch
	matcher *search.Matcher
	filter  *search.Filter
	terms   []term
	free    []bitset // for reuse
}

// term is what a segment needs to know of a term.
type term struct {
	words  []string
	others [][]byte // keys of symbols and pairs
	part   bool
	begins bool
	sure   bool
}

func newQuery(q *chat.MessageSearch) *query {
	out := &query{MessageSearch: q, matcher: search.Compile(*q), filter: search.CompileFilter(q)}
	for _, t := range out.matcher.Terms() {
		n := term{words: t.Words(), part: t.Part(), begins: t.Begins(), sure: t.Sure()}
		for _, c := range t.Symbols() {
			n.others = append(n.others, keyOf(symbolKey, c))
		}
		for _, c := range t.Pairs() {
			n.others = append(n.others, keyOf(pairKey, c))
		}
		out.terms = append(out.terms, n)
	}
	return out
}

// empty lends an empty set for a segment.
func (q *query) empty(s *segment) bitset {
	n := (s.docs + 63) / 64
	if len(q.free) > 0 {
		b := q.free[len(q.free)-1]
		q.free = q.free[:len(q.free)-1]
		if cap(b) >= n {
			b = b[:n]
			clear(b)
			return b
		}
	}
	return newBitset(s.docs)
}

func (q *query) release(b bitset) { q.free = append(q.free, b) }

// within applies the bounds that stand in the columns of a document.
func (q *query) within(at chat.Time, id chat.MessageID) bool {
	return at >= q.From && (q.Until == 0 || at < q.Until) && id > q.After && (q.Before == 0 || id < q.Before)
}

// find returns the documents of a segment that are found, nil for none.
func (q *query) find(ctx context.Context, s *live) bitset {
	from, to := s.from(q.AfterPosition), s.docs
	if q.BeforePosition != 0 {
		to = s.from(q.BeforePosition - 1)
	}
	if from >= to || s.maxAt < q.From || q.Until != 0 && s.minAt >= q.Until {
		return nil
	}
	where := q.where(s.segment, from, to)
	if where == nil {
		return nil
	}
	where.andNot(s.gone)
	if len(q.Authors) > 0 {
		by := q.empty(s.segment)
		for _, a := range q.Authors {
			if p := s.segment.find(keyOfAuthor(a)); p != nil {
				by.addPosting(p)
			}
		}
		where.and(by)
		q.release(by)
	}
	q.having(s.segment, where)
	q.naming(ctx, s.segment, where)
	bounded := s.minAt < q.From || q.Until != 0 && s.maxAt >= q.Until || q.After > 0 || q.Before != 0
	if len(q.terms) == 0 || where.count() <= sooner {
		q.keep(ctx, s.segment, where, bounded, len(q.terms) > 0)
		return where
	}
	q.what(ctx, s.segment, where, bounded)
	return where
}

// having leaves the documents that have all traits asked for.
func (q *query) having(s *segment, where bitset) {
	for _, t := range chat.EachTrait() {
		if q.Has&t == 0 {
			continue
		}
		b := q.empty(s)
		if p := s.find(keyOfTrait(t)); p != nil {
			b.addPosting(p)
		}
		where.and(b)
		q.release(b)
	}
}

// naming leaves the documents that hold one of the names asked for. A name of one
// word is found by the word; of longer ones the texts are looked at.
func (q *query) naming(ctx context.Context, s *segment, where bitset) {
	names := q.filter.Names()
	if len(names) == 0 {
		return
	}
	certain, maybe := q.empty(s), q.empty(s)
	for _, words := range names {
		one := q.empty(s)
		for i, word := range words {
			b := q.empty(s)
			q.addWord(s, b, word, false, false)
			if i == 0 {
				one.or(b)
			} else {
				one.and(b)
			}
			q.release(b)
		}
		if len(words) == 1 {
			certain.or(one)
		} else {
			maybe.or(one)
		}
		q.release(one)
	}
	maybe.and(where)
	maybe.andNot(certain)
	n := 0
	maybe.each(func(doc uint32) bool {
		if q.filter.MatchNames(s.text(doc)) {
			certain.set(doc)
		}
		n++
		return n%enough != 0 || ctx.Err() == nil
	})
	where.and(certain)
	q.release(certain)
	q.release(maybe)
}

// sooner is how many documents are looked at before the index is asked.
const sooner = 256

// where are the documents from <= doc < to in the rooms of a search; nil for none.
func (q *query) where(s *segment, from, to int) bitset {
	in, out := s.split(q.Rooms)
	if len(in) == 0 {
		return nil
	}
	b := q.empty(s)
	if out == nil || len(in) <= len(out) {
		for _, k := range in {
			b.addPosting(s.posting(k))
		}
	} else {
		b.fill(0, s.docs)
		for _, k := range out {
			readPosting(s.posting(k), b.clear)
		}
	}
	b.trim(from, to)
	return b
}

// split sorts the keys of a segment's rooms by whether they are on a list, which
// is sorted. Of a short list, out is nil.
func (s *segment) split(list []chat.RoomID) (in, out []int) {
	r := s.ranges[roomKey]
	const short = 16
	if len(list) < (r[1]-r[0])/short {
		for _, room := range list {
			key := keyOfRoom(room)
			if i := s.lower(key); i < r[1] && bytes.Equal(s.key(i), key) {
				in = append(in, i)
			}
		}
		return in, nil
	}
	out = []int{}
	next := 0
	for i := r[0]; i < r[1]; i++ {
		room := roomOfKey(s.key(i))
		next = seek(list, next, room)
		if next < len(list) && list[next] == room {
			in = append(in, i)
		} else {
			out = append(out, i)
		}
	}
	return in, out
}

// seek is the first place from one on where a sorted list is not below a room. It
// is fast when that is near.
func seek(list []chat.RoomID, from int, room chat.RoomID) int {
	step := 1
	for from+step < len(list) && list[from+step] < room {
		from += step
		step *= 2
	}
	i, _ := slices.BinarySearch(list[from:min(len(list), from+step+1)], room)
	return from + i
}

// what takes out of where the documents that do not hold the terms.
func (q *query) what(ctx context.Context, s *segment, where bitset, bounded bool) {
	if q.Match != chat.MatchAny {
		sure := true
		for i := range q.terms {
			if ctx.Err() != nil {
				return
			}
			b := q.candidates(s, &q.terms[i])
			where.and(b)
			q.release(b)
			sure = sure && q.terms[i].sure
		}
		q.keep(ctx, s, where, bounded, !sure)
		return
	}
	certain, maybe := q.empty(s), q.empty(s)
	for i := range q.terms {
		if ctx.Err() != nil {
			return
		}
		b := q.candidates(s, &q.terms[i])
		if q.terms[i].sure {
			certain.or(b)
		} else {
			maybe.or(b)
		}
		q.release(b)
	}
	certain.and(where)
	where.and(maybe)
	where.andNot(certain)
	q.keep(ctx, s, where, bounded, true)
	q.keep(ctx, s, certain, bounded, false)
	where.or(certain)
	q.release(certain)
	q.release(maybe)
}

// keep takes out of a set what is out of bounds, if they are to be looked at, and
// what the matcher does not find, if it is to be asked.
func (q *query) keep(ctx context.Context, s *segment, b bitset, bounded, match bool) {
	if !bounded && !match {
		return
	}
	n := 0
	b.each(func(doc uint32) bool {
		if bounded && !q.within(s.at(doc), s.id(doc)) || match && !q.matcher.MatchNormal(s.text(doc)) {
			b.clear(doc)
		}
		n++
		return n%enough != 0 || ctx.Err() == nil
	})
}

// candidates are the documents that may hold a term; those that do, if it is
// sure.
func (q *query) candidates(s *segment, t *term) bitset {
	b := q.empty(s)
	if len(t.words) == 0 && len(t.others) == 0 {
		b.fill(0, s.docs)
		return b
	}
	first := true
	also := func(add func(b bitset)) {
		if first {
			add(b)
			first = false
			return
		}
		c := q.empty(s)
		add(c)
		b.and(c)
		q.release(c)
	}
	for i, word := range t.words {
		also(func(b bitset) { q.addWord(s, b, word, t.part, t.begins && i == len(t.words)-1) })
	}
	for _, key := range t.others {
		also(func(b bitset) {
			if p := s.find(key); p != nil {
				b.addPosting(p)
			}
		})
	}
	return b
}

// addWord adds the documents of a word, of those that hold it, or of those that
// begin with it.
func (q *query) addWord(s *segment, b bitset, word string, part, begins bool) {
	switch {
	case part:
		s.holding(word, func(key int) { b.addPosting(s.posting(key)) })
	case begins:
		from, to := s.beginning(keyOf(wordKey, word))
		for ; from < to; from++ {
			b.addPosting(s.posting(from))
		}
	default:
		if p := s.find(keyOf(wordKey, word)); p != nil {
			b.addPosting(p)
		}
	}
}

// inTail says whether a document that is in no segment yet is found.
func (q *query) inTail(d *Doc) bool {
	if d.Position <= q.AfterPosition || q.BeforePosition != 0 && d.Position >= q.BeforePosition || !q.within(d.At, d.ID) {
		return false
	}
	_, in := slices.BinarySearch(q.Rooms, d.Room)
	return in && (len(q.Authors) == 0 || slices.Contains(q.Authors, d.Author)) && q.filter.MatchNormal(d.Text, d.Alert) && q.matcher.MatchNormal(d.Text)
}

// fits says whether a document can stand in a segment.
func (d *Doc) fits() bool {
	return d.Room >= 0 && d.Room <= math.MaxUint32 && d.ID >= 0 && d.ID <= math.MaxUint32
}
