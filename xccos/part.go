package xccos

// AppendRoomURI appends a chanib that only names its room: the data of
// rpl:part (XCCOS 4.6).
func AppendRoomURI(dst []byte, uri string) []byte {
	dst = append(dst, `<chanib`...)
	return append(appendAttr(dst, "uri", uri), `/>`...)
}

// AppendLeft appends the data of ntc:part (XCCOS 5.2).
func AppendLeft(dst []byte, roomURI string, users []string) []byte {
	dst = append(dst, `<chanib`...)
	dst = append(appendAttr(dst, "uri", roomURI), '>')
	for _, u := range users {
		dst = append(dst, `<uib`...)
		dst = append(appendAttr(dst, "uri", u), `/>`...)
	}
	return append(dst, `</chanib>`...)
}
