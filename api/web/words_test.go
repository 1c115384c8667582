package web

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

var blank = regexp.MustCompile(`\{[a-z]+\}`)

// publicTexts are the keys, and the beginnings of keys, of what strangers read: the
// pages of codes, the front page, lineage, data, problems, and reports. Every language
// has all of them.
var publicTexts = strings.Fields(`
	skip sample language written foot ways back signin.go field.optional typed unsaid goods and
	lot.is serial.is warning someone kind level verdict fate piece known scans.unseen scans.none scans.first scans.again scans.place
	state recall flag early seal scheme fact lots contents journey step step+from step+to step+at step+end twig reading map
	growing input interval crop.waits banned documents proof custody check contact unit
	home chart trace problem certificate result
	complaint complained complaintdoor complaintseen
	wrong.matter wrong.words wrong.photo wrong.contact wrong.secret wrong.later wrong.wait
	wrong.invalid wrong.not_found wrong.conflict wrong.too_large wrong.unavailable`)

func isPublic(key string) bool {
	return slices.ContainsFunc(publicTexts, func(p string) bool { return key == p || strings.HasPrefix(key, p+".") })
}

func blanks(text string) []string {
	list := blank.FindAllString(text, -1)
	slices.Sort(list)
	return list
}

// TestLanguages: Vietnamese and English have every text, others at least what
// strangers read, and nobody has one with other places in it or one of their own.
func TestLanguages(t *testing.T) {
	if len(Languages) < 3 || Languages[0] != Vietnamese || Languages[1] != English || !slices.Equal(Complete, []Lang{Vietnamese, English}) {
		t.Errorf("languages %v, of which complete %v", Languages, Complete)
	}
	for _, lang := range Languages {
		for key, text := range ownTexts[Vietnamese] {
			own, ok := ownTexts[lang][key]
			switch {
			case !ok && !isPublic(key) && !slices.Contains(Complete, lang):
			case !ok || strings.TrimSpace(own) == "":
				t.Errorf("%s lacks %q", lang, key)
			case !slices.Equal(blanks(own), blanks(text)):
				t.Errorf("%q has the places %v in %s and %v in %s", key, blanks(own), lang, blanks(text), Vietnamese)
			}
		}
		for key := range ownTexts[lang] {
			if _, ok := ownTexts[Vietnamese][key]; !ok {
				t.Errorf("%s has %q, which nobody asks for", lang, key)
			}
		}
		if ownTexts[lang]["language."+string(lang)] == "" {
			t.Errorf("%s has no name for itself", lang)
		}
	}
}

// TestPublicTextsAreAll: what strangers read takes no text but those.
func TestPublicTextsAreAll(t *testing.T) {
	const mark = "⟦"
	marked := map[Lang]map[string]string{}
	for _, lang := range Languages {
		marked[lang] = maps.Clone(texts[lang])
		for key := range marked[lang] {
			if !isPublic(key) {
				marked[lang][key] = mark + key
			}
		}
	}
	was := site
	site = newPages(Options{PublicURL: "https://sogoc.example"}, templatesOf(marked))
	defer func() { site = was }()
	for _, p := range samplePages() {
		if !strangersRead(p.name) {
			continue
		}
		for _, lang := range Languages {
			var b bytes.Buffer
			if err := p.write(&b, lang); err != nil {
				t.Fatal(err)
			}
			if _, after, found := strings.Cut(b.String(), mark); found {
				t.Errorf("%s shows a text that is not public: %.40s", p.name, after)
			}
		}
	}
}

var quoted = regexp.MustCompile(`"([a-z][a-zA-Z0-9_.+]*)"`)

// Every text is named somewhere, whole or by the prefix that its last part is
// joined to, and what is named exists.
func TestTextsAreUsed(t *testing.T) {
	named := map[string]bool{}
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			named[strings.TrimSuffix(filepath.Base(file), ".html")+".title"] = true // Pages.desk
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range quoted.FindAllSubmatch(source, -1) {
				named[string(m[1])] = true
			}
			for _, m := range regexp.MustCompile(`(?:\bt|say) "([^"]+)"`).FindAllSubmatch(source, -1) {
				if strings.HasSuffix(file, ".html") && texts[Vietnamese][string(m[1])] == "" {
					t.Errorf("%s asks for the text %q", file, m[1])
				}
			}
		}
	}
	for key := range texts[Vietnamese] {
		used := named[key]
		for i, c := range key {
			used = used || c == '.' && named[key[:i+1]]
		}
		if !used {
			t.Errorf("nothing uses the text %q", key)
		}
	}
}

