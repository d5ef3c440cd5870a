package wire_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// offer is the body of the real client's INVITE (SIPE 5.1).
const offer = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=session\nc=IN IP4 127.0.0.1\nt=0 0\nm=message 5060 sip null\n" +
	"a=accept-types:text/plain text/html image/gif application/im-iscomposing+xml application/ms-imdn+xml text/x-msmsgsinvite"

// contentTypes goes from how a body begins to its type.
var contentTypes = []struct{ begins, is string }{
	{"<provisioningGroupList", "application/vnd-microsoft-roaming-provisioning-v2+xml"},
	{"<roamingList", "application/vnd-microsoft-roaming-self+xml"},
	{"<batchSub", "application/msrtc-adrl-categorylist+xml"},
	{"<publish", "application/msrtc-category-publish+xml"},
	{"<setContainerMembers", "application/msrtc-setcontainermembers+xml"},
	{"<s:Envelope", "application/SOAP+xml"},
	{"v=0", "application/sdp"},
	{"", "text/plain"},
}

// request makes the message that a part describes. label names the dialog that
// it is to begin.
func (c *client) request(p *part, v variables, label string) (*message, error) {
	if len(p.first) == 0 || len(p.first) > 2 {
		return nil, fmt.Errorf("%q is no request: write its method and its target", strings.Join(p.first, " "))
	}
	method := p.first[0]
	target := c.uri()
	if method == "REGISTER" {
		target = "sip:" + domain
	}
	if len(p.first) == 2 {
		var err error
		if target, err = v.expand(p.first[1]); err != nil {
			return nil, err
		}
	}
	body, err := c.body(p, v, method)
	if err != nil {
		return nil, err
	}
	var m *message
	if d := c.dialogs[target]; d != nil {
		m, err = c.inDialog(d, method)
	} else {
		m, err = c.outside(method, target, label)
	}
	if err != nil {
		return nil, err
	}
	m.body = body
	m.headers = append(m.headers, header{"Max-Forwards", "70"}, header{"User-Agent", "Purple/2.14.12 Sipe/1.25.0 (linux-x86_64)"})
	if body != "" {
		i := slices.IndexFunc(contentTypes, func(t struct{ begins, is string }) bool { return strings.HasPrefix(body, t.begins) })
		m.headers = append(m.headers, header{"Content-Type", contentTypes[i].is})
	}
	return m, c.override(m, p, v)
}

// body writes a part's body out.
func (c *client) body(p *part, v variables, method string) (string, error) {
	text := p.body
	if method == "INVITE" && text == "" && !p.any {
		text = offer
	}
	inside, envelope := unabbreviate(unfold(text))
	inside, err := v.expand(inside)
	if err != nil {
		return "", err
	}
	if envelope {
		c.envid++
		inside = fmt.Sprintf(clientEnvelope, strconv.Itoa(c.envid), inside)
	}
	if strings.HasPrefix(inside, "v=0") {
		inside = strings.ReplaceAll(inside, "\n", "\r\n") + "\r\n"
	}
	return inside, nil
}

// inDialog makes a request in a dialog. It has no Via branch (SIPE 2).
func (c *client) inDialog(d *dialog, method string) (*message, error) {
	if d.target == "" {
		return nil, fmt.Errorf("the dialog %s was not answered yet", d.label)
	}
	d.seq++
	return &message{first: method + " " + d.target + " SIP/2.0", headers: []header{
		{"Via", "SIP/2.0/tcp " + c.addr},
		{"From", d.local},
		{"To", d.remote},
		{"CSeq", fmt.Sprintf("%d %s", d.seq, method)},
		{"Call-ID", d.callID},
	}}, nil
}

// outside makes a request outside of dialogs, or one that begins one.
func (c *client) outside(method, target, label string) (*message, error) {
	if !strings.Contains(target, ":") {
		return nil, fmt.Errorf("%s has no dialog %q", c.name, target)
	}
	c.count++
	to, call, seq := "<"+target+">", fmt.Sprintf("%s-%d", strings.ReplaceAll(c.name, "/", "-"), c.count), 1
	if method == "REGISTER" { // the Call-ID stays, the tag changes (SIPE 2)
		c.registers++
		to, call, seq = "<"+c.uri()+">", strings.ReplaceAll(c.name, "/", "-")+"-register", c.registers
	}
	m := &message{first: method + " " + target + " SIP/2.0", headers: []header{
		{"Via", fmt.Sprintf("SIP/2.0/tcp %s;branch=z9hG4bK%s%d", c.addr, strings.ToUpper(c.user), c.count)},
		{"From", fmt.Sprintf("<%s>;tag=%d;epid=%s", c.uri(), 1000+c.count, c.epid())},
		{"To", to},
		{"CSeq", fmt.Sprintf("%d %s", seq, method)},
		{"Call-ID", call},
	}}
	contact := "<" + c.contact() + ">"
	if method == "REGISTER" {
		contact = fmt.Sprintf(`<sip:%s;transport=tcp;ms-opaque=d3470f2e1d>;methods="INVITE, MESSAGE, INFO, SUBSCRIBE, OPTIONS, BYE, CANCEL, NOTIFY, ACK, REFER, BENOTIFY";proxy=replace;+sip.instance="<urn:uuid:%s>"`, c.addr, c.instance())
	}
	m.headers = append(m.headers, header{"Contact", contact})
	if label != "" {
		c.begin(m, label)
	}
	return m, nil
}

// begin notes the dialog that a request is to begin.
func (c *client) begin(m *message, label string) {
	number, _, _ := strings.Cut(m.get("CSeq"), " ")
	seq, _ := strconv.Atoi(number) // what is no number begins at 0
	c.dialogs[label] = &dialog{
		label: label, callID: m.get("Call-ID"), called: uriOf(m.get("To")), local: m.get("From"),
		contact: uriOf(m.get("Contact")), seq: seq,
	}
}

// override puts the part's own headers in.
func (c *client) override(m *message, p *part, v variables) error {
	m.headers = slices.DeleteFunc(m.headers, func(h header) bool { return p.has(h.name) })
	for _, h := range p.headers {
		value, err := v.expand(h.value)
		if err != nil {
			return err
		}
		m.headers = append(m.headers, header{h.name, value})
	}
	return nil
}

// raw makes the bytes of a .raw part.
func (c *client) raw(text string, v variables) (string, error) {
	text = strings.ReplaceAll(unfold(text), "\n", "\r\n")
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	if !ok { // the archive has no empty lines at the end of a part
		head = strings.TrimRight(text, "\r\n")
	}
	body, err := v.expand(body)
	if err != nil {
		return "", err
	}
	v["length"] = strconv.Itoa(len(body))
	head, err = v.expand(head)
	return head + "\r\n\r\n" + body, err
}
