package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedPayload = regexp.MustCompile(`"payload":"([a-z0-9]+)"`)

// TestVerifyArchive: every receipt of an archive is checked, and every document
// against the record that names it.
func TestVerifyArchive(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, dir)
	files := map[string][]byte{}
	write("trust.json", get(t, s.url+"/api/v1/trust"))
	for n, name := range []string{"1-0", "2-0"} {
		write("event.json", []byte(event(n+1)))
		if out, code := sogoc(t, dir, "capture", "--url", s.url, "--as", "operator", "--audience", "public", "event.json"); code != 0 {
			t.Fatal(out)
		}
		one := get(t, s.url+"/api/v1/receipts/"+name[:1])
		write("one.json", one)
		out, code := sogoc(t, dir, "verify", "--trust", "trust.json", "one.json")
		if code != 0 {
			t.Fatal(out)
		}
		files["receipts/"+name+".receipt.json"] = one
		files["documents/"+name+".json"] = get(t, s.url+"/ipfs/"+namedPayload.FindStringSubmatch(out)[1])
	}
	s.stop(t)
	packed := func(change func(map[string][]byte)) (string, int) {
		t.Helper()
		all := map[string][]byte{"records.csv": []byte("anything")}
		for name, b := range files {
			all[name] = bytes.Clone(b)
		}
		change(all)
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, body := range all {
			w, err := z.Create(name)
			if err == nil {
				_, err = w.Write(body)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		write("history.zip", b.Bytes())
		return sogoc(t, dir, "verify", "--trust", "trust.json", "history.zip")
	}
	if out, code := packed(func(map[string][]byte) {}); code != 0 || !strings.Contains(out, "history.zip verifies: 2 records, 2 documents") {
		t.Errorf("%d, %s", code, out)
	}
	for what, c := range map[string]struct {
		change func(map[string][]byte)
		want   string
	}{
		"a receipt":                {func(m map[string][]byte) { m["receipts/2-0.receipt.json"][900] ^= 1 }, "receipts/2-0.receipt.json"},
		"a document":               {func(m map[string][]byte) { m["documents/1-0.json"][50] ^= 1 }, "documents/1-0.json"},
		"one document for another": {func(m map[string][]byte) { m["documents/1-0.json"] = m["documents/2-0.json"] }, "documents/1-0.json"},
		"a document of no record":  {func(m map[string][]byte) { m["documents/3-0.json"] = m["documents/2-0.json"] }, "documents/3-0.json"},
		"no receipt": {func(m map[string][]byte) {
			delete(m, "receipts/1-0.receipt.json")
			delete(m, "receipts/2-0.receipt.json")
		}, "there is no receipt"},
	} {
		if out, code := packed(c.change); code != exitUnproved || !strings.Contains(out, c.want) {
			t.Errorf("%s: %d, %s", what, code, out)
		}
	}
}
