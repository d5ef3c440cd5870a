package perch_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCitations checks that every clause of docs/protocol.md that code, tests
// or documents cite stands there.
func TestCitations(t *testing.T) {
	protocol, err := os.ReadFile("docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	stands := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ ((?:SIPE|XCCOS) [\d.]+)`).FindAllStringSubmatch(string(protocol), -1) {
		stands[m[1]] = true
	}
	if len(stands) < 50 {
		t.Fatalf("only %d clauses found in docs/protocol.md", len(stands))
	}
	cite := regexp.MustCompile(`\b(SIPE|XCCOS) (\d+(?:\.\d+)?)\b`)
	err = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "bin" || d.Name() == "node_modules" || d.Name() == "torture" || d.Name() == "fuzz"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		switch filepath.Ext(name) {
		case ".go", ".txt", ".txtar", ".md", ".c":
		default:
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range cite.FindAllStringSubmatch(string(text), -1) {
			if clause := m[1] + " " + m[2]; !stands[clause] && !strings.HasPrefix(m[2], "1.25") {
				t.Errorf("%s cites %s, which is not in docs/protocol.md", name, clause)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
