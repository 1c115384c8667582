package gs1

import (
	"fmt"
	"strconv"
	"strings"
)

// aiTable holds every application identifier of GenSpecs section 3.
//
// ais: codes; "410-417" is a range, "310-316:0-5" each of the range followed by
// each of the digits. format: the components in the notation of the General
// Specifications; N digits, X CSET 82, Y CSET 39, Z CSET 64; "N6" exactly six,
// "X..20" one to twenty, [] optional; then the rules that hold for it. flags: f
// for a predefined length (needs no separator in a barcode), d for an AI that
// may be a data attribute in a Digital Link.
var aiTable = compile([]struct{ ais, format, flags string }{
	// Primary keys.
	{"00", "N18,check", "fd"},
	{"01-02", "N14,check", "fd"},
	{"03", "N14,check", "f"},
	{"253", "N13,check [X..17]", "d"},
	{"255", "N13,check [N..12]", "d"},
	{"401 7023 8004", "X..30,gcp", "d"},
	{"402", "N17,check", "d"},
	{"410-417", "N13,check", "fd"},
	{"8003", "N1,zero N13,check [X..16]", "d"},
	{"8006 8026", "N14,check N4,piece", "d"},
	{"8010", "Y..30,gcp", "d"},
	{"8013", "X..25,pair,gcp", "d"},
	{"8014", "X..25,pair,gcp,letter", ""},
	{"8017-8018", "N18,check", "d"},

	// Qualifiers of keys.
	{"21-22 254", "X..20", ""},
	{"235", "X..28", ""},
	{"7040", "N1 X1 X1 X1,importer", ""},
	{"8011", "N..12,nolead0", ""},
	{"8019", "N..10", ""},
	{"8020", "X..25", ""},

	// Dates and times.
	{"11-13 15-17", "N6,date0", "fd"},
	{"4324-4325", "N6,date0 N4,hhmm", "d"},
	{"4326 7006", "N6,date", "d"},
	{"7003", "N6,date N4,hhmm", "d"},
	{"7007", "N6,date [N6,date]", "d"},
	{"7011", "N6,date [N4,hhmm]", "d"},
	{"7250", "N8,fulldate", "d"},
	{"7251", "N8,fulldate N4,hhmm", "d"},
	{"8008", "N6,date N2,hour [N2,sixty] [N2,sixty]", "d"},

	// Measures, counts and amounts; a fourth digit is the decimals.
	{"310-316:0-5 320-337:0-5 340-357:0-5 360-369:0-5", "N6", "fd"},
	{"20", "N2", "fd"},
	{"30 37", "N..8", "d"},
	{"390:0-9 392:0-9", "N..15", "d"},
	{"391:0-9 393:0-9", "N3 N..15", "d"},
	{"394:0-3 8111", "N4", "d"},
	{"395:0-5 8005", "N6", "d"},
	{"4330-4333", "N6 [X1,minus]", "d"},
	{"7004", "N..4", "d"},
	{"8001", "N4,nonzero N5,nonzero N3,nonzero N1,winding N1", "d"},

	// Countries and places.
	{"421", "N3 X..9", "d"},
	{"422 424 426", "N3", "d"},
	{"423 425", "N3 [N3] [N3] [N3] [N3]", "d"},
	{"4307 4317", "X2", "d"},
	{"4309", "N10,latitude N10,longitude", "d"},
	{"7030-7039", "N3 X..27", "d"},
	{"7230-7239", "X2 X..28", "d"},

	// Other numbers.
	{"242", "N..6", "d"},
	{"4321-4323", "N1,yesno", "d"},
	{"7001", "N13", "d"},
	{"7241", "N2,media", "d"},
	{"7252", "N1,sex", "d"},
	{"8040-8041", "N15", ""},
	{"8042", "N32", ""},
	{"8043", "N18 [N..2]", ""},

	// Text.
	{"10 243 420 4318 710-717 7020-7022 7240 8002 8012", "X..20", "d"},
	{"240-241 250-251 400 403 4308 4319 7002 90", "X..30", "d"},
	{"427 7008", "X..3", "d"},
	{"4300-4301 4310-4311 4320", "X..35,percent", "d"},
	{"4302-4306 4312-4316 7257", "X..70,percent", "d"},
	{"7005", "X..12", "d"},
	{"7009 7255", "X..10", "d"},
	{"7010", "X..2", "d"},
	{"7041", "X..4", ""},
	{"7242", "X..25", "d"},
	{"7253-7254 7259", "X..40,percent", "d"},
	{"7256", "X..90,percent", "d"},
	{"7258", "X3,sequence", "d"},
	{"8007", "X..34", "d"},
	{"8009", "X..50", "d"},
	{"8030", "Z..90", "d"},
	{"8110 8112", "X..70", "d"},
	{"8200", "X..70", ""},
	{"91-99", "X..90", "d"},
})

