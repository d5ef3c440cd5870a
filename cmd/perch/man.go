package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct {
	Command []string `arg:"" optional:"" help:"Command whose page to print; none: perch itself."`
	All     string   `placeholder:"DIR" help:"Write all pages into this folder, as perch.1, perch-room.1 and so on."`
}

// Run prints a page, or writes all.
func (c *manCmd) Run(k *kong.Context, g *globals) error {
	root := k.Model.Node
	if c.All == "" {
		n, err := commandAt(root, c.Command)
		if err != nil {
			return err
		}
		fmt.Fprint(g.out, manPage(n))
		return nil
	}
	if len(c.Command) > 0 {
		return usageError("name a command or give --all, not both")
	}
	if err := os.MkdirAll(c.All, 0o755); err != nil {
		return err
	}
	pages := manPages(root)
	for _, n := range pages {
		name := filepath.Join(c.All, pageName(n)+".1")
		if err := os.WriteFile(name, []byte(manPage(n)), 0o644); err != nil { //nolint:gosec // a manual is to be read
			return err
		}
	}
	return g.done("wrote %d pages to %s", len(pages), c.All)
}

// commandAt goes down from the root by the names of commands.
func commandAt(n *kong.Node, names []string) (*kong.Node, error) {
	for _, name := range names {
		i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == name })
		if i < 0 {
			return nil, usageError(fmt.Sprintf("%s has no command %q", n.FullPath(), name))
		}
		n = n.Children[i]
	}
	return n, nil
}

// manPages are the commands that have a page each: perch, and what stands
// right below it.
func manPages(root *kong.Node) []*kong.Node {
	return append([]*kong.Node{root}, shownBelow(root)...)
}

func shownBelow(n *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *kong.Node) bool { return c.Hidden })
}

// pageName is perch, or perch-room.
func pageName(n *kong.Node) string { return strings.ReplaceAll(n.FullPath(), " ", "-") }

// manPage is the page about one command, and for a group about all below it, in
// the man macros.
func manPage(n *kong.Node) string {
	root := n
	for root.Parent != nil {
		root = root.Parent
	}
	var b roff
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"perch %s\" \"Perch\"\n", roffText(strings.ToUpper(pageName(n))), roffText(version))
	b.macro("SH", "NAME")
	b.text(pageName(n) + " - " + strings.TrimSuffix(n.Help, "."))
	b.macro("SH", "SYNOPSIS")
	if n == root {
		b.macro("B", "perch <command> [flags]")
	} else {
		for i, leaf := range leaves(n) {
			if i > 0 {
				b.macro("br", "")
			}
			b.macro("B", root.Name+" "+leaf.Summary())
		}
	}
	b.macro("SH", "DESCRIPTION")
	b.text(n.Help)
	b.paragraphs(n.Detail)
	switch {
	case n == root:
		b.macro("SH", "COMMANDS")
		for _, c := range shownBelow(root) {
			b.item(pageName(c)+"(1)", c.Help)
		}
	case n.Leaf():
		b.values(n)
	default:
		b.macro("SH", "COMMANDS")
		for _, leaf := range leaves(n) {
			b.macro("SS", leaf.FullPath())
			b.text(leaf.Help)
			b.paragraphs(leaf.Detail)
			b.values(leaf)
		}
	}
	b.common(n, root)
	return b.String()
}

// leaves are the commands at and below one that can be run.
func leaves(n *kong.Node) []*kong.Node {
	if n.Leaf() {
		return []*kong.Node{n}
	}
	return n.Leaves(true)
}

// roff is a page that is being written.
type roff struct{ strings.Builder }

// roffText makes text of what could be markup, also in a macro's arguments.
func roffText(s string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`, `"`, `\(dq`, `'`, `\(aq`).Replace(s)
}

// macro writes a macro with one argument.
func (b *roff) macro(name, arg string) {
	fmt.Fprintf(b, ".%s", name)
	if arg != "" {
		fmt.Fprintf(b, " \"%s\"", roffText(arg))
	}
	b.WriteByte('\n')
}

// text writes lines of text; a dot at the beginning is no macro.
func (b *roff) text(s string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(b, "\\&%s\n", roffText(line))
		}
	}
}

// paragraphs writes what a blank line parts.
func (b *roff) paragraphs(s string) {
	if s == "" {
		return
	}
	for p := range strings.SplitSeq(s, "\n\n") {
		b.macro("PP", "")
		b.text(p)
	}
}

// item writes a term and what it means.
func (b *roff) item(term, meaning string) {
	b.macro("TP", "")
	b.macro("B", term)
	b.text(meaning)
}

// values writes the arguments and flags of a command.
func (b *roff) values(n *kong.Node) {
	for _, p := range n.Positional {
		b.item(p.Summary(), kong.DefaultHelpValueFormatter(p))
	}
	for m := n; m.Parent != nil; m = m.Parent {
		b.flags(m.Flags)
	}
}

func (b *roff) flags(flags []*kong.Flag) {
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		term := f.String()
		if no := negated(f); no != "" {
			term += ", " + no
		}
		meaning := kong.DefaultHelpValueFormatter(f.Value)
		if f.Required {
			meaning += " Required."
		} else if f.HasDefault && f.PlaceHolder != "" {
			meaning += " Default: " + f.Default + "."
		}
		b.item(term, meaning)
	}
}

// common writes what stands on every page.
func (b *roff) common(n, root *kong.Node) {
	b.macro("SH", "FLAGS OF EVERY COMMAND")
	b.flags(root.Flags)
	b.macro("SH", "ENVIRONMENT")
	b.item("PERCH_DATA", "Data folder of the server, if neither --data nor --server is given.")
	b.macro("SH", "EXIT STATUS")
	b.item("0", "Done.")
	b.item("1", "Refused or failed; the reason is on standard error.")
	b.item("2", "Used wrongly.")
	b.macro("SH", "SEE ALSO")
	var others []string
	for _, c := range manPages(root) {
		if c != n && (n == root || c == root) {
			others = append(others, pageName(c)+"(1)")
		}
	}
	b.text(strings.Join(others, ", "))
}
