// Package house holds the rules of the house that a machine can check.
package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sogoc/sogoc"

// root is the repository, seen from here.
var root = filepath.Join("..", "..", "..")

// source is a Go file with what it imports.
type source struct {
	file    string // relative to the root
	pkg     string // its folder, "ledger/merkle"
	test    bool
	imports []string // of this module without the module's path, or as written
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s := source{file: filepath.ToSlash(rel), pkg: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go")}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, strings.TrimPrefix(name, module+"/"))
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("%d files found, which cannot be all", len(all))
	}
	return all
}

// within reports whether a package is one of the folders or below it.
func within(pkg string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return pkg == f || strings.HasPrefix(pkg, f+"/") })
}

var tops = []string{"ledger", "contracts", "market", "trace", "api", "cmd", "network"}

func ours(name string) bool { return within(name, tops...) }

// mayImport lists, for a folder of this module, which other folders of it its
// packages may import. The longest folder that holds a package decides.
var mayImport = map[string][]string{
	"ledger":                 {},
	"ledger/merkle":          {"ledger"},
	"ledger/content":         {"ledger", "ledger/content"},
	"ledger/content/store":   {"ledger", "ledger/content", "ledger/disk"},
	"ledger/receipt":         {"ledger", "ledger/merkle"},
	"ledger/witness":         {"ledger", "ledger/merkle"},
	"ledger/monitor":         {"ledger", "ledger/merkle", "ledger/receipt"},
	"ledger/disk":            {"ledger"},
	"ledger/order":           {"ledger", "ledger/disk", "ledger/merkle"},
	"ledger/embedded":        {"ledger", "ledger/disk", "ledger/merkle", "ledger/order"},
	"ledger/backup":          {"ledger"},
	"ledger/fabric":          {"ledger", "ledger/disk", "ledger/order"},
	"ledger/ledgertest":      {"ledger", "ledger/merkle", "ledger/embedded"},
	"trace/gs1":              {},
	"trace/spelling":         {"ledger"},
	"trace":                  {"ledger", "ledger/content", "trace/gs1", "trace/spelling"},
	"trace/epcis":            {"ledger", "ledger/content", "trace", "trace/gs1"},
	"trace/index":            {"ledger", "ledger/content", "ledger/disk", "trace", "trace/gs1", "trace/land"},
	"trace/pdf":              {},
	"trace/label":            {"ledger", "trace", "trace/gs1", "trace/pdf"},
	"trace/dossier":          {"ledger", "trace", "trace/pdf", "trace/land"},
	"trace/land":             {"ledger", "trace"},
	"trace/logbook":          {"ledger", "trace", "trace/epcis"},
	"trace/protection":       {"ledger", "trace"},
	"trace/batch":            {"ledger", "trace", "trace/gs1", "trace/epcis"},
	"trace/capture":          {"ledger", "ledger/content", "trace", "trace/gs1", "trace/epcis"},
	"market":                 {"ledger", "ledger/content", "market/..."},
	"market/catalog":         {"ledger", "ledger/disk", "market", "market/words"},
	"market/atom":            {"ledger", "market"},
	"market/croissant":       {"ledger", "ledger/content", "market"},
	"market/deals":           {"ledger", "ledger/disk", "market"},
	"market/ckan":            {"ledger", "market"},
	"market/dcat":            {"ledger", "market"},
	"market/odrl":            {"ledger", "market"},
	"market/prov":            {"ledger", "market"},
	"market/vietqr":          {"ledger", "market"},
	"market/words":           {"ledger"},
	"market/profile":         {"ledger", "market", "market/profile/...", "trace/gs1"},
	"market/seal":            {"ledger", "ledger/merkle"},
	"contracts":              {"ledger", "ledger/merkle", "trace", "trace/gs1", "trace/spelling", "market", "market/seal", "contracts/..."},
	"contracts/contracttest": {"ledger", "ledger/ledgertest", "trace", "trace/gs1", "market", "contracts/..."},
	"api":                    {"ledger/...", "trace/...", "market/...", "api/..."},
	"api/web":                {"ledger", "trace"},
	"api/account":            {"ledger", "trace", "market", "market/words", "api/account/..."},
	"api/account/vault":      {"ledger", "ledger/disk"},
	"api/jobs":               {"ledger"},
	"api/uploads":            {"ledger"},
	"api/upstream":           {"ledger"},
	"api/mail":               {"ledger"},
	"cmd":                    {"ledger/...", "contracts/...", "trace/...", "market/...", "api/...", "cmd/...", "network/..."},
	"network":                {"ledger/...", "network/..."},
}

