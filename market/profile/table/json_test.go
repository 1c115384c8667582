package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		format           Format
		fields           string
		rows             [][]string
	}{
		{"a list", "a.json", `[{"a":1,"b":"x"},{"b":null,"c":true}]`, JSON, "a|b|c", [][]string{{"1", "x"}, {"", "", "true"}}},
		{"a list in a member", "a.json", `{"count":2,"data":[{"a":1},{"a":-2.5e3}]}`, JSON, "count|a", [][]string{{"2"}, {"", "1"}, {"", "-2.5e3"}}},
		{"what stands behind the list", "a.json", `{"data":[{"a":1}],"by":"Tám"}`, JSON, "a|by", [][]string{{"1"}, {"", "Tám"}}},
		{"lines", "a.ndjson", "{\"a\":1}\n{\"a\":2}\n", NDJSON, "a", [][]string{{"1"}, {"2"}}},
		{"lines with lists", "a.jsonl", "{\"a\":[{\"b\":1}]}\n{\"a\":[]}\n", NDJSON, "a[].b", [][]string{{"1"}, nil}},
		{"one object", "a.json", `{"a":{"b":1,"c":{"d":"x"}}}`, NDJSON, "a.b|a.c.d", [][]string{{"1", "x"}}},
		{"lists below", "a.json", `[{"plots":[{"code":"A","ha":1},{"code":"B"}],"tags":["x","y"],"m":[[1,2],[3]]}]`, JSON, "plots[].code|plots[].ha|tags[]|m[][]", [][]string{{"A; B", "1", "x; y", "1; 2; 3"}}},
		{"escapes", "a.json", `[{"a":"\u0110\u1ed3ng \"\\\/\n\ud83c\udf4a \u0000\ud800x\ud83c\n"}]`, JSON, "a", [][]string{{"Đồng \"\\/\n🍊 \ufffd\ufffdx\ufffd\n"}}},
		{"a key twice", "a.json", `[{"a":1,"a":2}]`, JSON, "a", [][]string{{"1; 2"}}},
		{"nothing", "a.json", ` [ ] `, JSON, "", nil},
		{"a byte order mark", "a.json", "\ufeff[{\"a\":1}]", JSON, "a", [][]string{{"1"}}},
	} {
		f := open(t, c.file, c.text)
		if f.Format != c.format {
			t.Errorf("%s: is %s, want %s", c.name, f.Format, c.format)
			continue
		}
		r, err := f.Rows(0)
		if err != nil {
			t.Fatal(err)
		}
		rows, _, err := all(r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := strings.Join(r.Fields(), "|"); got != c.fields || fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", c.rows) {
			t.Errorf("%s: fields %s and rows %q, want %s and %q", c.name, got, rows, c.fields, c.rows)
		}
	}
}

func TestGeoJSON(t *testing.T) {
	text := `{"type":"FeatureCollection","name":"x","features":[
		{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[106.032450,10.338120,3]},"properties":{"ten":"A"}},
		{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[106.03,10.33],[106.031,10.33],[106.031,10.331],[106.03,10.33]]]},"properties":{"ten":"B"}},
		{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[105,10],[107,10],[107,11],[105,10]]]},"properties":{"ten":"C"}},
		{"type":"Feature","geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[106.5,10.5]}]},"properties":null},
		{"type":"Feature","geometry":null,"properties":{"ten":"D","geometry":"x"}},
		{"type":"Feature","geometry":{"type":"Point","coordinates":[558123.2,1142000.1]},"properties":{}},
		{"type":"Feature","properties":{"ten":"E"}}],"by":"Tám"}`
	r, err := open(t, "a.json", text).Rows(0)
	if err != nil {
		t.Fatal(err)
	}
	rows, faults, err := all(r)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"7", "106.032450,10.338120", "A"}, {"", "106.03,10.33", "B"}, {"", "106.00,10.50", "C"}, {"", "106.5,10.5"}, {"", "x", "D"}, nil, {"", "", "E"}, {"", "", "", "Tám"}}
	if got := strings.Join(r.Fields(), "|"); got != "id|geometry|ten|by" || fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", want) {
		t.Errorf("fields %s and rows %q", got, rows)
	}
	if fmt.Sprint(faults) != "[{7 coordinates}]" {
		t.Errorf("faults %v", faults)
	}
	g, ok := r.(interface{ Geometries() (Geometries, bool) }).Geometries()
	if !ok || g.Features != 7 || fmt.Sprint(g.Types) != "map[GeometryCollection:1 Point:2 Polygon:2 none:2]" || g.BBox != [4]float64{105, 10, 107, 11} {
		t.Errorf("geometries %+v, %t", g, ok)
	}
	if f := open(t, "a.geojson", `{"type":"Feature","geometry":null,"properties":{"a":1}}`); f.Format != GeoJSON {
		t.Errorf("one feature is %s", f.Format)
	}
}

