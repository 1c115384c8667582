package node_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
)

// home is a household whose only member has an account.
type home struct {
	*party
	account account.Account
	email   string
	secrets []string // words that are about the person
	sealed  []string // payloads that say them
	lot     trace.ID
	event   event
}

// household makes one: with a sealed profile, a plot that was described twice, a
// product and a public lot.
func (s *site) household(name, email string) *home {
	s.Helper()
	must := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	h := &home{account: s.person(name, email), email: email, secrets: []string{name, "Ngõ nhà " + name, "0912 000 999"}}
	s.parties++
	h.party = &party{org: ledger.NewID(), name: name, prefix: "952" + "9" + strings.Repeat("0", 2) + itoa(uint64(s.parties%10)), issuer: "H00" + itoa(uint64(s.parties%10))}
	id, err := s.Accounts.NewMember(s.Context(), h.account.ID, h.org, account.From{})
	must(err)
	h.identity, h.member = id, id.Member
	// pictured is a sealed profile with a sealed picture in it.
	pictured := func(token string, p trace.Profile) *trace.Describes {
		photo := "ảnh của " + p.Name.VI
		p.Image = s.upload(token, []byte(photo), true)
		d := s.describe(token, p, true)
		d.Image = p.Image
		h.sealed, h.secrets = append(h.sealed, d.Payload, d.Image), append(h.secrets, photo)
		return d
	}
	profile := pictured(s.operator, trace.Profile{Name: trace.Text{VI: name}, Address: trace.Text{VI: h.secrets[1]}, Phone: h.secrets[2]})
	s.direct(s.operator, trace.ActionAdmit, trace.Admission{
		Org:    trace.Organisation{ID: h.org, Kind: ledger.KindHousehold, Profile: profile},
		Member: ledger.Enrolment{Member: id.Member, Org: h.org, Key: id.Address, Roles: ledger.Roles},
	})
	must(s.Accounts.Activate(s.Context(), h.account.ID, id.Address, account.From{}))
	s.direct(s.operator, trace.ActionPrefix, trace.Prefix{Org: h.org, GS1: h.prefix, Evidence: "GS1"})
	h.token = s.scoped(id, account.Scopes...)
	plot := trace.Place{ID: keyID("414", h.prefix+"00001"), Kind: trace.PlacePlot, Commune: "07234"}
	s.direct(h.token, trace.ActionProfile, trace.OwnProfile{Org: h.org, Profile: pictured(h.token, trace.Profile{Name: trace.Text{VI: name}, Phone: h.secrets[2]})})
	for _, where := range []string{"Vườn cũ nhà " + name, "Vườn nhà " + name} {
		plot.Profile = pictured(h.token, trace.Profile{Name: trace.Text{VI: where}})
		plot.Shown = strings.HasPrefix(where, "Vườn nhà")
		h.secrets = append(h.secrets, where)
		s.direct(h.token, trace.ActionPlace, plot)
	}
	h.lot = s.lot(s.product(h.party, 1, trace.Text{VI: "Vải thiều sớm " + h.issuer}), "L1")
	h.event = s.commission(h.lot, 10)
	h.event["bizLocation"] = map[string]string{"id": plot.ID.String()}
	s.recordEvents(h.party, ledger.Public, h.event)
	return h
}

// tells lists the pages that say a word about a person.
func (s *site) tells(h *home, token string) (list []string) {
	s.Helper()
	product := h.lot.Product()
	paths := []string{
		"/", h.lot.Path(), h.lot.Path() + "?format=json", product.Path(), product.Path() + "?lang=en", "/trace?id=" + escaped(h.lot.String()),
		"/api/v1/trace/" + escaped(h.lot.String()), "/api/v1/passport/" + escaped(h.lot.String()), "/api/v1/organisations", "/api/v1/products",
		"/epcis/events", "/epcis/events/" + escaped(h.event.id()), "/epcis/epcs/" + escaped(h.lot.String()) + "/events",
	}
	for _, cid := range h.sealed {
		paths = append(paths, "/ipfs/"+cid)
	}
	for i := range s.Ledger.Size() {
		paths = append(paths, "/api/v1/receipts/"+itoa(i))
	}
	for _, path := range paths {
		body := string(s.get(path, token).body)
		for _, word := range h.secrets {
			if strings.Contains(body, word) {
				list = append(list, path+": "+word)
			}
		}
	}
	return list
}

