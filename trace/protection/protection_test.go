package protection

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

const head = "code,product,active,crop,pest,dose,hectare,interval,status,rule,holder\n"

const sample = head +
	"M-1,Thuốc mẫu A,abamectin 18 g/l,vải,bọ xít,\"0,6 l/ha\",0.6 LTR,7,allowed,,Công ty Mẫu\n" +
	"M-2,Thuốc mẫu A,abamectin 18 g/l,,nhện,\"0,4 l/ha\",0.4 LTR,10,allowed,,Công ty Mẫu\n" +
	"M-3,Đồng đỏ mẫu,copper hydroxide 770 g/kg,bưởi da xanh,loét,\"1,5 kg/ha\",1.5 KGM,14,restricted,TT-01 (mẫu),\n" +
	"M-4,,paraquat 200 g/l,,,,,,forbidden,QĐ-02 (mẫu),\n" +
	"M-5,Thuốc cỏ mẫu,diquat,,,,,0,forbidden,QĐ-03 (mẫu),\n"

func TestTable(t *testing.T) {
	rows, err := Parse([]byte("\ufeff" + strings.ReplaceAll(sample, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	table := Table{Rows: rows}
	for _, c := range []struct{ product, crop, want string }{
		{"thuoc mau a", "Vải thiều chính vụ", "M-1"},
		{" THUỐC  mẫu a ", "Dừa ta", "M-2"},
		{"dong do mau", "Vườn bưởi da xanh", "M-3"},
		{"Đồng đỏ mẫu", "Vải thiều", ""},
		{"Thuốc mẫu", "Vải thiều", ""},
		{"", "Vải thiều", ""},
	} {
		got := ""
		if r := table.Find(c.product, c.crop); r != nil {
			got = r.Code
		}
		if got != c.want {
			t.Errorf("%q on %q is %q, want %q", c.product, c.crop, got, c.want)
		}
	}
	if r := table.Known("đồng đỏ mẫu"); r == nil || r.Code != "M-3" || table.Known("x") != nil || table.Known("") != nil {
		t.Errorf("known: %+v", r)
	}
	names := ""
	for _, r := range table.For("bưởi da xanh") {
		names += r.Code + " "
	}
	if names != "M-3 M-2 " {
		t.Errorf("on the pomelo: %s", names)
	}
	for _, c := range []struct{ product, active, want string }{
		{"Gì đó", "Paraquat dichloride 276 g/l", "M-4"},
		{"thuoc co mau", "", "M-5"},
		{"Thuốc mẫu A", "abamectin 18 g/l", ""},
		{"", "", ""},
	} {
		got := ""
		if r := table.Ban(c.product, c.active); r != nil {
			got = r.Code
		}
		if got != c.want {
			t.Errorf("%q with %q is forbidden by %q, want %q", c.product, c.active, got, c.want)
		}
	}
	// What is published reads as any reference list.
	b, err := json.Marshal(Table{Title: trace.Text{VI: "Thuốc (mẫu)"}, Sample: true, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	var list trace.ReferenceList
	if err := json.Unmarshal(b, &list); err != nil || !list.Sample || len(list.Entries) != 5 || list.Entries[0].Code != "M-1" || list.Entries[0].Name.VI != "Thuốc mẫu A" {
		t.Errorf("as a reference list: %+v, %v", list, err)
	}
	var again Table
	if err := json.Unmarshal(b, &again); err != nil || *again.Rows[0].Hectare != *rows[0].Hectare || again.Rows[2].Rule != "TT-01 (mẫu)" {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestFaults: every bad row is named with its line, its column and the reason, and
// nothing of the file is used.
func TestFaults(t *testing.T) {
	good := "G-1,Thuốc,abamectin,,,,,7,allowed,,\n"
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "line 1: there is no line of column names"},
		{"a header alone", head, "line 1: the file has no row"},
		{"other columns", "code,product,active,status,price\n", "line 1, price: there is no such column|line 1, interval: the column is missing"},
		{"a column twice", "code,code,product,active,interval,status\n", "line 1, code: the column stands twice"},
		{"bytes", head + "\xff", "line 1: the file is not UTF-8"},
		{"an open quotation mark", head + good + "a,\"b\n", "line 3: a quotation mark is missing or superfluous"},
		{"too few cells, and another bad row", head + "a,b\n" + good + "x,y,z,,,,,7,perhaps,,\n", `line 2: has 2 cells, not 11|line 4, status: is not allowed, restricted or forbidden ("perhaps")`},
		{"empty cells", head + ",,,,,,,7,allowed,,\n", "line 2, code: is missing|line 2, active: is missing|line 2, product: is missing"},
		{"the same code", head + good + good, `line 3, code: stands in line 2 already ("G-1")`},
		{"bad days", head + "a,b,c,,,,,366,allowed,,\nb,b,c,,,,,,allowed,,\n", `line 2, interval: is not a whole number of days from 0 to 365 ("366")|line 3, interval: is not a whole number of days from 0 to 365`},
		{"a bad dose", head + "a,b,c,,,,\"0,5 l\",7,allowed,,\n", `line 2, hectare: is not a number and a unit of measure, such as 0.5 LTR ("0,5 l")`},
		{"no rule", head + "a,b,c,,,,,7,forbidden,,\nb,b,c,,,,,7,restricted,,\n", "line 2, rule: is missing|line 3, rule: is missing"},
		{"no substance", head + "a,,200 g/l,,,,,,forbidden,r,\n", `line 2, active: does not start with a name ("200 g/l")`},
		{"control characters", head + "a,\"b\nd\",c,,,,,7,allowed,,\n", "line 2, product: has a character that cannot be printed (\"b\\nd\")"},
		{"long words", head + "a,b,c,,,,,7,allowed,," + strings.Repeat("x", 201) + "\n", "line 2, holder: has more than 200 characters (\"" + strings.Repeat("x", 40) + "…\")"},
	} {
		rows, err := Parse([]byte(c.file))
		var faults Faults
		if !errors.As(err, &faults) || ledger.CodeOf(err) != ledger.Invalid || rows != nil {
			t.Errorf("%s: %v, %v", c.name, rows, err)
			continue
		}
		if got := strings.ReplaceAll(faults.Error(), "\n", "|"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(head + "a,\"b\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := Parse(file)
		if (err == nil) != (len(rows) > 0) || err != nil && ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		table := Table{Rows: rows}
		for _, r := range rows {
			if r.Product.VI != "" && Fold(r.Product.VI) != "" && table.Find(r.Product.VI, r.Crop) == nil {
				t.Errorf("%+v is not found", r)
			}
		}
	})
}
