package compliance

import (
	"encoding/json"

	"perch/chat"
)

// File is what an entry of an upload or download says in its detail.
type File struct {
	ID     string `json:"id"`     // of the file in its room: GUID and extension
	Name   string `json:"name"`   // as its uploader called it
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // hexadecimal; the address in the Compliance File Store
}

// FileOf is the file of an upload or download.
func FileOf(e *chat.Entry) (f File, ok bool) {
	if e.Kind != chat.EntryUpload && e.Kind != chat.EntryDownload {
		return f, false
	}
	return f, json.Unmarshal([]byte(e.Detail), &f) == nil
}