// TestSeen: who sees what is said before anything is recorded, with a shopper's page.
func TestSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := string(s.must(s.get("/account/seen?kind=artisan", ""), http.StatusOK).body)
	if !strings.Contains(page, "Một nghệ nhân") && !strings.Contains(page, "một nghệ nhân") {
		t.Errorf("an artisan's page: %s", page)
	}
	if sample := string(s.must(s.get("/account/seen/page?kind=coop", ""), http.StatusOK).body); !strings.Contains(sample, "Tên tổ chức của bạn") {
		t.Errorf("the example of a co-op's: %s", sample)
	}
	h := s.household("Nguyễn Thị Kín", "kin@example.vn")
	b := s.signIn(h.email)
	if page := string(s.must(b.get("/account/seen"), http.StatusOK).body); !strings.Contains(page, "Vải thiều sớm") || strings.Contains(page[strings.Index(page, "preview"):strings.Index(page, "/account/seen/page")], h.name) {
		t.Errorf("the household's own preview: %s", page)
	}
	// What they see as themselves is more than a shopper does.
	shopper, own := s.must(b.get("/account/seen/page"), http.StatusOK), s.must(b.get(h.lot.Path()), http.StatusOK)
	anybody := s.must(s.get(h.lot.Path(), ""), http.StatusOK)
	if string(shopper.body) != string(anybody.body) || bytes.Contains(shopper.body, []byte(h.name+"<")) || !bytes.Contains(own.body, []byte(h.name)) {
		t.Errorf("what a shopper sees: %s", shopper)
	}
}

// TestConsents: by purpose, in the words that were shown, and withdrawn when one likes.
func TestConsents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.person("hoa", "hoa@example.vn")
	b := s.signIn("hoa@example.vn")
	agrees := func() bool {
		_, ok, err := s.Accounts.Agrees(t.Context(), a.ID, "harvest_statistics")
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	give := []string{"purpose", "harvest_statistics", "version", "1", "agree", "true"}
	if agrees() {
		t.Error("somebody agrees who was not asked")
	}
	s.must(b.post("/account/data/consents", give...), http.StatusSeeOther)
	if page := string(s.must(b.get("/account/data"), http.StatusOK).body); !agrees() || !strings.Contains(page, "Bạn đồng ý từ") {
		t.Errorf("given: %s", page)
	}
	s.must(b.post("/account/data/consents", "purpose", "harvest_statistics", "agree", "false"), http.StatusSeeOther)
	if page := string(s.must(b.get("/account/data"), http.StatusOK).body); agrees() || !strings.Contains(page, "rút lại") {
		t.Errorf("withdrawn: %s", page)
	}
	s.must(b.post("/account/data/consents", "purpose", "harvest_statistics", "agree", "false"), http.StatusNotFound)
	s.must(b.post("/account/data/consents", "purpose", "selling_it_all", "version", "1", "agree", "true"), http.StatusNotFound)
	s.must(b.post("/account/data/consents", "purpose", "harvest_statistics", "version", "0", "agree", "true"), http.StatusConflict)
}

// unzipped reads an archive.
func unzipped(t testing.TB, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return files
}

