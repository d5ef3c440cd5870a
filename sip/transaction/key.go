package transaction

import (
	"bytes"
	"strconv"
	"strings"

	"perch/sip"
)

// Cookie begins every branch that is unique (RFC 3261 8.1.1.7).
const Cookie = "z9hG4bK"

// AppendKey appends the key of the server transaction that a received request
// belongs to (RFC 3261 17.2.3): top branch, sent-by and method, ACK counting
// as INVITE. Without a unique branch (SIPE 2 sends none in dialogs) Call-ID,
// CSeq number, From tag and method take its place, so the ACK of a 2xx finds
// its INVITE too, in the state Accepted. Keys of different connections must be
// kept apart. Look up with m[string(key)], which does not allocate.
func AppendKey(dst []byte, m *sip.Message) []byte {
	method := m.Method
	if method == sip.ACK {
		method = sip.INVITE
	}
	return appendKey(dst, m, method)
}

// AppendCancelled appends the key of the INVITE that a CANCEL is about (RFC
// 3261 9.2).
func AppendCancelled(dst []byte, cancel *sip.Message) []byte {
	return appendKey(dst, cancel, sip.INVITE)
}

func appendKey(dst []byte, m *sip.Message, method sip.Method) []byte {
	via := topVia(m.Via)
	if branch, ok := uniqueBranch(via); ok {
		hop, _, _ := bytes.Cut(via, []byte{';'})
		dst = append(append(dst, branch...), '\n')
		dst = append(append(dst, hop...), '\n')
	} else {
		dst = append(append(dst, m.CallID...), '\n')
		dst = append(append(dst, sip.Tag(m.From)...), '\n')
		dst = append(strconv.AppendUint(dst, uint64(m.Seq), 10), '\n')
	}
	return append(dst, method...)
}

// BranchNumber reads the number out of a received response's top branch, if
// it is one that dialog.Dialog.AppendRequest printed: the cookie, 16 hexadecimal
// digits, a dot and the CSeq number.
func BranchNumber(m *sip.Message) (n uint64, ok bool) {
	branch, ok := uniqueBranch(topVia(m.Via))
	const end = len(Cookie) + 16
	if !ok || len(branch) < end+2 || branch[end] != '.' {
		return 0, false
	}
	for _, c := range branch[len(Cookie):end] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		n = n<<4 | uint64(c)
	}
	return n, true
}

// topVia is the first of the values that one Via line can hold.
func topVia(line []byte) []byte {
	via, _, _ := bytes.Cut(line, []byte{','})
	return via
}

func uniqueBranch(via []byte) ([]byte, bool) {
	branch, _ := sip.Param(via, "branch")
	// The bare cookie is no identifier (RFC 4475 3.2.1).
	return branch, len(branch) > len(Cookie) && strings.EqualFold(string(branch[:len(Cookie)]), Cookie)
}
