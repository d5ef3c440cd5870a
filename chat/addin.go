package chat

// Addin is a registered web page that room managers may choose to have shown
// beside a room.
type Addin struct {
	GUID    string
	Name    string // unique, compared without case
	URL     string // https, or http on loopback
	Version int64
}

// Limits of add-ins, from the original's schema.
const (
	MaxAddinName = 50  // characters
	MaxAddinURL  = 255 // characters
)
