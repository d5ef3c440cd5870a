package chat

import "context"

// Store is what keeps a pool's data. Implementations are safe for concurrent
// use, and pass chattest.TestStore.
//
// Common rules. A write that returned nil is on disk. A write that returned an
// error changed nothing. Slices and structs handed in are not kept, and those
// handed out belong to the caller. Errors carry a Kind: KindDatabase when the
// store itself fails (disk full, I/O, locked, closed), otherwise what was
// wrong with the call. A cancelled context makes a call return early with the
// context's error; a write that was already being committed may still happen.
type Store interface {
	Messages
	Rooms
	Principals
	Belongings
	Following
	Objects
	Files
	Passes
	Lockouts
	Journal

	// Identity is a GUID made with the store and never changed (dbVersion on
	// the wire, XCCOS 3.6).
	Identity() string
	// Close waits for running calls and closes the store. It is idempotent.
	Close() error
}

// Batch is what is stored together in one transaction.
type Batch struct {
	Drafts []Draft
	// Entries are journal entries beside those of the drafts: joins, parts,
	// history reads, sign-ins. Each draft's EntryPost is made by the store from
	// the draft and its Origin.
	Entries []Entry
	// Origins[i] belongs to Drafts[i]: the names that its journal entry shows.
	Origins []Origin
}

// Origin is what a post's journal entry says beyond the message.
type Origin struct {
	RoomGUID, RoomName, Endpoint string
}

// Messages keeps the messages of all rooms.
type Messages interface {
	// Append stores a batch in ONE transaction: every draft gets its room's
	// next id (1..n, dense, never reused, in the order of the slice), and its
	// journal entry is written in the same transaction, after the batch's
	// other drafts and before b.Entries. It returns the ids, one a draft.
	// When it returns nil the whole batch is on disk; otherwise nothing of it.
	// A draft for a room that does not exist fails the batch with
	// KindNoSuchRoom. Files of its room that a draft links to are posted with it;
	// ids of others mean nothing.
	//
	// A draft with a ClientID that its author used for the same post within the
	// ClientIDDays before Draft.At is not stored again: its id is the one of then,
	// negated. One that he used for another post (of another room, text, rich text or
	// alert) is not stored either: its id is zero. This holds within a batch, too.
	Append(ctx context.Context, b Batch) ([]MessageID, error)
	// ListNewest returns the newest n messages of a room with an id below
	// before (zero: no bound), oldest first. Unlogged ids are left out.
	ListNewest(ctx context.Context, room RoomID, before MessageID, n int) ([]Message, error)
	// ListAfter returns up to n messages with an id above after, oldest first.
	ListAfter(ctx context.Context, room RoomID, after MessageID, n int) ([]Message, error)
	// Head is the id that was given last in the room, zero for none.
	Head(ctx context.Context, room RoomID) (MessageID, error)
	// ListHeads returns the heads of those of the given rooms that have messages.
	ListHeads(ctx context.Context, rooms []RoomID) (map[RoomID]MessageID, error)
	// ListRevised returns, for those of the given rooms in which messages were
	// removed, replaced or purged, the entry that did it last: who holds messages
	// from before it does not know what they are now.
	ListRevised(ctx context.Context, rooms []RoomID) (map[RoomID]EntryID, error)
	// FindAt returns an id of the room whose message, be it readable or not, was
	// posted at or after a time while the one before it was posted earlier; the head
	// plus one if none was posted then. Times rise with ids, but where a clock was
	// put back: then there may be several such ids, and any of them is returned.
	FindAt(ctx context.Context, room RoomID, at Time) (MessageID, error)
	// ListMessages returns those of the given messages of a room that can be
	// read, by id.
	ListMessages(ctx context.Context, room RoomID, ids []MessageID) ([]Message, error)
	// Search finds messages. It sees every message whose Append returned before
	// it was called, and none that was removed or purged before. KindBusy: its
	// index is too far behind.
	Search(ctx context.Context, q MessageSearch) (Found, error)
	// ChangeMessages gives messages of one room a new text and no rich text, or,
	// for a nil text, takes them out of what can be read, all in ONE
	// transaction with an entry each, by id (EntryReplace, EntryRemove, made from
	// e). Ids that cannot be read are left out. It returns how many were changed.
	// The journal's entry of the post keeps the text as it was posted.
	ChangeMessages(ctx context.Context, room RoomID, ids []MessageID, text *string, e Entry) (int, error)
	// Purge takes out of what can be read every message of a room up to the last
	// one posted at or before until, at once (EntryPurge; the store completes the
	// room and the first and last id taken out). It returns how many that were;
	// none is no error, and then there is no entry. The journal keeps the texts.
	Purge(ctx context.Context, room RoomID, until Time, e Entry) (int, error)
}

