// Package api holds the JSON of the administration interface: what its server
// and its client say to each other over the Unix socket. Names of fields are
// what `perch ... --json` prints. It computes nothing.
package api

import (
	"encoding/json"
	"time"
)

// Error is the body of every refusal.
type Error struct {
	Error string `json:"error"`
}

// Collision is the body of the refusal of a change (409) whose version is no longer
// that of the thing.
type Collision struct {
	Error   string `json:"error"`
	Code    string `json:"code"`    // collision
	Current any    `json:"current"` // the thing as it is now
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
	Policy      string   `json:"policy"`
	GUID        string   `json:"guid"`
	Password    bool     `json:"has_password,omitempty"`
	NTLM        bool     `json:"ntlm,omitempty"`
	Groups      []string `json:"groups,omitempty"`
	Bot         bool     `json:"bot,omitempty"`
	LockedUntil string   `json:"locked_until,omitempty"` // his password is not looked at before
	Version     int64    `json:"version"`                // of his particulars
}

// NewUser is a user to create.
type NewUser struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name,omitempty"`
	Email       string `json:"email,omitempty"`
	Company     string `json:"company,omitempty"`
	Password    string `json:"password,omitempty"`
	NTLM        bool   `json:"ntlm,omitempty"`
	Bot         bool   `json:"bot,omitempty"`
}

// UserChange changes a user; nil leaves a thing as it is, and Version, if not zero,
// must be that of his particulars now.
type UserChange struct {
	DisplayName *string `json:"display_name,omitempty"`
	Email       *string `json:"email,omitempty"`
	Company     *string `json:"company,omitempty"`
	Disabled    *bool   `json:"disabled,omitempty"`
	Password    *string `json:"password,omitempty"`
	NTLM        *bool   `json:"ntlm,omitempty"` // with Password; false alone forgets the NT hash
	Version     int64   `json:"version,omitempty"`
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
	Container   bool     `json:"container,omitempty"`
	Members     []string `json:"members"`
	Version     int64    `json:"version"` // of its members
}

// Members are principals to put in or take out. Version, if not zero, must be that
// of the group now.
type Members struct {
	Members []string `json:"members"`
	Version int64    `json:"version,omitempty"`
}

// Category is a category.
type Category struct {
	Name        string   `json:"name"`
	URI         string   `json:"uri"`
	Description string   `json:"description"`
	Invitations bool     `json:"invitations"`
	Files       bool     `json:"files"`
	History     bool     `json:"history"`
	Strict      bool     `json:"strict"`
	FileTypes   []string `json:"file_types,omitempty"`
	Retention   string   `json:"retention"`
	Allowed     []string `json:"allowed"`
	Denied      []string `json:"denied"`
	Creators    []string `json:"creators"`
	Rooms       int      `json:"rooms"`
	Version     int64    `json:"version"`
}

