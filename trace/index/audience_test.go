package index

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// TestAudience asks every read as every viewer and looks for what events, which
// the viewer may not read, would give away: identifiers, payloads, hashes, the
// organisations that recorded them, and quantities that occur in them alone.
func TestAudience(t *testing.T) {
	b, p := province()
	b.directory(agency, trace.ActionHost, trace.Hosting{Org: packer, Host: "Org2MSP", Reason: "its own node"})
	// The packer records for the household, which let it do so.
	principal := member(hidden)
	behalf := commission(77, ledger.Own, lot(77), kg(77))
	behalf.OnBehalf = &principal
	b.onBehalf(packer, hidden, behalf)
	b.directory(hidden, trace.ActionMandate, trace.Mandate{Member: principal, Agent: packer, Actions: []string{"traceability/capture"}, Reason: "why-mandate"})
	b.directory(agency, trace.ActionMember, trace.MemberChange{Member: member(shop), Roles: ledger.Roles, Suspended: true, Reason: "why-member"})
	b.directory(agency, trace.ActionRefuse, trace.Refusal{Org: ledger.ID{7}, Dossier: ledger.Hash{7}, Reason: "why-refused"})
	admitted := trace.Admission{Org: trace.Organisation{ID: ledger.ID{8}, Kind: ledger.KindCoop}, Dossier: ledger.Hash{8}, Reason: "why-admitted"}
	b.directory(agency, trace.ActionAdmit, admitted)
	x := indexed(t, b, withPayloads(p))
	// What each fact of province says and nothing else does.
	secrets := map[string][]string{
		"parties 2":  {"000000000002", "payload-2\"", "200 KGM", "9 KGM"},
		"own 3":      {"000000000003", "payload-3\"", "300 KGM"},
		"parties 11": {"000000000011", "payload-11\""},
		"own 13":     {"000000000013", "payload-13\""},
		"profile":    {"Bà Năm"},
		"behalf":     {"000000000077", "payload-77\""},
		"mandate":    {"why-mandate"},
		"standing":   {"why-member"},
		"refusal":    {"why-refused"},
		"admission":  {"why-admitted"},
	}
	for _, c := range []struct {
		name string
		v    Viewer
		sees string // which of the secrets
	}{
		{"anybody", Viewer{}, ""},
		{"coop", Viewer{Org: coop}, "parties 2, parties 11"},
		{"packer", Viewer{Org: packer}, "parties 2, parties 11, own 13, behalf, mandate"},
		{"shop", Viewer{Org: shop}, "standing"},
		{"agency", Viewer{Org: agency}, ""},
		{"household", Viewer{Org: hidden}, "own 3, profile, behalf, mandate"},
		{"node of the packer", x.Node("Org2MSP", ledger.Genesis{Host: "Org1MSP"}), "parties 2, parties 11, own 13, behalf, mandate"},
		{"node of the rest", x.Node("Org1MSP", ledger.Genesis{Host: "Org1MSP"}), "parties 2, own 3, parties 11, profile, behalf, mandate, standing, admission"},
		{"node of nobody", x.Node("Org3MSP", ledger.Genesis{Host: "Org1MSP"}), ""},
		{"node without a host", x.Node("", ledger.Genesis{}), ""},
		{"operator", Viewer{Operator: true}, "parties 2, own 3, parties 11, own 13, profile, behalf, mandate, standing, refusal, admission"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := everything(t, x, c.v, b)
			for secret, words := range secrets {
				for _, w := range words {
					if w == "9 KGM" && secret == "parties 2" {
						w = `"qty":"9 KGM"`
					}
					if got, want := strings.Contains(said, w), strings.Contains(c.sees, secret); got != want {
						t.Errorf("%s: %q is told: %v, want %v", secret, w, got, want)
					}
				}
			}
		})
	}
}

