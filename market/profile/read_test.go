package profile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/profile/charset"
	"github.com/sogoc/sogoc/market/profile/personal"
	"github.com/sogoc/sogoc/market/profile/table"
)

// TestNothingPersonalIsShown puts a word that nobody else uses into every field that looks
// personal, and looks for it in the whole document.
func TestNothingPersonalIsShown(t *testing.T) {
	for name, text := range map[string]string{
		"a.csv": "Họ tên,Điện thoại,Ngày sinh,Ghi chú,vi do,kinh do,kg\n" +
			"Nguyễn Văn Xyzzy,0912345678,02/01/1971,gọi 0387654321 nhé,10.338121,106.032451,12\n" +
			"Trần Thị Xyzzy,0912345679,02/01/1971,xyzzy,10.338121,106.032451,13\n",
		"b.csv":   "Nguyễn Văn Xyzzy;12\nTrần Thị Xyzzy;13\nLê Văn Xyzzy;14\n",
		"c.json":  `[{"chu":{"ten":"Nguyễn Văn Xyzzy"},"nguoi":[{"ten":"Trần Thị Xyzzy"},{"ten":"Lê Văn Xyzzy"}],"kg":12}]`,
		"d.csv":   "kg,x\n12,\n13,\n14,,0912345678\n",
		"e.jsonl": "{\"kg\":12}\n{\"kg\":13,\"sdt\":\"0912345678\"}\n",
		"f.json":  `{"lap_boi":"Nguyễn Văn Xyzzy","rows":[{"kg":12}]}`,
	} {
		p := read(t, name, text)
		if len(p.Tables) != 1 || len(p.Tables[0].Personal) == 0 || p.Tables[0].Rows == 0 {
			t.Errorf("%s: %+v", name, p.Tables)
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"yzzy", "0912345", "0387654", "1971", "10.338", "106.032"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s: %s is in %s", name, secret, b)
			}
		}
		if !slices.ContainsFunc(p.Review, func(r Reason) bool { return r.Key == "personal" }) {
			t.Errorf("%s: nobody has to look: %+v", name, p.Review)
		}
	}
}

// TestOneAmongMany: one phone in a field of many other things does not make the field
// personal, but is not shown.
func TestOneAmongMany(t *testing.T) {
	text := "ma,kg\n0912345678,1\n" + strings.Repeat("K12,2\nK13,3\n", 500)
	tab := read(t, "a.csv", text).Tables[0]
	if len(tab.Personal) > 0 || tab.Preview.Rows[0][0] != "•••" || tab.Preview.Rows[1][0] != "K12" || fmt.Sprint(tab.Fields[0].Examples) != "[••• K12 K13]" {
		t.Errorf("%+v %+v %+v", tab.Personal, tab.Preview, tab.Fields)
	}
	tab = read(t, "a.csv", "Tên xã,kg\nLê Minh Xuân,1\nCái Bè,2\n").Tables[0]
	if tab.Preview.Rows[0][0] != "Lê Minh Xuân" || tab.Fields[0].Examples[0] != "Lê Minh Xuân" {
		t.Errorf("a commune is hidden: %+v", tab.Preview)
	}
}

