package xccos

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Namespace of all XCCOS elements (XCCOS 2).
const Namespace = "urn:parlano:xml:ns:xccos"

// MaxPrimitives is how many commands and messages one envelope may hold.
const MaxPrimitives = 64

// ErrEnvelope says that a body is well-formed XML, but no XCCOS envelope.
var ErrEnvelope = errors.New("not an XCCOS envelope")

// Envelope is a received xccos document (XCCOS 2). It aliases the body it was
// decoded from, and is valid until Release.
type Envelope struct {
	ID         string // envid, as it came
	Primitives []Primitive
	t          *tree
	few        [2]Primitive
}

// Kind tells the primitives apart.
type Kind int

const (
	Command Kind = iota
	Reply
	Notice
	Chat
)

// Primitive is one command, reply, notice or chat message.
type Primitive struct {
	Kind Kind
	// Name is the id without its prefix, in lower case: "bjoin", "grpchat".
	Name string
	Seq  string // seqid, as it came
	// Element is the primitive itself; Data its data child, if any.
	Element, Data Element
}

// Decode reads an envelope. The error says what is wrong, for the sender.
func Decode(body []byte) (*Envelope, error) {
	t := trees.Get().(*tree)
	t.elements, t.attrs, t.arena = t.elements[:0], t.attrs[:0], t.arena[:0]
	t.source = body
	s := scanner{in: body, t: t}
	if err := s.parse(); err != nil {
		trees.Put(t)
		return nil, err
	}
	e := &Envelope{t: t}
	e.Primitives = e.few[:0]
	if err := e.read(Element{t, 0}); err != nil {
		trees.Put(t)
		return nil, err
	}
	return e, nil
}

// Release gives the envelope's memory back; nothing of it may be used after,
// but for the strings that were read out of it. Released again it does nothing.
func (e *Envelope) Release() {
	if e.t != nil {
		trees.Put(e.t)
	}
	*e = Envelope{}
}

func (e *Envelope) read(root Element) error {
	if !root.Is("xccos") {
		return fmt.Errorf("%w: the document is <%.40s>", ErrEnvelope, root.Name())
	}
	e.ID = root.Attr("envid")
	for c := range root.Children() {
		p, ok := primitive(c)
		if !ok {
			continue // unknown elements are allowed everywhere (XCCOS 16)
		}
		if p.Name == "" {
			return fmt.Errorf("%w: a <%.40s> without an id", ErrEnvelope, c.Name())
		}
		if len(e.Primitives) == MaxPrimitives {
			return fmt.Errorf("%w: more than %d commands", ErrEnvelope, MaxPrimitives)
		}
		e.Primitives = append(e.Primitives, p)
	}
	if len(e.Primitives) == 0 {
		return fmt.Errorf("%w: it holds no command and no message", ErrEnvelope)
	}
	return nil
}

func primitive(c Element) (Primitive, bool) {
	p := Primitive{Element: c, Seq: c.Attr("seqid")}
	switch {
	case c.Is("cmd"):
		p.Kind = Command
	case c.Is("rpl"):
		p.Kind = Reply
	case c.Is("ntc"):
		p.Kind = Notice
	case c.Is("grpchat"):
		p.Kind, p.Name = Chat, "grpchat"
		return p, true
	default:
		return p, false
	}
	p.Data = c.Child("data")
	id, _ := c.attr("id")
	p.Name = nameOf(id)
	return p, true
}

// names are the verbs that are known: looking one up does not allocate.
var names = func() map[string]string {
	m := map[string]string{}
	for _, n := range []string{
		"requri", "getserverinfo", "getassociations", "join", "bjoin", "part", "bccontext", "bcbydate", "bcbymsg", "getinv", "chansrch",
		"getpref", "setpref", "nodespermcreatechild", "chancreate", "chanmodify", "getchan", "getroles", "roleadd", "roleremove", "getperm",
		"geteligible", "getcatusers", "getcategories", "getaddins", "finduser", "getprincipal", "getpartlist",
	} {
		m["cmd:"+n] = n
	}
	return m
}()

func nameOf(id []byte) string {
	if n, ok := names[string(id)]; ok {
		return n
	}
	name := strings.ToLower(string(id))
	if _, after, ok := strings.Cut(name, ":"); ok {
		return after
	}
	return name
}

// Ref names the command that a reply answers: its seqid and envid.
type Ref struct{ Seq, EnvID string }

// openEnvelope begins an envelope in the form seen from real servers.
func openEnvelope(dst []byte, envid uint64) []byte {
	dst = append(dst, `<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ver="1" envid="`...)
	dst = strconv.AppendUint(dst, envid, 10)
	return append(dst, `" xmlns="`+Namespace+`">`...)
}

// AppendReply appends a whole envelope with one reply; data appends what
// stands in its data element, and may be nil.
func AppendReply(dst []byte, envid uint64, name string, ref Ref, code int, text string, data func([]byte) []byte) []byte {
	dst = openEnvelope(dst, envid)
	dst = appendValue(append(dst, `<rpl id="rpl:`...), name) // it may be one that a client made up
	dst = append(dst, `" seqid="1"><commandid seqid="`...)
	dst = appendValue(dst, ref.Seq)
	dst = append(dst, `" envid="`...)
	dst = appendValue(dst, ref.EnvID)
	dst = append(dst, `"/><resp code="`...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(dst, `">`...)
	dst = AppendEscaped(dst, text)
	dst = append(dst, `</resp>`...)
	dst = appendData(dst, data)
	return append(dst, `</rpl></xccos>`...)
}

// AppendNotice appends a whole envelope with one notice.
func AppendNotice(dst []byte, envid uint64, name string, data func([]byte) []byte) []byte {
	dst = openEnvelope(dst, envid)
	dst = appendValue(append(dst, `<ntc id="ntc:`...), name)
	dst = append(dst, `" seqid="1">`...)
	dst = appendData(dst, data)
	return append(dst, `</ntc></xccos>`...)
}

func appendData(dst []byte, data func([]byte) []byte) []byte {
	if data == nil {
		return append(dst, `<data/>`...)
	}
	dst = append(dst, `<data>`...)
	dst = data(dst)
	return append(dst, `</data>`...)
}

// Source is the body that the primitive came in, cut to a length that suits a log.
func (p *Primitive) Source() string {
	const most = 4096
	t := p.Element.t
	if t == nil {
		return ""
	}
	return string(t.source[:min(len(t.source), most)])
}
