package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// presenter turns what the index knows of a thing into what its page shows.
type presenter struct {
	*server
	ctx      context.Context
	viewer   index.Viewer
	p        *index.Passport
	page     *web.Passport
	communes map[string]trace.ListEntry
	details  []*details        // of the journey's steps
	anchors  map[string]string // event id -> anchor of its step
	products map[trace.ID]*index.Product
	now      ledger.Time
}

// presenter gathers what a viewer may know of a thing.
func (s *server) presenter(ctx context.Context, v index.Viewer, id trace.ID) (*presenter, error) {
	p, err := s.Index.Passport(ctx, v, id)
	if err != nil {
		return nil, err
	}
	if !onRegister(p) {
		return nil, ledger.Errorf(ledger.NotFound, "nothing is recorded of %s", id)
	}
	communes, err := s.communes(ctx)
	if err != nil {
		return nil, err
	}
	// What happened last stands first, whenever it was written down.
	p.Journey = relevant(p.Journey, id)
	slices.SortStableFunc(p.Journey, func(a, b index.Step) int { return cmp.Compare(b.Fact.Time, a.Fact.Time) })
	pr := &presenter{
		server: s, ctx: ctx, viewer: v, p: p, communes: communes, now: ledger.TimeOf(time.Now()),
		anchors: map[string]string{}, products: map[trace.ID]*index.Product{},
	}
	return pr, pr.readDetails()
}

// present makes the view of an identifier's page.
func (s *server) present(ctx context.Context, v index.Viewer, id trace.ID) (*web.Passport, *index.Passport, error) {
	pr, err := s.presenter(ctx, v, id)
	if err != nil {
		return nil, nil, err
	}
	p := pr.p
	pr.page = &web.Passport{
		Level: web.Level(p.Level), ID: id, Now: pr.now, Private: p.Hidden, Scanned: true,
		Trace: "/trace?" + url.Values{"id": {id.String()}}.Encode(),
	}
	pr.product()
	pr.state()
	pr.fate()
	pr.dates()
	pr.certificates()
	pr.journey()
	pr.words()
	if err := pr.growing(); err != nil {
		return nil, nil, err
	}
	pr.interval()
	pr.where()
	pr.proof()
	if err := pr.lots(); err != nil {
		return nil, nil, err
	}
	pr.contents()
	return pr.page, p, nil
}

// onRegister reports whether anything is recorded of the thing itself. That
// somebody answers for its prefix is not enough: anybody can print a lot that
// never was under a product that is.
func onRegister(p *index.Passport) bool {
	if p.Level == index.LevelProduct && p.Product != nil {
		return true
	}
	return p.Batch != nil && (p.Batch.First != nil || len(p.Batch.Recalls) > 0)
}

// communes reads the list of administrative units, by code, old codes too.
func (s *server) communes(ctx context.Context) (map[string]trace.ListEntry, error) {
	list, err := s.Index.List(ctx, trace.ListUnits)
	if err != nil {
		return nil, ignoreNotFound(err)
	}
	if known, ok := s.cache.communes(list.Payload); ok {
		return known, nil
	}
	b, err := s.payload(ctx, list.Payload)
	if err != nil {
		return nil, ignoreNotFound(err)
	}
	var all trace.ReferenceList
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the list of administrative units cannot be read")
	}
	byCode := make(map[string]trace.ListEntry, len(all.Entries))
	for _, unit := range all.Entries {
		for _, was := range unit.From {
			byCode[was.Code] = unit
		}
	}
	for _, unit := range all.Entries {
		byCode[unit.Code] = unit
	}
	s.cache.keepCommunes(list.Payload, byCode)
	return byCode, nil
}

// readDetails reads the documents behind the journey. One that was erased leaves
// its step without details, and one that is at another node so far says so.
func (pr *presenter) readDetails() error {
	pr.details = make([]*details, len(pr.p.Journey))
	for i, step := range pr.p.Journey {
		pr.anchors[step.Fact.Event] = fmt.Sprintf("b%d-%d", step.Entry, step.Item)
		pr.details[i] = &details{}
		b, err := pr.payload(pr.ctx, step.Fact.Payload)
		if err != nil {
			if err = ignoreNotFound(err); err != nil {
				return err
			}
			pr.details[i].away = !pr.isErased(pr.ctx, step.Fact.Payload)
			continue
		}
		if pr.details[i], err = detailsOf(b); err != nil {
			return ledger.Wrap(err, ledger.Internal, "an event's document cannot be read")
		}
	}
	return nil
}

