// Package api holds the JSON of the administration interface: what its server
// and its client say to each other over the Unix socket. Names of fields are
// what `perch ... --json` prints. It computes nothing.
package api

import "time"

// Error is the body of every refusal.
type Error struct {
	Error string `json:"error"`
}

// User is a user.
type User struct {
	Name        string   `json:"name"`
	URI         string   `json:"uri"`
	DisplayName string   `json:"display_name"`
	Email       string   `json:"email,omitempty"`
	Company     string   `json:"company,omitempty"`
	State       string   `json:"state"`
	Enabled     bool     `json:"enable_persistent_chat"`
	GUID        string   `json:"guid"`
	Password    bool     `json:"has_password,omitempty"`
	NTLM        bool     `json:"ntlm,omitempty"`
	Groups      []string `json:"groups,omitempty"`
}

// NewUser is a user to create.
type NewUser struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name,omitempty"`
	Email       string `json:"email,omitempty"`
	Company     string `json:"company,omitempty"`
	Password    string `json:"password,omitempty"`
	NTLM        bool   `json:"ntlm,omitempty"`
}

// UserChange changes a user; nil leaves a thing as it is.
type UserChange struct {
	DisplayName *string `json:"display_name,omitempty"`
	Email       *string `json:"email,omitempty"`
	Company     *string `json:"company,omitempty"`
	Disabled    *bool   `json:"disabled,omitempty"`
	Password    *string `json:"password,omitempty"`
	NTLM        *bool   `json:"ntlm,omitempty"` // with Password; false alone forgets the NT hash
}

// Bulk asks for several things at once, all or none; DryRun only checks them,
// SkipExisting leaves out those whose name is taken.
type Bulk[T any] struct {
	Items        []T  `json:"items"`
	DryRun       bool `json:"dry_run,omitempty"`
	SkipExisting bool `json:"skip_existing,omitempty"`
}

// Done says what a bulk did.
type Done struct {
	Done    int `json:"done"`
	Skipped int `json:"skipped,omitempty"`
}

// Group is a group.
type Group struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"display_name"`
	GUID        string   `json:"guid"`
	Members     []string `json:"members"`
}

// Members are principals to put in or take out.
type Members struct {
	Members []string `json:"members"`
}

// Category is a category.
type Category struct {
	Name        string   `json:"name"`
	URI         string   `json:"uri"`
	Description string   `json:"description"`
	Invitations bool     `json:"invitations"`
	Files       bool     `json:"files"`
	History     bool     `json:"history"`
	Allowed     []string `json:"allowed"`
	Denied      []string `json:"denied"`
	Creators    []string `json:"creators"`
	Rooms       int      `json:"rooms"`
}

// List changes a list of principals.
type List struct {
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// CategoryChange creates or changes a category; nil leaves a thing as it is.
type CategoryChange struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	Invitations *bool   `json:"invitations,omitempty"`
	Files       *bool   `json:"files,omitempty"`
	History     *bool   `json:"history,omitempty"`
	Allowed     List    `json:"allowed"`
	Denied      List    `json:"denied"`
	Creators    List    `json:"creators"`
}

// Room is a room.
type Room struct {
	Name         string   `json:"name"`
	URI          string   `json:"uri"`
	Category     string   `json:"category"`
	Privacy      string   `json:"privacy"`
	Type         string   `json:"type"`
	Description  string   `json:"description"`
	Invitations  string   `json:"invitations"`
	Disabled     bool     `json:"disabled"`
	Participants int      `json:"participants"`
	Members      []string `json:"members"`
	Managers     []string `json:"managers"`
	Presenters   []string `json:"presenters"`
}

// NewRoom is a room to create. Privacy is open, closed (default) or secret;
// Type normal (default) or auditorium; Invitations inherit (default) or off.
type NewRoom struct {
	Name        string   `json:"name"`
	Category    string   `json:"category"`
	Description string   `json:"description,omitempty"`
	Privacy     string   `json:"privacy,omitempty"`
	Type        string   `json:"type,omitempty"`
	Invitations string   `json:"invitations,omitempty"`
	Members     []string `json:"members,omitempty"`
	Managers    []string `json:"managers,omitempty"`
	Presenters  []string `json:"presenters,omitempty"`
}

// RoomChange changes a room; nil leaves a thing as it is.
type RoomChange struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	Category    *string `json:"category,omitempty"`
	Privacy     *string `json:"privacy,omitempty"`
	Type        *string `json:"type,omitempty"`
	Invitations *string `json:"invitations,omitempty"`
	Disabled    *bool   `json:"disabled,omitempty"`
}

// Grant gives a role in a room, or takes it.
type Grant struct {
	Room      string `json:"room"`
	Role      string `json:"role"` // member, manager, presenter
	Principal string `json:"principal"`
	Revoke    bool   `json:"revoke,omitempty"`
}

// Message is a message.
type Message struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	Name   string    `json:"author_name"`
	Alert  bool      `json:"alert,omitempty"`
	Text   string    `json:"text"`
}

// Policy is what a user is enabled for, and whether that is his own or the
// global value.
type Policy struct {
	User    string `json:"user,omitempty"`
	Enabled bool   `json:"enable_persistent_chat"`
	From    string `json:"from"`
}

// PolicyChange sets a policy; nil returns a user to the global one.
type PolicyChange struct {
	Enabled *bool `json:"enable_persistent_chat"`
}

// Explanation is a decision about a right.
type Explanation struct {
	User    string `json:"user"`
	Action  string `json:"action"`
	Room    string `json:"room"`
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"`
	Through string `json:"through,omitempty"`
	Rule    string `json:"rule"`
	Clause  string `json:"clause"`
}

// Status is how a server does.
type Status struct {
	Version      string    `json:"version"`
	PID          int       `json:"pid"`
	Domain       string    `json:"domain"`
	Started      time.Time `json:"started"`
	Users        int       `json:"users"`
	Categories   int       `json:"categories"`
	Rooms        int       `json:"rooms"`
	LiveRooms    int       `json:"live_rooms"`
	Connections  int       `json:"connections"`
	Dialogs      int       `json:"dialogs"`
	Sessions     int       `json:"sessions"`
	Participants int       `json:"participants"`
	Posts        int64     `json:"posts"`
	Waiting      int       `json:"waiting"`
	JournalHead  int64     `json:"journal_head"`
	MemoryBytes  uint64    `json:"memory_bytes"`
}
