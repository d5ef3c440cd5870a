package icap_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"perch/scan/icap"
)

// fake is a server that reads a request to its end and gives one answer; "-":
// none. The scanner waits so long for it.
func fake(t *testing.T, answer string, most time.Duration, got *string) *icap.Scanner {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends when the listener is closed
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			var b strings.Builder
			for r := bufio.NewReader(c); !strings.HasSuffix(b.String(), "0\r\n\r\n"); {
				line, err := r.ReadString('\n')
				b.WriteString(line)
				if err != nil {
					break
				}
			}
			if got != nil {
				*got = b.String()
			}
			if answer == "-" {
				io.Copy(io.Discard, c)
			}
			io.WriteString(c, answer)
			c.Close()
		}
	}()
	return icap.New(icap.Config{URL: &url.URL{Scheme: "icap", Host: l.Addr().String(), Path: "/avscan"}, Timeout: most})
}

const (
	icapOK = "ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\n"
	httpOK = "HTTP/1.1 200 OK\r\n\r\n"
)

// TestAnswers: a file is clean only where the server says so plainly.
func TestAnswers(t *testing.T) {
	for answer, want := range map[string]struct{ found, err string }{
		"ICAP/1.0 204 No modifications needed\r\n\r\n":                                           {"", ""},
		icapOK + httpOK + "4\r\ntext\r\n0\r\n\r\n":                                               {"", ""},
		icapOK + httpOK + "2\r\nte\r\n2\r\nxt\r\n0\r\n\r\n":                                      {"", ""},
		icapOK + httpOK + "4\r\nTEXT\r\n0\r\n\r\n":                                               {"the scanner would hand out something else instead", ""},
		icapOK + httpOK + "0\r\n\r\n":                                                            {"the scanner would hand out something else instead", ""},
		icapOK + "HTTP/1.1 403 Forbidden\r\n\r\n6\r\nsorry!\r\n0\r\n\r\n":                        {"the scanner refuses it (403)", ""},
		icapOK + "HTTP/1.1 200 OK\r\nX-Virus-ID: Eicar\r\n\r\n4\r\ntext\r\n0\r\n\r\n":            {"Eicar", ""},
		"ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar-Test;\r\n\r\n": {"Eicar-Test", ""},
		"ICAP/1.0 204 OK\r\nX-Infection-Found: odd\r\n\r\n":                                      {"odd", ""},
		"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, null-body=19\r\n\r\n" + httpOK:              {"the scanner would hand out something else instead", ""},
		"ICAP/1.0 404 Service not found\r\n\r\n":                                                 {"", "says 404"},
		"ICAP/1.0 500 Server error\r\n\r\n":                                                      {"", "says 500"},
		"ICAP/1.0 100 Continue\r\n\r\n":                                                          {"", "more than it was offered"},
		"HTTP/1.1 200 OK\r\n\r\n":                                                                {"", `says "HTTP/1.1 200 OK"`},
		"":                                                                                       {"", "ended without an answer"},
		"ICAP/1.0 204":                                                                           {"", "cannot be read"},
		"ICAP/1.0 204 x\r\nbroken":                                                               {"", "cannot be read"},
		icapOK + httpOK + "4\r\nte":                                                              {"", "cannot be read"},
		icapOK:                                                                                   {"", "ended without"},
		"ICAP/1.0 " + strings.Repeat("x", 100_000):                                               {"", "the ICAP server"},
		"-": {"", "deadline"},
	} {
		most := time.Minute
		if answer == "-" {
			most = time.Second
		}
		found, err := fake(t, answer, most, nil).Scan(t.Context(), "a.txt", 4, strings.NewReader("text"))
		if found != want.found || (err == nil) != (want.err == "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("%.60q: %q, %v, want %q, %q", answer, found, err, want.found, want.err)
		}
	}
	const clean = "ICAP/1.0 204 x\r\n\r\n"
	short := fake(t, clean, time.Minute, nil) // it is not given all, and so says nothing
	if _, err := short.Scan(t.Context(), "a.txt", 9, strings.NewReader("text")); err == nil || !strings.Contains(err.Error(), "reading the file") {
		t.Errorf("a file that is too short: %v", err)
	}
	if _, err := short.Scan(t.Context(), "a.txt", 9, iotest.ErrReader(errors.New("no network"))); err == nil || !strings.Contains(err.Error(), "reading the file") {
		t.Errorf("a file that cannot be read: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fake(t, "-", time.Minute, nil).Scan(ctx, "a.txt", 4, strings.NewReader("text")); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}

// TestRequest compares what is sent with RFC 3507 4.9.2.
func TestRequest(t *testing.T) {
	var got string
	s := fake(t, "ICAP/1.0 204 x\r\n\r\n", time.Minute, &got)
	if _, err := s.Scan(t.Context(), "a b\r\nX: y.txt", 4, strings.NewReader("text")); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(strings.Split(got, "/avscan")[0], "RESPMOD icap://")
	request := "GET http://" + host + "/a%20b%0D%0AX:%20y.txt HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	answer := "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 4\r\n\r\n"
	_, body, _ := strings.Cut(got, "\r\n\r\n")
	if want := request + answer + "4\r\ntext\r\n0\r\n\r\n"; body != want {
		t.Errorf("encapsulated is\n%q, want\n%q", body, want)
	}
	if !strings.Contains(got, "\r\nAllow: 204\r\n") || !strings.Contains(got, "\r\nEncapsulated: req-hdr=0, res-hdr="+strconv.Itoa(len(request))+", res-body="+strconv.Itoa(len(request)+len(answer))+"\r\n") {
		t.Errorf("the head is\n%s", strings.Split(got, "\r\n\r\n")[0])
	}
}
