package node_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// deal is a seller's files on sale, and a buyer whose agreement on them is in force.
type deal struct {
	*site
	hoa, mai, eve *browser // the seller's, the buyer's and somebody else's
	dataset       ledger.ID
	at            string // the page of their agreement
	file          market.File
	plain         []byte
}

// line is one of the files that are delivered.
const line = "2026-06-03,24.5,TNE\n"

// deliverable is a file of ten thousand lines that spoil may change after it was sealed.
func (s *site) deliverable(terms market.Terms, spoil func(ciphertext []byte, key *seal.Key) []byte) *deal {
	s.Helper()
	return s.delivers(10_000, terms, spoil)
}

func (s *site) delivers(lines int, terms market.Terms, spoil func(ciphertext []byte, key *seal.Key) []byte) *deal {
	s.Helper()
	seller, buyer, outsider := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDataBuyer), s.admit("Công ty C", ledger.KindDataBuyer)
	d := &deal{site: s, plain: bytes.Repeat([]byte(line), lines)}
	_, d.hoa = s.member("hoa", seller, ledger.Roles...)
	_, d.mai = s.member("mai", buyer, ledger.RolePublisher)
	_, d.eve = s.member("eve", outsider, ledger.Roles...)

	key := seal.NewKey()
	var b bytes.Buffer
	sealed, err := seal.Encrypt(&b, bytes.NewReader(d.plain), key)
	if err != nil {
		s.Fatal(err)
	}
	ciphertext := spoil(b.Bytes(), &key)
	sealed.Cipher = cipherRoot(ciphertext) // who cheats commits to what they give
	ref, err := s.Store.Put(context.Background(), bytes.NewReader(ciphertext), content.Options{})
	if err != nil {
		s.Fatal(err)
	}
	if err := s.Accounts.KeepFileKey(context.Background(), seller.org, ref.CID.String(), key); err != nil {
		s.Fatal(err)
	}
	r := release(s.upload(seller.token, []byte(`{"title":{"vi":"Sản lượng theo ngày"},"summary":{"vi":"Của hợp tác xã."}}`), false), "")
	d.dataset = r.Dataset
	r.Access = market.Agreed
	d.file = market.File{Name: "sản lượng.csv", Media: "text/csv", Bytes: sealed.Bytes, CID: ref.CID.String(),
		Sealed: &market.Sealed{Plain: sealed.Plain, Cipher: sealed.Cipher, Key: sealed.Key, Chunk: sealed.Chunk}}
	r.Files = []market.File{d.file}
	r.Statement = &market.Statement{Seller: market.SellerCoop, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary}
	s.releases(seller, r)
	s.must(s.record(s.operator, market.DatasetContract, market.ActionModerate, market.Moderation{Dataset: r.Dataset, Version: 1, Standing: market.Approved, Reason: "x"}), http.StatusCreated)

	offer := market.Offer{ID: ledger.NewID(), Dataset: r.Dataset, Policy: s.upload(seller.token, []byte(`{}`), false), Terms: terms}
	s.must(s.record(seller.token, market.DatasetContract, market.ActionOffer, offer), http.StatusCreated)
	sent := s.must(d.mai.post("/trade/new?dataset="+r.Dataset.String(), "offer", offer.ID.String()), http.StatusSeeOther)
	d.at, _, _ = strings.Cut(sent.Header.Get("Location"), "?")
	d.hoa.decides(d.at + "/agree")
	d.mai.decides(d.at + "/verify")
	d.hoa.decides(d.at + "/finalize")
	return d
}

var act = regexp.MustCompile(`/trade/[0-9a-f]{32}/transfers/[0-9a-f]{32}/[a-z]+`)

// does sends the message of the first transfer that has it.
func (d *deal) does(b *browser, action string) {
	d.Helper()
	for _, path := range act.FindAllString(b.says(d.at), -1) {
		if strings.HasSuffix(path, "/"+action) {
			b.decides(path)
			return
		}
	}
	d.Fatalf("there is no %s on %s", action, b.says(d.at))
}

