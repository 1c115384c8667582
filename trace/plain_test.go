package trace_test

import (
	"testing"

	"github.com/sogoc/sogoc/trace"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"Vải thiều  Lục Ngạn":         "vai thieu luc ngan",
		"ĐƯỜNG thốt nốt đặc":          "duong thot not dac",
		"Va\u0309i":                   "vai", // letter and mark apart
		" VT260603-1\t":               "vt260603-1",
		"Hợp tác xã Ỷ Tý, số 7 (mẫu)": "hop tac xa y ty, so 7 (mau)",
	} {
		if got := trace.Plain(in); got != want {
			t.Errorf("%q is plainly %q, not %q", in, got, want)
		}
	}
}
