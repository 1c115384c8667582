package api

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/sogoc/sogoc/api/web"
)

// TestHistoryHasWords: whatever is noted of an account is told in words.
func TestHistoryHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "account/event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	v := &web.History{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "What" {
			what, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			v.Events = append(v.Events, web.Happened{What: what})
		}
		return true
	})
	if len(v.Events) < 30 {
		t.Fatalf("%d events are named", len(v.Events))
	}
	pages := web.New(web.Options{})
	for _, l := range web.Languages {
		if err := pages.History(new(bytes.Buffer), web.Reader{Lang: l, Path: "/account/history"}, v); err != nil {
			t.Errorf("%s: %v", l, err)
		}
	}
	for _, method := range []string{"password", "pin", "code", "passkey", "external", "link"} {
		if err := pages.History(new(bytes.Buffer), web.Reader{Path: "/account/history"}, &web.History{Events: []web.Happened{{What: "signed_in", Method: method}}}); err != nil {
			t.Error(err)
		}
	}
}