// link is where the buyer takes the file.
func (d *deal) link() string {
	d.Helper()
	found := regexp.MustCompile(`/trade/[0-9a-f]{32}/transfers/[0-9a-f]{32}/files/` + d.file.CID).FindString(d.mai.says(d.at))
	if found == "" {
		d.Fatalf("there is no file on %s", d.mai.says(d.at))
	}
	return found
}

// dossier checks what both sides can take home: a receipt of every message and of the
// version, and the documents that two of them name.
func (d *deal) dossier() {
	d.Helper()
	b := d.must(d.mai.get(d.at+"/dossier.zip"), http.StatusOK).body
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		d.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			d.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			d.Fatal(err)
		}
	}
	trust, err := receipt.ParseTrust(files["trust.json"])
	if err != nil {
		d.Fatal(err)
	}
	actions, documents := map[string]int{}, 0
	for name, b := range files {
		one, ok := strings.CutSuffix(name, ".receipt.json")
		if !ok {
			continue
		}
		v, err := receipt.Verify(trust, b)
		if err != nil {
			d.Fatalf("%s: %v", name, err)
		}
		var said struct{ Document, Description string }
		if err := json.Unmarshal(v.Data, &said); err != nil {
			d.Fatal(err)
		}
		actions[v.Action]++
		if cid := said.Document + said.Description; cid != "" && v.Action != market.ActionVerify {
			sum, err := content.Sum(bytes.NewReader(files[strings.Replace(one, "receipts/", "documents/", 1)+".json"]))
			if err != nil || sum.String() != cid {
				d.Errorf("%s names %s, and its document is %s (%v)", name, cid, sum, err)
			}
			documents++
		}
	}
	for _, action := range []string{"publish", "request", "agree", "verify", "finalize", "transfer", "bill", "pay", "confirm", "start", "complete"} {
		if actions[action] != 1 {
			d.Errorf("%d receipts of %s", actions[action], action)
		}
	}
	if documents != 2 || !bytes.Contains(files["terms.csv"], []byte("900.000")) {
		d.Errorf("%d documents; terms: %s", documents, files["terms.csv"])
	}
}

// TestReleasedByItself: where the provider has its node sign for an offer, a buyer has
// what they asked for without waiting for anybody, and for paid data once it is paid.
func TestReleasedByItself(t *testing.T) {
	t.Parallel()
	for name, terms := range map[string]market.Terms{
		"for nothing": {Purposes: []market.Purpose{market.PurposeInternal}},
		"paid":        {Price: 900_000, PayDays: 10, Release: market.OnPayment, Purposes: []market.Purpose{market.PurposeInternal}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSite(t).deliverable(terms, right)
			page := d.hoa.says("/trade/offers")
			offer := regexp.MustCompile(`/trade/offers/[0-9a-f]{32}`).FindString(page)
			d.must(d.hoa.post(offer, "ready", "true"), http.StatusSeeOther)
			d.mai.decides(d.at + "/transfer")
			if terms.Price > 0 {
				d.mai.says(d.at, "Chờ giao")
				d.hoa.decides(d.at+"/bill", "bank", "970436", "account", "0123456789")
				d.mai.decides(d.at+"/pay", "bankref", "FT26150")
				d.hoa.decides(d.at + "/confirm")
			}
			if a := d.must(d.mai.get(d.link()), http.StatusOK); !bytes.Equal(a.body, d.plain) {
				t.Error("it is something else")
			}
		})
	}
}

func right(ciphertext []byte, _ *seal.Key) []byte { return ciphertext }

