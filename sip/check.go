package sip

import "bytes"

// Check says whether a message that was framed has all that RFC 3261 8.1.1 and
// 8.2 ask of it; the defect carries the answer a request deserves. SIPE's
// requests inside dialogs, which have no Via branch and no Max-Forwards of
// meaning, pass.
func (m *Message) Check() *Defect {
	bad := func(text string) *Defect { return &Defect{Status: 400, Text: text} }
	switch {
	case !equalFold(m.version, "sip/2.0"):
		return &Defect{Status: 505, Text: "only SIP/2.0 is spoken here"}
	case m.Via == nil:
		return bad("there is no Via")
	case m.From == nil || m.To == nil || len(m.CallID) == 0:
		return bad("From, To or Call-ID is missing")
	case m.CSeq == nil:
		return bad("there is no CSeq")
	case m.IsRequest() && m.SeqMethod != m.Method:
		return bad("CSeq names another method")
	}
	for _, address := range [][]byte{m.From, m.To} {
		if d := checkAddress(address); d != nil {
			return d
		}
	}
	if m.repeated {
		return bad("a header that may stand once stands twice")
	}
	if !m.IsRequest() {
		return nil
	}
	return m.checkRequest()
}

func (m *Message) checkRequest() *Defect {
	u, err := ParseURI(m.URI)
	switch {
	case err != nil:
		return &Defect{Status: 400, Text: "the Request-URI is malformed"}
	case u.Scheme != "sip" && u.Scheme != "sips" && u.Scheme != "tel":
		return &Defect{Status: 416, Text: "a Request-URI of that scheme is not served"}
	}
	if v := m.Get("max-forwards"); v != nil {
		n := 0
		for _, c := range v {
			if c < '0' || c > '9' || n > 255 {
				return &Defect{Status: 400, Text: "Max-Forwards is no number up to 255"}
			}
			n = n*10 + int(c-'0')
		}
		if n > 255 {
			return &Defect{Status: 400, Text: "Max-Forwards is no number up to 255"}
		}
	}
	return nil
}

// checkAddress finds the errors of RFC 4475 3.1.2.7 and 3.1.2.13: an open
// quote or bracket, or a URI with blanks and no bracket.
func checkAddress(value []byte) *Defect {
	bad := &Defect{Status: 400, Text: "From or To is malformed"}
	if bytes.Count(value, []byte{'"'})-bytes.Count(value, []byte(`\"`)) == 1 {
		return bad
	}
	open := indexUnquoted(value, '<')
	if open >= 0 && bytes.IndexByte(value[open:], '>') < 0 {
		return bad
	}
	uri := AddressURI(value)
	if len(uri) == 0 || bytes.ContainsAny(uri, " \t") {
		return bad
	}
	return nil
}
