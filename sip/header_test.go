package sip_test

import (
	"fmt"
	"strings"
	"testing"

	"perch/sip"
)

// request is a small valid request with more header lines.
func request(lines ...string) string {
	head := []string{
		"OPTIONS sip:bob@example.test SIP/2.0",
		"Via: SIP/2.0/TCP host.example.test;branch=z9hG4bK1",
		"From: <sip:alice@example.test>;tag=a",
		"To: <sip:bob@example.test>",
		"Call-ID: 1",
		"CSeq: 1 OPTIONS",
	}
	return strings.Join(append(head, lines...), "\r\n") + "\r\n\r\n"
}

func parse(t testing.TB, text string) *sip.Message {
	t.Helper()
	m := new(sip.Message)
	if n, err := sip.Parse([]byte(text), sip.Limits{}, m); err != nil || n != len(text) {
		t.Fatalf("%d of %d bytes, %v\n%s", n, len(text), err, text)
	}
	return m
}

func TestLookup(t *testing.T) {
	m := parse(t, request(
		"Supported: timer,\tGRUU-10",
		"k: path",
		"SUPPORTED : eventlist",
		"Subject:",
		"X-Folded: one\r\n two\r\n\tthree",
		"o: presence",
		"x: 1800",
		"X: 90", // compact for Session-Expires, not a header X
	))
	for _, c := range []struct{ what, got, want string }{
		{"Get long", string(m.Get("supported")), "timer,\tGRUU-10"},
		{"Get compact", string(m.Get("K")), "timer,\tGRUU-10"},
		{"Get of a compact line", string(m.Get("Event")), "presence"},
		{"Get folded", string(m.Get("x-folded")), "one two three"},
		{"All", all(m, "sUPPORTED"), "timer,\tGRUU-10|path|eventlist"},
		{"All compact", all(m, "session-expires"), "1800|90"},
		{"All of none", all(m, "require"), ""},
		{"an empty value is there", fmt.Sprint(m.Get("subject") != nil), "true"},
		{"a missing one is not", fmt.Sprint(m.Get("require") == nil), "true"},
		{"the start line is no header", fmt.Sprint(m.Get("OPTIONS sip") == nil), "true"},
		{"Has first", fmt.Sprint(m.Has("supported", "TIMER")), "true"},
		{"Has after a tab", fmt.Sprint(m.Has("supported", "gruu-10")), "true"},
		{"Has in a compact line", fmt.Sprint(m.Has("supported", "path")), "true"},
		{"Has no part of a token", fmt.Sprint(m.Has("supported", "gruu")), "false"},
		{"Has not in another header", fmt.Sprint(m.Has("require", "timer")), "false"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
	for range m.All("supported") {
		break // the sequence must stop when it is told to
	}
}

func TestCompactForms(t *testing.T) {
	m := parse(t, strings.Join([]string{
		"OPTIONS sip:bob@example.test SIP/2.0",
		"V: SIP/2.0/TCP host.example.test;branch=z9hG4bK1",
		"f: <sip:alice@example.test>;tag=a",
		"T: <sip:bob@example.test>",
		"i: 1",
		"CSEQ: 1 OPTIONS",
		"m: <sip:alice@host.example.test>",
		"C: text/plain",
		"L: 2", "", "hi",
	}, "\r\n"))
	if defect := m.Check(); defect != nil {
		t.Fatal(defect)
	}
	if got := fmt.Sprintf("%s %s %s %s", m.CallID, m.Contact, m.ContentType, m.Body); got != "1 <sip:alice@host.example.test> text/plain hi" {
		t.Error(got)
	}
}

func TestParam(t *testing.T) {
	for _, c := range []struct{ value, name, want string }{
		{`<sip:a@b>;tag=1`, "tag", "1"},
		{`<sip:a@b>;TAG=1`, "tag", "1"},
		{`<sip:a@b> ; tag = 1 ;x`, "tag", "1"},
		{`<sip:a@b;tag=2>`, "tag", "there is none"},
		{`<sip:a@b;tag=2>;tag=1`, "tag", "1"},
		{`sip:a@b;tag=1`, "tag", "1"},
		{`"x;tag=3 <sip:c@d>" <sip:a@b>;tag=1`, "tag", "1"},
		{`<sip:a@b>;x="y;tag=3";tag=1`, "tag", "1"},
		{`<sip:a@b>;tags=2;tag=1`, "tag", "1"},
		{`<sip:a@b>;tag`, "tag", ""},
		{`<sip:a@b>;i="<urn:uuid:1>"`, "i", "<urn:uuid:1>"},
		{`<sip:a@b>;i="say \"\\\" twice"`, "i", `say "\" twice`},
		{`<sip:a@b>;i="x`, "i", `"x`},
		{`<sip:a@b>;q=1, <sip:c@d>;expires=5`, "expires", "there is none"},
		{`<sip:a@b>;q=1 , <sip:c@d>`, "q", "1"},
		{`<sip:a@b>;m="INVITE, BYE";q=1`, "q", "1"},
		{`UAS; tcp=no; timeout=300`, "timeout", "300"},
		{``, "tag", "there is none"},
		{`;`, "tag", "there is none"},
	} {
		if got := param([]byte(c.value), c.name); got != c.want {
			t.Errorf("%s of %s: got %q, want %q", c.name, c.value, got, c.want)
		}
	}
	if sip.Tag([]byte("<sip:a@b>")) != nil {
		t.Error("there is a tag where there is none")
	}
}

func TestAddressURI(t *testing.T) {
	for value, want := range map[string]string{
		`<sip:a@b>`:                         "sip:a@b",
		`"A" <sip:a@b;x=y>;tag=1`:           "sip:a@b;x=y",
		`"a <sip:c@d> \" z" <sip:a@b>`:      "sip:a@b",
		`A B<sip:a@b>`:                      "sip:a@b",
		`sip:a@b;tag=1`:                     "sip:a@b",
		` sip:a@b `:                         "sip:a@b",
		`<sip:a@b`:                          "sip:a@b",
		`"never closed <sip:a@b>;tag=1`:     `"never closed <sip:a@b>`,
		`<sip:a@b?Subject=x>;expires="<x>"`: "sip:a@b?Subject=x",
		``:                                  "",
	} {
		if got := string(sip.AddressURI([]byte(value))); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}
