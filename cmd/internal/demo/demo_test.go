package demo_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/cmd/internal/demo"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/traceability"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/embedded"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// recorded is an event as the ledger took it.
type recorded struct {
	fact    trace.Fact
	outcome trace.EventOutcome
	raw     string
	own     *account.Identity
}

// node is a register with nothing but the parts that the province is written to.
type node struct {
	ledger   *embedded.Ledger
	store    *store.Store
	accounts *account.Store
	operator *account.Identity

	documents []int // events of each
	recorded  []recorded
}

func open(t *testing.T) *node {
	t.Helper()
	l, key := ledgertest.Open(t, registry.Contract{}, traceability.Contract{}, dataset.Contract{})
	register := l.Genesis().Register()
	payloads, err := store.Open(store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.Open(t.TempDir(), account.MasterKey{1}, register, password.LeastCost)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(payloads.Close(), accounts.Close()); err != nil {
			t.Error(err)
		}
	})
	member, org := ledger.NewID(), ledger.NewID()
	operator, err := accounts.Keep("operator", member, org, key)
	if err != nil {
		t.Fatal(err)
	}
	founding := trace.Admission{
		Org:    trace.Organisation{ID: org, Kind: ledger.KindOperator},
		Member: ledger.Enrolment{Member: member, Org: org, Key: operator.Address, Roles: []ledger.Role{ledger.RoleAdmin}},
	}
	tx, err := operator.Sign(trace.RegistryContract, trace.ActionFound, trace.DirectorySummary(trace.ActionFound, 1), []ledger.Item{ledger.NewItem(trace.Encode(founding))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Submit(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	return &node{ledger: l, store: payloads, accounts: accounts, operator: operator}
}

func (n *node) env(now time.Time) demo.Env {
	return demo.Env{
		Register: n.ledger.Genesis().Register(), Submit: n.ledger.Submit, Store: n.store, Accounts: n.accounts,
		Operator: n.operator, Capture: n.capture, Harvests: n.harvests, Now: now,
	}
}

// capture does what the capture service does: decode, store, submit.
func (n *node) capture(ctx context.Context, by *account.Identity, document []byte, audience ledger.Audience) error {
	doc, err := epcis.DecodeDocument(document, epcis.DefaultLimits)
	if err != nil {
		return err
	}
	payloads := make([][]byte, len(doc.Events))
	for i := range doc.Events {
		payloads[i] = doc.Payload(i)
	}
	cids, err := n.store.PutAll(ctx, payloads)
	if err != nil {
		return err
	}
	facts := make([]trace.Fact, len(doc.Events))
	items := make([]ledger.Item, len(doc.Events))
	for i := range doc.Events {
		facts[i] = trace.FactOf(&doc.Events[i], cids[i].String(), audience)
		items[i] = ledger.NewItem(trace.Encode(facts[i]))
	}
	tx, err := by.Sign(trace.Contract, trace.ActionCapture, trace.Summary(facts), items)
	if err != nil {
		return err
	}
	entry, err := n.ledger.Submit(ctx, tx)
	if err != nil {
		return err
	}
	var out trace.Outcome
	if err := trace.Decode(entry.Outcome, &out); err != nil {
		return err
	}
	n.documents = append(n.documents, len(facts))
	for i := range facts {
		n.recorded = append(n.recorded, recorded{facts[i], out.Events[i], string(payloads[i]), by})
	}
	return nil
}

// directory decodes every item of a registry action.
func directory[T any](ctx context.Context, n *node, contract, action string) (list []T, err error) {
	for e, err := range n.ledger.Entries(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if e.Tx.Header.Contract != contract || e.Tx.Header.Action != action {
			continue
		}
		for _, it := range e.Tx.Items {
			var v T
			if err := trace.Decode(it.Data, &v); err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	}
	return list, nil
}

func (n *node) harvests(ctx context.Context) ([]demo.HarvestRow, error) {
	places, err := directory[trace.Place](ctx, n, trace.RegistryContract, trace.ActionPlace)
	if err != nil {
		return nil, err
	}
	communes := map[trace.ID]string{}
	for _, p := range places {
		communes[p.ID] = p.Commune
	}
	void := map[string]bool{}
	for _, r := range n.recorded {
		void[r.outcome.Voids] = true
	}
	type group struct {
		commune string
		product trace.ID
	}
	rows := map[group]*demo.HarvestRow{}
	growers := map[group]map[ledger.ID]bool{}
	for _, r := range n.recorded {
		if r.fact.Step != demo.StepHarvesting || void[r.fact.Event] {
			continue
		}
		for _, s := range r.fact.Outputs {
			g := group{communes[*r.fact.Location], s.ID.Product()}
			if rows[g] == nil {
				rows[g] = &demo.HarvestRow{Commune: g.commune, Product: g.product, Quantity: trace.NewQuantity(0, 0, s.Quantity.Unit())}
				growers[g] = map[ledger.ID]bool{}
			}
			if rows[g].Quantity, err = rows[g].Quantity.Add(*s.Quantity); err != nil {
				return nil, err
			}
			rows[g].Lots++
			growers[g][r.own.Org] = true
		}
	}
	var list []demo.HarvestRow
	for g, row := range rows {
		row.Growers = len(growers[g])
		list = append(list, *row)
	}
	return list, nil
}

func (n *node) read(t *testing.T, cid string) []byte {
	t.Helper()
	c, err := content.Parse(cid)
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := n.store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// token gives the identity behind the token of the organisation whose name starts
// with a prefix.
func (n *node) token(t *testing.T, result demo.Result, name string) *account.Identity {
	t.Helper()
	i := slices.IndexFunc(result.Tokens, func(k demo.Token) bool { return strings.HasPrefix(k.Who, name) })
	if i < 0 {
		t.Fatalf("no token of %s", name)
	}
	id, err := n.accounts.Identify(t.Context(), result.Tokens[i].Token)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestFill(t *testing.T) {
	n := open(t)
	now := time.Now()
	steps := map[string]bool{}
	env := n.env(now)
	env.Progress = func(step string, done, total int) { steps[step] = steps[step] || done == total }
	result, err := demo.Fill(t.Context(), env)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d events in %d documents, %d entries", result.Events, len(n.documents), n.ledger.Size())

	t.Run("size", func(t *testing.T) {
		if result.Events < 300 || result.Events != len(n.recorded) {
			t.Errorf("%d events are reported, %d recorded; want at least 300", result.Events, len(n.recorded))
		}
		if slices.Max(n.documents) > 40 || len(n.documents) > len(n.recorded)*3/4 {
			t.Errorf("%d documents, the largest of %d events", len(n.documents), slices.Max(n.documents))
		}
		for _, step := range []string{"events", "places", "products", "paid data product", "listed database", "first data product"} {
			if !steps[step] {
				t.Errorf("no end of step %q was reported", step)
			}
		}
	})
	t.Run("scenario", func(t *testing.T) { scenario(t, n, now) })
	t.Run("directory", func(t *testing.T) { people(t, n) })
	t.Run("schema", func(t *testing.T) { schema(t, n) })
	t.Run("pages", func(t *testing.T) { pages(t, n, result) })
	t.Run("recalled goods stay", func(t *testing.T) { recalled(t, n, result) })
	t.Run("dataset", func(t *testing.T) { published(t, n, result) })
	t.Run("sold and listed", func(t *testing.T) { sold(t, n) })
}

// scenario holds that each element of the story is in the outcomes.
func scenario(t *testing.T, n *node, now time.Time) {
	count := map[string]int{}
	merged, split := false, map[trace.ID]map[trace.ID]bool{}
	for _, r := range n.recorded {
		for _, f := range r.outcome.Flags {
			count["flag "+string(f.Kind)]++
		}
		if r.outcome.Voids != "" {
			count["void"]++
		}
		if r.outcome.Duplicate {
			t.Errorf("%s %s is a duplicate", r.fact.Step, r.fact.Event)
		}
		if !r.outcome.Managed {
			t.Errorf("%s %s is a mere statement", r.fact.Step, r.fact.Event)
		}
		count["audience "+string(r.fact.Audience)]++
		count["type "+string(r.fact.Type)]++
		count["step "+r.fact.Step[strings.LastIndex(r.fact.Step, "/")+1:]]++
		if strings.Contains(r.raw, "sensorElementList") {
			count["sensors"]++
		}
		for _, s := range r.fact.Inputs {
			if s.ID.Path() == "" {
				t.Errorf("input %s is no identifier", s.ID)
			}
			if strings.Contains(s.ID.String(), "9528001") {
				count["declared inputs"]++
			}
		}
		if r.fact.Process != "" {
			count["process"]++
		}
		if at := r.fact.Time.Time(); !at.Before(now) || at.Before(now.AddDate(-2, 0, 0)) || r.fact.Zone != "+07:00" {
			t.Errorf("%s is at %s %s", r.fact.Step, at, r.fact.Zone)
		}
		merged = merged || len(r.fact.Inputs) > 2 && len(r.fact.Outputs) > 2
		for _, e := range r.outcome.Edges {
			if split[e.From] == nil {
				split[e.From] = map[trace.ID]bool{}
			}
			split[e.From][e.To] = true
		}
	}
	for _, want := range []struct {
		what        string
		least, most int
	}{
		{"flag unconfirmed", 1, 1}, {"flag discrepancy", 1, 4}, {"void", 1, 1}, {"flag over", 0, 0}, {"flag blocked", 0, 0}, {"flag interval", 1, 1},
		{"audience public", 300, 1000}, {"audience parties", 10, 100}, {"audience own", 1, 10},
		{"type ObjectEvent", 100, 1000}, {"type AggregationEvent", 10, 100}, {"type TransformationEvent", 40, 200}, {"type TransactionEvent", 6, 100},
		{"step spraying", 30, 100}, {"step fertilising", 20, 100}, {"step irrigating", 20, 100}, {"step harvesting", 30, 60},
		{"step inspecting", 10, 50}, {"step shipping", 40, 200}, {"step receiving", 40, 200}, {"step exporting", 3, 3},
		{"step retail_selling", 10, 100}, {"step cooking", 4, 4}, {"step carving", 2, 2},
		{"sensors", 10, 100}, {"declared inputs", 6, 6}, {"process", 2, 2},
	} {
		if got := count[want.what]; got < want.least || got > want.most {
			t.Errorf("%s: %d, want %d to %d", want.what, got, want.least, want.most)
		}
	}
	if !merged {
		t.Error("no event merges several lots and splits them by grade")
	}
	wide := 0
	for _, to := range split {
		if len(to) > 20 {
			wide++
		}
	}
	if wide < 6 {
		t.Errorf("%d lots are split into more than 20 things, want 6", wide)
	}
	t.Log(count)
}

// people holds that nobody real is named and that persons' words are sealed.
func people(t *testing.T, n *node) {
	admissions, err := directory[trace.Admission](t.Context(), n, trace.RegistryContract, trace.ActionAdmit)
	if err != nil {
		t.Fatal(err)
	}
	natural := 0
	for _, a := range admissions {
		var profile trace.Profile
		if err := trace.Decode(n.read(t, a.Org.Profile.Payload), &profile); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(profile.Name.VI, "mẫu") || !strings.Contains(profile.Phone, " 000 01") {
			t.Errorf("%q, %q does not look like sample data", profile.Name.VI, profile.Phone)
		}
		if a.Org.Kind.Natural() != a.Org.Profile.Sealed {
			t.Errorf("%s %q: sealed is %t", a.Org.Kind, profile.Name.VI, a.Org.Profile.Sealed)
		}
		if a.Org.Kind.Natural() {
			natural++
		}
	}
	if natural < 7 {
		t.Errorf("%d households and artisans, want at least 7", natural)
	}
	places, err := directory[trace.Place](t.Context(), n, trace.RegistryContract, trace.ActionPlace)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, p := range places {
		if p.Kind != trace.PlacePlot {
			continue
		}
		if p.Shown == p.Profile.Sealed {
			t.Errorf("plot %s: shown %t, sealed %t", p.ID, p.Shown, p.Profile.Sealed)
		}
		if p.Shown {
			shown++
		}
	}
	if shown != 1 {
		t.Errorf("%d plots are shown, want 1", shown)
	}
	certificates, err := directory[trace.Certificate](t.Context(), n, trace.Contract, trace.ActionCertify)
	if err != nil {
		t.Fatal(err)
	}
	schemes := map[string]int{}
	for _, c := range certificates {
		schemes[c.Scheme]++
	}
	for _, s := range []string{trace.SchemeOCOP, trace.SchemeVietGAP, trace.SchemeGlobalGAP, trace.SchemeArea, trace.SchemePacking} {
		if schemes[s] == 0 {
			t.Errorf("no certificate of scheme %s", s)
		}
	}
}

// pages holds that each page has something to show.
func pages(t *testing.T, n *node, result demo.Result) {
	about := map[trace.ID]int{}
	for _, r := range n.recorded {
		for s := range r.fact.Stocks {
			about[s.ID]++
			about[s.ID.Product()]++
		}
	}
	seen := map[trace.ID]bool{}
	for _, p := range result.Pages {
		if p.ID.Path() == "" || p.Title == "" || p.Note == "" || about[p.ID] == 0 || seen[p.ID] {
			t.Errorf("page %+v: %d events", p, about[p.ID])
		}
		seen[p.ID] = true
	}
	first := result.Pages[0].ID
	if first.Lot() == "" || first.Serial() == "" {
		t.Errorf("the first page, %s, is no piece of a lot", first)
	}
	var steps []string
	for _, r := range n.recorded {
		for s := range r.fact.Stocks {
			if s.ID == first {
				steps = append(steps, r.fact.Step)
			}
		}
	}
	for _, want := range []string{trace.StepPacking, trace.StepUnpacking, "stocking", trace.StepRetailSelling} {
		if !slices.Contains(steps, want) {
			t.Errorf("%s has the steps %s, not %s", first, steps, want)
		}
	}
	for _, r := range n.recorded { // nothing is the matter with what it was made from
		for _, f := range r.outcome.Flags {
			if f.ID == first || slices.Contains(origins(n, first), f.ID) {
				t.Errorf("the first page has the flag %s of %s", f.Kind, f.ID)
			}
		}
	}
}

// origins lists all that a thing was made from.
func origins(n *node, id trace.ID) (list []trace.ID) {
	queue := []trace.ID{id}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, r := range n.recorded {
			for _, e := range r.outcome.Edges {
				if e.Kind == trace.MadeInto && e.To == next && !slices.Contains(list, e.From) {
					list = append(list, e.From)
					queue = append(queue, e.From)
				}
			}
		}
	}
	return list
}

// recalled holds that what comes from the recalled harvest does not move on.
func recalled(t *testing.T, n *node, result demo.Result) {
	recalls, err := directory[trace.Recall](t.Context(), n, trace.Contract, trace.ActionRecall)
	if err != nil || len(recalls) != 1 {
		t.Fatalf("%d recalls, %v", len(recalls), err)
	}
	onShelf := result.Pages[1].ID
	i := slices.IndexFunc(result.Pages, func(p demo.Page) bool { return strings.Contains(p.Note, "cannot leave") })
	inHouse := result.Pages[i].ID
	for _, id := range []trace.ID{onShelf, inHouse} {
		if !slices.Contains(origins(n, id), recalls[0].Target) {
			t.Fatalf("%s does not come from %s", id, recalls[0].Target)
		}
	}
	try := func(who, step, what string) error {
		now := time.Now().Format(time.RFC3339)
		doc := `{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"EPCISDocument","schemaVersion":"2.0",
			"creationDate":"` + now + `","epcisBody":{"eventList":[{"type":"ObjectEvent","action":"OBSERVE","bizStep":"` + step + `",
			"eventTime":"` + now + `","eventTimeZoneOffset":"+07:00",` + what + `,
			"destinationList":[{"type":"possessing_party","destination":"urn:uuid:5a1c0f52-9f0a-4b0e-9d54-0a3d6a1b2c3d"}]}]}}`
		return n.capture(t.Context(), n.token(t, result, who), []byte(doc), ledger.Public)
	}
	piece, lot := `"epcList":["`+onShelf.String()+`"]`, `"quantityList":[{"epcClass":"`+inHouse.String()+`","quantity":2}]`
	for _, c := range []struct{ who, step, what string }{
		{"Cửa hàng", "shipping", piece}, {"Cửa hàng", "retail_selling", piece},
		{"Nhà đóng gói", "shipping", lot}, {"Nhà đóng gói", "retail_selling", lot},
	} {
		if err := try(c.who, c.step, c.what); ledger.CodeOf(err) != ledger.Conflict || !strings.Contains(err.Error(), "recalled") {
			t.Errorf("%s of %s: %v", c.step, c.what, err)
		}
	}
	if err := try("Cửa hàng", "holding", piece); err != nil {
		t.Errorf("a recalled case may be looked at: %v", err)
	}
}

// published holds that the first data product is what it says, and tells nothing
// of a single household.
func published(t *testing.T, n *node, result demo.Result) {
	releases, err := directory[market.Release](t.Context(), n, market.DatasetContract, market.ActionPublish)
	if err != nil || len(releases) != 3 {
		t.Fatalf("%d releases, %v", len(releases), err)
	}
	r := releases[2]
	if r.Dataset != result.Dataset || r.Licence != demo.Licence || len(r.From) != 1 || !strings.HasPrefix(r.From[0].Ref, n.ledger.Genesis().Register().String()+"@") {
		t.Errorf("the release is %+v", r)
	}
	var words market.Description
	if err := trace.Decode(n.read(t, r.Description), &words); err != nil {
		t.Fatal(err)
	}
	file := n.read(t, r.Files[0].CID)
	if int64(len(file)) != r.Files[0].Bytes {
		t.Errorf("the file has %d bytes, the release says %d", len(file), r.Files[0].Bytes)
	}
	table, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range words.Columns {
		if table[0][i] != c.Name {
			t.Errorf("column %d is %q, described as %q", i, table[0][i], c.Name)
		}
	}
	if len(table) < 5 || !words.Sample {
		t.Errorf("the table has %d lines; it is described as %+v", len(table), words)
	}
	other := false
	for _, row := range table[1:] {
		other = other || row[0] == "other"
		if growers := row[len(row)-1]; growers < "3" {
			t.Errorf("row %q stands for %s growers", row, growers)
		}
	}
	if !other {
		t.Error("no communes were merged")
	}
	t.Logf("\n%s", file)
}

// sold holds that what is sold and what is only listed say what the law asks, are marked
// as samples and approved, and that the file that is sold opens with its seller's key
// alone.
func sold(t *testing.T, n *node) {
	releases, err := directory[market.Release](t.Context(), n, market.DatasetContract, market.ActionPublish)
	if err != nil {
		t.Fatal(err)
	}
	judged, err := directory[market.Moderation](t.Context(), n, market.DatasetContract, market.ActionModerate)
	if err != nil {
		t.Fatal(err)
	}
	offers, err := directory[market.Offer](t.Context(), n, market.DatasetContract, market.ActionOffer)
	if err != nil || len(offers) != 1 {
		t.Fatalf("%d offers, %v", len(offers), err)
	}
	for i, access := range []market.Access{market.Listed, market.Agreed} {
		r := releases[i]
		var words market.Description
		if err := trace.Decode(n.read(t, r.Description), &words); err != nil {
			t.Fatal(err)
		}
		if !words.Sample || !strings.HasSuffix(words.Title.VI, "(mẫu)") || !strings.HasSuffix(words.Title.EN, "(sample)") || len(market.Gaps(r, words)) > 0 {
			t.Errorf("%+v, described as %+v", r, words)
		}
		if r.Access != access || judged[i].Dataset != r.Dataset || judged[i].Standing != market.Approved {
			t.Errorf("%+v is judged as %+v", r, judged[i])
		}
	}
	r, offer := releases[1], offers[0]
	if offer.Dataset != r.Dataset || offer.Terms.Price == 0 || r.Review == nil || r.Review.Found > 0 || r.From[0].Kind != market.FromRegister {
		t.Errorf("%+v is offered as %+v", r, offer)
	}
	_, from, _ := strings.Cut(r.From[0].Ref, "@")
	size, err := strconv.ParseUint(from, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range n.ledger.Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Tx.Header.Action == trace.ActionCapture && e.Index >= size {
			t.Errorf("events of entry %d are in the data, which is said to be of the first %d", e.Index, size)
		}
		if e.Tx.Header.Action != market.ActionOffer {
			continue
		}
		var out market.Outcome
		if err := trace.Decode(e.Outcome, &out); err != nil {
			t.Fatal(err)
		}
		if ready, err := n.accounts.Ready(t.Context(), out.Provider, offer.ID); err != nil || ready.Key.IsZero() {
			t.Errorf("nobody signs for the offer: %v", err)
		}
		file := r.Files[0]
		cipher := n.read(t, file.CID)
		key, err := n.accounts.FileKey(t.Context(), out.Provider, file.CID)
		if err != nil {
			t.Fatal(err)
		}
		var plain bytes.Buffer
		if err := seal.Decrypt(&plain, bytes.NewReader(cipher), key, file.Committed()); err != nil {
			t.Fatal(err)
		}
		table, err := csv.NewReader(&plain).ReadAll()
		if err != nil || len(table) < 40 || bytes.Contains(cipher, []byte("celsius")) {
			t.Errorf("%d lines, %v", len(table), err)
		}
		return // what follows other tests recorded
	}
	t.Error("nothing is offered")
}

func TestImages(t *testing.T) {
	files, err := filepath.Glob("images/*.svg")
	if err != nil || len(files) != 4 {
		t.Fatalf("%d images, %v", len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 6<<10 || bytes.Contains(b, []byte("<script")) || bytes.Contains(b, []byte("href")) {
			t.Errorf("%s has %d bytes, or more than a drawing", f, len(b))
		}
		for d := xml.NewDecoder(bytes.NewReader(b)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
		}
	}
}

// A fill says which step failed.
func TestFillFails(t *testing.T) {
	n := open(t)
	env := n.env(time.Now())
	env.Capture = func(context.Context, *account.Identity, []byte, ledger.Audience) error {
		return ledger.Errorf(ledger.Unavailable, "the disk is full")
	}
	_, err := demo.Fill(t.Context(), env)
	if ledger.CodeOf(err) != ledger.Unavailable || !strings.Contains(err.Error(), "events") || !strings.Contains(err.Error(), "planting") {
		t.Errorf("the error is %v", err)
	}
}

// Whatever the day, the season is over.
func TestAnyDay(t *testing.T) {
	for _, day := range []string{"2026-07-10", "2026-09-30", "2026-10-01", "2028-02-29"} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		var latest time.Time
		env := open(t).env(now)
		env.Capture = func(_ context.Context, _ *account.Identity, document []byte, _ ledger.Audience) error {
			doc, err := epcis.DecodeDocument(document, epcis.DefaultLimits)
			if err != nil {
				return err
			}
			for _, e := range doc.Events {
				if at := e.Time.Time(); at.After(latest) {
					latest = at
				}
			}
			return nil
		}
		if _, err := demo.Fill(t.Context(), env); err != nil {
			t.Fatalf("%s: %v", day, err)
		}
		if !latest.Before(now) || latest.Before(now.AddDate(-1, -1, 0)) {
			t.Errorf("on %s the last event is of %s", day, latest)
		}
	}
}
