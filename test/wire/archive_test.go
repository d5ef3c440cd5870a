package wire_test

import (
	"fmt"
	"os"
	"strings"
)

// archive is a txtar file: a comment, here the script, and named parts.
type archive struct {
	file   string
	script string
	names  []string // of the parts, in order
	parts  map[string]string
	dirty  bool
}

func readArchive(file string) (*archive, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	a := &archive{file: file, parts: map[string]string{}}
	current := ""
	var b strings.Builder
	flush := func() {
		if current == "" {
			a.script = b.String()
		} else {
			a.parts[current] = strings.TrimRight(b.String(), "\n")
		}
		b.Reset()
	}
	for line := range strings.Lines(string(text)) {
		name, ok := marker(line)
		if !ok {
			b.WriteString(line)
			continue
		}
		flush()
		if _, twice := a.parts[name]; twice {
			return nil, fmt.Errorf("%s: there are two parts named %s", file, name)
		}
		current = name
		a.parts[name] = ""
		a.names = append(a.names, name)
	}
	flush()
	return a, nil
}

// marker reads "-- name --".
func marker(line string) (string, bool) {
	line = strings.TrimRight(line, "\r\n")
	if !strings.HasPrefix(line, "-- ") || !strings.HasSuffix(line, " --") || len(line) < 7 {
		return "", false
	}
	return strings.TrimSpace(line[3 : len(line)-3]), true
}

// replace puts new text into a part, to be written by save.
func (a *archive) replace(name, text string) {
	a.parts[name] = text
	a.dirty = true
}

func (a *archive) save() error {
	if !a.dirty {
		return nil
	}
	var b strings.Builder
	b.WriteString(a.script)
	for _, name := range a.names {
		fmt.Fprintf(&b, "-- %s --\n", name)
		if a.parts[name] != "" {
			b.WriteString(a.parts[name] + "\n")
		}
	}
	return os.WriteFile(a.file, []byte(b.String()), 0o600)
}

// words splits a line at blanks; "..." keeps blanks together.
func words(line string) []string {
	var out []string
	var b strings.Builder
	quoted, begun := false, false
	for _, r := range line {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case (r == ' ' || r == '\t') && !quoted:
			if begun {
				out = append(out, b.String())
			}
			b.Reset()
			begun = false
		default:
			b.WriteRune(r)
			begun = true
		}
	}
	if begun {
		out = append(out, b.String())
	}
	return out
}
