package xccos

import (
	"iter"
	"strconv"
	"strings"
	"sync"
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
	joined      bool   // text is a copy of its own, which can grow
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
