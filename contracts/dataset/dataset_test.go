package dataset_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// release is a first version that nothing is wrong with.
func release(id byte) market.Release {
	return market.Release{
		Dataset: ledger.ID{id}, Version: 1, Licence: "https://creativecommons.org/licenses/by/4.0/", Description: CID("words"),
		Files: []market.File{{Name: "harvest.csv", Media: "text/csv", Bytes: 120, CID: CID("file")}}, Review: &market.Review{Profile: CID("profile")},
		From: []market.Source{
			{Kind: market.FromRegister, Ref: strings.Repeat("0a", 32) + "@312", How: "added up by commune"},
			{Kind: market.FromBatch, Ref: "https://id.gs1.org/01/09520001000010/10/L1", How: "weighed"},
			{Kind: market.FromOutside, Ref: "https://example.vn/units", How: "names of communes"},
		},
	}
}

// agreed makes a release one that is given under an agreement.
func agreed(r *market.Release) {
	r.Access = market.Agreed
	for i := range r.Files {
		r.Files[i].Sealed = &market.Sealed{Plain: ledger.Hash{1}, Cipher: ledger.Hash{2}, Key: ledger.Hash{3}, Chunk: 1 << 20}
	}
}

// stated gives a release a statement, changed.
func stated(change func(*market.Statement)) func(*market.Release) {
	return func(r *market.Release) {
		r.Statement = &market.Statement{Seller: market.SellerCoop, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary}
		change(r.Statement)
	}
}

func publish(w *World, m *Member, r market.Release) error {
	_, err := w.Submit(m, market.DatasetContract, market.ActionPublish, market.PublishSummary(r), trace.Encode(r))
	return err
}

