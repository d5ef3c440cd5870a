package adapter_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"perch/compliance"
	"perch/compliance/adapter"
)

// mailServer is a mail server that answers the end of a mail as it is told.
type mailServer struct {
	addr string

	mu     sync.Mutex // guards the fields below
	answer string     // to the end of a mail; empty: the connection is cut in the middle
	mails  []string
}

func startMail(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{addr: l.Addr().String(), answer: "250 taken"}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(c) })
		}
	})
	return s
}

func (s *mailServer) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 test\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line)[0]); verb {
		case "EHLO", "HELO", "MAIL", "RCPT", "RSET":
			fmt.Fprint(c, "250 fine\r\n")
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var mail strings.Builder
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				if mail.WriteString(line); s.told() == "" {
					return
				}
			}
			s.mu.Lock()
			if strings.HasPrefix(s.answer, "2") {
				s.mails = append(s.mails, mail.String())
			}
			s.mu.Unlock()
			fmt.Fprint(c, s.told()+"\r\n")
		default:
			fmt.Fprint(c, "500 what\r\n")
		}
	}
}

func (s *mailServer) told() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer
}

func (s *mailServer) set(answer string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
	return s.mails
}

// TestSMTP: mails are sent; a server that is away or refuses for now is asked
// again, one that refuses for good is not.
func TestSMTP(t *testing.T) {
	for _, kind := range []string{"eml", "smtp-journal"} {
		t.Run(kind, func(t *testing.T) {
			s := startMail(t)
			o := options(kind, "")
			o.Extra["smtp.server"], o.Extra["smtp.tls"] = s.addr, "none"
			deliver(t, kind, o, session())
			mails := s.set("451 later")
			if want := map[string]int{"eml": 3, "smtp-journal": 4}[kind]; len(mails) != want {
				t.Fatalf("%d mails, want %d", len(mails), want)
			}
			a, err := adapter.New(kind, o)
			if err != nil {
				t.Fatal(err)
			}
			for answer, permanent := range map[string]bool{"451 later": false, "554 never": true, "": false} {
				s.set(answer)
				err := a.Deliver(t.Context(), session())
				never := (*compliance.Permanent)(nil)
				if err == nil || errors.As(err, &never) != permanent || !strings.Contains(err.Error(), s.addr) {
					t.Errorf("the server says %q: %v", answer, err)
				}
			}
			o.Extra["smtp.tls"] = "starttls"
			if a, err = adapter.New(kind, o); err != nil {
				t.Fatal(err)
			}
			s.set("250 taken")
			if err := a.Deliver(t.Context(), session()); err == nil || !strings.Contains(err.Error(), "smtp.tls") {
				t.Errorf("a server without TLS: %v", err)
			}
		})
	}
}

// TestLargeMail: what is too large is several mails, numbered, with every event
// in one of them.
func TestLargeMail(t *testing.T) {
	dir := t.TempDir()
	o := options("eml", dir)
	o.Extra["mail.max-size"] = "100000"
	deliver(t, "eml", o, many(500))
	got := files(t, dir)
	seen := 0
	for name, mail := range got {
		if len(mail) > 100_000 {
			t.Errorf("%s has %d bytes", name, len(mail))
		}
		if !strings.Contains(mail, fmt.Sprintf("/%d\r\n", len(got))) {
			t.Errorf("%s does not say of how many parts it is", name)
		}
		plain, _, _ := strings.Cut(mail, "Content-Type: text/html")
		seen += strings.Count(plain, "message number ")
	}
	if len(got) < 3 || seen != 500 {
		t.Errorf("%d mails with %d messages", len(got), seen)
	}
}
