package node_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// prices is a table that everybody may read, and customers one that nobody may.
func prices(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("ngay,loai,gia\n")
	for i := range rows {
		fmt.Fprintf(&b, "%04d-%02d-%02d,Robusta,%d\n", 2020+i/336, 1+i/28%12, 1+i%28, 98000+i%977)
	}
	return b.Bytes()
}

func customers(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("ma_don,dien_thoai,so_luong\n")
	for i := range rows {
		fmt.Fprintf(&b, "D%05d,09%08d,%d\n", i, 12_345_678+i*7919, 1+i%40)
	}
	return b.Bytes()
}

// begins begins a draft and gives its path.
func (b *browser) begins(title, kind, access string) string {
	b.Helper()
	a := b.post("/data/new", "title", title, "summary", "Theo ngày, toàn tỉnh", "theme", "AGRI", "kind", kind, "access", access, "contact", "dulieu@example.vn")
	m := regexp.MustCompile(`^(/data/[0-9a-f]{32})/files\?`).FindStringSubmatch(a.Header.Get("Location"))
	if m == nil {
		b.Fatalf("%s", a)
	}
	return m[1]
}

// lawful says in a draft what the law asks.
func (b *browser) lawful(draft, licence string, columns int) {
	b.Helper()
	fields := []string{
		"licence", licence, "seller", "agency", "origin", "own", "right", "Quyết định 12/QĐ-UBND", "value", "raw", "class", "ordinary",
		"quality", "Khảo sát 30 điểm mỗi ngày", "limits", "Không dùng để định giá một lô cụ thể", "frequency", "DAILY",
	}
	for i := range columns {
		fields = append(fields, "column-"+strconv.Itoa(i), "Cột "+strconv.Itoa(i))
	}
	b.leads(b.post(draft+"/law", fields...), draft+"/publish?done=data_saved")
}

// looked waits until the files of a draft are looked at, and gives the page that says what
// was found.
func (b *browser) looked(draft string) *answer {
	b.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		a := b.must(b.get(draft+"/found"), http.StatusOK)
		if !a.says("data-job") {
			return a
		}
		if time.Now().After(end) {
			b.Fatalf("nobody looks: %s", a)
		}
	}
}

func (b *browser) pieces(draft, name string, size int) string {
	b.Helper()
	a := b.call(http.MethodPost, draft+"/uploads", header{"Sec-Fetch-Site", "same-origin", "Upload-Length", strconv.Itoa(size), "Upload-Metadata", "filename " + name}, nil)
	b.must(a, http.StatusCreated)
	return a.Header.Get("Location")
}

