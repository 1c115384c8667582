package node_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// TestProducts: an administrator describes a product with a photo under a code of the
// register or a GTIN, changes it, and nobody else does.
func TestProducts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	_, hoa := s.member("hoa", coop, ledger.RoleAdmin, ledger.RoleRecorder)
	_, an := s.member("an", other, ledger.Roles...)
	id := hidden(t, s.must(hoa.get("/products/new"), http.StatusOK), "id")
	full := map[string]string{
		"id": id, "name": "Vải thiều loại 1", "name_en": "Lychee, grade 1", "unit": "KGM", "one": "thùng", "tolerance": "2,5", "hard_cap": "10",
		"shelf_life": "7", "about": "Hái trong ngày", "brand": "Hồng Giang", "standards": "TCVN 11416:2016\n\nVietGAP\n",
	}
	send := func(b *browser, path string, file []byte, change ...string) *answer {
		var fields []string
		for i := 0; i < len(change); i += 2 {
			fields = append(fields, change[i], change[i+1])
		}
	fill:
		for name, value := range full {
			for i := 0; i < len(change); i += 2 {
				if change[i] == name {
					continue fill
				}
			}
			fields = append(fields, name, value)
		}
		return b.upload(path, "photo", "anh.png", file, fields...)
	}
	for field, value := range map[string]string{
		"name": "", "name_en": strings.Repeat("x", 101), "unit": "mẫu", "tolerance": "hai", "hard_cap": "1", "shelf_life": "lâu", "gtin": "123", "about": strings.Repeat("x", 1001),
	} {
		a := s.must(send(hoa, "/products/new", nil, field, value), http.StatusBadRequest)
		if body := string(a.body); field != "name" && !strings.Contains(body, "Vải thiều loại 1") || !strings.Contains(body, `id="`+field+`-wrong"`) {
			t.Errorf("%s: what is wrong is not beside it, or what was typed is gone: %s", field, body)
		}
	}
	s.must(send(hoa, "/products/new", []byte("MZ not a picture")), http.StatusBadRequest)
	s.must(send(hoa, "/products/new", nil, "gtin", "04012345111225"), http.StatusBadRequest)
	s.must(send(hoa, "/products/new", nil, "gtin", "4012345111224"), http.StatusForbidden)
	before := s.Ledger.Size()
	for range 2 {
		s.must(send(hoa, "/products/new", photo(t, 40, 30)), http.StatusSeeOther)
	}
	if n := s.Ledger.Size() - before; n != 1 {
		t.Errorf("a form that is sent twice makes %d records", n)
	}
	read := func(id trace.ID) *index.Product {
		t.Helper()
		p, err := s.Index.Product(t.Context(), index.Viewer{}, id)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := read(trace.MustID(id))
	if said := p.Profile; p.Unit != "KGM" || p.Tolerance.String() != "250/10000" && p.Tolerance.String() != "1/40" || said.ShelfLife != 7 || said.Image == "" || said.Name.EN != "Lychee, grade 1" || said.Unit.VI != "thùng" || len(said.Standards) != 2 || said.Brand != "Hồng Giang" {
		t.Errorf("recorded: %+v %+v", p, said)
	}
	s.must(s.get("/ipfs/"+p.Profile.Image, ""), http.StatusOK)
	gtin := keyID("01", "0"+coop.prefix+"00044")
	key, _ := gtin.Key()
	s.must(send(hoa, "/products/new", nil, "gtin", strings.TrimPrefix(strings.TrimPrefix(key.ElementString(), "(01)"), "0"), "name", "Thùng 5 kg", "unit", ""), http.StatusSeeOther)
	if p := read(gtin); p.Profile.Name.VI != "Thùng 5 kg" || p.Unit != "" {
		t.Errorf("under a GTIN: %+v", p)
	}
	edit := "/products/edit?" + url.Values{"id": {id}}.Encode()
	if body := string(s.must(hoa.get(edit), http.StatusOK).body); !strings.Contains(body, `value="2,5"`) || !strings.Contains(body, "Hồng Giang") || strings.Contains(body, `name="unit"`) {
		t.Errorf("the form does not have what is known: %s", body)
	}
	s.must(send(hoa, "/products/edit", nil, "name", "Vải loại một"), http.StatusSeeOther)
	if now := read(trace.MustID(id)); now.Profile.Name.VI != "Vải loại một" || now.Profile.Image != p.Profile.Image {
		t.Errorf("changed: %+v", now.Profile)
	}
	if page := string(s.must(hoa.get("/products"), http.StatusOK).body); !strings.Contains(page, "Vải loại một") || !strings.Contains(page, "giữ được 7 ngày") {
		t.Errorf("the list: %s", page)
	}
	s.must(an.get(edit), http.StatusNotFound)
	s.must(send(an, "/products/edit", nil), http.StatusNotFound)
	if a := send(an, "/products/new", nil); a.StatusCode == http.StatusSeeOther {
		t.Errorf("another organisation takes the product over: %s", a)
	}
	if page := string(s.must(an.get("/products"), http.StatusOK).body); strings.Contains(page, "Vải") {
		t.Errorf("another's products are listed as one's own: %s", page)
	}
}

// productRows are of an organisation's products.
func (w *world) productRows() []row {
	product := w.product(w.a, 77, trace.Text{VI: "Vải"})
	q := "?" + url.Values{"id": {product.String()}}.Encode()
	managed := func(code, other int) answers {
		return answers{401, 401, 403, 403, code, other, other, 403, 403, 403, 403, 403}
	}
	return []row{
		{"GET /products", "/products", nil, nil, answers{303, 401, 403, 200, 200, 200, 200, 403, 403, 403, 403, 403}},
		{"GET /products/new", "/products/new", nil, nil, answers{303, 401, 403, 403, 200, 200, 409, 403, 403, 403, 403, 403}},
		{"POST /products/new", "/products/new", here, form("id", "nothing"), managed(400, 400)},
		{"GET /products/edit", "/products/edit" + q, nil, nil, answers{303, 401, 403, 403, 200, 404, 404, 403, 403, 403, 403, 403}},
		{"POST /products/edit", "/products/edit", here, form("id", product.String()), managed(400, 404)},
	}
}
