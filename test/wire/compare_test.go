package wire_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// check finds what is wrong with a message whatever it says: its place in its
// transaction and its dialog.
func (c *client) check(m *message) error {
	if m.fault != nil {
		return m.fault
	}
	if m.isResponse() {
		return c.checkResponse(m)
	}
	return c.checkRequest(m)
}

func (c *client) checkResponse(m *message) error {
	asked := c.asked[m.key()]
	if asked == nil {
		return fmt.Errorf("%s answers nothing that %s asked", m.first, c.name)
	}
	if m.status() >= "200" && m.method() != "INVITE" { // its answer comes again until the ACK
		delete(c.asked, m.key())
	}
	for _, name := range []string{"Via", "From"} {
		if unfolded(m.get(name)) != unfolded(asked.get(name)) {
			return fmt.Errorf("%s of the answer is %q, of the request %q", name, m.get(name), asked.get(name))
		}
	}
	to, was := m.get("To"), asked.get("To")
	if tagOf(was) != "" && to != was || tagOf(was) == "" && (tagOf(to) == "" || !strings.HasPrefix(to, was)) {
		return fmt.Errorf("To of the answer is %q, of the request %q (SIPE 5.1)", to, was)
	}
	d := c.byCall(m.get("Call-ID"))
	if d == nil || d.target != "" || m.status() < "200" || m.status() > "299" {
		return nil
	}
	d.remote, d.target = to, uriOf(m.get("Contact"))
	if d.target == "" {
		return errors.New("the answer that makes a dialog has no Contact")
	}
	return nil
}

// unfolded is a header value without the blanks of a folded line.
func unfolded(value string) string { return strings.Join(strings.Fields(value), "") }

func (c *client) checkRequest(m *message) error {
	d := c.byCall(m.get("Call-ID"))
	if d == nil {
		return fmt.Errorf("%s comes in no dialog of %s", m.first, c.name)
	}
	number, _, _ := strings.Cut(m.get("CSeq"), " ")
	seq, _ := strconv.Atoi(number) // what is no number is no next one
	switch from, to := m.get("From"), m.get("To"); {
	case uriOf(from) != d.called:
		return fmt.Errorf("From is %s, the client called %s (SIPE 5.2)", uriOf(from), d.called)
	case d.remote != "" && tagOf(from) != tagOf(d.remote) || tagOf(to) != tagOf(d.local):
		return fmt.Errorf("the tags are not those of the dialog: From %s, To %s", from, to)
	case seq != d.heard+1:
		return fmt.Errorf("CSeq is %s after %d", m.get("CSeq"), d.heard)
	case m.target() != d.contact:
		return fmt.Errorf("the request goes to %s, the contact is %s", m.target(), d.contact)
	case m.get("Max-Forwards") == "" || !strings.Contains(m.get("Via"), ";branch=z9hG4bK"):
		return errors.New("Max-Forwards or the Via branch is missing")
	case m.method() == "INFO" && !strings.HasPrefix(m.get("Content-Type"), "text/plain"):
		return fmt.Errorf("INFO with Content-Type %q (XCCOS 1.3)", m.get("Content-Type"))
	}
	d.heard = seq
	if c.manual.Load() && m.method() != "BENOTIFY" {
		c.unanswered = append(c.unanswered, m)
	}
	return nil
}

// compare holds a message against a part.
func (s *script) compare(c *client, m *message, name, want string) error {
	s.setEnvelope(c)
	p := readPart(want)
	if err := c.compareFirst(m, p.first); err != nil {
		return err
	}
	if err := s.compareHeaders(m, &p); err != nil {
		return err
	}
	if p.any {
		return nil
	}
	if strings.HasSuffix(name, ".exact") {
		return s.vars.match(unfold(p.body), m.body)
	}
	return s.compareBody(m, p.body)
}

