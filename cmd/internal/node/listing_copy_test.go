package node_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile/mask"
)

// until asks a page again, as it does by itself, until it says something.
func (b *browser) until(path, what string) *answer {
	b.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		a := b.must(b.get(path), http.StatusOK)
		if a.says(what) {
			return a
		}
		if time.Now().After(end) {
			b.Fatalf("%s never says %q: %s", path, what, a)
		}
	}
}

// draftOf begins a draft with a file whose telephone numbers were found; it gives the
// paths that take what becomes of them, and that sum it up.
func (b *browser) draftOf(name string, table []byte) (draft, masks, sum string) {
	b.Helper()
	draft = b.begins("Đơn hàng", "files", "agreed")
	b.leads(b.upload(draft+"/files", "upload", name, table), draft+"/files?done=data_sent")
	page := b.looked(draft).body
	return draft, string(regexp.MustCompile(`/data/[0-9a-f]+/files/[0-9a-f]+/mask`).Find(page)), string(regexp.MustCompile(`/data/[0-9a-f]+/files/[0-9a-f]+/sum\?table=0`).Find(page))
}

// TestCopiedBeside: a request does not wait for a large file. The draft's page says how
// far it is, and what came of it or why nothing did.
func TestCopiedBeside(t *testing.T) {
	t.Parallel()
	s := startSite(t, node.Config{Data: t.TempDir(), Patience: time.Nanosecond})
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	_, other := s.member("khach", s.admit("Công ty B", ledger.KindDistributor), ledger.Roles...)
	draft, _, sum := b.draftOf("giao-hang.csv", deliveries())

	look := b.post(sum, "do", "show", "by", "1:keep", "told", "count", "k", "9").Header.Get("Location")
	if !strings.HasPrefix(look, sum+"&job=") {
		t.Fatalf("it leads to %q", look)
	}
	if page := b.until(look, "Cái Bè"); page.says("Tân Phú") || !page.says(`name="k" maxlength="4" value="9"`) && !page.says(`value="9"`) {
		t.Errorf("%s", page)
	}
	few := b.post(sum, "do", "show", "by", "2:keep", "told", "count", "k", "5").Header.Get("Location")
	if page := b.until(few, `id="k-wrong"`); !page.says("Mọi nhóm đều nhỏ hơn") {
		t.Errorf("%s", page)
	}
	other.must(other.get(few), http.StatusNotFound)

	b.leads(b.post(sum, "do", "make", "by", "2:keep", "told", "count", "k", "5"), draft+"/found")
	page := b.until(draft+"/found", "Chưa làm được. Tệp vẫn còn nguyên")
	if !page.says("Mọi nhóm đều nhỏ hơn") || !page.says(sum) {
		t.Errorf("%s", page)
	}
	b.leads(b.post(sum, "do", "make", "by", "1:keep", "told", "count", "k", "9"), draft+"/found")
	page = b.until(draft+"/found", "Xong lúc")
	if !page.says("giao-hang-tong-hop.csv") || page.says("Chưa làm được") {
		t.Errorf("%s", page)
	}
	seen := regexp.MustCompile(`/data/[0-9a-f]+/copies/[0-9a-f]+/remove`).FindString(string(page.body))
	other.must(other.post(seen), http.StatusNotFound)
	b.leads(b.post(seen), draft+"/found")
	if page := b.get(draft + "/found"); page.says("Xong lúc") {
		t.Errorf("%s", page)
	}
	if left := s.Uploads.List(company.org); len(left) != 1 || left[0].Name != "giao-hang-tong-hop.csv" {
		t.Errorf("%+v are left", left)
	}
}

// TestStopped: what is being made of a file ends with it, and nothing of it is left.
func TestStopped(t *testing.T) {
	t.Parallel()
	s := startSite(t, node.Config{Data: t.TempDir(), Patience: time.Nanosecond})
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	draft, masks, _ := b.draftOf("don-hang.csv", customers(20_000))
	for range 2 { // it is sent twice
		b.post(masks, "column-0", "drop")
	}
	b.leads(b.post(draft+"/drop"), "/data?done=data_dropped")
	for _, j := range s.Copies.List(company.org) {
		t.Errorf("%+v is left", j)
	}
	for end := time.Now().Add(time.Minute); len(s.Uploads.List(company.org)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v are left", s.Uploads.List(company.org))
		}
	}
}

// TestCopiedAcrossAStop: a node that stops while a copy is made goes on with it, and the
// draft has it once.
func TestCopiedAcrossAStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startSite(t, node.Config{Data: dir, Patience: time.Nanosecond})
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	draft, masks, _ := b.draftOf("don-hang.csv", customers(20_000))
	b.leads(b.post(masks, "column-0", "drop"), draft+"/found")
	s.stop()

	s = startSite(t, node.Config{Data: dir, Patience: time.Nanosecond})
	b = s.signIn("minh@example.vn")
	b.until(draft+"/found", "Xong lúc")
	if page := b.looked(draft); page.says("dien_thoai") || !page.says("Không thấy dữ liệu cá nhân") {
		t.Errorf("%s", page)
	}
	if left := s.Uploads.List(company.org); len(left) != 1 || left[0].Name != "don-hang.csv" {
		t.Errorf("%+v are left", left)
	}
}

// TestCopiedTwice: a job that is done again because the node was cut off finds what it
// had made: a part of it goes, and what is in the draft stays as it is.
func TestCopiedTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	company := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider)
	_, b := s.member("minh", company, ledger.RolePublisher)
	draft, masks, _ := b.draftOf("don-hang.csv", customers(300))
	dataset, err := ledger.ParseID(strings.TrimPrefix(draft, "/data/"))
	if err != nil {
		t.Fatal(err)
	}
	upload, err := ledger.ParseID(strings.Split(masks, "/")[4])
	if err != nil {
		t.Fatal(err)
	}
	o := &office.Office{Accounts: s.Accounts, Register: s.Capture, Index: s.Index, Payloads: s.Store, Ledger: s.Ledger, Catalog: s.Catalog, Deals: s.Deals, Uploads: s.Uploads}
	work, err := json.Marshal(office.Copying{Dataset: dataset, Upload: upload, Masks: []mask.How{mask.Drop}})
	if err != nil {
		t.Fatal(err)
	}
	j := jobs.Job{Order: jobs.Order{Org: company.org, Work: work}, ID: ledger.NewID()}
	if _, err := s.Uploads.Derive(company.org, j.ID, "don-hang.csv", func(w io.Writer) error { _, err := io.WriteString(w, "half"); return err }); err != nil {
		t.Fatal(err)
	}
	var files [][]byte
	for range 2 {
		if err := o.Copy(t.Context(), j, io.Discard, func(int) {}); err != nil {
			t.Fatal(err)
		}
		l, err := s.Accounts.Listing(t.Context(), company.org, dataset)
		if err != nil || len(l.Files) != 1 || l.Files[0].Upload == upload {
			t.Fatalf("%+v, %v", l.Files, err)
		}
		if left := s.Uploads.List(company.org); len(left) != 1 || left[0].ID != l.Files[0].Upload {
			t.Errorf("%+v are left", left)
		}
		f, err := s.Uploads.Read(company.org, l.Files[0].Upload)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil || !bytes.HasPrefix(text, []byte("ma_don,so_luong")) {
			t.Errorf("%.80s, %v", text, err)
		}
		files = append(files, text)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the second time made another one")
	}
}
