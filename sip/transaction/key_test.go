package transaction_test

import (
	"strings"
	"testing"

	"perch/sip"
	"perch/sip/transaction"
)

// request makes a message out of its first line, Via and CSeq, like SIPE's.
func message(t testing.TB, first, via, cseq string) *sip.Message {
	t.Helper()
	text := first + "\r\nVia: " + via + "\r\nFrom: <sip:alice@example.test>;tag=1647042625;epid=b34afb6ebb23\r\n" +
		"To: <sip:chat@example.test>\r\nCall-ID: B84Eg0133aD7\r\nCSeq: " + cseq + "\r\nContent-Length: 0\r\n\r\n"
	m := new(sip.Message)
	if n, err := sip.Parse([]byte(text), sip.Limits{}, m); err != nil || n != len(text) {
		t.Fatalf("%d of %d bytes, %v", n, len(text), err)
	}
	return m
}

func key(m *sip.Message) string { return string(transaction.AppendKey(nil, m)) }

func TestKey(t *testing.T) {
	const sipe = "SIP/2.0/tcp 127.0.0.1:46534" // no branch (SIPE 2)
	uri := " sip:chat@example.test SIP/2.0"
	tests := []struct {
		name                string
		first, via, cseq    string
		first2, via2, cseq2 string
		same                bool
	}{
		{"again", "INVITE" + uri, sipe + ";branch=z9hG4bK1", "1 INVITE", "INVITE" + uri, sipe + ";branch=z9hG4bK1", "1 INVITE", true},
		{"other branch", "INFO" + uri, sipe + ";branch=z9hG4bK1", "1 INFO", "INFO" + uri, sipe + ";branch=z9hG4bK2", "1 INFO", false},
		{"other sent-by", "INFO" + uri, sipe + ";branch=z9hG4bK1", "1 INFO", "INFO" + uri, "SIP/2.0/tcp 127.0.0.1:1;branch=z9hG4bK1", "1 INFO", false},
		{"other Via parameter", "INFO" + uri, sipe + ";branch=z9hG4bK1", "1 INFO", "INFO" + uri, sipe + ";rport;branch=z9hG4bK1", "1 INFO", true},
		{"second Via value", "INFO" + uri, sipe + ";branch=z9hG4bK1, " + sipe + ";branch=z9hG4bK2", "1 INFO", "INFO" + uri, sipe + ";branch=z9hG4bK1", "1 INFO", true},
		{"CSeq does not count beside a branch", "INFO" + uri, sipe + ";branch=z9hG4bK1", "1 INFO", "INFO" + uri, sipe + ";branch=z9hG4bK1", "2 INFO", true},
		{"ACK of a failure", "INVITE" + uri, sipe + ";branch=z9hG4bK1", "1 INVITE", "ACK" + uri, sipe + ";branch=z9hG4bK1", "1 ACK", true},
		{"ACK of a 2xx", "INVITE" + uri, sipe + ";branch=z9hG4bK1", "1 INVITE", "ACK" + uri, sipe + ";branch=z9hG4bK2", "1 ACK", false},
		{"CANCEL has its own", "INVITE" + uri, sipe + ";branch=z9hG4bK1", "1 INVITE", "CANCEL" + uri, sipe + ";branch=z9hG4bK1", "1 CANCEL", false},
		{"no branch, again", "INFO" + uri, sipe, "2 INFO", "INFO" + uri, sipe, "2 INFO", true},
		{"no branch, next", "INFO" + uri, sipe, "2 INFO", "INFO" + uri, sipe, "3 INFO", false},
		{"no branch, other method", "INVITE" + uri, sipe, "1 INVITE", "INFO" + uri, sipe, "1 INFO", false},
		{"no branch, ACK", "INVITE" + uri, sipe, "1 INVITE", "ACK" + uri, sipe, "1 ACK", true},
		{"bare cookie is no branch (RFC 4475 3.2.1)", "INFO" + uri, sipe + ";branch=z9hG4bK", "2 INFO", "INFO" + uri, sipe + ";branch=z9hG4bK", "3 INFO", false},
		{"RFC 2543 branch is none", "INFO" + uri, sipe + ";branch=1", "2 INFO", "INFO" + uri, sipe + ";branch=2", "2 INFO", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := key(message(t, tt.first, tt.via, tt.cseq)), key(message(t, tt.first2, tt.via2, tt.cseq2))
			if (a == b) != tt.same {
				t.Errorf("same is %v:\n%q\n%q", a == b, a, b)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	for _, via := range []string{"SIP/2.0/tcp 127.0.0.1:46534", "SIP/2.0/TCP 127.0.0.1:46534;branch=z9hG4bK7"} {
		invite := message(t, "INVITE sip:chat@example.test SIP/2.0", via, "1 INVITE")
		cancel := message(t, "CANCEL sip:chat@example.test SIP/2.0", via, "1 CANCEL")
		if got := string(transaction.AppendCancelled(nil, cancel)); got != key(invite) {
			t.Errorf("CANCEL is about %q, INVITE is %q", got, key(invite))
		}
	}
}

func TestBranchNumber(t *testing.T) {
	tests := []struct {
		branch string
		n      uint64
		ok     bool
	}{
		{"z9hG4bK0123456789abcdef.1", 0x0123456789abcdef, true},
		{"z9hG4bKffffffffffffffff.4711", 1<<64 - 1, true},
		{"z9hG4bK0123456789ABCDEF.1", 0, false}, // we print lower case
		{"z9hG4bK0123456789abcdef", 0, false},
		{"z9hG4bK0123456789abcdef.", 0, false},
		{"z9hG4bK0123456789abcdef-1", 0, false},
		{"z9hG4bK123", 0, false},
		{"0123456789abcdef", 0, false},
		{strings.Repeat("z", 23), 0, false},
	}
	for _, tt := range tests {
		m := message(t, "SIP/2.0 200 OK", "SIP/2.0/TCP 127.0.0.1:5060;branch="+tt.branch, "1 INFO")
		if n, ok := transaction.BranchNumber(m); ok != tt.ok || ok && n != tt.n {
			t.Errorf("%s: %x %v, want %x %v", tt.branch, n, ok, tt.n, tt.ok)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	m := message(b, "INFO sip:chat@example.test SIP/2.0", "SIP/2.0/tcp 127.0.0.1:46534", "2 INFO")
	buf := make([]byte, 0, 128)
	b.ReportAllocs()
	for b.Loop() {
		buf = transaction.AppendKey(buf[:0], m)
	}
}
