// Package perch_test holds the checks that concern the whole tree.
package perch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "perch"

// layers is a statement of policy, not a record of what happens to compile.
// Read it top down: a package may import those named on its line and nothing
// else of this module. It is the architecture diagram; change it in a commit
// of its own, with the reason in docs/architecture.md.
const layers = `
chat:
chat/access:        chat
chat/room:          chat chat/access
chat/search:        chat
chat/chattest:      chat chat/search
channel:            chat chat/access chat/room chat/search
directory:          chat
settings:           chat
filestore:          chat chat/access
webhook:            chat chat/access chat/search channel directory
blob/blobtest:      chat filestore
blob/dir:           chat filestore
blob/s3:            chat filestore
scan/clamd:         chat
scan/icap:
scan/scantest:
compliance/seal:    chat
compliance:         chat compliance/seal
compliance/store:   chat compliance
compliance/adapter: chat compliance
sip:
sip/transaction:    sip
sip/dialog:         sip
sip/auth:           sip
sip/ua:             sip sip/transaction sip/dialog sip/auth
xccos:
front/chatsip:      chat chat/access channel filestore xccos sip sip/ua
front/fileweb:      chat filestore
front/web/api:
front/web:          chat chat/access channel filestore directory settings webhook front/web/api
webclient:
front/signin:       chat directory settings sip sip/ua sip/auth
front/admin/api:
front/admin:        chat chat/access channel filestore directory settings webhook compliance compliance/seal front/admin/api
front/admin/client: front/admin/api
store/sqlstore:     chat chat/search
store/textindex:    chat chat/search
store/sqlite:       chat chat/search store/sqlstore store/textindex
app:                chat channel filestore webhook blob/dir blob/s3 scan/clamd scan/icap directory settings compliance compliance/adapter compliance/seal compliance/store sip sip/ua front/chatsip front/fileweb front/signin front/admin front/web webclient store/sqlite
probe:              sip sip/auth xccos
cmd/perch:          app chat compliance/seal probe front/admin/client front/admin/api
cmd/perchload:      chat chat/search compliance compliance/adapter compliance/seal sip xccos probe store/sqlite front/admin/client front/admin/api
`

// pure packages compute; they touch no network, disk, database, log, wire
// format or clock. Time is an argument to them.
var (
	pure      = []string{"chat", "chat/access", "chat/room", "chat/search", "sip", "sip/transaction", "sip/dialog", "sip/auth"}
	impurePkg = []string{"net", "os", "database/sql", "encoding/json", "encoding/xml", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "sync"}
	// allowedIn are parts of impure packages that only compute, and modules
	// of others that only compute.
	allowedIn = map[string][]string{
		"sip/auth":    {"sync/atomic", "golang.org/x/crypto/md4"},
		"chat/search": {"golang.org/x/text/cases", "golang.org/x/text/unicode/norm"},
	}
	impureFn = []string{"time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick", "time.Sleep"}
)

// TestLayers keeps the import table, and that every package says what it is.
func TestLayers(t *testing.T) {
	allowed := map[string][]string{}
	for line := range strings.Lines(layers) {
		if pkg, deps, ok := strings.Cut(line, ":"); ok {
			allowed[strings.TrimSpace(pkg)] = strings.Fields(deps)
		}
	}
	seen, documented := map[string]bool{}, map[string]bool{}
	walk(t, func(name string, f *ast.File, fset *token.FileSet) {
		pkg := path.Dir(name)
		deps, listed := allowed[pkg]
		if !listed {
			t.Errorf("%s: package %s is not in layers", name, pkg)
		}
		seen[pkg] = true
		documented[pkg] = documented[pkg] || f.Doc != nil
		for _, spec := range f.Imports {
			imp := strings.Trim(spec.Path.Value, `"`)
			if dep, ours := strings.CutPrefix(imp, module+"/"); ours {
				if !slices.Contains(deps, dep) {
					t.Errorf("%s: %s must not import %s", fset.Position(spec.Pos()), pkg, dep)
				}
			} else if slices.Contains(pure, pkg) && impure(imp) && !slices.Contains(allowedIn[pkg], imp) {
				t.Errorf("%s: %s is pure and must not import %s", fset.Position(spec.Pos()), pkg, imp)
			}
		}
		if slices.Contains(pure, pkg) {
			noClock(t, pkg, f, fset)
		}
	})
	for pkg := range allowed {
		switch {
		case !seen[pkg]:
			t.Errorf("layers names %s, which does not exist", pkg)
		case !documented[pkg]:
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func impure(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return strings.Contains(first, ".") || slices.ContainsFunc(impurePkg, func(p string) bool {
		return imp == p || strings.HasPrefix(imp, p+"/")
	})
}

func noClock(t *testing.T, pkg string, f *ast.File, fset *token.FileSet) {
	t.Helper()
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && slices.Contains(impureFn, id.Name+"."+sel.Sel.Name) {
				t.Errorf("%s: %s is pure and must not use %s.%s", fset.Position(n.Pos()), pkg, id.Name, sel.Sel.Name)
			}
		}
		return true
	})
}

// walk parses every Go file that is no test, whatever its build tags. Test
// code under test/ is free in what it imports.
func walk(t *testing.T, visit func(name string, f *ast.File, fset *token.FileSet)) {
	t.Helper()
	fset := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		base := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && (base == "testdata" || base == "node_modules" || name == "test" || len(base) > 1 && base[0] == '.'):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(name), f, fset)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
