package chat

import (
	"errors"
	"time"
)

// Kind classifies an error. The list is closed: it is the SDK's error
// vocabulary (pchat 2.9) without the client's own wrappers, and four of ours.
// Each front end has one table from Kind to its codes.
type Kind int

const (
	KindUnknown            Kind = iota // internal; the cause is logged, never sent
	KindDatabase                       // the store cannot be read or written now
	KindCollision                      // the object changed since it was read
	KindDuplicateName                  // the name is taken
	KindInvalid                        // a bad argument
	KindNoParticipantList              // the list cannot be asked for
	KindLimit                          // a server limit would be exceeded
	KindNotSupported                   // the command is not known here
	KindDisabled                       // the room is disabled
	KindHierarchy                      // rooms live in categories only
	KindForbidden                      // not authorised
	KindNoSuchRoom                     // no such room, or none the caller may see
	KindNoSuchPrincipal                // no such principal
	KindCannotCreate                   // the caller may not create rooms there
	KindNotJoined                      // the caller has not joined the room
	KindInvalidToken                   // a file token is bad or too old
	KindAlreadyDefined                 // the principal has the role already
	KindNotInScope                     // outside the category's scope
	KindPresenterNotMember             // a presenter must be a member
	KindDuplicateAddin                 // the add-in's name is taken
	KindTooLarge                       // the text exceeds the limit
	KindBusy                           // a queue is full; try again
	KindNoSuchCategory                 // no such category
	KindNotEmpty                       // a category that still has rooms
	KindNoSuchObject                   // no such add-in, wall, policy, setting or address
	kindCount
)

var kindText = [kindCount]string{
	"internal error", "the store is not available", "changed since it was read", "the name is taken", "invalid argument",
	"the participant list is not available", "limit exceeded", "not supported", "the room is disabled",
	"rooms must be in a category", "permission denied", "no such room", "no such principal", "may not create rooms here",
	"not joined to the room", "invalid token", "has that role already", "outside the category's scope",
	"a presenter must be a member", "the add-in name is taken", "too large", "busy, try again", "no such category",
	"the category still has rooms", "there is no such thing",
}

func (k Kind) String() string { return kindText[k] }

// Kinds returns all kinds, for tests that tables cover every one.
func Kinds() []Kind {
	all := make([]Kind, kindCount)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Error is an error with a kind. Text is for the person who asked and says
// what to do; the wrapped cause is for the log.
type Error struct {
	Kind  Kind
	Text  string
	Cause error
	// Wait is after how long the same may be tried again; zero: that is not known.
	Wait time.Duration
}

// E makes an error for the person who asked: text says what to do.
func E(k Kind, text string) error { return &Error{Kind: k, Text: text} }

// Wrap classifies a cause that only the log will show; op names the operation
// that failed.
func Wrap(k Kind, op string, cause error) error { return &Error{Kind: k, Text: op, Cause: cause} }

func (e *Error) Error() string {
	s := e.Text
	if s == "" {
		s = e.Kind.String()
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, chat.E(kind, "")) true for every error of that kind.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Text == "" && t.Cause == nil
}

// WaitOf is after how long what was refused may be tried again; zero if that is
// not known.
func WaitOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Wait
	}
	return 0
}

// KindOf is the kind of the first classified error in err's chain, and
// KindUnknown if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindUnknown
}

// TextOf is what may be told to the person who asked: the text of a classified
// error without its cause, or the kind's own words.
func TextOf(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || e.Kind == KindUnknown:
		return KindUnknown.String()
	case e.Text == "" || e.Cause != nil:
		return e.Kind.String()
	}
	return e.Text
}
