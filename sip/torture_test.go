package sip_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perch/sip"
)

// The ways in which reading a message from a stream can end.
const (
	accepted   = "accepted"       // by Parse and Check
	byParse    = "400 by Parse"   // but what follows can be read
	byCheck    = "400 by Check"   //
	lost       = "400 and lost"   // by Parse, which cannot tell where the next message begins
	scheme     = "416 by Check"   //
	version    = "505 by Check"   //
	incomplete = "more is needed" // until the transport's patience ends
)

// torture lists the messages of RFC 4475, all of them, and what becomes of
// each. Where only a layer above this package can refuse one, upper says how.
// There are no known failures: each outcome is one that the RFC asks for or
// allows.
var torture = []struct {
	clause, name string
	want         string
	left         int // bytes of the file that are not of the message
	upper        string
}{
	{clause: "3.1.1.1", name: "wsinv", want: accepted},
	{clause: "3.1.1.2", name: "intmeth", want: accepted, upper: "501: the method is unknown"},
	{clause: "3.1.1.3", name: "esc01", want: accepted},
	{clause: "3.1.1.4", name: "escnull", want: accepted},
	{clause: "3.1.1.5", name: "esc02", want: accepted, upper: "501: no escape makes REGISTER of that method"},
	{clause: "3.1.1.6", name: "lwsdisp", want: accepted},
	{clause: "3.1.1.7", name: "longreq", want: accepted},
	{clause: "3.1.1.8", name: "dblreq", want: accepted, left: 450},
	{clause: "3.1.1.9", name: "semiuri", want: accepted},
	{clause: "3.1.1.10", name: "transports", want: accepted},
	{clause: "3.1.1.11", name: "mpart01", want: accepted},
	{clause: "3.1.1.12", name: "unreason", want: accepted},
	{clause: "3.1.1.13", name: "noreason", want: accepted},

	{clause: "3.1.2.1", name: "badinv01", want: byCheck},
	{clause: "3.1.2.2", name: "clerr", want: incomplete, left: 498},
	{clause: "3.1.2.3", name: "ncl", want: lost, left: 486},
	{clause: "3.1.2.4", name: "scalar02", want: byParse},
	{clause: "3.1.2.5", name: "scalarlg", want: byParse, upper: "a response: dropped"},
	{clause: "3.1.2.6", name: "quotbal", want: byCheck},
	{clause: "3.1.2.7", name: "ltgtruri", want: byCheck},
	{clause: "3.1.2.8", name: "lwsruri", want: byCheck},
	{clause: "3.1.2.9", name: "lwsstart", want: byCheck},
	{clause: "3.1.2.10", name: "trws", want: byParse},
	{clause: "3.1.2.11", name: "escruri", want: byCheck},
	{clause: "3.1.2.12", name: "baddate", want: accepted, upper: "Date is not read"},
	{clause: "3.1.2.13", name: "regbadct", want: byCheck},
	{clause: "3.1.2.14", name: "badaspec", want: byCheck},
	{clause: "3.1.2.15", name: "baddn", want: byCheck},
	{clause: "3.1.2.16", name: "badvers", want: version},
	{clause: "3.1.2.17", name: "mismatch01", want: byCheck},
	{clause: "3.1.2.18", name: "mismatch02", want: byCheck},
	{clause: "3.1.2.19", name: "bigcode", want: byParse, upper: "a response: dropped"},

	{clause: "3.2.1", name: "badbranch", want: accepted, upper: "matched as if it had no branch"},

	{clause: "3.3.1", name: "insuf", want: byCheck},
	{clause: "3.3.2", name: "unkscm", want: scheme},
	{clause: "3.3.3", name: "novelsc", want: scheme},
	{clause: "3.3.4", name: "unksm2", want: accepted, upper: "404: nobody is registered by such a URI"},
	{clause: "3.3.5", name: "bext01", want: accepted, upper: "420"},
	{clause: "3.3.6", name: "invut", want: accepted, upper: "415"},
	{clause: "3.3.7", name: "regaut01", want: accepted, upper: "401"},
	{clause: "3.3.8", name: "multi01", want: byCheck},
	{clause: "3.3.9", name: "mcl01", want: lost, left: 382},
	{clause: "3.3.10", name: "bcast", want: accepted, upper: "a response with another's Via below ours: dropped"},
	{clause: "3.3.11", name: "zeromf", want: accepted, upper: "483 by a proxy only"},
	{clause: "3.3.12", name: "cparam01", want: accepted},
	{clause: "3.3.13", name: "cparam02", want: accepted},
	{clause: "3.3.14", name: "regescrt", want: accepted},
	{clause: "3.3.15", name: "sdp01", want: accepted, upper: "406"},

	// Without Content-Length a stream has no body, and the next message
	// begins with what was meant as one.
	{clause: "3.4.1", name: "inv2543", want: accepted, left: 105},
}

func tortured(t testing.TB, name string) []byte {
	t.Helper()
	buf, err := os.ReadFile(filepath.Join("testdata", "torture", name+".dat"))
	if err != nil {
		t.Fatal(err)
	}
	return buf
}

