package wire_test

import (
	"fmt"
	"strings"
)

// The two forms of an envelope (XCCOS 2).
const (
	clientEnvelope = `<xccos ver="1" envid="%s" xmlns="urn:parlano:xml:ns:xccos">%s</xccos>`
	serverEnvelope = `<xccos xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ver="1" envid="%s" xmlns="urn:parlano:xml:ns:xccos">%s</xccos>`
)

// primitives are how lines of a part begin that stand for an envelope.
var primitives = [...]string{"cmd:", "rpl:", "ntc:", "<cmd", "<rpl", "<ntc", "<grpchat"}

func beginsPrimitive(line string) bool {
	for _, p := range primitives {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// unabbreviate writes out what stands for the inside of an envelope.
func unabbreviate(body string) (inside string, ok bool) {
	if !beginsPrimitive(body) {
		return body, false
	}
	var b strings.Builder
	end := ""
	seq := 0
	for line := range strings.Lines(body) {
		if !beginsPrimitive(line) {
			b.WriteString(line)
			continue
		}
		b.WriteString(end)
		end = ""
		seq++
		if line[0] == '<' {
			b.WriteString(line)
			continue
		}
		var begin string
		begin, end = primitive(strings.Fields(line), seq)
		b.WriteString(begin)
	}
	b.WriteString(end)
	return b.String(), true
}

// primitive is the begin and the end of a command, reply or notice.
func primitive(w []string, seq int) (begin, end string) {
	kind := w[0][:3]
	begin, end = fmt.Sprintf(`<%s id="%s" seqid="%d">`, kind, w[0], seq), fmt.Sprintf("</data></%s>", kind)
	if kind != "rpl" {
		return begin + "<data>", end
	}
	of, envid := "1", "${envid}"
	var code, text string
	for _, x := range w[1:] {
		name, value, option := strings.Cut(x, "=")
		switch {
		case option && name == "seqid":
			of = value
		case option && name == "envid":
			envid = value
		case code == "":
			code = x
		default:
			text = strings.TrimSpace(text + " " + x)
		}
	}
	begin += fmt.Sprintf(`<commandid seqid="%s" envid="%s"/><resp code="%s">%s</resp><data>`, of, envid, code, text)
	return begin, end
}

// abbreviate shows a received body as a part would.
func abbreviate(body string, v variables) string {
	root, err := readTree(body)
	if err != nil || len(root.kids) == 0 {
		return body
	}
	var b strings.Builder
	if envelope := root.kids[0]; envelope.name == "xccos" {
		for _, kid := range envelope.kids {
			abbreviatePrimitive(&b, kid, v)
		}
	} else {
		for _, kid := range root.kids {
			kid.print(&b, "")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func abbreviatePrimitive(b *strings.Builder, n *node, v variables) {
	id, _ := n.attr("id")
	var data []*node
	switch {
	case n.name == "rpl" && len(n.kids) == 3:
		of, _ := n.kids[0].attr("seqid")
		envid, _ := n.kids[0].attr("envid")
		code, _ := n.kids[1].attr("code")
		fmt.Fprintf(b, "%s %s %s", id, code, n.kids[1].text)
		if of != "1" {
			b.WriteString(" seqid=" + of)
		}
		if envid != v["envid"] {
			b.WriteString(" envid=" + envid)
		}
		data = n.kids[2].kids
	case n.name == "ntc" && len(n.kids) == 1:
		b.WriteString(id)
		data = n.kids[0].kids
	default:
		n.print(b, "")
		return
	}
	b.WriteString("\n")
	for _, kid := range data {
		kid.print(b, "")
	}
}
