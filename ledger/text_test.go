package ledger

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	for s, want := range map[string]string{"Hợp tác xã ĐỒNG Tiến": "hop tac xa dong tien", "Ấp 3": "ap 3", "XYZ": "xyz", "": ""} {
		for _, s := range []string{s, norm.NFD.String(s)} {
			if got := Fold(s); got != want {
				t.Errorf("%q is folded to %q", s, got)
			}
		}
	}
}