// TestRelease changes one thing of a good release at a time.
func TestRelease(t *testing.T) {
	many := func(n int) []market.File {
		files := make([]market.File, n)
		for i := range files {
			files[i] = market.File{Name: fmt.Sprint(i), Media: "text/csv", CID: CID(fmt.Sprint(i))}
		}
		return files
	}
	from := func(kind market.SourceKind, ref, how string) func(*market.Release) {
		return func(r *market.Release) { r.From = []market.Source{{Kind: kind, Ref: ref, How: how}} }
	}
	tests := []struct {
		name   string
		change func(*market.Release)
		code   ledger.Code // empty where it is legal
		field  string
	}{
		{"good", func(*market.Release) {}, "", ""},
		{"of nothing", func(r *market.Release) { r.From = nil }, "", ""},
		{"100 files", func(r *market.Release) { r.Files = many(market.MaxFiles) }, "", ""},
		{"no dataset", func(r *market.Release) { r.Dataset = ledger.ID{} }, ledger.Invalid, "dataset"},
		{"personal", func(r *market.Release) { r.Personal = true }, ledger.Forbidden, "personal"},
		{"no licence", func(r *market.Release) { r.Licence = "" }, ledger.Invalid, "licence"},
		{"licence in words", func(r *market.Release) { r.Licence = "CC BY 4.0" }, ledger.Invalid, "licence"},
		{"no description", func(r *market.Release) { r.Description = "" }, ledger.Invalid, "description"},
		{"description in words", func(r *market.Release) { r.Description = "harvest" }, ledger.Invalid, "description"},
		{"no file", func(r *market.Release) { r.Files = nil }, ledger.Invalid, "files"},
		{"101 files", func(r *market.Release) { r.Files = many(market.MaxFiles + 1) }, ledger.Invalid, "files"},
		{"file without name", func(r *market.Release) { r.Files[0].Name = "" }, ledger.Invalid, "files[0].name"},
		{"file with a path", func(r *market.Release) { r.Files[0].Name = "../a.csv" }, ledger.Invalid, "files[0].name"},
		{"file with a long name", func(r *market.Release) { r.Files[0].Name = strings.Repeat("a", 201) }, ledger.Invalid, "files[0].name"},
		{"file without type", func(r *market.Release) { r.Files[0].Media = "csv" }, ledger.Invalid, "files[0].media"},
		{"file of less than nothing", func(r *market.Release) { r.Files[0].Bytes = -1 }, ledger.Invalid, "files[0].bytes"},
		{"file without content", func(r *market.Release) { r.Files[0].CID = "" }, ledger.Invalid, "files[0].cid"},
		{"unknown source", from("hearsay", "x", "y"), ledger.Invalid, "from[0]"},
		{"source without ref", from(market.FromOutside, "", "y"), ledger.Invalid, "from[0]"},
		{"source without how", from(market.FromOutside, "https://example.vn", ""), ledger.Invalid, "from[0]"},
		{"source that is no URI", from(market.FromOutside, "a book", "y"), ledger.Invalid, "from[0].ref"},
		{"register without size", from(market.FromRegister, strings.Repeat("0a", 32), "y"), ledger.Invalid, "from[0].ref"},
		{"register without id", from(market.FromRegister, "x@7", "y"), ledger.Invalid, "from[0].ref"},
		{"batch that is none", from(market.FromBatch, "L1", "y"), ledger.Invalid, "from[0].ref"},
		{"dataset without version", from(market.FromDataset, ledger.ID{9}.String(), "y"), ledger.Invalid, "from[0].ref"},
		{"dataset that is none", from(market.FromDataset, "x/1", "y"), ledger.Invalid, "from[0].ref"},
		{"dataset in another spelling", from(market.FromDataset, ledger.ID{9}.String()+"/01", "y"), ledger.Invalid, "from[0].ref"},
		{"dataset not on the register", from(market.FromDataset, ledger.ID{9}.String()+"/1", "y"), ledger.NotFound, "from[0].ref"},
		{"too many sources", func(r *market.Release) {
			r.From = make([]market.Source, market.MaxSources+1)
			for i := range r.From {
				r.From[i] = market.Source{Kind: market.FromOutside, Ref: "urn:x:y", How: "z"}
			}
		}, ledger.TooLarge, "from"},
		{"unknown kind", func(r *market.Release) { r.Kind = "book" }, ledger.Invalid, "kind"},
		{"unknown access", func(r *market.Release) { r.Access = "some" }, ledger.Invalid, "access"},
		{"two of a name", func(r *market.Release) { r.Files = append(r.Files, r.Files[0]) }, ledger.Invalid, "files[1].name"},
		{"under an agreement", agreed, "", ""},
		{"under an agreement, in the clear", func(r *market.Release) { r.Access = market.Agreed }, ledger.Invalid, "files[0].sealed"},
		{"under an agreement, without a root", func(r *market.Release) { agreed(r); r.Files[0].Sealed.Plain = ledger.Hash{} }, ledger.Invalid, "files[0].sealed"},
		{"under an agreement, without a key", func(r *market.Release) { agreed(r); r.Files[0].Sealed.Key = ledger.Hash{} }, ledger.Invalid, "files[0].sealed"},
		{"under an agreement, without chunks", func(r *market.Release) { agreed(r); r.Files[0].Sealed.Chunk = 0 }, ledger.Invalid, "files[0].sealed"},
		{"under an agreement, in large chunks", func(r *market.Release) { agreed(r); r.Files[0].Sealed.Chunk = market.MaxChunk + 1 }, ledger.Invalid, "files[0].sealed"},
		{"open, as a ciphertext", func(r *market.Release) { agreed(r); r.Access = market.Open }, ledger.Invalid, "files[0].sealed"},
		{"listed", func(r *market.Release) { r.Access, r.Files, r.Review = market.Listed, nil, nil }, "", ""},
		{"listed with a file", func(r *market.Release) { r.Access = market.Listed }, ledger.Invalid, "files"},
		{"a data service", func(r *market.Release) { r.Kind, r.Access, r.Files, r.Review = market.API, market.Agreed, nil, nil }, "", ""},
		{"a data service with a file", func(r *market.Release) { r.Kind = market.API }, ledger.Invalid, "files"},
		{"work", func(r *market.Release) { r.Kind, r.Access, r.Files, r.Review = market.Service, market.Agreed, nil, nil }, "", ""},
		{"a statement", stated(func(*market.Statement) {}), "", ""},
		{"a statement without seller", stated(func(s *market.Statement) { s.Seller = "" }), ledger.Invalid, "statement.seller"},
		{"a statement without origin", stated(func(s *market.Statement) { s.Origin = "" }), ledger.Invalid, "statement.origin"},
		{"a statement without value", stated(func(s *market.Statement) { s.Value = "" }), ledger.Invalid, "statement.value"},
		{"a statement without class", stated(func(s *market.Statement) { s.Class = "" }), ledger.Invalid, "statement.class"},
		{"fewer people than none", stated(func(s *market.Statement) { s.People = -1 }), ledger.Invalid, "statement.people"},
		{"more people than there are", stated(func(s *market.Statement) { s.People, s.Class = market.MaxPeople+1, market.Core }), ledger.Invalid, "statement.people"},
		{"of the register, which is not named", func(r *market.Release) {
			stated(func(s *market.Statement) { s.Origin = market.OriginRegister })(r)
			r.From = nil
		}, ledger.Invalid, "from"},
		{"not reviewed", func(r *market.Release) { r.Review = nil }, ledger.Invalid, "review"},
		{"under an agreement, not reviewed", func(r *market.Release) { agreed(r); r.Review = nil }, ledger.Invalid, "review"},
		{"a review of no files", func(r *market.Release) { r.Access, r.Files = market.Listed, nil }, ledger.Invalid, "review"},
		{"reviewed in words", func(r *market.Release) { r.Review = &market.Review{Profile: "fine"} }, ledger.Invalid, "review.profile"},
		{"found less than nothing", func(r *market.Release) { r.Review = &market.Review{Profile: CID("profile"), Found: -1} }, ledger.Invalid, "review.found"},
		{"more unseen than there are", func(r *market.Release) { r.Review = &market.Review{Profile: CID("profile"), Unseen: 2} }, ledger.Invalid, "review.unseen"},
		{"telephone numbers", func(r *market.Release) { r.Review = &market.Review{Profile: CID("profile"), Found: 1} }, ledger.Forbidden, "review"},
		{"a file that nobody can read", func(r *market.Release) { r.Review = &market.Review{Profile: CID("profile"), Unseen: 1} }, ledger.Forbidden, "review"},
		{"second version first", func(r *market.Release) { r.Version = 2 }, ledger.Conflict, "version"},
		{"version nought", func(r *market.Release) { r.Version = 0 }, ledger.Conflict, "version"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := New(t, dataset.Contract{})
			provider := w.Admit("provider", ledger.KindDataProvider)
			r := release(1)
			test.change(&r)
			before := len(w.State())
			err := publish(w, provider.Member, r)
			if test.code == "" {
				w.Must(err)
				return
			}
			field := "items[0]"
			if test.field != "" {
				field += "." + test.field
			}
			w.Refused(err, test.code, field)
			if len(w.State()) != before {
				t.Error("something was written")
			}
		})
	}
}

