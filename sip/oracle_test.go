package sip_test

import (
	"fmt"
	"strconv"
	"testing"

	oracle "github.com/emiago/sipgo/sip"

	"perch/sip"
)

// TestOracle compares what another SIP implementation reads in the messages
// that are accepted here.
func TestOracle(t *testing.T) {
	mistaken := map[string]string{
		"wsinv":   "finds no parameter with blanks around its '='",
		"intmeth": "makes the method upper case",
	}
	for _, c := range goldens {
		t.Run(c.name, func(t *testing.T) { compare(t, golden(t, c.name), "") })
	}
	for _, c := range torture {
		if c.want == accepted {
			t.Run(c.name, func(t *testing.T) { compare(t, tortured(t, c.name), mistaken[c.name]) })
		}
	}
}

func compare(t *testing.T, buf []byte, mistake string) {
	var m sip.Message
	n, err := sip.Parse(buf, sip.Limits{}, &m)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := oracle.NewParser().ParseSIP(buf[:n])
	if err != nil {
		t.Fatal("refused by the oracle: ", err)
	}
	switch ours, theirs := reading(&m), oracleReading(theirs); {
	case mistake == "" && ours != theirs:
		t.Errorf("read differently\n  here %s\nthere %s", ours, theirs)
	case mistake != "" && ours == theirs:
		t.Errorf("the oracle no longer %s", mistake)
	}
}

func reading(m *sip.Message) string {
	target := ""
	if m.IsRequest() {
		u, err := sip.ParseURI(m.URI)
		if err != nil {
			return err.Error()
		}
		target = fmt.Sprintf("%s %s:%s@%s:%s", m.Method, u.Scheme, u.User, u.Host, u.Port)
	}
	return fmt.Sprintf("%s %d call %s cseq %d %s from %s to %s body %d", target, m.Status, m.CallID, m.Seq, m.SeqMethod,
		sip.Tag(m.From), sip.Tag(m.To), len(m.Body))
}

func oracleReading(m oracle.Message) string {
	target, status := "", 0
	switch m := m.(type) {
	case *oracle.Request:
		port := ""
		if m.Recipient.Port != 0 {
			port = strconv.Itoa(m.Recipient.Port)
		}
		target = fmt.Sprintf("%s %s:%s@%s:%s", m.Method, m.Recipient.Scheme, m.Recipient.User, m.Recipient.Host, port)
	case *oracle.Response:
		status = m.StatusCode
	}
	from, _ := m.From().Params.Get("tag")
	to, _ := m.To().Params.Get("tag")
	return fmt.Sprintf("%s %d call %s cseq %d %s from %s to %s body %d", target, status, m.CallID().Value(),
		m.CSeq().SeqNo, m.CSeq().MethodName, from, to, len(m.Body()))
}
