package chat

import (
	"context"
	"strings"
)

// EntryKind says what a journal entry records.
type EntryKind string

const (
	EntryPost    EntryKind = "post"    // Room, Message, Text, Rich, Alert
	EntryJoin    EntryKind = "join"    // Room
	EntryPart    EntryKind = "part"    // Room, Cause
	EntryHistory EntryKind = "history" // Room, Message (first read), Last
	EntrySearch  EntryKind = "search"  // Detail: criteria
	EntrySignIn  EntryKind = "signin"  // Detail: client program, address; of a web session, by what, and Endpoint is its id
	EntrySignOut EntryKind = "signout" // Cause
	EntryRefused EntryKind = "refused" // a failed sign-in; Detail: address, Cause: reason
	EntryRoom    EntryKind = "room"    // created, changed, deleted; Detail: before and after
	EntryCat     EntryKind = "category"
	EntryReplace EntryKind = "replace" // Room, Message; Text: the message's new text
	EntryRemove  EntryKind = "remove"  // Room, Message: taken out of the history
	EntryPurge   EntryKind = "purge"   // Room, Message, Last: the ids taken out; Detail: the time up to which
	EntryObject  EntryKind = "object"  // an administered thing; Detail: kind, name, before and after
	EntryPerson  EntryKind = "principal"
	EntryPolicy  EntryKind = "policy"

	EntryInvite    EntryKind = "invite"    // Room: told, or given on request, that he is invited to it
	EntryUpload    EntryKind = "upload"    // Room; Detail: id, name, size, sha256 of the file
	EntryDownload  EntryKind = "download"  // Room; Detail: id, name, size, sha256 of the file
	EntryFile      EntryKind = "file"      // Room; Detail as of an upload; Cause: what the server did with the file, and why
	EntryCommand   EntryKind = "command"   // an administrator's or officer's command that changes nothing else; Detail: what and with which arguments
	EntryExport    EntryKind = "export"    // data left the server; Detail: what and where to
	EntryDenied    EntryKind = "denied"    // Room; Cause: the reason; Detail: what was refused, and by which rule (Denial)
	EntryRetention EntryKind = "retention" // Detail: a decision about what the archive keeps (seal.Act)
	EntryServer    EntryKind = "server"    // Cause: started or stopped; Detail: which, and its version
)

// Causes of an EntryServer.
const (
	ServerStarted = "started"
	ServerStopped = "stopped"
)

// Denial is the detail of an EntryDenied.
type Denial struct {
	// Action is what was tried: join, post, read, search (in the room), see, find (the
	// room, by its name), follow, people, mention, add (to the room's lists), upload or
	// download.
	Action string
	Rule   string // that refused it: of chat/access; strict; journal; or not-visible
	// Who are the addresses of those whom it was about: who were to be added, or whom
	// somebody asked for.
	Who []string
	// Posts, From and Until are of rule journal: so many posts could not be written,
	// were refused, and are told of when writing works again. Otherwise it is one.
	Posts       int64
	From, Until Time
}

// Rules of denials that are none of chat/access.
const (
	RuleStrict  = "strict"  // a post in a strict category, while the archive was too far behind
	RuleJournal = "journal" // posts that could not be written
)

// operatorKey is the key of a context's operator.
type operatorKey struct{}

// WithOperator says who gives the commands that are run with the context, where
// that is not their subject: "os:alice" for an account of the server's machine,
// "sip:alice@example.test" for a user who administers over the web. Entries of such
// calls name him.
func WithOperator(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, operatorKey{}, name)
}

// Operator is what WithOperator set, or empty.
func Operator(ctx context.Context) string {
	name, _ := ctx.Value(operatorKey{}).(string)
	return name
}

// maxEntryField bounds, in bytes, what strangers tell of themselves in an entry.
const maxEntryField = 1024

// Clean makes of an entry what can be kept and handed on in any format: UTF-8, and
// not too much of what a stranger may send before he is known. Stores call it.
func (e *Entry) Clean() {
	for _, f := range []*string{&e.ActorURI, &e.ActorName, &e.Endpoint, &e.Client, &e.RoomGUID, &e.RoomName, &e.Text, &e.Rich, &e.Cause, &e.Detail} {
		*f = strings.ToValidUTF8(*f, "\uFFFD")
	}
	for _, f := range []*string{&e.ActorURI, &e.Endpoint, &e.Client} {
		if len(*f) > maxEntryField {
			*f = strings.ToValidUTF8((*f)[:maxEntryField], "")
		}
	}
}

// Entry is one record of the journal: what compliance must know, with stable
// ids and the names as they were at that moment.
type Entry struct {
	ID   EntryID // given by the store
	Kind EntryKind
	At   Time
	// Actor is who did it; zero for the server or its administrator, who is named
	// by ActorURI: the store puts in the Operator of the call's context.
	Actor     PrincipalID
	ActorURI  string
	ActorName string // display name
	// Subject is the number of the principal or category that a change is about:
	// the store puts it in.
	Subject            int64
	Room               RoomID // zero if none
	RoomGUID, RoomName string
	Message, Last      MessageID
	Alert              bool
	Text, Rich         string
	Endpoint           string // epid, or another front end's name of the endpoint
	Client             string // the program, as it names itself
	Cause              string
	Detail             string // JSON, for kinds that need more
}
