package fileweb

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"perch/chat"
)

// call is one request: an operation and its parameters in order.
type call struct {
	operation  string
	parameters []parameter
}

type parameter struct{ name, text string }

// Bounds of what is read.
const (
	// envelopeBytes is what a request has beside a chunk.
	envelopeBytes = 64 << 10
	// maxParameters is more than any operation has.
	maxParameters = 16
)

// chunkName is the parameter that carries a file's bytes.
const chunkName = "fileChunk"

// bounded reads up to left bytes, and then refuses.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, chat.E(chat.KindTooLarge, "the request is too large")
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// read reads a request. Names are read in any case and any namespace (XCCOS 15).
// What carries a file's bytes is read only behind a good token.
func (s *Front) read(r *http.Request) (*call, error) {
	in := &bounded{r.Body, envelopeBytes}
	d := xml.NewDecoder(in)
	c := new(call)
	for _, name := range []string{"Envelope", "Body"} {
		if _, err := begin(d, name); err != nil {
			return nil, err
		}
	}
	e, err := begin(d, "")
	if err != nil {
		return nil, err
	}
	for name := range s.table {
		if strings.EqualFold(name, e.Name.Local) {
			c.operation = name
		}
	}
	if c.operation == "" {
		return nil, chat.E(chat.KindNotSupported, fmt.Sprintf("the file service has no operation %q", e.Name.Local))
	}
	for {
		e, err := next(d)
		if err != nil || e == nil {
			return c, err
		}
		if strings.EqualFold(e.Name.Local, chunkName) {
			if err := s.files.Admit(r.Context(), c.text("token"), c.text("channelId"), true); err != nil {
				return nil, err
			}
			in.left += int64(base64.StdEncoding.EncodedLen(s.files.ChunkKB()<<10)) * 11 / 10 // it may be broken into lines
		}
		text, err := content(d)
		if err != nil {
			return nil, err
		}
		if c.parameters = append(c.parameters, parameter{e.Name.Local, text}); len(c.parameters) > maxParameters {
			return nil, chat.E(chat.KindInvalid, "the request has too many parameters")
		}
	}
}

// begin goes to the next element of a name, any for none, passing over others.
func begin(d *xml.Decoder, name string) (*xml.StartElement, error) {
	for {
		e, err := next(d)
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			return nil, chat.E(chat.KindInvalid, "this is no SOAP request: it has no "+name)
		case name == "" || strings.EqualFold(e.Name.Local, name):
			return e, nil
		}
		if err := d.Skip(); err != nil {
			return nil, unreadable(err)
		}
	}
}

// next is the next child, or nil at the end of the parent.
func next(d *xml.Decoder) (*xml.StartElement, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return nil, unreadable(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil //nolint:nilnil // there is none
		case xml.Directive:
			return nil, chat.E(chat.KindInvalid, "a request may not declare a document type")
		}
	}
}

// content is the text of the element that has just begun.
func content(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return "", unreadable(err)
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			return "", chat.E(chat.KindInvalid, "a parameter holds text, not "+t.Name.Local)
		}
	}
}

// unreadable is the refusal of what is not XML, or is cut short or too large.
func unreadable(err error) error {
	if known, ok := errors.AsType[*chat.Error](err); ok {
		return known
	}
	return chat.E(chat.KindInvalid, "the request cannot be read: "+err.Error())
}

func (c *call) find(name string) (string, bool) {
	for _, p := range c.parameters {
		if strings.EqualFold(p.name, name) {
			return p.text, true
		}
	}
	return "", false
}

// text is a parameter, or empty.
func (c *call) text(name string) string {
	text, _ := c.find(name)
	return text
}

// other is the first parameter that is neither token nor room: what operations
// whose requests were not seen are about (XCCOS 10 [guess]).
func (c *call) other() string {
	for _, p := range c.parameters {
		if !strings.EqualFold(p.name, "token") && !strings.EqualFold(p.name, "channelId") {
			return p.text
		}
	}
	return ""
}

// number is a parameter that must be there.
func (c *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(c.text(name)), 10, 64)
	if err != nil {
		return 0, chat.E(chat.KindInvalid, fmt.Sprintf("%s = %q is not a number", name, c.text(name)))
	}
	return n, nil
}

// bytes is a parameter in base64 that must be there.
func (c *call) bytes(name string) ([]byte, error) {
	text, ok := c.find(name)
	if !ok {
		return nil, chat.E(chat.KindInvalid, name+" is missing")
	}
	text = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' {
			return -1 // the decoder passes over line ends itself
		}
		return r
	}, text)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, chat.E(chat.KindInvalid, name+" is not base64")
	}
	return data, nil
}
