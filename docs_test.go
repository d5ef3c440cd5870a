package perch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestHandbook: every command that the compliance handbook shows is run by
// the tests of the binary, with each of the flags that the handbook shows.
func TestHandbook(t *testing.T) {
	book, err := os.ReadFile("docs/compliance.md")
	if err != nil {
		t.Fatal(err)
	}
	run := commandsRun(t)
	shown := regexp.MustCompile(`(?m)^    (?:bin/)?perch ([^#\n]+)|^    go run \./docs/(evidence)`).FindAllStringSubmatch(string(book), -1)
	if len(shown) < 40 {
		t.Fatalf("found %d commands in the handbook", len(shown))
	}
	for _, c := range shown {
		words := strings.Fields(c[1] + c[2])
		// The command's words: those before a flag, a file or a name.
		name := slices.Clone(words[:min(2, len(words))])
		for _, w := range words[len(name):] {
			if !slices.Contains([]string{"show", "set", "add", "list", "delete", "class", "erase", "run", "new", "enroll", "revoke", "release"}, w) {
				break
			}
			name = append(name, w)
		}
		command := strings.Join(name, " ")
		lines := run.with(command)
		if len(lines) == 0 {
			t.Errorf("no test runs %q", command)
		}
		for _, w := range words {
			flag, _, _ := strings.Cut(w, "=")
			if strings.HasPrefix(flag, "--") && !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, flag) }) {
				t.Errorf("no test runs %q with %s", command, flag)
			}
		}
	}
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(string(book), -1) {
		if len(run.with(flag)) == 0 {
			t.Errorf("no test uses %s", flag)
		}
	}
}

// ran are the lines of tests that run commands, words parted by single spaces.
type ran []string

func (r ran) with(words string) (out ran) {
	for _, line := range r {
		if strings.Contains(line, words) {
			out = append(out, line)
		}
	}
	return out
}

// commandsRun are the commands of scripts, and calls of the program in tests of Go.
func commandsRun(t *testing.T) (out ran) {
	t.Helper()
	scripts, err := filepath.Glob("test/e2e/testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := filepath.Glob("test/e2e/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(scripts, tests...) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), ",\n", ", ") // a call on several lines
		for line := range strings.Lines(text) {
			if strings.HasSuffix(name, ".go") {
				line = strings.NewReplacer(`", "`, " ", `"`, " ").Replace(line)
			}
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
	}
	return out
}
