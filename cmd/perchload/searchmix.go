package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"perch/chat"
	"perch/chat/search"
)

// mix draws searches like those of a day.
type mix struct {
	*archive
	all []chat.RoomID
}

type drawn struct {
	chat.MessageSearch
	what, where, how string
}

func newMix(a *archive) *mix {
	m := &mix{archive: a}
	for i := range a.rooms {
		m.all = append(m.all, a.rooms[i].ID)
	}
	slices.Sort(m.all)
	return m
}

// chances of what is looked for, in percent.
var whats = []struct {
	what   string
	chance int
	draw   func(m *mix, r *rand.Rand, sample []string) (string, chat.Match)
}{
	{"frequent word", 8, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return m.writer.words[r.IntN(60)], chat.MatchAny
	}},
	{"word", 20, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return m.writer.words[60+r.IntN(4000)], chat.MatchAny
	}},
	{"rare word", 10, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return m.writer.words[4000+r.IntN(vocabularySize-4000)], chat.MatchAny
	}},
	{"part of a word", 8, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return part(r, m.writer.word(r), 4), chat.MatchAny
	}},
	{"three letters", 4, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return part(r, m.writer.word(r), 3), chat.MatchAny
	}},
	{"short word", 2, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return [...]string{"to", "of", "at", "go", "US", "a", "l", "7"}[r.IntN(8)], chat.MatchAny
	}},
	{"two words", 10, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return m.writer.word(r) + " " + m.writer.word(r), chat.MatchAll
	}},
	{"any of three words", 3, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return m.writer.word(r) + " " + m.writer.word(r) + " " + m.writer.word(r), chat.MatchAny
	}},
	{"phrase", 8, func(_ *mix, r *rand.Rand, sample []string) (string, chat.Match) {
		from := r.IntN(max(1, len(sample)-2))
		return strings.Join(sample[from:min(from+2+r.IntN(2), len(sample))], " "), chat.MatchExact
	}},
	{"identifier", 8, func(_ *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return identifier(rank(r, identifiers)), chat.MatchAny
	}},
	{"ticker", 4, func(_ *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return ticker(rank(r, tickers)), chat.MatchAny
	}},
	{"IP address", 4, func(_ *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return address(rank(r, hosts)), chat.MatchAny
	}},
	{"URL", 3, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return m.writer.page(rank(r, pages)), chat.MatchAny
	}},
	{"Chinese", 3, func(m *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		all := []rune(m.writer.chinese(r))
		return string(all[:min(len(all), 2+r.IntN(2))]), chat.MatchAny
	}},
	{"Cyrillic", 3, func(_ *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		words := strings.Fields(russian)
		return words[r.IntN(len(words))], chat.MatchAny
	}},
	{"sign", 2, func(_ *mix, r *rand.Rand, _ []string) (string, chat.Match) {
		return [...]string{":-)", "👍", "->"}[r.IntN(3)], chat.MatchAny
	}},
}

// part is a piece of a word.
func part(r *rand.Rand, word string, n int) string {
	if len(word) <= n {
		return word
	}
	from := r.IntN(len(word) - n)
	return word[from : from+n]
}

// draw makes a search: what, and where: half of them in the rooms of a user, the
// others in one room, in the largest, or in all.
func (m *mix) draw(r *rand.Rand, messages int) drawn {
	var d drawn
	sample := search.Tokens(search.Fold(m.writer.text(r.IntN(messages))))
	p := r.IntN(100)
	for _, w := range whats {
		if p -= w.chance; p < 0 {
			d.what = w.what
			d.Text, d.Match = w.draw(m, r, sample)
			break
		}
	}
	switch p := r.IntN(100); {
	case p < 50:
		d.where = "a user's rooms"
		for range userRooms {
			d.Rooms = append(d.Rooms, m.member(r))
		}
		slices.Sort(d.Rooms)
		d.Rooms = slices.Compact(d.Rooms)
	case p < 70:
		d.where, d.Rooms = "one room", []chat.RoomID{m.member(r)}
	case p < 80:
		d.where, d.Rooms = "the largest room", []chat.RoomID{m.rooms[0].ID}
	default:
		d.where, d.Rooms = "all rooms", m.all
	}
	d.how = "without bounds"
	switch p := r.IntN(100); {
	case p < 8:
		d.how = "by one author"
		d.Authors = []chat.PrincipalID{m.users[rank(r, len(m.users))].ID}
	case p < 18:
		d.how = "of a month"
		from := m.first.Add(time.Duration(r.Float64() * float64(historyAge)))
		d.From, d.Until = chat.At(from), chat.At(from.Add(30*24*time.Hour))
	case p < 20:
		d.what, d.Text, d.how = "anything", "", "by one author"
		d.Authors = []chat.PrincipalID{m.users[rank(r, len(m.users))].ID}
	case p < 24:
		d.CaseSensitive, d.how = true, "with case"
	}
	return d
}

// member draws a room as its members would: large ones are likelier.
func (m *mix) member(r *rand.Rand) chat.RoomID {
	if r.IntN(3) == 0 {
		return m.rooms[r.IntN(len(m.rooms))].ID
	}
	for {
		if room := m.room(r); room.ID != m.rooms[0].ID {
			return room.ID
		}
	}
}
