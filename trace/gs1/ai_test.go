package gs1

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

const referenceData = "../../../shared/data/"

// dictionaryRules maps the dictionary's names of rules to ours; "" is a rule
// that this package leaves out (code lists of other bodies) or that its
// character class already implies.
var dictionaryRules = map[string]string{
	"csum": "check", "csumalpha": "pair", "gcppos1": "gcp", "gcppos2": "",
	"yymmdd": "date", "yymmd0": "date0", "yyyymmdd": "fulldate", "hhmi": "hhmm",
	"hh": "hour", "mi": "sixty", "ss": "sixty", "latitude": "latitude",
	"longitude": "longitude", "pieceoftotal": "piece", "posinseqslash": "sequence",
	"pcenc": "percent", "zero": "zero", "nonzero": "nonzero", "yesno": "yesno",
	"iso5218": "sex", "winding": "winding", "hyphen": "minus", "mediatype": "media",
	"importeridx": "importer", "nozeroprefix": "nolead0", "hasnondigit": "letter",
	"iso3166": "", "iso3166999": "", "iso3166alpha2": "", "iso4217": "", "iban": "",
	"couponcode": "", "couponposoffer": "", "packagetype": "",
}

// TestTableAgainstDictionary compares aiTable and kinds with the GS1 Barcode
// Syntax Dictionary, both ways.
func TestTableAgainstDictionary(t *testing.T) {
	data, err := os.ReadFile(referenceData + "gs1/gs1-syntax-dictionary.txt")
	if err != nil {
		t.Skip("reference data is not here: ", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		codes := interval(fields[0])
		fields = fields[1:]
		flags := ""
		if strings.Trim(fields[0], "*?") == "" {
			flags, fields = fields[0], fields[1:]
		}
		var want []string
		for len(fields) > 0 && strings.ContainsAny(fields[0][:1], "NXYZ[") {
			want = append(want, dictionaryComponent(t, fields[0]))
			fields = fields[1:]
		}
		qualifiers, primary := "", false
		for _, attribute := range fields {
			if q, ok := strings.CutPrefix(attribute, "dlpkey"); ok {
				qualifiers, primary = strings.TrimPrefix(q, "="), true
			}
		}
		for _, ai := range codes {
			seen[ai] = true
			format := aiTable[ai]
			if format == nil {
				t.Errorf("AI %s is missing", ai)
				continue
			}
			var got []string
			for _, c := range format.components {
				got = append(got, ourComponent(c))
			}
			if !slices.Equal(got, want) {
				t.Errorf("AI %s: format %v, dictionary %v", ai, got, want)
			}
			if format.fixed != strings.Contains(flags, "*") || format.attribute != strings.Contains(flags, "?") {
				t.Errorf("AI %s: fixed %v, attribute %v, dictionary %q", ai, format.fixed, format.attribute, flags)
			}
			kind := kindOf(ai)
			if (kind != 0) != primary {
				t.Errorf("AI %s: primary key %v, dictionary %v", ai, kind != 0, primary)
			}
			var sequences []string
			for _, s := range kinds[kind].sequences {
				sequences = append(sequences, strings.Join(s, ","))
			}
			if got := strings.Join(sequences, "|"); got != qualifiers {
				t.Errorf("AI %s: qualifiers %q, dictionary %q", ai, got, qualifiers)
			}
		}
	}
	for ai := range aiTable {
		if !seen[ai] {
			t.Errorf("AI %s is not in the dictionary", ai)
		}
	}
	if len(seen) < 500 {
		t.Errorf("read only %d AIs from the dictionary", len(seen))
	}
}

func dictionaryComponent(t *testing.T, text string) string {
	parts := strings.Split(text, ",")
	var names []string
	for _, name := range parts[1:] {
		ours, ok := dictionaryRules[name]
		if !ok {
			t.Errorf("the dictionary has a new rule %s", name)
		}
		if name == "gcppos1" && strings.HasPrefix(parts[0], "N") {
			ours = "" // digits anyway
		}
		if ours != "" {
			names = append(names, ours)
		}
	}
	return parts[0] + fmt.Sprint(names)
}

func ourComponent(c component) string {
	var names []string
	for _, rule := range c.rules {
		for name, f := range rules {
			if fmt.Sprintf("%p", f) == fmt.Sprintf("%p", rule) {
				names = append(names, name)
			}
		}
	}
	return c.text + fmt.Sprint(names)
}

func TestValidate(t *testing.T) {
	for _, c := range []struct{ ai, value, reason string }{
		{"01", "09521234543213", ""},
		{"01", "09521234543214", "the check digit is 4, must be 3"},
		{"01", "9521234543213", "has 13 characters, must have 14"},
		{"01", "0952123454321X", "must be digits"},
		{"10", "", "has 0 characters, must have 1 to 20"},
		{"10", "VAI-2026/05", ""},
		{"10", "lô 5", "may have digits, letters and !\"%&'()*+,-./:;<=>?_ only"},
		{"17", "260131", ""},
		{"17", "260200", ""},
		{"17", "260230", "is no date YYMMDD"},
		{"17", "261300", "is no date YYMMDD"},
		{"7006", "260200", "is no date YYMMDD"},
		{"3103", "001250", ""},
		{"3106", "001250", "there is no such application identifier"},
		{"7003", "2601312460", "is no time HHMM"},
		{"8008", "26013123", ""},
		{"8008", "260131235959", ""},
		{"8008", "2601312359599", "has 13 characters, which do not fit N6 N2 [N2] [N2]"},
		{"8003", "19521234543213", "has \"1\" where only one of \"0\" may stand"},
		{"8006", "095212345432130302", "piece 03 of 02 is impossible"},
		{"8010", "9521234ab", "may have digits, capital letters and #-/ only"},
		{"8011", "012", "must not start with 0"},
		{"8004", "952A", "must start with a company prefix of at least 4 digits"},
		{"8013", "1987654Ad4X4bL5ttr2310c2K", ""},
		{"8013", "1987654Ad4X4bL5ttr2310c2L", "the check characters are 2L, must be 2K"},
		{"8030", "ab_-=", ""},
		{"8030", "ab/", "may have digits, letters and -_= only"},
		{"4309", "1800000000", "has 10 characters, which do not fit N10 N10"},
		{"4309", "18100000000000000000", "must be a latitude up to 1800000000"},
		{"4330", "000250-", ""},
		{"4330", "000250+", "has \"+\" where only one of \"-\" may stand"},
		{"7241", "11", "is no AIDC media type (01 to 10, 80 to 99)"},
		{"7258", "3/2", "is no position in a sequence such as 1/3"},
		{"4301", "a%2", "has a percent sign without two hexadecimal digits"},
	} {
		err := Validate(c.ai, c.value)
		if c.reason == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		e, ok := err.(*Error)
		if !ok || e.AI != c.ai || e.Value != c.value || e.Reason != c.reason {
			t.Errorf("Validate(%s, %q) = %v; want reason %q", c.ai, c.value, err, c.reason)
		}
	}
}

func TestCheckDigits(t *testing.T) {
	for _, s := range []string{"09521234543213", "9521234543213", "96385074", "036000291452", "040123450000003338", "4012345000115"} {
		if !ValidCheckDigit(s) || CheckDigit(s[:len(s)-1]) != s[len(s)-1] {
			t.Errorf("%s has a valid check digit", s)
		}
		for i := range len(s) { // every single wrong digit is found
			wrong := []byte(s)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if ValidCheckDigit(string(wrong)) {
				t.Errorf("%s has no valid check digit", wrong)
			}
		}
	}
	for _, s := range []string{"", "0", "a0"} {
		if ValidCheckDigit(s) {
			t.Errorf("ValidCheckDigit(%q)", s)
		}
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		s    string
		year int
		want string
	}{
		{"260131", 2026, "2026-01-31"},
		{"260200", 2026, "2026-02-28"},
		{"240200", 2026, "2024-02-29"},
		{"261200", 2026, "2026-12-31"},
		{"770101", 2026, "1977-01-01"}, // 51 ahead: last century
		{"760101", 2026, "2076-01-01"}, // 50 ahead: this one
		{"490101", 1999, "2049-01-01"}, // 50 behind: the next
		{"500101", 1999, "1950-01-01"}, // 49 behind: this one
		{"000229", 2026, "2000-02-29"},
		{"000229", 2099, ""}, // 2100 is no leap year
		{"260132", 2026, ""},
		{"26013", 2026, ""},
		{"26o131", 2026, ""},
	} {
		date, err := Date(c.s, c.year)
		if got := date.Format("2006-01-02"); err == nil && got != c.want || err != nil && c.want != "" {
			t.Errorf("Date(%s, %d) = %s, %v; want %q", c.s, c.year, got, err, c.want)
		}
	}
}