func TestBrokenJSON(t *testing.T) {
	deep := strings.Repeat(`{"a":`, MaxDepth+1) + "1" + strings.Repeat("}", MaxDepth+1)
	wide := &strings.Builder{}
	for i := range MaxFields + 1 {
		fmt.Fprintf(wide, `,"f%d":1`, i)
	}
	for _, c := range []struct {
		name, text string
		code       ledger.Code
		want       Unreadable
	}{
		{"it ends", "[{\"a\":1},\n{\"a\":", ledger.Invalid, Unreadable{"json", 2}},
		{"a comma too many", "[{\"a\":1},\n]", ledger.Invalid, Unreadable{"json", 2}},
		{"a word", "[{\"a\":yes}]", ledger.Invalid, Unreadable{"json", 1}},
		{"text behind", "[{\"a\":1}]\nx", ledger.Invalid, Unreadable{"json", 2}},
		{"a bad escape", `[{"a":"\x"}]`, ledger.Invalid, Unreadable{"json", 1}},
		{"a line end in a text", "[{\"a\":\"\n\"}]", ledger.Invalid, Unreadable{"json", 1}},
		{"leading zero", "[{\"a\":01}]", ledger.Invalid, Unreadable{"json", 1}},
		{"no object", "[{\"a\":1},\n3]", ledger.Invalid, Unreadable{"object", 2}},
		{"too deep", "[\n" + deep + "]", ledger.TooLarge, Unreadable{"depth", 2}},
		{"too deep in lists", "[{\"a\":" + strings.Repeat("[", 100_000), ledger.TooLarge, Unreadable{"depth", 1}},
		{"a million fields", "[{" + wide.String()[1:] + "}]", ledger.TooLarge, Unreadable{"fields", 1}},
		{"a name that is too long", `[{"` + strings.Repeat("x", MaxName+1) + `":1}]`, ledger.TooLarge, Unreadable{"name", 1}},
		{"a value that is too long", `[{"a":"` + strings.Repeat("x", MaxRow+1) + `"}]`, ledger.TooLarge, Unreadable{"row", 1}},
		{"a row that is too long", `[{"a":["` + strings.Repeat(strings.Repeat("x", 1<<20)+`","`, 5) + `"]}]`, ledger.TooLarge, Unreadable{"row", 1}},
		{"rows of one field among many", "[{" + strings.TrimSuffix(wide.String()[1:], fmt.Sprintf(`,"f%d":1`, MaxFields)) + "}" + strings.Repeat(",\n{\"f1\":1}", 10_000) + "]", ledger.TooLarge, Unreadable{"sparse", manyCells/MaxFields + 1}},
		{"a number that is too long", `[{"a":` + strings.Repeat("1", 1000) + `}]`, ledger.Invalid, Unreadable{"json", 1}},
	} {
		f, err := Open(strings.NewReader(c.text), int64(len(c.text)), "a.json")
		if err == nil {
			var r Rows
			if r, err = f.Rows(0); err == nil {
				_, _, err = all(r)
			}
		}
		var got *Unreadable
		if !errors.As(err, &got) || *got != c.want || ledger.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestNoTable: what has no rows needs a person, not an error.
func TestNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"a.json": `[1,2,3]`, "b.json": `"x"`, "c.pdf": "%PDF-1.7\n1,2\n", "d.txt": "Kính gửi ông,\nchúng tôi xin báo.", "e.html": "<p>a,b</p>\n<p>c,d</p>",
		"f.bin": "\x00\x01\x02", "g": "một dòng",
	} {
		if f := open(t, name, text); f.Format != Other || f.Tables() != 0 {
			t.Errorf("%s is %s", name, f.Format)
		}
	}
}

// FuzzJSON: what is read is JSON, and what is JSON with rows is read.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[{"a":1,"b":"x"},{"b":null}]`, `{"data":[{"a":-2.5e3}],"x":{"y":[1]}}`, "{\"a\":1}\n{\"a\":[2]}", `[{"a":"\u0110\ud83c\udf4a\""}]`,
		`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[106,10]},"properties":{"a":1}}]}`,
		`{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}}`, `[`, `{"features":[]}`, "\ufeff[]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Open(strings.NewReader(text), int64(len(text)), "a.json")
		if err != nil || file.Tables() == 0 {
			return
		}
		r, err := file.Rows(0)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = all(r)
		if file.Format != JSON || file.Encoding != "utf-8" {
			return
		}
		if sound := json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))); err == nil && !sound {
			t.Fatalf("%q is read, and is not JSON", text)
		}
		var bad *Unreadable
		if err != nil && (!errors.As(err, &bad) || bad.Line < 1) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
