package chat

// Directory answers who somebody is and through which principals he has
// rights. All calls are answered from memory, never block, and are safe for
// concurrent use. Returned slices are shared and must not be changed.
type Directory interface {
	// FindPrincipal finds by id; deleted ones are not found.
	FindPrincipal(id PrincipalID) (Principal, bool)
	// FindURI finds by canonical or differently written address ("SIP:Alice@X").
	FindURI(uri string) (Principal, bool)
	// Affiliations returns, sorted, the principal itself and every group,
	// container and domain that holds it, directly or through others.
	Affiliations(id PrincipalID) []PrincipalID
	// AffiliatedSince says, for a user and each of his affiliations, since when
	// he belongs to it: over all ways by which he does, the smallest of what is
	// the greatest Since on a way. Zero for himself and for the domain.
	AffiliatedSince(user PrincipalID) map[PrincipalID]InvitationID
	// SearchPrincipals finds whose name, SIP address, e-mail or words of whose
	// display name begin with prefix, without case, by name; empty finds all.
	SearchPrincipals(prefix string) []Principal
	// Members returns the users that the principal is or holds, sorted.
	Members(id PrincipalID) []PrincipalID
	// Enabled says whether policy gives the user persistent chat.
	Enabled(id PrincipalID) bool
	// Watch calls fn after every change, in order, outside of any lock. fn
	// must not block. stop may be called once; after it fn is not called again.
	Watch(fn func(PrincipalChange)) (stop func())
}

// PrincipalChange says what happened to a principal.
type PrincipalChange struct {
	ID PrincipalID
	// Gone: the user was disabled or deleted; whoever serves him must stop.
	Gone bool
	// Rights: his affiliations or his policy changed.
	Rights bool
	// Secret: his password or NTLM setting changed, or a token of his is no longer
	// good.
	Secret bool
}
