package chat

// Identifiers are dense positive integers given by the store; zero is never
// used. Beside it every principal, category and room has a GUID (lower case,
// dashed), which is what the wire and the administrators' tools show. Both are
// given at creation and never change.
type (
	PrincipalID int64 // a user, group, container or domain
	CategoryID  int64
	RoomID      int64
	// MessageID counts the messages of one room, from 1, without holes.
	MessageID int64
	// EntryID counts the entries of one store's journal, from 1, without holes.
	EntryID int64
)
