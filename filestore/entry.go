package filestore

import (
	"encoding/json"

	"perch/chat"
)

// detail is what the journal says of a file.
type detail struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func detailOf(f *chat.File) string {
	b, err := json.Marshal(detail{f.ID, f.Name, f.Size, f.SHA256})
	if err != nil {
		return "" // plain structs always marshal
	}
	return string(b)
}

// entry is the journal's entry of an upload or download.
func (s *Service) entry(kind chat.EntryKind, b *bearer, f *chat.File) chat.Entry {
	return chat.Entry{
		Kind: kind, At: s.now(), Actor: b.user.ID, ActorURI: b.user.URI, ActorName: b.user.DisplayName,
		Room: b.room.ID, RoomGUID: b.room.GUID, RoomName: b.room.Name, Endpoint: b.token.Endpoint, Client: b.token.Client, Detail: detailOf(f),
	}
}

// note is the journal's entry of what the server did with a file by itself.
func (s *Service) note(f *chat.File, cause string) []chat.Entry {
	e := chat.Entry{Kind: chat.EntryFile, At: s.now(), Room: f.Room, Cause: cause, Detail: detailOf(f)}
	if _, r, _, _ := s.rights.MayTransfer(f.Uploader, f.Room, true); r != nil { // whether he may is of no interest here
		e.RoomGUID, e.RoomName = r.GUID, r.Name
	}
	return []chat.Entry{e}
}
