package chat

// Match says how the words of a search combine.
type Match int

const (
	MatchAny   Match = iota // one of the words is enough
	MatchAll                // every word must be there
	MatchExact              // the words one after the other, as written
)

func (m Match) String() string { return [...]string{"any", "all", "exact"}[m] }

// MessageSearch asks for messages. What a text must hold for a word to be found
// in it is decided by chat/search, the same for every store.
type MessageSearch struct {
	// Rooms are searched, sorted; none: no room at all.
	Rooms []RoomID
	// Text is what to look for; empty: every message.
	Text          string
	Match         Match
	CaseSensitive bool
	// Authors: only messages by one of them; none: by anybody.
	Authors []PrincipalID
	// Names: only messages that hold one of these as whole words, whatever the case;
	// none: all. So one finds what names a person, by any of his names.
	Names []string
	// Has: only messages that have all of these traits.
	Has Traits
	// From and Until bound the time of the post: From <= At < Until. Zero: open.
	From, Until Time
	// After and Before bound the ids within a room: After < ID < Before. Zero:
	// open.
	After, Before MessageID
	// AfterPosition and BeforePosition do the same over all rooms, by the
	// order of posting; see Hit.Position.
	AfterPosition, BeforePosition EntryID
	// NewestFirst begins at the newest message; otherwise at the oldest.
	NewestFirst bool
	// Limit is the most messages to return, at least 1.
	Limit int
}

// Traits are what a message may have beside its words, as a set; chat/search says
// what has them.
type Traits uint8

// Traits of messages.
const (
	HasFile  Traits = 1 << iota // it links to a file of the room
	HasLink                     // it holds an address of the web
	HasAlert                    // it is an alert
	HasStory                    // it is a story
)

// EachTrait lists them, for indexes.
func EachTrait() []Traits { return []Traits{HasFile, HasLink, HasAlert, HasStory} }

// StoryMark is how the text of a story begins: its title and a line feed follow,
// and then its body (XCCOS 3.9).
const StoryMark = "[STORY]"

// Found is what a search found: up to Limit messages in the order of posting,
// or in the opposite order for NewestFirst, and how many there are in all.
type Found struct {
	Hits  []Hit
	Total int
}

// Hit is one message that was found. Position is the journal's entry of its
// post: it orders the messages of all rooms by when they were posted.
type Hit struct {
	Message
	Position EntryID
}