// List changes a list of principals.
type List struct {
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// CategoryChange creates or changes a category; nil leaves a thing as it is, and
// Version, if not zero, must be that of the stored one.
type CategoryChange struct {
	Name        *string   `json:"name,omitempty"`
	Description *string   `json:"description,omitempty"`
	Invitations *bool     `json:"invitations,omitempty"`
	Files       *bool     `json:"files,omitempty"`
	History     *bool     `json:"history,omitempty"`
	Strict      *bool     `json:"strict,omitempty"`
	FileTypes   *[]string `json:"file_types,omitempty"`
	Retention   *string   `json:"retention,omitempty"`
	Allowed     List      `json:"allowed"`
	Denied      List      `json:"denied"`
	Creators    List      `json:"creators"`
	Version     int64     `json:"version,omitempty"`
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
	Addin        string   `json:"addin,omitempty"`
	Members      []string `json:"members"`
	Managers     []string `json:"managers"`
	Presenters   []string `json:"presenters"`
	Version      int64    `json:"version"`
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
	Addin       string   `json:"addin,omitempty"`
	Disabled    bool     `json:"disabled,omitempty"`
	Members     []string `json:"members,omitempty"`
	Managers    []string `json:"managers,omitempty"`
	Presenters  []string `json:"presenters,omitempty"`
}

// RoomChange changes a room; nil leaves a thing as it is, and Version, if not zero,
// must be that of the stored one.
type RoomChange struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	Category    *string `json:"category,omitempty"`
	Privacy     *string `json:"privacy,omitempty"`
	Type        *string `json:"type,omitempty"`
	Invitations *string `json:"invitations,omitempty"`
	Disabled    *bool   `json:"disabled,omitempty"`
	Addin       *string `json:"addin,omitempty"` // empty: none
	// Members, Managers and Presenters replace a whole list.
	Members    *[]string `json:"members,omitempty"`
	Managers   *[]string `json:"managers,omitempty"`
	Presenters *[]string `json:"presenters,omitempty"`
	Version    int64     `json:"version,omitempty"`
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

// Policy is a policy, or the one that holds for a user.
type Policy struct {
	User        string `json:"user,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Enabled     bool   `json:"enable_persistent_chat"`
	Version     int64  `json:"version"` // zero: never set, the default
	GrantedTo   int    `json:"granted_to"`
}

// PolicyChange creates or changes a policy; nil leaves a thing as it is, and
// Version, if not zero, must be that of the stored one.
type PolicyChange struct {
	New         bool    `json:"new,omitempty"` // it must not be there yet
	Enabled     *bool   `json:"enable_persistent_chat,omitempty"`
	Description *string `json:"description,omitempty"`
	Version     int64   `json:"version,omitempty"`
}

// PolicyGrant grants a user a tag policy; an empty one takes back his.
type PolicyGrant struct {
	User   string `json:"user"`
	Policy string `json:"policy"`
}

// Settings are those of a scope.
type Settings struct {
	Scope                  string `json:"scope"`
	DefaultChatHistory     int    `json:"default_chat_history"`
	MaxFileSizeKB          int    `json:"max_file_size_kb"`
	ParticipantUpdateLimit int    `json:"participant_update_limit"`
	RoomManagementURL      string `json:"room_management_url"`
	Version                int64  `json:"version"`
}

// SettingsChange creates or changes them, as PolicyChange does.
type SettingsChange struct {
	New                    bool    `json:"new,omitempty"`
	DefaultChatHistory     *int    `json:"default_chat_history,omitempty"`
	MaxFileSizeKB          *int    `json:"max_file_size_kb,omitempty"`
	ParticipantUpdateLimit *int    `json:"participant_update_limit,omitempty"`
	RoomManagementURL      *string `json:"room_management_url,omitempty"`
	Version                int64   `json:"version,omitempty"`
}

// Compliance is the compliance configuration of a scope.
type Compliance struct {
	Scope                         string            `json:"scope"`
	AdapterName                   string            `json:"adapter_name"`
	AdapterType                   string            `json:"adapter_type"`
	AdapterOutputDirectory        string            `json:"adapter_output_directory"`
	AdapterAttachmentDirectory    string            `json:"adapter_attachment_directory"`
	RunInterval                   string            `json:"run_interval"`
	OneChatRoomPerOutputFile      bool              `json:"one_chat_room_per_output_file"`
	AddChatRoomDetails            bool              `json:"add_chat_room_details"`
	AddUserDetails                bool              `json:"add_user_details"`
	CreateFileAttachmentsManifest bool              `json:"create_file_attachments_manifest"`
	CustomConfiguration           string            `json:"custom_configuration"`
	AdapterOptions                map[string]string `json:"adapter_options"`
	Version                       int64             `json:"version"`
}

// ComplianceChange creates or changes one, as PolicyChange does.
type ComplianceChange struct {
	New                           bool    `json:"new,omitempty"`
	AdapterName                   *string `json:"adapter_name,omitempty"`
	AdapterType                   *string `json:"adapter_type,omitempty"`
	AdapterOutputDirectory        *string `json:"adapter_output_directory,omitempty"`
	AdapterAttachmentDirectory    *string `json:"adapter_attachment_directory,omitempty"`
	RunInterval                   *string `json:"run_interval,omitempty"`
	OneChatRoomPerOutputFile      *bool   `json:"one_chat_room_per_output_file,omitempty"`
	AddChatRoomDetails            *bool   `json:"add_chat_room_details,omitempty"`
	AddUserDetails                *bool   `json:"add_user_details,omitempty"`
	CreateFileAttachmentsManifest *bool   `json:"create_file_attachments_manifest,omitempty"`
	CustomConfiguration           *string `json:"custom_configuration,omitempty"`
	// AdapterOptions are set one by one; an empty value takes one away.
	AdapterOptions map[string]string `json:"adapter_options,omitempty"`
	Version        int64             `json:"version,omitempty"`
}

// ComplianceStatus is how archiving does.
type ComplianceStatus struct {
	Enabled    bool              `json:"enabled"`
	Holder     string            `json:"holder"` // who runs the adapters
	Here       bool              `json:"here"`   // that is this server
	Journal    int64             `json:"journal"`
	Kept       int64             `json:"kept"`
	Lag        float64           `json:"lag_seconds"`
	Sealed     int64             `json:"sealed"` // of the journal, in the sealed archive; 0 without one
	Unsealed   float64           `json:"archive_unsealed_seconds"`
	Waiting    int               `json:"waiting_events"`
	Oldest     string            `json:"oldest,omitempty"`
	NextRun    string            `json:"next_run,omitempty"`
	Adapters   []string          `json:"adapters"`
	Deliveries []Delivery        `json:"deliveries"`
	Trouble    map[string]string `json:"trouble,omitempty"`
	Gaps       []Gap             `json:"gaps"`    // the newest of what was not captured
	Untaken    int64             `json:"untaken"` // posts refused since the server started because they could not be written or archived
}

// Delivery is one batch for one adapter.
type Delivery struct {
	Adapter  string  `json:"adapter"`
	Batch    int64   `json:"batch"`
	State    string  `json:"state"` // waiting, done, aside
	Attempts int     `json:"attempts"`
	Next     string  `json:"next,omitempty"`
	Reason   string  `json:"reason,omitempty"`
	Finished string  `json:"finished,omitempty"`
	Took     float64 `json:"took_seconds,omitempty"`
}

// Gap is something that was not captured.
type Gap struct {
	Kind  string `json:"kind"`           // stopped, crashed, refused, unwritten, trimmed
	From  string `json:"from,omitempty"` // empty: from the beginning
	Until string `json:"until"`
	Room  string `json:"room,omitempty"`
	Count int64  `json:"count,omitempty"` // of posts or entries
	Why   string `json:"why"`
}

// RecordSearch asks for what is on record, as far as the compliance store keeps
// it. Empty fields select all.
type RecordSearch struct {
	Rooms, People, Kinds []string // names or addresses; kinds of entries
	From, Until          *time.Time
	Words                string // that the text or detail contains
	Case                 string // what the search is for: shows what is restricted, too
	After                int64  // only entries above this number
	Limit                int
}

// Record is one entry.
type Record struct {
	Entry    int64     `json:"entry"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Actor    string    `json:"actor"`
	Name     string    `json:"name,omitempty"`
	Room     string    `json:"room,omitempty"` // its name then
	RoomGUID string    `json:"room_guid,omitempty"`
	Message  int64     `json:"message,omitempty"`
	Last     int64     `json:"last,omitempty"`
	Text     string    `json:"text,omitempty"`
	Endpoint string    `json:"endpoint,omitempty"`
	Client   string    `json:"client,omitempty"`
	Cause    string    `json:"cause,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	// Restricted says that what it says is kept from sight, but for cases.
	Restricted bool `json:"restricted,omitempty"`
	// Withheld says that whoever asks may not read contents.
	Withheld bool `json:"withheld,omitempty"`
}

// Duties are who may do what with the server.
type Duties struct {
	You       string     `json:"you"`
	Operators []Operator `json:"operators"` // none: everybody may do everything
	Glasses   []Glass    `json:"glasses"`
}

// Operator is an account of the server's machine and its duties: administrator,
// officer, auditor.
type Operator struct {
	Name   string   `json:"name"`
	Duties []string `json:"duties"`
	Reason string   `json:"reason,omitempty"` // why it holds several
}

// DutyChange grants a duty or revokes it.
type DutyChange struct {
	Operator string `json:"operator"`
	Duty     string `json:"duty"`
	Together string `json:"together,omitempty"` // why it is held beside another
	Revoke   bool   `json:"revoke,omitempty"`
}

// Glass is a request to read contents without being an officer.
type Glass struct {
	ID       string `json:"id,omitempty"`
	Operator string `json:"operator,omitempty"`
	Reason   string `json:"reason"`
	Asked    string `json:"asked,omitempty"`
	Minutes  int    `json:"minutes"`
	Approver string `json:"approver,omitempty"`
	Until    string `json:"until,omitempty"`
}

// Act is a decision about what the sealed archive keeps, as seal.DrawUp and
// seal.Approve make it.
type Act struct {
	Text string `json:"text"`
}

// Rules are what acts have come to.
type Rules struct {
	Log       string   `json:"log"`
	Approvers []string `json:"approvers"` // names and public keys
	Classes   []Class  `json:"classes"`
	Holds     []string `json:"holds"`    // acts
	Erasures  []string `json:"erasures"` // acts
	Void      int      `json:"void"`     // acts that did nothing
}

// Class is a retention class.
type Class struct {
	Name       string   `json:"name"`
	Floor      int64    `json:"floor"`   // days
	Ceiling    int64    `json:"ceiling"` // days; 0: never
	Categories []string `json:"categories"`
}

// ArchiveExport is the detail of the entry of an export from the sealed archive.
type ArchiveExport struct {
	To        string          `json:"to"`
	Selection json.RawMessage `json:"selection"`
}

// Redelivery has a batch delivered again.
type Redelivery struct {
	Adapter string `json:"adapter"`
	Batch   int64  `json:"batch"`
}

// Endpoint is one more address of the pool.
type Endpoint struct {
	URI         string `json:"uri"`
	DisplayName string `json:"display_name,omitempty"`
}

// Pool says which servers take sessions.
type Pool struct {
	Server    string   `json:"server"` // the one that answers
	State     string   `json:"state"`  // normal, failed-over
	Active    []string `json:"active"` // none: all are
	Inactive  []string `json:"inactive"`
	Accepting bool     `json:"accepting"` // the server that answers takes sessions
}

// PoolChange changes it.
type PoolChange struct {
	State      string    `json:"state,omitempty"`
	Swap       bool      `json:"swap,omitempty"`
	Set        *[]string `json:"set,omitempty"` // exactly these are active
	Activate   []string  `json:"activate,omitempty"`
	Deactivate []string  `json:"deactivate,omitempty"`
}

// Addin is an add-in.
type Addin struct {
	Name    string `json:"name"`
	URL     string `json:"url"`
	GUID    string `json:"guid,omitempty"`
	Version int64  `json:"version,omitempty"`
}

// AddinChange changes one; nil leaves a thing as it is, and Version, if not zero,
// must be that of the stored one.
type AddinChange struct {
	Name    *string `json:"name,omitempty"`
	URL     *string `json:"url,omitempty"`
	Version int64   `json:"version,omitempty"`
}

// Wall is an ethical wall between two groups.
type Wall struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
	GUID string `json:"guid,omitempty"`
}

// Effect is what a change would do to a user in a room.
type Effect struct {
	User   string   `json:"user"`
	Room   string   `json:"room"`
	Gains  []string `json:"gains"`
	Loses  []string `json:"loses"`
	PutOut bool     `json:"put_out"` // he is in the room now
}

// Preview is what a change would do: the first effects, and how many in all.
type Preview struct {
	Total   int      `json:"total"`
	Effects []Effect `json:"effects"`
}

// GroupChange is what a preview of a group is asked about.
type GroupChange struct {
	Join  []string `json:"join,omitempty"`
	Leave []string `json:"leave,omitempty"`
}

// MessageFilter picks messages of a room.
type MessageFilter struct {
	Words         string     `json:"words,omitempty"`
	Match         string     `json:"match,omitempty"` // all (default), any, exact
	CaseSensitive bool       `json:"case_sensitive,omitempty"`
	Author        string     `json:"author,omitempty"`
	From          *time.Time `json:"from,omitempty"`
	Until         *time.Time `json:"until,omitempty"` // before
	Limit         int        `json:"limit,omitempty"` // messages to show
}

// MessageChange removes or replaces messages, or, dry, shows them.
type MessageChange struct {
	MessageFilter
	All     bool   `json:"all,omitempty"` // no filter is meant
	Replace bool   `json:"replace,omitempty"`
	Text    string `json:"text,omitempty"` // empty: the usual text
	DryRun  bool   `json:"dry_run,omitempty"`
}

// Purge removes what was posted up to a time.
type Purge struct {
	Until  time.Time `json:"until"`
	DryRun bool      `json:"dry_run,omitempty"`
}

// FoundMessages are messages that a filter picks, or how many were changed.
type FoundMessages struct {
	Total    int       `json:"total"`
	Messages []Message `json:"messages"`
}

// Person is a principal who may be given a role.
type Person struct {
	Name        string `json:"name"`
	URI         string `json:"uri"`
	DisplayName string `json:"display_name"`
	Kind        string `json:"kind"`
}

// People are some; More says that the limit cut the list.
type People struct {
	People []Person `json:"people"`
	More   bool     `json:"more"`
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

// Usage is what happened in a span of time.
type Usage struct {
	From          time.Time   `json:"from"`
	Until         time.Time   `json:"until"`
	Posts         int         `json:"posts"`
	ActiveUsers   int         `json:"active_users"`
	Joins         int         `json:"joins"`
	Searches      int         `json:"searches"`
	Rooms         int         `json:"rooms"`
	EnabledRooms  int         `json:"enabled_rooms"`
	Days          []UsageDay  `json:"days"`
	Users         []UserUsage `json:"top_users"`
	TopRooms      []RoomUsage `json:"top_rooms"`
	LeastRooms    []RoomUsage `json:"least_rooms"`
	InactiveRooms []RoomUsage `json:"inactive_rooms"`
}

// UsageDay is one day, UTC.
type UsageDay struct {
	Day   string `json:"day"`
	Posts int    `json:"posts"`
	Users int    `json:"users"`
	Rooms int    `json:"rooms"`
}

// UserUsage is what one user did.
type UserUsage struct {
	URI   string `json:"uri"`
	Name  string `json:"name"`
	Posts int    `json:"posts"`
	Rooms int    `json:"rooms"`
}

// RoomUsage is what happened in one room.
type RoomUsage struct {
	Name     string     `json:"name"`
	Category string     `json:"category"`
	Posts    int        `json:"posts"`
	Users    int        `json:"users"`
	Last     *time.Time `json:"last_post,omitempty"`
}

// ExportedMessage is one line of an export's messages.
type ExportedMessage struct {
	RoomGUID string `json:"room"`
	Message
	Rich string `json:"rich,omitempty"`
}

// Imported says what an import took in; Skipped was there already.
type Imported struct {
	Users      int `json:"users"`
	Groups     int `json:"groups"`
	Categories int `json:"categories"`
	Rooms      int `json:"rooms"`
	Messages   int `json:"messages"`
	Skipped    int `json:"skipped"`
}

// Right is what a user may do in a room.
type Right struct {
	User     string   `json:"user"`
	Room     string   `json:"room"`
	Category string   `json:"category"`
	May      []string `json:"may"`
	ReadRule string   `json:"read_rule"` // the rule that lets him read, or keeps him from it
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

// Token lets a program in on a user's behalf.
type Token struct {
	ID       string `json:"id"`
	User     string `json:"user"`
	Name     string `json:"name"`
	Scope    string `json:"scope"`
	Created  string `json:"created"`
	Expires  string `json:"expires,omitempty"`
	LastUsed string `json:"last_used,omitempty"`
	MadeBy   string `json:"made_by,omitempty"` // the operator; empty: the user himself
	Secret   string `json:"secret,omitempty"`  // said once
}

// NewToken is a token to make.
type NewToken struct {
	User  string `json:"user"`
	Name  string `json:"name"`
	Scope string `json:"scope"`
	Days  int    `json:"days,omitempty"` // 0: until it is deleted
}

// Unlocked says whether there was a lockout to end.
type Unlocked struct {
	Was bool `json:"was_locked"`
}

// WebSession is where a user is signed in to the web client.
type WebSession struct {
	ID      string `json:"id"`
	At      string `json:"at"`
	Last    string `json:"last"`
	Address string `json:"address"`
	Client  string `json:"client"`
	By      string `json:"by"`
}
