package dossier

import (
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/land"
)

// Party is an organisation as a form names it.
type Party struct {
	Name    trace.Text
	Address trace.Text // with the commune and the province
	Phone   string
	Code    string // GLN, or the code that the register issued
}

// words is a party in one line.
func (p Party) words() trace.Text {
	if p.Name.IsZero() {
		return plain(p.Code)
	}
	name := p.Name
	if !p.Address.IsZero() {
		name = trace.Text{VI: name.VI + ", " + p.Address.VI, EN: name.In("en") + ", " + p.Address.In("en")}
	}
	if p.Phone != "" {
		name = trace.Text{VI: name.VI + ", " + p.Phone, EN: name.In("en") + ", " + p.Phone}
	}
	return name
}

// Place is where something happened.
type Place struct {
	Name trace.Text
	Code string
	In   trace.Text // commune and province
}

func (p Place) words() trace.Text {
	t := p.Name
	switch {
	case t.IsZero():
		return p.In
	case !p.In.IsZero():
		return trace.Text{VI: t.VI + ", " + p.In.VI, EN: t.In("en") + ", " + p.In.In("en")}
	}
	return t
}

// Certificate is an attestation that is in force.
type Certificate struct {
	Scheme trace.Text
	Number string
	By     Party
	Until  ledger.Time
}

// Amount is how much of a thing.
type Amount struct {
	ID       trace.ID
	Name     trace.Text
	Quantity *trace.Quantity // nil for a piece
}

func (a Amount) number() string {
	if a.Quantity == nil {
		return "1"
	}
	return a.Quantity.Number()
}

func (a Amount) unit() string {
	if a.Quantity == nil {
		return ""
	}
	return string(a.Quantity.Unit())
}

// Stage is an event of a lot's way, that stands.
type Stage struct {
	Step     string // business step as the event names it: a bare word of the CBV, or a URI
	Words    trace.Text
	Time     ledger.Time
	Zone     string
	By       Party
	Place    Place
	Product  string // code of the product that it is about
	From, To *Party
	Objects  []Amount // what it is about; inputs of a transformation
	Made     []Amount // outputs of a transformation, and what an event brought into being
	Papers   []string // business transactions: type and number
	Event    string
}

func (s *Stage) day() string { return day(s.Time, s.Zone) }

// Lot is what the register knows of a lot or a piece.
type Lot struct {
	Code      string // as people read it
	Name      trace.Text
	GTIN      string // empty where the product has a code of the register
	Batch     string // lot number
	Serial    string
	Brand     string
	Picture   bool
	Producer  Party
	Origin    trace.Text // commune and province
	Made      string     // days
	Harvest   string
	Packed    string
	Expires   string
	Standard  []string
	Trace     string // address of its page
	Warnings  []trace.Text
	Stages    []Stage // the oldest first
	Certified []Certificate
	Plots     []Plot // where it was harvested
}

// Plot is where something grew, as far as the reader may know it.
type Plot struct {
	Place
	Grower  Party
	Area    string // in hectares
	Outline land.Ring
	Point   *land.Point
}

// day is a day where it happened, as spreadsheets sort it.
func day(t ledger.Time, zone string) string {
	if t.IsZero() {
		return ""
	}
	at := time.FixedZone("", 7*3600)
	if there, err := time.Parse("-07:00", zone); err == nil {
		at = there.Location()
	}
	return t.Time().In(at).Format(time.DateOnly)
}

func clock(t ledger.Time, zone string) string {
	if t.IsZero() {
		return ""
	}
	at := time.FixedZone("", 7*3600)
	if there, err := time.Parse("-07:00", zone); err == nil {
		at = there.Location()
	}
	return t.Time().In(at).Format("2006-01-02 15:04 -07:00")
}

// first is the first of some values that says something.
func first(some ...string) string {
	for _, s := range some {
		if s != "" {
			return s
		}
	}
	return ""
}

// certificates is the list of those in force.
func certificates(list []Certificate) Table {
	t := Table{
		Name: words("Chứng nhận còn hiệu lực", "Certificates in force"),
		Columns: []Column{
			{Name: words("Tiêu chuẩn", "Scheme"), Weight: 3}, {Name: words("Số", "Number"), Weight: 3},
			{Name: words("Nơi cấp", "Issued by"), Weight: 5}, {Name: words("Có giá trị đến", "Valid until"), Weight: 2},
		},
	}
	for _, c := range list {
		t.Rows = append(t.Rows, []Cell{{Text: c.Scheme}, {Text: plain(c.Number)}, {Text: c.By.words()}, {Text: plain(day(c.Until, ""))}})
	}
	return t
}
