package sip

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

	version     []byte // "SIP/2.0"
	maxForwards []byte
	length      int // what Content-Length says; 0 without one
	hasLength   bool
	repeated    bool // a header that may stand once stands twice
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Status == 0 }

// Clone returns a message with a buffer of its own.
func (m *Message) Clone() *Message {
	buf := make([]byte, 0, len(m.Head)+len(m.Body))
	buf = append(append(buf, m.Head...), m.Body...)
	c := new(Message)
	_ = c.readHead(buf[:len(m.Head)]) // a defect was told when m was read
	c.Body = buf[len(m.Head):]
	return c
}

// Header is a header to be printed.
type Header struct{ Name, Value string }