func (b *browser) piece(upload string, offset int, part []byte) *answer {
	b.Helper()
	return b.call(http.MethodPatch, upload, header{"Sec-Fetch-Site", "same-origin", "Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset)}, part)
}

// TestPublishOpen: an agency publishes a file that came in pieces; everybody reads it.
func TestPublishOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	agency := s.admit("Chi cục Thống kê", ledger.KindAgency)
	_, b := s.member("lan", agency, ledger.RolePublisher)
	draft := b.begins("Giá cà phê theo ngày", "files", "open")

	table := prices(4000)
	upload := b.pieces(draft, "Z2lhLmNzdg==", len(table)) // gia.csv
	half := len(table) / 2
	b.must(b.piece(upload, 0, table[:half]), http.StatusNoContent)
	b.must(b.piece(upload, 0, table[:half]), http.StatusConflict) // sent again: it is there
	b.must(b.piece(upload, half+1, table[half+1:]), http.StatusConflict)
	if a := b.get(draft + "/files"); !a.says("gia.csv") || !a.says("Chọn lại tệp đó") {
		t.Errorf("half a file is not told of: %s", a)
	}
	state := b.call(http.MethodHead, upload, nil, nil)
	if got := state.Header.Get("Upload-Offset"); got != strconv.Itoa(half) {
		t.Errorf("the upload is at %q", got)
	}
	b.must(b.piece(upload, half, append(bytes.Clone(table[half:]), 'x')), http.StatusRequestEntityTooLarge)
	b.must(b.piece(upload, len(table), nil), http.StatusNoContent) // makes good what was cut off

	if page := b.looked(draft); !page.says("Không thấy dữ liệu cá nhân") || !page.says("4.000") {
		t.Errorf("%s", page)
	}
	b.must(b.post(draft+"/publish"), http.StatusConflict) // the law is not satisfied
	if page := b.get(draft + "/publish"); !page.says("Còn thiếu") || page.says("Ký và công bố") {
		t.Errorf("%s", page)
	}
	b.lawful(draft, market.OpenLicences[0], 3)
	size := s.Ledger.Size()
	b.leads(b.post(draft+"/publish"), draft+"?done=data_published")
	b.leads(b.post(draft+"/publish"), draft) // sent twice
	if s.Ledger.Size() != size+1 {
		t.Errorf("%d entries", s.Ledger.Size()-size)
	}
	id, _ := ledger.ParseID(strings.TrimPrefix(draft, "/data/"))
	d, err := s.Catalog.Known(t.Context(), id)
	if err != nil || d.Org != agency.org || len(d.Files) != 1 || d.Review == nil || d.Review.Found != 0 || d.About == nil || len(d.About.Columns) != 3 || d.About.Score == 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	if got := s.must(s.get("/ipfs/"+d.Files[0].CID, ""), http.StatusOK); !bytes.Equal(got.body, table) {
		t.Errorf("%d bytes", len(got.body))
	}
	s.must(s.get("/ipfs/"+d.Review.Profile, ""), http.StatusNotFound)
	if left := s.Uploads.List(agency.org); len(left) != 0 {
		t.Errorf("%+v are left", left)
	}
	if page := b.get("/data"); !page.says("Giá cà phê theo ngày") || !page.says("mọi người đọc được") || page.says("Đang chuẩn bị") {
		t.Errorf("%s", page)
	}
	// The next version begins with what this one says.
	b.leads(b.post(draft+"/next"), draft+"/what")
	if page := b.get(draft + "/law"); !page.says("Quyết định 12/QĐ-UBND") {
		t.Errorf("%s", page)
	}
}

// TestPublishMasked: telephone numbers are found and stop a draft until a clean copy takes
// the file's place; what is given under agreements is a ciphertext.
func TestPublishMasked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	_, other := s.member("khach", s.admit("Công ty B", ledger.KindDistributor), ledger.Roles...)
	draft := b.begins("Đơn hàng", "files", "agreed")
	b.leads(b.upload(draft+"/files", "upload", "don-hang.csv", customers(300)), draft+"/files?done=data_sent")
	page := b.looked(draft)
	if !page.says("số điện thoại") || !page.says("dien_thoai") || page.says("0912345678") {
		t.Errorf("%s", page)
	}
	b.lawful(draft, market.AgreedLicences[0], 3)
	b.must(b.post(draft+"/publish"), http.StatusForbidden)
	if page := b.get(draft + "/publish"); !page.says("Đơn vị vận hành phải cho qua") {
		t.Errorf("%s", page)
	}
	other.must(other.get(draft+"/found"), http.StatusNotFound)
	mask := regexp.MustCompile(`/data/[0-9a-f]+/files/[0-9a-f]+/mask`).FindString(string(page.body))
	b.must(b.post(mask, "column-0", "keep"), http.StatusBadRequest)
	b.leads(b.post(mask, "column-0", "drop"), draft+"/found?done=data_masked")
	if page := b.looked(draft); !page.says("Không thấy dữ liệu cá nhân") || page.says("dien_thoai") {
		t.Errorf("%s", page)
	}
	b.leads(b.post(draft+"/publish"), draft+"?done=data_published")
	id, _ := ledger.ParseID(strings.TrimPrefix(draft, "/data/"))
	d, err := s.Catalog.Known(t.Context(), id)
	if err != nil || len(d.Files) != 1 || d.Files[0].Sealed == nil || len(d.About.Columns) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	file := d.Files[0]
	for _, who := range []string{"", company.token, s.operator} {
		s.must(s.get("/ipfs/"+file.CID, who), http.StatusNotFound)
	}
	key, err := s.Accounts.FileKey(t.Context(), company.org, file.CID)
	if err != nil || seal.Key(key).Commitment() != file.Sealed.Key {
		t.Fatalf("the key is not the one committed to: %v", err)
	}
	cipher, err := api.ReadPayload(t.Context(), s.Store, file.CID)
	if err != nil {
		t.Fatal(err)
	}
	var plain bytes.Buffer
	of := seal.Sealed{Plain: file.Sealed.Plain, Cipher: file.Sealed.Cipher, Key: file.Sealed.Key, Bytes: file.Bytes, Chunk: file.Sealed.Chunk}
	if err := seal.Decrypt(&plain, bytes.NewReader(cipher), key, of); err != nil || bytes.Contains(plain.Bytes(), []byte("dien_thoai")) || !strings.HasPrefix(plain.String(), "ma_don,so_luong") {
		t.Errorf("%.80s, %v", plain.String(), err)
	}
}

