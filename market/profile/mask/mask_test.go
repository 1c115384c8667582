package mask

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/cell"
	"github.com/sogoc/sogoc/market/profile/personal"
	"github.com/sogoc/sogoc/market/profile/table"
)

var ctx = context.Background()

var key = []byte("a key that nobody else has")

// source is a file with its profile.
func source(t *testing.T, name, text string) Source {
	t.Helper()
	in := strings.NewReader(text)
	p, err := profile.Read(ctx, in, in.Size(), name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := table.Open(in, in.Size(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return Source{File: f, Table: &p.Tables[0]}
}

func written(t *testing.T, s Source, p Plan) (string, Result) {
	t.Helper()
	var b bytes.Buffer
	r, err := Write(ctx, &b, s, p, key)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), r
}

func TestOneValue(t *testing.T) {
	vn := cell.Notation{Commas: true}
	for _, c := range []struct {
		m          masked
		from, want string
	}{
		{masked{Rule: Rule{How: Keep}}, " x ", " x "},
		{masked{Rule: Rule{How: Initials}}, "Nguyễn Văn Ân", "N.V.Â."},
		{masked{Rule: Rule{How: Initials}}, "trần thị bích 2", "T.T.B."},
		{masked{Rule: Rule{How: Initials}}, "0912", ""},
		{masked{Rule: Rule{How: Year}}, "15/3/1990", "1990"},
		{masked{Rule: Rule{How: Year}}, "1990", "1990"},
		{masked{Rule: Rule{How: Year}}, "1990-03-15T10:00:00Z", "1990"},
		{masked{Rule: Rule{How: Year}}, "khoảng 1990", ""},
		{masked{Rule: Rule{How: Month}}, "15/3/1990", "1990-03"},
		{masked{Rule: Rule{How: Month}}, "3/4/1990", "1990-04"},
		{masked{Rule: Rule{How: Month}, us: true}, "3/4/1990", "1990-03"},
		{masked{Rule: Rule{How: Month}}, "1990", ""},
		{masked{Rule: Rule{How: Grid}}, "10.338120", "10.3"},
		{masked{Rule: Rule{How: Grid}}, "10,338120", "10.3"},
		{masked{Rule: Rule{How: Grid}}, "-0.05", "-0.1"},
		{masked{Rule: Rule{How: Grid}}, "106.032450, 10.338120", "106.0,10.3"},
		{masked{Rule: Rule{How: Grid}}, "106.03x", ""},
		{masked{Rule: Rule{How: Area}}, "Số 12, ấp 3, xã Tân Phú, huyện Châu Thành - Đồng Tháp, tỉnh X", "xã Tân Phú, huyện Châu Thành, tỉnh X"},
		{masked{Rule: Rule{How: Area}}, "12 Nguyễn Huệ, P. 3, TP. Mỹ Tho", "P. 3, TP. Mỹ Tho"},
		{masked{Rule: Rule{How: Area}}, "12 Nguyễn Huệ", ""},
		{masked{Rule: Rule{How: Range, Width: 50}}, "120", "100–150"},
		{masked{Rule: Rule{How: Range, Width: 50}}, "-1", "-50–0"},
		{masked{Rule: Rule{How: Range, Width: 0.1}}, "0.3", "0.3–0.4"},
		{masked{Rule: Rule{How: Range, Width: 1000}, notation: vn}, "1.234", "1000–2000"},
		{masked{Rule: Rule{How: Range, Width: 1}, notation: vn}, "1,5", "1–2"},
		{masked{Rule: Rule{How: Range, Width: 1}}, "nhiều", ""},
		{masked{Rule: Rule{How: Year}}, "N/A", ""},
	} {
		if got := c.m.value([]byte(c.from)); got != c.want {
			t.Errorf("%s of %q is %q, want %q", c.m.How, c.from, got, c.want)
		}
	}
}

func TestPseudonyms(t *testing.T) {
	of := func(k, v string) string {
		return newMasked(profile.Field{}, Rule{How: Pseudonym}, []byte(k)).value([]byte(v))
	}
	a := of("key one, sixteen", "079099012345")
	if len(a) != 17 || a != of("key one, sixteen", " 079099012345 ") {
		t.Errorf("one value has %q and %q", a, of("key one, sixteen", " 079099012345 "))
	}
	if a == of("key two, sixteen", "079099012345") || a == of("key one, sixteen", "079099012346") {
		t.Error("another key or value has the same pseudonym")
	}
	if of("key one, sixteen", "Nguye\u0302\u0303n") != of("key one, sixteen", "Nguyễn") {
		t.Error("a name has another pseudonym when its marks are apart")
	}
	seen := map[string]bool{}
	for i := range 10_000 {
		seen[of("key one, sixteen", fmt.Sprint(i))] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("10000 values have %d pseudonyms", len(seen))
	}
}

func TestFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "＝1": "'＝1",
		"-12.5": "-12.5", "-1.234,5": "-1.234,5", "+84912345678": "+84912345678", "-1e-5": "-1e-5", "-": "'-", "-x": "'-x", "12": "12", "": "", "x=1": "x=1", "-1-1": "'-1-1",
	} {
		if got := harmless(in); got != want {
			t.Errorf("%q is written as %q, want %q", in, got, want)
		}
	}
}

