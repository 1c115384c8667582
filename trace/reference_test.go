package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
)

func TestParseReferenceList(t *testing.T) {
	want := ReferenceList{Entries: []ListEntry{
		{Code: "24-01", Name: Text{VI: "xã Lục Ngạn", EN: "Lục Ngạn commune"}, Province: Text{VI: "tỉnh Bắc Ninh"}, At: &Position{"21.371", "106.577"},
			From: []ListEntry{{Code: "C-1", Name: Text{VI: "xã Tân Lập, tỉnh Bắc Giang"}}, {Code: "C-2", Name: Text{VI: "xã Nghĩa Hồ"}}}},
		{Code: "24-02", Name: Text{VI: "xã Kiên Lao"}, Province: Text{VI: "tỉnh Bắc Ninh"}},
	}}
	table := "\ufeffcode,name_vi,name_en,province_vi,lat,lon,from\r\n" +
		"24-01,xã Lục Ngạn,Lục Ngạn commune,tỉnh Bắc Ninh,21.371,106.577,\"C-1 xã Tân Lập, tỉnh Bắc Giang | C-2 xã Nghĩa Hồ\"\r\n" +
		"24-02, xã Kiên Lao ,,tỉnh Bắc Ninh\r\n"
	got, err := ParseReferenceList(ListUnits, []byte(table))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("as CSV: %+v, %v", got, err)
	}
	want.Title, want.Sample = Text{VI: "Đơn vị hành chính"}, true
	b, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseReferenceList(ListUnits, b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("as JSON: %+v, %v", got, err)
	}
}

// TestListFaults: each fault is told with its line.
func TestListFaults(t *testing.T) {
	head := "code,name_vi,name_en,province_vi,lat,lon,from\n"
	for _, c := range []struct{ name, list, file, want string }{
		{"nothing", ListCrops, "", "1 syntax CSV"},
		{"a header alone", ListCrops, head, "0 none "},
		{"another header", ListCrops, "code;name_vi\nx;y\n", "1 header code;name_vi,1 header code,1 header name_vi"},
		{"a column twice", ListCrops, "code,name_vi,code\n", "1 header code"},
		{"missing words", ListCrops, head + ",x\ny,\n", "2 empty code,3 empty name_vi"},
		{"twice", ListCrops, head + "a,x\nb,x\na,x\n", "4 twice a"},
		{"too many cells", ListCrops, head + "a,x,,,,,,,\n", "2 syntax CSV"},
		{"an open quote", ListCrops, head + "a,x\nb,\"x\n", "3 syntax CSV"},
		{"strange codes", ListCrops, head + "a b,x\n" + strings.Repeat("k", 21) + ",x\n=a,x\n", "2 code a b,3 long " + strings.Repeat("k", 21) + ",4 code =a"},
		{"no unit", ListMeasures, head + "KGM,kg\nkg,kg\n", "3 code kg"},
		{"no place on earth", ListCrops, head + "a,x,,,91,0\nb,x,,,21.1,\nc,x,,,-90.0,180\nd,x,,,1e1,5\n", "2 position 91, 0,3 position 21.1, ,5 position 1e1, 5"},
		{"no province", ListUnits, head + "a,x,,,,,b y\n", "2 empty province_vi"},
		{"merged without a name", ListUnits, head + "a,x,,p,,,b\n", "2 empty b"},
		{"control characters", ListCrops, head + "a,\"x\ny\"\n", "2 text x\ny"},
		{"bytes", ListCrops, head + "a,\xff\n", "0 text UTF-8"},
		{"JSON cut off", ListCrops, "{\n\"entries\":[\n{\"code\":\"a\"", "3 syntax JSON"},
		{"JSON with more", ListCrops, "{\"entries\":[]}\n\nx", "1 syntax JSON"},
		{"JSON of something else", ListCrops, `{"name":"x"}`, "1 syntax JSON"},
		{"JSON lines", ListCrops, "{\"title\":{\"vi\":\"\"},\n\"entries\":[\n{\"code\":\"a\",\"name\":{\"vi\":\"x\"}},\n{\"code\":\"a\",\"name\":{\"vi\":\"x\"}},\n{\"code\":1},\n{\"code\":\"b\",\"name\":{\"vi\":\"\"}}]}", "4 twice a,5 syntax JSON,6 empty name_vi"},
	} {
		_, err := ParseReferenceList(c.list, []byte(c.file))
		var faults ListFaults
		if !errors.As(err, &faults) || ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, f := range faults {
			got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.What, f.Value))
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s: %q, want %q", c.name, strings.Join(got, ","), c.want)
		}
	}
}

func TestListBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("code,name_vi\n")
	for i := range MaxListEntries + 5 {
		fmt.Fprintf(&b, "c%d,x\n", i)
	}
	_, err := ParseReferenceList(ListCrops, []byte(b.String()))
	var faults ListFaults
	if !errors.As(err, &faults) || !slices.Equal(faults, ListFaults{{MaxListEntries + 2, FaultMany, ""}}) {
		t.Errorf("too many entries: %v", err)
	}
	_, err = ParseReferenceList(ListCrops, []byte("code,name_vi\n"+strings.Repeat(",\n", 5000)))
	if !errors.As(err, &faults) || len(faults) != maxListFaults {
		t.Errorf("%d faults are told", len(faults))
	}
}

func FuzzParseReferenceList(f *testing.F) {
	f.Add(ListUnits, []byte("code,name_vi,from\na,x,b y|c z\n"))
	f.Add(ListCrops, []byte("code,name_vi\n0\"0"))
	f.Add(ListMeasures, []byte(`{"title":{"vi":"x"},"entries":[{"code":"KGM","name":{"vi":"kg"},"at":{"lat":"1","lon":"2"}}]}`))
	f.Fuzz(func(t *testing.T, name string, file []byte) {
		list, err := ParseReferenceList(name, file)
		if err != nil {
			var faults ListFaults
			if !errors.As(err, &faults) || faults.Error() == "" {
				t.Fatalf("%v", err)
			}
			for _, one := range faults {
				if !utf8.ValidString(one.Value) || one.Line < 0 || one.Line > 1+strings.Count(string(file), "\n") {
					t.Fatalf("%+v", one)
				}
			}
			return
		}
		b, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseReferenceList(name, b); err != nil || !reflect.DeepEqual(again, list) {
			t.Fatalf("%s is read as %+v, %v", b, again, err)
		}
	})
}