func TestVersions(t *testing.T) {
	w := New(t, dataset.Contract{})
	a, b := w.Admit("a", ledger.KindDataProvider), w.Admit("b", ledger.KindDataProvider)
	r := release(1)
	w.Must(publish(w, a.Member, r))
	w.Refused(publish(w, a.Member, r), ledger.Conflict, "items[0].version")
	r.Version = 3
	w.Refused(publish(w, a.Member, r), ledger.Conflict, "items[0].version")
	r.Version = 2
	w.Refused(publish(w, b.Member, r), ledger.Forbidden, "items[0].dataset")
	w.Must(publish(w, a.Member, r))
	derived := release(2)
	derived.From = []market.Source{{Kind: market.FromDataset, Ref: r.Dataset.String() + "/2", How: "averaged"}}
	w.Must(publish(w, b.Member, derived))
	derived.Version, derived.From[0].Ref = 2, r.Dataset.String()+"/3"
	w.Refused(publish(w, b.Member, derived), ledger.NotFound, "items[0].from[0].ref")
}

func TestPublishers(t *testing.T) {
	w := New(t, dataset.Contract{})
	a := w.Admit("a", ledger.KindDataProvider)
	r := release(1)
	recorder := w.Enrol(a, "recorder", ledger.RoleRecorder)
	w.Refused(publish(w, recorder, r), ledger.Forbidden, "")
	w.Refused(publish(w, w.NewOrg("stranger", ledger.KindCoop).Member, r), ledger.Unauthenticated, "")
	w.Must(publish(w, w.Enrol(a, "publisher", ledger.RolePublisher), r))
	_, err := w.Directory(w.Operator.Member, trace.ActionStand, trace.Standing{Org: a.OrgID(), Suspended: true, Reason: "x"})
	w.Must(err)
	r.Version = 2
	w.Refused(publish(w, a.Member, r), ledger.Forbidden, "")
}

func TestTransaction(t *testing.T) {
	w := New(t, dataset.Contract{})
	a := w.Admit("a", ledger.KindDataProvider)
	r := release(1)
	submit := func(action, summary string, items ...[]byte) error {
		_, err := w.Submit(a.Member, market.DatasetContract, action, summary, items...)
		return err
	}
	words, item := market.PublishSummary(r), trace.Encode(r)
	w.Refused(submit("withdraw", words, item), ledger.Invalid, "action")
	w.Refused(submit(market.ActionPublish, "Nothing of note", item), ledger.Invalid, "summary")
	w.Refused(submit(market.ActionPublish, words, item, item), ledger.Invalid, "items")
	w.Refused(submit(market.ActionPublish, words, []byte(`{}`)), ledger.Invalid, "items[0]")
	w.Refused(submit(market.ActionPublish, words, []byte(`[]`)), ledger.Invalid, "items[0]")
	w.Refused(submit(market.ActionPublish, words, append([]byte(" "), item...)), ledger.Invalid, "items[0]")
	out, err := w.Submit(a.Member, market.DatasetContract, market.ActionPublish, words, item)
	w.Must(err)
	var outcome market.Outcome
	want := market.Outcome{Member: a.ID, Org: a.OrgID(), Dataset: r.Dataset, Provider: a.OrgID(), Version: 1}
	if err := trace.Decode(out, &outcome); err != nil || outcome != want {
		t.Errorf("%s, %v", out, err)
	}
}
