package chat

// Wall is an ethical wall between two groups of people: nobody of A and nobody
// of B may be in one room together, whatever else allows it. A and B are any
// principals; whoever stands on both sides may enter no room of either.
type Wall struct {
	GUID    string
	Name    string // unique, compared without case
	A, B    PrincipalID
	Version int64
}
