package chat

// Webhook lets another program post in one room, or tells it what is posted
// there. What it posts has an author of its own, the webhook's bot: a user who
// cannot sign in, whose rights are decided like anybody's.
type Webhook struct {
	GUID     string
	Name     string // stands as the author's name
	Outgoing bool
	Room     RoomID
	RoomGUID string
	Bot      PrincipalID
	URL      string   // outgoing: where posts go
	Words    []string // outgoing: only posts with one of these; none: all
	// Creator is the manager who made it, zero for an administrator; CreatedBy his
	// address, or the operator's name.
	Creator   PrincipalID
	CreatedBy string
	CreatedAt Time
	Version   int64
}

// Limits of webhooks.
const (
	MaxWebhookName  = 100  // characters
	MaxWebhookURL   = 2048 // bytes
	MaxWebhookWords = 64   // of one webhook
	MaxWebhookWord  = 100  // characters
	MaxRoomWebhooks = 20   // of one room
	MaxWebhooks     = 1000 // of the pool
)
