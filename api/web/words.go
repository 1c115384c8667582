package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

//go:embed text/*.json
var textFiles embed.FS

// ownTexts are the site's words by language and key, as their files have them, and
// texts with English ones where a file has none.
var (
	ownTexts = loadTexts()
	texts    = withEnglish(ownTexts)
)

func loadTexts() map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for name, source := range readAll(textFiles, "text") {
		m := map[string]string{}
		if err := json.Unmarshal([]byte(source), &m); err != nil {
			panic(fmt.Errorf("text/%s: %w", name, err))
		}
		all[Lang(strings.TrimSuffix(name, ".json"))] = m
	}
	return all
}

func withEnglish(own map[Lang]map[string]string) map[Lang]map[string]string {
	all := map[Lang]map[string]string{}
	for lang, m := range own {
		all[lang] = maps.Clone(own[English])
		maps.Copy(all[lang], m)
	}
	return all
}

// words are the functions of a language's templates.
type words struct {
	lang  Lang
	texts map[string]string
}

func (w words) funcs() template.FuncMap {
	return template.FuncMap{
		"lang":      func() Lang { return w.lang },
		"others":    w.others,
		"t":         w.text,
		"say":       w.say,
		"known":     w.known,
		"in":        func(t trace.Text) string { return t.In(string(w.lang)) },
		"icon":      icon,
		"dict":      dict,
		"day":       w.day,
		"moment":    w.moment,
		"clock":     w.clock,
		"number":    w.number,
		"count":     w.count,
		"quantity":  w.quantity,
		"amount":    w.amount,
		"size":      w.size,
		"party":     w.party,
		"initial":   initial,
		"code":      spoken,
		"verdict":   w.verdict,
		"flag":      w.flag,
		"step":      w.step,
		"seal":      w.seal,
		"reach":     reach,
		"interval":  intervals,
		"map":       w.drawMap,
		"graph":     w.drawGraph,
		"chart":     w.drawChart,
		"input":     w.input,
		"wrong":     w.wrong,
		"adrift":    w.adrift,
		"deadline":  w.deadline,
		"uptime":    w.uptime,
		"either":    w.either,
		"short":     short,
		"list":      func(all ...string) []string { return all },
		"uint":      natural,
		"said":      w.said,
		"last":      last,
		"task":      w.task,
		"early":     w.early,
		"scheme":    w.scheme,
		"suggested": suggested,
		"inside":    w.amounts,
		"options":   w.options,
		"pick":      w.pick,
		"unit":      w.unitOf,
		"row":       Numbered,
		"asked":     w.asked,
		"ways":      w.ways,
		"label":     w.label,
		"astray":    func(f Form, shown []string) []string { return w.adrift(f, shown...) },
		"less":      func(less bool) string { return map[bool]string{true: "less", false: "more"}[less] },
		"other":     func(list []Choice) string { return map[bool]string{true: ".other", false: ""}[len(list) > 0] },

		"area":       w.area,
		"areaunits":  w.areaUnits,
		"placekinds": w.placeKinds,
		"land":       w.drawLand,
		"samples":    w.samples,
		"sheetkinds": w.sheetKinds,
		"sumcolumns": w.sumColumns,
		"sumeach":    w.sumEach,
		"codesof":    w.codesOf,
		"fault":      w.fault,
		"counted":    w.counted,

		"productunits": w.productUnits,

		"provenance": w.drawProvenance,
		"origin":     w.originName,
		"originline": w.originLine,

		"audiences":  w.audiences,
		"terms":      w.terms,
		"labelwords": w.labelWords,
		"labelkinds": w.labelKinds,

		"phone":  phone,
		"deed":   w.deed,
		"kinds":  w.kinds,
		"choose": w.choose,
		"codes":  w.codes,
		"roles":  w.roles,

		"valueof": w.valueOf,
		"shapes":  w.drawShapes,
		"join":    func(list []string) string { return strings.Join(list, ", ") },
		"column":  func(i int) int { return i * 10 },
		"tall":    tall,
		"above":   func(n, most int) int { return dayHeight - tall(n, most) },

		"drillKinds": w.drillKinds,
		"perMille":   w.perMille,
		"took":       w.took,

		"schemes":     w.schemes,
		"starChoices": w.starChoices,
		"results":     w.results,

		"wait":      w.wait,
		"languages": func() []Option { return languages(w) },
		"matters":   w.matters,
	}
}

var (
	fixedText = regexp.MustCompile(`\{\{t "([^"]+)"\}\}`)
	fixedIcon = regexp.MustCompile(`\{\{icon "([^"]+)"\}\}`)
)

