package trace

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

func TestSerialRuns(t *testing.T) {
	for _, c := range []struct {
		run  SerialRun
		want []string
	}{
		{SerialRun{Count: 3, First: 1}, []string{"1", "2", "3"}},
		{SerialRun{Count: 3, First: 98, Width: 4}, []string{"0098", "0099", "0100"}},
		{SerialRun{Count: 2, First: 9, Width: 1}, []string{"9", "10"}},
		{SerialRun{Count: 1, Width: 20}, []string{strings.Repeat("0", 20)}},
	} {
		if err := c.run.Check(); err != nil {
			t.Error(err)
		}
		if got := slices.Collect(c.run.All()); !slices.Equal(got, c.want) {
			t.Errorf("%+v gives %v, want %v", c.run, got, c.want)
		}
	}
}

func TestSecretSerials(t *testing.T) {
	run := SerialRun{Count: MaxSerials, Seed: bytes.Repeat([]byte{7}, 32)}
	all := slices.Collect(run.All())
	if again := slices.Collect(run.All()); !slices.Equal(all, again) {
		t.Error("a run does not give the same serials again")
	}
	other := SerialRun{Count: MaxSerials, Seed: bytes.Repeat([]byte{8}, 32)}
	seen := map[string]bool{}
	for s := range other.All() {
		seen[s] = true
	}
	product := MustID("/t/BNHG00012" + string(codeAlphabet[luhn32("BNHG00012")]))
	for _, s := range all {
		if seen[s] {
			t.Fatalf("%s is given twice", s)
		}
		seen[s] = true
		if len(s) != 10 || s[9] != codeAlphabet[luhn32(s[:9])] {
			t.Fatalf("%s has no right check character", s)
		}
	}
	if id, err := product.WithSerial(all[0]); err != nil || id.Serial() != all[0] {
		t.Errorf("%v, %v", id, err)
	}
}

func TestSerialRunsThatCannotBe(t *testing.T) {
	for field, runs := range map[string][]SerialRun{
		"count": {{}, {Count: -1}, {Count: MaxSerials + 1}},
		"width": {{Count: 1, Width: 21}, {Count: 1, Width: -1}},
		"first": {{Count: 1, First: maxFirst + 1}},
		"seed":  {{Count: 1, Seed: []byte{1}}},
	} {
		for _, r := range runs {
			err := r.Check()
			e, ok := err.(*ledger.Error)
			if !ok || e.Field != field || e.Code != ledger.Invalid {
				t.Errorf("%+v: %v", r, err)
			}
		}
	}
}

func TestSerialRunHas(t *testing.T) {
	numbers := SerialRun{Count: 120, First: 1, Width: 4}
	secret := SerialRun{Count: 50, Seed: bytes.Repeat([]byte{7}, 32)}
	for _, run := range []SerialRun{numbers, secret} {
		for s := range run.All() {
			if !run.Has(s) {
				t.Errorf("%+v does not have %s, which it gives", run, s)
			}
		}
	}
	longer := secret
	longer.Count = 51
	var beyond string
	for beyond = range longer.All() {
	}
	for _, s := range []string{"", "0000", "0121", "1", "00001", "+001", "-001", "1e0", beyond, strings.ToLower(beyond), beyond[:9]} {
		if numbers.Has(s) || secret.Has(s) {
			t.Errorf("%q is taken for one of the run's", s)
		}
	}
}
