package perch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHandbook: every command that the compliance handbook shows is run by
// the tests of the binary.
func TestHandbook(t *testing.T) {
	book, err := os.ReadFile("docs/compliance.md")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("test/e2e/testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	scripts = append(scripts, "test/e2e/archive_test.go")
	var run strings.Builder
	for _, name := range scripts {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		run.Write(b)
	}
	commands := regexp.MustCompile(`(?m)^    (?:bin/)?(perch \w+ [a-z]+(?: [a-z]+)?)`).FindAllStringSubmatch(string(book), -1)
	if len(commands) < 8 {
		t.Fatalf("found %d commands in the handbook", len(commands))
	}
	for _, c := range commands {
		words := strings.Fields(c[1])
		if words[1] != "compliance" || words[2] != "settings" {
			words = words[:3]
		}
		if command := strings.Join(words, " "); !strings.Contains(run.String(), command) {
			t.Errorf("no script runs %q", command)
		}
	}
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(string(book), -1) {
		if !strings.Contains(run.String(), flag) {
			t.Errorf("no script uses %s", flag)
		}
	}
}
