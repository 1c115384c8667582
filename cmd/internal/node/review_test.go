package node_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// draft is one that a program prepares by the interface.
type draft struct {
	*site
	by   *party
	path string
	id   ledger.ID
}

func (s *site) json(method, path, token string, body any) *answer {
	s.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	return s.call(method, path, token, header{"Content-Type", "application/json"}, b)
}

func (s *site) drafts(p *party, access string) *draft {
	s.Helper()
	var begun struct{ Dataset ledger.ID }
	s.must(s.json(http.MethodPost, "/api/v1/drafts", p.token, map[string]string{"title": "Giá cà phê", "access": access}), http.StatusCreated).into(s, &begun)
	return &draft{s, p, "/api/v1/drafts/" + begun.Dataset.String(), begun.Dataset}
}

// next begins the next version of a dataset.
func (d *draft) next() {
	d.Helper()
	d.must(d.json(http.MethodPost, "/api/v1/drafts", d.by.token, map[string]string{"dataset": d.id.String()}), http.StatusCreated)
}

// send sends a file in two pieces.
func (d *draft) send(name string, b []byte) {
	d.Helper()
	a := d.call(http.MethodPost, d.path+"/uploads", d.by.token, header{"Upload-Length", strconv.Itoa(len(b)), "Upload-Metadata", "filename " + base64.StdEncoding.EncodeToString([]byte(name))}, nil)
	d.must(a, http.StatusCreated)
	half := len(b) / 2
	d.piece(a.Header.Get("Location"), 0, b[:half])
	d.piece(a.Header.Get("Location"), half, b[half:])
}

func (d *draft) piece(upload string, offset int, part []byte) {
	d.Helper()
	a := d.call(http.MethodPatch, upload, d.by.token, header{"Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(offset)}, part)
	d.must(a, http.StatusNoContent)
}

// review asks for the review until the files are looked at.
func (d *draft) review() *answer {
	d.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		a := d.json(http.MethodPost, d.path+"/review", d.by.token, struct{}{})
		if a.StatusCode != http.StatusConflict || time.Now().After(end) {
			return a
		}
	}
}

// stopped ends unless the operator has to let through what was found.
func (d *draft) stopped() {
	d.Helper()
	d.must(d.review(), http.StatusForbidden)
}

// reviewed gives the release that the review is for.
func (d *draft) reviewed() market.Release {
	d.Helper()
	r := release(d.upload(d.by.token, []byte(`{"title":{"vi":"Giá cà phê"},"summary":{"vi":"x"}}`), false), "")
	r.Dataset = d.id
	var got struct {
		Files  []market.File
		Review *market.Review
	}
	d.must(d.review(), http.StatusOK).into(d, &got)
	if r.Files, r.Review = got.Files, got.Review; len(r.Files) > 0 && r.Files[0].Sealed != nil {
		r.Access = market.Agreed
	}
	return r
}

// byBoth are the two ways in which a program records: with the key that the node keeps, or
// one of its own.
func (d *draft) byBoth(by *party, r market.Release) map[string]func() *answer {
	return map[string]func() *answer{
		"recorded": func() *answer { return d.record(by.token, market.DatasetContract, market.ActionPublish, r) },
		"signed": func() *answer {
			return d.submit(by.token, d.signed(by, market.DatasetContract, market.ActionPublish, r))
		},
	}
}

func (d *draft) refuses(t *testing.T, name string, by *party, r market.Release, status int, field string) {
	t.Helper()
	for how, send := range d.byBoth(by, r) {
		t.Run(name+", "+how, func(t *testing.T) { d.refused(t, send(), d.Ledger.Size(), status, field) })
	}
}

// TestReviewedReleases: however a release comes in, this node takes it when its review is
// what it found in exactly these files.
func TestReviewedReleases(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDataProvider)
	d := s.drafts(a, "open")
	d.must(d.json(http.MethodPost, d.path+"/review", a.token, struct{}{}), http.StatusConflict) // no file yet
	d.send("gia.csv", prices(50))
	right := d.reviewed()
	if right.Review == nil || right.Review.Found != 0 || right.Review.Unseen != 0 || len(right.Files) != 1 || right.Files[0].Name != "gia.csv" {
		t.Fatalf("%+v", right)
	}
	const files, review = "items[0].files", "items[0].review"
	with := func(f func(*market.Release)) market.Release {
		r := right
		r.Files, r.Review = slices.Clone(r.Files), new(market.Review)
		*r.Review = *right.Review
		f(&r)
		return r
	}
	phones := s.upload(a.token, customers(10), false)
	d.refuses(t, "left out", a, with(func(r *market.Release) { r.Review = nil }), 400, review)
	d.refuses(t, "invented", a, with(func(r *market.Release) {
		r.Review.Profile = s.upload(a.token, []byte(`{"profile":"sogoc-profiles/1"}`), false)
	}), 403, review)
	d.refuses(t, "of more than was found", a, with(func(r *market.Release) { r.Review.Unseen = 1 }), 403, review)
	d.refuses(t, "other bytes", a, with(func(r *market.Release) { r.Files[0].CID = phones }), 403, files)
	d.refuses(t, "another size", a, with(func(r *market.Release) { r.Files[0].Bytes-- }), 403, files)
	d.refuses(t, "another name", a, with(func(r *market.Release) { r.Files[0].Name = "gia.pdf" }), 403, files)
	d.refuses(t, "one file more", a, with(func(r *market.Release) {
		r.Files = append(r.Files, market.File{Name: "b.csv", Media: "text/csv", Bytes: 1, CID: phones})
	}), 403, files)
	d.refuses(t, "for a dataset without a draft", a, with(func(r *market.Release) { r.Dataset = ledger.NewID() }), 403, review)
	d.refuses(t, "of another organisation's draft", b, right, 403, review)
	for path, send := range map[string]string{d.path: http.MethodGet, d.path + "/review": http.MethodPost, d.path + "/uploads/" + d.id.String(): http.MethodGet} {
		s.must(s.json(send, path, b.token, struct{}{}), http.StatusNotFound)
	}

	body := s.signed(a, market.DatasetContract, market.ActionPublish, right)
	first := s.must(s.submit(a.token, body), http.StatusCreated)
	s.must(s.get(d.path, a.token), http.StatusNotFound) // it is no draft any more
	if again := s.must(s.submit(a.token, body), http.StatusCreated); !bytes.Equal(first.body, again.body) {
		t.Errorf("sent again: %s, %s", first, again)
	}
	d.refuses(t, "the next version without a draft", a, with(func(r *market.Release) { r.Version = 2 }), 403, review)
	d.next()
	d.send("gia.csv", prices(60))
	next := d.reviewed()
	next.Version = 2
	s.must(s.record(a.token, market.DatasetContract, market.ActionPublish, next), http.StatusCreated)
}