// TestExport: all that is kept of a person, what they signed with proofs, and no
// secret.
func TestExport(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	h := s.household("Nguyễn Thị Kín", "kin@example.vn")
	b := s.signIn(h.email)
	a := s.must(b.call(http.MethodPost, "/account/data/export", formType, nil), http.StatusOK)
	if a.Header.Get("Content-Type") != "application/zip" || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("headers %v", a.Header)
	}
	files := unzipped(t, a.body)
	var x account.Export
	if err := json.Unmarshal(files["account.json"], &x); err != nil || x.Account.Email != h.email || len(x.Sessions) != 1 || len(x.Keys) != 1 || len(x.Events) == 0 {
		t.Errorf("account.json: %v %s", err, files["account.json"])
	}
	if page := string(files["index.html"]); !strings.Contains(page, h.name) || !strings.Contains(page, h.email) {
		t.Errorf("index.html: %s", page)
	}
	trust, err := receipt.ParseTrust(files["trust.json"])
	if err != nil {
		t.Fatal(err)
	}
	all, receipts, kinds := "", 0, map[string]int{}
	for name, f := range files {
		all += string(f)
		_, kind, _ := strings.Cut(filepath.Base(name), ".")
		kinds[kind]++
		if kind == "receipt.json" {
			receipts++
			if v, err := receipt.Verify(trust, f); err != nil || v.Signer != h.identity.Address {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
	}
	// The own profile, two descriptions of the plot, the product, the event.
	if receipts != 5 || kinds["event.json"] != 1 || kinds["profile.json"] != 4 {
		t.Errorf("the archive holds %v", kinds)
	}
	for _, word := range h.secrets {
		if !strings.Contains(all, word) {
			t.Errorf("the archive does not say %q", word)
		}
	}
	for _, cookie := range b.cookies("/") {
		if strings.Contains(all, cookie.Value) {
			t.Errorf("the archive holds the cookie %s", cookie.Name)
		}
	}
	for _, secret := range []string{password, h.token, "argon2id", `"private"`} {
		if strings.Contains(all, secret) {
			t.Errorf("the archive holds the secret %.10s", secret)
		}
	}
	// A person without any organisation has an archive, too.
	s.person("hoa", "hoa@example.vn")
	files = unzipped(t, s.must(s.signIn("hoa@example.vn").call(http.MethodPost, "/account/data/export", formType, nil), http.StatusOK).body)
	if len(files) != 3 {
		t.Errorf("the archive of who belongs to none holds %d files", len(files))
	}
}

// TestErase: the account and what is personal go, everything that was signed still
// verifies, here, after a restart, and after a restore of what was before.
func TestErase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openSite(t, dir)
	h := s.household("Nguyễn Thị Kín", "kin@example.vn")
	if len(s.tells(h, s.operator)) == 0 {
		t.Fatal("nothing tells of the household before")
	}
	last := itoa(s.Ledger.Size() - 1)
	before := s.must(s.get("/api/v1/receipts/"+last, ""), http.StatusOK).body
	s.stop()
	backup := t.TempDir()
	for _, part := range []string{"accounts", "payloads", "index", "catalog"} {
		if err := os.CopyFS(filepath.Join(backup, part), os.DirFS(filepath.Join(dir, part))); err != nil {
			t.Fatal(err)
		}
	}
	s = openSite(t, dir)
	b, other := s.signIn(h.email), s.signIn(h.email)
	s.must(b.get("/account/data/erase"), http.StatusOK)
	s.must(b.post("/account/data/erase", "word", "xóa hết"), http.StatusBadRequest)
	done := s.must(b.post("/account/data/erase", "word", " xóa "), http.StatusSeeOther)
	if to := done.Header.Get("Location"); to != "/signin?done=erased" {
		t.Errorf("the erasure leads to %s", to)
	}

	// The sessions, the password, the token, the account: gone.
	s.must(b.get("/me"), http.StatusSeeOther)
	s.must(other.get("/me"), http.StatusSeeOther)
	s.must(s.browser().post("/signin", "identifier", h.email, "password", password), http.StatusUnauthorized)
	s.must(s.get("/epcis", h.token), http.StatusUnauthorized)
	stones, err := s.Accounts.Tombstones(t.Context())
	if err != nil || len(stones) != 1 {
		t.Fatal(stones, err)
	}
	trust, err := receipt.ParseTrust(s.must(s.get("/api/v1/trust", ""), http.StatusOK).body)
	if err != nil {
		t.Fatal(err)
	}
	gone := func() {
		t.Helper()
		for _, cid := range h.sealed {
			id, err := content.Parse(cid)
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool { info, err := s.Store.Stat(t.Context(), id); return err == nil && !info.Erased.IsZero() }, cid)
			if _, _, err := s.Store.Open(t.Context(), id); ledger.CodeOf(err) != ledger.NotFound {
				t.Errorf("%s opens: %v", cid, err)
			}
		}
		for _, token := range []string{"", s.operator} {
			if list := s.tells(h, token); len(list) > 0 {
				t.Errorf("still told: %v", list)
			}
		}
		if _, err := s.Accounts.Account(t.Context(), h.account.ID); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("the account: %v", err)
		}
		if _, err := s.Accounts.Identity(h.identity.Address); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("the key: %v", err)
		}
		if page := string(s.must(s.get(h.lot.Path(), ""), http.StatusOK).body); !strings.Contains(strings.ToLower(page), "một hộ sản xuất") {
			t.Errorf("the passport: %s", page)
		}
		key, err := s.Index.Key(t.Context(), h.identity.Address)
		if err != nil || key.Revoked == nil {
			t.Errorf("the key is in force on the register: %+v, %v", key, err)
		}
		if _, err := receipt.Verify(trust, before); err != nil {
			t.Errorf("a receipt of before: %v", err)
		}
		s.verifyAll()
	}
	gone()
	s.stop()
	s = openSite(t, dir)
	gone()
	s.stop()

	// A backup of all but the register brings the person back, until the tombstones are
	// applied; the payloads' are on the register.
	for _, part := range []string{"accounts", "payloads", "index", "catalog"} {
		if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(backup, part))); err != nil {
			t.Fatal(err)
		}
	}
	s = openSite(t, dir)
	if _, err := s.Accounts.Account(t.Context(), h.account.ID); err != nil {
		t.Fatalf("the backup does not hold the account: %v", err)
	}
	if n, err := s.Accounts.Bury(t.Context(), stones); err != nil || n != 1 {
		t.Errorf("%d buried, %v", n, err)
	}
	gone()
}

