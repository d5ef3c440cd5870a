package chat

import (
	"cmp"
	"context"
	"slices"
)

// PassKind says what a pass is.
type PassKind string

const (
	PassSession PassKind = "session" // of a browser; everything that its user may do
	PassToken   PassKind = "token"   // of a program; what its scope allows
)

// TokenScope bounds what a token may do. Each holds those before it.
type TokenScope string

const (
	ScopeRead   TokenScope = "read"
	ScopePost   TokenScope = "post"   // posting, and files
	ScopeManage TokenScope = "manage" // rooms, and everything else
)

// Pass is what lets a browser or a program in on a user's behalf, by HTTP: a
// session or a token. Its secret is known to its bearer only.
type Pass struct {
	ID   string // by which it is listed and withdrawn; no secret
	Hash string // of the secret, which cannot be made of it
	Kind PassKind
	User PrincipalID
	Name string // of a token, as its user calls it
	// How a session began: "password", or a provider's name. Who made a token, if
	// that was an administrator.
	How     string
	Client  string // the program that signed in, as it names itself
	Address string // from where it did
	Scope   TokenScope
	Created Time
	Used    Time // last, to a minute; zero for a token that never was
	Expires Time // zero: never
}

// Passes keeps sessions and tokens. They go with their user; the sessions of one
// who is disabled, or whose password becomes another one, end in the same
// transaction, with an EntrySignOut each that the store makes.
type Passes interface {
	// CreatePass stores a new one, with journal entries. KindNoSuchPrincipal if
	// its user is not there or not active, KindLimit if he has as many of its kind
	// as most says, KindInvalid if its id or hash is taken.
	CreatePass(ctx context.Context, p Pass, most int, e []Entry) error
	// FindPass finds by hash, also one that has expired (KindNoSuchObject).
	FindPass(ctx context.Context, hash string) (Pass, error)
	// ListPasses returns a user's of one kind, of all users for zero, by Created
	// and ID.
	ListPasses(ctx context.Context, user PrincipalID, kind PassKind) ([]Pass, error)
	// UsePass stores when a pass was used; one that is not there is no error.
	UsePass(ctx context.Context, id string, used Time) error
	// DeletePasses deletes, and writes the entries of those that were there: e[i]
	// belongs to ids[i]; e may be nil. It returns the ids that were there.
	DeletePasses(ctx context.Context, ids []string, e []Entry) ([]string, error)
	// ListStale returns up to n passes whose time is over, by ID: those that expire
	// at now or did before, and sessions that were not used since idle.
	ListStale(ctx context.Context, now, idle Time, n int) ([]Pass, error)
}

// SortedPasses are passes in the order of ListPasses.
func SortedPasses(list []Pass) []Pass {
	slices.SortFunc(list, func(a, b Pass) int { return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Causes for which the store ends sessions.
const (
	CausePassword = "password changed"
	CauseDisabled = "disabled"
	CauseDeleted  = "deleted"
)
