package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
)

// show prints v as JSON if that is asked for, and otherwise as the table that
// rows makes, under the given headings.
func (g *globals) show(v any, headings string, rows func(row func(cells ...any))) error {
	if g.JSON {
		e := json.NewEncoder(g.out)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(g.out, 0, 0, 2, ' ', 0)
	if headings != "" {
		fmt.Fprintln(w, strings.ReplaceAll(headings, "|", "\t"))
	}
	rows(func(cells ...any) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, c)
		}
		fmt.Fprintln(w)
	})
	return w.Flush()
}

// done says in a word what was done, unless JSON is asked for.
func (g *globals) done(format string, args ...any) error {
	if g.JSON {
		return json.NewEncoder(g.out).Encode(map[string]bool{"ok": true})
	}
	fmt.Fprintf(g.out, format+"\n", args...)
	return nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func list(names []string) string {
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ", ")
}