// Rooms keeps categories and rooms. Names are compared without case and are
// unique over categories and rooms together (KindDuplicateName). Every change
// writes its journal entry in the same transaction; entry's Room fields are
// completed by the store.
type Rooms interface {
	// ListCategories and ListRooms return everything, by id. They are read
	// once at start; the services keep what they returned up to date.
	//
	// A list that names a principal twice and a GUID that is taken are refused
	// (KindInvalid). GUID and the creation's audit never change, and the id of a
	// deleted room is not given again, because the journal still names it.
	ListCategories(ctx context.Context) ([]Category, error)
	ListRooms(ctx context.Context) ([]Room, error)
	// CreateCategory and CreateRooms store new ones and return them with ID and
	// Version 1. The GUID is the caller's.
	CreateCategory(ctx context.Context, c Category, e Entry) (Category, error)
	CreateRooms(ctx context.Context, r []Room, e []Entry) ([]Room, error)
	// UpdateCategory and UpdateRooms store changed ones, lists included, if
	// its Version is still the stored one (else KindCollision), and return it
	// with the Version grown by one.
	UpdateCategory(ctx context.Context, c Category, e Entry) (Category, error)
	UpdateRooms(ctx context.Context, r []Room, e []Entry) ([]Room, error)
	// DeleteCategory fails with KindNotEmpty while it has rooms. DeleteRoom
	// takes the room's messages with it; the journal keeps its entries and texts.
	DeleteCategory(ctx context.Context, id CategoryID, e Entry) error
	DeleteRoom(ctx context.Context, id RoomID, e Entry) error
}

// Principals keeps who there is. The entry of a new one, and of one that is
// changed, gets its number as Subject; so does that of a category.
type Principals interface {
	// ListPrincipals returns all that are not deleted, by id.
	ListPrincipals(ctx context.Context) ([]Principal, error)
	// ListMemberships returns all direct memberships.
	ListMemberships(ctx context.Context) ([]Membership, error)
	// CreatePrincipals stores new ones in one transaction, with the
	// credentials of those that have any (cred[i] belongs to p[i]; cred may be
	// nil), and returns them with their ids. KindDuplicateName if a Name or
	// URI is taken by one that is not deleted.
	CreatePrincipals(ctx context.Context, p []Principal, cred []Credentials, e []Entry) ([]Principal, error)
	// UpdatePrincipal stores a changed one; Bot never changes. A deleted one loses
	// its name, its memberships, roles, scope entries, credentials, passes and
	// belongings; one that is not active has no sessions.
	UpdatePrincipal(ctx context.Context, p Principal, e Entry) error
	// UpdateMemberships removes and adds in one transaction; what is there
	// already, or not there, is no error. It returns add with Since: of each as
	// it stands, given before or now.
	UpdateMemberships(ctx context.Context, add, remove []Membership, e []Entry) ([]Membership, error)

	FindCredentials(ctx context.Context, user PrincipalID) (Credentials, error)
	// UpdateCredentials stores a user's secrets. If the password is another one, his
	// sessions end, but the one of the id keep (empty: none goes on).
	UpdateCredentials(ctx context.Context, user PrincipalID, c Credentials, keep string, e Entry) error
}

// Belongings keeps what belongs to one user and only to him.
type Belongings interface {
	// FindContacts returns the user's list, or an empty one of version 1 with
	// group 1 named "~".
	FindContacts(ctx context.Context, user PrincipalID) (ContactList, error)
	// UpdateContacts stores l if the stored version is l.Version-1, else
	// KindCollision.
	UpdateContacts(ctx context.Context, user PrincipalID, l ContactList) error
	// ListPublications returns the kept publications of the user.
	ListPublications(ctx context.Context, user PrincipalID) ([]Publication, error)
	// UpdatePublications stores and deletes in one transaction.
	UpdatePublications(ctx context.Context, user PrincipalID, put []Publication, remove []PublicationKey) error
	// FindPreference returns KindInvalid for a label that was never set.
	FindPreference(ctx context.Context, user PrincipalID, label string) (Preference, error)
	// UpdatePreference stores content and returns the new version (1, 2, ...).
	UpdatePreference(ctx context.Context, user PrincipalID, label, content string) (int64, error)
	// ReplacePreference does the same if the stored version is p.Version, zero for a
	// label that was never set, else KindCollision.
	ReplacePreference(ctx context.Context, user PrincipalID, p Preference) (int64, error)
	// ListPreferences returns those whose labels begin with prefix, by label.
	ListPreferences(ctx context.Context, user PrincipalID, prefix string) ([]Preference, error)
	// DeletePreference forgets one; one that was never set is no error.
	DeletePreference(ctx context.Context, user PrincipalID, label string) error
}

