package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"perch/chat"
	"perch/chat/search"
	"perch/store/sqlstore"
)

// How a search is carried out.
const (
	sooner     = 4000    // messages that are sooner read than looked up
	tagged     = 64      // rooms or authors that the index can be asked for by their tags
	expansions = 4096    // words that a part of a word may stand for
	together   = 200     // of them in one question
	perRead    = 4000    // messages read together
	verified   = 200_000 // messages whose texts are read to be sure
)

// finder carries out one search.
type finder struct {
	s       *Store
	q       *chat.MessageSearch
	matcher *search.Matcher
}

// Search finds messages (chat.Messages). It waits until the index knows every
// message that was stored before. Rooms with few messages are read; in others
// the index is asked. Where it says only that a message may be one, because
// punctuation or case matter, the text is looked at.
func (s *Store) Search(ctx context.Context, q chat.MessageSearch) (chat.Found, error) {
	if err := ctx.Err(); err != nil {
		return chat.Found{}, err
	}
	head, err := s.JournalHead(ctx)
	if err != nil {
		return chat.Found{}, err
	}
	if len(q.Rooms) == 0 {
		return chat.Found{}, nil
	}
	if err := s.index.wait(ctx, head); err != nil {
		return chat.Found{}, err
	}
	f := &finder{s, &q, search.Compile(q)}
	few, err := f.few(ctx)
	if err != nil {
		return chat.Found{}, err
	}
	if few {
		return reading(f.scan(ctx))
	}
	return reading(f.ask(ctx))
}

// few says whether the rooms hold so few messages that they are sooner read.
func (f *finder) few(ctx context.Context) (bool, error) {
	if len(f.q.Rooms) > tagged {
		return false, nil
	}
	total := chat.MessageID(0)
	for _, room := range f.q.Rooms {
		head, err := f.s.Head(ctx, room)
		if err != nil {
			return false, err
		}
		if total += head; int(total) > f.s.sooner {
			return false, nil
		}
	}
	return true, nil
}

// scan reads the rooms. The index says where each message stands.
func (f *finder) scan(ctx context.Context) (chat.Found, error) {
	var hits []chat.Hit
	for _, room := range f.q.Rooms {
		positions, err := f.positions(ctx, room)
		if err != nil {
			return chat.Found{}, err
		}
		after := f.q.After
		for {
			messages, err := f.s.ListAfter(ctx, room, after, perRead)
			if err != nil {
				return chat.Found{}, err
			}
			for i := range messages {
				m := &messages[i]
				h := chat.Hit{Message: *m, Position: positions[m.ID]}
				if h.Position != 0 && f.within(&h) && f.matcher.Match(m.Text) {
					hits = append(hits, h)
				}
			}
			if len(messages) < perRead {
				break
			}
			after = messages[len(messages)-1].ID
		}
	}
	slices.SortFunc(hits, func(a, b chat.Hit) int { return cmp.Compare(a.Position, b.Position) })
	if f.q.NewestFirst {
		slices.Reverse(hits)
	}
	return chat.Found{Hits: hits[:min(max(f.q.Limit, 0), len(hits))], Total: len(hits)}, nil
}

// within applies the bounds of a search to a message.
func (f *finder) within(h *chat.Hit) bool {
	q := f.q
	return (len(q.Authors) == 0 || slices.Contains(q.Authors, h.Author)) && h.At >= q.From && (q.Until == 0 || h.At < q.Until) &&
		h.ID > q.After && (q.Before == 0 || h.ID < q.Before) &&
		h.Position > q.AfterPosition && (q.BeforePosition == 0 || h.Position < q.BeforePosition)
}

// positions says by which entry of the journal each message of a room was posted.
func (f *finder) positions(ctx context.Context, room chat.RoomID) (map[chat.MessageID]chat.EntryID, error) {
	rows, err := f.s.index.read.QueryContext(ctx, "SELECT message, doc FROM docs WHERE room = ? ORDER BY message", int64(room))
	if err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "searching", err)
	}
	defer rows.Close()
	out := map[chat.MessageID]chat.EntryID{}
	for rows.Next() {
		var id chat.MessageID
		var at chat.EntryID
		if err := rows.Scan(&id, &at); err != nil {
			return nil, chat.Wrap(chat.KindDatabase, "searching", err)
		}
		out[id] = at
	}
	if err := rows.Err(); err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "searching", err)
	}
	return out, nil
}

