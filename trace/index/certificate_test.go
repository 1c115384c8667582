package index

import (
	"fmt"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestCertificateSteps: a certificate holds but while it is suspended and once it is
// revoked, and everything that was done to it is kept.
func TestCertificateSteps(t *testing.T) {
	b := newBook("certificates")
	b.capture(coop, commission(1, ledger.Public, lot(1), kg(1)), trace.EventOutcome{})
	c := trace.Certificate{ID: "a/1", Scheme: trace.SchemeVietGAP, Number: "1", Holder: coop, Targets: []trace.ID{gtin}, From: 1, Until: 1_900_000_000_000, Doc: "doc-1"}
	step := func(change func(*trace.Certificate)) uint64 {
		one := c
		change(&one)
		return b.certify(agency, one)
	}
	x := openAt(t, t.TempDir())
	defer x.Close()
	const now = ledger.Time(1_800_000_000_000)
	for i, s := range []struct {
		change func(*trace.Certificate)
		step   trace.CertificateStep
		why    string
		valid  bool
	}{
		{func(*trace.Certificate) {}, trace.CertificateIssued, "", true},
		{func(c *trace.Certificate) { c.Suspended, c.Number = "missed", "another" }, trace.CertificateSuspended, "missed", false},
		{func(c *trace.Certificate) { c.Reinstated, c.Doc = "passed", "another" }, trace.CertificateReinstated, "passed", true},
		{func(c *trace.Certificate) { c.Suspended = "again" }, trace.CertificateSuspended, "again", false},
		{func(c *trace.Certificate) { c.Revoked = "fraud" }, trace.CertificateRevoked, "fraud", false},
	} {
		entry := step(s.change)
		follow(t, x, b)
		list := must(x.Batch(t.Context(), anybody, lot(1))).Certificates
		if len(list) != 1 || list[0].Valid(now) != s.valid || list[0].Number != "1" || list[0].Doc != "doc-1" {
			t.Fatalf("%s: %+v", s.step, list)
		}
		got := must(x.Certificate(list[0].Key()))
		if n := len(got.History); n != i+1 || got.History[i] != (CertificateChange{s.step, s.why, entry, 0, recordTime(entry)}) {
			t.Errorf("%s: history %+v", s.step, got.History)
		}
		if (got.Suspended != "") != (s.step == trace.CertificateSuspended) || got.Reinstated != "" {
			t.Errorf("%s: %+v", s.step, got)
		}
	}
}

// TestCertificateLists: what an organisation issued and what it holds, the last first.
func TestCertificateLists(t *testing.T) {
	b := newBook("certificates")
	for n := range 5 {
		holder := coop
		if n == 3 {
			holder = shop
		}
		b.certify(agency, trace.Certificate{ID: fmt.Sprint(n), Scheme: trace.SchemeVietGAP, Number: fmt.Sprint(n), Holder: holder, Targets: []trace.ID{lot(n)}, From: 1, Until: 2})
	}
	b.certify(agency, trace.Certificate{ID: "4", Scheme: trace.SchemeVietGAP, Number: "4", Holder: coop, From: 1, Until: 2, Revoked: "x"})
	x := indexed(t, b)
	numbers := func(read func(ledger.ID, Page) ([]Certificate, string, error), org ledger.ID) (all string) {
		t.Helper()
		for page := (Page{Limit: 2}); ; {
			list, next, err := read(org, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				all += c.Number
			}
			if page.Token = next; next == "" {
				return all
			}
		}
	}
	for _, c := range []struct{ got, want string }{
		{numbers(x.CertificatesBy, agency), "43210"}, {numbers(x.CertificatesBy, coop), ""},
		{numbers(x.CertificatesFor, coop), "4210"}, {numbers(x.CertificatesFor, shop), "3"},
	} {
		if c.got != c.want {
			t.Errorf("listed %q, want %q", c.got, c.want)
		}
	}
	for _, name := range []string{"", "x", "00000000000000000000000000000000", "0000"} {
		if _, err := x.Certificate(name); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
}
