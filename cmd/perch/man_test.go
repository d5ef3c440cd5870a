// White box: pages and completions are made from the parser's model, which is
// not to be had from outside.
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func model(t *testing.T) *kong.Node {
	t.Helper()
	k, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	return k.Model.Node
}

// TestHelp: every command, argument and flag says what it is for, in a sentence.
func TestHelp(t *testing.T) {
	var check func(n *kong.Node)
	check = func(n *kong.Node) {
		said := map[string]string{n.FullPath(): n.Help}
		for _, f := range n.Flags {
			said[n.FullPath()+" --"+f.Name] = f.Help
		}
		for _, p := range n.Positional {
			said[n.FullPath()+" "+p.Summary()] = p.Help
		}
		for what, help := range said {
			if !strings.HasSuffix(help, ".") && !strings.HasSuffix(help, ".)") {
				t.Errorf("%s has the help %q, which is no sentence", what, help)
			}
		}
		for _, c := range n.Children {
			check(c)
		}
	}
	check(model(t))
}

// TestManPages: every command stands on a page with all its flags, and the pages
// are good roff.
func TestManPages(t *testing.T) {
	root := model(t)
	dir := t.TempDir()
	whole := ""
	for _, n := range manPages(root) {
		page := manPage(n)
		whole += page
		for _, leaf := range leaves(n) {
			if n == root {
				break
			}
			for m := leaf; m != nil; m = m.Parent {
				for _, f := range m.Flags {
					if !f.Hidden && !strings.Contains(page, `"`+roffText(f.String())) {
						t.Errorf("%s: the flag --%s of %s is missing", pageName(n), f.Name, leaf.FullPath())
					}
				}
			}
		}
		checkRoff(t, pageName(n), page)
		if err := os.WriteFile(filepath.Join(dir, pageName(n)+".1"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, leaf := range leaves(root) {
		if !strings.Contains(whole, `"`+roffText(root.Name+" "+leaf.Summary())+`"`) {
			t.Errorf("%s stands on no page", leaf.FullPath())
		}
	}
	render(t, dir)
}

var (
	macroLine = regexp.MustCompile(`^\.(TH [A-Z\\-]+ 1 "" "[^"]*" "[^"]*"|(SH|SS|B) "[^"]+"|TP|PP|br)$`)
	textLine  = regexp.MustCompile(`^\\&([^\\"]|\\e|\\-|\\\(dq|\\\(aq)+$`)
)

// checkRoff is a check for machines without a program that renders: each line is
// one of our macros, or text in which all markup is escaped, and a term is
// followed by what it means.
func checkRoff(t *testing.T, name, page string) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
	if !strings.HasPrefix(lines[0], ".TH ") {
		t.Errorf("%s begins with %s", name, lines[0])
	}
	for i, line := range lines {
		if !macroLine.MatchString(line) && !textLine.MatchString(line) {
			t.Errorf("%s:%d: %q is neither macro nor text", name, i+1, line)
		}
		if line == ".TP" && (i+2 >= len(lines) || !strings.HasPrefix(lines[i+1], ".B ") || !textLine.MatchString(lines[i+2])) {
			t.Errorf("%s:%d: a term without meaning", name, i+1)
		}
	}
}

// render has the programs that are there read the pages.
func render(t *testing.T, dir string) {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 15 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	for _, program := range [][]string{
		{"man", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l"},
		{"mandoc", "-T", "lint", "-W", "error"},
	} {
		if _, err := exec.LookPath(program[0]); err != nil {
			t.Logf("%s is not here: %v", program[0], err)
			continue
		}
		for _, page := range pages {
			cmd := exec.CommandContext(t.Context(), program[0], append(program[1:len(program):len(program)], page)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANROFFSEQ=", "MANWIDTH=100")
			var said strings.Builder
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil || said.Len() > 0 || program[0] == "man" && len(out) == 0 {
				t.Errorf("%s %s: %v\n%s%s", program[0], filepath.Base(page), err, said.String(), out)
			}
		}
	}
}
