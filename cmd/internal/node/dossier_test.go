package node_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

// dossierRows are of the forms that a thing's record is written in.
func (w *world) dossierRows() []row {
	s := w.site
	lot := s.lot(s.product(w.a, 77, trace.Text{VI: "Chè"}), "D1")
	s.recordEvents(w.a, ledger.Public, s.commission(lot, 10))
	of := "?" + url.Values{"of": {lot.String()}}.Encode()
	members := answers{303, 401, 403, 200, 200, 200, 200, 403, 200, 200, 200, 200}
	return []row{
		{"GET /dossiers", "/dossiers" + of, nil, nil, members},
		{"GET /dossiers/:file", "/dossiers/passport.xlsx" + of, nil, nil, members},
	}
}

// TestDossierForms: what is recorded of a lot and of a season is handed out in each form,
// what is missing is said first, and nobody is told what others alone may read.
func TestDossierForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, shop := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Cửa hàng B", ledger.KindRetailer)
	crop := s.crop(coop, "V1")
	_, hoa := s.member("hoa", coop, ledger.Roles...)
	_, buyer := s.member("buyer", shop, ledger.RoleRecorder)
	hoa.sprays(crop, nil, "input", "Thuốc mẫu", "active", "emamectin", "dose", "1 l/ha", "purpose", "sâu", "interval", "7")
	hoa.sprays(crop, nil, "input", "Thuốc khác")
	product := s.product(coop, 9, trace.Text{VI: "Vải sấy"})
	raw, lot := s.lot(product, "N1"), s.lot(product, "L1")
	s.recordEvents(coop, ledger.Public, s.commission(raw, 100))
	s.recordEvents(coop, ledger.Parties, s.transform(raw, 60, lot, 20))
	s.recordEvents(coop, ledger.Public, s.ship(lot, 5, shop))
	of := func(file string, id trace.ID, more ...string) string {
		q := url.Values{"of": {id.String()}}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return "/dossiers" + file + "?" + q.Encode()
	}

	contains(t, s.must(hoa.get(of("", crop)), http.StatusOK), "Nhật ký VietGAP của vụ", "Còn thiếu", "Hoạt chất", "Thuốc khác")
	contains(t, s.must(hoa.get(of("", lot)), http.StatusOK), "Mười mục truy xuất", "Hộ chiếu sản phẩm", "FSMA 204", "Toàn bộ lịch sử")
	for path, field := range map[string]string{
		of("", crop, "from", "2026-13-01"): "from", of("", crop, "from", "2026-06-02", "to", "2026-06-01"): "to", "/dossiers?of=xyz": "of",
	} {
		contains(t, s.must(hoa.call(http.MethodGet, path, header{"Accept", "application/json"}, nil), http.StatusBadRequest), field)
	}
	s.must(hoa.get(of("/vietgap.pdf", lot)), http.StatusNotFound)
	s.must(buyer.get(of("/vietgap.pdf", crop)), http.StatusNotFound)
	s.must(hoa.get(of("", s.lot(product, "KHONG-CO"))), http.StatusNotFound)

	for _, file := range []string{"/vietgap.pdf", "/vietgap.xlsx"} {
		a := s.must(hoa.get(of(file, crop)), http.StatusOK)
		if got := a.Header.Get("Content-Disposition"); !strings.HasSuffix(got, file[1:]+`"`) || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %q", file, got)
		}
	}
	sheet := func(path string) *excelize.File {
		t.Helper()
		f, err := excelize.OpenReader(bytes.NewReader(s.must(hoa.get(path), http.StatusOK).body))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	rows, err := sheet(of("/vietgap.xlsx", crop)).GetRows("Thuốc bảo vệ thực vật")
	if err != nil || len(rows) != 3 || !strings.Contains(strings.Join(rows[1], "|"), "Thuốc mẫu|emamectin|1 l/ha|sâu|7|") || rows[2][2] != "(chưa ghi)" {
		t.Errorf("the logbook: %q, %v", rows, err)
	}
	if rows, err := sheet(of("/vietgap.xlsx", crop, "from", "2020-01-01", "to", "2020-12-31")).GetRows("Thuốc bảo vệ thực vật"); err != nil || len(rows) != 1 {
		t.Errorf("another year's: %q, %v", rows, err)
	}
	rows, err = sheet(of("/fsma.xlsx", lot)).GetRows("Gửi hàng")
	if err != nil || len(rows) != 2 || rows[1][0] != lot.String() || rows[1][2] != "5" || !strings.Contains(rows[1][5], "Cửa hàng B") {
		t.Errorf("the shipping: %q, %v", rows, err)
	}

	// Where a lot was grown is asked for what the regulation concerns.
	if page := s.must(hoa.get(of("", lot)), http.StatusOK); strings.Contains(string(page.body), "EUDR") {
		t.Error("dried lychee is asked for plots")
	}
	beans := s.lot(s.product(coop, 10, trace.Text{VI: "Cà phê nhân"}), "C1")
	s.recordEvents(coop, ledger.Public, s.commission(beans, 10))
	contains(t, s.must(hoa.get(of("", beans)), http.StatusOK), "EUDR", "plots.geojson", "Thửa đã thu hoạch")
	contains(t, s.must(hoa.get(of("/plots.geojson", beans)), http.StatusOK), `"FeatureCollection"`)
	s.must(hoa.get(of("/eudr.xlsx", beans)), http.StatusOK)

	// The history of a lot verifies offline, as far as the reader may read it.
	trust, err := receipt.ParseTrust(s.must(s.get("/api/v1/trust", ""), http.StatusOK).body)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		who     *browser
		id      trace.ID
		records int
	}{{hoa, lot, 3}, {buyer, lot, 2}, {buyer, raw, 1}} {
		b := s.must(c.who.get(of("/history.zip", c.id)), http.StatusOK).body
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		receipts, documents := 0, 0
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case strings.HasPrefix(f.Name, "documents/"):
				documents++
			case strings.HasPrefix(f.Name, "receipts/"):
				receipts++
				if _, err := receipt.Verify(trust, raw); err != nil {
					t.Errorf("%s: %v", f.Name, err)
				}
			}
		}
		if receipts != c.records || documents != c.records {
			t.Errorf("%d: %d receipts and %d documents, want %d", i, receipts, documents, c.records)
		}
	}
}