// aiFormat is what is known of one application identifier.
type aiFormat struct {
	components []component
	fixed      bool // length is predefined
	attribute  bool // may be a data attribute in a Digital Link
}

// component is a part of an AI's value.
type component struct {
	text     string // as written in the table, without its rules
	class    uint8  // characters
	min, max int    // length
	optional bool
	rules    []func(string) string
}

// Validate checks the value of an application identifier: length, characters,
// check digits, dates and the like. Errors are of type [*Error].
func Validate(ai, value string) error {
	format, ok := aiTable[ai]
	if !ok {
		return fail(ai, value, "there is no such application identifier")
	}
	if reason := format.check(value); reason != "" {
		return fail(ai, value, reason)
	}
	return nil
}

// check says what is wrong with the value, or "".
func (f *aiFormat) check(value string) string {
	rest := value
	for i := range f.components {
		c := &f.components[i]
		if rest == "" && c.optional {
			return ""
		}
		n := min(len(rest), c.max)
		if n < c.min {
			return f.wrongLength(value)
		}
		part := rest[:n]
		rest = rest[n:]
		if !in(part, c.class) {
			return wrongCharacters(c.class)
		}
		for _, rule := range c.rules {
			if reason := rule(part); reason != "" {
				return reason
			}
		}
	}
	if rest != "" {
		return f.wrongLength(value)
	}
	return ""
}

func (f *aiFormat) wrongLength(value string) string {
	least, most := 0, 0
	for _, c := range f.components {
		if !c.optional {
			least += c.min
		}
		most += c.max
	}
	switch {
	case len(f.components) == 1 && least == most:
		return fmt.Sprintf("has %d characters, must have %d", len(value), most)
	case len(f.components) == 1:
		return fmt.Sprintf("has %d characters, must have %d to %d", len(value), least, most)
	}
	var parts []string
	for _, c := range f.components {
		parts = append(parts, c.text)
	}
	return fmt.Sprintf("has %d characters, which do not fit %s", len(value), strings.Join(parts, " "))
}

func wrongCharacters(class uint8) string {
	switch class {
	case digit:
		return "must be digits"
	case cset39:
		return "may have digits, capital letters and #-/ only"
	case cset64:
		return "may have digits, letters and -_= only"
	}
	return "may have digits, letters and !\"%&'()*+,-./:;<=>?_ only"
}

// compile panics on a table that it cannot read: that is a mistake in this file.
func compile(rows []struct{ ais, format, flags string }) map[string]*aiFormat {
	table := make(map[string]*aiFormat, 600)
	for _, row := range rows {
		format := &aiFormat{
			fixed:     strings.Contains(row.flags, "f"),
			attribute: strings.Contains(row.flags, "d"),
		}
		for _, text := range strings.Fields(row.format) {
			format.components = append(format.components, compileComponent(text))
		}
		for _, ais := range strings.Fields(row.ais) {
			for _, ai := range expand(ais) {
				if table[ai] != nil {
					panic("gs1: AI " + ai + " is in the table twice")
				}
				table[ai] = format
			}
		}
	}
	return table
}

func compileComponent(text string) component {
	bare := strings.Trim(text, "[]")
	c := component{optional: bare != text}
	shape, names, _ := strings.Cut(bare, ",")
	c.text = shape
	if c.optional {
		c.text = "[" + shape + "]"
	}
	c.class = map[byte]uint8{'N': digit, 'X': cset82, 'Y': cset39, 'Z': cset64}[shape[0]]
	length, variable := strings.CutPrefix(shape[1:], "..")
	c.max = mustInt(length)
	c.min = c.max
	if variable {
		c.min = 1
	}
	for name := range strings.SplitSeq(names, ",") {
		if name == "" {
			continue
		}
		rule := rules[name]
		if rule == nil {
			panic("gs1: no rule " + name)
		}
		c.rules = append(c.rules, rule)
	}
	return c
}

// expand lists the codes that "410-417" or "310-316:0-5" stand for.
func expand(ais string) []string {
	ais, last, has := strings.Cut(ais, ":")
	var codes []string
	for _, code := range interval(ais) {
		if !has {
			codes = append(codes, code)
			continue
		}
		for _, d := range interval(last) {
			codes = append(codes, code+d)
		}
	}
	return codes
}

func interval(s string) []string {
	first, last, has := strings.Cut(s, "-")
	if !has {
		return []string{s}
	}
	var codes []string
	for n := mustInt(first); n <= mustInt(last); n++ {
		codes = append(codes, fmt.Sprintf("%0*d", len(first), n))
	}
	return codes
}

func mustInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}