// isErased reports whether a payload was erased, rather than being elsewhere.
func (s *server) isErased(ctx context.Context, cid string) bool {
	_, err := s.Index.Erased(ctx, cid)
	return err == nil
}

func (pr *presenter) communeText(code string) trace.Text {
	c, ok := pr.communes[code]
	if !ok {
		return trace.Text{}
	}
	return trace.Text{VI: join(c.Name.VI, c.Province.VI), EN: join(c.Name.In("en"), c.Province.In("en"))}
}

func join(a, b string) string {
	return strings.TrimSuffix(a+", "+b, ", ")
}

func (pr *presenter) party(o *index.Organisation) web.Party {
	if o == nil {
		return web.Party{}
	}
	p := web.Party{Kind: o.Kind}
	if o.GLN != nil {
		p.Code = codeText(*o.GLN)
	}
	if o.Profile != nil {
		p.Name, p.Address, p.Phone, p.Web = o.Profile.Name, o.Profile.Address, o.Profile.Phone, o.Profile.Web
		p.Commune = pr.communeText(o.Profile.Commune)
	}
	return p
}

func (pr *presenter) org(id ledger.ID) web.Party { return pr.party(pr.p.Organisations[id]) }

// codeText is an identifier as people read it.
func codeText(id trace.ID) string {
	if c, ok := id.Code(); ok {
		return c.Spoken()
	}
	if k, ok := id.Key(); ok {
		return k.ElementString()
	}
	return id.String()
}

// pictureWidth and pictureHeight are the shape in which pages show a product.
const pictureWidth, pictureHeight = 640, 480

func (pr *presenter) product() {
	page, p := pr.page, pr.p
	page.Name = trace.Text{VI: codeText(p.ID.Product())}
	page.Producer = pr.party(p.Producer)
	if p.Producer == nil && len(p.Journey) > 0 {
		page.Producer = pr.org(p.Journey[len(p.Journey)-1].Acting())
	}
	page.Contact = page.Producer
	page.Report = complaintPath(pr.p.ID)
	page.Origin = page.Producer.Commune
	if p.Product == nil || p.Product.Profile == nil {
		return
	}
	prof := p.Product.Profile
	page.Name, page.About, page.Brand, page.Standard = prof.Name, prof.Description, prof.Brand, prof.Standards
	page.Photo = pr.photo(pr.ctx, prof)
}

// photo is a profile's picture; nil where there is none, or none any more.
func (s *server) photo(ctx context.Context, prof *trace.Profile) *web.Photo {
	if prof == nil || prof.Image == "" || s.isErased(ctx, prof.Image) {
		return nil
	}
	return &web.Photo{URL: "/ipfs/" + prof.Image, Width: pictureWidth, Height: pictureHeight, Alt: prof.ImageAlt}
}

// state judges: recalled before flagged before recorded. What no rule bound is
// its signer's statement.
func (pr *presenter) state() {
	page, b := pr.page, pr.p.Batch
	page.State = web.StateRecorded
	if b == nil {
		return
	}
	if b.First != nil {
		page.Since = b.First.Time
	}
	if pr.p.Producer == nil && pr.p.Product == nil {
		page.State = web.StateDeclared
	}
	for _, f := range b.Flags {
		page.Flags = append(page.Flags, f.Flag)
	}
	page.Flags = standing(page.Flags, b.Blocked)
	pr.early()
	if slices.ContainsFunc(page.Flags, alarming) || page.Early != nil && len(page.Early.Cleared) == 0 {
		page.State = web.StateAttention
	}
	if len(b.Recalls) == 0 {
		return
	}
	r := b.Recalls[0]
	page.State = web.StateRecalled
	page.Recall = &web.Recall{By: pr.org(r.Org), Since: r.Time, Reason: trace.Text{VI: r.Reason}, Action: trace.Text{VI: r.Action}, Contact: r.Contact}
	if n, ok := pr.notice(pr.ctx, r.Doc); ok {
		page.Recall.Reason, page.Recall.Action, page.Recall.Refund, page.Recall.Contact = n.Reason, n.Action, n.Refund, n.Contact
	} else if r.Doc != "" {
		page.Recall.Notice = "/ipfs/" + r.Doc
	}
	if r.On != pr.p.ID {
		part := pr.part(r.On, nil)
		page.Recall.Through = &part
	}
}

