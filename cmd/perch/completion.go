package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is what is to be said beside the argument.
func (completionCmd) Help() string {
	return `To have it in this shell: source <(perch completion bash), the same with zsh; perch completion fish | source.
To have it in every shell, put that line into ~/.bashrc or ~/.zshrc, or the script where the shell looks for such:
/etc/bash_completion.d/perch, _perch in a folder of zsh's $fpath, ~/.config/fish/completions/perch.fish.

The scripts ask perch itself what may come next, so that they fit every version of it.`
}

//go:embed completion.bash
var completionBash string

//go:embed completion.zsh
var completionZsh string

//go:embed completion.fish
var completionFish string

// Run prints the script.
func (c *completionCmd) Run(g *globals) error {
	_, err := io.WriteString(g.out, map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish}[c.Shell])
	return err
}

// completeCmd is what the scripts call.
type completeCmd struct {
	Words []string `arg:"" optional:"" help:"The words after perch, the last one as far as it is typed."`
}

// Run prints what the last word may be, a line each: the word, a tab, its help.
// A line that begins with a colon asks the shell for names of files.
func (c *completeCmd) Run(k *kong.Context, g *globals) error {
	for _, s := range suggest(k.Model.Node, c.Words) {
		fmt.Fprintf(g.out, "%s\t%s\n", s.word, s.help)
	}
	return nil
}

// suggestion is one thing that a word may be.
type suggestion struct{ word, help string }

// What the shell shall complete itself.
const (
	askFiles = ":files"
	askDirs  = ":dirs"
)

// suggest says what the last word may be.
func suggest(root *kong.Node, words []string) []suggestion {
	if len(words) == 0 {
		words = []string{""}
	}
	cur := words[len(words)-1]
	p := typed{node: root}
	for _, w := range words[:len(words)-1] {
		p.take(w)
	}
	switch {
	case p.flag != nil:
		return valuesLike(p.flag.Value, "", strings.TrimPrefix(cur, "="))
	case !p.literal && strings.HasPrefix(cur, "-"):
		if name, value, ok := strings.Cut(cur, "="); ok {
			if f := flagOf(p.node, name); f != nil {
				return valuesLike(f.Value, name+"=", value)
			}
			return nil
		}
		return flagsLike(p.node, cur)
	case len(p.node.Children) > 0:
		return commandsLike(p.node, cur)
	case p.args < len(p.node.Positional):
		return valuesLike(p.node.Positional[p.args], "", cur)
	case len(p.node.Positional) > 0 && p.node.Positional[len(p.node.Positional)-1].IsCumulative():
		return valuesLike(p.node.Positional[len(p.node.Positional)-1], "", cur)
	}
	return nil
}

// typed is what the words up to now have said.
type typed struct {
	node    *kong.Node
	flag    *kong.Flag // whose value comes next
	args    int        // positional arguments up to now
	literal bool       // -- was said: no flags any more
}

func (p *typed) take(w string) {
	switch {
	case p.flag != nil && w == "=": // bash takes --flag=value for three words
		return
	case p.flag != nil:
		p.flag = nil
	case p.literal:
		p.args++
	case w == "--":
		p.literal = true
	case strings.HasPrefix(w, "-"):
		if f := flagOf(p.node, w); f != nil && !f.IsBool() && !f.IsCounter() {
			p.flag = f
		}
	default:
		i := slices.IndexFunc(p.node.Children, func(n *kong.Node) bool { return n.Name == w || slices.Contains(n.Aliases, w) })
		if i < 0 {
			p.args++
			return
		}
		p.node, p.args = p.node.Children[i], 0
	}
}

// flagOf finds the flag that is written like that, without its value.
func flagOf(n *kong.Node, written string) *kong.Flag {
	for ; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if "--"+f.Name == written || f.Short != 0 && "-"+string(f.Short) == written {
				return f
			}
		}
	}
	return nil
}

// flagsLike are those that begin like that, of the command and all above it.
func flagsLike(n *kong.Node, begin string) (out []suggestion) {
	for ; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if f.Hidden {
				continue
			}
			for _, word := range []string{"--" + f.Name, negated(f)} {
				if word != "" && strings.HasPrefix(word, begin) {
					out = append(out, suggestion{word, f.Help})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b suggestion) int { return cmp.Compare(a.word, b.word) })
	return out
}

// negated is how a flag is switched off, if it can be.
func negated(f *kong.Flag) string {
	switch f.Tag.Negatable {
	case "":
		return ""
	case "_": // kong's mark of the ordinary form
		return "--no-" + f.Name
	}
	return "--" + f.Tag.Negatable
}

func commandsLike(n *kong.Node, begin string) (out []suggestion) {
	for _, c := range n.Children {
		if !c.Hidden && strings.HasPrefix(c.Name, begin) {
			out = append(out, suggestion{c.Name, c.Help})
		}
	}
	return out
}

// valuesLike are those of an enumeration, or names of files where one is meant.
func valuesLike(v *kong.Value, before, begin string) (out []suggestion) {
	what := v.Name
	if v.Flag != nil {
		what = cmp.Or(v.Flag.PlaceHolder, v.Name)
	}
	ends := func(end string) bool { return strings.HasSuffix(strings.ToUpper(what), end) }
	switch {
	case ends("DIR"), ends("FOLDER"):
		return []suggestion{{askDirs, ""}}
	case ends("FILE"), ends("PATH"):
		return []suggestion{{askFiles, ""}}
	}
	if v.Enum == "" {
		return nil
	}
	for _, e := range v.EnumSlice() {
		if e != "" && strings.HasPrefix(e, begin) {
			out = append(out, suggestion{before + e, ""})
		}
	}
	return out
}
