package node_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// stall is a site with a lot whose labels are numbered, on which shoppers look.
type stall struct {
	*site
	coop  *party
	lot   trace.ID
	clerk *browser
	base  string
}

func newStall(t *testing.T) *stall {
	t.Helper()
	s := startSite(t, node.Config{Data: t.TempDir(), PublicURL: "http://localhost"})
	m := &stall{site: s, coop: s.admit("Hợp tác xã Vải thiều Hồng Giang", ledger.KindCoop), base: strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}
	m.lot = s.lot(s.product(m.coop, 1, trace.Text{VI: "Vải thiều Lục Ngạn", EN: "Luc Ngan lychee"}), "VC260617")
	s.recordEvents(m.coop, ledger.Public, s.commission(m.lot, 1000))
	_, m.clerk = s.member("clerk", m.coop, ledger.RoleRecorder, ledger.RoleAdmin)
	s.must(m.clerk.post("/labels", "of", m.lot.String(), "format", "roll-50x30", "kind", "numbers", "first", "0001", "count", "20"), 303)
	return m
}

// shopper is a phone of its own.
func (m *stall) shopper(t *testing.T) *page {
	t.Helper()
	return &page{t, chromium(t, speaksVietnamese, chromedp.UserAgent(phoneAgent)), m.base}
}

// TestShoppersScan: the first phone reads that it is the first, also when it loads the
// page again, and the second that it is the second; a number that was never issued has
// no scans to tell of.
func TestShoppersScan(t *testing.T) {
	m := newStall(t)
	path := pieceOf(t, m.lot, "0007").Path()
	said := func(p *page, want string) {
		t.Helper()
		eventually(t, func() bool {
			return strings.Contains(p.says(`document.querySelector(".verdict").innerText`), want)
		}, want)
	}
	first := m.shopper(t)
	first.open(path)
	said(first, "Đây là lần quét đầu tiên")
	first.open(path)
	said(first, "Đây là lần quét đầu tiên")
	second := m.shopper(t)
	second.open(path + "?lang=en")
	said(second, "2 scans have been counted")
	said(second, "is one of those issued for lot VC260617")
	// A phone that says where it is sends no more than a district.
	if second.says(`document.featurePolicy.allowsFeature("geolocation") ? "may" : ""`) != "may" {
		t.Error("the page may not ask where the phone is")
	}
	second.says(`navigator.geolocation.getCurrentPosition = known => known({ coords: { latitude: 21.2735, longitude: 106.1946 } }), ""`)
	second.press("[data-scan] button")
	eventually(t, func() bool {
		return second.says(`document.querySelector("[data-scan] [role=status]").innerText`) == "The place is noted. Thank you."
	}, "the place is noted")
	if page := string(m.must(m.clerk.get("/batches/scans?id="+escaped(m.lot.String())), 200).body); !strings.Contains(page, "21.3,106.2") {
		t.Errorf("the owner does not see where: %s", page)
	}
	second.open(pieceOf(t, m.lot, "0021").Path())
	said(second, "This number was never issued")
	if second.says(`document.querySelector("[data-scans]") ? "scans" : ""`) != "" {
		t.Error("a number that was never issued tells of scans")
	}
	if second.says(`document.documentElement.scrollWidth <= 360 ? "fits" : ""`) != "fits" {
		t.Error("the page is wider than the phone")
	}
}

// TestShopperReports: a shopper reports a problem from a label, the co-op answers, and
// the shopper reads that by the link with the code.
func TestShopperReports(t *testing.T) {
	m := newStall(t)
	p := m.shopper(t)
	p.open(pieceOf(t, m.lot, "0007").Path())
	p.press(`a[href^='/report?']`)
	eventually(t, func() bool { return p.says(`location.pathname`) == "/report" }, "the form")
	p.press("input[value=unsafe]")
	p.do(chromedp.SetValue("#words", "Mở ra thấy mốc trắng"), chromedp.SetValue("#contact", "0912 345 678"))
	p.press(".sheet button.primary")
	eventually(t, func() bool { return p.says(`document.getElementById("secret")?.innerText`) != "" }, "the code")
	ref, secret := strings.ReplaceAll(p.says(`document.getElementById("ref").innerText`), "-", ""), p.says(`document.getElementById("secret").innerText`)
	says := func(want string) {
		t.Helper()
		eventually(t, func() bool { return strings.Contains(p.says(`document.querySelector("main").innerText`), want) }, want)
	}
	says("cơ quan quản lý đã nhận được")
	p.press("a.primary")
	says("đã nhận, chưa đọc")

	list := string(m.must(m.clerk.get("/reports"), 200).body)
	if !strings.Contains(list, "/reports/"+ref) || !strings.Contains(list, "nghi không an toàn") {
		t.Errorf("the co-op's list: %s", list)
	}
	if one := string(m.must(m.clerk.get("/reports/"+ref), 200).body); !strings.Contains(one, "Mở ra thấy mốc trắng") || !strings.Contains(one, "0912 345 678") {
		t.Errorf("the co-op reads %s", one)
	}
	m.must(m.clerk.post("/reports/"+ref+"/answer", "answer", "Chúng tôi đã dừng bán lô này."), 303)
	p.open("/code") // elsewhere, so that the fragment loads the page
	p.open("/reports/" + ref + "#" + secret)
	says("Chúng tôi đã dừng bán lô này.")
	says("Mở ra thấy mốc trắng")
	if at := p.says(`location.href`); strings.Contains(at, secret) {
		t.Errorf("the code stays in the address: %s", at)
	}
}
