package trace

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParseQuantity(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"10", "10"}, {"10.0", "10"}, {"0.5", "0.5"}, {"1e3", "1000"}, {"12.5e-1", "1.25"}, {"-3.140000", "-3.14"}, {"0.000001", "0.000001"},
		{"5.0000000", "5"}, {"9223372036854775807", "9223372036854775807"},
	} {
		q, err := ParseQuantity(c.in, "KGM")
		if err != nil || q.Number() != c.want {
			t.Errorf("ParseQuantity(%s) = %s, %v; want %s", c.in, q.Number(), err, c.want)
		}
	}
	for _, in := range []string{"", "-", "1,5", "0.0000001", "9223372036854775808", "1e99", "NaN", "0x10", "1e"} {
		if q, err := ParseQuantity(in, "KGM"); err == nil {
			t.Errorf("ParseQuantity(%q) = %s, want an error", in, q)
		}
	}
}

func TestConversionsAreExact(t *testing.T) {
	for _, c := range []struct {
		q    Quantity
		unit Unit
		want string
	}{
		{NewQuantity(15, 1, "TNE"), "KGM", "1500 KGM"},
		{NewQuantity(1, 0, "GRM"), "TNE", "0.000001 TNE"},
		{NewQuantity(2, 0, "DZN"), "", "24"},
		{NewQuantity(25, 1, "HAR"), "MTK", "25000 MTK"},
	} {
		got, err := c.q.In(c.unit)
		if err != nil || got.String() != c.want {
			t.Errorf("%s in %s = %s, %v; want %s", c.q, c.unit, got, err, c.want)
		}
	}
	if got, err := NewQuantity(1, 0, "MGM").In("TNE"); err == nil {
		t.Errorf("1 MGM in TNE = %s, want an error: seven digits are not enough", got)
	}
	if got, err := NewQuantity(1, 0, "KGM").In("LTR"); err == nil {
		t.Errorf("1 KGM in LTR = %s, want an error", got)
	}
}

func TestAddAndSubUndoEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewQuantity(rapid.Int64Range(-1e12, 1e12).Draw(t, "a"), uint8(rapid.IntRange(0, MaxScale).Draw(t, "as")), "KGM")
		p := NewQuantity(rapid.Int64Range(-1e12, 1e12).Draw(t, "b"), uint8(rapid.IntRange(0, MaxScale).Draw(t, "bs")), "KGM")
		sum, err := q.Add(p)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := sum.Sub(p); err != nil || back != q {
			t.Fatalf("%s + %s - %s = %s, %v", q, p, p, back, err)
		}
		var again Quantity
		if err := again.UnmarshalText([]byte(q.String())); err != nil || again != q {
			t.Fatalf("%s reads as %s, %v", q, again, err)
		}
	})
}

func TestAddRefusesOverflow(t *testing.T) {
	big := NewQuantity(9e18, 0, "KGM")
	if sum, err := big.Add(big); err == nil {
		t.Errorf("sum = %s, want an error", sum)
	}
	if sum, err := big.Add(NewQuantity(1, 6, "KGM")); err == nil {
		t.Errorf("sum = %s, want an error", sum)
	}
}

func TestQuantityHasANegative(t *testing.T) {
	most := NewQuantity(math.MaxInt64, 0, "")
	least, err := NewQuantity(0, 0, "").Sub(most)
	if err != nil || !least.IsNegative() || least.Neg() != most {
		t.Fatalf("least %s, %v", least, err)
	}
	if q, err := least.Sub(NewQuantity(1, 0, "")); err == nil {
		t.Errorf("%s has no negative", q)
	}
}

func TestDecodeIsCanonical(t *testing.T) {
	const good = `{"target":"urn:x:1","reason":"r","action":"a","contact":"c"}`
	var r Recall
	if err := Decode([]byte(good), &r); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "null", "{", good + " ", good + "{}", " " + good,
		`{"target":"urn:x:1","reason":"r","action":"a","contact":"c","more":1}`,
		`{"TARGET":"urn:x:1","reason":"r","action":"a","contact":"c"}`,
		`{"target":"urn:x:2","target":"urn:x:1","reason":"r","action":"a","contact":"c"}`,
		`{"reason":"r","target":"urn:x:1","action":"a","contact":"c"}`,
		`{"target":"urn:x:1","reason":"r","action":"a"}`,
		`{"target":"urn:x:1","reason":"r","action":"a","contact":"c","lift":false}`,
		`{"target":"urn:x:1","reason":"\u0072","action":"a","contact":"c"}`,
		"{\"target\":\"urn:x:1\",\"reason\":\"\xff\",\"action\":\"a\",\"contact\":\"c\"}",
		`{"target":"","reason":"r","action":"a","contact":"c"}`,
	} {
		var r Recall
		if err := Decode([]byte(bad), &r); err == nil {
			t.Errorf("%s is decoded", bad)
		}
	}
}

func FuzzDecodeFact(f *testing.F) {
	q := NewQuantity(105, 1, "KGM")
	f.Add(Encode(Fact{Event: "urn:x:e", Audience: "public", Objects: []Stock{{ID: MustID("urn:x:1"), Quantity: &q}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var fact Fact
		if Decode(data, &fact) == nil && string(Encode(fact)) != string(data) {
			t.Fatalf("%s is not canonical", data)
		}
	})
}
