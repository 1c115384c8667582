package batch

import (
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func TestMeasures(t *testing.T) {
	const text = "chục = 12 quả\nbình = 16 lít\n\nsọt=20,5 kg\ngói = 25 g"
	list, err := ParseMeasures(text)
	if err != nil || len(list) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := FormatMeasures(list, ","); got != "chục = 12\nbình = 16 lít\nsọt = 20,5 kg\ngói = 25 g" {
		t.Errorf("written: %s", got)
	}
	if again, err := ParseMeasures(FormatMeasures(list, ",")); err != nil || len(again) != 4 || again[2] != list[2] {
		t.Errorf("read back: %+v, %v", again, err)
	}
	for _, bad := range []string{"chục", "= 12", "chục = mười hai", "chục = 12 thúng", "chục = 12\nCHỤC = 10", "kg = 2 kg", "2 = 3", "chục = 0", "x = 1.250", strings.Repeat("x", 31) + " = 1", many(MaxMeasures + 1)} {
		if _, err := ParseMeasures(bad); err == nil {
			t.Errorf("%.40q is taken", bad)
		}
	}
	for _, c := range []struct {
		text  string
		into  trace.Unit
		want  string
		words string
	}{
		{"2 bình", "LTR", "32 LTR", "2 bình"},
		{"1,5 bình", "KGM", "24 LTR", "1,5 bình"}, // of another dimension: as it was said
		{"5 Chục", "", "60", "5 Chục"},
		{"3 sot", "KGM", "61.5 KGM", "3 sot"},
		{"2 tạ", "KGM", "200 KGM", "2 tạ"},
		{"0,5 tấn", "KGM", "500 KGM", "0,5 tấn"},
		{"4 gói", "KGM", "0.1 KGM", "4 gói"}, // one's own goes before
		{"3 chai", "", "3", "3 chai"},
		{"480,5", "KGM", "480.5 KGM", ""},
		{"500 ml", "LTR", "0.5 LTR", "500 ml"},
	} {
		if q, words, err := ParseCounted(c.text, list, c.into); err != nil || q.String() != c.want || words != c.words {
			t.Errorf("%s: %s %q, %v", c.text, q, words, err)
		}
	}
	for text, code := range map[string]ledger.Code{
		"2 thúng": ledger.NotFound, "bình": ledger.Invalid, "": ledger.Invalid, "1.250 bình": ledger.Conflict, "0,0000001 bình": ledger.Invalid,
	} {
		if _, _, err := ParseCounted(text, list, "KGM"); ledger.CodeOf(err) != code || err == nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("a", i+1) + " = 1\n")
	}
	return b.String()
}
