// Package contracts_test checks what every contract's source has to keep to.
package contracts_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// forbidden are imports by which a contract could answer differently on two
// nodes; time is allowed for durations.
var forbidden = map[string]bool{
	"math/rand": true, "math/rand/v2": true, "crypto/rand": true, "os": true, "net": true, "net/http": true,
	"sync": true, "sync/atomic": true, "runtime": true, "unsafe": true, "reflect": true, "context": true,
}

// TestContractsAreDeterministic reads the source of all contracts: no clock, no
// randomness, no floating point, no goroutine or channel, no order of a map.
func TestContractsAreDeterministic(t *testing.T) {
	fset := token.NewFileSet()
	packages := map[string][]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		// contracttest is for tests, and chaincode hosts contracts as a ledger does.
		if d != nil && d.IsDir() && (path == "contracttest" || path == "chaincode") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err == nil {
			packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) == 0 {
		t.Fatal("there are no contracts")
	}
	imports := newSources()
	for dir, files := range packages {
		info := imports.check(fset, dir, files)
		for _, file := range files {
			for _, what := range nondeterministic(file, info) {
				t.Errorf("%s: %s", fset.Position(what.pos), what.reason)
			}
		}
	}
}

// sources imports from source: the standard library, and this module without the
// bodies of functions. Of third parties it knows that they exist.
type sources struct {
	std  types.Importer
	ours map[string]*types.Package
}

func newSources() *sources {
	return &sources{importer.ForCompiler(token.NewFileSet(), "source", nil), map[string]*types.Package{}}
}

const module = "github.com/sogoc/sogoc/"

func (s *sources) Import(path string) (*types.Package, error) {
	rest, ours := strings.CutPrefix(path, module)
	if domain, _, _ := strings.Cut(path, "/"); !ours && !strings.Contains(domain, ".") {
		return s.std.Import(path)
	}
	if p := s.ours[path]; p != nil {
		return p, nil
	}
	if !ours {
		p := types.NewPackage(path, filepath.Base(path))
		p.MarkComplete()
		s.ours[path] = p
		return p, nil
	}
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join("..", rest, "*.go"))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	config := types.Config{Importer: s, IgnoreFuncBodies: true, Error: func(error) {}}
	p, _ := config.Check(path, fset, files, nil) // what third parties declare is missing
	s.ours[path] = p
	return p, nil
}

// check gives the types of everything in the files.
func (s *sources) check(fset *token.FileSet, path string, files []*ast.File) *types.Info {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: s, Error: func(error) {}}
	config.Check(path, fset, files, info)
	return info
}

type finding struct {
	pos    token.Pos
	reason string
}

func nondeterministic(file *ast.File, info *types.Info) (list []finding) {
	add := func(n ast.Node, reason string) { list = append(list, finding{n.Pos(), reason}) }
	for _, spec := range file.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); forbidden[path] {
			add(spec, "imports "+path)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			add(n, "starts a goroutine")
		case *ast.SelectStmt, *ast.ChanType, *ast.SendStmt:
			add(n, "uses a channel")
		case *ast.RangeStmt:
			if x := info.TypeOf(n.X); x == nil {
				add(n, "ranges over something of unknown type")
			} else if _, ok := x.Underlying().(*types.Map); ok {
				add(n, "depends on the order of a map")
			}
			if sequence(info, n.X) {
				add(n, "depends on the order of a map; sort its keys")
			}
		case *ast.Ident:
			obj := info.Uses[n]
			if obj == nil {
				break
			}
			if obj.Pkg() != nil && obj.Pkg().Path() == "time" {
				switch obj.Name() {
				case "Now", "Since", "Until", "After", "Sleep", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation":
					add(n, "reads the clock or the machine's zone")
				}
			}
		}
		if e, ok := n.(ast.Expr); ok {
			if b, ok := info.TypeOf(e).(*types.Basic); ok && b.Info()&(types.IsFloat|types.IsComplex) != 0 {
				add(n, "uses floating point")
			}
		}
		return true
	})
	return list
}

// sequence reports whether x is a call of maps.Keys, maps.Values or maps.All.
func sequence(info *types.Info, x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	obj := info.Uses[sel.Sel]
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == "maps"
}

// TestNondeterminismIsFound makes sure that the check above can fail.
func TestNondeterminismIsFound(t *testing.T) {
	const source = `package p
import ("maps"; "math/rand"; "time")
func f(m map[string]int, c chan int) {
	for range m {}
	for range maps.Keys(m) {}
	_ = time.Now()
	_ = 1.5
	_ = rand.Int()
	go f(m, c)
	c <- 1
	for range []int{1} {}
	_ = time.Second
}`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := newSources().check(fset, "p", []*ast.File{file})
	lines := map[int]bool{}
	for _, what := range nondeterministic(file, info) {
		lines[fset.Position(what.pos).Line] = true
	}
	for line, want := range map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: false, 9: true, 10: true, 11: false, 12: false} {
		if lines[line] != want {
			t.Errorf("line %d is found: %v", line, lines[line])
		}
	}
}