func TestWhoMayImportWhom(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		folder := longest(s.pkg)
		if folder == "" {
			t.Errorf("%s: no rule says what package %s may import", s.file, s.pkg)
			continue
		}
		for _, name := range s.imports {
			if ours(name) && name != s.pkg && !allowed(mayImport[folder], name) {
				t.Errorf("%s imports %s; packages in %s may import %v of this module", s.file, name, folder, mayImport[folder])
			}
		}
	}
}

func longest(pkg string) string {
	best := ""
	for folder := range mayImport {
		if within(pkg, folder) && len(folder) > len(best) {
			best = folder
		}
	}
	return best
}

// allowed reports whether a package is in the list. An entry that ends in /...
// stands for all that is below it, too.
func allowed(list []string, name string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		folder, all := strings.CutSuffix(entry, "/...")
		return name == folder || all && within(name, folder)
	})
}

// onlyIn says which folders may import a module from outside.
var onlyIn = map[string][]string{
	"github.com/labstack/echo":                   {"api"},
	"github.com/xuri/excelize":                   {"api/sheets", "trace/dossier", "market/profile/table"},
	"github.com/danielgtaylor/huma":              {"api"},
	"github.com/parquet-go/parquet-go":           {"market/profile/table"},
	"github.com/dgraph-io/badger":                {"ledger/disk", "ledger/order", "ledger/embedded", "ledger/fabric", "ledger/content/store", "trace/index", "market/catalog", "market/deals", "api/account/vault", "api/peer"},
	"github.com/hyperledger/fabric-sdk-go":       {"ledger/fabric", "network"},
	"github.com/hyperledger/fabric-chaincode-go": {"contracts/chaincode"},
	"github.com/spf13/cobra":                     {"cmd"},
	"github.com/ipfs/boxo":                       {"ledger/content"},
	"html/template":                              {"api/web"},
}

func TestWhoMayImportWhatFromOutside(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, name := range s.imports {
			for prefix, folders := range onlyIn {
				if within(name, prefix) && !within(s.pkg, folders...) {
					t.Errorf("%s imports %s, which only %v may", s.file, name, folders)
				}
			}
		}
	}
}

// TestContractsTouchNothing: rules have no store, network, file, clock or chance.
func TestContractsTouchNothing(t *testing.T) {
	banned := []string{"net", "net/http", "os", "io/fs", "math/rand", "math/rand/v2", "crypto/rand", "database/sql", "sync", "log", "log/slog"}
	for _, s := range sources(t) {
		if s.test || !within(s.pkg, "contracts") || within(s.pkg, "contracts/contracttest", "contracts/chaincode") {
			continue
		}
		for _, name := range s.imports {
			if slices.Contains(banned, name) {
				t.Errorf("%s imports %s", s.file, name)
			}
		}
	}
}

// TestNothingImportsCmd, and no folder stands beside the seven.
func TestNothingImportsCmd(t *testing.T) {
	for _, s := range sources(t) {
		for _, name := range s.imports {
			if within(name, "cmd") && !within(s.pkg, "cmd") {
				t.Errorf("%s imports %s", s.file, name)
			}
		}
		if top, _, _ := strings.Cut(s.pkg, "/"); !slices.Contains(tops, top) {
			t.Errorf("%s: %s is not one of the folders %v", s.file, top, tops)
		}
	}
}

func TestNamesSayWhatAPackageIs(t *testing.T) {
	vague := []string{"util", "utils", "common", "models", "types", "helpers", "misc", "shared"}
	for _, s := range sources(t) {
		if slices.Contains(vague, filepath.Base(s.pkg)) {
			t.Error(fmt.Errorf("%s: a package named %q says nothing", s.file, filepath.Base(s.pkg)))
		}
	}
}
