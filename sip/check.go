package sip

import "bytes"

// Check says whether a message that was framed has all that RFC 3261 8.1.1 and
// 8.2 ask of it; the defect carries the answer a request deserves. SIPE's
// requests inside dialogs, which have no Via branch and no Max-Forwards of
// meaning, pass.
func (m *Message) Check() *Defect {
	switch {
	case !equalFold(m.version, "SIP/2.0"):
		return &Defect{Status: 505, Text: "only SIP/2.0 is spoken here"}
	case m.Via == nil:
		return malformed("there is no Via")
	case m.From == nil || m.To == nil || len(m.CallID) == 0:
		return malformed("From, To or Call-ID is missing")
	case m.CSeq == nil:
		return malformed("there is no CSeq")
	case m.IsRequest() && m.SeqMethod != m.Method:
		return malformed("CSeq names another method")
	case m.repeated:
		return malformed("a header that may stand once stands twice")
	case !isVia(m.Via):
		return malformed("Via is malformed")
	case !isAddress(m.From) || !isAddress(m.To):
		return malformed("From or To is malformed")
	case m.Contact != nil && !areContacts(m.Contact):
		return malformed("Contact is malformed")
	case m.IsRequest():
		return m.checkRequest()
	}
	return nil
}

func malformed(text string) *Defect { return &Defect{Status: 400, Text: text} }

func (m *Message) checkRequest() *Defect {
	u, ok := splitURI(m.URI)
	switch {
	case !ok:
		return malformed("the Request-URI is malformed")
	case !u.isSIP() && !equalFold(u.scheme, "tel"):
		return &Defect{Status: 416, Text: "a Request-URI of that scheme is not served"}
	case len(u.headers) > 0: // RFC 3261 19.1.1
		return malformed("the Request-URI has headers")
	}
	if m.maxForwards != nil {
		if n, ok := number(m.maxForwards); !ok || n > 255 {
			return malformed("Max-Forwards is no number up to 255")
		}
	}
	return nil
}

// isVia says whether each value of a Via line has a protocol, a sender and no
// empty parameter.
func isVia(line []byte) bool {
	for line != nil {
		var value []byte
		value, line = cutElement(line)
		params := indexUnquoted(value, ';')
		if params < 0 {
			params = len(value)
		}
		transport := bytes.LastIndexByte(value[:params], '/') + 1
		if bytes.Count(value[:params], []byte{'/'}) != 2 ||
			!bytes.ContainsAny(trim(value[transport:params]), " \t") || hasEmptyParam(value[params:]) {
			return false
		}
	}
	return true
}

// hasEmptyParam looks for an empty parameter in params, each after a ';'.
func hasEmptyParam(params []byte) bool {
	for len(params) > 0 {
		next := indexUnquoted(params[1:], ';') + 1
		if next == 0 {
			next = len(params)
		}
		if len(trim(params[1:next])) == 0 {
			return true
		}
		params = params[next:]
	}
	return false
}

// isAddress says whether a From or To value is one address: quotes and
// brackets closed, with a URI that would not be read otherwise by others
// (RFC 4475 3.1.2.6, 3.1.2.13 to 3.1.2.15), and no empty tag.
func isAddress(value []byte) bool {
	if _, more := cutElement(value); more != nil || !isNameAddr(value) {
		return false
	}
	tag, ok := Param(value, "tag")
	return !ok || len(tag) > 0
}

// areContacts says whether each value of a Contact line is an address or "*".
func areContacts(line []byte) bool {
	for line != nil {
		var value []byte
		value, line = cutElement(line)
		if !isNameAddr(value) && string(value) != "*" {
			return false
		}
	}
	return true
}

func isNameAddr(value []byte) bool {
	if !closedQuotes(value) {
		return false
	}
	open := indexUnquoted(value, '<')
	if open >= 0 && bytes.IndexByte(value[open:], '>') < 0 {
		return false
	}
	uri := AddressURI(value)
	if open < 0 && bytes.IndexByte(uri, '?') >= 0 {
		return false // RFC 3261 20: such a URI needs brackets
	}
	_, ok := splitURI(uri)
	return ok
}
