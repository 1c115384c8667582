package trace

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	wrong := Fact{Step: StepPacking, Error: &ErrorDeclaration{}}
	long := Fact{Step: strings.Repeat("x", 1000)}
	for _, c := range []struct {
		facts []Fact
		want  string
	}{
		{nil, "Ghi sổ 0 sự kiện (record 0 events): "},
		{[]Fact{{Step: StepPacking}}, "Ghi sổ 1 sự kiện (record 1 events): 1 packing"},
		{[]Fact{{Step: StepShipping}, wrong, {Type: ObjectEvent}, {Step: StepShipping}}, "Ghi sổ 4 sự kiện (record 4 events): 1 ObjectEvent, 1 error declaration, 2 shipping"},
		{[]Fact{long, {Step: StepPacking}}, "Ghi sổ 2 sự kiện (record 2 events)"},
	} {
		if got := Summary(c.facts); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