// TestDelivery: what was agreed on is paid, handed over and read by the buyer and nobody
// else, as often and as long as was agreed.
func TestDelivery(t *testing.T) {
	t.Parallel()
	d := newSite(t).deliverable(market.Terms{Price: 900_000, PayDays: 10, Release: market.OnPayment, Days: 365, Downloads: 3, Purposes: []market.Purpose{market.PurposeInternal}}, right)
	d.mai.decides(d.at + "/transfer")
	if page := d.hoa.says(d.at, "Chờ giao"); strings.Contains(page, "/start") {
		t.Error("it can be handed over before it is paid")
	}
	d.hoa.decides(d.at+"/bill", "bank", "970436", "account", "0123456789")
	d.mai.decides(d.at+"/pay", "bankref", "FT26150")
	d.hoa.decides(d.at + "/confirm")
	d.does(d.hoa, "start")

	link := d.link()
	for name, b := range map[string]*browser{"the seller": d.hoa, "another buyer": d.eve} {
		if got := b.get(link); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d", name, got.StatusCode)
		}
	}
	d.must(d.browser().get(link), http.StatusSeeOther)
	for _, b := range []*browser{d.hoa, d.mai, d.eve, d.browser()} { // a ciphertext is not had by its CID
		d.must(b.get("/ipfs/"+d.file.CID), http.StatusNotFound)
	}
	d.must(d.mai.get(strings.TrimSuffix(link, d.file.CID)+"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"), http.StatusNotFound)

	a := d.must(d.mai.get(link), http.StatusOK)
	if !bytes.Equal(a.body, d.plain) {
		t.Errorf("%d bytes, not the %d that were sealed", len(a.body), len(d.plain))
	}
	if h := a.Header; h.Get("Content-Type") != "text/csv" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; ") || h.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%v", h)
	}
	ciphertext := d.must(d.mai.get(link+"/sealed"), http.StatusOK).body
	if err := seal.Check(bytes.NewReader(ciphertext), d.file.Committed()); err != nil {
		t.Error(err)
	}
	d.mai.says(d.at, "còn tải được 2 lần")
	d.must(d.mai.call(http.MethodGet, link, header{"Range", "bytes=0-9"}, nil), http.StatusOK) // a part counts, and is the whole
	d.must(d.mai.get(link), http.StatusOK)
	d.must(d.mai.get(link), http.StatusForbidden)
	if page := d.mai.says(d.at, "còn tải được 0 lần"); strings.Contains(page, link+`"`) {
		t.Error("what is used up is still a link")
	}

	d.does(d.mai, "complete")
	d.dossier()
	d.must(d.eve.get(d.at+"/dossier.zip"), http.StatusNotFound)
	d.hoa.decides(d.at+"/suspend", "reason", "Bên mua chuyển dữ liệu cho người khác.")
	d.must(d.mai.get(link+"/sealed"), http.StatusForbidden)
	d.hoa.decides(d.at+"/resume", "reason", "Đã rõ.")
	d.must(d.mai.get(link+"/sealed"), http.StatusOK)
	d.hoa.decides(d.at+"/revoke", "reason", "Vi phạm thỏa thuận.")
	d.must(d.mai.get(link+"/sealed"), http.StatusForbidden)
	d.must(d.mai.get(link), http.StatusForbidden)
}

// TestDelistedIsNotDelivered: the operator stops a dataset, and with it its downloads.
func TestDelistedIsNotDelivered(t *testing.T) {
	t.Parallel()
	d := newSite(t).deliverable(market.Terms{Purposes: []market.Purpose{market.PurposeInternal}}, right)
	d.mai.decides(d.at + "/transfer")
	d.does(d.hoa, "start")
	link := d.link()
	a := d.must(d.mai.call(http.MethodGet, link, header{"Range", "bytes=70000-70009"}, nil), http.StatusPartialContent)
	if !bytes.Equal(a.body, d.plain[70000:70010]) {
		t.Errorf("a part is %q", a.body)
	}
	d.must(d.record(d.operator, market.DatasetContract, market.ActionModerate, market.Moderation{Dataset: d.dataset, Version: 1, Standing: market.Delisted, Reason: "x"}), http.StatusCreated)
	d.must(d.mai.get(link), http.StatusForbidden)
}

