// White box: see man_test.go.
package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestSuggest: what may come next on a command line.
func TestSuggest(t *testing.T) {
	root := model(t)
	for _, c := range []struct {
		line string // the last word is typed as far as it stands
		want string // all of it; or with + in front, some of it
		not  string
	}{
		{"", "+room user serve", "complete"},
		{"ro", "room", ""},
		{"room ", "+add show grant", "--json"},
		{"room ad", "add", ""},
		{"room add --pri", "--privacy", ""},
		{"room add --privacy ", "open closed secret", ""},
		{"room add --privacy o", "open", ""},
		{"room add --privacy = s", "secret", ""},
		{"room add --privacy =", "open closed secret", ""},
		{"room add --privacy=c", "--privacy=closed", ""},
		{"room add --nosuch=c", "", ""},
		{"room add --privacy open --", "+--type --json --data", ""},
		{"room add Rates --type", "--type", ""},
		{"room add -- --type", "", ""},
		{"category add X --no-h", "--no-history", ""},
		{"--json room sh", "show", ""},
		{"--data ", askDirs, ""},
		{"--data x room sh", "show", ""},
		{"serve --config ", askFiles, ""},
		{"config check ", askFiles, ""},
		{"completion ", "bash zsh fish", ""},
		{"completion bash ", "", ""},
		{"user show ", "", ""},
		{"nosuch ", "+room", ""},
	} {
		var got []string
		for _, s := range suggest(root, strings.Split(c.line, " ")) {
			got = append(got, s.word)
		}
		some, part := strings.CutPrefix(c.want, "+")
		want := strings.Fields(some)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: %q is not among %q", c.line, w, got)
			}
		}
		if !part && len(got) != len(want) || c.not != "" && slices.Contains(got, c.not) {
			t.Errorf("%q: %q, want %q and not %q", c.line, got, c.want, c.not)
		}
	}
	if got := suggest(root, nil); len(got) < 10 {
		t.Errorf("no words: %v", got)
	}
}

// TestScripts: the shells that are there can read their scripts.
func TestScripts(t *testing.T) {
	for shell, script := range map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish} {
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not here: %v", shell, err)
			continue
		}
		cmd := exec.CommandContext(t.Context(), shell, "-n")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
}
