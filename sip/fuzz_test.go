package sip_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"perch/sip"
)

// FuzzParse reads anything. What passes must make an answer that belongs to
// it, and a stream must read the same however it is cut.
func FuzzParse(f *testing.F) {
	for _, c := range goldens {
		f.Add(golden(f, c.name), byte(7))
	}
	for _, c := range torture {
		f.Add(tortured(f, c.name), byte(7))
	}
	f.Add([]byte("INFO sip:a SIP/2.0\r\na: b"+strings.Repeat("\n c", 30)+"\r\n\r\n"), byte(1))
	f.Add([]byte("\r\n\r\n"+request("Content-Length: 5")+"12345\r\n"+request("l: 700")), byte(3))
	f.Fuzz(func(t *testing.T, buf []byte, size byte) {
		lim := sip.Limits{Head: 4096, Body: 512, Skip: 1024}
		whole, left := feed(buf, lim, max(len(buf), 1))
		pieces, leftToo := feed(buf, lim, int(size)+1)
		if !slices.Equal(whole, pieces) || left != leftToo {
			t.Fatalf("whole, %d left:\n%s\nin pieces, %d left:\n%s", left, strings.Join(whole, "\n"), leftToo, strings.Join(pieces, "\n"))
		}
		var m sip.Message
		n, err := sip.Parse(buf, lim, &m)
		if n > len(buf) {
			t.Fatalf("%d of %d bytes", n, len(buf))
		}
		m.Has("supported", "timer")
		if err == nil && n > 0 && m.Head != nil && m.IsRequest() && m.Check() == nil {
			answer(t, &m)
		}
	})
}

func answer(t *testing.T, req *sip.Message) {
	text := sip.AppendResponse(nil, req, 200, "", "ours", []sip.Header{{Name: "Server", Value: "x"}}, req.Body)
	var m sip.Message
	n, err := sip.Parse(text, sip.Limits{}, &m)
	switch {
	case err != nil || n != len(text):
		t.Fatalf("%d of %d bytes, %v:\n%q", n, len(text), err, text)
	case m.Check() != nil:
		t.Fatalf("%v:\n%q", m.Check(), text)
	case !bytes.Equal(m.CallID, req.CallID), m.Seq != req.Seq, m.SeqMethod != req.SeqMethod,
		!bytes.Equal(m.From, req.From), !bytes.Equal(m.Via, req.Via), !bytes.Equal(m.Body, req.Body):
		t.Fatalf("the answer is to another request:\n%q\n%q", req.Head, text)
	case len(sip.Tag(m.To)) == 0, sip.Tag(req.To) != nil && !bytes.Equal(m.To, req.To):
		t.Fatalf("To %q became %q", req.To, m.To)
	case all(&m, "via") != all(req, "via"):
		t.Fatalf("Via %q became %q", all(req, "via"), all(&m, "via"))
	}
	if kept := req.Clone(); kept.Check() != nil || !bytes.Equal(kept.From, req.From) || !bytes.Equal(kept.Body, req.Body) {
		t.Fatalf("the clone is another request: %q", kept.Head)
	}
}

// FuzzURI takes URIs apart and puts them together again, and looks for
// addresses with two spellings.
func FuzzURI(f *testing.F) {
	for _, text := range []string{
		"sip:alice@example.test", "sips:A%6cice:pw@[::1]:5061;lr;x=y?Subject=%20", "tel:+1", "sip:a?b;c@d", "sip:%4%31@b", "sip:a@b@c",
	} {
		f.Add([]byte(text))
	}
	for _, c := range torture {
		var m sip.Message
		if _, err := sip.Parse(tortured(f, c.name), sip.Limits{}, &m); err == nil {
			f.Add(m.URI)
			f.Add(sip.AddressURI(m.From))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if u, err := sip.ParseURI(b); err == nil {
			again, err := sip.ParseURI([]byte(join(u)))
			if err != nil || again != u {
				t.Fatalf("%q: %+v became %+v, %v", b, u, again, err)
			}
		}
		if aor, err := sip.CanonicalAOR(b); err == nil {
			if again, err := sip.CanonicalAOR([]byte(aor)); err != nil || again != aor {
				t.Fatalf("%q: %q became %q, %v", b, aor, again, err)
			}
		}
	})
}

func join(u sip.URI) string {
	if u.Scheme != "sip" && u.Scheme != "sips" {
		return u.Scheme + ":" + u.User
	}
	text := u.Scheme + ":"
	if u.User != "" {
		text += u.User + "@"
	}
	text += u.Host
	for _, part := range []struct{ before, text string }{{":", u.Port}, {";", u.Params}, {"?", u.Headers}} {
		if part.text != "" {
			text += part.before + part.text
		}
	}
	return text
}