// cutOff records, and then fails as a node does that is killed before it answers.
type cutOff struct {
	*capture.Service
	left int // until it fails
	late bool
}

var errCut = errors.New("cut off")

func (c *cutOff) Signed(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	if c.left--; c.left < 0 && !c.late {
		return nil, errCut
	}
	e, err := c.Service.Signed(ctx, tx)
	if err == nil && c.left < 0 {
		return nil, errCut
	}
	return e, err
}

// TestEraseGoesOn: an erasure that is cut off anywhere is finished by the next.
func TestEraseGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i, late := range []bool{false, true} {
		h := s.household("Nguyễn Thị Kín "+itoa(uint64(i)), "kin"+itoa(uint64(i))+"@example.vn")
		again := 0
		for {
			left := again
			if late {
				left = again / 2 // so that what comes after papers is cut off, too
			}
			o := &office.Office{Accounts: s.Accounts, Register: &cutOff{s.Capture, left, late}, Index: s.Index, Ledger: s.Ledger}
			_, err := o.EraseAccount(t.Context(), h.account.ID, account.From{})
			if err == nil {
				break
			}
			if !errors.Is(err, errCut) || again > 10 {
				t.Fatal(err)
			}
			again++
		}
		if again < 2 {
			t.Errorf("it was cut off %d times only", again)
		}
		for _, cid := range h.sealed {
			if _, err := s.Index.Erased(t.Context(), cid); err != nil {
				t.Errorf("%s: %v", cid, err)
			}
		}
		if key, err := s.Index.Key(t.Context(), h.identity.Address); err != nil || key.Revoked == nil {
			t.Errorf("the key: %+v, %v", key, err)
		}
		if list := s.tells(h, s.operator); len(list) > 0 {
			t.Errorf("still told: %v", list)
		}
		if _, err := s.Accounts.Account(t.Context(), h.account.ID); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("the account: %v", err)
		}
	}
}

// TestEraseHandsOver: the last administrator of an organisation hands over first; of
// several, each may go; a recorder may at any time.
func TestEraseHandsOver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop := s.admit("Hợp tác xã A", ledger.KindCoop)
	admin, b := s.member("hoa", coop, ledger.RoleAdmin)
	recorder, r := s.member("an", coop, ledger.RoleRecorder)
	s.direct(coop.token, trace.ActionMember, trace.MemberChange{Member: coop.member, Roles: []ledger.Role{ledger.RoleRecorder}, Reason: "Đổi vai"})

	page := string(s.must(b.get("/account/data/erase"), http.StatusOK).body)
	if !strings.Contains(page, "người quản trị duy nhất của Hợp tác xã A") || strings.Contains(page, `name="word"`) {
		t.Errorf("the last administrator is not told: %s", page)
	}
	size := s.Ledger.Size()
	s.must(b.post("/account/data/erase", "word", "XÓA"), http.StatusConflict)
	if _, err := s.Accounts.Account(t.Context(), admin.Account); err != nil || s.Ledger.Size() != size {
		t.Errorf("something was done: %v", err)
	}
	s.must(r.post("/account/data/erase", "word", "ERASE"), http.StatusSeeOther)
	if key, err := s.Index.Key(t.Context(), recorder.Address); err != nil || key.Revoked == nil {
		t.Errorf("the recorder's key: %+v, %v", key, err)
	}
	s.direct(s.operator, trace.ActionMember, trace.MemberChange{Member: coop.member, Roles: ledger.Roles, Reason: "Nhận quản trị"})
	s.must(b.post("/account/data/erase", "word", "XÓA"), http.StatusSeeOther)
	if key, err := s.Index.Key(t.Context(), admin.Address); err != nil || key.Revoked == nil {
		t.Errorf("the administrator's key: %+v, %v", key, err)
	}
	if _, err := s.Accounts.Account(t.Context(), admin.Account); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("the account: %v", err)
	}
}
