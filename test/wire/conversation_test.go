package wire_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing/synctest"
)

// send sends a part's message, as the beginning of a dialog if it is labelled.
func (s *script) send(c *client, name, text, label string) error {
	s.setEnvelope(c)
	switch {
	case strings.HasSuffix(name, ".bytes"):
		return s.write(c, text)
	case strings.HasSuffix(name, ".raw"):
		bytes, err := c.raw(text, s.vars)
		if err != nil {
			return err
		}
		m := readLoosely(bytes)
		s.asks(c, m)
		if label != "" {
			c.begin(m, label)
		}
		return s.write(c, bytes)
	}
	p := readPart(text)
	if len(p.first) > 0 && p.first[0] != "" && p.first[0][0] >= '0' && p.first[0][0] <= '9' {
		return s.reply(c, &p)
	}
	m, err := c.request(&p, s.vars, label)
	if err != nil {
		return err
	}
	s.asks(c, m)
	return s.write(c, m.print())
}

// asks remembers a request until its final answer.
func (s *script) asks(c *client, m *message) {
	if method := m.method(); !m.isResponse() && method != "ACK" && m.get("Call-ID") != "" {
		c.asked[m.key()] = m
	}
}

func (s *script) write(c *client, text string) error {
	s.note(c, ">", text)
	c.write(text)
	synctest.Wait()
	return nil
}

// reply answers the oldest unanswered request of the server in a dialog.
func (s *script) reply(c *client, p *part) error {
	if len(p.first) < 3 {
		return errors.New(`an answer is written like "481 INFO chat"`)
	}
	for i, m := range c.unanswered {
		d := c.byCall(m.get("Call-ID"))
		if d != nil && d.label == p.first[2] && m.method() == p.first[1] {
			c.unanswered = append(c.unanswered[:i:i], c.unanswered[i+1:]...)
			a := c.respond(m, p.first[0], "Answer")
			return s.write(c, a.print())
		}
	}
	return fmt.Errorf("%s has no unanswered %s in %s", c.name, p.first[1], p.first[2])
}

// next is what the client got next; nil if nothing came.
func (s *script) next(c *client) (*message, error) {
	synctest.Wait()
	select {
	case m, ok := <-c.got:
		if !ok {
			return nil, fmt.Errorf("the server closed %s's connection", c.name)
		}
		s.note(c, "<", m.print())
		return m, c.check(m)
	default:
		return nil, nil //nolint:nilnil // nothing came, and that is no error
	}
}

// expect compares the next messages with parts, in their order.
func (s *script) expect(c *client, names []string) error {
	for _, name := range names {
		m, err := s.next(c)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("%s received nothing, %s is wanted", c.name, name)
		}
		want, err := s.wanted(name)
		if err != nil {
			return err
		}
		if err := s.compare(c, m, name, want); err != nil {
			if *update && s.archive.parts[name] != "" {
				s.archive.replace(name, s.render(c, m, name, want))
				continue
			}
			return fmt.Errorf("%s, %s: %w", c.name, name, err)
		}
	}
	return nil
}

// expectAny compares as many messages with parts, in any order.
func (s *script) expectAny(c *client, names []string) error {
	left := append([]string(nil), names...)
	for range names {
		m, err := s.next(c)
		if err != nil {
			return err
		}
		if m == nil {
			return fmt.Errorf("%s received nothing, of %q is wanted", c.name, left)
		}
		found := -1
		var why []string
		for i, name := range left {
			want, err := s.wanted(name)
			if err != nil {
				return err
			}
			saved := s.vars
			s.vars = saved.clone()
			if err = s.compare(c, m, name, want); err == nil {
				found = i
				break
			}
			s.vars = saved
			why = append(why, err.Error())
		}
		if found < 0 {
			return fmt.Errorf("%s: none of %q: %s", c.name, left, strings.Join(why, "; "))
		}
		left = append(left[:found], left[found+1:]...)
	}
	return nil
}

// wanted is the text of a part; a number stands for a response.
func (s *script) wanted(name string) (string, error) {
	if text, ok := s.archive.parts[name]; ok {
		s.used[name] = true
		return text, nil
	}
	if _, err := strconv.Atoi(name); err == nil {
		return name + "\n\n...", nil
	}
	return "", fmt.Errorf("there is no part %s", name)
}

// quiet fails if something came.
func (s *script) quiet(c *client) error {
	synctest.Wait()
	select {
	case m, ok := <-c.got:
		if !ok {
			return fmt.Errorf("the server closed %s's connection", c.name)
		}
		s.note(c, "<", m.print())
		return fmt.Errorf("%s received %q, silence is wanted", c.name, m.first)
	default:
		return nil
	}
}

// closed takes note that the server has closed the connection.
func (s *script) closed(c *client) error {
	synctest.Wait()
	select {
	case m, ok := <-c.got:
		if ok {
			s.note(c, "<", m.print())
			return fmt.Errorf("%s received %q before the end of the connection", c.name, m.first)
		}
	default:
		return fmt.Errorf("%s's connection still stands", c.name)
	}
	s.drop(c)
	return nil
}

// drop ends a client.
func (s *script) drop(c *client) {
	c.hangUp()
	delete(s.clients, c.name)
	synctest.Wait()
}

// setEnvelope lets ${envid} stand for the client's last envelope.
func (s *script) setEnvelope(c *client) {
	s.vars["envid"], s.vars["envid-1"] = strconv.Itoa(c.envid), strconv.Itoa(c.envid-1)
}
