package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// sampleCertificates are one in each state.
func sampleCertificates() []CertificateLine {
	now := at("2026-06-05 10:30")
	long := strings.Repeat("Tổchứcchứngnhận", 6)
	one := func(scheme, number string, days int, change ...func(*CertificateLine)) CertificateLine {
		c := CertificateLine{Holder: coop, Now: now, Certificate: Certificate{
			Certificate: trace.Certificate{ID: scheme + "/" + number, Scheme: scheme, Number: number, From: now.Add(-1000 * time.Hour), Until: now.Add(time.Duration(days) * 24 * time.Hour)},
			By:          certifier, Page: "/certificates/000102030405060708090a0b0c0d0e0f",
		}}
		for _, f := range change {
			f(&c)
		}
		return c
	}
	return []CertificateLine{
		one(trace.SchemeVietGAP, "VietGAP-TT-24-01", 700), one(trace.SchemeOCOP, "OCOP-86-004", 12, func(c *CertificateLine) { c.Stars = 4 }),
		one(trace.SchemeOrganic, long, -3), one(trace.SchemeGlobalGAP, "9520000000011", 100, func(c *CertificateLine) { c.Suspended = "Chưa qua kỳ giám sát." }),
		one(trace.SchemeLaboratory, "KQ-17", 100, func(c *CertificateLine) {
			c.Tested, c.Result, c.Revoked = "Carbendazim trên quả tươi", trace.ResultFailed, "Mẫu nhầm."
		}),
		one("https://example.com/scheme", "1", 100, func(c *CertificateLine) { c.From, c.Holder = now.Add(time.Hour), Party{Kind: ledger.KindHousehold} }),
	}
}

// certificatePages are samples of what certifiers see, and of a certificate's own page.
func certificatePages() []pageOf {
	minh := func(path, done string) Reader {
		return Reader{Path: path, Done: done, Me: &Me{Name: "Lê Minh", Org: certifier.Name, Kind: ledger.KindCertifier, Roles: ledger.Roles}}
	}
	now := at("2026-06-05 10:30")
	long := strings.Repeat("Hợptácxãnôngnghiệp", 6)
	list := sampleCertificates()
	page := func(c CertificateLine, mine bool) *CertificatePage {
		c.Link = "/ipfs/bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
		return &CertificatePage{
			CertificateLine: c, Since: now, Mine: mine, Targets: []CertificateTarget{{lychee, "(01)09520001000119", "/01/09520001000119"}, {both(long, ""), "BNHG-00012-8", ""}},
			History: []CertificateStep{{"suspended", "Chưa qua kỳ giám sát.", now, "/api/v1/receipts/9?item=0"}, {"issued", "", now, "/api/v1/receipts/7?item=0"}},
		}
	}
	form := func(scheme string, wrong map[string]string) *CertificateForm {
		return &CertificateForm{
			Form:   Form{Values: url.Values{"number": {long}, "target": {"x"}}, Wrong: wrong},
			Scheme: scheme, Holder: coop, Action: "/certificates/new?holder=1f&scheme=" + scheme, From: "2026-06-05", Until: "2028-06-05",
			Things: []Option{{Value: "x", Text: long, Help: "(01)09520001000119"}, {Value: "y", Text: "Vườn trồng", Help: "BNHG-00012-8"}},
		}
	}
	return []pageOf{
		deskPage("certificates", site.Certificates, minh("/certificates", "certified"), &Certificates{List: list, Next: "/certificates?page=x"}),
		deskPage("certificates-none", site.Certificates, minh("/certificates", ""), &Certificates{}),
		deskPage("certificate", site.CertificatePage, Reader{Path: list[0].Page}, page(list[0], false)),
		deskPage("certificate-suspended", site.CertificatePage, minh(list[3].Page, ""), page(list[3], true)),
		deskPage("certificate-mine", site.CertificatePage, minh(list[1].Page, ""), page(list[1], true)),
		deskPage("certificate-revoked", site.CertificatePage, minh(list[4].Page, ""), page(list[4], true)),
		deskPage("holder", site.CertificateHolder, minh("/certificates/new", ""), &CertificateForm{Scheme: "ocop", Search: "vải", Found: []Holder{{"1f", coop, "/certificates/new?holder=1f"}, {"2f", Party{Name: both(long, ""), Kind: ledger.KindHousehold}, "/x"}}}),
		deskPage("holder-none", site.CertificateHolder, minh("/certificates/new", ""), &CertificateForm{Scheme: "vietgap", Search: "vải"}),
		deskPage("certify-ocop", site.CertificateForm, minh("/certificates/new", ""), form("ocop", map[string]string{"number": "conflict", "stars": "invalid", "document": "invalid"})),
		deskPage("certify-laboratory", site.CertificateForm, minh("/certificates/new", ""), form("laboratory", map[string]string{"tested": "invalid", "result": "invalid", "lots": "invalid", "scheme": "invalid"})),
		deskPage("suspend-certificate", site.Act, minh("/certificates/1f/suspend", ""), &Act{Name: "suspend_certificate", Who: coop.Name, Action: "/certificates/1f/suspend", Back: "/certificates/1f", Facts: []Fact{{"number", "TT-24-01"}}, Fields: []Field{{Name: "reason", Type: "textarea", Max: 500, Required: true}}}),
		deskPage("reinstate-certificate", site.Act, minh("/certificates/1f/reinstate", ""), &Act{Name: "reinstate_certificate", Action: "/x", Back: "/x"}),
		deskPage("revoke-certificate", site.Act, minh("/certificates/1f/revoke", ""), &Act{Name: "revoke_certificate", Danger: true, Action: "/x", Back: "/x"}),
		deskPage("org-certificates", site.Org, minh("/org", ""), &Org{Name: certifier.Name, Kind: ledger.KindCertifier, Since: now, Members: 2, Certificates: list, Recalls: true, Certifies: true}),
	}
}

// TestCertificateStates: what a line says, and how many days are left.
func TestCertificateStates(t *testing.T) {
	for i, want := range []struct {
		state string
		days  int
	}{{"valid", 700}, {"soon", 12}, {"ended", 0}, {"suspended", 100}, {"revoked", 100}, {"waits", 100}} {
		if c := sampleCertificates()[i]; c.State() != want.state || c.Days() != want.days {
			t.Errorf("%s is %s with %d days, want %v", c.Number, c.State(), c.Days(), want)
		}
	}
	now := at("2026-06-05 10:30")
	for until, want := range map[time.Duration]string{0: "ended", time.Minute: "soon", soon: "soon", soon + time.Minute: "valid"} {
		c := CertificateLine{Now: now, Certificate: Certificate{Certificate: trace.Certificate{From: now, Until: now.Add(until)}}}
		if c.State() != want || until == time.Minute && c.Days() != 1 {
			t.Errorf("%s before its end it is %s with %d days", until, c.State(), c.Days())
		}
	}
}
