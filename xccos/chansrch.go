package xccos

import "strings"

// Query is what cmd:chansrch asks for (XCCOS 4.10).
type Query struct {
	Type         string // BYNAME
	Criteria     string
	Descriptions bool // extended [design]
	MatchAll     bool // [guess]
	MaxResults   int  // [guess]; 0: the server's limit
}

// Query reads the command's data.
func (p *Primitive) Query() Query {
	q := p.Data.Child("qib")
	return Query{
		Type: strings.ToUpper(q.Attr("qtype")), Criteria: q.Attr("criteria"), Descriptions: q.Bool("extended"),
		MatchAll: q.Bool("matchall"), MaxResults: max(0, q.Int("maxresults", 0)),
	}
}
