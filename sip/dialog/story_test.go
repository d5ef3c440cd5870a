package dialog_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"perch/sip"
	"perch/sip/dialog"
)

// story plays one file of testdata. The commands are
//
//	request         the message below begins the next dialog
//	uas             we answer it; prints what dialog results
//	uac             the response below answers ours; likewise
//	recv            the in-dialog request below arrives; prints the refusal
//	retarget        the message below is a target refresh
//	send METHOD     prints our next request
//	confirm, terminate, state
//	session [want]  negotiates by the message below, or the request
//	refresh         the session is refreshed
//	tick DURATION   time passes; prints what the session timer asks for
type story struct {
	began, now time.Time
	req        *sip.Message
	d          *dialog.Dialog
}

var us = dialog.Local{Tag: "ours", Via: "SIP/2.0/TCP 192.0.2.9:5060", Contact: "<sip:chat@192.0.2.9>"}

func TestStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &story{began: time.Unix(1e9, 0), now: time.Unix(1e9, 0)}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				out, err := s.do(t, d)
				if err != nil {
					out += err.Error()
				}
				return strings.TrimSpace(strings.ReplaceAll(out, "\r\n", "\n")) + "\n"
			})
		})
	}
}

func (s *story) do(t *testing.T, d *datadriven.TestData) (string, error) {
	var err error
	switch d.Cmd {
	case "request":
		s.req, s.d = parse(t, d.Input), nil
		return "ok", nil
	case "uas":
		s.d, err = dialog.NewUAS(s.req, us)
		return s.print(), err
	case "uac":
		s.d, err = dialog.NewUAC(s.req, parse(t, d.Input), us)
		return s.print(), err
	case "recv":
		if status := s.d.Check(parse(t, d.Input)); status != 0 {
			return fmt.Sprint("refuse ", status), nil
		}
		return "serve", nil
	case "retarget":
		err = s.d.Retarget(parse(t, d.Input))
		return "target " + string(s.d.Target()), err
	case "send":
		return s.send(sip.Method(d.CmdArgs[0].Key)), nil
	case "confirm":
		s.d.Confirm()
	case "terminate":
		s.d.Terminate()
	case "state":
	case "session", "refresh", "tick":
		return s.session(t, d)
	default:
		t.Fatalf("%s: no command %s", d.Pos, d.Cmd)
	}
	return s.d.State().String(), nil
}

func (s *story) send(method sip.Method) string {
	seq := s.d.NextSeq()
	if rest := s.d.AppendRequestHead(nil, method, seq, 1, "", 0); !bytes.HasPrefix(s.d.AppendRequest(nil, method, seq, 1, "", 0), rest) {
		return "the head is not the request's beginning"
	}
	return string(s.d.AppendRequestHead(nil, method, seq, 0xabc, "", 12))
}

func (s *story) print() string {
	if s.d == nil {
		return ""
	}
	return fmt.Sprintf("%s\n%v\nlocal %s\nremote %s\ntarget %s\n", s.d.ID(), s.d.State(), s.d.LocalAddress(), s.d.RemoteAddress(), s.d.Target())
}

func (s *story) session(t *testing.T, d *datadriven.TestData) (string, error) {
	switch d.Cmd {
	case "session":
		var want time.Duration
		if len(d.CmdArgs) > 0 {
			want = duration(t, d)
		}
		req := s.req
		if d.Input != "" {
			req = parse(t, d.Input)
		}
		session, ok := dialog.Negotiate(req, want, s.now)
		if !ok {
			h := dialog.MinSE()
			return "refuse 422, " + h.Name + ": " + h.Value, nil
		}
		s.d.Session = session
	case "refresh":
		s.d.Session.Refresh(s.now)
	case "tick":
		return s.tick(s.now.Add(duration(t, d))), nil
	}
	return s.timers(), nil
}

func (s *story) timers() string {
	at := func(when time.Time) string {
		if when.IsZero() {
			return "never"
		}
		return "at " + when.Sub(s.began).String()
	}
	session := &s.d.Session
	return fmt.Sprintf("response %q, our request %q, refresh %s, expires %s",
		session.Header(false).Value, session.Header(true).Value, at(session.RefreshAt()), at(session.ExpiresAt()))
}

func (s *story) tick(until time.Time) string {
	was := s.now
	s.now = until
	var out []string
	if at := s.d.Session.RefreshAt(); !at.IsZero() && at.After(was) && !at.After(until) {
		out = append(out, at.Sub(s.began).String()+" refresh is due")
	}
	if at := s.d.Session.ExpiresAt(); !at.IsZero() && at.After(was) && !at.After(until) {
		out = append(out, at.Sub(s.began).String()+" expired")
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, "\n")
}

func duration(t *testing.T, d *datadriven.TestData) time.Duration {
	v, err := time.ParseDuration(d.CmdArgs[0].Key)
	if err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	return v
}
