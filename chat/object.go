package chat

// ObjectKind names a kind of administered things that are few, are read when a
// server starts, and are changed whole.
type ObjectKind string

const (
	ObjectPolicy     ObjectKind = "policy"     // Name: global, site:X, pool:X, tag:X
	ObjectGrant      ObjectKind = "grant"      // which tag policy a user has; Name: his GUID, Owner: he
	ObjectSettings   ObjectKind = "settings"   // Name: global, site:X, pool:X
	ObjectCompliance ObjectKind = "compliance" // Name: global, site:X, pool:X
	ObjectAddin      ObjectKind = "addin"      // Name: its GUID
	ObjectWall       ObjectKind = "wall"       // Name: its GUID
	ObjectEndpoint   ObjectKind = "endpoint"   // Name: its SIP address
	ObjectPool       ObjectKind = "pool"       // Name: state
	ObjectOperator   ObjectKind = "operator"   // Name: os:account, or a user's address
	ObjectGlass      ObjectKind = "glass"      // Name: its number
	ObjectFeed       ObjectKind = "feed"       // Name: its GUID, Owner: the user
	ObjectWebhook    ObjectKind = "webhook"    // Name: its GUID, Owner: its bot
)

// Object is one administered thing as the store keeps it: the service that owns
// the kind gives Content its meaning.
type Object struct {
	Kind ObjectKind
	Name string
	// Owner is the user it belongs to, with whom it is deleted; zero for none.
	Owner PrincipalID
	// Version grows by one with every change, from 1 (optimistic lock).
	Version int64
	Content string // JSON
}
