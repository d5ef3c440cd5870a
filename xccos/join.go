package xccos

// Joined is the data of rpl:join and rpl:bjoin (XCCOS 4.4, 4.5): participants
// numbered over all rooms, the rooms with their aib, and the rooms that failed.
type Joined struct {
	Users  []UIB
	Rooms  []ChanIB
	Failed []FIB
}

// FIB names a room that could not be joined.
type FIB struct{ Key, Domain, Value string }

// OperationFailed is the key of a fib that was seen (XCCOS 4.5 [csharp]).
const OperationFailed = "OPERATION_FAILED"

// AppendJoined appends the data of a join reply.
func AppendJoined(dst []byte, j *Joined) []byte {
	for i := range j.Users {
		dst = appendUIB(dst, &j.Users[i])
	}
	return appendFailed(AppendRooms(dst, j.Rooms), j.Failed)
}

func appendFailed(dst []byte, failed []FIB) []byte {
	for _, f := range failed {
		dst = append(dst, `<fib`...)
		dst = appendAttr(dst, "key", f.Key)
		dst = appendAttr(dst, "value", f.Value)
		dst = append(appendAttr(dst, "domain", f.Domain), `/>`...)
	}
	return dst
}

// Entry is a user who entered a room, with his permission mask there.
type Entry struct {
	User  UIB
	Key   int
	Value string // room GUID
}

// AppendEntered appends the data of ntc:join and ntc:bjoin (XCCOS 5.1).
func AppendEntered(dst []byte, domain string, entries []Entry) []byte {
	for i := range entries {
		e := &entries[i]
		dst = append(appendUIBOpen(dst, &e.User), `><aib`...)
		dst = appendInt(dst, "key", e.Key)
		dst = appendAttr(dst, "domain", domain)
		dst = append(appendAttr(dst, "value", e.Value), `/></uib>`...)
	}
	return dst
}
