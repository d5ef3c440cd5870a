package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"perch/probe"
)

// diagnosis says which step of a test failed and what to do about it. Commands
// in it are for the server's machine.
func diagnosis(s *probe.Step, room string) string {
	var do string
	var refused *probe.Refusal
	switch {
	case s.Stage == probe.Connect:
		do = connecting(s.Err)
	case errors.Is(s.Err, context.DeadlineExceeded):
		do = "No answer in time: look at the server's log and at perch status, or give a longer --timeout."
	case errors.Is(s.Err, probe.ErrNoPassword):
		do = "Give the passwords with --password-file or --password-stdin (see perch test message --help)."
	case errors.Is(s.Err, probe.ErrDisabled):
		do = "See the policy that holds: perch policy show --user " + s.User
	case errors.Is(s.Err, probe.ErrNoRoom):
		do = fmt.Sprintf("Is the name right? If it is: perch explain %s see %s", s.User, quote(room))
	case errors.As(s.Err, &refused):
		do = refusal(s, refused, room)
	default:
		do = "The server did not do what it must: look at its log."
	}
	return fmt.Sprintf("The %s (%s) could not %s. %s", s.Role, s.User, s.Stage, do)
}

// connecting says what may be wrong before the first word of SIP.
func connecting(err error) string {
	var (
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		plain   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &name):
		return "The certificate is another host's: name the one it is for with --tls-name."
	case errors.As(err, &unknown):
		return "The certificate is not trusted: give it, or its issuer's, with --ca (a server that made its own has it in cert.pem of its data folder)."
	case errors.As(err, &invalid):
		return "The certificate is not valid: has it expired?"
	case errors.As(err, &plain):
		return "What listens there does not speak TLS: another port, or --tcp?"
	}
	return "Does the server run (perch status), is --target where it listens, does a firewall stand between?"
}

// overTLS is the number by which a server refuses NTLM in the clear, but on
// loopback (SIPE 3.4).
const overTLS = 1008

// refusal says what to do about a negative answer.
func refusal(s *probe.Step, r *probe.Refusal, room string) string {
	explain := func(action string) string {
		return fmt.Sprintf("See why: perch explain %s %s %s", s.User, action, quote(room))
	}
	switch {
	case r.Status >= 500:
		return "The server cannot do it now: look at its log, at perch status and perch pool show."
	case s.Stage == probe.SignIn && r.Number == overTLS:
		return "Connect with --tls."
	case s.Stage == probe.SignIn && (r.Status == 401 || r.Status == 404):
		return fmt.Sprintf("Wrong password, no such user, or one who may not sign in by NTLM: perch user show %s", s.User)
	case s.Stage == probe.SignIn:
		return fmt.Sprintf("See whether he is disabled: perch user show %s. After too many wrong passwords wait a minute.", s.User)
	case s.Stage == probe.LookUp || s.Stage == probe.OpenChat:
		return "See the policy that holds: perch policy show --user " + s.User
	case s.Stage == probe.Join:
		return explain("join")
	case s.Stage == probe.Post:
		return explain("post")
	}
	return "The server's log says more."
}

// quote makes one word of a name for a shell.
func quote(name string) string {
	for _, r := range name {
		if !isWord(r) {
			return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
		}
	}
	return name
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' || r == '/' || r == ':'
}
