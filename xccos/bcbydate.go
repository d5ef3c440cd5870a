package xccos

import (
	"strconv"
	"strings"
	"time"
)

// HistoryQuery is what cmd:bcbydate and cmd:bcbymsg ask for (XCCOS 4.9
// [guess]): the rooms are those that the data names.
type HistoryQuery struct {
	Text          string
	Match         string // EXACT, ALL, or ANY
	CaseSensitive bool
	Authors       []string
	From, Until   time.Time // zero: open
	Message       int64     // begin after this message; 0: from the end that the order says
	Limit         int       // of each room; 0: the server's
	Backwards     bool      // search the newest first
	NewestFirst   bool      // return the newest first
}

// HistoryQuery reads the command's bcq. A date that cannot be read is an error.
func (p *Primitive) HistoryQuery() (HistoryQuery, error) {
	b := p.Data.Child("bcq")
	q := HistoryQuery{
		Limit: max(0, b.Child("limit").Int("cnt", 0)), Backwards: b.Child("searchbkwds").Exists(), NewestFirst: b.Child("sortbkwds").Exists(),
		Match: "ANY",
	}
	if t := b.Child("text"); t.Exists() {
		q.Text, q.CaseSensitive = t.Text(), t.Bool("matchcase")
		switch strings.ToUpper(t.Attr("mt")) {
		case "EP", "EXACT":
			q.Match = "EXACT"
		case "AND", "ALL":
			q.Match = "ALL"
		}
	}
	for c := range b.Children() {
		if c.Is("author") {
			q.Authors = append(q.Authors, strings.TrimSpace(c.Text()))
		}
	}
	q.Message, _ = strconv.ParseInt(b.Child("msgid").Attr("id"), 10, 64) // none, or nonsense: from the end
	d := b.Child("date")
	for _, f := range [...]struct {
		name string
		at   *time.Time
	}{{"from", &q.From}, {"to", &q.Until}} {
		if d.Attr(f.name) == "" {
			continue
		}
		t, err := ParseTime(d.Attr(f.name))
		if err != nil {
			return q, err
		}
		*f.at = t
	}
	return q, nil
}

// FoundRoom is what a history search found in one room.
type FoundRoom struct {
	URI      string
	Messages []Message
	Total    int
	More     bool // the limit cut the messages
}

// AppendFound appends the data of rpl:bcbydate and rpl:bcbymsg: a room each, in
// the form of rpl:bccontext, with the count and whether there is more [guess];
// and the rooms that were not searched.
func AppendFound(dst []byte, rooms []FoundRoom, failed []FIB) []byte {
	for i := range rooms {
		r := &rooms[i]
		dst = append(dst, `<chanib`...)
		dst = appendAttr(dst, "uri", r.URI)
		dst = appendInt(dst, "cnt", r.Total)
		dst = append(appendAttr(dst, "more", strconv.FormatBool(r.More)), '>')
		dst = append(appendMessages(dst, r.Messages), `</chanib>`...)
	}
	return appendFailed(dst, failed)
}
