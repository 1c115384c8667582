// Package contracts_test checks what every contract's source has to keep to.
package contracts_test

import (
	"go/ast"
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

// TestContractsAreDeterministic reads the source of all contracts, and of whatever of
// this module they call: no clock, no randomness, no floating point, no goroutine or
// channel, no order of a map.
func TestContractsAreDeterministic(t *testing.T) {
	s := newSources()
	var contracts []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		// contracttest is for tests, and chaincode hosts contracts as a ledger does.
		if err == nil && d.IsDir() && (path == "contracttest" || path == "chaincode" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if err == nil && d.IsDir() && path != "." {
			contracts = append(contracts, module+"contracts/"+filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	reported := map[token.Pos]bool{} // what several contracts call
	for _, path := range contracts {
		if _, err := s.Import(path); err != nil {
			t.Fatal(err)
		}
		nodes := s.reached(path)
		for _, n := range nodes {
			called[filepath.ToSlash(filepath.Dir(s.fset.Position(n.Pos()).Filename))] = true
		}
		for _, file := range s.files[path] {
			nodes = append(nodes, file)
		}
		for _, n := range nodes {
			for _, what := range nondeterministic(n, s.info) {
				if !reported[what.pos] {
					reported[what.pos] = true
					t.Errorf("%s: %s", s.fset.Position(what.pos), what.reason)
				}
			}
		}
	}
	for _, dir := range []string{"../ledger", "../trace", "../trace/gs1", "../market"} {
		if !called[dir] {
			t.Errorf("nothing of %s is found to be called", dir)
		}
	}
}

// clock are the functions of package time that read it, or wait.
var clock = map[string]bool{
	"Now": true, "Since": true, "Until": true, "After": true, "Sleep": true, "Tick": true,
	"NewTimer": true, "NewTicker": true, "AfterFunc": true, "LoadLocation": true,
}

type finding struct {
	pos    token.Pos
	reason string
}

func nondeterministic(node ast.Node, info *types.Info) (list []finding) {
	add := func(n ast.Node, reason string) { list = append(list, finding{n.Pos(), reason}) }
	sorted := map[ast.Expr]bool{}
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			if path, _ := strconv.Unquote(n.Path.Value); forbidden[path] {
				add(n, "imports "+path)
			}
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
		case *ast.CallExpr:
			if in, name := called(info, n); in == "slices" && strings.HasPrefix(name, "Sorted") {
				sorted[n.Args[0]] = true
			} else if in == "maps" && (name == "Keys" || name == "Values" || name == "All") && !sorted[n] {
				add(n, "depends on the order of a map; sort its keys")
			}
		case *ast.Ident:
			obj := info.Uses[n]
			if obj == nil || obj.Pkg() == nil {
				break
			}
			if forbidden[obj.Pkg().Path()] {
				add(n, "uses "+obj.Pkg().Path())
			}
			if clock[obj.Name()] && obj.Pkg().Path() == "time" && !method(obj) || obj.Name() == "Local" && obj.Pkg().Path() == "time" {
				add(n, "reads the clock or the machine's zone")
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

// called is the package and the name of the function that a call names.
func called(info *types.Info, call *ast.CallExpr) (in, name string) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	obj := info.Uses[sel.Sel]
	if obj == nil || obj.Pkg() == nil {
		return "", ""
	}
	return obj.Pkg().Path(), obj.Name()
}

func method(obj types.Object) bool {
	f, ok := obj.(*types.Func)
	return ok && f.Signature().Recv() != nil
}

// TestNondeterminismIsFound makes sure that the check above can fail: in a contract,
// and in what a contract calls elsewhere.
func TestNondeterminismIsFound(t *testing.T) {
	s := newSources()
	const contract, other = module + "contracts/p", module + "q"
	s.given[contract] = `package p
import ("maps"; "math/rand"; "slices"; "time"; "github.com/sogoc/sogoc/q")
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
	_ = slices.Collect(maps.Values(m))
	_ = slices.Sorted(maps.Keys(m))
	_ = time.Time{}.After(time.Time{})
	q.Called(m)
	var _ q.Text
}`
	s.given[other] = `package q
import ("math/rand"; "time")
func Called(m map[string]int) {
	deeper(m)
}
func deeper(m map[string]int) {
	for range m {}
	_ = table
	generic[int]()
}
var table = time.Now()
func generic[T any]() {
	_ = 0.5
}
type Text string
func (Text) String() string {
	go deeper(nil)
	return ""
}
func unused() {
	_ = rand.Int()
}`
	if _, err := s.Import(contract); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	look := func(n ast.Node) {
		for _, what := range nondeterministic(n, s.info) {
			at := s.fset.Position(what.pos)
			found[strings.Split(s.given[at.Filename], "\n")[at.Line-1]] = true
		}
	}
	look(s.files[contract][0])
	own := map[string]bool{}
	for i, line := range strings.Split(s.given[contract], "\n") {
		own[line] = i+1 <= 10 && i+1 >= 2 || i+1 == 13
	}
	compare(t, "in the contract", found, own)

	clear(found)
	for _, n := range s.reached(contract) {
		look(n)
	}
	compare(t, "in what it calls", found, map[string]bool{
		"	for range m {}": true, "var table = time.Now()": true, "	_ = 0.5": true, "	go deeper(nil)": true, "	_ = rand.Int()": false,
	})
}

func compare(t *testing.T, where string, found, want map[string]bool) {
	t.Helper()
	for line, bad := range want {
		if found[line] != bad {
			t.Errorf("%s, %q is found: %v", where, line, found[line])
		}
		delete(found, line)
	}
	for line := range found {
		t.Errorf("%s, %q is found", where, line)
	}
}