const harvest = "Họ tên,SĐT,Ngày sinh,Địa chỉ,Ngày,Sản lượng,=x\n" +
	"Nguyễn Văn An,0912345678,02/01/1971,\"Ấp 3, xã Tân Phú, huyện Châu Thành\",02/01/2025,\"1.250,5\",=1+1\n" +
	"Trần Thị Bích,0912345679,03/02/1985,\"Số 1, xã Tân Phú, huyện Châu Thành\",03/01/2025,\"820,25\",-5\n" +
	"Nguyễn Văn An,0912345678,02/01/1971,\"Ấp 3, xã Tân Phú, huyện Châu Thành\",15/01/2025,\"1.004\",x\n"

func TestWrite(t *testing.T) {
	s := source(t, "a.csv", harvest)
	rules := Suggest(s.Table.Personal)
	got, done := written(t, s, Plan{Rules: rules})
	want := "Ngày sinh,Địa chỉ,Ngày,Sản lượng,'=x\n" +
		"1971,\"xã Tân Phú, huyện Châu Thành\",02/01/2025,\"1.250,5\",'=1+1\n" +
		"1985,\"xã Tân Phú, huyện Châu Thành\",03/01/2025,\"820,25\",-5\n" +
		"1971,\"xã Tân Phú, huyện Châu Thành\",15/01/2025,1.004,x\n"
	if got != want || done != (Result{Read: 3, Written: 3}) {
		t.Errorf("%+v:\n%s", done, got)
	}
	again := source(t, "b.csv", got)
	if len(again.Table.Personal) != 1 || again.Table.Personal[0].Kind != personal.Birth {
		t.Errorf("what comes out looks like %+v", again.Table.Personal)
	}
	if _, err := Write(ctx, &bytes.Buffer{}, s, Plan{}, key); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("a table about people without a rule: %v", err)
	}
	wide := source(t, "a.csv", "a,b\n1,2\n")
	wide.File = source(t, "a.csv", "a,b\n1,2\n1,2,0912345678\n").File
	if _, err := Write(ctx, &bytes.Buffer{}, wide, Plan{}, nil); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("another file than the one that was looked at: %v", err)
	}
}

// TestHeadless: the first row of a table without headings is masked as well.
func TestHeadless(t *testing.T) {
	s := source(t, "a.csv", "Nguyễn Văn An,12\nTrần Thị Bích,13\nLê Văn Tám,14\n")
	got, _ := written(t, s, Plan{Rules: []Rule{{Field: "field1", How: Initials}}})
	if got != "field1,field2\nN.V.A.,12\nT.T.B.,13\nL.V.T.,14\n" {
		t.Errorf("written as\n%s", got)
	}
}

func TestJSONBecomesATable(t *testing.T) {
	s := source(t, "a.json", `[{"ten":"Nguyễn Văn An","kg":1},{"ten":"Trần Thị Bích","kg":2,"xa":"Cái Bè"}]`)
	got, _ := written(t, s, Plan{Rules: []Rule{{Field: "ten", How: Drop}}})
	if got != "kg,xa\n1,\n2,Cái Bè\n" {
		t.Errorf("written as\n%s", got)
	}
}

