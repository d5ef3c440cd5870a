package wire_test

import (
	"errors"
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

var update = flag.Bool("update", false, "rewrite the parts of expectations that fail")

// TestWire runs every script.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := readArchive(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { runScript(t, a) })
			if err := a.save(); err != nil {
				t.Error(err)
			}
		})
	}
}

// runScript runs one script in the bubble it is called in.
func runScript(t *testing.T, a *archive) {
	s := newScript(a)
	s.files = t.TempDir()
	err := s.start(t.Context())
	if err == nil {
		err = s.run(t.Context())
	}
	if err := errors.Join(err, s.close()); err != nil {
		t.Errorf("%s:%d: %v\n\nThe conversation:\n%s\nThe server's log:\n%s", a.file, s.line, err, s.said.String(), s.log.String())
	}
}