// settle writes the texts and icons that never vary into a template, so that a
// page does not look them up each time.
func (w words) settle(source string) string {
	source = fixedText.ReplaceAllStringFunc(source, func(call string) string {
		return template.HTMLEscapeString(w.must(fixedText.FindStringSubmatch(call)[1]))
	})
	return fixedIcon.ReplaceAllStringFunc(source, func(call string) string {
		svg, err := icon(fixedIcon.FindStringSubmatch(call)[1])
		if err != nil {
			panic(err)
		}
		return string(svg)
	})
}

// text gives the words of a key with its {blanks} filled from pairs of
// name and value.
func (w words) text(key string, pairs ...any) (string, error) {
	s, ok := w.texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q in %s", key, w.lang)
	}
	if len(pairs) == 0 {
		return s, nil
	}
	return fill(s, pairs, func(v any) string { return w.show(v) })
}

// say is text as HTML: values are escaped and set in bold, unless they are HTML.
func (w words) say(key string, pairs ...any) (template.HTML, error) {
	s, ok := w.texts[key]
	if !ok {
		return "", fmt.Errorf("no text %q in %s", key, w.lang)
	}
	s, err := fill(template.HTMLEscapeString(s), pairs, func(v any) string {
		if h, ok := v.(template.HTML); ok {
			return string(h)
		}
		return "<b>" + template.HTMLEscapeString(w.show(v)) + "</b>"
	})
	return template.HTML(s), err
}

func fill(s string, pairs []any, show func(any) string) (string, error) {
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, fmt.Sprintf("{%s}", pairs[i]), show(pairs[i+1]))
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %q is given a name without a value", s)
	}
	return strings.NewReplacer(old...).Replace(s), nil
}

func (w words) show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return w.count(uint64(max(v, 0)))
	case uint64:
		return w.count(v)
	case trace.Text:
		return v.In(string(w.lang))
	case trace.Quantity:
		return w.quantity(v)
	case *trace.Quantity:
		if v != nil {
			return w.quantity(*v)
		}
		return w.must("unsaid")
	case ledger.Time:
		return w.moment(v)
	case Date:
		return w.day(v)
	case Party:
		return w.party(v)
	case *Party:
		return w.party(*v)
	}
	return fmt.Sprint(v)
}

// known gives the words of a key that may be missing, and the fallback then.
func (w words) known(key, fallback string) string {
	if s, ok := w.texts[key]; ok {
		return s
	}
	return fallback
}

// either is the first key that has words, or the last.
func (w words) either(keys ...string) string {
	for _, k := range keys {
		if _, ok := w.texts[k]; ok {
			return k
		}
	}
	return keys[len(keys)-1]
}

// must gives the words of a key that the package itself names.
func (w words) must(key string, pairs ...any) string {
	s, err := w.text(key, pairs...)
	if err != nil {
		panic(err) // a test goes through every key
	}
	return s
}

func (p *Pages) text(lang Lang, key string) string { return p.words(lang).must(key) }

// words are a language's, or Vietnamese ones where it is none of ours.
func (p *Pages) words(lang Lang) words {
	l, _ := ParseLang(string(lang))
	return words{l, texts[l]}
}

func (w words) others() []Lang {
	var l []Lang
	for _, lang := range Languages {
		if lang != w.lang {
			l = append(l, lang)
		}
	}
	return l
}

// party is who somebody is, in words.
func (w words) party(p Party) string {
	if name := p.Name.In(string(w.lang)); name != "" {
		return name
	}
	return w.known("someone."+string(p.Kind), w.must("someone"))
}

func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict is given a name without a value")
	}
	return m, nil
}

// initial is the first letter of a name, for a picture that is missing.
func initial(s string) string {
	for _, r := range s {
		return strings.ToUpper(string(r))
	}
	return ""
}

// short is the beginning and the end of something long that is no word.
func short(s string) string {
	if len(s) <= 20 {
		return s
	}
	return s[:10] + "…" + s[len(s)-6:]
}

// spoken is an identifier the way it stands on a label.
func spoken(id trace.ID) string {
	s := id.String()
	if c, ok := id.Code(); ok {
		s = c.Spoken()
		if lot := id.Lot(); lot != "" {
			s += " · " + lot
		}
		if serial := id.Serial(); serial != "" {
			s += " · " + serial
		}
		return s
	}
	path := strings.TrimPrefix(id.Path(), "/")
	if path == "" {
		return s
	}
	var b strings.Builder
	parts := strings.Split(path, "/")
	for i := 0; i+1 < len(parts); i += 2 {
		fmt.Fprintf(&b, "(%s)%s ", parts[i], unescape(parts[i+1]))
	}
	return strings.TrimSpace(b.String())
}
