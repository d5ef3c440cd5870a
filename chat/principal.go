package chat

// PrincipalKind says what a principal is. The numbers are those of the
// original's tblPrincipalType and are also used on the wire (XCCOS 3.4).
type PrincipalKind int

const (
	KindUser      PrincipalKind = 5
	KindDomain    PrincipalKind = 8
	KindGroup     PrincipalKind = 9
	KindContainer PrincipalKind = 10
)

func (k PrincipalKind) String() string {
	switch k {
	case KindUser:
		return "user"
	case KindDomain:
		return "domain"
	case KindGroup:
		return "group"
	case KindContainer:
		return "container"
	}
	return "unknown"
}

// PrincipalState says whether a principal may still be used. A deleted
// principal stays in the store, because messages and the journal name it.
type PrincipalState int

const (
	PrincipalActive   PrincipalState = 0
	PrincipalDisabled PrincipalState = 1
	PrincipalDeleted  PrincipalState = 2
)

func (s PrincipalState) String() string {
	switch s {
	case PrincipalDisabled:
		return "disabled"
	case PrincipalDeleted:
		return "deleted"
	}
	return "active"
}

// Principal is anyone or anything a right can be given to.
type Principal struct {
	ID   PrincipalID
	GUID string
	Kind PrincipalKind
	// URI is the canonical address: "sip:alice@example.test" in lower case for
	// a user, "ma-grp:<guid>@u.g" for the rest. It is unique, and always
	// written this way, because clients compare it with case (SIPE 6.2).
	URI string
	// Name is the short name, unique among principals that are not deleted,
	// compared without case: "alice", "desk", "example.test" for the domain.
	Name        string
	DisplayName string
	Email       string
	Company     string
	State       PrincipalState
	// Bot says that the user is a program: it has tokens and no password.
	Bot   bool
	Audit Audit
}

// Audit says who made and who last changed a thing, and when.
type Audit struct {
	CreatedBy, UpdatedBy PrincipalID // zero: the server itself or its administrator
	CreatedAt, UpdatedAt Time
}

// Credentials are the secrets by which one user signs in. They never leave
// the directory.
type Credentials struct {
	// Password is an argon2id hash in PHC form; empty if none was set.
	Password string
	// NTHash is MD4 of the UTF-16 password (16 bytes), as good as the password
	// itself. It is kept only for users whose NTLM sign-in an administrator
	// enabled, and nil otherwise.
	NTHash []byte
}

// Membership says that Member belongs to Group directly. Groups may hold groups.
type Membership struct {
	Group, Member PrincipalID
	// Since says when it was made. The store gives it.
	Since InvitationID
}
