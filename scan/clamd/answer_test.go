package clamd_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"perch/scan/clamd"
)

// fake is a clamd that reads what it is sent and gives one answer; with an empty
// one it hangs up, and with "-" it says nothing. The scanner waits so long for it.
func fake(t *testing.T, answer string, most time.Duration) *clamd.Scanner {
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
			buf := make([]byte, 1<<16)
			c.Read(buf)
			switch answer {
			case "-":
				io.Copy(io.Discard, c)
			default:
				io.WriteString(c, answer)
			}
			c.Close()
		}
	}()
	return clamd.New(clamd.Config{Network: "tcp", Address: l.Addr().String(), Timeout: most})
}

// TestAnswers: only what clamd says plainly is a verdict.
func TestAnswers(t *testing.T) {
	for answer, want := range map[string]struct{ found, err string }{
		"stream: OK\x00":                         {"", ""},
		"stream: Win.Test.EICAR_HDB-1 FOUND\x00": {"Win.Test.EICAR_HDB-1", ""},
		"stream: OK FOUND\x00":                   {"OK", ""},
		"":                                       {"", "ended without an answer"},
		"stream: OK":                             {"", "ended without an answer"},
		"stream:  FOUND\x00":                     {"", "clamd says"},
		"UNKNOWN COMMAND\x00":                    {"", "clamd says"},
		"INSTREAM size limit exceeded. ERROR\x00": {"", "larger than the scanner takes"},
		"stream: Can't allocate memory ERROR\x00": {"", "clamd says"},
		"HTTP/1.1 400 Bad Request\r\n\r\n\x00":    {"", "clamd says"},
		strings.Repeat("x", 10_000) + " OK\x00":   {"", "ended without an answer"},
		"-":                                       {"", "deadline"},
	} {
		most := time.Minute
		if answer == "-" {
			most = time.Second
		}
		found, err := fake(t, answer, most).Scan(t.Context(), "a.txt", 4, strings.NewReader("text"))
		if found != want.found || (err == nil) != (want.err == "") || err != nil && !strings.Contains(err.Error(), want.err) {
			t.Errorf("%.40q: %q, %v, want %q, %q", answer, found, err, want.found, want.err)
		}
	}
	s := fake(t, "stream: OK\x00", time.Minute) // it is given nothing, and so says nothing
	if _, err := s.Scan(t.Context(), "a.txt", 9, strings.NewReader("text")); err == nil || !strings.Contains(err.Error(), "reading the file") {
		t.Errorf("a file that is too short: %v", err)
	}
	if _, err := s.Scan(t.Context(), "a.txt", 9, iotest.ErrReader(errors.New("no network"))); err == nil || !strings.Contains(err.Error(), "reading the file") {
		t.Errorf("a file that cannot be read: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fake(t, "-", time.Minute).Scan(ctx, "a.txt", 4, strings.NewReader("text")); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
	gone := clamd.New(clamd.Config{Network: "unix", Address: t.TempDir() + "/none"})
	if _, err := gone.Scan(t.Context(), "a.txt", 4, strings.NewReader("text")); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("nobody there: %v", err)
	}
}
