package chat

// Policy says what people are enabled for. Its name tells its scope: "global",
// "site:NAME", "pool:NAME", or "tag:NAME" for one that is granted to users. The
// nearest wins: granted, pool, site, global.
type Policy struct {
	Name        string
	Description string
	// EnablePersistentChat lets the user open a session on the pool. The
	// global value starts as true: this server's only job is chat.
	EnablePersistentChat bool
	Version              int64
}
