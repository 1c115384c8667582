package web

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// dataPages are samples of the pages of what is kept of somebody.
func dataPages() []pageOf {
	day, coop := ledger.Time(1_780_000_000_000), trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}
	data := &MyData{Consents: []Consent{
		{Purpose: Purposes[0], Agreed: day, Past: []PastConsent{{"1", day, 0}, {"0", day, day}}},
		{Purpose: Purposes[1]},
		{Purpose: Purposes[1], Agreed: day, Other: true},
	}}
	erase := &Erase{Form: Form{Wrong: map[string]string{"word": "invalid"}}, Leaving: []Leaving{{Kind: ledger.KindHousehold, Alone: true, Papers: 3, Keys: 1}}}
	barred := &Erase{Form: Form{Wrong: map[string]string{"account": "conflict"}}, Leaving: []Leaving{{Org: coop, Kind: ledger.KindCoop, Bar: "sole"}, {Kind: ledger.KindArtisan, Bar: "suspended"}}, Barred: true}
	return []pageOf{
		deskPage("seen", site.Seen, hoaAt("/account/seen"), &Seen{Kind: ledger.KindHousehold, Natural: true, Passport: SamplePassport(ledger.KindHousehold), Sample: true}),
		deskPage("seen of a co-op", site.Seen, hoaAt("/account/seen"), &Seen{Kind: ledger.KindCoop, Asked: true, Passport: lycheePassport()}),
		{"shopper", func(b *bytes.Buffer, l Lang) error { return site.Passport(b, l, SamplePassport(ledger.KindCoop)) }},
		deskPage("mydata", site.MyData, hoaAt("/account/data"), data),
		deskPage("export", site.Export, hoaAt("/account/data/export"), &Export{Most: 2000}),
		deskPage("erase", site.Erase, hoaAt("/account/data/erase"), erase),
		deskPage("barred", site.Erase, hoaAt("/account/data/erase"), barred),
	}
}

// TestPurposes: every purpose has a name and the words of its version.
func TestPurposes(t *testing.T) {
	for _, p := range Purposes {
		for _, key := range []string{"consent." + p.Name, "consent." + p.Name + "." + p.Version} {
			if texts[Vietnamese][key] == "" {
				t.Errorf("no text %q", key)
			}
		}
	}
}

// TestSamplePassport: the example of a household's page names nobody, and that of an
// organisation does.
func TestSamplePassport(t *testing.T) {
	for kind, named := range map[ledger.Kind]bool{ledger.KindHousehold: false, ledger.KindArtisan: false, ledger.KindCoop: true} {
		var b bytes.Buffer
		if err := site.Passport(&b, Vietnamese, SamplePassport(kind)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "Tên tổ chức của bạn") != named {
			t.Errorf("%s: %s", kind, b.String())
		}
	}
}

// TestExported: the page in an archive needs nothing beside itself.
func TestExported(t *testing.T) {
	for _, l := range Languages {
		var b bytes.Buffer
		if err := site.Exported(&b, l, &Exported{Name: "Hoa <b>", Phone: "+84912345678", Orgs: []trace.Text{{}}, Counts: []Counted{{"keys", 2}, {"links", 0}}, Documents: 2, Receipts: 3, More: true}); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		if strings.Contains(page, "<b>") || strings.Contains(page, "src=") || strings.Contains(page, "/assets/") || !strings.Contains(page, "Hoa &lt;b&gt;") {
			t.Error(page)
		}
	}
}
