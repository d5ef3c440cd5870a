package xccos

// AppendServerURI appends the data of rpl:requri (XCCOS 4.1).
func AppendServerURI(dst []byte, uri string) []byte {
	dst = append(dst, `<uib`...)
	return append(appendAttr(dst, "uri", uri), `/>`...)
}
