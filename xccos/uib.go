package xccos

import "strconv"

// UIB describes a user (XCCOS 3.4).
type UIB struct {
	ID            int
	URI, GUID     string
	Type          int // 5: a user
	Name, Display string
	Disabled      bool
}

func appendUIB(dst []byte, u *UIB) []byte {
	return append(appendUIBOpen(dst, u), `/>`...)
}

// appendUIBOpen appends the tag without its end.
func appendUIBOpen(dst []byte, u *UIB) []byte {
	dst = append(dst, `<uib id="`...)
	dst = strconv.AppendInt(dst, int64(u.ID), 10)
	dst = append(dst, '"')
	dst = appendAttr(dst, "uri", u.URI)
	dst = appendAttr(dst, "guid", u.GUID)
	dst = append(dst, ` type="`...)
	dst = strconv.AppendInt(dst, int64(u.Type), 10)
	dst = append(dst, '"')
	dst = appendAttr(dst, "uname", u.Name)
	dst = appendAttr(dst, "dispname", u.Display)
	return appendAttr(dst, "disabled", strconv.FormatBool(u.Disabled))
}

func appendInt(dst []byte, name string, n int) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(strconv.AppendInt(dst, int64(n), 10), '"')
}
