package xccos

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Bounds of one envelope. Its size is bounded by who read it off the wire
// (SIPE 2); the time to read it grows with its size and no faster.
const (
	maxDepth    = 32
	maxElements = 8192
	maxAttrs    = 64 // of one element
)

const byteOrderMark = "\ufeff"

// scanner parses a document into a tree.
type scanner struct {
	in    []byte
	pos   int
	t     *tree
	open  [maxDepth]opened
	depth int // of open
}

// opened is an element whose end tag has not come yet.
type opened struct {
	tag     []byte // with its prefix, which the end tag must repeat
	i, last int32  // the element and its newest child, of tree.elements
}

var errXML = errors.New("not well-formed XML")

func (s *scanner) fail(what string) error {
	return fmt.Errorf("%w at byte %d: %s", errXML, s.pos, what)
}

// parse reads one document; the root is element 0.
func (s *scanner) parse() error {
	if err := s.characters(); err != nil {
		return err
	}
	if bytes.HasPrefix(s.in, []byte(byteOrderMark)) {
		s.pos = len(byteOrderMark)
	}
	for s.pos < len(s.in) {
		if err := s.markup(); err != nil {
			return err
		}
	}
	switch {
	case s.depth > 0:
		return s.fail("the document ends within an element")
	case len(s.t.elements) == 0:
		return s.fail("there is no element")
	}
	return nil
}

// markup reads the next piece: a tag, text, or what is passed over.
func (s *scanner) markup() error {
	rest := s.in[s.pos:]
	switch {
	case rest[0] != '<':
		return s.chars()
	case len(rest) == 1:
		return s.fail("the document ends within a tag")
	case rest[1] == '/':
		return s.closeTag()
	case rest[1] == '?':
		return s.skip("<?", "?>")
	case bytes.HasPrefix(rest, []byte("<!--")):
		return s.skip("<!--", "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return s.cdata()
	case rest[1] == '!':
		return s.fail("a document type is not accepted")
	}
	return s.openTag()
}

// characters refuses what XML 1.0 (2.2) does not allow anywhere: nobody could
// read it when it goes out again, and not every store takes it.
func (s *scanner) characters() error {
	if !utf8.Valid(s.in) {
		for r, n := utf8.DecodeRune(s.in); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(s.in[s.pos:]) {
			s.pos += n
		}
		return s.fail("the text is not UTF-8")
	}
	for i, c := range s.in {
		switch {
		case c >= ' ' && c != 0xEF, c == '\n', c == '\r', c == '\t':
			continue
		case c == 0xEF && (s.in[i+1] != 0xBF || s.in[i+2] < 0xBE): // not U+FFFE, U+FFFF
			continue
		}
		s.pos = i
		return s.fail("a character that XML does not allow")
	}
	return nil
}

func (s *scanner) skip(begin, end string) error {
	i := bytes.Index(s.in[s.pos+len(begin):], []byte(end))
	if i < 0 {
		return s.fail("missing " + end)
	}
	s.pos += len(begin) + i + len(end)
	return nil
}

// chars reads character data up to the next tag.
func (s *scanner) chars() error {
	end := bytes.IndexByte(s.in[s.pos:], '<')
	if end < 0 {
		end = len(s.in) - s.pos
	}
	raw := s.in[s.pos : s.pos+end]
	if s.depth == 0 {
		if len(bytes.Trim(raw, " \t\r\n")) > 0 {
			return s.fail("text outside of the document")
		}
		s.pos += end
		return nil
	}
	text, err := s.decode(raw)
	if err != nil {
		return err
	}
	s.addText(text)
	s.pos += end
	return nil
}

func (s *scanner) cdata() error {
	const begin, end = "<![CDATA[", "]]>"
	start := s.pos + len(begin)
	if s.depth == 0 {
		return s.fail("text outside of the document")
	}
	if err := s.skip(begin, end); err != nil {
		return err
	}
	s.addText(s.in[start : s.pos-len(end)])
	return nil
}

// addText appends to the open element's text; the usual single piece stays
// where it is.
func (s *scanner) addText(text []byte) {
	e := &s.t.elements[s.open[s.depth-1].i]
	switch {
	case len(e.text) == 0:
		e.text = text
	case e.joined:
		e.text = append(e.text, text...)
	default:
		copied := make([]byte, 0, 2*(len(e.text)+len(text)))
		e.text, e.joined = append(append(copied, e.text...), text...), true
	}
}

func (s *scanner) openTag() error {
	switch {
	case s.depth == maxDepth:
		return s.fail("elements are nested too deep")
	case s.depth == 0 && len(s.t.elements) > 0:
		return s.fail("a second document follows")
	case len(s.t.elements) == maxElements:
		return s.fail("too many elements")
	}
	s.pos++
	tag := s.name()
	if len(tag) == 0 {
		return s.fail("a tag without a name")
	}
	i := int32(len(s.t.elements))
	e := element{name: local(tag), attrs: int32(len(s.t.attrs))}
	empty, err := s.attributes(int(e.attrs))
	if err != nil {
		return err
	}
	e.end = int32(len(s.t.attrs))
	s.t.elements = append(s.t.elements, e)
	s.adopt(i)
	if !empty {
		s.open[s.depth] = opened{tag: tag, i: i}
		s.depth++
	}
	return nil
}

// adopt makes i the last child of the open element.
func (s *scanner) adopt(i int32) {
	if s.depth == 0 {
		return
	}
	parent := &s.open[s.depth-1]
	if parent.last == 0 {
		s.t.elements[parent.i].child = i
	} else {
		s.t.elements[parent.last].next = i
	}
	parent.last = i
}

func (s *scanner) attributes(first int) (empty bool, err error) {
	for {
		s.space()
		if s.pos >= len(s.in) {
			return false, s.fail("the document ends within a tag")
		}
		switch s.in[s.pos] {
		case '>':
			s.pos++
			return false, nil
		case '/':
			if s.pos+1 < len(s.in) && s.in[s.pos+1] == '>' {
				s.pos += 2
				return true, nil
			}
			return false, s.fail("a stray /")
		}
		if err := s.attribute(first); err != nil {
			return false, err
		}
	}
}

func (s *scanner) attribute(first int) error {
	name := s.name()
	s.space()
	if len(name) == 0 || s.pos+1 >= len(s.in) || s.in[s.pos] != '=' {
		return s.fail("an attribute without a value")
	}
	s.pos++
	s.space()
	if s.pos >= len(s.in) || s.in[s.pos] != '"' && s.in[s.pos] != '\'' {
		return s.fail("an attribute value without quotes")
	}
	quote := s.in[s.pos]
	s.pos++
	end := bytes.IndexByte(s.in[s.pos:], quote)
	if end < 0 {
		return s.fail("an attribute value without end")
	}
	raw := s.in[s.pos : s.pos+end]
	if bytes.IndexByte(raw, '<') >= 0 {
		return s.fail("a < in an attribute")
	}
	value, err := s.decode(raw)
	if err != nil {
		return err
	}
	s.pos += end + 1
	if bytes.HasPrefix(name, []byte("xmlns:")) {
		return nil // it names a prefix: xmlns:id is not an id
	}
	if len(s.t.attrs)-first >= maxAttrs {
		return s.fail("too many attributes")
	}
	s.t.attrs = append(s.t.attrs, attr{local(name), value})
	return nil
}

func (s *scanner) closeTag() error {
	start := s.pos
	s.pos += 2
	name := s.name()
	s.space()
	if s.depth == 0 || s.pos >= len(s.in) || s.in[s.pos] != '>' || !bytes.Equal(name, s.open[s.depth-1].tag) {
		s.pos = start
		return s.fail("an end tag that does not fit")
	}
	s.pos++
	s.depth--
	return nil
}

// name reads a name, which is empty if none stands here. Letters outside of
// ASCII are not told from other characters there.
func (s *scanner) name() []byte {
	start := s.pos
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == ':', c >= utf8.RuneSelf:
		case s.pos > start && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		default:
			return s.in[start:s.pos]
		}
		s.pos++
	}
	return s.in[start:]
}

