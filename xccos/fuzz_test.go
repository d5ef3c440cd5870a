package xccos_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"perch/xccos"
)

// FuzzDecode checks that no body makes the reader panic, and that encoding/xml
// agrees on every body that it takes: on its form, and on what stands in it.
func FuzzDecode(f *testing.F) {
	for _, file := range captured(f) {
		f.Add(read(f, file))
	}
	for _, w := range written {
		f.Add(w.body)
	}
	for _, body := range []string{
		posted(`a<!-- x -->b<?y z?>c&amp;d<![CDATA[<a>]]>`), posted(`&#65;&#x41;&#xD;`), "\ufeff<?xml version='1.0'?>" + posted("x"),
		`<x:xccos xmlns:x="urn:a" envid='7'><x:cmd x:id="cmd:x" xmlns:id="y" z = ">"><a.b-c_1/></x:cmd ></x:xccos>`,
		`<!DOCTYPE a [<!ENTITY b "c">]><xccos/>`, envelope("<cmd id='cmd:x'>\r\n</cmd>\r\n"), "<xccos>" + strings.Repeat("<cmd id='a'>", 31),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := xccos.Decode(body)
		if err != nil {
			if len(err.Error()) > 200 || errors.Unwrap(err) == nil {
				t.Errorf("not an error to show: %v", err)
			}
			return
		}
		defer e.Release()
		describe(e)
		root, err := parse(body)
		if err != nil {
			if why := excuse(body, err); why == "" {
				t.Errorf("encoding/xml: %v", err)
			}
			return
		}
		i := 0
		for _, kid := range root.kids {
			if isPrimitive(kid.name) {
				kid.compare(t, e.Primitives[i].Element)
				i++
			}
		}
		if i != len(e.Primitives) {
			t.Errorf("%d primitives, encoding/xml finds %d", len(e.Primitives), i)
		}
	})
}

// excuses are the reasons for taking what encoding/xml refuses: what its error
// says, and what the body then holds.
var excuses = []struct {
	says  string
	holds *regexp.Regexp
	why   string
}{
	{"unescaped ]]> not in CDATA section", regexp.MustCompile(`]]>`), "]]> is plain text to us: nothing else can be meant"},
	{`invalid sequence "--" not allowed in comments`, regexp.MustCompile(`(?s)<!--.*--.*-->`), "comments are passed over unread"},
	{"expected target name after <?", regexp.MustCompile(`<\?`), "processing instructions are passed over unread"},
	{"invalid XML name: ", regexp.MustCompile(`<\?|[^\x00-\x7f]`), "so are their names; and names outside of ASCII are not looked at"},
	{"xml: unsupported version", regexp.MustCompile(`<\?xml`), "the declaration is passed over: the text is UTF-8 (XCCOS 1.3)"},
	{"expected element name after <", colons, "of several prefixes all are cut off"},
	{"expected attribute name in element", colons, "of several prefixes all are cut off"},
}

// colons finds a name with more than one prefix, or with characters outside of ASCII.
var colons = regexp.MustCompile(`[\w.-]*:[\w.-]*:|[^\x00-\x7f]`)

var quoted = regexp.MustCompile(`"[^"]*"|'[^']*'`)

func excuse(body []byte, err error) string {
	for _, x := range excuses {
		in := body
		if x.holds == colons {
			in = quoted.ReplaceAll(body, nil)
		}
		if strings.Contains(err.Error(), x.says) && x.holds.Match(in) {
			return x.why
		}
	}
	return ""
}

// node is an element as encoding/xml reads it.
type node struct {
	name  string
	text  string
	attrs []xml.Attr
	kids  []*node
}

var errShape = errors.New("not one document")

// parse reads a document with encoding/xml.
func parse(body []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // the declaration is not looked at
	top := &node{}
	open := []*node{top}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{name: local(token.Name.Local), attrs: token.Attr}
			last.kids = append(last.kids, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(token)
		case xml.Directive:
			return nil, fmt.Errorf("%w: <!%s>", errShape, token)
		}
	}
	if len(open) != 1 || len(top.kids) != 1 || strings.Trim(top.text, "\ufeff \t\r\n") != "" {
		return nil, fmt.Errorf("%w: %d roots, %q outside", errShape, len(top.kids), top.text)
	}
	return top.kids[0], nil
}

// compare checks that an element is the same to both readers, but for line
// ends: encoding/xml makes CR LF one character, as the standard says, and we
// do not (XCCOS 3.9).
func (n *node) compare(t *testing.T, e xccos.Element) {
	t.Helper()
	if e.Name() != n.name || oneLine(e.Text()) != oneLine(n.text) {
		t.Errorf("<%s>%q is to encoding/xml <%s>%q", e.Name(), e.Text(), n.name, n.text)
	}
	seen := map[string]bool{}
	for _, a := range n.attrs {
		name := local(a.Name.Local)
		if key := fold(name); a.Name.Space != "xmlns" && !seen[key] {
			seen[key] = true
			if got := e.Attr(name); oneLine(got) != oneLine(a.Value) {
				t.Errorf("<%s %s=%q> is to encoding/xml %q", n.name, name, got, a.Value)
			}
		}
	}
	i := 0
	for c := range e.Children() {
		if i == len(n.kids) {
			t.Fatalf("<%s> has more than %d elements", n.name, i)
		}
		n.kids[i].compare(t, c)
		i++
	}
	if i != len(n.kids) {
		t.Errorf("<%s> has %d elements, to encoding/xml %d", n.name, i, len(n.kids))
	}
}

func oneLine(s string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(s) }

// fold makes names that differ in case equal.
func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

func isPrimitive(name string) bool {
	for _, p := range []string{"cmd", "rpl", "ntc", "grpchat"} {
		if strings.EqualFold(name, p) {
			return true
		}
	}
	return false
}
