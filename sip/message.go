package sip

import "iter"

// Method is a request's method. Known methods are interned, so that parsing
// one does not allocate.
type Method string

// Methods that Perch serves or sends (RFC 3261, 3262, 3265, 3311, 3428, 6086,
// and Microsoft's SERVICE and BENOTIFY).
const (
	REGISTER  Method = "REGISTER"
	INVITE    Method = "INVITE"
	ACK       Method = "ACK"
	BYE       Method = "BYE"
	CANCEL    Method = "CANCEL"
	OPTIONS   Method = "OPTIONS"
	INFO      Method = "INFO"
	UPDATE    Method = "UPDATE"
	SUBSCRIBE Method = "SUBSCRIBE"
	NOTIFY    Method = "NOTIFY"
	BENOTIFY  Method = "BENOTIFY"
	SERVICE   Method = "SERVICE"
	MESSAGE   Method = "MESSAGE"
	PRACK     Method = "PRACK"
	REFER     Method = "REFER"
)

// Message is one request or response. All byte slices alias the buffer it was
// parsed from and are valid as long as that buffer; Clone makes a copy that
// lasts. Header values stand as on the wire, without the surrounding white
// space: signatures are computed over them.
type Message struct {
	Head []byte // start line, headers, empty line
	Body []byte

	// Of a request; Method is empty for a response.
	Method Method
	URI    []byte
	// Of a response; Status is 0 for a request.
	Status int
	Reason []byte

	// The first header of each name; nil if there is none.
	Via, From, To, CallID, CSeq, Contact, ContentType []byte
	Seq                                               uint32 // number of CSeq
	SeqMethod                                         Method // method of CSeq
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Status == 0 }

// Get returns the first value of a header, found by its long or compact name
// without regard to case, or nil.
func (m *Message) Get(name string) []byte { panic("unwritten") }

// All yields the values of every header line of that name, in order. A line
// with several comma-separated values is yielded as one.
func (m *Message) All(name string) iter.Seq[[]byte] { panic("unwritten") }

// Has says whether one of the comma-separated, case-insensitive tokens of
// the header's lines equals token (Supported, Require, Allow-Events).
func (m *Message) Has(name, token string) bool { panic("unwritten") }

// Clone returns a message with a buffer of its own.
func (m *Message) Clone() *Message { panic("unwritten") }

// Header is a header to be printed.
type Header struct{ Name, Value string }

// Tag returns the tag parameter of a From or To value, or nil.
func Tag(value []byte) []byte { panic("unwritten") }

// Param returns a parameter of a header value (after the closing '>' if there
// is one), unquoted, by name without regard to case.
func Param(value []byte, name string) ([]byte, bool) { panic("unwritten") }

// AddressURI returns the URI of a From, To or Contact value: what stands
// between '<' and '>', or else what stands before the first ';'.
func AddressURI(value []byte) []byte { panic("unwritten") }
