package xccos

import "strconv"

// Pref is a preference as cmd:getpref and cmd:setpref carry it (XCCOS 4.11).
type Pref struct {
	Label   string
	Seq     int64
	Content string // base64
	Has     bool   // content was given
}

// Pref reads the data of cmd:getpref and cmd:setpref.
func (p *Primitive) Pref() Pref {
	e := p.Data.Child("pref")
	_, has := e.attr("content")
	seq, _ := strconv.ParseInt(e.Attr("seqid"), 10, 64) // one that cannot be read is none
	return Pref{Label: e.Attr("label"), Seq: seq, Content: e.Attr("content"), Has: has}
}

// AppendPref appends the data of their replies.
func AppendPref(dst []byte, p *Pref) []byte {
	dst = append(dst, `<pref`...)
	dst = appendAttr(dst, "label", p.Label)
	dst = appendAttr(dst, "seqid", strconv.FormatInt(p.Seq, 10))
	if p.Has {
		dst = appendAttr(dst, "content", p.Content)
	}
	return append(dst, `/>`...)
}
