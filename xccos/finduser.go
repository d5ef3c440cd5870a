package xccos

import "strings"

// PeopleQuery is what cmd:geteligible, cmd:getcatusers and cmd:finduser ask for
// (XCCOS 4.15 [guess]): a qib, like that of chansrch.
type PeopleQuery struct {
	Prefix     string
	Role       string // MEMBER, MANAGER, PRESENTER
	MaxResults int    // 0: the server's limit
}

// PeopleQuery reads the command's data.
func (p *Primitive) PeopleQuery() PeopleQuery {
	q := p.Data.Child("qib")
	role := strings.ToUpper(p.Data.Child("association").Attr("type"))
	return PeopleQuery{Prefix: q.Attr("criteria"), Role: role, MaxResults: max(0, q.Int("maxresults", 0))}
}

// Category is the category that a command names by its ma-cat address, or "".
func (p *Primitive) Category() string {
	for c := range p.Data.Children() {
		for _, name := range [...]string{"parent", "uri"} {
			if v := c.Attr(name); len(v) > len(catScheme) && strings.EqualFold(v[:len(catScheme)], catScheme) {
				return v
			}
		}
	}
	return ""
}

// Users are the addresses of the uibs of a command, in order.
func (p *Primitive) Users() []string {
	var out []string
	for c := range p.Data.Children() {
		if c.Is("uib") && c.Attr("uri") != "" {
			out = append(out, c.Attr("uri"))
		}
	}
	return out
}