// TestClearedReleases: what was found passes once the operator let through exactly that,
// with a reason that the register keeps.
func TestClearedReleases(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.admit("Hợp tác xã A", ledger.KindCoop)
	desk := s.desk()
	clears := func(d *draft, reason string) {
		t.Helper()
		d.must(d.json(http.MethodPost, d.path+"/contest", a.token, map[string]string{"reason": "Không phải của ai."}), http.StatusOK)
		desk.decides("/desk/market/drafts/"+a.org.String()+"/"+d.id.String()+"/clear", "reason", reason)
	}
	const files, review = "items[0].files", "items[0].review"

	d := s.drafts(a, "agreed")
	d.send("don-hang.csv", customers(300))
	d.stopped()
	var state struct {
		Files []struct {
			Found []struct{ Column, Kind string }
		}
	}
	s.must(s.get(d.path, a.token), http.StatusOK).into(t, &state)
	if fmt.Sprint(state) != "{[{[{dien_thoai phone}]}]}" {
		t.Errorf("%+v", state)
	}
	// Nobody keeps what was found before it is let through.
	raw, err := content.Sum(bytes.NewReader(customers(300)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Store.Stat(t.Context(), raw); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("the file is among the payloads: %v", err)
	}
	// What a program says of it by itself helps nothing: bare, or sealed elsewhere.
	l, err := s.Accounts.Listing(t.Context(), a.org, d.id)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	sealed, err := seal.Encrypt(&text, bytes.NewReader(customers(300)), seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	own := release(s.upload(a.token, []byte(`{"title":{"vi":"Đơn hàng"},"summary":{"vi":"x"}}`), false), "")
	own.Dataset, own.Access, own.Review = d.id, market.Agreed, &market.Review{Profile: s.upload(a.token, office.Profiles(l), false)}
	own.Files = []market.File{{Name: "don-hang.csv", Media: "text/csv", Bytes: sealed.Bytes, CID: s.upload(a.token, text.Bytes(), false),
		Sealed: &market.Sealed{Plain: sealed.Plain, Cipher: sealed.Cipher, Key: sealed.Key, Chunk: sealed.Chunk}}}
	d.refuses(t, "sealed elsewhere", a, own, 403, files)
	own.Review = &market.Review{Profile: own.Review.Profile, Found: 1}
	d.refuses(t, "as found, and not let through", a, own, 403, files)

	clears(d, "Số đã ngừng dùng.")
	found := d.reviewed()
	if found.Review.Found != 1 || found.Files[0].Sealed == nil {
		t.Fatalf("%+v, %+v", found.Review, found.Files)
	}
	lowered := found
	lowered.Review = &market.Review{Profile: found.Review.Profile}
	d.refuses(t, "let through, and fewer said", a, lowered, 403, review)
	d.refuses(t, "let through, and sealed elsewhere", a, own, 403, files)
	s.must(s.submit(a.token, s.signed(a, market.DatasetContract, market.ActionPublish, found)), http.StatusCreated)
	reasons := 0
	for e, err := range s.Ledger.Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Tx.Header.Action == market.ActionClear && strings.Contains(string(e.Tx.Items[0].Data), "Số đã ngừng dùng.") {
			reasons++
		}
		if e.Index+1 == s.Ledger.Size() {
			break
		}
	}
	if reasons != 1 {
		t.Errorf("the operator's reason is on the register %d times", reasons)
	}

	// What the operator looked at is not another file of the same name and size.
	d = s.drafts(a, "open")
	d.send("ban-do.pdf", []byte("%PDF-1.4\nđất"))
	d.stopped()
	clears(d, "Chỉ có loại đất.")
	first := d.reviewed()
	if first.Review.Unseen != 1 {
		t.Fatalf("%+v", first.Review)
	}
	d.send("ban-do.pdf", []byte("%PDF-1.4\ntên"))
	d.stopped()
	d.refuses(t, "the map that is in the draft no more", a, first, 403, files)
	other := first
	other.Files = slices.Clone(first.Files)
	other.Files[0].CID = s.upload(a.token, []byte("%PDF-1.4\ntên"), false)
	d.refuses(t, "another map than was let through", a, other, 403, files)
	clears(d, "Không có tên ai.")
	second := d.reviewed()
	if first.Review.Profile == second.Review.Profile {
		t.Error("two files have one review")
	}
	s.must(s.record(a.token, market.DatasetContract, market.ActionPublish, second), http.StatusCreated)
}
