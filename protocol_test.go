package perch_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// verb is one row of the table of docs/protocol.md: a command with its reply, a
// notice, or the message primitive.
type verb struct {
	name     string // cmd:join, ntc:part, grpchat
	reply    string
	clause   string
	code     []string // files that carry it out or write it
	tests    []string // goldens of the codec
	scripts  []string // wire transcripts
	evidence string
}

const (
	tableBegin = "<!-- verbs: made by go test . -run Protocol -update -->\n"
	tableEnd   = "<!-- /verbs -->"
)

// TestProtocol checks that docs/protocol.md lists every command, reply and notice
// that the server knows, with its clause, evidence, code, codec test and wire
// transcript, and that none of them lacks one.
func TestProtocol(t *testing.T) {
	const name = "docs/protocol.md"
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	before, rest, ok := strings.Cut(doc, tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no table of verbs between %q and %q", name, tableBegin, tableEnd)
	}
	clauses, byNumber := readClauses(doc)
	if len(clauses) == 0 {
		t.Fatal("no clauses")
	}
	table := "| command or notice | reply | clause | evidence | code | codec test | transcripts |\n|---|---|---|---|---|---|---|\n"
	for _, v := range verbs(t) {
		if c := byNumber[v.clause]; c != nil {
			v.evidence = c.tags
		}
		for what, missing := range map[string]bool{
			"clause": v.clause == "" || byNumber[v.clause] == nil, "evidence": v.evidence == "", "code": len(v.code) == 0,
			"codec test in xccos/testdata": len(v.tests) == 0, "wire transcript in test/wire": len(v.scripts) == 0,
		} {
			if missing {
				t.Errorf("%s has no %s", v.name, what)
			}
		}
		table += fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |\n", v.name, v.reply, v.clause, v.evidence,
			strings.Join(v.code, ", "), strings.Join(v.tests, ", "), strings.Join(v.scripts, ", "))
	}
	want := before + tableBegin + table + tableEnd + after
	if want == doc {
		return
	}
	if !*update {
		t.Fatalf("the table of verbs in %s is not what the code knows; run: go test . -run Protocol -update", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

// verbs lists what front/chatsip knows, in the order of names.
func verbs(t *testing.T) (all []verb) {
	t.Helper()
	code := readFolder(t, "front/chatsip", ".go")
	codec := readFolder(t, "xccos/testdata", "")
	scripts := readFolder(t, "test/wire", ".txtar")
	funcs := functions(t, code)
	table := regexp.MustCompile(`(?m)^\t\t"(\w+)":\s+(\w+),$`)
	replies := map[string]string{} // those that have not their command's name
	for _, m := range regexp.MustCompile(`(?m)^\t\t"(\w+)":\s+"(\w+)",$`).FindAllStringSubmatch(code["front/chatsip/command.go"], -1) {
		replies[m[1]] = m[2]
	}
	for _, m := range table.FindAllStringSubmatch(code["front/chatsip/command.go"], -1) {
		f := funcs[m[2]]
		all = append(all, verb{
			name: "cmd:" + m[1], reply: "rpl:" + cmp.Or(replies[m[1]], m[1]), clause: f.clause, code: []string{f.file},
			tests: holding(codec, `"(cmd|rpl):`+m[1]+`"`), scripts: holding(scripts, `(cmd:`+m[1]+`\b|id="cmd:`+m[1]+`")`),
		})
	}
	f := funcs["requri"]
	all = append(all, verb{
		name: "cmd:requri", reply: "rpl:requri", clause: f.clause, code: []string{f.file},
		tests: holding(codec, `"(cmd|rpl):requri"`), scripts: holding(scripts, `cmd:requri`),
	})
	for notice, clause := range notices(code["front/chatsip/notice.go"]) {
		all = append(all, verb{
			name: "ntc:" + notice, reply: "-", clause: clause, code: []string{"front/chatsip/notice.go"},
			tests: holding(codec, `"ntc:`+notice+`"`), scripts: holding(scripts, `(?m)^ntc:`+notice+`$`),
		})
	}
	f = funcs["post"]
	all = append(all, verb{
		name: "grpchat", reply: "rpl:grpchat, if it is refused", clause: f.clause, code: []string{f.file},
		tests: holding(codec, `<grpchat`), scripts: holding(scripts, `<grpchat`),
	})
	slices.SortFunc(all, func(a, b verb) int { return strings.Compare(a.name, b.name) })
	return all
}

// notices are the names of notices, each with the clause that its line cites.
func notices(source string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)"(\w+)".* // (XCCOS [\d.]+)$`).FindAllStringSubmatch(source, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// readFolder reads the files of a folder that end so, by path.
func readFolder(t *testing.T, dir, ext string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ext) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[dir+"/"+e.Name()] = string(b)
	}
	return out
}

// holding are the names of files, without folder and ending, that hold a pattern.
func holding(files map[string]string, pattern string) (names []string) {
	re := regexp.MustCompile(pattern)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if re.MatchString(files[name]) {
			base, _, _ := strings.Cut(filepath.Base(name), ".")
			if !slices.Contains(names, base) {
				names = append(names, base)
			}
		}
	}
	return names
}

// cited is a function and the clause that its comment cites.
type cited struct{ file, clause string }

func functions(t *testing.T, files map[string]string) map[string]cited {
	t.Helper()
	out := map[string]cited{}
	for name, source := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if m := citation.FindString(fn.Doc.Text()); m != "" {
				last = m
			}
			out[fn.Name.Name] = cited{name, last} // functions that share a comment share its clause
		}
	}
	return out
}
