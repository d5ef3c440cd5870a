// White box: what a command calls is read from its source, found by the parser's
// model.
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// pages is a list of the operations that pages of the web client call: the client
// can call no other, since its types are made of it.
type pages struct {
	Calls   map[string]string // operation: method and path
	LeftOut map[string]string // operation: why no page offers it
}

func readPages(t *testing.T, noun string) pages {
	t.Helper()
	text, err := os.ReadFile("../../webclient/src/" + noun + "/operations.json")
	if err != nil {
		t.Fatal(err)
	}
	var p pages
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// described are the operations of a description by their names.
type described struct{ route, tag string }

func readSpec(t *testing.T, name string) map[string]described {
	t.Helper()
	text, err := os.ReadFile("../../api/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Paths map[string]map[string]yaml.Node
	}
	if err := yaml.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	ops := map[string]described{}
	for path, methods := range spec.Paths {
		for method, node := range methods {
			var op struct {
				OperationID string `yaml:"operationId"`
				Tags        []string
			}
			if method == "parameters" {
				continue
			}
			if err := node.Decode(&op); err != nil || len(op.Tags) == 0 {
				t.Fatal(method, path, err)
			}
			ops[op.OperationID] = described{strings.ToUpper(method) + " " + path, op.Tags[0]}
		}
	}
	return ops
}

// called are the operations that the sources of pages call, by ask("name", asked, askLines, useAsked and useWatched.
func called(t *testing.T, noun string) []string {
	t.Helper()
	call := regexp.MustCompile(`\b(?:ask|asked|askLines|useAsked|useWatched)(?:<\w+>)?\(\s*"(\w+)"`)
	found := map[string]bool{}
	err := filepath.WalkDir("../../webclient/src/"+noun, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".ts") && !strings.HasSuffix(path, ".tsx") || strings.Contains(path, ".test.") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range call.FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// clientRoutes are the routes of the administration client's methods.
func clientRoutes(t *testing.T) map[string]string {
	t.Helper()
	routes := map[string]string{}
	for _, f := range sources(t, "../../front/admin/client") {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || !fn.Name.IsExported() {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok {
					if r := routeOf(c); r != "" {
						routes[fn.Name.Name] = r
					}
				}
				return true
			})
		}
	}
	return routes
}

// routeOf is the method and path of a call, in which {} stands for a name.
func routeOf(c *ast.CallExpr) string {
	method := ""
	for _, a := range c.Args {
		text := pathOf(a)
		switch {
		case slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, text):
			method = text
		case strings.HasPrefix(text, "/"):
			if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "stream" {
				method = "GET"
			}
			if method == "" {
				return ""
			}
			text, _, _ = strings.Cut(text, "?")
			return method + " " + text
		}
	}
	return ""
}

func pathOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return pathOf(e.X) + pathOf(e.Y)
	case *ast.CallExpr:
		if id, ok := e.Fun.(*ast.Ident); ok && id.Name == "seg" {
			return "/{}"
		}
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sprintf" {
			return strings.ReplaceAll(pathOf(e.Args[0]), "%s", "/{}")
		}
	}
	return ""
}

func sources(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(dir + "/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(dir, err)
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// function is what one function of the command calls.
type function struct{ client, own []string }

// functions are this package's, by type and name; own calls of a method whose
// receiver is not known by name are of every type that has it.
func functions(t *testing.T) map[string]function {
	t.Helper()
	all := map[string]function{}
	for _, f := range sources(t, ".") {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			key, receiver := fn.Name.Name, ""
			if fn.Recv != nil {
				typ := fn.Recv.List[0].Type
				if star, ok := typ.(*ast.StarExpr); ok {
					typ = star.X
				}
				key = typ.(*ast.Ident).Name + "." + key
				if len(fn.Recv.List[0].Names) > 0 {
					receiver = fn.Recv.List[0].Names[0].Name
				}
			}
			all[key] = callsOf(fn, receiver)
		}
	}
	return all
}

func callsOf(fn *ast.FuncDecl, receiver string) function {
	var out function
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			_, method := n.X.(*ast.ParenExpr) // (*client.Client).JoinGroup
			id, ok := n.X.(*ast.Ident)
			switch {
			case method, ok && id.Name == "cl":
				out.client = append(out.client, n.Sel.Name)
			case ok && (id.Name == receiver || id.Name == "g"):
				out.own = append(out.own, "."+n.Sel.Name)
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok {
				out.own = append(out.own, id.Name)
			}
		}
		return true
	})
	return out
}

