package api

import "time"

// File is a file of a room.
type File struct {
	ID       string    `json:"id"`
	Room     string    `json:"room,omitempty"` // empty: it was deleted
	Uploader string    `json:"uploader,omitempty"`
	Name     string    `json:"name"`
	Size     int64     `json:"size"`
	SHA256   string    `json:"sha256,omitempty"`
	Type     string    `json:"type,omitempty"`
	State    string    `json:"state"` // unfinished, waiting, clean, quarantined
	Reason   string    `json:"reason,omitempty"`
	At       time.Time `json:"at"`
	Posted   int64     `json:"posted,omitempty"` // the first message that links to it
}
