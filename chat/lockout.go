package chat

import "context"

// Lockout is a name for which so many passwords failed that none is looked at before
// a time. It may be one that nobody has.
type Lockout struct {
	Name  string // the address that goes with the name
	Until Time
}

// Lockouts keeps lockouts, so that they outlast the server.
type Lockouts interface {
	// ListLockouts returns those that end after a time, by name.
	ListLockouts(ctx context.Context, after Time) ([]Lockout, error)
	// UpdateLockout stores one, instead of an older one of the same name, and takes
	// those away that have ended at a time, so that there are never many.
	UpdateLockout(ctx context.Context, l Lockout, now Time) error
	// DeleteLockout takes one away; one that is not there is no error.
	DeleteLockout(ctx context.Context, name string) error
}
