package xccos

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Bounds of one envelope.
const (
	maxDepth    = 32
	maxElements = 8192
	maxAttrs    = 64 // of one element
)

// tree is a parsed document: elements and attributes in document order. Names
// and values alias the input, or the arena if they had to be decoded.
type tree struct {
	elements []element
	attrs    []attr
	arena    []byte
	source   []byte
}

type element struct {
	name        []byte // without prefix
	text        []byte // character data directly inside
	attrs, end  int32  // of tree.attrs
	child, next int32  // 0: none (the root is nobody's child)
}

type attr struct{ name, value []byte }

var trees = sync.Pool{New: func() any { return new(tree) }}

// Element is one element of a decoded envelope, valid until the envelope is
// released. The zero value is an element without attributes and children.
type Element struct {
	t *tree
	i int32
}

// Name is the element's name without prefix, as written.
func (e Element) Name() string {
	if e.t == nil {
		return ""
	}
	return string(e.t.elements[e.i].name)
}

// Is compares the name without regard to case.
func (e Element) Is(name string) bool {
	return e.t != nil && fold(e.t.elements[e.i].name, name)
}

// Attr is the value of an attribute, found without regard to case; "" if
// there is none.
func (e Element) Attr(name string) string {
	v, _ := e.attr(name)
	return string(v)
}

func (e Element) attr(name string) ([]byte, bool) {
	if e.t == nil {
		return nil, false
	}
	el := &e.t.elements[e.i]
	for i := el.attrs; i < el.end; i++ {
		if fold(e.t.attrs[i].name, name) {
			return e.t.attrs[i].value, true
		}
	}
	return nil, false
}

// Int is a decimal attribute, or the default.
func (e Element) Int(name string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(e.Attr(name)))
	if err != nil {
		return otherwise
	}
	return n
}

// Bool is an attribute that says true, in any case.
func (e Element) Bool(name string) bool {
	return strings.EqualFold(strings.TrimSpace(e.Attr(name)), "true")
}

// Text is the character data directly inside the element, entities decoded.
func (e Element) Text() string {
	if e.t == nil {
		return ""
	}
	return string(e.t.elements[e.i].text)
}

// Children yields the elements directly inside.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		if e.t == nil {
			return
		}
		for i := e.t.elements[e.i].child; i != 0; i = e.t.elements[i].next {
			if !yield(Element{e.t, i}) {
				return
			}
		}
	}
}

// Child is the first child of that name, or the zero Element.
func (e Element) Child(name string) Element {
	for c := range e.Children() {
		if c.Is(name) {
			return c
		}
	}
	return Element{}
}

// Exists tells a found element from the zero one.
func (e Element) Exists() bool { return e.t != nil }

func fold(b []byte, s string) bool {
	return len(b) == len(s) && (string(b) == s || strings.EqualFold(string(b), s))
}

// scanner parses a document into a tree.
type scanner struct {
	in  []byte
	pos int
	t   *tree
}

var errXML = errors.New("not well-formed XML")

func (s *scanner) fail(what string) error {
	return fmt.Errorf("%w at byte %d: %s", errXML, s.pos, what)
}

// parse reads one document; the root is element 0.
func (s *scanner) parse() error {
	if !utf8.Valid(s.in) {
		return s.fail("the text is not UTF-8")
	}
	s.in = bytes.TrimPrefix(s.in, []byte("\ufeff"))
	var open [maxDepth]int32
	depth := 0
	for s.pos < len(s.in) {
		if s.in[s.pos] != '<' {
			if err := s.chars(open[:depth]); err != nil {
				return err
			}
			continue
		}
		rest := s.in[s.pos:]
		var err error
		switch {
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			err = s.cdata(open[:depth])
		case bytes.HasPrefix(rest, []byte("<!--")):
			err = s.skip("-->")
		case bytes.HasPrefix(rest, []byte("<?")):
			err = s.skip("?>")
		case bytes.HasPrefix(rest, []byte("<!")):
			err = s.fail("a document type is not accepted")
		case bytes.HasPrefix(rest, []byte("</")):
			err = s.closeTag(open[:depth])
			depth--
		default:
			if depth == maxDepth {
				return s.fail("elements are nested too deep")
			}
			var empty bool
			if open[depth], empty, err = s.openTag(open[:depth]); err == nil && !empty {
				depth++
			}
		}
		if err != nil {
			return err
		}
	}
	if depth > 0 || len(s.t.elements) == 0 {
		return s.fail("the document ends within an element")
	}
	return nil
}

