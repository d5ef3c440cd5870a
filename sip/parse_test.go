package sip_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"perch/sip"
)

// TestDefects names what is wrong with a message by how it is refused.
func TestDefects(t *testing.T) {
	good := request()
	with := func(old, put string) string { return strings.Replace(good, old, put, 1) }
	for _, c := range []struct{ what, text, want string }{
		{"nothing", good, accepted},
		{"no blank in the first line", with("OPTIONS sip:bob@example.test SIP/2.0", "OPTIONS"), byParse},
		{"no version", with(" SIP/2.0", ""), byParse},
		{"another protocol", with(" SIP/2.0", " HTTP/1.1"), byParse},
		{"method no token", with("OPTIONS sip", "OPT{}S sip"), byParse},
		{"empty URI", with("OPTIONS sip:bob@example.test", "OPTIONS "), byCheck},
		{"tab in the URI", with("sip:bob@example.test SIP", "sip:bob\t@example.test SIP"), byCheck},
		{"no colon", with("Call-ID: 1", "Call-ID 1"), byParse},
		{"empty name", with("Call-ID: 1", ": 1"), byParse},
		{"name no token", request("X Y: 1"), byParse},
		{"name from abroad", request("Größe: 1"), byParse},
		{"first header folded", with("Via:", " Via:"), byParse},
		{"bare LF", with("Call-ID: 1\r\n", "Call-ID: 1\n"), byParse},
		{"bare LF in the first line", with("SIP/2.0\r\n", "SIP/2.0\n"), byParse},
		{"bare LF in a fold", request("X: 1\n 2"), byParse},
		{"bare LF before a blank line", request("X: 1\n"), byParse},
		{"bare CR", with("Call-ID: 1", "Call-ID: 1\rX: y"), byParse},
		{"bare CR in a fold", request("X: 1\r2\r\n 3"), byParse},
		{"bare CR and LF", with("Call-ID: 1", "Call-ID: 1\rX: y\nZ: a"), byParse},
		{"CSeq without method", with("CSeq: 1 OPTIONS", "CSeq: 1"), byParse},
		{"CSeq without number", with("CSeq: 1 OPTIONS", "CSeq: OPTIONS"), byParse},
		{"CSeq without blank", with("CSeq: 1 OPTIONS", "CSeq: 1OPTIONS"), byParse},
		{"CSeq too large", with("CSeq: 1", "CSeq: 4294967296"), byParse},
		{"CSeq largest", with("CSeq: 1", "CSeq: 0004294967295"), accepted},
		{"CSeq of another method", with("1 OPTIONS", "1 INVITE"), byCheck},
		{"no Via", with("Via:", "X:"), byCheck},
		{"no From", with("From:", "X:"), byCheck},
		{"no To", with("To:", "X:"), byCheck},
		{"no Call-ID", with("Call-ID:", "X:"), byCheck},
		{"empty Call-ID", with("Call-ID: 1", "Call-ID:"), byCheck},
		{"no CSeq", with("CSeq:", "X:"), byCheck},
		{"two From", request("f: <sip:a@b>;tag=2"), byCheck},
		{"two Content-Type", request("Content-Type: a/b", "c: a/b"), byCheck},
		{"two Via and Contact", request("v: SIP/2.0/TCP h", "Contact: <sip:a@b>", "m: <sip:c@d>"), accepted},
		{"Via without host", with("SIP/2.0/TCP host.example.test", "SIP/2.0/TCP"), byCheck},
		{"Via without protocol", with("SIP/2.0/TCP host", "host"), byCheck},
		{"Via with an empty value", with("branch=z9hG4bK1", "branch=z9hG4bK1,"), byCheck},
		{"Via with an empty parameter", with(";branch", ";;branch"), byCheck},
		{"From without bracket", with("<sip:alice@example.test>", "<sip:alice@example.test"), byCheck},
		{"From without URI", with("<sip:alice@example.test>", "Alice"), byCheck},
		{"From with a bad host", with("<sip:alice@example.test>", "<sip:alice@>"), byCheck},
		{"From with an open quote", with("From: ", `From: "A\" `), byCheck},
		{"From with an escaped quote", with("From: ", `From: "A\\" `), accepted},
		{"From with an empty tag", with("tag=a", "tag="), byCheck},
		{"To with two values", with("To: ", "To: <sip:c@d>, "), byCheck},
		{"To with an empty tag", with("To: <sip:bob@example.test>", "To: <sip:bob@example.test>;tag"), byCheck},
		{"Contact is a star", request("Contact: *"), accepted},
		{"Contact has quoted commas", request(`Contact: <sip:a@b>;methods="INVITE, BYE"`), accepted},
		{"Contact second value", request(`Contact: <sip:a@b>, sip:c@d?x=y`), byCheck},
		{"Max-Forwards too large", request("Max-Forwards: 256"), byCheck},
		{"Max-Forwards no number", request("Max-Forwards: -1"), byCheck},
		{"Max-Forwards empty", request("Max-Forwards:"), byCheck},
		{"Request-URI with headers", with("sip:bob@example.test SIP", "sip:bob@example.test?x=y SIP"), byCheck},
		{"Request-URI of a phone", with("sip:bob@example.test SIP", "tel:+1 SIP"), accepted},
		{"Request-URI of the web", with("sip:bob@example.test SIP", "http://b SIP"), scheme},
		{"version", with(" SIP/2.0", " SIP/2.1"), version},
		{"version goes on", with(" SIP/2.0", " SIP/2.0x"), version},
		{"Content-Length empty", request("Content-Length:"), lost},
		{"Content-Length signed", request("Content-Length: +1"), lost},
		{"Content-Length in two parts", request("Content-Length: 1\r\n 0"), lost},
		{"Content-Length beyond all", request("Content-Length: 99999999999999999999"), lost},
		{"Content-Length twice, same", request("Content-Length: 0", "l: 00"), accepted},
		{"Content-Length twice", request("Content-Length: 0", "l: 1"), lost},
		{"Content-Length after a defect", request("X Y: 1", "Content-Length: x"), lost},
		{"Content-Length of much", request("Content-Length: 16777217"), "413 and lost"},
		{"response", "SIP/2.0 200 OK" + good[strings.Index(good, "\r\n"):], accepted},
		{"response without phrase", "SIP/2.0 200" + good[strings.Index(good, "\r\n"):], accepted},
		{"response without code", "SIP/2.0 OK" + good[strings.Index(good, "\r\n"):], byParse},
		{"response of 99", "SIP/2.0 099 x" + good[strings.Index(good, "\r\n"):], byParse},
		{"response of 700", "SIP/2.0 700 x" + good[strings.Index(good, "\r\n"):], byParse},
		{"response code of letters", "SIP/2.0 2OO x" + good[strings.Index(good, "\r\n"):], byParse},
	} {
		var m sip.Message
		n, err := sip.Parse([]byte(c.text), sip.Limits{}, &m)
		if got := outcome(&m, n, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
		if m.IsRequest() != !strings.HasPrefix(c.text, "SIP/2.0") {
			t.Errorf("%s: a response and a request are mixed up", c.what)
		}
	}
}

// TestReadOn reads the message after one that was refused.
func TestReadOn(t *testing.T) {
	text := request("no colon", "Content-Length: 3") + "abc" + request()
	var p sip.Parser
	var m sip.Message
	n, err := p.Next([]byte(text), &m)
	var defect *sip.Defect
	if !errors.As(err, &defect) || defect.Lost || string(m.CallID) != "1" || string(m.Body) != "abc" {
		t.Fatalf("%v, Call-ID %q, body %q", err, m.CallID, m.Body)
	}
	if n, err = p.Next([]byte(text[n:]), &m); err != nil || n != len(request()) {
		t.Errorf("%d, %v", n, err)
	}
}

func TestLimits(t *testing.T) {
	lim := sip.Limits{Head: 300, Body: 10, Skip: 20}
	long := request("X: " + strings.Repeat("y", 300))
	for _, c := range []struct{ what, text, want string }{
		{"head", long, "513 and lost"},
		{"head without end", long[:301], "513 and lost"},
		{"head at the limit", long[:300], incomplete},
		{"body at the limit", request("l: 10") + "0123456789", accepted},
		{"body", request("l: 11") + "01234567890", "SIP message: body of 11 bytes is too large"},
		{"body at the limit of patience", request("l: 20"), "SIP message: body of 20 bytes is too large"},
		{"body beyond it", request("l: 21"), "413 and lost"},
	} {
		var m sip.Message
		n, err := sip.Parse([]byte(c.text), lim, &m)
		if got := outcome(&m, n, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	p := sip.Parser{Limits: sip.Limits{Body: 2}}
	head, next := request("Content-Length: 3"), request()
	var m sip.Message
	n, err := p.Next([]byte(head+"a"), &m) // the body has not come yet
	var large *sip.TooLarge
	if !errors.As(err, &large) || large.Body != 3 || n != len(head) || string(m.CallID) != "1" || m.Body != nil {
		t.Fatalf("%d, %v, Call-ID %q, body %q", n, err, m.CallID, m.Body)
	}
	if n, err = p.Next([]byte(next), &m); err != nil || n != len(next) {
		t.Errorf("after skipping: %d, %v", n, err)
	}
}

// TestSlow feeds messages in pieces of seven bytes.
func TestSlow(t *testing.T) {
	stream := "\r\n\r\n" + request("Content-Length: 30") + strings.Repeat("\r\n\r\n..", 5) + "\r\n" + request() + string(golden(t, "info_grpchat"))
	got, left := feed([]byte(stream), sip.Limits{}, 7)
	want := []string{
		fmt.Sprintf("OPTIONS 1 %q accepted", strings.Repeat("\r\n\r\n..", 5)),
		`OPTIONS 1 "" accepted`,
		fmt.Sprintf("INFO 6 %q accepted", stream[len(stream)-319:]),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || left != 0 {
		t.Errorf("%d bytes left of\n%s\nwant\n%s", left, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// feed gives a stream to a Parser as a connection would, size bytes at a time,
// and tells what came of it, and how much was left.
func feed(stream []byte, lim sip.Limits, size int) (results []string, left int) {
	p := sip.Parser{Limits: lim}
	var buf []byte
	skip := 0
	for len(stream) > 0 {
		size := min(size, len(stream))
		buf = append(buf, stream[:size]...)
		stream = stream[size:]
		for {
			n := min(skip, len(buf))
			buf, skip = buf[n:], skip-n
			var m sip.Message
			n, err := p.Next(buf, &m)
			if n > len(buf) {
				return append(results, "more was used than there is"), 0
			}
			buf = buf[n:]
			var defect *sip.Defect
			var large *sip.TooLarge
			if errors.As(err, &large) {
				skip = large.Body
			}
			if m.Head != nil && n > 0 || err != nil {
				results = append(results, fmt.Sprintf("%s%.0d %d %q %s", m.Method, m.Status, m.Seq, m.Body, outcome(&m, n, err)))
			}
			if errors.As(err, &defect) && defect.Lost {
				return results, 0 // the connection ends here
			}
			if n == 0 {
				break
			}
		}
	}
	return results, len(bytes.TrimLeft(buf, "\r\n")) // blank lines wait for what follows, or go at once
}
