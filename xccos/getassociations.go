package xccos

import "strings"

// Association is what cmd:getassociations asks for (XCCOS 4.3 [likely]).
type Association struct {
	Manager    bool // otherwise member
	MaxResults int  // 0: the server's limit
}

// Association reads the command's data.
func (p *Primitive) Association() Association {
	e := p.Data.Child("association")
	return Association{Manager: strings.EqualFold(e.Attr("type"), "MANAGER"), MaxResults: max(0, e.Int("maxresults", 0))}
}