// reach collects the client's methods that a function calls, itself or through
// others of the package.
func reach(all map[string]function, key string, seen, found map[string]bool) {
	if seen[key] {
		return
	}
	seen[key] = true
	for _, m := range all[key].client {
		found[m] = true
	}
	for _, own := range all[key].own {
		if !strings.HasPrefix(own, ".") {
			reach(all, own, seen, found)
			continue
		}
		typ, _, _ := strings.Cut(key, ".")
		if _, ok := all[typ+own]; ok {
			reach(all, typ+own, seen, found)
			continue
		}
		for k := range all { // of an embedded type
			if strings.HasSuffix(k, own) && !strings.HasSuffix(k, ".Run") {
				reach(all, k, seen, found)
			}
		}
	}
}

// commandsOf are the commands that call a route, by that route.
func commandsOf(t *testing.T) map[string][]string {
	t.Helper()
	all, routes, out := functions(t), clientRoutes(t), map[string][]string{}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, c := range n.Children {
			walk(c)
		}
		if !n.Leaf() {
			return
		}
		found := map[string]bool{}
		reach(all, n.Target.Type().Name()+".Run", map[string]bool{}, found)
		for m := range found {
			if r := routes[m]; r != "" {
				out[r] = append(out[r], strings.TrimPrefix(n.FullPath(), "perch "))
			}
		}
	}
	walk(model(t))
	return out
}

var named = regexp.MustCompile(`\{\w+\}`)

// TestAdministrationParity: every operation of administration has a command, and
// a page or a reason why not; every page's operation is one of administration.
func TestAdministrationParity(t *testing.T) {
	ops, listed, commands, used := readSpec(t, "admin.yaml"), readPages(t, "admin"), commandsOf(t), called(t, "admin")
	for name, op := range ops {
		route := named.ReplaceAllString(op.route, "{}")
		if len(commands[route]) == 0 {
			t.Errorf("%s (%s): no perch command calls it", name, op.route)
		}
		page, reason := listed.Calls[name], listed.LeftOut[name]
		switch {
		case page == "" && reason == "":
			t.Errorf("%s (%s; perch %s) is offered by no page: call it, or say in operations.json why not", name, op.route, strings.Join(commands[route], ", perch "))
		case page != "" && reason != "":
			t.Errorf("%s is listed as called and as left out", name)
		case page != "" && page != op.route:
			t.Errorf("pages call %s as %s, which is %s", name, page, op.route)
		}
	}
	checkCalls(t, listed, ops, used)
}

// checkCalls compares what pages list with what is described, and with what they call.
func checkCalls(t *testing.T, listed pages, ops map[string]described, used []string) {
	t.Helper()
	for _, name := range slices.Concat(slices.Collect(maps.Keys(listed.Calls)), slices.Collect(maps.Keys(listed.LeftOut))) {
		if _, ok := ops[name]; !ok {
			t.Errorf("operations.json lists %s, which is not described", name)
		}
		if _, left := listed.LeftOut[name]; !left && !slices.Contains(used, name) {
			t.Errorf("operations.json lists %s, which no page calls", name)
		}
	}
	for _, name := range used {
		if _, ok := listed.Calls[name]; !ok {
			t.Errorf("a page calls %s, which operations.json does not list", name)
		}
	}
}

// roomCommands are the commands that do for an administrator what a page does for
// a manager.
var roomCommands = map[string][]string{
	"listRooms":      {"room list"},
	"createRoom":     {"room add"},
	"getRoom":        {"room show"},
	"updateRoom":     {"room set", "room grant", "room revoke", "room disable", "room enable"},
	"getRoles":       {"room show"},
	"explainRoom":    {"explain"},
	"listCategories": {"category list"},
	"listEligible":   {"room eligible"},
	"listAddins":     {"addin list"},
	"listWebhooks":   {"webhook list"},
	"createWebhook":  {"webhook add"},
	"deleteWebhook":  {"webhook delete"},
}

// TestRoomsParity: what the page of room managers does, commands do, and it
// offers all that the API has for managers.
func TestRoomsParity(t *testing.T) {
	ops, listed := readSpec(t, "openapi.yaml"), readPages(t, "manage")
	calling := commandsOf(t)
	for name, op := range ops {
		page := listed.Calls[name]
		if page == "" && (op.tag == "manage" || op.tag == "webhooks") {
			t.Errorf("%s (%s) is for managers and offered by no page", name, op.route)
		}
		if page != "" && page != op.route {
			t.Errorf("the page calls %s as %s, which is %s", name, page, op.route)
		}
	}
	checkCalls(t, listed, ops, called(t, "manage"))
	var known []string
	for _, c := range calling {
		known = append(known, c...)
	}
	for name := range listed.Calls {
		if len(roomCommands[name]) == 0 {
			t.Errorf("no command is named that does %s", name)
		}
		for _, c := range roomCommands[name] {
			if !slices.Contains(known, c) {
				t.Errorf("perch %s, for %s, calls no route", c, name)
			}
		}
	}
}