func (s *scanner) space() {
	for s.pos < len(s.in) && (s.in[s.pos] == ' ' || s.in[s.pos] == '\t' || s.in[s.pos] == '\r' || s.in[s.pos] == '\n') {
		s.pos++
	}
}

// local cuts the prefix off.
func local(name []byte) []byte {
	if i := bytes.LastIndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// decode resolves entities. Without any, the raw bytes themselves are the
// text: line breaks stay as sent (XCCOS 3.9), where a strict reader would turn
// CR LF into LF.
func (s *scanner) decode(raw []byte) ([]byte, error) {
	amp := bytes.IndexByte(raw, '&')
	if amp < 0 {
		return raw, nil
	}
	start, whole := len(s.t.arena), len(raw)
	out := s.t.arena
	for amp >= 0 {
		out = append(out, raw[:amp]...)
		raw = raw[amp+1:]
		end := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		if end < 0 {
			s.pos += whole - len(raw) - 1 // where the & stands
			return nil, s.fail("an & that begins no entity")
		}
		r, ok := entity(raw[:end])
		if !ok {
			s.pos += whole - len(raw) - 1
			return nil, s.fail("an entity that is not known")
		}
		out = utf8.AppendRune(out, r)
		raw = raw[end+1:]
		amp = bytes.IndexByte(raw, '&')
	}
	out = append(out, raw...)
	s.t.arena = out
	return out[start:len(out):len(out)], nil
}

func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	base, digits := 10, string(name[1:])
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && allowed(rune(n))
}

// allowed says whether XML 1.0 (2.2) allows the character.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
