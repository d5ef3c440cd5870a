package wire_test

import (
	"fmt"
	"maps"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// variables are what a script has captured.
type variables map[string]string

var (
	hole   = regexp.MustCompile(`\$\{([a-z][a-z0-9_.-]*)\}`)
	copies = regexp.MustCompile(`\$\{(.)\*(\d+)\}`)
)

func (v variables) clone() variables { return maps.Clone(v) }

// take adopts what a trial has captured.
func (v variables) take(trial variables) { maps.Copy(v, trial) }

// expand puts values in the place of variables; all must be known.
func (v variables) expand(text string) (string, error) {
	var unknown error
	text = unfold(text)
	out := hole.ReplaceAllStringFunc(text, func(h string) string {
		value, ok := v[h[2:len(h)-1]]
		if !ok {
			unknown = fmt.Errorf("%s is not known yet", h)
		}
		return value
	})
	return out, unknown
}

// match compares a text that may have holes, and captures.
func (v variables) match(want, got string) error {
	if !strings.Contains(want, "${") {
		if want != got {
			return fmt.Errorf("%s came, %s is wanted", show(got), show(want))
		}
		return nil
	}
	pattern, names := "", []string(nil)
	at := 0
	for _, m := range hole.FindAllStringSubmatchIndex(want, -1) {
		name := want[m[2]:m[3]]
		pattern += regexp.QuoteMeta(want[at:m[0]])
		at = m[1]
		if value, ok := v[name]; ok {
			pattern += regexp.QuoteMeta(value)
			continue
		}
		pattern += "(.+)"
		names = append(names, name)
	}
	pattern += regexp.QuoteMeta(want[at:])
	m := regexp.MustCompile("(?s)^" + pattern + "$").FindStringSubmatch(got)
	if m == nil {
		return fmt.Errorf("%s came, %s is wanted", show(got), show(want))
	}
	for i, name := range names {
		if old, ok := v[name]; ok && old != m[i+1] {
			return fmt.Errorf("${%s} is both %q and %q", name, old, m[i+1])
		}
		if name != "any" {
			v[name] = m[i+1]
		}
	}
	return nil
}

// hide puts variables in the place of values that were captured, longest first.
func (v variables) hide(text string) string {
	names := make([]string, 0, len(v))
	for name, value := range v {
		if len(value) > 7 {
			names = append(names, name)
		}
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := names[i], names[j]
		return len(v[a]) > len(v[b]) || len(v[a]) == len(v[b]) && a < b
	})
	for _, name := range names {
		text = strings.ReplaceAll(text, v[name], "${"+name+"}")
	}
	return text
}

func show(s string) string {
	if len(s) > 300 {
		return strconv.Quote(s[:300]) + "..."
	}
	return strconv.Quote(s)
}

// unfold writes out ${x*9} and lines that begin with "@repeat from to".
func unfold(text string) string {
	text = copies.ReplaceAllStringFunc(text, func(m string) string {
		parts := copies.FindStringSubmatch(m)
		n, err := strconv.Atoi(parts[2])
		if err != nil {
			return m
		}
		return strings.Repeat(parts[1], n)
	})
	if !strings.Contains(text, "@repeat ") {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		var from, to int
		rest, ok := strings.CutPrefix(line, "@repeat ")
		if n, err := fmt.Sscanf(rest, "%d %d", &from, &to); !ok || n != 2 || err != nil {
			b.WriteString(line)
			continue
		}
		what := strings.SplitN(rest, " ", 3)[2]
		for i := from; i <= to; i++ {
			b.WriteString(strings.ReplaceAll(what, "${i}", strconv.Itoa(i)))
		}
	}
	return b.String()
}