// TestBadDelivery: what is not as the seller committed to is proved by the buyer's
// node, and ends the agreement; what is right cannot be objected to.
func TestBadDelivery(t *testing.T) {
	for name, spoil := range map[string]func([]byte, *seal.Key) []byte{
		"bad chunk": func(c []byte, _ *seal.Key) []byte {
			c = bytes.Clone(c)
			c[len(c)/2] ^= 1
			return c
		},
		"bad key": func(c []byte, k *seal.Key) []byte {
			*k = seal.NewKey()
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newSite(t).deliverable(market.Terms{Price: 900_000, PayDays: 10, Purposes: []market.Purpose{market.PurposeInternal}}, spoil)
			d.hoa.decides(d.at+"/bill", "bank", "970436", "account", "0123456789")
			d.mai.decides(d.at+"/pay", "bankref", "FT26150")
			d.hoa.decides(d.at + "/confirm")
			d.mai.decides(d.at + "/transfer")
			d.does(d.hoa, "start")
			d.does(d.mai, "object")
			d.mai.says(d.at, "Đã chứng minh", "hoàn tiền")
			d.hoa.says(d.at, "Đã chứng minh")
		})
	}
	t.Run("nothing bad", func(t *testing.T) {
		t.Parallel()
		d := newSite(t).deliverable(market.Terms{Purposes: []market.Purpose{market.PurposeInternal}}, right)
		d.mai.decides(d.at + "/transfer")
		d.does(d.hoa, "start")
		for _, path := range act.FindAllString(d.mai.says(d.at), -1) {
			if strings.HasSuffix(path, "/object") {
				d.must(d.mai.post(path), http.StatusConflict)
				return
			}
		}
		t.Error("the buyer may not object")
	})
}

// TestLargeBadDelivery: a file that is too large to be read for a page is found to be bad
// as it is downloaded, which breaks off, and is refused and proved from then on.
func TestLargeBadDelivery(t *testing.T) {
	t.Parallel()
	d := newSite(t).delivers(64<<20/len(line)+1, market.Terms{Purposes: []market.Purpose{market.PurposeInternal}}, func(c []byte, _ *seal.Key) []byte {
		c[len(c)/2] ^= 1
		return c
	})
	d.mai.decides(d.at + "/transfer")
	d.does(d.hoa, "start")
	link := d.link()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.URL+link, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range d.mai.cookies(link) {
		r.AddCookie(k)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if resp.StatusCode != http.StatusOK || err == nil || n == 0 || n > int64(len(d.plain))/2+seal.Chunk {
		t.Fatalf("%s: %d bytes of %d, %v", resp.Status, n, len(d.plain), err)
	}
	if page := d.mai.says(d.at, "Tệp này không đúng như đã thỏa thuận"); strings.Contains(page, link) {
		t.Error("it is still a link")
	}
	d.must(d.mai.get(link), http.StatusForbidden)
	d.does(d.mai, "object")
	d.hoa.says(d.at, "Chấm dứt vì giao sai", "Đã chứng minh")
}

// cipherRoot is the commitment to a ciphertext, as package seal's comment says.
func cipherRoot(ciphertext []byte) ledger.Hash {
	const head, frame = 48, 32 + 65536 + 16
	var leaves []ledger.Hash
	for rest := ciphertext[head:]; len(rest) > 0; rest = rest[min(frame, len(rest)):] {
		leaves = append(leaves, sha256.Sum256(slices.Concat([]byte{0}, ciphertext[:head], rest[:min(frame, len(rest))])))
	}
	return treeRoot(leaves)
}

// treeRoot is that of RFC 6962.
func treeRoot(leaves []ledger.Hash) ledger.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	l, r := treeRoot(leaves[:k]), treeRoot(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}
