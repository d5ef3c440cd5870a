package chat

// Contact is one line of a user's contact list.
type Contact struct {
	URI         string // "sip:bob@example.test"
	DisplayName string
	Groups      []int // ids of ContactGroups
	Subscribed  bool
	ExternalURI string
}

// ContactGroup is a named group of a user's contact list. Group 1 always
// exists and is named "~".
type ContactGroup struct {
	ID          int
	Name        string
	ExternalURI string
}

// ContactList is a user's whole contact list, kept as one value.
type ContactList struct {
	Version  int64 // deltaNum, from 1
	Groups   []ContactGroup
	Contacts []Contact
}

// PublicationKey names one publication of a user.
type PublicationKey struct {
	Category  string // "state", "note", "roomSetting", ...
	Instance  int64
	Container int
}

// Publication is one category instance a user published for one container,
// or, of category "roomSetting", a room that the user follows.
type Publication struct {
	PublicationKey
	Version int64 // from 1, grown with every change
	At      Time
	// Expire is "static", "user", "endpoint" or "time"; only static and user
	// publications are kept in the store.
	Expire   string
	Seconds  int    // lifetime of a "time" publication
	Endpoint string // epid that published, for "endpoint"
	Content  string // the XML inside the category element, as it came
}

// Preference is a labelled, versioned blob an old client keeps on the server.
type Preference struct {
	Label   string
	Version int64
	Content string
}