func (s *scanner) skip(end string) error {
	i := bytes.Index(s.in[s.pos:], []byte(end))
	if i < 0 {
		return s.fail("missing " + end)
	}
	s.pos += i + len(end)
	return nil
}

// chars reads character data up to the next tag.
func (s *scanner) chars(open []int32) error {
	end := bytes.IndexByte(s.in[s.pos:], '<')
	if end < 0 {
		end = len(s.in) - s.pos
	}
	raw := s.in[s.pos : s.pos+end]
	if len(open) == 0 {
		if len(bytes.TrimSpace(raw)) > 0 {
			return s.fail("text outside of the document")
		}
		s.pos += end
		return nil
	}
	text, err := s.decode(raw)
	if err != nil {
		return err
	}
	s.addText(open[len(open)-1], text)
	s.pos += end
	return nil
}

func (s *scanner) cdata(open []int32) error {
	start := s.pos + len("<![CDATA[")
	if err := s.skip("]]>"); err != nil {
		return err
	}
	if len(open) == 0 {
		return s.fail("text outside of the document")
	}
	s.addText(open[len(open)-1], s.in[start:s.pos-3])
	return nil
}

// addText appends to an element's text; the usual single piece stays where it is.
func (s *scanner) addText(i int32, text []byte) {
	e := &s.t.elements[i]
	if len(e.text) == 0 {
		e.text = text
		return
	}
	joined := make([]byte, 0, len(e.text)+len(text))
	e.text = append(append(joined, e.text...), text...)
}

func (s *scanner) openTag(open []int32) (i int32, empty bool, err error) {
	if len(open) == 0 && len(s.t.elements) > 0 {
		return 0, false, s.fail("a second document follows")
	}
	if len(s.t.elements) >= maxElements {
		return 0, false, s.fail("too many elements")
	}
	s.pos++
	name := s.name()
	if len(name) == 0 {
		return 0, false, s.fail("a tag without a name")
	}
	i = int32(len(s.t.elements))
	e := element{name: local(name), attrs: int32(len(s.t.attrs))}
	if empty, err = s.attributes(int(e.attrs)); err != nil {
		return 0, false, err
	}
	e.end = int32(len(s.t.attrs))
	s.t.elements = append(s.t.elements, e)
	if len(open) > 0 {
		s.adopt(open[len(open)-1], i)
	}
	return i, empty, nil
}

// adopt makes i the last child of parent. The previous sibling is the last
// element whose parent is the same; walking costs little as envelopes are flat.
func (s *scanner) adopt(parent, i int32) {
	p := &s.t.elements[parent].child
	for *p != 0 {
		p = &s.t.elements[*p].next
	}
	*p = i
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
	if len(s.t.attrs)-first >= maxAttrs {
		return s.fail("too many attributes")
	}
	s.t.attrs = append(s.t.attrs, attr{local(name), value})
	return nil
}

func (s *scanner) closeTag(open []int32) error {
	s.pos += 2
	name := local(s.name())
	s.space()
	if len(open) == 0 || s.pos >= len(s.in) || s.in[s.pos] != '>' || !bytes.Equal(name, s.t.elements[open[len(open)-1]].name) {
		return s.fail("an end tag that does not fit")
	}
	s.pos++
	return nil
}

func (s *scanner) name() []byte {
	start := s.pos
	for s.pos < len(s.in) && !bytes.ContainsRune([]byte(" \t\r\n/>=<\"'&"), rune(s.in[s.pos])) {
		s.pos++
	}
	return s.in[start:s.pos]
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

// decode resolves entities and refuses what XML 1.0 does not allow. Without
// entities the raw bytes themselves are the text: line breaks stay as sent
// (XCCOS 3.9), where a strict reader would turn CR LF into LF.
func (s *scanner) decode(raw []byte) ([]byte, error) {
	for _, c := range raw {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return nil, s.fail("a control character that XML does not allow")
		}
	}
	amp := bytes.IndexByte(raw, '&')
	if amp < 0 {
		return raw, nil
	}
	start := len(s.t.arena)
	out := s.t.arena
	for amp >= 0 {
		out = append(out, raw[:amp]...)
		raw = raw[amp+1:]
		end := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		if end < 0 {
			return nil, s.fail("an & that begins no entity")
		}
		r, ok := entity(raw[:end])
		if !ok {
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
	if digits[0] == 'x' || digits[0] == 'X' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && allowed(rune(n))
}

// allowed says whether XML 1.0 (2.2) allows the character.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