// ask asks the index.
func (f *finder) ask(ctx context.Context) (chat.Found, error) {
	match, sure, none, err := f.match(ctx)
	if err != nil || none {
		return chat.Found{}, err
	}
	if sure {
		return f.page(ctx, match)
	}
	return f.verify(ctx, match)
}

// question is the part of a statement that picks documents: from and where.
type question struct {
	text string
	args []any
}

// pick makes the question of the bounds, which hold for any search, and of what
// the words table is to match ("" for nothing).
func (f *finder) pick(match string) question {
	q := f.q
	p := question{text: " FROM docs d WHERE 1"}
	add := func(cond string, args ...any) {
		p.text += " AND " + cond
		p.args = append(p.args, args...)
	}
	tags := f.tags()
	if match != "" || tags != "" {
		p.text = " FROM words w JOIN docs d ON d.doc = w.rowid WHERE 1"
		if match != "" {
			match = "body : (" + match + ")"
			if tags != "" {
				match = tags + " AND " + match
			}
		} else {
			match = tags
		}
		add("w.words MATCH ?", match)
	}
	if len(q.Rooms) > tagged {
		add("d.room IN (SELECT value FROM json_each(?))", ids(q.Rooms))
	}
	if len(q.Authors) > tagged {
		add("d.author IN (SELECT value FROM json_each(?))", ids(q.Authors))
	}
	for _, b := range [...]struct {
		cond  string
		bound int64
	}{
		{"d.at >= ?", int64(q.From)},
		{"d.at < ?", int64(q.Until)},
		{"d.message > ?", int64(q.After)},
		{"d.message < ?", int64(q.Before)},
		{"d.doc > ?", int64(q.AfterPosition)},
		{"d.doc < ?", int64(q.BeforePosition)},
	} {
		if b.bound != 0 {
			add(b.cond, b.bound)
		}
	}
	return p
}

// tags are the rooms and authors in the index's own words.
func (f *finder) tags() string {
	var parts []string
	if len(f.q.Rooms) <= tagged {
		parts = append(parts, anyOf(f.q.Rooms, func(id chat.RoomID) string { return roomTag(int64(id)) }))
	}
	if n := len(f.q.Authors); n > 0 && n <= tagged {
		parts = append(parts, anyOf(f.q.Authors, func(id chat.PrincipalID) string { return authorTag(int64(id)) }))
	}
	return strings.Join(parts, " AND ")
}

func anyOf[T any](list []T, tag func(T) string) string {
	words := make([]string, len(list))
	for i, id := range list {
		words[i] = tag(id)
	}
	return "tags : (" + strings.Join(words, " OR ") + ")"
}

// ids is a list in JSON.
func ids[T ~int64](list []T) string {
	var b strings.Builder
	for i, id := range list {
		b.WriteByte("[,"[min(i, 1)])
		b.WriteString(strconv.FormatInt(int64(id), 10))
	}
	return b.String() + "]"
}

// page counts what the index matches and reads the messages of the page.
func (f *finder) page(ctx context.Context, match string) (chat.Found, error) {
	p := f.pick(match)
	var total int
	if err := f.s.index.read.QueryRowContext(ctx, "SELECT COUNT(*)"+p.text, p.args...).Scan(&total); err != nil {
		return chat.Found{}, chat.Wrap(chat.KindDatabase, "searching", err)
	}
	hits, err := f.documents(ctx, p, f.q.Limit)
	if err != nil {
		return chat.Found{}, err
	}
	hits, err = f.texts(ctx, hits)
	return chat.Found{Hits: hits, Total: max(total, len(hits))}, err
}

// documents reads which messages match, in the order asked for.
func (f *finder) documents(ctx context.Context, p question, limit int) ([]chat.Hit, error) {
	order := " ORDER BY d.doc LIMIT ?"
	if strings.HasPrefix(p.text, " FROM words") {
		order = " ORDER BY w.rowid LIMIT ?"
	}
	if f.q.NewestFirst {
		order = strings.Replace(order, " LIMIT", " DESC LIMIT", 1)
	}
	rows, err := f.s.index.read.QueryContext(ctx, "SELECT d.doc, d.room, d.message"+p.text+order, append(slices.Clone(p.args), max(limit, 0))...)
	if err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "searching", err)
	}
	defer rows.Close()
	var hits []chat.Hit
	for rows.Next() {
		var h chat.Hit
		if err := rows.Scan(&h.Position, &h.Room, &h.ID); err != nil {
			return nil, chat.Wrap(chat.KindDatabase, "searching", err)
		}
		hits = append(hits, h)
	}
	if err := rows.Err(); err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "searching", err)
	}
	return hits, nil
}

