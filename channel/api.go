package channel

import (
	"time"

	"perch/chat"
)

// Endpoint is where a session's events go: the far end of one dialog or
// socket. Deliver gets events of one or more rooms in order and must not
// block; evs is valid during the call only, the events themselves may be kept
// but not changed. An error means that the endpoint can take no more: the
// service closes the session as lost. Closed is called once when the service
// itself ends the session, never from within Deliver.
type Endpoint interface {
	Deliver(evs []*Event) error
	Closed(cause Cause)
}

// Cause says why a session or a participation ended.
type Cause string

const (
	CauseLeft     Cause = "left"     // the client parted, signed off or went away
	CauseLost     Cause = "lost"     // the dialog is lost, the endpoint may come back on another
	CauseRemoved  Cause = "removed"  // the right ended: disabled user, room, policy, role
	CauseShutdown Cause = "shutdown" // the server stops
)

// Opening describes a session to open.
type Opening struct {
	User     chat.PrincipalID
	Endpoint string // epid, or what else names the user's device
	Client   string // program and address, for the journal
	Sink     Endpoint
	Feeds    bool // EventGathered, EventRead and EventFollowed are wanted
	// Commands says that the session is for commands only: what concerns its user
	// alone, such as invitations, is not told to it, because nobody would read it.
	Commands bool
}

// EventKind says what happened in a room.
type EventKind int

const (
	EventMessage  EventKind = iota // Message was posted; everybody joined gets it, its author too
	EventJoined                    // People joined; not sent to their own sessions, nor in large rooms
	EventParted                    // People parted; likewise
	EventRemoved                   // the receiving session was put out of the room
	EventChanged                   // the room has changed: View
	EventRights                    // People have other permissions now
	EventDeleted                   // the room was deleted; everybody is put out
	EventInvited                   // the receiving user was invited: Invitation
	EventGathered                  // a feed of the receiving user has gathered Message: Feed
	EventHistory                   // what was posted in the room was replaced or taken out: read it again
	EventFollowed                  // the receiving user follows the room, or no longer: Followed; or he does and may join it again
	EventRead                      // the receiving user has read up to a message, here or elsewhere: Mark
)

// Event is one thing that happened in one room. The same Event value goes to
// every session of the room.
type Event struct {
	Kind    EventKind
	Room    RoomRef
	Message chat.Message
	People  []Participant
	Batch   bool // the join was one of several at once (bjoin)
	// ClientID is what the author's program called Message. It is for the author only.
	ClientID string
	// Participants is how many are in the room after a join or part.
	Participants int

	View       *RoomView // Permission is not set: the room is shown to many
	Invitation *Invitation
	Feed       string       // the feed's GUID, or chat.Mentions
	Position   chat.EntryID // of what was gathered; see chat.Hit
	Mark       Marked       // of EventGathered by chat.Mentions: Mentions only
	Followed   bool

	cache [2]wireForm
}

type wireForm struct {
	by   *Encoding
	body []byte
}

// Encoding turns events into one protocol's bytes. Each front end has one, whose
// address tells the forms of an event apart.
type Encoding struct{ Encode func(*Event) []byte }

// Wire returns the event in the given encoding, made once for all sessions of
// the room. It may only be called within Deliver (the room's own loop).
func (e *Event) Wire(enc *Encoding) []byte {
	for i := range e.cache {
		switch c := &e.cache[i]; c.by {
		case enc:
			return c.body
		case nil:
			c.by, c.body = enc, enc.Encode(e)
			return c.body
		}
	}
	return enc.Encode(e)
}

// RoomRef names a room.
type RoomRef struct {
	ID   chat.RoomID
	GUID string
	Name string
}

// Participant is a user who has joined a room, with his permission mask there.
type Participant struct {
	User       chat.Principal
	Permission chat.Permission
}

// RoomView is a room as one user sees it: effective switches, and how many
// have joined.
type RoomView struct {
	chat.Room
	CategoryGUID, CategoryName string
	Shows                      chat.Addin // the add-in, zero for none
	Participants               int
	Logged, Files, Invitations bool // effective: of category and room
	Strict                     bool // of the category, as the next ones are
	Retention                  string
	FileTypes                  []string
	CreatedByURI, UpdatedByURI string
	Permission                 chat.Permission // of the asking user
}

// Joined is the outcome of joining one room: either Err, or the room and its
// participants, the joiner among them (only he in a large room).
type Joined struct {
	GUID   string // as asked
	Room   RoomView
	People []Participant
	Err    error
}

// Marked is what of a room somebody has not read.
type Marked struct {
	Head     chat.MessageID // the newest message
	Read     chat.MessageID // the newest that he has read
	Unread   int            // Head less Read
	Mentions int            // unread messages that name him
}

// Post is a post as the client sent it.
type Post struct {
	RoomGUID   string
	Text, Rich string
	Alert      bool
	// ClientID is what the client calls the post, the same for every try; empty: it
	// does not. One that was stored before is not stored again (chat.Messages).
	ClientID string
	// Absent says that the session need not have joined the room: the right to post
	// is enough, and nobody is told that somebody was there.
	Absent bool
}

// Receipt is told what became of a post that was taken in. Stored is called
// exactly once: with the id when the message is on disk, before it is fanned
// out, or with the error why it is not (KindCollision: its ClientID is another
// post's). Release follows, after the fan-out; nothing is called after it. Neither
// may block.
type Receipt interface {
	Stored(id chat.MessageID, err error)
	Release()
}

// Invitation says that the user has become a member of a room. ID is greater
// than those of all invitations before it.
type Invitation struct {
	ID   chat.InvitationID
	Room RoomView
}

// ServerInfo describes the pool to a client (XCCOS 3.6).
type ServerInfo struct {
	Time          time.Time
	Limits        chat.Limits
	StoreGUID     string
	RootGUID      string // of the root category
	DisplayName   string
	ManagementURL string
}