// early says whether the thing, or what it was made of, was harvested too early.
func (pr *presenter) early() {
	e := pr.p.Batch.Early
	if e == nil {
		return
	}
	pr.page.Early = &web.Early{Safe: e.Safe}
	if e.Of != pr.p.ID {
		part := pr.part(e.Of, nil)
		pr.page.Early.Through = &part
	}
	for _, c := range e.Cleared {
		pr.page.Early.Cleared = append(pr.page.Early.Cleared, web.Clearing{By: pr.org(c.Issuer), On: c.From})
	}
}

// interval says until when a crop's harvest has to wait.
func (pr *presenter) interval() {
	records := make([]*index.Record, len(pr.p.Journey))
	for i := range pr.p.Journey {
		records[i] = pr.p.Journey[i].Record
	}
	pr.page.Waiting = latestInterval(records, pr.p.ID, pr.now)
}

// standing drops what has been made good, and puts the gravest first.
func standing(flags []trace.Flag, blocked bool) []trace.Flag {
	var out []trace.Flag
	for _, kind := range []trace.FlagKind{trace.FlagBlocked, trace.FlagOver, trace.FlagDiscrepancy, trace.FlagUnconfirmed} {
		for _, f := range flags {
			if f.Kind == kind && (kind != trace.FlagBlocked || blocked) {
				out = append(out, f)
			}
		}
	}
	return out
}

// alarming tells what a shopper should look at from what only its handlers do.
func alarming(f trace.Flag) bool { return f.Kind == trace.FlagBlocked || f.Kind == trace.FlagOver }

// dates takes each date from the step nearest to the thing that names it.
func (pr *presenter) dates() {
	page := pr.page
	set := func(d *web.Date, v web.Date) {
		if *d == "" {
			*d = v
		}
	}
	for i := range pr.p.Journey {
		step, d := &pr.p.Journey[i], pr.details[i]
		if step.Voided != nil || len(d.ilmd) == 0 {
			continue
		}
		set(&page.Harvested, d.date("harvestEndDate", "harvestStartDate", "harvestDate"))
		if slices.Contains(step.Of, pr.p.ID) || slices.Contains(step.Of, pr.p.ID.Batch()) {
			set(&page.Made, d.date("productionDate", "manufacturingDate"))
			set(&page.Packed, d.date("packagingDate", "packDate"))
			set(&page.BestBefore, d.date("bestBeforeDate", "sellByDate", "itemExpirationDate", "expirationDate"))
		}
	}
	if b := pr.p.Batch; b != nil && b.Created != nil {
		for s := range b.Created.Fact.Stocks {
			if s.ID == pr.p.ID && s.Quantity != nil {
				page.Net = &web.Amount{Quantity: s.Quantity, Unit: pr.unit(s.ID)}
			}
		}
	}
}

func (pr *presenter) certificates() {
	if pr.p.Batch == nil {
		return
	}
	for _, c := range pr.p.Batch.Certificates {
		if c.RevokedAt != 0 {
			continue
		}
		out := web.Certificate{Certificate: c.Certificate, By: pr.org(c.Issuer), Page: "/certificates/" + c.Key()}
		if c.Doc != "" {
			out.Link = "/ipfs/" + c.Doc
		}
		pr.page.Certificates = append(pr.page.Certificates, out)
	}
}

// describe reads a product of the directory once a page.
func (pr *presenter) describe(id trace.ID) *index.Product {
	id = id.Product()
	if p, ok := pr.products[id]; ok {
		return p
	}
	p, err := pr.Index.Product(pr.ctx, pr.viewer, id)
	if err != nil {
		p = nil // what the directory does not know is shown by its code
	}
	pr.products[id] = p
	return p
}

// name is what a thing is called, without its lot or serial.
func (pr *presenter) name(id trace.ID) trace.Text {
	if p := pr.describe(id); p != nil && p.Profile != nil {
		return p.Profile.Name
	}
	return trace.Text{VI: codeText(id)}
}

// lotName is a thing's name with its lot.
func (pr *presenter) lotName(id trace.ID) trace.Text {
	t, lot := pr.name(id), id.Lot()
	if p := pr.describe(id); p == nil || p.Profile == nil || lot == "" {
		return t
	}
	return trace.Text{VI: t.VI + " · " + lot, EN: t.In("en") + " · " + lot}
}

// pieceName is lotName with the number of a piece of the lot.
func (pr *presenter) pieceName(id trace.ID) trace.Text {
	t, serial := pr.lotName(id), id.Serial()
	if serial == "" || id.Lot() == "" {
		return t
	}
	return trace.Text{VI: t.VI + " · số " + serial, EN: t.In("en") + " · no. " + serial}
}

