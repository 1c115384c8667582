package api

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// details are the parts of an event's document that a page shows beyond the fact.
type details struct {
	ilmd   map[string]string // by local name
	ours   map[string]string // vocabulary members, by local name
	sensor []sensorElement
	papers []trace.Link // business transactions
	away   bool         // the document is not at this node yet
}

type sensorElement struct {
	Reports []struct {
		Type     string      `json:"type"`
		Measured string      `json:"sg:measured"` // as the register's own forms write it
		Value    json.Number `json:"value"`
		MinValue json.Number `json:"minValue"`
		MaxValue json.Number `json:"maxValue"`
		Unit     string      `json:"uom"`
	} `json:"sensorReport"`
}

// detailsOf reads a stored event. What it does not understand it leaves out.
func detailsOf(payload []byte) (*details, error) {
	doc, err := epcis.DecodePayload(payload)
	if err != nil {
		return nil, err
	}
	e := &doc.Events[0]
	d := &details{ilmd: map[string]string{}, ours: map[string]string{}, papers: e.Transactions}
	for name, raw := range e.ILMD {
		_, local, _ := strings.Cut(name, ":")
		d.ilmd[local] = plainText(raw)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(e.Raw, &members); err != nil {
		return nil, err
	}
	ours, err := doc.Ours(0)
	if err != nil {
		return nil, err
	}
	for name, raw := range ours {
		d.ours[name] = plainText(raw)
	}
	if raw, ok := members["sensorElementList"]; ok {
		if err := json.Unmarshal(raw, &d.sensor); err != nil {
			d.sensor = nil
		}
	}
	return d, nil
}

func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.Trim(string(raw), `"`)
}

// date is a declared day: the first of the names that has a value.
func (d *details) date(names ...string) web.Date {
	for _, n := range names {
		if v := d.ilmd[n]; v != "" {
			day, _, _ := strings.Cut(v, "T")
			return web.Date(day)
		}
	}
	return ""
}

// input is what an event put on a crop, if it did.
func (d *details) input(at ledger.Time, zone string) (web.Input, bool) {
	product := d.ours["input"]
	if product == "" {
		return web.Input{}, false
	}
	days, _ := strconv.Atoi(d.ours["preHarvestIntervalDays"])
	kind := web.InputKind(d.ours["inputKind"])
	switch kind {
	case web.InputProtection, web.InputFertiliser, web.InputIrrigation, web.InputFeed, web.InputMedicine:
	case "":
		kind = web.InputOther
		if days > 0 || d.ours["activeIngredient"] != "" {
			kind = web.InputProtection
		}
	default:
		kind = web.InputOther
	}
	return web.Input{
		Kind: kind, On: dayOf(at, zone), Product: product, Active: d.ours["activeIngredient"], Dose: firstOf(d.ours["dose"], d.ours["used"]),
		Purpose: trace.Text{VI: d.ours["purpose"], EN: d.ours["purposeEn"]}, Interval: days,
	}, true
}

// readings sums a step's sensors up: the least and the most of each kind.
func (d *details) readings() []web.Reading {
	var out []web.Reading
	for _, element := range d.sensor {
		for _, r := range element.Reports {
			kind := strings.ToLower(r.Type[strings.LastIndexAny(r.Type, ":/-")+1:])
			for _, v := range []json.Number{r.MinValue, r.Value, r.MaxValue} {
				q, err := trace.ParseQuantity(string(v), trace.Unit(r.Unit))
				if err == nil && kind != "" {
					out = widen(out, kind, q)
				}
			}
		}
	}
	return out
}

func widen(list []web.Reading, kind string, q trace.Quantity) []web.Reading {
	for i := range list {
		r := &list[i]
		if r.Kind != kind || r.Min.Unit() != q.Unit() {
			continue
		}
		if less, err := q.Cmp(r.Min); err == nil && less < 0 {
			r.Min = q
		}
		if more, err := q.Cmp(r.Max); err == nil && more > 0 {
			r.Max = q
		}
		return list
	}
	return append(list, web.Reading{Kind: kind, Min: q, Max: q})
}

// dayOf is the day of a moment where it happened.
func dayOf(t ledger.Time, zone string) web.Date {
	return web.Date(t.Time().Add(offset(zone)).Format("2006-01-02"))
}
