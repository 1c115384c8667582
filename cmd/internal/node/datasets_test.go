package node_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// datasetWith publishes a dataset with one file whose profile shows a cell of it.
func (s *site) datasetWith(p *party, access market.Access, title, secret string) market.Release {
	s.Helper()
	about, err := json.Marshal(market.Description{
		Title: ledger.Text{VI: title}, Summary: ledger.Text{VI: "Theo ngày"}, Conditions: ledger.Text{VI: "Gửi đơn đến phòng kỹ thuật"},
		Columns: []market.Column{{Name: "ma", Title: ledger.Text{VI: "Mã"}, Type: "string"}},
	})
	if err != nil {
		s.Fatal(err)
	}
	found := `{"profile":"sogoc-profile/1","name":"a.csv","bytes":9,"format":"csv","media":"text/csv",` +
		`"tables":[{"rows":4321,"headed":true,"duplicates":{"n":0},"fields":[{"name":"ma","type":"string","values":1,"missing":7,"invalid":0,"mixed":0,"distinct":{"n":1},"min":"` + secret + `","max":"` + secret + `","examples":["` + secret + `"]}],` +
		`"preview":{"fields":["ma"],"rows":[["` + secret + `"]]},"quality":{"score":99,"parts":[]}}]}`
	file := market.File{Name: "a.csv", Media: "text/csv", Bytes: 9, CID: s.upload(p.token, []byte("ma\n"+secret+"\n"), false)}
	r := market.Release{
		Dataset: ledger.NewID(), Version: 1, Access: access, Licence: "https://creativecommons.org/publicdomain/zero/1.0/", Description: s.upload(p.token, about, false),
	}
	switch access {
	case market.Agreed:
		file.CID = s.upload(p.token, []byte("ciphertext of "+title), false)
		file.Sealed = &market.Sealed{Plain: ledger.Hash{1}, Cipher: ledger.Hash{2}, Key: ledger.Hash{3}, Chunk: 1 << 20}
		fallthrough
	case market.Open:
		r.Files = []market.File{file}
		return s.releases(p, r, found)
	}
	s.must(s.record(p.token, market.DatasetContract, market.ActionPublish, r), http.StatusCreated)
	return r
}

// TestNothingOfClosedData: of data that is not open nobody is shown a cell, wherever they
// look and whatever they look for.
func TestNothingOfClosedData(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Kho dữ liệu A", ledger.KindDataProvider), s.admit("Hợp tác xã B", ledger.KindCoop)
	for _, access := range []market.Access{market.Agreed, market.Listed} {
		secret := "bimatxyz" + string(access)
		r := s.datasetWith(a, access, "Độ mặn theo trạm", secret)
		at := "/datasets/" + r.Dataset.String()
		paths := []string{at, at + "?lang=en", at + "/versions", at + ".jsonld", "/datasets", "/datasets?q=do+man", "/datasets?access=" + string(access), "/api/v1/datasets", "/api/v1/datasets?q=do%20man"}
		for _, path := range paths {
			for _, token := range []string{"", b.token} {
				if body := string(s.must(s.get(path, token), 200).body); strings.Contains(body, secret) {
					t.Errorf("%s shows what is in the data", path)
				}
			}
		}
		for _, path := range []string{"/datasets?q=" + secret, "/api/v1/datasets?q=" + secret} {
			if body := string(s.must(s.get(path, ""), 200).body); strings.Contains(body, r.Dataset.String()) {
				t.Errorf("%s finds what is in the data", path)
			}
		}
		closed := []string{at + "/files/1/0", at + "/files/1/1", at + "/files/2/0"}
		shown := []string{"Gửi đơn đến phòng kỹ thuật"}
		if access == market.Agreed {
			closed = append(closed, "/ipfs/"+r.Review.Profile)
			shown = append(shown, "4.321", "7 ô trống", "12,5% số ô có giá trị")
		}
		for _, f := range r.Files {
			closed = append(closed, "/ipfs/"+f.CID)
		}
		for _, path := range closed {
			for _, token := range []string{"", b.token} {
				s.must(s.get(path, token), 404)
			}
		}
		page := s.page(at, 200)
		for _, want := range shown {
			if !strings.Contains(page, want) {
				t.Errorf("the page of what is %s lacks %q", access, want)
			}
		}
	}
}

// TestDownloads: a download needs no account and is counted; looking is not.
func TestDownloads(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.admit("Kho dữ liệu A", ledger.KindDataProvider)
	r := s.datasetWith(a, market.Open, "Độ mặn theo trạm", "0.4")
	at := "/datasets/" + r.Dataset.String()
	page := s.page(at, 200)
	link := at + "/files/1/0"
	for _, want := range []string{`href="` + link + `"`, "4.321", "ví dụ: 0.4", "<td>0.4</td>", "12/100"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	s.must(s.call(http.MethodHead, link, "", header{"User-Agent", phoneAgent}, nil), 303)
	s.must(s.call(http.MethodGet, link, "", header{"User-Agent", "Googlebot/2.1"}, nil), 303)
	for range 2 {
		to := s.must(s.call(http.MethodGet, link, "", header{"User-Agent", phoneAgent}, nil), 303).Header.Get("Location")
		got := s.must(s.get(to, ""), 200)
		if string(got.body) != "ma\n0.4\n" || got.Header.Get("Content-Disposition") != "attachment; filename=a.csv" {
			t.Errorf("%s: %v", got, got.Header)
		}
	}
	if page := s.page(at, 200); !strings.Contains(page, "Đã có 2 lượt tải") || !strings.Contains(page, "Lượt tải trong 31 ngày") {
		t.Error("the downloads are not counted")
	}
	if page := s.page("/datasets?sort=downloads", 200); !strings.Contains(page, "2 lượt tải") {
		t.Error("the list does not say how often it was downloaded")
	}

	about, err := json.Marshal(market.Description{Title: ledger.Text{VI: "Độ mặn"}, Columns: []market.Column{{Name: "tram", Type: "string"}, {Name: "man", Type: "number"}}})
	if err != nil {
		t.Fatal(err)
	}
	next := r
	next.Version, next.Review, next.Description = 2, nil, s.upload(a.token, about, false)
	next.Files = []market.File{{Name: "b.csv", Media: "text/csv", Bytes: 20, CID: s.upload(a.token, []byte("tram,man\nA,0.4\nB,2\n"), false)}}
	next.From = []market.Source{{Kind: market.FromDataset, Ref: r.Dataset.String() + "/1", How: "đo lại"}}
	s.releases(a, next)
	versions := s.page(at+"/versions", 200)
	for _, want := range []string{"Thêm cột: tram, man", "Bỏ cột: ma", "Bản đầu tiên"} {
		if !strings.Contains(versions, want) {
			t.Errorf("the versions lack %q", want)
		}
	}
	s.must(s.call(http.MethodGet, link, "", header{"User-Agent", phoneAgent}, nil), 303) // an old version stays

	m := market.Moderation{Dataset: r.Dataset, Version: 2, Standing: market.Delisted, Reason: "dữ liệu sai"}
	s.must(s.record(s.operator, market.DatasetContract, market.ActionModerate, m), http.StatusCreated)
	for _, path := range []string{at, at + "/versions", link, "/ipfs/" + r.Files[0].CID, "/ipfs/" + next.Description} {
		s.must(s.get(path, ""), 404)
	}
	if list := s.page("/datasets?q=do+man", 200); strings.Contains(list, r.Dataset.String()) {
		t.Error("what is delisted is listed")
	}
}