// Words that values of other packages are shown by.
func TestEveryValueHasWords(t *testing.T) {
	var keys []string
	for _, k := range ledger.Kinds {
		keys = append(keys, "kind."+string(k))
	}
	for _, k := range []trace.FlagKind{trace.FlagOver, trace.FlagDiscrepancy, trace.FlagBlocked, trace.FlagUnblocked, trace.FlagUnconfirmed} {
		keys = append(keys, "flag."+string(k))
	}
	for _, k := range problemKinds {
		keys = append(keys, "problem."+string(k), "problem."+string(k)+".title")
	}
	for _, k := range []Level{LevelProduct, LevelLot, LevelPiece, LevelContainer} {
		keys = append(keys, "level."+string(k))
	}
	for _, k := range []Custody{CustodyNode, CustodyWallet, CustodyDevice} {
		keys = append(keys, "custody."+string(k))
	}
	for _, k := range []InputKind{InputProtection, InputFertiliser, InputIrrigation, InputFeed, InputMedicine, InputOther} {
		keys = append(keys, "input."+string(k))
	}
	for _, k := range []Direction{Up, Down, Both} {
		keys = append(keys, "trace."+string(k))
	}
	for _, r := range ledger.Roles {
		keys = append(keys, "role."+string(r))
	}
	for _, key := range keys {
		if texts[Vietnamese][key] == "" {
			t.Errorf("no text %q", key)
		}
	}
	for word, name := range stepIcons {
		if symbols[name] == "" {
			t.Errorf("step %s has the icon %q", word, name)
		}
	}
}

