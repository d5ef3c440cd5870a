package filestore

import (
	"net/url"
	"strconv"

	"perch/chat"
)

// Link is how a file stands in a message's text, which is what old clients show
// and chat.FileLinks finds again (XCCOS 3.9 [guess]).
func Link(domain, roomGUID string, f *chat.File) string {
	return "ma-filelink://" + domain + "/" + roomGUID + "/" + f.ID + "?name=" + url.PathEscape(f.Name) + "&size=" + strconv.FormatInt(f.Size, 10)
}
