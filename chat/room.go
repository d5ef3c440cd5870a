package chat

// Category groups rooms. Its scope bounds everybody who is not an
// administrator; its switches hold for all of its rooms.
type Category struct {
	ID          CategoryID
	GUID        string
	Name        string // unique among categories and rooms, compared without case
	Description string
	Invitations bool // upper bound for its rooms; default off
	Files       bool // file upload; default off
	// FileTypes are the media types of files that may be uploaded: type/subtype or
	// type/*, after an exclamation mark for those that may not. The first that
	// fits decides; where none does, all are allowed if nothing was but refused.
	FileTypes []string
	History   bool // messages are kept and can be read later; default on
	Strict    bool // posts are refused while the archive is too far behind; default off
	// Retention is the class that decides how long the archive keeps what is said in
	// its rooms; empty: the default class.
	Retention string
	// Allowed, less Denied, is the scope. Denied overrides (ethical wall).
	// The three lists are sorted and hold users, groups, containers, domains.
	Allowed, Denied []PrincipalID
	Creators        []PrincipalID // who may create rooms here
	// InvitesFrom is when invitations were last switched on; see InvitationID.
	InvitesFrom InvitationID
	// Version grows by one with every change (optimistic lock).
	Version int64
	Audit   Audit
}

// Privacy says who sees a room and who may join it (XCCOS 3.8).
type Privacy int

const (
	Open   Privacy = 0 // anyone in scope sees and joins
	Closed Privacy = 1 // anyone in scope sees, members join; the default
	Secret Privacy = 2 // only members see and join
)

func (p Privacy) String() string { return [...]string{"open", "closed", "secret"}[p] }

// Behavior says who may post in a room.
type Behavior int

const (
	Normal     Behavior = 1 // every participant posts
	Auditorium Behavior = 2 // only presenters post
)

func (b Behavior) String() string {
	if b == Auditorium {
		return "auditorium"
	}
	return "normal"
}

// InvitationSetting is a room's wish: a room can never turn on what its
// category has off.
type InvitationSetting int

const (
	InvitationsOff     InvitationSetting = 0
	InvitationsInherit InvitationSetting = 1 // the default
)

func (i InvitationSetting) String() string {
	if i == InvitationsOff {
		return "off"
	}
	return "inherit"
}

// Role is what a principal may do in one room or category.
type Role int

const (
	Member    Role = 0 // may join the room and read its history
	Manager   Role = 1 // may change the room and its roles; may not join by that alone
	Presenter Role = 2 // may post in an auditorium
	Creator   Role = 3 // may create rooms in the category
)

func (r Role) String() string { return [...]string{"member", "manager", "presenter", "creator"}[r] }

// Room is a named, access-controlled place for messages, always in exactly one
// category.
type Room struct {
	ID          RoomID
	GUID        string
	Category    CategoryID
	Name        string // unique among rooms and categories, compared without case
	Description string
	Privacy     Privacy
	Behavior    Behavior
	Invitations InvitationSetting
	Disabled    bool   // kept, but can be neither found, joined nor read
	Addin       string // GUID of the add-in shown beside the room, or empty
	// The three lists are sorted and hold users, groups, containers, domains.
	Members, Managers, Presenters []PrincipalID
	// Since says of each of Members when it was put there. The store gives it.
	Since []InvitationID
	// InvitesFrom is when the room's invitations last became effective.
	InvitesFrom InvitationID
	// Version grows by one with every change (optimistic lock).
	Version int64
	Audit   Audit
}

// InvitationID counts the events from which invitations arise: principals made
// members of rooms, and principals put into groups. It is one sequence for the
// whole store, in the order of those events, so that what a user has not yet
// been told is what came after the greatest number he knows. Nothing is kept
// per invited person (pchat 2.7).
type InvitationID int64

// InvitesFromNow is the InvitesFrom of what is to be stored that the store replaces
// by the number given last before this change.
const InvitesFromNow InvitationID = -1

// Limits of names, from the original's schema.
const (
	MaxNameLength        = 256 // characters, room, category and principal names
	MaxDescriptionLength = 256 // characters
)
