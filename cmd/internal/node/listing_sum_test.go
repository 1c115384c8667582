package node_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// deliveries are what growers delivered: those of Tân Phú are four, each of them twice,
// and the one of Cái Bè delivered nine times.
func deliveries() []byte {
	var b bytes.Buffer
	b.WriteString("dien_thoai,xa,ngay,kg\n")
	line := func(who int, commune string, day int) {
		fmt.Fprintf(&b, "09%08d,%s,2026-06-%02d,%d\n", 12_345_678+who*7919, commune, day, 100*(who+1))
	}
	for who := range 4 {
		line(who, "Tân Phú", 1+who)
		line(who, "Tân Phú", 20+who)
	}
	for day := range 9 {
		line(9, "Cái Bè", 1+day)
	}
	return b.Bytes()
}

// TestPublishSummed: a table about people becomes one about communes, as its publisher
// chooses and first looks at; what is published says how it was made.
func TestPublishSummed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	_, other := s.member("khach", s.admit("Công ty B", ledger.KindDistributor), ledger.Roles...)
	draft := b.begins("Sản lượng theo xã", "files", "open")
	b.leads(b.upload(draft+"/files", "upload", "giao-hang.csv", deliveries()), draft+"/files?done=data_sent")
	link := regexp.MustCompile(`/data/[0-9a-f]+/files/[0-9a-f]+/sum\?table=0`)
	sum := string(link.Find(b.looked(draft).body))
	other.must(other.get(sum), http.StatusNotFound)
	b.must(b.get(strings.Replace(sum, "table=0", "table=1", 1)), http.StatusNotFound)

	page := b.must(b.get(sum), http.StatusOK)
	if !page.says(`name="by" value="1:keep"`) || !page.says(`name="by" value="2:month"`) || page.says(`name="by" value="0:`) || page.says(`name="told" value="0:`) || !page.says(`value="0"`) {
		t.Errorf("what may be chosen: %s", page)
	}
	chosen := []string{"by", "1:keep", "by", "2:month", "told", "count", "told", "3:sum", "told", "3:avg", "k", "3", "each", "0"}
	with := func(pairs ...string) []string { return append(append([]string{}, chosen...), pairs...) }
	for _, wrong := range []struct {
		field  string
		status int
		form   []string
	}{
		{"by", 400, []string{"told", "count", "k", "3"}},
		{"by", 400, []string{"by", "0:keep", "told", "count", "k", "3"}}, // a telephone number
		{"by", 400, []string{"by", "7:keep", "told", "count", "k", "3"}},
		{"by", 409, with("by", "2:year")},
		{"told", 400, []string{"by", "1:keep", "k", "3"}},
		{"told", 400, []string{"by", "1:keep", "told", "0:sum", "k", "3"}},
		{"each", 400, []string{"by", "1:keep", "told", "count", "k", "3", "each", "x"}},
		{"k", 400, []string{"by", "1:keep", "told", "count", "k", "2"}},
		{"k", 400, []string{"by", "1:keep", "told", "count", "k", "ba"}},
		{"k", 409, []string{"by", "2:keep", "told", "count", "k", "5"}},
	} {
		for _, do := range []string{"show", "make"} {
			a := b.must(b.post(sum, append([]string{"do", do}, wrong.form...)...), wrong.status)
			if !a.says(`id="` + wrong.field + `-wrong"`) {
				t.Errorf("%v: %s is not at fault: %s", wrong.form, wrong.field, a)
			}
		}
	}

	page = b.must(b.post(sum, with("do", "show")...), http.StatusOK)
	if !page.says("<td>2000</td>") || page.says("Cái Bè") || !page.says("9 dòng bị bỏ") || !page.says("Còn 1 dòng") {
		t.Errorf("%s", page)
	}
	if page := b.must(b.post(sum, "do", "show", "by", "1:keep", "told", "count", "k", "9"), http.StatusOK); !page.says("Cái Bè") || page.says("Tân Phú") {
		t.Errorf("where each row is one: %s", page)
	}
	if left := s.Uploads.List(company.org); len(left) != 1 {
		t.Errorf("a preview left %+v", left)
	}
	b.leads(b.post(sum, with("do", "make")...), draft+"/found?done=data_summed")
	b.must(b.post(sum, with("do", "make")...), http.StatusNotFound) // its place is taken
	if page := b.looked(draft); page.says("dien_thoai") || !page.says("Không thấy dữ liệu cá nhân") || !page.says("giao-hang-tong-hop.csv") {
		t.Errorf("%s", page)
	}
	if left := s.Uploads.List(company.org); len(left) != 1 {
		t.Errorf("%+v are left", left)
	}

	law := b.says(draft+"/law", "Gộp số liệu theo “xa”, tháng của “ngay”", "Nhóm dưới 3 giá trị khác nhau của “dien_thoai” thì bỏ (bỏ 9 trên 17 dòng)", "Tổng: kg", `value="added" checked`)
	source := regexp.MustCompile(`urn:uuid:[0-9a-f-]{36} gộp số liệu[^<]*`).FindString(law)
	method := regexp.MustCompile(`Gộp số liệu theo[^<]*`).FindString(law)
	fields := []string{
		"licence", market.OpenLicences[0], "seller", "enterprise", "origin", "own", "right", "Hợp đồng thu mua", "value", "added", "method", method, "sources", strings.ReplaceAll(source, "&#39;", "'"),
		"class", "ordinary", "quality", "Cân tại điểm thu mua", "limits", "Không nói về riêng ai", "frequency", "MONTHLY",
	}
	for i := range 5 {
		fields = append(fields, fmt.Sprint("column-", i), fmt.Sprint("Cột ", i))
	}
	b.leads(b.post(draft+"/law", fields...), draft+"/publish?done=data_saved")
	b.leads(b.post(draft+"/publish"), draft+"?done=data_published")
	id, _ := ledger.ParseID(strings.TrimPrefix(draft, "/data/"))
	d, err := s.Catalog.Known(t.Context(), id)
	if err != nil || len(d.Files) != 1 || d.Statement.Value != market.Added || len(d.From) != 1 || d.From[0].Kind != market.FromOutside || len(d.About.Columns) != 5 {
		t.Fatalf("%+v, %v", d, err)
	}
	got := s.must(s.get("/ipfs/"+d.Files[0].CID, ""), http.StatusOK)
	if want := "xa,ngay,count,sum kg,avg kg\nTân Phú,2026-06,8,2000,250\n"; string(got.body) != want {
		t.Errorf("%s, want %s", got.body, want)
	}
	if page := s.must(s.get("/datasets/"+id.String()+"?lang=vi", ""), http.StatusOK); !page.says("Tệp của đơn vị công bố") || !page.says("gộp số liệu từ tệp của đơn vị") {
		t.Errorf("%s", page)
	}
}

// TestSummedBeside: a file may stay, and be summed up in another way; names do not meet.
func TestSummedBeside(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	_, b := s.member("lan", s.admit("Chi cục Thống kê", ledger.KindAgency), ledger.RolePublisher)
	draft := b.begins("Giá cà phê", "files", "open")
	b.leads(b.upload(draft+"/files", "upload", "gia.csv", prices(400)), draft+"/files?done=data_sent")
	sum := string(regexp.MustCompile(`/data/[0-9a-f]+/files/[0-9a-f]+/sum\?table=0`).Find(b.looked(draft).body))
	for _, by := range []string{"0:month", "0:year"} {
		b.leads(b.post(sum, "do", "make", "by", by, "told", "2:avg", "k", "3", "keep", "true"), draft+"/found?done=data_summed")
	}
	b.looked(draft)
	b.says(draft+"/files", "gia.csv", "gia-tong-hop.csv", "gia-tong-hop-.csv")
	b.says(draft+"/law", "tháng của “ngay”", "năm của “ngay”", "Trung bình: gia")
}