func TestWhatIsNotProfiled(t *testing.T) {
	for name, text := range map[string]string{"a.pdf": "%PDF-1.4\n", "b.docx": "PK\x03\x04", "c.txt": "Kính gửi.\nXin chào.\n", "d.png": "\x89PNG\r\n\x1a\n\x00"} {
		p := read(t, name, text)
		if p.Format != table.Other || len(p.Tables) > 0 || len(p.Review) != 1 || p.Review[0].Key != "format" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p := read(t, "e.csv", "a,b\n"); len(p.Review) != 1 || p.Review[0].Key != "empty" {
		t.Errorf("headings alone: %+v", p.Review)
	}
}

func TestOldEncodings(t *testing.T) {
	text := "Tªn,S¶n l\u00adîng\nCµ phª,12\nHå tiªu,13\nS©u riªng,14\n"
	raw, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for e, text := range map[charset.Encoding]string{charset.TCVN3: raw, charset.TCVN3InUTF8: text} {
		p := read(t, "a.csv", text)
		if f := p.Tables[0].Fields; p.Encoding != e || f[0].Name != "Tên" || f[1].Name != "Sản lượng" || f[0].Examples[2] != "Sầu riêng" && f[0].Examples[2] != "Sâu riêng" {
			t.Errorf("%s: %s %+v", e, p.Encoding, f)
		}
	}
}

// TestOldFonts: a workbook says Unicode, and was typed in a font of old.
func TestOldFonts(t *testing.T) {
	text := workbook(t, [][]any{{"Tªn", "S¶n l\u00adîng"}, {"Cµ phª", 12}, {"NguyÔn V¨n An", 13}, {"TrÇn ThÞ BÝch", 14}})
	p := read(t, "a.xlsx", text)
	tab := p.Tables[0]
	if p.Encoding != charset.TCVN3InUTF8 || tab.Fields[1].Name != "Sản lượng" || tab.Fields[1].Type != Integer || len(tab.Personal) != 1 || tab.Personal[0].Kind != personal.Name {
		t.Errorf("%s %+v %+v", p.Encoding, tab.Fields, tab.Personal)
	}
	if p := read(t, "a.xlsx", workbook(t, [][]any{{"Tên", "Sản lượng"}, {"Cà phê", 12}})); p.Encoding != "" {
		t.Errorf("Unicode is taken for %s", p.Encoding)
	}
}

func workbook(t *testing.T, rows [][]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTitles: what stands above the headings is no data, and may name somebody.
func TestTitles(t *testing.T) {
	p := read(t, "a.csv", "BẢNG KÊ THU MUA,,\n\"Người lập: Nguyễn Văn An, 0912345678\",,\nten,kg,gia\nCam,1,2\nXoài,3,4\nBưởi,5,6\n")
	if !p.reviewed("titles") || p.Tables[0].Rows != 3 || p.Tables[0].Fields[0].Name != "ten" {
		t.Errorf("%+v", p)
	}
	if p := read(t, "a.csv", "BẢNG KÊ THU MUA,,\nten,kg,gia\nCam,1,2\nXoài,3,4\nBưởi,5,6\n"); p.reviewed("titles") {
		t.Errorf("%+v", p.Review)
	}
}

func TestDescribe(t *testing.T) {
	p := read(t, "a.csv", "ngay,kg\n2025-01-02,5\n2025-01-03,6\n")
	before := p.Tables[0].Quality
	p.Describe([]market.Column{{Name: "kg", Title: ledger.Text{VI: "Sản lượng", EN: "Yield"}, Unit: "kg"}})
	after := p.Tables[0].Quality
	if before.Score != 85 || after.Score != 92 || after.Parts[4].Score != 50 || after.Parts[4].Key != Documentation {
		t.Errorf("described, %+v becomes %+v", before, after)
	}
	s := p.Tables[0].Schema()
	if s.Fields[1].Title != "Sản lượng (kg)" || s.Fields[1].Description != "Yield" || s.Fields[1].Type != Integer {
		t.Errorf("schema %+v", s)
	}
	var again Profile
	b, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(b, &again)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Tables[0].Schema(), s) {
		t.Errorf("a profile that was stored has another schema")
	}
	p.Describe(nil)
	if got := p.Tables[0].Quality; fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("not described any more: %+v", got)
	}
}

// TestQuality takes one thing away after another.
func TestQuality(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       [4]int // completeness, uniqueness, validity, consistency
	}{
		{"all well", "a,b\n1,x\n2,y\n3,z\n4,u\n", [4]int{100, 100, 100, 100}},
		{"a cell missing", "a,b\n1,x\n2,\n3,z\n4,u\n", [4]int{87, 100, 100, 100}},
		{"two rows alike", "a,b\n1,x\n2,y\n1,x\n1,x\n", [4]int{100, 50, 100, 100}},
		{"a row too short", "a,b\n1,x\n2\n3,z\n4,u\n", [4]int{87, 100, 100, 75}},
		{"spaces", "a,b\n1, x\n2,y\n3,z\n4,u\n", [4]int{100, 100, 100, 87}},
		{"a word among numbers", "a,b\n1,x\n2,y\n3,z\n4,u\n5,x\n6,y\n7,z\n8,u\n9,a\nx,b\n", [4]int{100, 100, 95, 100}},
	} {
		q := read(t, "a.csv", c.text).Tables[0].Quality
		got := [4]int{q.Parts[0].Score, q.Parts[1].Score, q.Parts[2].Score, q.Parts[3].Score}
		if got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		weights := 0
		for _, p := range q.Parts {
			weights += p.Weight
			if p.Words.VI == "" || p.Words.EN == "" {
				t.Errorf("%s: %s has no words", c.name, p.Key)
			}
		}
		if weights != 100 {
			t.Errorf("the weights are %d", weights)
		}
	}
}