func TestTorture(t *testing.T) {
	listed := make(map[string]bool)
	for _, c := range torture {
		listed[c.name+".dat"] = true
		t.Run(c.clause+" "+c.name, func(t *testing.T) {
			buf := tortured(t, c.name)
			var m sip.Message
			n, err := sip.Parse(buf, sip.Limits{}, &m)
			if got := outcome(&m, n, err); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got := len(buf) - n; got != c.left {
				t.Errorf("%d bytes are left, want %d", got, c.left)
			}
			if dropped := strings.HasPrefix(c.upper, "a response"); dropped && m.IsRequest() {
				t.Error("a response was read as a request")
			}
		})
	}
	files, err := os.ReadDir(filepath.Join("testdata", "torture"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !listed[f.Name()] {
			t.Errorf("%s is not listed", f.Name())
		}
	}
}

func outcome(m *sip.Message, n int, err error) string {
	var defect *sip.Defect
	switch {
	case errors.As(err, &defect) && defect.Lost:
		return fmt.Sprintf("%d and lost", defect.Status)
	case errors.As(err, &defect):
		return fmt.Sprintf("%d by Parse", defect.Status)
	case err != nil:
		return err.Error()
	case n == 0:
		return incomplete
	}
	if defect := m.Check(); defect != nil {
		return fmt.Sprintf("%d by Check", defect.Status)
	}
	return accepted
}

// TestTortureRead looks at what was made of the messages that are only hard
// to read.
func TestTortureRead(t *testing.T) {
	for _, c := range []struct {
		name string
		got  func(m *sip.Message) string
		want string
	}{
		{"wsinv", func(m *sip.Message) string { return fmt.Sprint(m.Method, " ", m.Seq, " ", m.SeqMethod) }, "INVITE 9 INVITE"},
		{"wsinv", func(m *sip.Message) string { return string(sip.Tag(m.From)) }, "98asjd8"},
		{"wsinv", func(m *sip.Message) string { return string(sip.Tag(m.To)) }, "1918181833n"},
		{"wsinv", func(m *sip.Message) string { return string(sip.AddressURI(m.To)) }, "sip:vivekg@chair-dnrc.example.com"},
		{"wsinv", func(m *sip.Message) string { return string(m.Get("max-forwards")) }, "0068"},
		{"wsinv", func(m *sip.Message) string { return fmt.Sprint(m.Get("subject") != nil, len(m.Get("subject"))) }, "true 0"},
		{"wsinv", func(m *sip.Message) string { return string(m.Get("newfangledheader")) }, "newfangled value continued newfangled value"},
		{
			"wsinv", func(m *sip.Message) string { return all(m, "via") },
			"SIP  /   2.0 /UDP 192.0.2.2;branch=390skdjuw" +
				"|SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8  , SIP  /    2.0   / UDP  192.168.255.111   ; branch= z9hG4bK30239",
		},
		{"wsinv", func(m *sip.Message) string { return param(m.Contact, "Q") }, "0.33"},
		{"wsinv", func(m *sip.Message) string { return param(m.Contact, "secondparam") }, ""},
		{"intmeth", func(m *sip.Message) string { return string(m.SeqMethod) }, "!interesting-Method0123456789_*+`.%indeed'~"},
		{"intmeth", func(m *sip.Message) string { return string(sip.Tag(m.From)) }, "_token~1'+`*%!-."},
		{"intmeth", func(m *sip.Message) string { return param(m.From, "fromParam''~+*_!.-%") }, "работающий"},
		{"intmeth", func(m *sip.Message) string { return string(m.CallID) }, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"},
		{"esc01", func(m *sip.Message) string { return string(sip.AddressURI(m.Contact)) }, "sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31"},
		{"esc02", func(m *sip.Message) string { return string(m.Method) }, "RE%47IST%45R"},
		{"esc02", func(m *sip.Message) string { return all(m, "contact") }, "<sip:alias1@host1.example.com>|<sip:alias3@host3.example.com>"},
		{"lwsdisp", func(m *sip.Message) string { return string(sip.AddressURI(m.From)) }, "sip:caller@example.com"},
		{"semiuri", func(m *sip.Message) string {
			u, err := sip.ParseURI(m.URI)
			return fmt.Sprint(u.User, " ", u.Host, " ", err)
		}, "user;par=u%40example.net example.com <nil>"},
		{"semiuri", func(m *sip.Message) string { return fmt.Sprint(m.Has("accept", "message/sipfrag")) }, "true"},
		{"transports", func(m *sip.Message) string { return fmt.Sprint(strings.Count(all(m, "v"), "|")) }, "4"},
		{"mpart01", func(m *sip.Message) string { return fmt.Sprint(len(m.Body)) }, "553"},
		{"unreason", func(m *sip.Message) string { return fmt.Sprint(m.Status, string(m.Reason)) }, "200= 2**3 * 5**2 но сто девяносто девять - простое"},
		{"noreason", func(m *sip.Message) string { return fmt.Sprintf("%d %q", m.Status, m.Reason) }, `100 ""`},
	} {
		var m sip.Message
		if _, err := sip.Parse(tortured(t, c.name), sip.Limits{}, &m); err != nil {
			t.Fatal(err)
		}
		if got := c.got(&m); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestTortureTwo reads what follows the first message of RFC 4475 3.1.1.8,
// which on a stream is a message of its own.
func TestTortureTwo(t *testing.T) {
	buf := tortured(t, "dblreq")
	var p sip.Parser
	var m sip.Message
	n, err := p.Next(buf, &m)
	if err != nil || m.Method != sip.REGISTER {
		t.Fatal(m.Method, err)
	}
	rest := buf[n:]
	n, err = p.Next(rest, &m)
	// The RFC's second message is longer than it says, by more than a line end.
	if err != nil || m.Method != sip.INVITE || len(m.Body) != 150 || !bytes.Equal(rest[n:], []byte("C\r\n\r\n")) {
		t.Fatalf("%s, body of %d bytes, left %q, %v", m.Method, len(m.Body), rest[n:], err)
	}
}

func all(m *sip.Message, name string) string {
	var values []string
	for v := range m.All(name) {
		values = append(values, string(v))
	}
	return strings.Join(values, "|")
}

func param(value []byte, name string) string {
	v, ok := sip.Param(value, name)
	if !ok {
		return "there is none"
	}
	return string(v)
}