// everything is what the index tells the viewer by any method, as text.
func everything(t *testing.T, x *Index, v Viewer, b *book) string {
	t.Helper()
	ctx := t.Context()
	var all []any
	add := func(list ...any) { all = append(all, list...) }
	events := []string{}
	for _, e := range b.entries {
		for i, it := range e.Tx.Items {
			if rec, err := x.At(ctx, v, e.Index, i); err == nil {
				add(rec)
			}
			var f trace.Fact
			if json.Unmarshal(it.Data, &f) == nil && f.Event != "" {
				events = append(events, f.Event)
			}
		}
	}
	for _, id := range events {
		if rec, err := x.Event(ctx, v, id); err == nil {
			add(rec)
		}
	}
	for _, q := range []Query{{}, {Oldest: true}, {IDs: []trace.ID{gtin}}, {Places: []trace.ID{place}},
		{Orgs: []ledger.ID{coop, packer, hidden}}, {Types: []trace.EventType{trace.ObjectEvent, trace.TransformationEvent}},
		{Steps: []string{trace.StepCommissioning, "creating_class_instance"}}, {From: 1}, {RecordedFrom: 1}} {
		list, next, err := x.Events(ctx, v, q, Page{Limit: 1000})
		if err != nil || next != "" {
			t.Fatal(next, err)
		}
		add(list)
	}
	for _, n := range []int{1, 2, 3, 10, 11, 20} {
		list, _, err := x.EventsOf(ctx, v, lot(n), Page{Limit: 1000})
		add(list, must(list, err) == nil)
		if one, err := x.Batch(ctx, v, lot(n)); err == nil {
			add(one)
		}
		add(must(x.Trace(ctx, v, lot(n), Both, Limits{Details: true})))
		add(must(x.Trace(ctx, v, lot(n), Both, Limits{})))
		if one, err := x.Passport(ctx, v, lot(n)); err == nil {
			one.DependsOn = nil
			add(one.Batch, one.Product, one.Producer, one.Journey, one.Organisations)
		}
	}
	lots, _, err := x.Batches(ctx, v, gtin, Page{})
	add(must(lots, err))
	orgs, _, err := x.Organisations(ctx, v, Page{})
	add(must(orgs, err))
	add(must(x.Organisation(ctx, v, hidden)))
	add(must(x.Party(ctx, v, trace.MustID("https://id.gs1.org/417/9521234543206"))))
	for _, org := range []ledger.ID{{}, coop, packer, shop, agency, hidden} {
		members, _, err := x.Members(ctx, v, org, Page{})
		add(must(members, err))
		mandates, _, err := x.MandatesTo(ctx, v, org, Page{})
		add(must(mandates, err))
		mandates, _, err = x.Mandates(ctx, v, member(org), Page{})
		add(must(mandates, err))
		refused, _, err := x.Refusals(ctx, v, org, Page{})
		add(must(refused, err))
		if one, err := x.Member(ctx, v, member(org)); err == nil {
			add(one)
		}
		behalf, _, err := x.Events(ctx, v, Query{OnBehalf: []ledger.ID{member(org)}}, Page{})
		add(must(behalf, err))
	}
	add(must(x.Place(ctx, v, place)), must(x.Product(ctx, v, gtin)))
	var text strings.Builder
	for _, one := range all {
		line, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(line)
	}
	return text.String()
}

// TestUnmanagedStaysUnseen: where the rules do not apply, an event that the viewer
// may not read leaves nothing to see at all.
func TestUnmanagedStaysUnseen(t *testing.T) {
	b := newBook("unmanaged")
	f, out := transform(1, ledger.Own, lot(2), lot(1))
	b.write(trace.Contract, trace.ActionCapture, trace.Outcome{Org: coop, Events: []trace.EventOutcome{out}}, f)
	x := indexed(t, b)
	for _, c := range []struct {
		v    Viewer
		sees bool
	}{{anybody, false}, {Viewer{Org: shop}, false}, {Viewer{Org: coop}, true}, {Viewer{Operator: true}, true}} {
		_, err := x.Batch(t.Context(), c.v, lot(2))
		if (err == nil) != c.sees {
			t.Errorf("%v: Batch: %v", c.v, err)
		}
		if _, err := x.Passport(t.Context(), c.v, lot(2)); (err == nil) != c.sees {
			t.Errorf("%v: Passport: %v", c.v, err)
		}
		if g := must(x.Trace(t.Context(), c.v, lot(2), Both, Limits{Details: true})); (len(g.Edges) == 1) != c.sees {
			t.Errorf("%v: edges %v", c.v, g.Edges)
		}
		if lots, _, err := x.Batches(t.Context(), c.v, gtin, Page{}); err != nil || (len(lots) == 1) != c.sees {
			t.Errorf("%v: lots %v, %v", c.v, lots, err)
		}
	}
}

