package xccos

import "strings"

// Query is what cmd:chansrch asks for (XCCOS 4.10). All but criteria and
// extended is [guess]: the operations of the SDK must be expressed somehow.
// Empty is what it does not say.
type Query struct {
	Type                  string // BYNAME, BYUSER (by one who is in the room)
	Criteria              string
	Descriptions          bool // extended [design]
	MatchAll, MatchExact  bool
	MaxResults            int // 0, or -1 in the SDK: the server's limit
	User, Member, Manager string
	Category, Addin       string
	Visibility, Behavior  string
	Disabled, Invite      *bool
}

// Query reads the command's data: a qib, and perhaps a set of filters.
func (p *Primitive) Query() Query {
	q, f := p.Data.Child("qib"), p.Data.Child("filters")
	out := Query{
		Type: strings.ToUpper(q.Attr("qtype")), Criteria: q.Attr("criteria"), Descriptions: q.Bool("extended") || f.Bool("searchdesc"),
		MatchAll: q.Bool("matchall"), MatchExact: q.Bool("matchexactphrase"), MaxResults: max(0, q.Int("maxresults", 0)),
		Member: f.Attr("member"), Manager: f.Attr("manager"), Category: f.Attr("categoryuri"), Addin: f.Attr("addinguid"),
		Visibility: strings.ToUpper(f.Attr("privacy")), Behavior: strings.ToUpper(f.Attr("behavior")),
		Disabled: f.optionalBool("disabled"), Invite: f.optionalBool("invitations"),
	}
	if out.Type == "BYUSER" {
		out.User, out.Criteria = out.Criteria, ""
	}
	if t := f.Attr("searchterms"); t != "" {
		out.Criteria = t
	}
	if out.MaxResults == 0 {
		out.MaxResults = max(0, f.Int("maxresults", 0))
	}
	return out
}
