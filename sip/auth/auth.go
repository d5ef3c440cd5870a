// Package auth holds the sign-in exchanges and message signatures of the
// Microsoft SIP extensions (SIPE 3) as pure computations: NTLM now; Kerberos
// and TLS-DSK have the same shape.
//
// Challenges, proofs and keys go in and out as values; the caller brings time,
// randomness and the users' secrets, and owns connections and state. Nothing
// here stores a secret beyond the association it derives.
package auth

import "perch/sip"

// Fields are the parts of a message that a signature covers, as they stand on
// the wire (SIPE 3.9).
type Fields struct {
	CallID                         []byte
	Seq                            uint32
	Method                         sip.Method // of CSeq
	FromURI, FromTag, ToURI, ToTag []byte
	AssertedSIP, AssertedTel       []byte // P-Asserted-Identity
	Expires                        []byte // value of the Expires header, or empty
	Status                         int    // 0 for a request
}

// FieldsOf collects the fields of a received message.
func FieldsOf(m *sip.Message) Fields {
	f := Fields{
		CallID: m.CallID, Seq: m.Seq, Method: m.SeqMethod,
		FromURI: sip.AddressURI(m.From), FromTag: sip.Tag(m.From),
		ToURI: sip.AddressURI(m.To), ToTag: sip.Tag(m.To),
		Expires: m.Get("expires"), Status: m.Status,
	}
	for v := range m.All("p-asserted-identity") {
		if uri := sip.AddressURI(v); len(uri) > 4 && string(uri[:4]) == "tel:" {
			f.AssertedTel = uri
		} else {
			f.AssertedSIP = uri
		}
	}
	return f
}

// Response is the fields of a response that goes out to a
// request with fields f: the same, with our tag and the response's status and Expires.
func (f Fields) Response(status int, toTag, expires []byte) Fields {
	f.Status, f.Expires = status, expires
	if len(f.ToTag) == 0 {
		f.ToTag = toTag
	}
	f.AssertedSIP, f.AssertedTel = nil, nil
	return f
}
