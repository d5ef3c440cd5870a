package chat

// Policy says what a user is enabled for. There is a global one and at most
// one per user; the nearest wins.
type Policy struct {
	// User is zero for the global policy.
	User PrincipalID
	// EnablePersistentChat lets the user open a session on the pool. The
	// global value starts as true: this server's only job is chat.
	EnablePersistentChat bool
}