func TestPersons(t *testing.T) {
	p := read(t, "a.csv", "ten,sdt,kg\nNguyễn Văn An,0912345678,1\nTrần Thị Bích,0912345678,2\nLê Văn Tám,0912345678,3\nLê Văn Tám,0912345678,4\n")
	if got := p.Tables[0].Persons; got == nil || *got != (Count{N: 3}) {
		t.Errorf("tells about %+v", got)
	}
	if got := read(t, "a.csv", "a,b\n1,2\n").Tables[0].Persons; got != nil {
		t.Errorf("tells about %+v", got)
	}
}

// stretched is a file of one piece of CSV again and again, which is nowhere in memory.
type stretched struct {
	head, row string
	size      int64
}

func (s stretched) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < s.size {
		var piece string
		if off < int64(len(s.head)) {
			piece = s.head[off:]
		} else {
			piece = s.row[(off-int64(len(s.head)))%int64(len(s.row)):]
		}
		m := copy(p[n:min(len(p), n+int(min(int64(len(p)), s.size-off)))], piece)
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// TestMemory: what is kept does not grow with the file.
func TestMemory(t *testing.T) {
	kept := func(rows int64) uint64 {
		s := stretched{head: "ten,ngay,kg,ghi_chu\n", row: "Nguyễn Văn An,2025-01-02,12.5,giao tại kho số 2\nTrần Thị Bích,2025-01-03,1.5,trả sau\n"}
		s.size = int64(len(s.head)) + rows*int64(len(s.row))
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p, err := Read(context.Background(), s, s.size, "a.csv")
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if p.Tables[0].Rows != 2*rows || p.Tables[0].Duplicates.N != 2*rows-2 {
			t.Fatalf("%d rows, %d of them twice", p.Tables[0].Rows, p.Tables[0].Duplicates.N)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := kept(10_000), kept(300_000)
	if large > 3*small {
		t.Errorf("30 times the rows took %d bytes, not %d", large, small)
	}
}

// TestWide: a table may have as many fields as it may have, and one more is refused.
func TestWide(t *testing.T) {
	wide := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d,", i)
		}
		b.WriteString("z\n" + strings.Repeat("1,", n) + "2\n")
		return b.String()
	}
	tab := read(t, "a.csv", wide(table.MaxFields-1)).Tables[0]
	if len(tab.Fields) != table.MaxFields || tab.Fields[table.MaxFields-1].Max != "2" || len(tab.Preview.Fields) != maxPreviewFields {
		t.Errorf("%d fields, %d of them in the preview", len(tab.Fields), len(tab.Preview.Fields))
	}
	text := wide(table.MaxFields)
	if _, err := Read(context.Background(), strings.NewReader(text), int64(len(text)), "a.csv"); ledger.CodeOf(err) != ledger.TooLarge {
		t.Errorf("one more: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, strings.NewReader("a,b\n1,2\n"), 8, "a.csv"); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("cancelled: %v", err)
	}
	var bad *table.Unreadable
	if _, err := Read(context.Background(), strings.NewReader("a,b\n1,\"2\n"), 9, "a.csv"); !errors.As(err, &bad) || bad.Line != 2 {
		t.Errorf("broken: %v", err)
	}
}

// FuzzRead: whatever the file, there is a document or an error of a known kind, and no
// cell of a field that looks personal in it.
func FuzzRead(f *testing.F) {
	f.Add("ten,sdt\nNguyễn Văn An,0912345678\n", uint8(0))
	f.Add(`[{"a":1,"b":[{"c":"x"}]}]`, uint8(1))
	f.Add("a;b\n1,5;02/01/2025\n", uint8(0))
	names := []string{"a.csv", "a.json", "a.txt", "a"}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		p, err := Read(context.Background(), strings.NewReader(text), int64(len(text)), names[int(which)%len(names)])
		if err != nil {
			if code := ledger.CodeOf(err); code != ledger.Invalid && code != ledger.TooLarge {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if _, err := json.Marshal(p); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, tab := range p.Tables {
			for _, f := range tab.Fields {
				hidden := slices.ContainsFunc(tab.Personal, func(g personal.Finding) bool { return g.Field == f.Name })
				if hidden && (len(f.Examples) > 0 || slices.Contains(tab.Preview.Fields, f.Name)) || f.Values+f.Missing != tab.Rows || f.Invalid > f.Values || f.Mixed > f.Values {
					t.Fatalf("%q: %+v", text, f)
				}
			}
			if q := tab.Quality.Score; q < 0 || q > 100 {
				t.Fatalf("%q: quality %d", text, q)
			}
		}
	})
}
