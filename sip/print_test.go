package sip_test

import (
	"strings"
	"testing"

	"perch/sip"
)

func TestAppendResponse(t *testing.T) {
	req := parse(t, request("v: SIP/2.0/UDP second;branch=x", "Record-Route: <sip:r1;lr>", "Record-Route: <sip:r2;lr>", "Via: SIP/2.0/TCP third,\r\n SIP/2.0/TCP fourth"))
	const echo = "Via: SIP/2.0/TCP host.example.test;branch=z9hG4bK1\r\n" +
		"Via: SIP/2.0/UDP second;branch=x\r\n" +
		"Via: SIP/2.0/TCP third, SIP/2.0/TCP fourth\r\n" +
		"From: <sip:alice@example.test>;tag=a\r\n" +
		"To: <sip:bob@example.test>;tag=b\r\n" +
		"Call-ID: 1\r\n" +
		"CSeq: 1 OPTIONS\r\n"
	const routes = "Record-Route: <sip:r1;lr>\r\nRecord-Route: <sip:r2;lr>\r\n"
	for _, c := range []struct {
		status int
		reason string
		tag    string
		want   string
	}{
		{200, "", "b", "SIP/2.0 200 OK\r\n" + echo + routes},
		{180, "", "b", "SIP/2.0 180 Ringing\r\n" + echo + routes},
		{404, "Nobody", "b", "SIP/2.0 404 Nobody\r\n" + echo},
		{499, "", "b", "SIP/2.0 499 Client Error\r\n" + echo},
		{100, "", "", "SIP/2.0 100 Trying\r\n" + strings.Replace(echo, ";tag=b", "", 1)},
	} {
		got := string(sip.AppendResponse(nil, req, c.status, c.reason, c.tag, []sip.Header{{Name: "Server", Value: "x"}}, []byte("hi")))
		if want := c.want + "Server: x\r\nContent-Length: 2\r\n\r\nhi"; got != want {
			t.Errorf("%d: got\n%s\nwant\n%s", c.status, got, want)
		}
	}
}

// TestKeepsTag answers a request inside a dialog: the tag there is not ours to
// change.
func TestKeepsTag(t *testing.T) {
	req := parse(t, strings.Replace(request(), "To: <sip:bob@example.test>", "To: <sip:bob@example.test>;tag=theirs", 1))
	got := parse(t, string(sip.AppendResponse(nil, req, 200, "", "ours", nil, nil)))
	if tag := string(sip.Tag(got.To)); tag != "theirs" {
		t.Error(tag)
	}
}

// TestInjection tries to begin a header, or a body, in what is printed.
func TestInjection(t *testing.T) {
	evil := "x\r\nEvil: 1\r\n\r\nbody\rEvil: 2\nEvil: 3"
	req := parse(t, request())
	got := parse(t, string(sip.AppendResponse(nil, req, 486, evil, "b", []sip.Header{{Name: "Subject", Value: evil}}, nil)))
	if got.Get("evil") != nil || string(got.Get("subject")) != "x  Evil: 1    body Evil: 2 Evil: 3" || string(got.Reason) != "xEvil: 1bodyEvil: 2Evil: 3" {
		t.Errorf("%s", got.Head)
	}

	// What a refused request had in its headers goes into the refusal.
	var bad sip.Message
	if _, err := sip.Parse([]byte(strings.Replace(request(), "tag=a", "tag=a\rEvil: 1", 1)), sip.Limits{}, &bad); err == nil {
		t.Fatal("a bare CR passed")
	}
	refusal := string(sip.AppendResponse(nil, &bad, 400, "", "b", nil, nil))
	if strings.Count(refusal, "\r") != strings.Count(refusal, "\r\n") {
		t.Errorf("%q", refusal)
	}
}
