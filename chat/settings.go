package chat

import "time"

// Settings are what administrators set for a scope; Name says which: "global",
// "site:NAME" or "pool:NAME". The nearest wins whole (pchat 3).
type Settings struct {
	Name                   string
	DefaultChatHistory     int    // newest messages of a live room kept in memory, 1..500
	MaxFileSizeKB          int    // of a file, 1..2147483647
	ParticipantUpdateLimit int    // participants above which a room is large, 1..1000000
	RoomManagementURL      string // http or https page for managing rooms, told to clients; empty: the server's own
	Version                int64
}

// DefaultSettings are the original's.
func DefaultSettings() Settings {
	return Settings{Name: "global", DefaultChatHistory: 30, MaxFileSizeKB: 20000, ParticipantUpdateLimit: 75}
}

// Compliance is how the compliance service hands its records on, for a scope as
// in Settings. The properties and their defaults are the original's (pchat 7.2).
type Compliance struct {
	Name                          string
	AdapterName                   string // a label
	AdapterType                   string // kinds of adapters, parted by commas; empty: nothing is handed on
	AdapterOutputDirectory        string
	AdapterAttachmentDirectory    string        // Compliance File Store: uploaded files are copied there, by hash; empty: they are not
	RunInterval                   time.Duration // 1 minute to 30 days
	OneChatRoomPerOutputFile      bool
	AddChatRoomDetails            bool
	AddUserDetails                bool
	CreateFileAttachmentsManifest bool
	CustomConfiguration           string // an XSLT stylesheet for the xml adapter's output
	AdapterOptions                string // more for single adapters: lines of name=value, sorted
	Version                       int64
}

// DefaultCompliance are the original's defaults.
func DefaultCompliance() Compliance {
	return Compliance{Name: "global", RunInterval: 15 * time.Minute}
}

// ChatEndpoint is one more SIP address of the pool, for clients that were set up
// with it.
type ChatEndpoint struct {
	URI         string // sip:name@domain
	DisplayName string
	Version     int64
}

// PoolState says which servers of the pool take sessions.
type PoolState struct {
	FailedOver bool // the pool runs at its other site
	// Names of servers, in lower case. Nobody active: all are that are not inactive.
	Active, Inactive []string
	Version          int64
}
