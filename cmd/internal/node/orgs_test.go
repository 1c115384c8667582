package node_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// office is the site's, for what the operator does.
func (s *site) office() *office.Office {
	return &office.Office{Accounts: s.Accounts, Register: s.Capture, Index: s.Index, Payloads: s.Store, Ledger: s.Ledger}
}

// file is one that a form sends.
type file struct{ name, body string }

// multi posts a form with files.
func (b *browser) multi(path string, files []file, fields ...string) *answer {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.Fatal(err)
		}
	}
	for _, f := range files {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="document"; filename="` + f.name + `"`}, "Content-Type": {"text/html"}}
		p, err := w.CreatePart(h)
		if err == nil {
			_, err = p.Write([]byte(f.body))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	w.Close()
	return b.call(http.MethodPost, path, header{"Content-Type", w.FormDataContentType()}, body.Bytes())
}

const (
	pdf    = "%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n"
	script = "<html><script>alert(1)</script></html>"
)

// whole is an application that lacks nothing.
var whole = []string{
	"kind", "coop", "name", "Hợp tác xã Kiên Lao", "number", "2400123456", "about", "Ba mươi hộ trồng vải.", "commune", "07561",
	"address", "Thôn Hố Bông", "phone", "0912 000 111", "codes", "issued",
}

// applied makes a person's application with a document and sends it.
func (s *site) applied(a account.Account) (org, document string) {
	s.Helper()
	b := s.signIn(a.Email)
	at := s.must(b.multi("/apply/"+s.begun(a).Org.String(), []file{{"giấy.pdf", pdf}}, append(whole, "do", "send")...), http.StatusSeeOther).Header.Get("Location")
	org = strings.TrimSuffix(strings.TrimPrefix(at, "/apply/"), "?done=application_sent")
	id, err := ledger.ParseID(org)
	if err != nil {
		s.Fatalf("%s: %v", at, err)
	}
	p, err := s.Accounts.Application(s.Context(), a.ID, id)
	if err != nil || p.State != account.Sent || len(p.Dossier.Documents) != 1 {
		s.Fatalf("%+v, %v", p, err)
	}
	return org, p.Dossier.Documents[0].CID
}

func (s *site) begun(a account.Account) account.Application {
	s.Helper()
	p, err := s.Accounts.NewApplication(s.Context(), a.ID, account.Dossier{})
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// mine is a person's only application.
func (s *site) mine(email string) account.Application {
	s.Helper()
	a, err := s.Accounts.Lookup(s.Context(), email)
	if err != nil {
		s.Fatal(err)
	}
	all, err := s.Accounts.Applications(s.Context(), a.ID)
	if err != nil || len(all) != 1 {
		s.Fatalf("%v, %v", all, err)
	}
	return all[0]
}

var joinLink = regexp.MustCompile(regexp.QuoteMeta(publicURL) + `(/join/[A-Za-z0-9_-]{64})`)

// invites has an administrator make an invitation, and returns its path.
func (b *browser) invites(fields ...string) string {
	b.Helper()
	page := b.must(b.post("/org/invitations", fields...), http.StatusOK)
	m := joinLink.FindSubmatch(page.body)
	if m == nil {
		b.Fatalf("no link on %s", page)
	}
	return string(m[1])
}

// TestFromApplicationToMember is the way of an organisation and its people.
func TestFromApplicationToMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	o := s.office()
	hoa := s.browser()

	// Somebody without an invitation makes an account, and begins.
	to := s.must(hoa.post("/signup", "name", "Nguyễn Thị Hoa", "identifier", "hoa@example.vn", "password", password, "next", "/apply"), 303).Header.Get("Location")
	if to != "/apply" {
		t.Errorf("after signing up: %s", to)
	}
	if page := s.must(hoa.get("/me"), 200); !strings.Contains(string(page.body), `href="/apply"`) {
		t.Errorf("who belongs nowhere is not led to apply: %s", page)
	}
	at := s.must(hoa.multi("/apply", nil, "name", "Hợp tác xã Kiên Lao", "phone", "chưa nhớ", "do", "save"), 303).Header.Get("Location")
	path := strings.TrimSuffix(at, "?done=saved")
	if page := s.must(hoa.get(path), 200); !strings.Contains(string(page.body), `value="Hợp tác xã Kiên Lao"`) || !strings.Contains(string(page.body), `value="chưa nhớ"`) {
		t.Errorf("what was typed is not kept: %s", page)
	}
	refused := s.must(hoa.multi(path, nil, "name", "Hợp tác xã Kiên Lao", "phone", "0912", "about", "Trồng vải", "do", "send"), 400)
	if body := string(refused.body); !strings.Contains(body, "Trồng vải") || !strings.Contains(body, `id="kind-wrong"`) || !strings.Contains(body, `id="phone-wrong"`) {
		t.Errorf("what is missing is not said: %s", body)
	}
	for name, f := range map[string]file{"a page": {"x.pdf", script}, "too large": {"x.pdf", pdf + strings.Repeat("x", account.MaxDocument)}} {
		page := hoa.multi(path, []file{f}, append(whole, "do", "save")...)
		if page.StatusCode != 400 && page.StatusCode != 413 || !strings.Contains(string(page.body), "Thôn Hố Bông") {
			t.Errorf("%s: %.200s", name, page)
		}
	}
	s.must(hoa.multi(path, []file{{"giấy phép.pdf", pdf}}, append(whole, "do", "send")...), 303)
	application := s.mine("hoa@example.vn")
	document := path + "/documents/" + application.Dossier.Documents[0].CID
	got := s.must(hoa.get(document), 200)
	if h := got.Header; h.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || string(got.body) != pdf {
		t.Errorf("the document: %v %s", h, got)
	}
	if a := s.get("/ipfs/"+application.Dossier.Documents[0].CID, s.operator); a.StatusCode != 404 {
		t.Errorf("a document of an application is at /ipfs: %s", a)
	}

	// The operator reads it and admits.
	if _, err := o.Admit(ctx, s.Operator, application.Org, ledger.Hash{1}, office.Assignment{Reason: "Đủ giấy tờ."}); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("admitted another than was read: %v", err)
	}
	admitted, err := o.Admit(ctx, s.Operator, application.Org, application.Hash(), office.Assignment{Reason: "Đủ giấy tờ."})
	if err != nil || admitted.State != account.Admitted {
		t.Fatalf("%+v, %v", admitted, err)
	}
	size := s.Ledger.Size()
	if again, err := o.Admit(ctx, s.Operator, application.Org, application.Hash(), office.Assignment{Reason: "Đủ giấy tờ."}); err != nil || again.State != account.Admitted || s.Ledger.Size() != size {
		t.Errorf("admitted twice: %d entries more, %v", s.Ledger.Size()-size, err)
	}
	prefixes, err := s.Index.Prefixes(ctx, application.Org)
	if err != nil || len(prefixes) != 1 || prefixes[0].Issuer != admitted.Decisions[0].Issuer {
		t.Errorf("%v, %v", prefixes, err)
	}
	if page := s.must(hoa.get(path), 200); !strings.Contains(string(page.body), "Đủ giấy tờ.") || !strings.Contains(string(page.body), prefixes[0].Issuer) {
		t.Errorf("the decision is not shown: %s", page)
	}
	if page := s.must(hoa.get("/org"), 200); !strings.Contains(string(page.body), "Hợp tác xã Kiên Lao") {
		t.Errorf("the organisation: %s", page)
	}

	// The administrator invites; looking at the invitation does not use it up.
	link := hoa.invites("name", "Trần Văn An", "phone", "0912345678", "roles", "recorder")
	for _, agent := range []string{"facebookexternalhit/1.1", "Mozilla/5.0 (Linux; Android 13) Zalo android/23010688"} {
		page := s.must(s.call(http.MethodGet, link, "", header{"User-Agent", agent}, nil), 200)
		if zalo := strings.Contains(agent, "Zalo"); strings.Contains(string(page.body), "intent://") != zalo || !strings.Contains(string(page.body), "Trần Văn An") {
			t.Errorf("%s reads %s", agent, page)
		}
	}
	an := s.browser()
	if page := s.must(an.post(link, "name", "Trần Văn An", "pin", "111111"), 400); !strings.Contains(string(page.body), `id="pin-wrong"`) || strings.Contains(string(page.body), "111111") {
		t.Errorf("an easy PIN: %s", page)
	}
	in := s.must(an.post(link, "name", "Trần Văn An", "pin", "274915"), 303)
	if to := in.Header.Get("Location"); to != "/me?done=joined" {
		t.Errorf("who joined lands on %s", to)
	}
	if page := s.must(an.get("/me"), 200); !strings.Contains(string(page.body), "Hợp tác xã Kiên Lao · ghi sổ") {
		t.Errorf("who joined: %s", page)
	}
	s.must(an.get(link), 404) // it is used
	s.must(s.browser().post(link, "name", "B", "pin", "274915"), 404)
	s.must(an.post("/signout"), 303)
	s.must(an.post("/signin/pin", "pin", "274915"), 303)

	// Roles are given and taken, and the history says by whom.
	person, err := s.Accounts.Lookup(ctx, "0912345678")
	if err != nil || len(person.Members) != 1 {
		t.Fatalf("%+v, %v", person, err)
	}
	member := person.Members[0].Member
	s.must(an.get("/org/members/"+member.String()), 403)
	s.must(hoa.post("/org/members/"+member.String(), "roles", "recorder", "roles", "recaller", "reason", "Trực ca đêm"), 303)
	if m, err := s.Index.Member(ctx, operatorView, member); err != nil || len(m.Roles) != 2 {
		t.Errorf("%+v, %v", m, err)
	}
	if page := s.must(hoa.get("/org/history"), 200); !strings.Contains(string(page.body), "đổi quyền của 1 thành viên: Trần Văn An") || !strings.Contains(string(page.body), "nhận 1 thành viên: Trần Văn An") {
		t.Errorf("the history: %s", page)
	}
	if page := s.must(an.get("/org/history"), 200); strings.Contains(string(page.body), "Nguyễn Thị Hoa") {
		t.Errorf("a member reads what others did: %s", page)
	}
	acting, err := s.Accounts.Acting(ctx, person.ID, member)
	if err != nil {
		t.Fatal(err)
	}
	other := s.sentBy("x@example.vn")
	if err := o.Forget(ctx, other.Account); err != nil {
		t.Error(err)
	}
	if _, _, err := o.Document(ctx, other, other.Dossier.Documents[0].CID); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a document that was forgotten: %v", err)
	}
	for name, try := range map[string]func() error{ // what a handler let through, the contract refuses
		"roles": func() error {
			return o.SetMember(ctx, acting, trace.MemberChange{Member: member, Roles: ledger.Roles, Reason: "x"})
		},
		"end": func() error { return o.EndMembership(ctx, acting, admitted.Member, "x", account.From{}) },
		"enrol": func() error {
			_, err := o.Direct(ctx, acting, trace.ActionEnrol, trace.NewMember{Member: ledger.Enrolment{Member: ledger.NewID(), Org: acting.Org, Key: ledger.Address{7}, Roles: ledger.Roles}})
			return err
		},
		"admit": func() error {
			_, err := o.Admit(ctx, acting, other.Org, other.Hash(), office.Assignment{Reason: "x"})
			return err
		},
		"refuse": func() error { _, err := o.Refuse(ctx, acting, other.Org, other.Hash(), "x"); return err },
		"stand":  func() error { return o.Suspend(ctx, acting, acting.Org, "x") },
	} {
		if err := try(); ledger.CodeOf(err) != ledger.Forbidden {
			t.Errorf("%s by a member who may not: %v", name, err)
		}
	}
	if page := s.must(hoa.post("/org/members/"+admitted.Member.String(), "roles", "recorder", "reason", "x"), 409); !strings.Contains(string(page.body), "ít nhất một quản trị") {
		t.Errorf("the last administrator: %s", page)
	}
	s.must(hoa.post("/org/members/"+member.String(), "roles", "recorder", "suspended", "true", "reason", "Nghỉ ốm"), 303)
	s.must(an.get("/org"), 403)
	s.must(hoa.post("/org/members/"+member.String(), "roles", "recorder", "reason", "Đi làm lại"), 303)
	s.must(an.get("/org"), 200)
	s.must(hoa.post("/org/members/"+member.String()+"/end", "reason", "Chuyển nơi khác"), 303)
	s.must(an.get("/org"), 403)
	if person, err = s.Accounts.Account(ctx, person.ID); err != nil || len(person.Members) != 0 {
		t.Errorf("%+v, %v", person.Members, err)
	}

	// The operator suspends the organisation, and takes it back.
	for range 2 {
		if err := o.Suspend(ctx, s.Operator, application.Org, "Kiểm tra"); err != nil {
			t.Error(err)
		}
	}
	s.must(hoa.get("/org"), 403)
	if page := s.must(hoa.get("/me"), 200); !strings.Contains(string(page.body), "đang tạm dừng") {
		t.Errorf("who is suspended is not told: %s", page)
	}
	for range 2 {
		if err := o.Reinstate(ctx, s.Operator, application.Org, "Xong"); err != nil {
			t.Error(err)
		}
	}
	s.must(hoa.get("/org"), 200)
}

// sentBy is an application of somebody new.
func (s *site) sentBy(email string) account.Application {
	s.Helper()
	s.applied(s.person("x", email))
	return s.mine(email)
}

// TestHousehold: a household's name is for its own people and the operator.
func TestHousehold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	a := s.person("Ba", "ba@example.vn")
	b := s.signIn("ba@example.vn")
	s.must(b.multi("/apply", nil, "kind", "household", "name", "Hộ ông Ba", "commune", "07561", "phone", "0912000112", "codes", "issued", "do", "send"), 303)
	p := s.mine("ba@example.vn")
	if _, err := s.office().Admit(ctx, s.Operator, p.Org, p.Hash(), office.Assignment{Reason: "Đúng người"}); err != nil {
		t.Fatal(err)
	}
	for v, want := range map[index.Viewer]bool{{}: false, {Org: ledger.NewID()}: false, {Org: p.Org}: true, operatorView: true} {
		o, err := s.Index.Organisation(ctx, v, p.Org)
		if err != nil || (o.Profile != nil) != want || !o.Organisation.Profile.Sealed {
			t.Errorf("%v reads %+v, %v", v, o, err)
		}
	}
	if page := s.must(b.get("/org"), 200); !strings.Contains(string(page.body), "Hộ ông Ba") {
		t.Errorf("%s", page)
	}
	if id, err := s.Accounts.Acting(ctx, a.ID, p.Member); err != nil || id.Org != p.Org {
		t.Errorf("%+v, %v", id, err)
	}
}

// TestRefused: a refused application is sent again changed, and not as it was.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	o := s.office()
	p := s.sentBy("an@example.vn")
	for range 2 {
		if got, err := o.Refuse(ctx, s.Operator, p.Org, p.Hash(), "Thiếu giấy chứng nhận."); err != nil || got.State != account.Refused {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	b := s.signIn("an@example.vn")
	path := "/apply/" + p.Org.String()
	if page := s.must(b.get(path), 200); !strings.Contains(string(page.body), "Thiếu giấy chứng nhận.") {
		t.Errorf("the reason is not shown: %s", page)
	}
	s.must(b.multi(path, nil, append(whole, "do", "send")...), 409)
	s.must(b.multi(path, nil, append(whole, "note", "Đã bổ sung.", "do", "send")...), 303)
	p = s.mine("an@example.vn")
	s.must(b.post(path+"/withdraw"), 303)
	if _, err := o.Application(ctx, p.Org); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("the operator reads a draft: %v", err)
	}
	if _, err := o.Admit(ctx, s.Operator, p.Org, p.Hash(), office.Assignment{Reason: "x"}); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("a draft is admitted: %v", err)
	}
	s.must(b.multi(path, nil, append(whole, "note", "Đã bổ sung.", "do", "send")...), 303)
	taken := s.admit("Công ty B", ledger.KindDistributor).prefix
	for gs1, evidence := range map[string]string{taken: "x", taken[:5]: "x", taken + "1": "x", "89A5": "x", "8935001": ""} {
		give := office.Assignment{Reason: "Đủ", GS1: gs1, Evidence: evidence}
		if _, err := o.Admit(ctx, s.Operator, p.Org, s.mine("an@example.vn").Hash(), give); err == nil {
			t.Errorf("the prefix %s was assigned", gs1)
		}
	}
	if now := s.mine("an@example.vn"); now.State != account.Sent || now.Chosen != nil {
		t.Errorf("%+v", now)
	}
	got, err := o.Admit(ctx, s.Operator, p.Org, s.mine("an@example.vn").Hash(), office.Assignment{Reason: "Đủ", GS1: "8935001", Evidence: "Giấy chứng nhận số 1"})
	if err != nil || len(got.Decisions) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if list, err := s.Index.Prefixes(ctx, p.Org); err != nil || len(list) != 2 || list[0].GS1 != "8935001" {
		t.Errorf("%v, %v", list, err)
	}
}

// TestDecisionCutOff: what is on the register and was not carried to the application
// is finished when it is read.
func TestDecisionCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	o := s.office()
	for state, record := range map[account.ApplicationState]func(account.Application) error{
		account.Admitted: func(p account.Application) error {
			_, err := o.Direct(ctx, s.Operator, trace.ActionAdmit, trace.Admission{
				Org:    trace.Organisation{ID: p.Org, Kind: ledger.KindCoop},
				Member: ledger.Enrolment{Member: p.Member, Org: p.Org, Key: p.Key, Roles: ledger.Roles}, Dossier: p.Hash(), Reason: "x",
			})
			return err
		},
		account.Refused: func(p account.Application) error {
			_, err := o.Direct(ctx, s.Operator, trace.ActionRefuse, trace.Refusal{Org: p.Org, Dossier: p.Hash(), Reason: "x"})
			return err
		},
	} {
		email := string(state) + "@example.vn"
		p := s.sentBy(email)
		if _, err := s.Accounts.ChooseDecision(ctx, p.Org, p.Hash(), account.Decision{State: state, Reason: "x", Issuer: "ABC1"}, account.From{}); err != nil {
			t.Fatal(err)
		}
		if got, err := o.Application(ctx, p.Org); err != nil || got.State != account.Sent {
			t.Errorf("%s before it is recorded: %+v, %v", state, got, err)
		}
		if err := record(p); err != nil {
			t.Fatal(err)
		}
		if got, err := o.Application(ctx, p.Org); err != nil || got.State != state || got.Decisions[0].Entry != s.Ledger.Size()-1 {
			t.Errorf("%s after it is recorded: %+v, %v", state, got, err)
		}
	}
	p := s.mine("admitted@example.vn")
	if _, err := s.Accounts.Acting(ctx, p.Account, p.Member); err != nil {
		t.Errorf("the administrator's key is not active: %v", err)
	}
	if _, err := o.Admit(ctx, s.Operator, p.Org, p.Hash(), office.Assignment{}); err != nil { // what is left of it
		t.Error(err)
	}
	if list, err := s.Index.Prefixes(ctx, p.Org); err != nil || len(list) != 1 || list[0].Issuer != "ABC1" {
		t.Errorf("%v, %v", list, err)
	}
}

// TestInvitationWithoutItsMaker: who is invited by somebody who may no more waits
// until an administrator confirms them.
func TestInvitationWithoutItsMaker(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	a := s.admit("Hợp tác xã A", ledger.KindCoop)
	b := s.admit("Công ty B", ledger.KindDistributor)
	first, admin := s.member("first", a, ledger.Roles...)
	_, second := s.member("second", a, ledger.Roles...)
	_, stranger := s.member("stranger", b, ledger.Roles...)
	link, other := admin.invites("roles", "recorder", "name", "Chị Chi"), admin.invites("roles", "admin")
	if page := s.must(stranger.get("/org/invitations"), 200); strings.Contains(string(page.body), "Chị Chi") {
		t.Errorf("another organisation's invitations are listed: %s", page)
	}
	s.must(second.post("/org/members/"+first.Member.String(), "roles", "recorder", "reason", "Đổi việc"), 303)
	join := func(link, name string) (*browser, string) {
		j := s.browser()
		if to := s.must(j.post(link, "name", name, "identifier", name+"@example.vn", "password", password), 303).Header.Get("Location"); to != "/me?done=waiting" {
			t.Errorf("lands on %s", to)
		}
		person, err := s.Accounts.Lookup(ctx, name+"@example.vn")
		if err != nil || len(person.Members) != 1 {
			t.Fatalf("%+v, %v", person, err)
		}
		return j, person.Members[0].Member.String()
	}
	j, member := join(link, "chi")
	s.must(j.get("/org"), 403)
	if page := s.must(j.get("/me"), 200); !strings.Contains(string(page.body), "cần xác nhận") {
		t.Errorf("who waits is not told: %s", page)
	}
	for path, who := range map[string]*browser{"/confirm": stranger, "/decline": stranger, "/end": stranger, "": stranger, "/reset": stranger} {
		s.must(who.post("/org/members/"+member+path, "reason", "x", "roles", "admin"), 404)
	}
	s.must(admin.post("/org/members/"+member+"/confirm"), 403) // no administrator any more
	s.must(j.post("/org/members/"+member+"/confirm"), 403)
	if page := s.must(second.get("/org/members"), 200); !strings.Contains(string(page.body), "chờ xác nhận") {
		t.Errorf("who waits is not shown: %s", page)
	}
	for range 2 {
		s.must(second.post("/org/members/"+member+"/confirm"), 303)
	}
	s.must(j.get("/org"), 200)

	_, declined := join(other, "dung")
	s.must(second.post("/org/members/"+declined+"/decline"), 303)
	if person, err := s.Accounts.Lookup(ctx, "dung@example.vn"); err != nil || len(person.Members) != 0 {
		t.Errorf("%+v, %v", person, err)
	}
}

// TestReset: an administrator lets in who belongs to the organisation alone.
func TestReset(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx := t.Context()
	a, b := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor)
	_, admin := s.member("admin", a, ledger.Roles...)
	both := s.person("both", "both@example.vn")
	inB := s.join(both, b.org, b.token, ledger.Roles...)
	inA := s.join(both, a.org, a.token, ledger.RoleRecorder)
	applies := s.person("applies", "applies@example.vn")
	s.begun(applies)
	inToo := s.join(applies, a.org, a.token, ledger.RoleRecorder)
	only := s.join(s.person("only", "only@example.vn"), a.org, a.token, ledger.RoleRecorder)
	reset := func(m ledger.ID) *answer { return admin.post("/org/members/" + m.String() + "/reset") }
	for name, m := range map[string]ledger.ID{"works for two": inA.Member, "applies elsewhere": inToo.Member} {
		if page := s.must(reset(m), 403); bytes.Contains(page.body, []byte(publicURL+"/reset/")) {
			t.Errorf("who %s: %s", name, page)
		}
	}
	s.must(reset(inB.Member), 404)
	page := s.must(reset(only.Member), 200)
	secret := regexp.MustCompile(regexp.QuoteMeta(publicURL) + `/reset/([A-Za-z0-9_-]{64})`).FindSubmatch(page.body)
	if secret == nil {
		t.Fatalf("no link on %s", page)
	}
	if _, who, err := s.Accounts.AccountLink(ctx, string(secret[1])); err != nil || who.Email != "only@example.vn" {
		t.Errorf("%+v, %v", who, err)
	}
}

// TestJoinAs: who has an account joins with it, and nobody joins by the number of
// somebody else.
func TestJoinAs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.admit("Hợp tác xã A", ledger.KindCoop)
	_, admin := s.member("admin", a, ledger.Roles...)
	link := admin.invites("roles", "recorder")
	s.person("an", "an@example.vn")
	taken := s.must(s.browser().post(link, "name", "X", "identifier", "an@example.vn", "pin", "274915"), 409)
	if !strings.Contains(string(taken.body), "/signin?next=%2Fjoin%2F") {
		t.Errorf("who has an account is not led to sign in: %s", taken)
	}
	an := s.signIn("an@example.vn")
	if page := s.must(an.get(link), 200); !strings.Contains(string(page.body), `name="as"`) || strings.Contains(string(page.body), `name="pin"`) {
		t.Errorf("who is signed in: %s", page)
	}
	s.must(an.post(link, "as", "me"), 303)
	s.must(an.get("/org"), 200)
	fixed := admin.invites("roles", "recorder", "phone", "0912345678")
	s.must(an.post(fixed, "as", "me"), 403)
	s.must(s.browser().post(fixed, "name", "X", "phone", "0987654321", "pin", "274915"), 403)
}
