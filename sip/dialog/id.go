package dialog

import "perch/sip"

// ID names a dialog at our side: Call-ID, local tag and remote tag (RFC 3261
// 12). It is meant for map keys and logs.
type ID string

// AppendID appends the ID of the dialog that a received message belongs to:
// our tag is To's in a request and From's in a response. Look up with
// m[ID(id)], which does not allocate.
func AppendID(dst []byte, m *sip.Message) []byte {
	local, remote := m.To, m.From
	if !m.IsRequest() {
		local, remote = remote, local
	}
	return appendID(dst, m.CallID, sip.Tag(local), sip.Tag(remote))
}

// appendID separates by blanks, which a well-formed Call-ID or tag does not hold.
func appendID(dst, callID, local, remote []byte) []byte {
	dst = append(append(dst, callID...), ' ')
	dst = append(append(dst, local...), ' ')
	return append(dst, remote...)
}
