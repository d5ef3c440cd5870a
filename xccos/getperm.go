package xccos

// AppendPermission appends the data of rpl:getperm (XCCOS 4.15 [guess]): the
// asker's permission mask in a room, as an aib says it in a notice.
func AppendPermission(dst []byte, domain, guid string, mask int) []byte {
	dst = append(dst, `<aib`...)
	dst = appendInt(dst, "key", mask)
	dst = appendAttr(dst, "domain", domain)
	return append(appendAttr(dst, "value", guid), `/>`...)
}
