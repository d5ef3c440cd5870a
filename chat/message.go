package chat

// Message is what was posted in a room. Only an administrator replaces its text;
// the journal keeps what it said before.
type Message struct {
	Room   RoomID
	ID     MessageID
	Author PrincipalID
	// AuthorURI and AuthorName are the author's address and display name at
	// the time of the post.
	AuthorURI, AuthorName string
	At                    Time // the server's clock when the post was taken in
	Alert                 bool
	Text                  string // plain text, byte for byte as posted
	Rich                  string // the same in rich text (RTF), or empty
	Replaced              bool   // an administrator has replaced the text
}

// Draft is a post before it is stored: a Message without its id.
type Draft struct {
	Room                  RoomID
	Author                PrincipalID
	AuthorURI, AuthorName string
	At                    Time
	Alert                 bool
	Text, Rich            string
	// Unlogged asks that only the journal keeps the text, because the room's
	// category has history off. The message still takes the room's next id.
	Unlogged bool
	Files    []string // ids of the files that the text links to (FileLinks)
	// ClientID is what the author's program calls the post, so that it can try again
	// without posting twice; empty: it does not. See Messages.Append.
	ClientID string
}

// ClientIDDays is for how many days a post's ClientID is remembered.
const ClientIDDays = 7

// MaxClientID is the most bytes of a ClientID.
const MaxClientID = 64

// Message is the draft as a message with the given id.
func (d *Draft) Message(id MessageID) Message {
	return Message{
		Room: d.Room, ID: id, Author: d.Author, AuthorURI: d.AuthorURI, AuthorName: d.AuthorName,
		At: d.At, Alert: d.Alert, Text: d.Text, Rich: d.Rich,
	}
}
