// Package auth holds the sign-in exchanges and message signatures of the
// Microsoft SIP extensions (docs/protocol.md, authentication) as pure
// computations: NTLM now; Kerberos and TLS-DSK have the same shape.
//
// Challenges, proofs and keys go in and out as values; the caller brings time,
// randomness and the users' secrets, and owns connections and state.
package auth

import "perch/sip"

// Fields are the parts of a message that a signature covers, as they stand on
// the wire (sipe-client 3.9).
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
func FieldsOf(m *sip.Message) Fields { panic("unwritten") }

// Association is an established security association between one client
// endpoint and this server. It is safe for concurrent use.
type Association struct {
	User string // canonical address of the user who proved himself
	// further fields are the package's own
}

// Opaque is the name by which the client refers to the association.
func (a *Association) Opaque() string { panic("unwritten") }

// AppendSignature appends the whole Authentication-Info header line, CRLF
// included, that signs an outgoing message with the given fields. It draws
// srand and counts snum itself and does not allocate.
func (a *Association) AppendSignature(dst []byte, f *Fields) []byte { panic("unwritten") }

// Verify checks the signature in the Authorization (or Proxy-Authorization)
// header value of a received request or response.
func (a *Association) Verify(f *Fields, authorization []byte) error { panic("unwritten") }
