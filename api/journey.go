package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// offset reads an EPCIS time zone offset, +07:00.
func offset(zone string) time.Duration {
	t, err := time.Parse("-07:00", zone)
	if err != nil {
		return 7 * time.Hour
	}
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// host is the node's name for people.
func (s *server) host() string {
	if u, err := url.Parse(s.PublicURL); err == nil {
		return u.Host
	}
	return s.PublicURL
}

// relevant drops the steps of what a thing was made from that led elsewhere: later
// harvests of the same trees, what became of the rest of a lot. What happened to
// an ancestor counts until the thing's own line left it.
func relevant(steps []index.Step, id trace.ID) []index.Step {
	line := map[trace.ID]bool{id: true}
	for i := range steps {
		for _, of := range steps[i].Of {
			line[of] = true
		}
	}
	own := func(f *trace.Fact) bool { // not what happened to other pieces of the lot
		for s := range f.Stocks {
			if s.ID == id || s.ID == id.Batch() || s.ID.Batch() == id {
				return true
			}
		}
		return false
	}
	left := map[trace.ID]ledger.Time{} // when the line left an ancestor
	leads := func(f *trace.Fact) bool {
		if f.Parent != nil && line[*f.Parent] {
			return true
		}
		return slices.ContainsFunc(f.Outputs, func(s trace.Stock) bool { return line[s.ID] })
	}
	for i := range steps {
		f := &steps[i].Fact
		if !leads(f) || steps[i].Voided != nil || f.Error != nil {
			continue
		}
		for s := range f.Stocks {
			if line[s.ID] && !slices.ContainsFunc(f.Outputs, func(o trace.Stock) bool { return o.ID == s.ID }) {
				left[s.ID] = max(left[s.ID], f.Time)
			}
		}
	}
	var out []index.Step
	for _, st := range steps {
		keep := false
		for _, of := range st.Of {
			at, gone := left[of]
			switch {
			case own(&st.Fact), index.LevelOf(of) == index.LevelContainer:
				keep = true
			case of == id.Batch():
				keep = keep || leads(&st.Fact)
			case st.Fact.Type == trace.TransformationEvent:
				keep = keep || leads(&st.Fact)
			default:
				keep = keep || !gone || st.Fact.Time <= at
			}
		}
		if keep {
			out = append(out, st)
		}
	}
	return out
}

func (pr *presenter) journey() {
	steps := pr.p.Journey
	corrects := map[string]string{} // corrected event -> anchor of the wrong one
	for _, st := range steps {
		if st.Fact.Error == nil {
			continue
		}
		for _, id := range st.Fact.Error.Corrections {
			corrects[id] = pr.anchors[st.Fact.Event]
		}
	}
	for i := range steps {
		if _, input := pr.details[i].input(0, ""); input {
			continue // the growing record shows it
		}
		if step, ok := pr.step(i, corrects); ok && len(pr.page.Journey) < maxSteps {
			pr.page.Journey = append(pr.page.Journey, step)
		}
	}
}

// A page stays small on a slow network. The lineage page and the API have the rest.
const (
	maxSteps         = 40
	maxInputs        = 16
	maxConfirmations = 4
)

// stands reports whether a flag of a step still says something.
func (pr *presenter) stands(f trace.Flag) bool {
	switch f.Kind {
	case trace.FlagUnblocked, trace.FlagNoInterval:
		return false
	case trace.FlagInterval:
		b := pr.p.Batch
		return b != nil && b.Early != nil && slices.Contains(b.Early.On, f.ID)
	}
	return true
}

func (pr *presenter) step(i int, corrects map[string]string) (web.Step, bool) {
	st, d := &pr.p.Journey[i], pr.details[i]
	f := &st.Fact
	if f.Error != nil && st.Outcome.Voids != "" {
		return web.Step{}, false // the wrong step itself is shown struck
	}
	out := web.Step{
		Anchor: pr.anchors[f.Event], Type: f.Type, Action: f.Action, Word: f.Step, Time: f.Time, Zone: f.Zone,
		Who: pr.org(st.Acting()), Note: trace.Text{VI: d.ours["note"], EN: d.ours["noteEn"]}, Readings: d.readings(),
		Statement: !st.Outcome.Managed, Corrects: corrects[f.Event], Away: d.away,
		Receipt: "/api/v1/receipts/" + strconv.FormatUint(st.Entry, 10) + "?item=" + strconv.Itoa(st.Item),
	}
	if !st.For.IsZero() {
		typist := pr.org(st.Org)
		out.Typist = &typist
	}
	for _, flag := range st.Outcome.Flags {
		if slices.Contains(st.Of, flag.ID) && pr.stands(flag) {
			out.Flags = append(out.Flags, flag)
		}
	}
	out.From, out.To = pr.side(f.From), pr.side(f.To)
	out.Place = pr.place(st)
	if len(st.Of) > 0 {
		out.ProductCode = codeText(st.Of[0].Product())
	}
	if st.Voided != nil {
		out.Void = pr.void(st)
	}
	if f.Type == trace.TransformationEvent {
		out.What, out.Into = pr.amounts(f.Inputs), pr.amounts(f.Outputs)
		out.Joins, out.Splits = pr.others(f.Inputs, st.Of), pr.others(f.Outputs, st.Of)
		return out, true
	}
	inside := func(s trace.Stock) bool { return f.Parent != nil && s.ID == *f.Parent }
	out.What = pr.amounts(slices.DeleteFunc(slices.Clone(st.Stock), inside))
	if len(out.What) == 0 {
		out.What = pr.amounts(f.Objects)
	}
	if f.Parent != nil {
		out.Into = []web.Amount{{Name: pr.lotName(*f.Parent)}}
	}
	return out, true
}

// maxAmounts is how many things a step names before the rest is a number.
const maxAmounts = 6

func (pr *presenter) amounts(stock []trace.Stock) []web.Amount {
	var out []web.Amount
	pieces := map[trace.ID]int{} // pieces of one product are counted together
	for _, s := range stock {
		if s.ID.Serial() == "" {
			out = append(out, web.Amount{Quantity: s.Quantity, Unit: pr.unit(s.ID), Name: pr.lotName(s.ID)})
			continue
		}
		b := s.ID.Batch()
		if b == s.ID || b.Lot() == "" {
			b = s.ID.Product()
		}
		if at, ok := pieces[b]; ok {
			sum, err := out[at].Quantity.Add(trace.NewQuantity(1, 0, ""))
			if err == nil {
				out[at].Quantity = &sum
			}
			continue
		}
		one := trace.NewQuantity(1, 0, "")
		pieces[b] = len(out)
		out = append(out, web.Amount{Quantity: &one, Unit: pr.unit(b), Name: pr.lotName(b)})
	}
	if len(out) > maxAmounts {
		rest := trace.NewQuantity(int64(len(out)-maxAmounts), 0, "")
		out = append(out[:maxAmounts:maxAmounts], web.Amount{Quantity: &rest, Name: trace.Text{VI: "mã khác", EN: "more codes"}})
	}
	return out
}

// others are the branches of a step that lead elsewhere than to the thing.
func (pr *presenter) others(stock []trace.Stock, of []trace.ID) []web.Part {
	var out []web.Part
	for _, s := range stock {
		if !slices.Contains(of, s.ID) && !slices.Contains(of, s.ID.Batch()) && len(out) < maxAmounts {
			out = append(out, pr.part(s.ID, s.Quantity))
		}
	}
	return out
}

// side is the organisation that a list of sources or destinations names.
func (pr *presenter) side(refs []trace.PartyRef) *web.Party {
	for _, kind := range []string{trace.PartyPossessing, trace.PartyOwning, trace.PartyLocation} {
		for _, r := range refs {
			if r.Type != kind {
				continue
			}
			o, err := pr.Index.Party(pr.ctx, pr.viewer, r.ID)
			if err == nil {
				p := pr.party(o)
				return &p
			}
			return &web.Party{Code: codeText(r.ID)}
		}
	}
	return nil
}

func (pr *presenter) place(st *index.Step) *web.Place {
	if st.Place.IsZero() {
		return nil
	}
	out := &web.Place{Code: codeText(st.Place), Commune: pr.communeText(st.Commune)}
	if p := pr.p.Places[st.Place]; p != nil {
		out.Kind = p.Kind
		if p.Profile != nil {
			out.Name = p.Profile.Name
		}
	}
	return out
}

func (pr *presenter) void(st *index.Step) *web.Void {
	out := &web.Void{Time: st.Time}
	for _, other := range pr.p.Journey {
		if other.Entry != st.Voided.Entry || other.Item != st.Voided.Item || other.Fact.Error == nil {
			continue
		}
		out.Time, out.Reason = other.Fact.Error.Time, other.Fact.Error.Reason
		for _, id := range other.Fact.Error.Corrections {
			out.Replaced = pr.anchors[id]
		}
		return out
	}
	if r, err := pr.Index.At(pr.ctx, pr.viewer, st.Voided.Entry, st.Voided.Item); err == nil && r.Fact.Error != nil {
		out.Time, out.Reason = r.Fact.Error.Time, r.Fact.Error.Reason
		for _, id := range r.Fact.Error.Corrections {
			out.Replaced = pr.anchors[id]
		}
	}
	return out
}

// words says who declared and who confirmed, each once.
func (pr *presenter) words() {
	page := pr.page
	seen := map[ledger.ID]bool{}
	add := func(id ledger.ID) {
		if o := pr.p.Organisations[id]; o != nil && !seen[id] && len(page.Declared) < 4 && !attests(o.Kind) {
			seen[id] = true
			page.Declared = append(page.Declared, pr.party(o))
		}
	}
	if pr.p.Producer != nil {
		add(pr.p.Producer.ID)
	}
	for _, st := range pr.p.Journey {
		if o := pr.p.Organisations[st.Acting()]; o != nil && !o.Kind.Natural() {
			add(st.Acting())
		}
	}
	confirmations := pr.confirmations()
	for _, i := range confirmations[:min(len(confirmations), maxConfirmations)] {
		st := pr.p.Journey[i]
		what := trace.Text{VI: "kiểm tra", EN: "inspected"}
		if len(st.Of) > 0 {
			name := pr.lotName(st.Of[0])
			what = trace.Text{VI: "kiểm tra " + name.VI, EN: "inspected " + name.In("en")}
		}
		if note := pr.details[i].ours["note"]; note != "" {
			what = trace.Text{VI: note, EN: pr.details[i].ours["noteEn"]}
		}
		page.Confirmed = append(page.Confirmed, web.Confirmation{By: pr.org(st.Acting()), What: what, On: st.Fact.Time})
	}
}

func attests(k ledger.Kind) bool { return k == ledger.KindAgency || k == ledger.KindCertifier }

// confirmations are the positions of steps by agencies and certifiers that stand.
func (pr *presenter) confirmations() []int {
	var out []int
	for i, st := range pr.p.Journey {
		if o := pr.p.Organisations[st.Acting()]; o != nil && attests(o.Kind) && st.Voided == nil && st.Fact.Error == nil {
			out = append(out, i)
		}
	}
	return out
}

// growing gathers what was put on the crop, the latest first.
func (pr *presenter) growing() error {
	g := &web.Growing{Harvest: pr.page.Harvested}
	table, err := pr.protection(pr.ctx)
	if err != nil {
		return err
	}
	for i := range pr.p.Journey {
		st := &pr.p.Journey[i]
		if area := pr.details[i].ilmd["plantingArea"]; area != "" && g.Area == "" {
			g.Area = area
		}
		if st.Voided != nil || st.Fact.Error != nil {
			continue
		}
		if in, ok := pr.details[i].input(st.Fact.Time, st.Fact.Zone); ok {
			who := pr.org(st.Acting())
			in.Who = &who
			if ban := table.Ban(in.Product, in.Active); ban != nil {
				in.Banned = ban.Rule
				if pr.page.State == web.StateRecorded {
					pr.page.State = web.StateAttention
				}
				pr.page.Banned = ban.Rule
			}
			same := func(o web.Input) bool { return o.Product == in.Product && o.On == in.On && o.Dose == in.Dose }
			if len(g.Inputs) < maxInputs && !slices.ContainsFunc(g.Inputs, same) {
				g.Inputs = append(g.Inputs, in)
			}
		}
	}
	if len(g.Inputs) == 0 {
		return nil
	}
	for _, c := range pr.page.Certificates {
		if c.Suspended != "" {
			continue
		}
		switch c.Scheme {
		case trace.SchemeArea:
			g.Area = c.Number
		case trace.SchemeVietGAP, trace.SchemeGlobalGAP, trace.SchemeOrganic:
			if g.Standard == "" {
				g.Standard = c.Number
			}
		}
	}
	pr.page.Growing = g
	return nil
}

// placeKinds name a place whose own name is not public.
var placeKinds = map[string]trace.Text{
	trace.PlacePlot:         {VI: "Vườn trồng", EN: "Growing plot"},
	trace.PlacePackingHouse: {VI: "Cơ sở đóng gói", EN: "Packing house"},
	trace.PlaceWorkshop:     {VI: "Xưởng", EN: "Workshop"},
	trace.PlaceWarehouse:    {VI: "Kho", EN: "Warehouse"},
	trace.PlaceShop:         {VI: "Cửa hàng", EN: "Shop"},
	trace.PlacePort:         {VI: "Cửa khẩu", EN: "Border gate"},
	trace.PlaceOffice:       {VI: "Văn phòng", EN: "Office"},
}

// communeRadius is how far from the middle of a commune a place in it may be, in
// metres. It is drawn as the dot's uncertainty.
const communeRadius = 5000

// where draws each commune of the journey once, oldest first. A spot is shown only
// where its owner shows it to everybody.
func (pr *presenter) where() {
	m := &web.Map{}
	seen := map[string]bool{}
	for i := len(pr.p.Journey) - 1; i >= 0; i-- {
		st := &pr.p.Journey[i]
		p := pr.p.Places[st.Place]
		if p == nil || st.Voided != nil {
			continue
		}
		c, known := pr.communes[p.Commune]
		stop := web.Stop{Commune: pr.communeText(p.Commune), Radius: communeRadius}
		if c.At != nil {
			stop.At = *c.At
		}
		key := c.Code
		stop.Name = placeKinds[p.Kind]
		if p.Profile != nil {
			stop.Name = p.Profile.Name
		}
		if p.Shown && p.Profile != nil && p.Profile.Point != nil {
			stop.At, stop.Radius, known = *p.Profile.Point, 0, true
			key = fmt.Sprint(*p.Profile.Point)
		}
		if !known || stop.At == (trace.Position{}) || seen[key] {
			continue
		}
		seen[key] = true
		m.Stops = append(m.Stops, stop)
	}
	if len(m.Stops) > 0 {
		pr.page.Map = m
	}
}