// Following keeps what users have seen of rooms, and what their feeds gathered.
// None of it is in the journal; what a deleted user or room had goes with it,
// and what is stored for one that is not there is left out.
type Following interface {
	// ListMarks returns a user's marks, by room.
	ListMarks(ctx context.Context, user PrincipalID) ([]Mark, error)
	// FindMark returns one mark; the zero mark of user and room if there is none.
	FindMark(ctx context.Context, user PrincipalID, room RoomID) (Mark, error)
	// ListFollowers returns who follows a room, sorted.
	ListFollowers(ctx context.Context, room RoomID) ([]PrincipalID, error)
	// UpdateMarks stores marks. A Read below the stored one leaves that.
	UpdateMarks(ctx context.Context, marks []Mark) error
	// MoveMarks is UpdateMarks for their Read alone: Followed stays as it is stored,
	// and is false of a mark that was not there.
	MoveMarks(ctx context.Context, marks []Mark) error
	// AppendGathered stores what feeds gathered and, in the same transaction, the
	// journal's entry up to which they have looked. What is there already is
	// no error. It returns how many were new.
	AppendGathered(ctx context.Context, upTo EntryID, g []Gathered) (int, error)
	// GatheredUpTo is the greatest upTo, zero for none: an upTo of zero given to
	// AppendGathered leaves it.
	GatheredUpTo(ctx context.Context) (EntryID, error)
	// ListGathered returns up to n of a user's feed with a position below before
	// (zero: no bound), newest first, and those of one position by feed. An empty
	// feed means all of his feeds.
	ListGathered(ctx context.Context, user PrincipalID, feed string, before EntryID, n int) ([]Gathered, error)
	// CountGathered counts, by room, what a user's feed gathered that is newer than
	// his mark of the room. A room of zero means all of them.
	CountGathered(ctx context.Context, user PrincipalID, feed string, room RoomID) (map[RoomID]int, error)
	// DeleteGathered empties a user's feed.
	DeleteGathered(ctx context.Context, user PrincipalID, feed string) error
}

// Objects keeps administered things.
type Objects interface {
	// ListObjects returns all of a kind, by name.
	ListObjects(ctx context.Context, kind ObjectKind) ([]Object, error)
	// UpdateObjects stores objects together. Version is that of the stored one,
	// zero if it is new (else KindCollision). It returns them with their new
	// versions. Each has its entry.
	UpdateObjects(ctx context.Context, o []Object, e []Entry) ([]Object, error)
	// DeleteObject deletes one; one that is not there is KindInvalid.
	DeleteObject(ctx context.Context, kind ObjectKind, name string, e Entry) error
}

// Journal is the record of everything compliance must know. Its entries are
// written by the calls above, never alone, and have one dense sequence per
// store. It is appended to only, but for what retention takes away.
type Journal interface {
	// ListEntries returns up to n entries with an id above after, in order.
	ListEntries(ctx context.Context, after EntryID, n int) ([]Entry, error)
	// JournalHead is the id that was given last, zero for none.
	JournalHead(ctx context.Context) (EntryID, error)
	// EraseEntries takes away for good what entries say, in ONE transaction: Text,
	// Rich, Cause and Detail, and of a post its message too, which cannot be read
	// any more. The entries stay. Those that are not there are left out. It has no
	// entry of its own: what decided it has.
	EraseEntries(ctx context.Context, ids []EntryID) error
	// TrimJournal deletes entries from before a time, the oldest first and at most
	// so many, but never the newest one and no post of a message that can be read. In
	// the same transaction it writes the entry that made returns for the first
	// and last of them. It returns how many were deleted; for none there is no entry.
	TrimJournal(ctx context.Context, before Time, most int, made func(first, last EntryID) (Entry, error)) (int, error)
}
