package contracts_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// sources reads this module's packages, and the standard library, from source. Of
// third parties it knows that they exist.
type sources struct {
	fset  *token.FileSet
	std   types.Importer
	all   map[string]*types.Package
	files map[string][]*ast.File
	info  *types.Info
	decls map[types.Object]ast.Node // what is declared outside functions
	given map[string]string         // a package's text in place of its files, for tests
}

func newSources() *sources {
	return &sources{
		fset: token.NewFileSet(), std: importer.ForCompiler(token.NewFileSet(), "source", nil),
		all: map[string]*types.Package{}, files: map[string][]*ast.File{}, decls: map[types.Object]ast.Node{}, given: map[string]string{},
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}},
	}
}

const module = "github.com/sogoc/sogoc/"

// Import is for the type checker.
func (s *sources) Import(path string) (*types.Package, error) {
	if p := s.all[path]; p != nil {
		return p, nil
	}
	domain, _, _ := strings.Cut(path, "/")
	switch {
	case strings.HasPrefix(path, module):
		return s.load(path)
	case !strings.Contains(domain, "."):
		return s.std.Import(path)
	}
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	s.all[path] = p
	return p, nil
}

// load checks a package of this module. What it uses of third parties has no type.
func (s *sources) load(path string) (*types.Package, error) {
	names := []string{path}
	if _, ok := s.given[path]; !ok {
		var err error
		if names, err = filepath.Glob(filepath.Join("..", strings.TrimPrefix(path, module), "*.go")); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		var text any
		if source, ok := s.given[path]; ok {
			text = source
		}
		file, err := parser.ParseFile(s.fset, name, text, 0)
		if err != nil {
			return nil, err
		}
		s.files[path] = append(s.files[path], file)
	}
	config := types.Config{Importer: s, Error: func(error) {}}
	p, _ := config.Check(path, s.fset, s.files[path], s.info)
	s.all[path] = p
	for _, file := range s.files[path] {
		s.declared(file)
	}
	return p, nil
}

func (s *sources) declared(file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.decls[s.info.Defs[d.Name]] = d
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						s.decls[s.info.Defs[name]] = spec
					}
				case *ast.TypeSpec:
					s.decls[s.info.Defs[spec.Name]] = spec
				}
			}
		}
	}
}

// reached are the declarations of this module that a package's code leads to: what
// it names, what that names in turn, and every method of a type among them, as
// others may call it by an interface. The package's own are left out.
func (s *sources) reached(path string) []ast.Node {
	seen := map[types.Object]bool{}
	var list []ast.Node
	var names func(n ast.Node)
	visit := func(o types.Object) {
		switch of := o.(type) {
		case *types.Func:
			o = of.Origin()
		case *types.Var:
			o = of.Origin()
		}
		if o == nil || seen[o] || s.decls[o] == nil {
			return
		}
		seen[o] = true
		if o.Pkg().Path() != path {
			list = append(list, s.decls[o])
		}
		names(s.decls[o])
		if t, ok := o.Type().(*types.Named); ok {
			for m := range t.Methods() {
				if s.decls[m] != nil && !seen[m] {
					seen[m] = true
					if m.Pkg().Path() != path {
						list = append(list, s.decls[m])
					}
					names(s.decls[m])
				}
			}
		}
	}
	names = func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				visit(s.info.Uses[id])
			}
			return true
		})
	}
	for _, file := range s.files[path] {
		names(file)
	}
	return list
}
