package wire_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
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
	t, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	a := &archive{file: file, script: string(t.Comment), parts: map[string]string{}}
	for _, f := range t.Files {
		if _, twice := a.parts[f.Name]; twice {
			return nil, fmt.Errorf("%s: there are two parts named %s", file, f.Name)
		}
		a.names = append(a.names, f.Name)
		a.parts[f.Name] = strings.TrimRight(string(f.Data), "\n")
	}
	return a, nil
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
	t := txtar.Archive{Comment: []byte(a.script)}
	for _, name := range a.names {
		t.Files = append(t.Files, txtar.File{Name: name, Data: []byte(a.parts[name])})
	}
	return os.WriteFile(a.file, txtar.Format(&t), 0o600)
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