// texts reads the messages themselves; one that is gone by now is left out.
func (f *finder) texts(ctx context.Context, hits []chat.Hit) ([]chat.Hit, error) {
	byRoom := map[chat.RoomID][]chat.MessageID{}
	for i := range hits {
		byRoom[hits[i].Room] = append(byRoom[hits[i].Room], hits[i].ID)
	}
	type key struct {
		room chat.RoomID
		id   chat.MessageID
	}
	found := make(map[key]chat.Message, len(hits))
	for room, list := range byRoom {
		messages, err := sqlstore.ListMessages(ctx, f.s.reads, room, list)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			found[key{room, m.ID}] = m
		}
	}
	out := hits[:0]
	for _, h := range hits {
		if m, ok := found[key{h.Room, h.ID}]; ok {
			out = append(out, chat.Hit{Message: m, Position: h.Position})
		}
	}
	return out, nil
}

// verify reads the texts of what the index says may match.
func (f *finder) verify(ctx context.Context, match string) (chat.Found, error) {
	hits, err := f.documents(ctx, f.pick(match), verified+1)
	if err != nil {
		return chat.Found{}, err
	}
	if len(hits) > verified {
		return chat.Found{}, chat.E(chat.KindLimit, "too many messages may hold this: add a word, an author or dates")
	}
	var out chat.Found
	for part := range slices.Chunk(hits, perRead) {
		messages, err := f.texts(ctx, part)
		if err != nil {
			return chat.Found{}, err
		}
		for _, h := range messages {
			if !f.matcher.Match(h.Text) {
				continue
			}
			if out.Total++; len(out.Hits) < f.q.Limit {
				out.Hits = append(out.Hits, h)
			}
		}
	}
	return out, nil
}

// match says in the index's language what to look for, and whether that is sure
// or has to be verified; none: nothing can match.
func (f *finder) match(ctx context.Context) (match string, sure, none bool, err error) {
	sure = !f.q.CaseSensitive
	var parts []string
	for _, t := range f.matcher.Terms() {
		expr, certain, err := f.term(ctx, &t)
		if err != nil {
			return "", false, false, err
		}
		if expr == "" { // no message holds it
			if f.q.Match == chat.MatchAny {
				continue
			}
			return "", false, true, nil
		}
		if expr == everything {
			sure = false
			if f.q.Match == chat.MatchAny {
				return "", false, false, nil
			}
			continue
		}
		sure = sure && certain
		parts = append(parts, "("+expr+")")
	}
	if len(parts) == 0 && len(f.matcher.Terms()) > 0 && (f.q.Match == chat.MatchAny || sure) {
		return "", false, true, nil
	}
	glue := " AND "
	if f.q.Match == chat.MatchAny {
		glue = " OR "
	}
	return strings.Join(parts, glue), sure, false, nil
}

// everything is the expression of a term of which the index knows nothing.
const everything = "*"

// term is one term in the index's language; "" if no message holds it.
func (f *finder) term(ctx context.Context, t *search.Term) (expr string, sure bool, err error) {
	words := t.Words()
	switch {
	case len(words) == 0:
		return everything, false, nil
	case t.Part():
		expr, err := f.words(ctx, words[0])
		return expr, true, err
	}
	expr = quote(strings.Join(words, " "))
	if t.Begins() {
		expr += "*"
	}
	return expr, t.Sure(), nil
}

// words are those that hold a part.
func (f *finder) words(ctx context.Context, part string) (string, error) {
	if utf8.RuneCountInString(part) > chat.MaxNameLength { // longer than any word is worth
		return quote(part), nil
	}
	rows, err := f.s.index.read.QueryContext(ctx, "SELECT v.word FROM parts p JOIN vocab v ON v.id = p.rowid WHERE p.parts MATCH ? LIMIT ?", quote(part), expansions+1)
	if err != nil {
		return "", chat.Wrap(chat.KindDatabase, "searching", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var w sql.RawBytes
		if err := rows.Scan(&w); err != nil {
			return "", chat.Wrap(chat.KindDatabase, "searching", err)
		}
		list = append(list, quote(string(w)))
	}
	if err := rows.Err(); err != nil {
		return "", chat.Wrap(chat.KindDatabase, "searching", err)
	}
	if len(list) > expansions {
		return "", chat.E(chat.KindLimit, "too many words hold \""+part+"\": write more of it")
	}
	return strings.Join(list, " OR "), nil
}

// quote makes a string of the index's language.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
