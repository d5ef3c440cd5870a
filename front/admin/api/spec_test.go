package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// spec is what of api/admin.yaml is compared.
type spec struct {
	Paths      map[string]map[string]any
	Components struct {
		Schemas map[string]schema
	}
}

type schema struct {
	Required   []string
	Properties map[string]any
	OneOf      []any `yaml:"oneOf"`
}

// onSocketOnly are requests that only the server's own machine makes.
var onSocketOnly = []string{"POST /import", "GET /export", "POST /free-memory", "GET /metrics", "GET /debug/pprof/", "GET /debug/pprof/profile", "GET /debug/pprof/trace"}

func readSpec(t *testing.T) spec {
	t.Helper()
	text, err := os.ReadFile("../../../api/admin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := yaml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t *testing.T, pattern string, visit func(ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool { visit(n); return true })
	}
}

// TestRoutes: api/admin.yaml has the routes that are served, and no others.
func TestRoutes(t *testing.T) {
	var served []string
	parse(t, "../admin.go", func(n ast.Node) {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		text, err := strconv.Unquote(lit.Value)
		method, path, found := strings.Cut(text, " /")
		if err == nil && found && strings.ToUpper(method) == method && !strings.Contains(path, " ") && !slices.Contains(onSocketOnly, text) {
			served = append(served, text)
		}
	})
	var described []string
	for path, ops := range readSpec(t).Paths {
		for method := range ops {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if diff := cmp.Diff(slices.Compact(served), described); diff != "" {
		t.Errorf("served routes (-) are not those of api/admin.yaml (+):\n%s", diff)
	}
}

// TestSchemas: its schemas are the structs of this package, field by field.
func TestSchemas(t *testing.T) {
	structs := map[string]*ast.StructType{}
	parse(t, "*.go", func(n ast.Node) {
		if spec, ok := n.(*ast.TypeSpec); ok {
			if s, ok := spec.Type.(*ast.StructType); ok {
				structs[spec.Name.Name] = s
			}
		}
	})
	for name, want := range readSpec(t).Components.Schemas {
		if want.OneOf != nil {
			continue
		}
		s := structs[name]
		if s == nil {
			t.Errorf("api/admin.yaml has a schema %s, which is no struct", name)
			continue
		}
		properties, required := fieldsOf(s, structs)
		slices.Sort(want.Required)
		var described []string
		for p := range want.Properties {
			described = append(described, p)
		}
		slices.Sort(described)
		if diff := cmp.Diff(properties, described); diff != "" {
			t.Errorf("%s: fields (-), properties (+):\n%s", name, diff)
		}
		if diff := cmp.Diff(required, want.Required); diff != "" {
			t.Errorf("%s: fields that are always there (-), required (+):\n%s", name, diff)
		}
	}
}

// fieldsOf are the names of a struct's fields in JSON, and those that are always there.
func fieldsOf(s *ast.StructType, structs map[string]*ast.StructType) (all, always []string) {
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			inner, more := fieldsOf(structs[f.Type.(*ast.Ident).Name], structs)
			all, always = append(all, inner...), append(always, more...)
			continue
		}
		name, options := "", ""
		if f.Tag != nil {
			tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json")
			name, options, _ = strings.Cut(tag, ",")
		}
		_, pointer := f.Type.(*ast.StarExpr)
		for _, id := range f.Names {
			field := name
			if field == "" {
				field = id.Name
			}
			all = append(all, field)
			if options != "omitempty" && !pointer {
				always = append(always, field)
			}
		}
	}
	slices.Sort(all)
	slices.Sort(always)
	return all, always
}
