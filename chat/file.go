package chat

import (
	"context"
	"slices"
	"strings"
)

// FileState says what may be done with a file.
type FileState int

const (
	FileUnfinished  FileState = iota + 1 // its bytes are coming in; only its uploader knows of it
	FileWaiting                          // uploaded, waits to be scanned
	FileClean                            // may be downloaded
	FileQuarantined                      // the scanner found something
)

func (s FileState) String() string {
	return [...]string{"?", "unfinished", "waiting", "clean", "quarantined"}[s]
}

// File is a file of a room: what is known of it, not its bytes.
type File struct {
	// ID is a GUID in lower case and the extension of the file's name, and unique
	// over all rooms.
	ID       string
	Room     RoomID
	Uploader PrincipalID
	Token    string // by which it is being uploaded
	Name     string // as its uploader calls it
	Size     int64
	SHA256   string // lower-case hexadecimal; empty until all bytes are there
	Type     string // media type, found by its content
	State    FileState
	Reason   string    // why it waits, or is in quarantine
	At       Time      // of the upload; of its beginning while it is unfinished
	Posted   MessageID // the first message that links to it, zero for none
}

// FileToken is a ticket for files: one user, one room, up or down.
type FileToken struct {
	Token    string // a GUID
	User     PrincipalID
	Room     RoomID
	Upload   bool
	Name     string // of the file, as the client named it when it asked
	Endpoint string // that asked, for the journal
	Client   string
	Expires  Time
}

// Files keeps what is known of rooms' files, and the tokens for them.
type Files interface {
	// CreateFileToken stores a new token and forgets those that expired before now.
	CreateFileToken(ctx context.Context, t FileToken, now Time) error
	// FindFileToken returns a token, also one that has expired but is not
	// forgotten (KindInvalidToken).
	FindFileToken(ctx context.Context, token string) (FileToken, error)
	// CreateFile stores a new file. KindDuplicateName if its id is taken,
	// KindNoSuchRoom if its room is not there, KindLimit if its uploader has
	// unfinished files as many as most says.
	CreateFile(ctx context.Context, f File, most int) error
	// FindFile returns a file (KindNoSuchObject).
	FindFile(ctx context.Context, id string) (File, error)
	// ListFiles returns up to n files in a state, of ids above after, by id.
	ListFiles(ctx context.Context, state FileState, after string, n int) ([]File, error)
	// ListPosted returns files that were posted in a room by messages with an id
	// below before (zero: no bound) that can still be read, the newest message
	// first and the files of one message by id. They are up to n, and what else the
	// last of their messages posted, so that asking on below that message misses
	// none.
	ListPosted(ctx context.Context, room RoomID, before MessageID, n int) ([]File, error)
	// UpdateFile stores Name, Size, SHA256, Type, State, Reason and At of a file
	// whose state is still from (else KindCollision; KindNoSuchObject if it is not
	// there), with journal entries. KindBusy: blobs of its hash are being deleted.
	UpdateFile(ctx context.Context, f File, from FileState, e []Entry) error
	// ListUnposted returns up to n files that no message links to, by id: those
	// unfinished that began before begun, the others that were uploaded before
	// uploaded.
	ListUnposted(ctx context.Context, begun, uploaded Time, n int) ([]File, error)
	// DeleteFile deletes a file that no message links to (else KindCollision;
	// KindNoSuchObject if it is not there), with journal entries. If no other file
	// has its hash, that becomes a leftover in the same transaction.
	DeleteFile(ctx context.Context, id string, e []Entry) error
	// ListLeftovers returns up to n hashes of blobs that are to be deleted, sorted.
	ListLeftovers(ctx context.Context, n int) ([]string, error)
	// DeleteLeftover says that a blob was deleted; one that is no leftover is no
	// error.
	DeleteLeftover(ctx context.Context, hash string) error
}

// fileScheme begins a link to a file in a message's text (XCCOS 3.9).
const fileScheme = "ma-filelink:"

// FileLinks are the ids of the files that a text links to, in order: whatever in
// it looks like an id, if it holds a link at all. How clients write the rest of a
// link is not known (XCCOS 3.9 [guess]).
func FileLinks(text string) (ids []string) {
	at := indexFold(text, fileScheme)
	if at < 0 {
		return nil
	}
	words := strings.FieldsFunc(strings.ToLower(text[at+len(fileScheme):]), func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
	for _, w := range words {
		if id := strings.TrimRight(w, "."); isFileID(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// indexFold is strings.Index without regard to the case of ASCII letters. needle
// is in lower case and begins with a letter.
func indexFold(s, needle string) int {
	for i := 0; i+len(needle) <= len(s); i++ {
		if s[i]|0x20 == needle[0] && strings.EqualFold(s[i:i+len(needle)], needle) {
			return i
		}
	}
	return -1
}

// isFileID says whether a text is a GUID, perhaps with an extension.
func isFileID(id string) bool {
	guid, _, _ := strings.Cut(id, ".")
	if len(guid) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	for i, c := range []byte(guid) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