func TestFormats(t *testing.T) {
	vi, en, zh := words{Vietnamese, texts[Vietnamese]}, words{English, texts[English]}, words{"zh", texts["zh"]}
	for _, tt := range []struct{ name, got, want string }{
		{"day", vi.day("2026-06-03"), "03/06/2026"},
		{"day", en.day("2026-06-03"), "3 Jun 2026"},
		{"day", zh.day("2026-06-03"), "2026年6月3日"},
		{"number", zh.number("1234567.5"), "1,234,567.5"},
		{"month", vi.day("2026-06"), "06/2026"},
		{"year", en.day("2026"), "2026"},
		{"words for a day", vi.day("sau mưa"), "sau mưa"},
		{"no such day", vi.day("2026-02-30"), "2026-02-30"},
		{"late evening in UTC is the next day", vi.moment(at("2026-06-04 00:30")), "04/06/2026"},
		{"clock", vi.clock(at("2026-06-03 07:30"), "+07:00"), "03/06/2026, 07:30"},
		{"clock elsewhere", vi.clock(at("2026-06-03 07:30"), "+09:00"), "03/06/2026, 09:30 (+09:00)"},
		{"clock of no zone", en.clock(at("2026-06-03 07:30"), "?"), "3 Jun 2026, 07:30"},
		{"number", vi.number("1234567.5"), "1.234.567,5"},
		{"number", en.number("1234567.5"), "1,234,567.5"},
		{"small", vi.number("999"), "999"},
		{"negative", vi.number("-1200"), "−1.200"},
		{"no number", vi.number("1e9"), "1e9"},
		{"kilograms", vi.quantity(*qty("1200", "KGM")), "1.200\u00a0kg"},
		{"percent", vi.quantity(*qty("92.5", "P1")), "92,5%"},
		{"pieces", en.quantity(*qty("24", "")), "24\u00a0pieces"},
		{"unknown unit", vi.quantity(*qty("3", "ZZZ")), "3\u00a0ZZZ"},
		{"boxes", vi.amount(Amount{Quantity: qty("24", "EA"), Unit: both("hộp", "boxes"), Name: both("kẹo dừa", "")}), "24\u00a0hộp kẹo dừa"},
		{"all of it", vi.amount(Amount{Name: lychee}), "vải thiều"},
		{"nothing said", en.amounts(nil), "goods"},
		{"two", vi.amounts(append(kg("1"), kg("2")...)), "1\u00a0kg vải thiều và 2\u00a0kg vải thiều"},
		{"many", vi.amounts(append(append(kg("1"), kg("2")...), append(kg("3"), kg("4")...)...)), "1\u00a0kg vải thiều, 2\u00a0kg vải thiều và 2 thứ khác"},
		{"bytes", vi.size(900), "900\u00a0B"},
		{"kilobytes", vi.size(214_300), "214\u00a0kB"},
		{"megabytes", vi.size(2_640_000), "2,6\u00a0MB"},
		{"number", phone("+84912345678"), "0912 345 678"},
		{"landline", phone("+842043881234"), "+842043881234"},
		{"telephone", string(reach("+84 (204) 388-1234")), "tel:+842043881234"},
		{"mail", string(reach("a@b.example")), "mailto:a@b.example"},
		{"address", string(reach("12 Hùng Vương, Bắc Ninh")), ""},
		{"script", string(reach("javascript:alert(1)")), ""},
		{"mail with headers", string(reach("a@b.example?bcc=c")), ""},
		{"lot", spoken(batch), "(01)09520001000119 (10)HG-0306"},
		{"managed", spoken(trace.MustID("/t/" + string(sampleCode) + "/10/L1/21/7")), "BNHG-00012-X · L1 · 7"},
		{"any URI", spoken(trace.MustID("urn:uuid:7")), "urn:uuid:7"},
		{"escaped lot", spoken(trace.MustID("https://id.gs1.org/01/09520001000119/10/A%2FB")), "(01)09520001000119 (10)A/B"},
		{"natural person", vi.party(household), "một hộ sản xuất"},
		{"nobody known", en.party(Party{}), "a member of the register"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestSentences(t *testing.T) {
	vi := words{Vietnamese, texts[Vietnamese]}
	for _, tt := range []struct {
		name       string
		step       Step
		icon, want string
	}{
		{"shipping", Step{Word: "shipping", Who: coop, To: &shop, What: kg("398")}, "truck", "<b>HTX Vải thiều Hồng Giang</b> gửi <b>398\u00a0kg vải thiều</b> cho Siêu thị Nông sản Việt, Hà Nội."},
		{"transformation without a word", Step{Type: trace.TransformationEvent, Who: coop, What: kg("2"), Into: kg("1")}, "factory", "<b>HTX Vải thiều Hồng Giang</b> làm <b>2\u00a0kg vải thiều</b> thành <b>1\u00a0kg vải thiều</b>."},
		{"aggregation taken apart", Step{Type: trace.AggregationEvent, Action: trace.Delete, Who: coop}, "box", "<b>HTX Vải thiều Hồng Giang</b> dỡ <b>hàng</b>."},
		{"a step of our own", Step{Word: "https://ns.example/step/spraying", Who: household}, "drop", "<b>Một hộ sản xuất</b> phun thuốc cho <b>hàng</b>."},
		{"a step by URN", Step{Word: "urn:epcglobal:cbv:bizstep:receiving", Who: coop}, "inbox", "<b>HTX Vải thiều Hồng Giang</b> nhận <b>hàng</b>."},
		{"a step that nobody has words for", Step{Word: "cycle_counting", Who: coop, Place: &Place{Commune: commune}}, "dot", "<b>HTX Vải thiều Hồng Giang</b> ghi bước “cycle counting” với <b>hàng</b> tại xã Lục Ngạn, tỉnh Bắc Ninh."},
		{"hostile", Step{Word: "x<i>", Who: Party{Name: both("<script>", "")}, Place: &Place{Name: both("{who}\"'&", "")}}, "dot", "<b>&lt;script&gt;</b> ghi bước “x&lt;i&gt;” với <b>hàng</b> tại {who}&#34;&#39;&amp;."},
	} {
		got, err := vi.step(tt.step)
		if err != nil || string(got.Sentence) != tt.want || got.Icon != tt.icon {
			t.Errorf("%s: %s %q, %v; want %s %q", tt.name, got.Icon, got.Sentence, err, tt.icon, tt.want)
		}
	}
}

func TestIntervals(t *testing.T) {
	rows := intervals(&Growing{Harvest: "2026-06-03", Inputs: []Input{
		{On: "2026-05-19", Interval: 14}, {On: "2026-05-20", Interval: 14}, {On: "2026-06-03", Interval: 7}, {On: "2026-06-10", Interval: 7}, {On: "tháng 5", Interval: 7}, {On: "2026-05-01"},
	}})
	for i, want := range []struct {
		known, kept bool
		days        int
	}{{true, true, 14}, {true, false, 13}, {true, false, 0}, {false, false, 0}, {false, false, 0}, {false, false, 0}} {
		if r := rows[i]; r.Known != want.known || r.Kept != want.kept || r.Days != want.days || r.Have < 0 || r.Have > 100 || r.Need > 100 {
			t.Errorf("row %d is %+v, want %+v", i, r, want)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for _, tt := range []struct {
		param, cookie, header string
		want                  Lang
	}{
		{"", "", "", Vietnamese},
		{"", "", "vi-VN,vi;q=0.9,en;q=0.8", Vietnamese},
		{"", "", "en-GB,en;q=0.9,vi;q=0.8", English},
		{"", "", "fr-FR", English},
		{"", "", "zh-CN,zh;q=0.9, vi;q=0.1", "zh"},
		{"", "", "zh;q=0.1, vi;q=0.9", Vietnamese},
		{"zh", "en", "vi", "zh"},
		{"", "", "*", Vietnamese},
		{"", "", "en;q=0", Vietnamese},
		{"", "", "en;q=1, vi;q=1", Vietnamese},
		{"", "", "en;q=oops", Vietnamese},
		{"", "en", "vi", English},
		{"vi", "en", "en", Vietnamese},
		{"xx", "yy", "en", English},
		{"", "", ";;;,,q=", English},
	} {
		if got := Negotiate(tt.param, tt.cookie, tt.header); got != tt.want {
			t.Errorf("Negotiate(%q, %q, %q) = %s, want %s", tt.param, tt.cookie, tt.header, got, tt.want)
		}
	}
}

func FuzzNegotiate(f *testing.F) {
	f.Add("en", "vi", "fr;q=0.3, vi")
	f.Fuzz(func(t *testing.T, param, cookie, header string) {
		if l := Negotiate(param, cookie, header); !slices.Contains(Languages, l) {
			t.Errorf("%q", l)
		}
	})
}

func TestCodeProblem(t *testing.T) {
	for typed, want := range map[string]ProblemKind{
		"BNHG-00012-X":           ProblemUnknown,
		"bnhg 0oo12 x":           ProblemUnknown,
		"BNHG-00012-8":           ProblemMistyped,
		"09520001000119":         ProblemUnknown,
		"09520001000118":         ProblemMistyped,
		"9520 0010 0011 8":       ProblemMistyped,
		"095200010000000011":     ProblemMistyped,
		"(01)09520001000118":     ProblemMistyped,
		"/t/BNHG000128":          ProblemMistyped,
		"vải thiều":              ProblemUnreadable,
		"":                       ProblemUnreadable,
		"123":                    ProblemUnreadable,
		"BNHG":                   ProblemUnreadable,
		"https://example.com/ab": ProblemUnknown,
	} {
		if got := CodeProblem(typed); got != want {
			t.Errorf("CodeProblem(%q) = %s, want %s", typed, got, want)
		}
	}
}

func TestProblemOf(t *testing.T) {
	for code, want := range map[ledger.Code]ProblemKind{
		ledger.Invalid: ProblemBad, ledger.Conflict: ProblemConflict, ledger.Unauthenticated: ProblemSignIn, ledger.Forbidden: ProblemForbidden,
		ledger.NotFound: ProblemUnknown, ledger.TooLarge: ProblemTooLarge, ledger.Unavailable: ProblemUnavailable, ledger.Internal: ProblemInternal,
	} {
		if got := ProblemOf(ledger.Errorf(code, "x")); got != want {
			t.Errorf("%s gives %s, want %s", code, got, want)
		}
	}
	if got := ProblemOf(os.ErrNotExist); got != ProblemInternal {
		t.Errorf("another error gives %s", got)
	}
}