func TestValidate(t *testing.T) {
	s := source(t, "a.csv", harvest)
	ok := Suggest(s.Table.Personal)
	for _, c := range []struct {
		name, field string
		plan        Plan
	}{
		{"no such field", "rules[0].field", Plan{Rules: []Rule{{Field: "x", How: Drop}}}},
		{"twice", "rules[1].field", Plan{Rules: []Rule{{Field: "Ngày", How: Drop}, {Field: "Ngày", How: Year}}}},
		{"no such thing", "rules[0].how", Plan{Rules: []Rule{{Field: "Ngày", How: "burn"}}}},
		{"a range of nothing", "rules[0].width", Plan{Rules: []Rule{{Field: "Sản lượng", How: Range}}}},
		{"no rule", "rules", Plan{Rules: ok[1:]}},
		{"k", "k", Plan{Rules: ok, K: MaxK + 1}},
		{"known to nobody", "known[0]", Plan{Rules: ok, Known: []string{"SĐT"}, K: 2}},
		{"known, and no field", "known[0]", Plan{Rules: ok, Known: []string{"x"}, K: 2}},
		{"each", "each", Plan{Rules: ok, Each: "x"}},
		{"sums of one", "k", Plan{Sum: &Sum{By: []string{"Ngày"}, Of: []Measure{{Do: Count}}}, K: 1}},
		{"sums by people", "sum.by[0]", Plan{Sum: &Sum{By: []string{"Họ tên"}, Of: []Measure{{Do: Count}}}, K: 2}},
		{"sums of nothing", "sum.of", Plan{Sum: &Sum{By: []string{"Ngày"}}, K: 2}},
		{"no measure", "sum.of[0].do", Plan{Sum: &Sum{By: []string{"Ngày"}, Of: []Measure{{Field: "Sản lượng", Do: "max"}}}, K: 2}},
		{"a measure of no field", "sum.of[0].field", Plan{Sum: &Sum{By: []string{"Ngày"}, Of: []Measure{{Do: Total}}}, K: 2}},
	} {
		var e *ledger.Error
		if err := c.plan.Validate(s.Table, key); !errors.As(err, &e) || e.Field != c.field || e.Code != ledger.Invalid {
			t.Errorf("%s: %v, want a fault of %s", c.name, err, c.field)
		}
	}
	var e *ledger.Error
	if err := (Plan{Rules: []Rule{{Field: "SĐT", How: Pseudonym}}}).Validate(s.Table, key[:8]); !errors.As(err, &e) || e.Field != "rules[0].how" {
		t.Errorf("a short key: %v", err)
	}
	if err := (Plan{Rules: ok}).Validate(s.Table, nil); err != nil {
		t.Errorf("what is suggested: %v", err)
	}
}

// random is a table of farmers with several harvests each.
func random(r *rand.Rand, rows int) string {
	var b strings.Builder
	b.WriteString("ho_ten,xa,nam_sinh,kg\n")
	for range rows {
		who := r.IntN(40)
		fmt.Fprintf(&b, "Nguyễn Văn %c%c,Xã %d,%d,%d.%02d\n", 'A'+who%20, 'a'+who/20, who%7, 1950+who, r.IntN(100), r.IntN(100))
	}
	return b.String()
}

// TestSumsOfFew: a group is large enough, and all but one of its cells are empty: its sum
// would tell of that one.
func TestSumsOfFew(t *testing.T) {
	of := []Measure{{Do: Count}, {Field: "kg", Do: Count}, {Field: "kg", Do: Total}, {Field: "kg", Do: Average}}
	s := source(t, "a.csv", "ai,xa,kg\na,A,5\nb,A,\nc,A,\na,B,1\na,B,2\nb,B,3\nc,B,\n")
	for each, want := range map[string]string{
		"":   "xa,count,count kg,sum kg,avg kg\nA,3,1,,\nB,4,3,6,2\n",
		"ai": "xa,count,count kg,sum kg,avg kg\nA,3,1,,\nB,4,3,,\n",
	} {
		if got, _ := written(t, s, Plan{K: 3, Each: each, Sum: &Sum{By: []string{"xa"}, Of: of}}); got != want {
			t.Errorf("by %q:\n%s\nwant\n%s", each, got, want)
		}
	}
}

