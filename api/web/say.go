package web

import (
	"cmp"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// verdict is the bar at the top of a passport. Do is what to do, where that is
// something else than comparing.
type verdict struct {
	Class, Icon, Title, Reason, Do string
}

func (w words) verdict(p *Passport) verdict {
	v := verdict{Class: string(p.State)}
	switch {
	case p.State == StateRecalled:
		v.Icon, v.Title = "stop", w.must("verdict.recalled")
		if p.Recall != nil && !p.Recall.Since.IsZero() {
			v.Title = w.must("verdict.recalled.since", "date", p.Recall.Since)
		}
		if p.Recall != nil {
			v.Reason = p.Recall.Reason.In(string(w.lang))
		}
	case p.Piece != nil && p.Piece.State == PieceNever:
		v.Class, v.Icon, v.Title = string(StateAttention), "alert", w.must("verdict.never")
		v.Reason = w.must("verdict.never.why", "serial", p.Piece.Serial, "lot", p.Piece.Lot.ID.Lot())
		v.Do = w.must("verdict.never.do")
	case p.Fate != nil && p.Fate.Kind == FateDestroyed:
		w.fate(&v, p, string(StateRecalled), "stop")
	case p.State == StateAttention:
		v.Icon, v.Title, v.Reason = "alert", w.must("verdict.attention"), w.must("verdict.attention.why")
		switch {
		case p.Early != nil && len(p.Early.Cleared) == 0:
			v.Reason = w.early(p.Early)
		case p.Banned != "":
			v.Reason = w.must("banned", "rule", p.Banned)
		case len(p.Flags) > 0:
			v.Reason = w.flag(p.Flags[0])
		}
		v.Do = w.must("verdict.attention.do")
		if len(p.Flags) > 0 && p.Flags[0].Kind == trace.FlagBlocked {
			v.Title, v.Do = w.must("verdict.blocked"), w.must("verdict.blocked.do")
		}
	case p.Fate != nil && p.Fate.Kind == FateReturned:
		w.fate(&v, p, string(StateAttention), "back")
	case p.Fate != nil:
		w.fate(&v, p, string(StateDeclared), "info")
	case p.State == StateDeclared:
		v.Icon, v.Title, v.Reason = "info", w.must("verdict.declared"), w.must("verdict.declared.why")
	default:
		v.Class, v.Icon, v.Title, v.Reason = string(StateRecorded), "check", w.must("verdict.recorded"), w.must("verdict.recorded.why")
		if !p.Since.IsZero() {
			v.Title = w.must("verdict.recorded.since", "date", p.Since)
		}
		if p.Piece != nil {
			v.Reason = w.must("verdict.piece."+string(p.Piece.State), "serial", p.Piece.Serial, "lot", p.Piece.Lot.ID.Lot())
		}
	}
	return v
}

// fate says what became of a thing, and of a lot that nothing of it is left.
func (w words) fate(v *verdict, p *Passport, class, icon string) {
	key := "fate." + string(p.Fate.Kind)
	v.Class, v.Icon, v.Title = class, icon, w.must(key)
	what := ".lot"
	if p.ID.Serial() != "" || p.Level == LevelContainer {
		what = ".piece"
		v.Title = w.known(key+".one", v.Title)
	}
	v.Reason = w.must(key+what, "date", p.Fate.On, "who", p.Fate.Who)
	v.Do = w.must(key + ".do")
}

// early says that something was harvested too early, and since when it would have
// been safe.
func (w words) early(e *Early) string {
	if e.Through != nil {
		return w.must("early.through", "what", cmp.Or(e.Through.Name.In(string(w.lang)), spoken(e.Through.ID)), "lot", e.Through.ID.Lot(), "date", e.Safe)
	}
	return w.must("early", "date", e.Safe)
}

// flag says in one sentence what is the matter.
func (w words) flag(f trace.Flag) string {
	key := "flag." + string(f.Kind)
	if f.Kind == trace.FlagDiscrepancy && (f.Quantity == nil || f.Want == nil) {
		return w.must("flag.discrepancy.unsaid")
	}
	if f.Kind == trace.FlagOver && (f.Quantity == nil || f.Want == nil) {
		return w.must("flag.over.unsaid")
	}
	if s, ok := w.texts[key]; ok {
		s, _ = fill(s, []any{"qty", f.Quantity, "want", f.Want, "date", f.Safe}, func(v any) string { return w.show(v) })
		return s
	}
	return string(f.Kind)
}

// stepIcons are for the business steps that have one; the rest is a dot.
var stepIcons = map[string]string{
	"harvesting": "leaf", "commissioning": "leaf", "planting": "leaf", "growing": "leaf", "spraying": "drop", "fertilising": "drop",
	"irrigating": "drop", "inspecting": "seal", "packing": "box", "sorting": "factory", "cooling": "box", "unpacking": "box", "repackaging": "box", "transforming": "factory",
	"creating_class_instance": "factory", "assembling": "factory", "shipping": "truck", "departing": "truck", "transporting": "truck",
	"arriving": "truck", "loading": "truck", "unloading": "truck", "receiving": "inbox", "accepting": "inbox", "storing": "box",
	"stocking": "shop", "retail_selling": "shop", "destroying": "stop", "decommissioning": "stop", "sensor_reporting": "sensor",
	"exporting": "ship", "consigning": "ship",
}

// step is a step's sentence and its icon.
type step struct {
	Icon     string
	Sentence template.HTML
}

func (w words) step(s Step) (step, error) {
	word := bareWord(s.Word)
	if word == "" {
		switch s.Type {
		case trace.TransformationEvent:
			word = "transforming"
		case trace.AggregationEvent:
			word = map[trace.Action]string{trace.Add: "packing", trace.Delete: "unpacking"}[s.Action]
		}
	}
	if s.Type == trace.TransformationEvent && (word == "commissioning" || word == "creating_class_instance") {
		word = "transforming"
	}
	key := "step." + word
	if _, ok := w.texts[key]; !ok {
		key = "step"
		if word == "" {
			key = "step.unsaid"
		}
	}
	if len(s.Into) > 0 {
		if _, ok := w.texts[key+".into"]; ok {
			key += ".into"
		}
	}
	who := w.party(s.Who)
	if strings.HasPrefix(w.texts[key], "{who}") {
		who = capital(who)
	}
	sentence, err := w.say(key, "who", who, "what", w.amounts(s.What), "into", w.amounts(s.Into), "step", quiet(strings.ReplaceAll(word, "_", " ")))
	add := func(key string, pairs ...any) {
		if err == nil {
			var more template.HTML
			more, err = w.say(key, pairs...)
			sentence += more
		}
	}
	if s.From != nil {
		add("step+from", "from", quiet(w.party(*s.From)))
	}
	if s.To != nil {
		add("step+to", "to", quiet(w.party(*s.To)))
	}
	if s.Place != nil {
		if name := s.Place.Name.In(string(w.lang)); name != "" {
			add("step+at", "place", quiet(name))
		} else if commune := s.Place.Commune.In(string(w.lang)); commune != "" {
			add("step+at", "place", quiet(commune))
		}
	}
	icon := stepIcons[word]
	if icon == "" {
		icon = "dot"
	}
	return step{icon, sentence + quiet(w.must("step+end"))}, err
}

// quiet is text that a sentence does not set in bold.
func quiet(s string) template.HTML { return template.HTML(template.HTMLEscapeString(s)) }

// capital writes the first letter large.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// bareWord is the last part of a business step that is written as a URI.
func bareWord(s string) string {
	s = strings.TrimRight(s, "/#")
	if i := strings.LastIndexAny(s, "/#:-"); i >= 0 && strings.ContainsAny(s, "/:#") {
		s = s[i+1:]
	}
	return strings.ToLower(s)
}

// seal is a certificate as it is shown.
type seal struct {
	Class  string // valid, expired, revoked
	Icon   string
	Label  string
	Status string
	Stars  []struct{}
}

func (w words) seal(c Certificate, now ledger.Time) seal {
	s := seal{Class: "valid", Icon: "seal", Label: w.known("scheme."+c.Scheme, c.Name.In(string(w.lang)))}
	if s.Label == "" {
		s.Label = c.Scheme
	}
	if c.Stars > 0 {
		s.Label = w.must("scheme.stars", "scheme", s.Label, "n", c.Stars)
		s.Stars = make([]struct{}, min(c.Stars, 5))
		s.Icon = "star"
	}
	switch {
	case c.Revoked != "":
		s.Class, s.Icon, s.Status = "revoked", "stop", w.must("seal.revoked")
	case c.Suspended != "":
		s.Class, s.Icon, s.Status = "expired", "alert", w.must("seal.suspended")
	case c.Result == trace.ResultFailed:
		s.Class, s.Icon, s.Status = "revoked", "stop", w.must("result.failed")
	case !c.Until.IsZero() && !now.IsZero() && c.Until < now:
		s.Class, s.Icon, s.Status = "expired", "alert", w.must("seal.expired")
	case !c.Until.IsZero():
		s.Status = w.must("seal.until", "date", c.Until)
	default:
		s.Status = w.must("seal.valid")
	}
	return s
}

// scheme is what a certificate is called.
func (w words) scheme(c Certificate) string {
	return w.known("scheme."+c.Scheme, cmp.Or(c.Name.In(string(w.lang)), c.Scheme))
}

// interval is an application's pre-harvest interval against the harvest.
type interval struct {
	Input
	Known      bool // the days until the harvest are known
	Days       int  // whole days between the application and the harvest, as trace.SafeFrom counts them
	Kept       bool
	Need, Have int // of 100, for the bar
}

// intervals works out every application's interval, all on one scale.
func intervals(g *Growing) []interval {
	rows := make([]interval, len(g.Inputs))
	longest := 1
	harvest, err := time.Parse(time.DateOnly, string(g.Harvest))
	for i, in := range g.Inputs {
		rows[i].Input = in
		on, err2 := time.Parse(time.DateOnly, string(in.On))
		if in.Interval <= 0 || err != nil || err2 != nil || on.After(harvest) {
			continue
		}
		r := &rows[i]
		r.Days = max(int(harvest.Sub(on).Hours()/24)-1, 0)
		r.Known, r.Kept = true, r.Days >= in.Interval
		longest = max(longest, r.Days, in.Interval)
	}
	for i := range rows {
		rows[i].Need = rows[i].Interval * 100 / longest
		rows[i].Have = rows[i].Days * 100 / longest
	}
	return rows
}
