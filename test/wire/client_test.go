package wire_test

import (
	"crypto/sha1"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"perch/test/memnet"
)

// client is one connection of one device of a user.
//
// Goroutines: a reader, which answers the server's requests like the real
// client, and hands everything on; it ends with the connection.
type client struct {
	name, user, device string
	addr               string
	nc                 net.Conn
	got                chan *message // closed with the connection
	done               chan struct{} // closed when the reader has ended
	manual             atomic.Bool
	deaf               atomic.Bool
	hung               chan struct{} // closed to let a deaf reader end

	sending sync.Mutex // held while a message is written

	// The script's own.
	dialogs    map[string]*dialog  // by label
	asked      map[string]*message // requests that wait for their final answer
	unanswered []*message          // the server's requests, in manual mode
	count      int                 // makes tags, branches and Call-IDs unlike
	registers  int
	envid      int
}

// dialog is a client's side of a dialog.
type dialog struct {
	label, callID string
	called        string // the address that was called
	local, remote string // From and To, with tags
	target        string
	contact       string // what we gave as our address
	seq, heard    int    // last CSeq of ours and of the server's
}

const domain = "example.test"

// newClient dials. The name says who it is: user, user/device, user+2.
func newClient(name string, l *memnet.Listener, number int) (*client, error) {
	device, _, _ := strings.Cut(name, "+")
	user, _, _ := strings.Cut(device, "/")
	c := &client{
		name: name, user: user, device: device, addr: ("127.0.0.1:" + strconv.Itoa(40000+number)),
		got: make(chan *message, 1<<16), done: make(chan struct{}), hung: make(chan struct{}),
		dialogs: map[string]*dialog{}, asked: map[string]*message{}, envid: number * 1000,
	}
	var err error
	if c.nc, err = l.Dial(c.addr); err != nil {
		return nil, err
	}
	go c.listen()
	return c, nil
}

func (c *client) uri() string { return "sip:" + c.user + "@" + domain }

// epid and instance name the device, the same over every connection (SIPE 3.1).
func (c *client) epid() string { return fmt.Sprintf("%x", sha1.Sum([]byte(c.device)))[:12] }

func (c *client) instance() string {
	h := fmt.Sprintf("%x", sha1.Sum([]byte(c.device)))
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:32])
}

// contact is the client's address for requests to it.
func (c *client) contact() string {
	return fmt.Sprintf("sip:%s:%s;maddr=127.0.0.1;transport=tcp", c.user+"@"+domain, strings.Split(c.addr, ":")[1])
}

func (c *client) listen() {
	defer close(c.done)
	defer close(c.got)
	var buf []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := c.nc.Read(chunk)
		buf = append(buf, chunk[:n]...)
		for {
			var m *message
			if m, buf = cutMessage(buf); m == nil {
				break
			}
			if !c.manual.Load() {
				c.answer(m)
			}
			c.got <- m
		}
		if err != nil {
			return
		}
		if c.deaf.Load() {
			<-c.hung
			return
		}
	}
}

// answer does what the real client does unasked: it answers INFO and NOTIFY,
// and acknowledges the answer to INVITE.
func (c *client) answer(m *message) {
	switch method := m.method(); {
	case m.isResponse() && method == "INVITE" && m.status() >= "200":
		c.write(c.ack(m).print())
	case !m.isResponse() && (method == "INFO" || method == "NOTIFY"):
		c.write(c.respond(m, "200", "OK").print())
	}
}

func (c *client) write(text string) {
	c.sending.Lock()
	defer c.sending.Unlock()
	_, _ = c.nc.Write([]byte(text)) // a closed connection is seen by the reader
}

// respond makes an answer as the real client does (SIPE 2).
func (c *client) respond(m *message, status, reason string) *message {
	a := &message{first: "SIP/2.0 " + status + " " + reason}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		a.headers = append(a.headers, header{name, m.get(name)})
	}
	a.headers = append(a.headers, header{"Contact", "<" + c.contact() + ">"})
	return a
}

func (c *client) ack(m *message) *message {
	number, _, _ := strings.Cut(m.get("CSeq"), " ")
	target := uriOf(m.get("Contact"))
	if target == "" {
		target = uriOf(m.get("To"))
	}
	return &message{first: "ACK " + target + " SIP/2.0", headers: []header{
		{"Via", "SIP/2.0/tcp " + c.addr},
		{"From", m.get("From")},
		{"To", m.get("To")},
		{"Max-Forwards", "70"},
		{"CSeq", number + " ACK"},
		{"Call-ID", m.get("Call-ID")},
	}}
}

// hangUp closes the connection and waits for the reader.
func (c *client) hangUp() {
	c.nc.Close()
	close(c.hung)
	for range c.got { // the reader may wait to hand something on
	}
	<-c.done
}

// byCall finds a dialog by Call-ID.
func (c *client) byCall(id string) *dialog {
	for _, d := range c.dialogs {
		if d.callID == id {
			return d
		}
	}
	return nil
}
