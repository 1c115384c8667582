package profile

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files again")

func read(t *testing.T, name, text string) *Profile {
	t.Helper()
	p, err := Read(context.Background(), bytes.NewReader([]byte(text)), int64(len(text)), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTheDocument pins the document that others build on.
func TestTheDocument(t *testing.T) {
	files, err := filepath.Glob("testdata/thu-mua.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if filepath.Ext(file) == ".golden" {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := read(t, filepath.Base(file), string(b))
		got, err := json.MarshalIndent(struct {
			*Profile
			Schema Schema
		}{p, p.Tables[0].Schema()}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden := file + ".golden"
		if *update {
			if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s is profiled as\n%s", file, got)
		}
	}
}
