package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"perch/front/admin/api"
	"perch/front/admin/client"
)

// bulkFlags are those of commands that read CSV from standard input.
type bulkFlags struct {
	CSV          bool `name:"csv" help:"Read many from CSV on standard input; the first line names the columns."`
	DryRun       bool `help:"Only say what would be done."`
	SkipExisting bool `help:"Leave out what exists already."`
}

// bulkExisting makes adding what is there already no error.
type bulkExisting struct {
	SkipExisting bool `help:"What exists already is no error."`
}

// ifExists makes deleting what is not there no error.
type ifExists struct {
	IfExists bool `help:"What does not exist is no error."`
}

// gone says that something was deleted.
func (f *ifExists) gone(g *globals, err error, format string, args ...any) error {
	if errors.Is(err, client.ErrAbsent) && f.IfExists {
		err = nil
	}
	if err != nil {
		return err
	}
	return g.done(format, args...)
}

// row is one line of CSV by column name.
type row struct {
	line int
	cell map[string]string
}

// split reads a cell that holds several names.
func (r *row) split(column string) []string {
	return strings.FieldsFunc(r.cell[column], func(c rune) bool { return c == ' ' || c == ';' || c == ',' })
}

// readCSV reads all lines; columns are those that may stand in the heading,
// needed those that must.
func readCSV(in io.Reader, needed, columns []string) ([]row, error) {
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	heading, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, usageError("standard input is empty: the first line must name the columns " + strings.Join(columns, ","))
	}
	if err != nil {
		return nil, usageError("line 1: " + err.Error())
	}
	for i, h := range heading {
		heading[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
		if !slices.Contains(columns, heading[i]) {
			return nil, usageError(fmt.Sprintf("line 1: column %q is not known; the columns are %s", h, strings.Join(columns, ",")))
		}
	}
	for _, n := range needed {
		if !slices.Contains(heading, n) {
			return nil, usageError(fmt.Sprintf("line 1: column %q is missing", n))
		}
	}
	var rows []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, usageError(err.Error())
		}
		line, _ := r.FieldPos(0)
		next := row{line: line, cell: map[string]string{}}
		for i, c := range cells {
			next.cell[heading[i]] = strings.TrimSpace(c)
		}
		rows = append(rows, next)
	}
}

// chunk is how many things are sent together: each chunk is done whole or not
// at all.
const chunk = 500

// bulk sends items in chunks. A chunk that is refused is looked at line by
// line, to name the line that is wrong.
func bulk[T any](g *globals, f bulkFlags, items []T, lines []int, send func(b api.Bulk[T]) (api.Done, error)) error {
	bar := g.progress(len(items))
	var total api.Done
	for from := 0; from < len(items); from += chunk {
		part := items[from:min(from+chunk, len(items))]
		done, err := send(api.Bulk[T]{Items: part, DryRun: f.DryRun, SkipExisting: f.SkipExisting})
		if err != nil {
			for i := range part {
				if _, one := send(api.Bulk[T]{Items: part[i : i+1], DryRun: true, SkipExisting: f.SkipExisting}); one != nil {
					err = fmt.Errorf("line %d: %w", lines[from+i], one)
					break
				}
			}
			return fmt.Errorf("%w (%d done before, nothing of lines %d to %d)", err, total.Done, lines[from], lines[from+len(part)-1])
		}
		total.Done += done.Done
		total.Skipped += done.Skipped
		_ = bar.Add(len(part)) // a bar that cannot be drawn is no reason to stop
	}
	_ = bar.Finish()
	return g.showDone(total, f.DryRun)
}

// showDone says what a bulk did.
func (g *globals) showDone(d api.Done, dryRun bool) error {
	verb := "done"
	if dryRun {
		verb = "would be done"
	}
	return g.show(d, "", func(row func(...any)) { row(fmt.Sprintf("%d %s, %d skipped", d.Done, verb, d.Skipped)) })
}

// progress is a bar on a terminal, and nothing elsewhere.
func (g *globals) progress(n int) *progressbar.ProgressBar {
	if f, ok := g.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) && !g.JSON && n > chunk {
		return progressbar.NewOptions(n, progressbar.OptionSetWriter(g.err), progressbar.OptionClearOnFinish())
	}
	return progressbar.DefaultSilent(int64(n))
}
