package perch_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/coverage.md")

// clause is a heading of docs/protocol.md and the files that cite it.
type clause struct {
	number, title string
	tags          string
	code, tests   map[string]bool
}

var (
	heading  = regexp.MustCompile(`(?m)^#+ ((?:SIPE|XCCOS) [\d.]+) (.*)$`)
	citation = regexp.MustCompile(`\b(SIPE|XCCOS) (\d+(?:\.\d+)?)\b`)
	tag      = regexp.MustCompile(`\[(sipe|csharp|docs|likely|guess|design)\]`)
)

// TestCitations checks that every clause of docs/protocol.md that code, tests
// or documents cite stands there, and that docs/coverage.md tells who cites
// which.
func TestCitations(t *testing.T) {
	protocol, err := os.ReadFile("docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	clauses, stands := readClauses(string(protocol))
	if len(clauses) < 50 {
		t.Fatalf("only %d clauses found in docs/protocol.md", len(clauses))
	}
	if err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return skipFolder(name, d, err)
		}
		text, err := citing(name)
		for _, m := range citation.FindAllStringSubmatch(text, -1) {
			c := stands[m[1]+" "+m[2]]
			switch {
			case c == nil && !strings.HasPrefix(m[2], "1.25"): // the client's version
				t.Errorf("%s cites %s, which is not in docs/protocol.md", name, m[0])
			case c != nil:
				c.cite(filepath.ToSlash(name))
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	compareCoverage(t, coverage(clauses))
}

// readClauses lists the clauses in their order, with the tags of heading and text.
func readClauses(protocol string) (all []*clause, byNumber map[string]*clause) {
	byNumber = map[string]*clause{}
	places := heading.FindAllStringSubmatchIndex(protocol, -1)
	for i, at := range places {
		end := len(protocol)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		if next := strings.Index(protocol[at[1]:end], "\n# "); next >= 0 {
			end = at[1] + next // a part of the document that has no clauses
		}
		title := protocol[at[4]:at[5]]
		c := &clause{number: protocol[at[2]:at[3]], title: strings.TrimSpace(tag.ReplaceAllString(title, "")), code: map[string]bool{}, tests: map[string]bool{}}
		var tags []string
		for _, m := range tag.FindAllString(protocol[at[0]:end], -1) {
			if !slices.Contains(tags, m) {
				tags = append(tags, m)
			}
		}
		c.tags = strings.Join(tags, " ")
		all = append(all, c)
		byNumber[c.number] = c
	}
	return all, byNumber
}

func skipFolder(name string, d fs.DirEntry, err error) error {
	if err == nil && (strings.HasPrefix(d.Name(), ".") && name != "." || slices.Contains([]string{"bin", "node_modules", "torture", "fuzz"}, d.Name())) {
		return fs.SkipDir
	}
	return err
}

// citing returns the text of a file that can cite clauses.
func citing(name string) (string, error) {
	if !slices.Contains([]string{".go", ".txt", ".txtar", ".md", ".c"}, filepath.Ext(name)) || name == filepath.Join("docs", "coverage.md") {
		return "", nil
	}
	text, err := os.ReadFile(name)
	return string(text), err
}

// cite notes a file as code or test; documents are neither.
func (c *clause) cite(name string) {
	switch {
	case strings.HasSuffix(name, ".md"):
	case strings.HasSuffix(name, "_test.go"), strings.Contains(name, "testdata/"), strings.HasPrefix(name, "test/"), strings.HasPrefix(name, "chat/chattest/"):
		c.tests[name] = true
	default:
		c.code[name] = true
	}
}

// coverage is docs/coverage.md.
func coverage(clauses []*clause) string {
	var b, open strings.Builder
	b.WriteString("# Coverage of the protocol\n\nMade by `go test . -run Citations -update` from the clauses that code and tests cite.\n" +
		"What is `[likely]` or `[guess]` was never seen on a wire: that list is the work order for the first real client.\n\n" +
		"| clause | evidence | code | tests |\n|---|---|---|---|\n")
	for _, c := range clauses {
		fmt.Fprintf(&b, "| %s %s | %s | %s | %s |\n", c.number, c.title, c.tags, list(c.code), list(c.tests))
		if strings.Contains(c.tags, "likely") || strings.Contains(c.tags, "guess") {
			fmt.Fprintf(&open, "- %s %s\n", c.number, c.title)
		}
	}
	return b.String() + "\n## Not seen on a wire\n\n" + open.String()
}

func list(names map[string]bool) string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		out = append(out, strings.TrimSuffix(n, ".txtar"))
	}
	return strings.Join(out, ", ")
}

func compareCoverage(t *testing.T, want string) {
	t.Helper()
	const name = "docs/coverage.md"
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s is not what code and tests cite now (%v); run: go test . -run Citations -update", name, err)
	}
}