func (pr *presenter) unit(id trace.ID) trace.Text {
	if p := pr.describe(id); p != nil && p.Profile != nil {
		return p.Profile.Unit
	}
	return trace.Text{}
}

func (pr *presenter) part(id trace.ID, q *trace.Quantity) web.Part {
	return web.Part{
		Amount: web.Amount{Quantity: q, Unit: pr.unit(id), Name: pr.name(id)},
		ID:     id, Link: id.Path(), State: web.StateRecorded,
	}
}

// lots lists the newest lots of a product, on the product's own page.
func (pr *presenter) lots() error {
	if pr.p.Level != index.LevelProduct {
		return nil
	}
	ids, _, err := pr.Index.Batches(pr.ctx, pr.viewer, pr.p.ID, index.Page{Limit: 20})
	if err != nil {
		return err
	}
	for _, id := range ids {
		b, err := pr.Index.Batch(pr.ctx, pr.viewer, id)
		if err != nil {
			return err
		}
		if !b.Public && pr.viewer == (index.Viewer{}) {
			continue
		}
		lot := web.Lot{Part: pr.part(id, nil)}
		if b.First != nil {
			lot.Recorded = b.First.Time
		}
		switch {
		case len(b.Recalls) > 0:
			lot.State = web.StateRecalled
		case b.Early != nil && len(b.Early.Cleared) == 0:
			lot.State = web.StateAttention
		}
		if err := pr.dependsOnOrigin(id); err != nil {
			return err
		}
		if b.Created != nil {
			for s := range b.Created.Fact.Stocks {
				if s.ID == id {
					lot.Quantity = s.Quantity
				}
			}
		}
		pr.page.Lots = append(pr.page.Lots, lot)
	}
	return nil
}

// lotOrigins is how many things that a listed lot was made of are watched.
const lotOrigins = 200

// dependsOnOrigin notes that the page shows whether a recall reaches a lot, which
// also one of what it was made of does.
func (pr *presenter) dependsOnOrigin(lot trace.ID) error {
	g, err := pr.Index.Trace(pr.ctx, pr.viewer, lot, index.Up, index.Limits{Nodes: lotOrigins})
	if err != nil {
		return err
	}
	for _, n := range g.Nodes {
		pr.p.DependsOn = append(pr.p.DependsOn, index.DepFacts(n.ID), index.DepEvents(n.ID))
	}
	return nil
}

// contents lists what a container holds.
func (pr *presenter) contents() {
	if pr.p.Level != index.LevelContainer || pr.p.Batch == nil {
		return
	}
	for _, e := range pr.p.Batch.Origin {
		if e.Kind == trace.PackedInto {
			pr.page.Contents = append(pr.page.Contents, pr.part(e.From, e.Quantity))
		}
	}
}

// proof points to the record that brought the thing into being, or failing that
// to the latest.
func (pr *presenter) proof() {
	var at *index.Moment
	code := pr.p.ID
	switch b := pr.p.Batch; {
	case b != nil && b.Created != nil:
		at = &index.Moment{Entry: b.Created.Entry, Item: b.Created.Item, Time: b.Created.Time}
	case b != nil && b.Last != nil:
		at = &index.Moment{Entry: b.Last.Entry, Item: b.Last.Item, Time: b.Last.Time}
	case pr.p.Product != nil:
		at, code = &index.Moment{Entry: pr.p.Product.Entry, Item: pr.p.Product.Item}, pr.p.Product.ID
	default:
		return
	}
	pr.page.Proof = pr.proofOf(at.Entry, at.Item, at.Time, code.String())
}

func (s *server) proofOf(entry uint64, item int, at ledger.Time, code string) *web.Proof {
	trust, founded := s.trust(), s.Ledger.Genesis().Origin
	if founded == trust.Origin {
		founded = ""
	}
	return &web.Proof{
		Index: entry, Size: s.Ledger.Size(), Recorded: at, Custody: web.CustodyNode, Node: s.host(),
		Receipt:  fmt.Sprintf("/api/v1/receipts/%d?item=%d", entry, item),
		Register: trust.Register, Origin: trust.Origin, Founded: founded, Keys: trust.Keys, Witnesses: trust.Witnesses, Quorum: trust.Quorum,
		Code: code, Trust: "/api/v1/trust",
	}
}
