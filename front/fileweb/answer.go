package fileweb

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"

	"perch/chat"
)

// What stands around an answer, as ASP.NET writes it (XCCOS 10 [design]).
const (
	opening = `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>`
	closing = `</soap:Body></soap:Envelope>`
	// namespace is that of operations.
	namespace = "http://www.microsoft.com"
)

// response is the answer of an operation: a string, number or bytes; nil: none.
func response(operation string, result any) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<%sResponse xmlns="%s"`, opening, operation, namespace)
	if result == nil {
		fmt.Fprintf(&b, ` />%s`, closing)
		return b.Bytes()
	}
	fmt.Fprintf(&b, `><%sResult>`, operation)
	if data, ok := result.([]byte); ok {
		b.Grow(base64.StdEncoding.EncodedLen(len(data)) + 256)
		b.Write(base64.StdEncoding.AppendEncode(b.AvailableBuffer(), data))
	} else {
		_ = xml.EscapeText(&b, fmt.Append(nil, result)) // a buffer takes everything
	}
	fmt.Fprintf(&b, `</%[1]sResult></%[1]sResponse>%[2]s`, operation, closing)
	return b.Bytes()
}

// Codes of faults: whose they are.
const (
	client = "soap:Client"
	server = "soap:Server"
)

// faultCode is the one table from kinds of errors to the wire (XCCOS 10.3).
func faultCode(k chat.Kind) string {
	switch k {
	case chat.KindUnknown, chat.KindDatabase, chat.KindBusy:
		return server
	}
	return client
}

// fault is a refusal.
func fault(err error) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `%s<soap:Fault><faultcode>%s</faultcode><faultstring>`, opening, faultCode(chat.KindOf(err)))
	_ = xml.EscapeText(&b, []byte(chat.TextOf(err))) // a buffer takes everything
	fmt.Fprintf(&b, `</faultstring><detail /></soap:Fault>%s`, closing)
	return b.Bytes()
}
