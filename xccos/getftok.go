package xccos

// FileName is the name of the file for which cmd:getfutok asks, or under which
// the client of cmd:getfdtok will save one (XCCOS 4.13).
func (p *Primitive) FileName() string { return p.Data.Child("ftdb").Attr("fileUrl") }

// AppendFileToken appends the data of rpl:getftok.
func AppendFileToken(dst []byte, token, serverURI string) []byte {
	dst = append(dst, `<token`...)
	dst = appendAttr(dst, "token", token)
	dst = appendAttr(dst, "serveruri", serverURI)
	return append(dst, `/>`...)
}