func (c *client) compareFirst(m *message, want []string) error {
	got := c.firstOf(m)
	if len(want) == 0 || len(want) > len(got) {
		return fmt.Errorf("%q came, %q is wanted", strings.Join(got, " "), strings.Join(want, " "))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Errorf("%q came, %q is wanted", strings.Join(got, " "), strings.Join(want, " "))
		}
	}
	if m.isResponse() || len(want) == len(got) {
		return nil
	}
	return fmt.Errorf("name the dialog: %q", strings.Join(got, " "))
}

// firstOf is how a part would begin.
func (c *client) firstOf(m *message) []string {
	if m.isResponse() {
		return []string{m.status(), m.method()}
	}
	if d := c.byCall(m.get("Call-ID")); d != nil {
		return []string{m.method(), d.label}
	}
	return []string{m.method(), m.target()}
}

// compareHeaders finds each wanted header, those of one name in their order.
func (s *script) compareHeaders(m *message, p *part) error {
	at := map[string]int{}
	for _, h := range p.headers {
		key := strings.ToLower(h.name)
		values := m.all(h.name)
		if at[key] >= len(values) {
			return fmt.Errorf("%s is missing, %q is wanted", h.name, h.value)
		}
		if err := s.vars.match(h.value, values[at[key]]); err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		at[key]++
	}
	for name := range p.absent {
		if value := m.get(name); value != "" {
			return fmt.Errorf("%s is %q, it is not wanted", name, value)
		}
	}
	return nil
}

func (m *message) all(name string) []string {
	var out []string
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			out = append(out, h.value)
		}
	}
	return out
}

func (s *script) compareBody(m *message, body string) error {
	body, envelope := unabbreviate(unfold(body))
	if envelope {
		body = fmt.Sprintf(serverEnvelope, "${any}", body)
	}
	got := m.xml()
	if !strings.HasPrefix(body, "<") || !strings.HasPrefix(got, "<") {
		return s.vars.match(strings.TrimSpace(body), strings.TrimSpace(strings.ReplaceAll(got, "\r\n", "\n")))
	}
	want, err := readTree(body)
	if err != nil {
		return fmt.Errorf("the part is not XML: %w", err)
	}
	have, err := readTree(got)
	if err != nil {
		return fmt.Errorf("the message is not XML: %w", err)
	}
	trial := s.vars.clone()
	if err := want.match(have, trial); err != nil {
		return err
	}
	s.vars.take(trial)
	return nil
}

// xml is the body, of several documents those in their order.
func (m *message) xml() string {
	_, boundary, ok := strings.Cut(m.get("Content-Type"), "boundary=")
	if !ok {
		return m.body
	}
	boundary, _, _ = strings.Cut(strings.Trim(boundary, `"`), ";")
	var b strings.Builder
	for _, piece := range strings.Split(m.body, "--"+boundary) {
		if _, doc, ok := strings.Cut(piece, "\r\n\r\n"); ok {
			b.WriteString(strings.TrimSpace(doc) + "\n")
		}
	}
	return b.String()
}

// render shows a message as the part that wants it.
func (s *script) render(c *client, m *message, name, old string) string {
	p := readPart(old)
	lines := []string{strings.Join(c.firstOf(m), " ")}
	at := map[string]int{}
	for _, h := range p.headers {
		values := m.all(h.name)
		if i := at[h.name]; i < len(values) {
			lines = append(lines, h.name+": "+values[i])
			at[h.name]++
		}
	}
	for _, line := range strings.Split(old, "\n") {
		if absent, ok := strings.CutPrefix(strings.TrimSuffix(line, ":"), "!"); ok && m.get(absent) == "" {
			lines = append(lines, line)
		}
	}
	body := abbreviate(m.xml(), s.vars)
	switch {
	case p.any:
		body = "..."
	case strings.HasSuffix(name, ".exact"):
		body = strings.ReplaceAll(m.body, "\r", "${cr}")
	}
	body = strings.TrimRight(strings.ReplaceAll(body, "\r\n", "\n"), "\n")
	if body != "" && strings.Contains(old, "\n\n") {
		lines = append(lines, "")
	}
	if body != "" {
		lines = append(lines, body)
	}
	return s.vars.hide(strings.Join(lines, "\n"))
}
