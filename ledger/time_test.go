package ledger

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestTimeText compares with the layout that the package time writes and reads slowly.
func TestTimeText(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	const signs = "0123456789-:.,TZ+ "
	for i := range 20_000 {
		at := Time(chance.Int64N(1 << 43))
		switch i % 4 {
		case 0:
			at = -at
		case 1:
			at = at / 1000 * 1000
		case 2:
			at *= 1 << 6 // years of five digits
		}
		want := at.Time().Format(timeLayout)
		if at.String() != want {
			t.Fatalf("%d is %q, want %q", at, at, want)
		}
		text := []byte(want)
		for range chance.IntN(3) {
			text[chance.IntN(len(text))] = signs[chance.IntN(len(signs))]
		}
		var got Time
		err := got.UnmarshalText(text)
		is, wantErr := time.Parse(timeLayout, string(text))
		if (err == nil) != (wantErr == nil) || err == nil && got != TimeOf(is) {
			t.Fatalf("%q is read as %s, %v; want %v, %v", text, got, err, is, wantErr)
		}
	}
}

func FuzzTimeText(f *testing.F) {
	for _, s := range []string{"2026-06-03T07:30:00.000Z", "2026-06-03T7:30:00.0000Z", "2026-06-03T07:30:00,000Z", "2026-06-03T07:30:60.000Z", "2026-02-30T07:30:00.000Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got Time
		err := got.UnmarshalText([]byte(s))
		want, wantErr := time.Parse(timeLayout, s)
		if (err == nil) != (wantErr == nil) || err == nil && got != TimeOf(want) {
			t.Errorf("%q is read as %s, %v; want %v, %v", s, got, err, want, wantErr)
		}
	})
}