func TestReadable(t *testing.T) {
	b, p := province()
	// Somebody who learnt a CID says that it is public.
	steal := commission(90, ledger.Public, lot(90), kg(1))
	steal.Payload = "payload-3"
	b.capture(shop, steal, trace.EventOutcome{})
	b.certify(shop, trace.Certificate{ID: "x", Holder: shop, Doc: "payload-13"})
	b.directory(agency, trace.ActionErase, trace.Erasure{Payload: "payload-12", Reason: "subject_request"})
	x := indexed(t, b, withPayloads(p))
	views := []Viewer{{}, {Org: coop}, {Org: packer}, {Org: shop}, {Org: hidden}, {Operator: true}}
	for cid, want := range map[string]string{
		"payload-1":       "yyyyyy",
		"payload-2":       "-yy--y",
		"payload-3":       "----yy",
		"payload-11":      "-yy--y",
		"payload-12":      "------",
		"payload-13":      "--y--y",
		"coop-profile":    "yyyyyy",
		"coop-image":      "yyyyyy",
		"hidden-profile":  "----yy",
		"hidden-image":    "----yy",
		"certificate-doc": "yyyyyy",
		"nothing":         "------",
	} {
		got := ""
		for _, v := range views {
			if must(x.Readable(t.Context(), v, cid)) {
				got += "y"
			} else {
				got += "-"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", cid, got, want)
		}
	}
}

// TestReadableDocument: of the events of a document, each lets its own readers read it,
// whichever stands first, and those with the same readers say so once.
func TestReadableDocument(t *testing.T) {
	events := []struct {
		audience ledger.Audience
		parties  []ledger.ID
	}{
		{ledger.Parties, []ledger.ID{coop, packer}}, {ledger.Parties, []ledger.ID{coop, packer}}, {ledger.Own, nil},
		{ledger.Parties, []ledger.ID{coop, shop}}, {ledger.Parties, []ledger.ID{coop, shop}}, {ledger.Own, nil},
	}
	b := newBook("document")
	for _, entry := range []int{0, 1} { // the second is the document again, under other identifiers
		out := trace.Outcome{Member: member(coop), Org: coop}
		var facts []any
		for i, one := range events {
			f := fact(10*entry+i, one.audience, trace.StepInspecting)
			f.Payload = "document"
			facts = append(facts, f)
			out.Events = append(out.Events, trace.EventOutcome{Managed: true, Parties: one.parties})
		}
		b.write(trace.Contract, trace.ActionCapture, out, facts...)
	}
	x := indexed(t, b)
	for org, want := range map[ledger.ID]bool{coop: true, packer: true, shop: true, hidden: false, {}: false} {
		if got := must(x.Readable(t.Context(), Viewer{Org: org}, "document")); got != want {
			t.Errorf("%s may read it: %v", org, got)
		}
	}
	h, rows := hashOf("document"), []string{}
	err := x.view(func(txn *badger.Txn) error {
		return scan(txn, key('d', h[:]), nil, func(k, _ []byte) (bool, error) {
			s := seq(binary.BigEndian.Uint64(k[len(k)-8:]))
			rows = append(rows, fmt.Sprint(s.entry(), ".", s.item()))
			return true, nil
		})
	})
	if want := []string{"0.0", "0.2", "0.3", "0.5", "1.0", "1.2", "1.3", "1.5"}; err != nil || !slices.Equal(rows, want) {
		t.Errorf("said by %v, %v; want %v", rows, err, want)
	}
}

// TestLateProfile: a profile that arrives after its entry was applied is shown, and
// its image becomes readable with the first reading; an erasure ends both.
func TestLateProfile(t *testing.T) {
	b, p := province()
	late := payloads{}
	x := indexed(t, b, withPayloads(late))
	if o := must(x.Organisation(t.Context(), anybody, coop)); o.Profile != nil {
		t.Fatal("a profile from nowhere")
	}
	late["coop-profile"] = p["coop-profile"]
	if must(x.Readable(t.Context(), anybody, "coop-image")) {
		t.Error("the image is readable before anything refers to it")
	}
	if o := must(x.Organisation(t.Context(), anybody, coop)); o.Profile == nil || o.Profile.Image != "coop-image" {
		t.Fatalf("profile %v", o.Profile)
	}
	if !must(x.Readable(t.Context(), anybody, "coop-image")) {
		t.Error("the image is not readable")
	}
	b.directory(agency, trace.ActionErase, trace.Erasure{Payload: "coop-profile", Reason: "subject_request"})
	follow(t, x, b)
	if o := must(x.Organisation(t.Context(), anybody, coop)); o.Profile != nil {
		t.Error("the profile outlived its erasure")
	}
	if e := must(x.Erased(t.Context(), "coop-profile")); e.Reason != "subject_request" {
		t.Errorf("tombstone %+v", e)
	}
}

func TestShownPlace(t *testing.T) {
	b, p := province()
	p["plot"] = trace.Profile{Name: trace.Text{VI: "Vườn"}, Point: &trace.Position{Lat: "21.1", Lon: "106.1"}, Image: "plot-image"}
	spot := trace.Place{ID: place, Kind: "plot", Commune: "07213", Profile: &trace.Describes{Payload: "plot", Sealed: true}}
	x := indexed(t, b, withPayloads(p))
	for _, shown := range []bool{false, true, false} {
		spot.Shown = shown
		b.directory(coop, trace.ActionPlace, spot)
		follow(t, x, b)
		for _, c := range []struct {
			v    Viewer
			want bool
		}{{anybody, shown}, {Viewer{Org: shop}, shown}, {Viewer{Org: coop}, true}} {
			one := must(x.Place(t.Context(), c.v, place))
			if (one.Profile != nil) != c.want || one.Commune != "07213" {
				t.Errorf("shown %v, %v: %+v", shown, c.v, one)
			}
			for _, cid := range []string{"plot", "plot-image"} {
				if got := must(x.Readable(t.Context(), c.v, cid)); got != c.want {
					t.Errorf("shown %v, %v: %s readable %v", shown, c.v, cid, got)
				}
			}
		}
	}
}

// TestOwnProfile: an organisation that describes itself anew is what it was admitted as,
// in other words; those of before stay under their audience.
func TestOwnProfile(t *testing.T) {
	b, p := province()
	x := indexed(t, b, withPayloads(p))
	before := must(x.Organisation(t.Context(), anybody, coop))
	since := x.Height()
	p["coop-anew"] = trace.Profile{Name: trace.Text{VI: "Hợp tác xã mới"}, Image: "coop-photo"}
	p["hidden-anew"] = trace.Profile{Name: trace.Text{VI: "Bà Sáu"}}
	b.directory(coop, trace.ActionProfile, trace.OwnProfile{Org: coop, Profile: &trace.Describes{Payload: "coop-anew"}})
	b.directory(hidden, trace.ActionProfile, trace.OwnProfile{Org: hidden, Profile: &trace.Describes{Payload: "hidden-anew", Sealed: true, Image: "late-photo"}})
	follow(t, x, b)
	o := must(x.Organisation(t.Context(), anybody, coop))
	if o.Profile == nil || o.Profile.Name.VI != "Hợp tác xã mới" {
		t.Errorf("described as %+v", o.Profile)
	}
	o.Profile, o.Organisation.Profile = before.Profile, before.Organisation.Profile
	if !reflect.DeepEqual(o, before) {
		t.Errorf("it was %+v and is %+v", before, o)
	}
	if deps := []Dep{DepOrg(coop)}; !x.Changed(deps, since) {
		t.Error("pages that name it do not change")
	}
	if o := must(x.Organisation(t.Context(), anybody, hidden)); o.Profile != nil {
		t.Errorf("a household is told of: %+v", o.Profile)
	}
	for cid, want := range map[string][3]bool{
		"coop-anew": {true, true, true}, "coop-photo": {true, true, true}, "coop-profile": {true, true, true},
		"hidden-anew": {false, false, true}, "late-photo": {false, false, true}, "hidden-profile": {false, false, true},
	} {
		for i, v := range []Viewer{anybody, {Org: coop}, {Org: hidden}} {
			if got := must(x.Readable(t.Context(), v, cid)); got != want[i] {
				t.Errorf("%s to %v: %v", cid, v, got)
			}
		}
	}
	list, _, err := x.EntriesOf(t.Context(), Viewer{Org: coop}, coop, Page{Limit: 1})
	if err != nil || len(list) != 1 || list[0] != uint64(len(b.entries)-2) {
		t.Errorf("the history: %v, %v", list, err)
	}
}
