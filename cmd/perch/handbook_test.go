package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestHandbook: the compliance handbook shows every command that is an officer's
// or an auditor's. (That tests run each that it shows is in docs_test.go.)
func TestHandbook(t *testing.T) {
	book, err := os.ReadFile("../../docs/compliance.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, leaf := range parser.Model.Leaves(true) {
		path := strings.Join(words(leaf), " ")
		first, _, _ := strings.Cut(path, " ")
		if first != "compliance" && first != "archive" && first != "duty" && first != "witness" {
			continue
		}
		if n++; !strings.Contains(string(book), "perch "+path) {
			t.Errorf("the handbook does not show perch %s", path)
		}
	}
	if n < 35 {
		t.Errorf("only %d commands were looked at", n)
	}
}

// words are a command's and those above it.
func words(n *kong.Node) []string {
	if n.Parent == nil {
		return nil
	}
	return append(words(n.Parent), n.Name)
}
