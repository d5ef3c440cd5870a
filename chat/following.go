package chat

// Mark is what one user has seen of one room.
type Mark struct {
	User PrincipalID
	Room RoomID
	// Read is the newest message he has read. What is unread is the room's head
	// less this mark.
	Read MessageID
	// Followed says that he wants to know what is new in the room.
	Followed bool
}

// Feed gathers messages for one user from the rooms that he follows: those that
// hold one of its keywords, or are by one of its authors, or both if it has
// both. The feed named Mentions gathers those that name the user himself.
type Feed struct {
	GUID     string
	User     PrincipalID
	Name     string
	Keywords []string
	Authors  []PrincipalID
	Rooms    []RoomID // only these; none: all that he follows
	Version  int64
}

// Mentions is the feed that everybody has: what names him.
const Mentions = "mentions"

// Gathered is one message in one feed.
type Gathered struct {
	User     PrincipalID
	Feed     string  // the feed's GUID, or Mentions
	Position EntryID // of the post in the journal
	Room     RoomID
	Message  MessageID
}