// TestGroups compares with counting in memory: by rows and by people, checked, left out
// and summed up.
func TestGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for range 30 {
		text := random(r, r.IntN(120)+1)
		all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		s := source(t, "a.csv", text)
		k, each := r.IntN(6)+2, ""
		if r.IntN(2) == 0 {
			each = "ho_ten"
		}
		type count struct {
			rows   int
			people map[string]bool
			kg     *big.Rat
		}
		groups := map[string]*count{}
		of := func(row []string) string { return row[1] + "|" + row[2][:3] }
		for _, row := range all[1:] {
			g := groups[of(row)]
			if g == nil {
				g = &count{people: map[string]bool{}, kg: new(big.Rat)}
				groups[of(row)] = g
			}
			g.rows++
			g.people[row[0]] = true
			kg, _ := new(big.Rat).SetString(row[3])
			g.kg.Add(g.kg, kg)
		}
		small := func(g *count) bool {
			if each != "" {
				return len(g.people) < k
			}
			return g.rows < k
		}
		below, kept := 0, []string(nil)
		for name, g := range groups {
			if small(g) {
				below += g.rows
				continue
			}
			xa, decade, _ := strings.Cut(name, "|")
			kg, _ := g.kg.Float64()
			kept = append(kept, fmt.Sprintf("%s,%s0–%s,%d,%s,%s", xa, decade, decadeAfter(decade), g.rows, g.kg.FloatString(2),
				trimmed(fmt.Sprintf("%.4f", kg/float64(g.rows)))))
		}
		slices.Sort(kept)
		plan := Plan{
			Rules: []Rule{{Field: "ho_ten", How: Drop}, {Field: "nam_sinh", How: Range, Width: 10}, {Field: "xa", How: Keep}},
			Known: []string{"xa", "nam_sinh"}, K: k, Each: each,
		}
		a, err := Check(ctx, s, plan, key)
		if err != nil {
			t.Fatal(err)
		}
		if a.Rows != int64(len(all)-1) || a.Groups != int64(len(groups)) || a.Below != int64(below) {
			t.Errorf("k %d by %q: %+v, want %d groups, %d rows below", k, each, a, len(groups), below)
		}
		out, done := written(t, s, plan)
		if done.LeftOut != int64(below) || done.Written != int64(len(all)-1-below) || strings.Count(out, "\n") != int(done.Written)+1 {
			t.Errorf("k %d by %q: %+v, want %d left out", k, each, done, below)
		}
		plan.Sum = &Sum{By: []string{"xa", "nam_sinh"}, Of: []Measure{{Do: Count}, {Field: "kg", Do: Total}, {Field: "kg", Do: Average}}}
		out, done = written(t, s, plan)
		got := strings.Split(strings.TrimSpace(out), "\n")
		if got[0] != "xa,nam_sinh,count,sum kg,avg kg" || !slices.Equal(got[1:], kept) || done.LeftOut != int64(below) {
			t.Errorf("k %d by %q: %+v\n%s\nwant\n%s", k, each, done, out, strings.Join(kept, "\n"))
		}
	}
}

func decadeAfter(decade string) string {
	var n int
	fmt.Sscan(decade, &n)
	return fmt.Sprint(n*10 + 10)
}

func TestSumsOfWhatIsNoNumber(t *testing.T) {
	s := source(t, "a.csv", "xa;kg\nA;1,5\nA;\nA;2,25\nB;-\nB;\n")
	got, _ := written(t, s, Plan{K: 2, Sum: &Sum{By: []string{"xa"}, Of: []Measure{{Field: "kg", Do: Count}, {Field: "kg", Do: Total}, {Field: "kg", Do: Average}}}})
	if got != "xa,count kg,sum kg,avg kg\nA,2,3.75,1.875\nB,0,,\n" {
		t.Errorf("summed up as\n%s", got)
	}
}
