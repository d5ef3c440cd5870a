package wire_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is an element of an XML document as it stands on the wire: names keep
// their prefixes, and namespace declarations are attributes like others.
type node struct {
	name  string
	attrs []xml.Attr
	text  string
	kids  []*node
	open  bool // it held "...": more may stand in it than is written
}

// readTree reads a sequence of elements, as children of a nameless node.
func readTree(text string) (*node, error) {
	root := &node{}
	stack := []*node{root}
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: rawName(t.Name), attrs: append([]xml.Attr(nil), t.Attr...)}
			top.kids = append(top.kids, n)
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) == 1 || top.name != rawName(t.Name) {
				return nil, fmt.Errorf("</%s> closes nothing", rawName(t.Name))
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
		case xml.ProcInst:
			return nil, errors.New("there is an XML declaration (XCCOS 1.3)")
		}
	}
	if len(stack) > 1 {
		return nil, fmt.Errorf("<%s> is not closed", stack[len(stack)-1].name)
	}
	return root, root.settle()
}

func rawName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// settle finds "..." and drops white space between elements.
func (n *node) settle() error {
	if len(n.kids) > 0 || n.name == "" || strings.TrimSpace(n.text) == "..." {
		n.text = strings.TrimSpace(n.text)
	}
	if n.text == "..." {
		n.text, n.open = "", true
	}
	if len(n.kids) > 0 && n.text != "" {
		return fmt.Errorf("<%s> holds text beside elements: %q", n.name, n.text)
	}
	for _, kid := range n.kids {
		if err := kid.settle(); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) attr(name string) (string, bool) {
	for _, a := range n.attrs {
		if rawName(a.Name) == name {
			return a.Value, true
		}
	}
	return "", false
}

// match compares what came with what is wanted, and captures.
func (n *node) match(got *node, v variables) error {
	if n.name != got.name {
		return fmt.Errorf("<%s> stands where <%s> is wanted", got.name, n.name)
	}
	for _, a := range n.attrs {
		name := rawName(a.Name)
		value, ok := got.attr(name)
		if !ok {
			return fmt.Errorf("<%s> has no %s", n.name, name)
		}
		if err := v.match(a.Value, value); err != nil {
			return fmt.Errorf("<%s %s>: %w", n.name, name, err)
		}
	}
	if n.open {
		return n.matchSome(got, v)
	}
	for _, a := range got.attrs {
		if _, ok := n.attr(rawName(a.Name)); !ok {
			return fmt.Errorf("<%s> has %s=%q too", n.name, rawName(a.Name), a.Value)
		}
	}
	if err := v.match(n.text, got.text); err != nil {
		return fmt.Errorf("<%s>: %w", n.name, err)
	}
	for i, kid := range n.kids {
		if i == len(got.kids) {
			return fmt.Errorf("<%s> is missing in <%s>", kid.name, n.name)
		}
		if err := kid.match(got.kids[i], v); err != nil {
			return err
		}
	}
	if len(got.kids) > len(n.kids) {
		return fmt.Errorf("<%s> has <%s> too", n.name, got.kids[len(n.kids)].name)
	}
	return nil
}

// matchSome finds each wanted child, in order, among those that came.
func (n *node) matchSome(got *node, v variables) error {
	rest := got.kids
	for _, kid := range n.kids {
		var first error
		found := false
		for i, g := range rest {
			trial := v.clone()
			err := kid.match(g, trial)
			if err == nil {
				v.take(trial)
				rest, found = rest[i+1:], true
				break
			}
			if g.name == kid.name && first == nil {
				first = err
			}
		}
		if !found && first != nil {
			return first
		}
		if !found {
			return fmt.Errorf("<%s> is missing in <%s>", kid.name, n.name)
		}
	}
	return nil
}

// print writes elements a line each, as a part shows them.
func (n *node) print(b *strings.Builder, indent string) {
	b.WriteString(indent + "<" + n.name)
	for _, a := range n.attrs {
		fmt.Fprintf(b, ` %s="%s"`, rawName(a.Name), escape(a.Value))
	}
	switch {
	case len(n.kids) > 0:
		b.WriteString(">\n")
		for _, kid := range n.kids {
			kid.print(b, indent+"  ")
		}
		fmt.Fprintf(b, "%s</%s>\n", indent, n.name)
	case n.text != "":
		fmt.Fprintf(b, ">%s</%s>\n", escape(n.text), n.name)
	default:
		b.WriteString("/>\n")
	}
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return strings.NewReplacer("&#xA;", "\n", "&#39;", "'").Replace(b.String())
}
