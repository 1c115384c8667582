package gs1

import (
	"slices"
	"strings"
	"testing"
)

func TestPrefix(t *testing.T) {
	for _, thing := range things {
		key := mustParse(t, "https://x"+thing.path)
		candidates := key.PrefixCandidates()
		company := "9521234"
		switch {
		case thing.prefix == 0:
			company = ""
		case strings.Contains(thing.path, "614141"):
			company = "0614141"
		case key.Kind() == GMN:
			company = "1987654"
		}
		if company == "" {
			if len(candidates) != 0 || key.HasPrefix("0000") {
				t.Errorf("%s has no prefix but %v", key, candidates)
			}
			continue
		}
		if !slices.Contains(candidates, company) || !key.HasPrefix(company) {
			t.Errorf("%s: %v lacks %s", key, candidates, company)
		}
		for i, c := range candidates {
			if !key.HasPrefix(c) || len(c) != len(candidates[0])-i {
				t.Errorf("%s: candidate %d is %s of %v", key, i, c, candidates)
			}
		}
		if last := candidates[len(candidates)-1]; len(last) != 4 || len(candidates[0]) > 12 {
			t.Errorf("%s: %v", key, candidates)
		}
	}
	sscc := mustParse(t, "urn:epc:id:sscc:9521234.3000000001")
	for _, prefix := range []string{"", "952", "3952", "9521235", "9521234000000"} {
		if sscc.HasPrefix(prefix) {
			t.Errorf("%s has not the prefix %q", sscc, prefix)
		}
	}
	if giai := mustParse(t, "https://x/8004/95212A"); len(giai.PrefixCandidates()) != 2 {
		t.Error(giai.PrefixCandidates())
	}
	if got := (Key{}).PrefixCandidates(); len(got) != 0 {
		t.Error(got)
	}
}

func TestURNPrefixLength(t *testing.T) {
	gtin := mustParse(t, "(01)09521234543213(21)7")
	for n, want := range map[int]string{
		5: "", 6: "urn:epc:id:sgtin:952123.0454321.7", 12: "urn:epc:id:sgtin:952123454321.0.7", 13: "",
	} {
		if urn, err := gtin.URN(n); urn != want || (err == nil) != (want != "") {
			t.Errorf("URN(%d) = %q, %v", n, urn, err)
		}
	}
	for _, s := range []string{"https://x/8004/9521234", "https://x/01/09521234543213/10/L/21/7", "https://x/01/09521234543213/22/A"} {
		if urn, err := mustParse(t, s).URN(7); err == nil {
			t.Errorf("%s has the URN %s", s, urn)
		}
	}
	if urn, err := (Key{}).URN(7); err == nil {
		t.Error(urn)
	}
}