// TestModerated: what the operator says of a draft, and of a dataset, decides what its
// provider can do, and is read by them.
func TestModerated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	company := s.admit("Công ty Bản đồ", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	desk := s.desk()
	draft := b.begins("Bản đồ đất", "files", "agreed")
	b.leads(b.upload(draft+"/files", "upload", "ban-do.pdf", []byte("%PDF-1.4\n%…")), draft+"/files?done=data_sent")
	if page := b.looked(draft); !page.says("Máy không đọc được tệp này") {
		t.Errorf("%s", page)
	}
	b.lawful(draft, market.AgreedLicences[2], 0)
	b.must(b.post(draft+"/publish"), http.StatusForbidden)
	here := "/desk/market/drafts/" + company.org.String() + strings.TrimPrefix(draft, "/data")
	desk.must(desk.get(here), http.StatusNotFound) // nobody asked
	b.leads(b.post(draft+"/contest", "reason", "Chỉ có loại đất."), draft+"/found?done=data_asked")
	desk.says("/desk/market", "Bản đồ đất", "Chỉ có loại đất.")
	page := desk.says(here, "ban-do.pdf", "Chỉ có loại đất.")
	file := regexp.MustCompile(here + "/files/[0-9a-f]+").FindString(page)
	if got := desk.must(desk.get(file), http.StatusOK); !strings.HasPrefix(string(got.body), "%PDF") || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%s", got)
	}
	desk.decides(here+"/uphold", "reason", "Cần bỏ tên chủ đất.")
	b.says(draft+"/found", "Cần bỏ tên chủ đất.")
	b.leads(b.post(draft+"/contest", "reason", "Đã bỏ rồi."), draft+"/found?done=data_asked")
	desk.decides(here+"/clear", "reason", "Không có tên ai.")
	b.says(draft+"/found", "Không có tên ai.")
	b.leads(b.post(draft+"/publish"), draft+"?done=data_published")

	b.says(draft, "chờ duyệt")
	one := "/desk/market" + strings.TrimPrefix(draft, "/data")
	desk.says("/desk/market", "Bản đồ đất", one+"/approve")
	desk.decides(one+"/refuse", "reason", "Thiếu nguồn.")
	b.says(draft, "không được duyệt", "Thiếu nguồn.")
	desk.decides(one+"/approve", "reason", "Đã bổ sung.")
	b.says(draft, "đã duyệt", "Đã bổ sung.")
	desk.decides(one+"/delist", "reason", "Theo yêu cầu.")
	b.says(draft, "đã bị gỡ", "Theo yêu cầu.")
	b.must(b.get("/datasets"+strings.TrimPrefix(draft, "/data")), http.StatusNotFound)
	desk.must(desk.post(one+"/delist", "reason", "x"), http.StatusConflict)
}

// TestPrepared: whoever applied for an organisation prepares its data, and publishes them
// once it is admitted.
func TestPrepared(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.person("Nguyễn Văn Thức", "thuc@example.vn")
	s.begun(a)
	b := s.signIn("thuc@example.vn")
	draft := b.begins("Giá vải", "files", "open")
	b.leads(b.upload(draft+"/files", "upload", "gia.csv", prices(30)), draft+"/files?done=data_sent")
	b.says("/data", "chưa được duyệt", "Giá vải")
	b.looked(draft)
	b.lawful(draft, market.OpenLicences[1], 3)
	b.says(draft+"/publish", "chưa được duyệt")
	b.must(b.post(draft+"/publish"), http.StatusForbidden)
	b.leads(b.post(draft+"/drop"), "/data?done=data_dropped")
	b.must(b.get(draft+"/what"), http.StatusNotFound)
}
