package land

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// square is a square of some millionths of a degree.
func square(lat, lon float64, side int32) Ring {
	p := pointOf(lat, lon)
	return Ring{p, {p.Lat, p.Lon + side}, {p.Lat + side, p.Lon + side}, {p.Lat + side, p.Lon}}
}

// TestAreaOfKnownPolygons against what GeographicLib's own tests have of its Planimeter.
func TestAreaOfKnownPolygons(t *testing.T) {
	for _, c := range []struct {
		name            string
		ring            Ring
		area, perimeter float64
	}{
		{"around where the equator meets Greenwich", Ring{pointOf(0, -1), pointOf(-1, 0), pointOf(0, 1), pointOf(1, 0)}, 24619419146, 627598.2731},
		{"around a pole", Ring{pointOf(89, 0), pointOf(89, 90), pointOf(89, 180), pointOf(89, -90)}, 24952305678, 631819.8745},
	} {
		if got := c.ring.Area(); math.Abs(float64(got)-c.area) > 1 {
			t.Errorf("%s: %d m², want %.0f", c.name, got, c.area)
		}
		if got := c.ring.Perimeter(); math.Abs(got-c.perimeter) > 0.001 {
			t.Errorf("%s: %.4f m around, want %.4f", c.name, got, c.perimeter)
		}
	}
}

// TestAreaOfSmallPlots against the metric of the ellipsoid at its place, which is exact to
// much less than a square metre for a plot.
func TestAreaOfSmallPlots(t *testing.T) {
	const a, f = 6378137.0, 1 / 298.257223563
	e2 := f * (2 - f)
	for _, lat := range []float64{8.6, 10.13, 16, 21.37, 23.3} {
		r := square(lat, 106.5, 1000)
		mid := (lat + 0.0005) * math.Pi / 180
		w := 1 - e2*math.Sin(mid)*math.Sin(mid)
		metre := 0.001 * math.Pi / 180
		want := a * (1 - e2) / math.Pow(w, 1.5) * metre * a * math.Cos(mid) / math.Sqrt(w) * metre
		if got := float64(r.Area()); math.Abs(got-want) > 1 {
			t.Errorf("at %v: %v m², want %.2f", lat, got, want)
		}
		slices.Reverse(r)
		if got := float64(r.Area()); math.Abs(got-want) > 1 {
			t.Errorf("at %v, the other way round: %v m², want %.2f", lat, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	long := Ring{}
	for i := range MaxCorners + 1 {
		long = append(long, pointOf(21+0.0001*float64(i), 106+0.0001*float64(i*i%7)))
	}
	for _, c := range []struct {
		name          string
		ring          Ring
		kind          string
		corner, other int
	}{
		{"a square", square(21.37, 106.58, 500), "", 0, 0},
		{"an arrow", Ring{pointOf(21, 106), pointOf(21.002, 106.001), pointOf(21, 106.002), pointOf(21.0008, 106.001)}, "", 0, 0},
		{"a corner on a straight side", Ring{pointOf(21, 106), pointOf(21, 106.001), pointOf(21, 106.002), pointOf(21.002, 106.001)}, "", 0, 0},
		{"nothing", nil, "few", 0, 0},
		{"a line", square(21, 106, 500)[:2], "few", 0, 0},
		{"too many corners", long, "many", 0, 0},
		{"in Paris", square(48.85, 2.35, 500), "abroad", 1, 0},
		{"one corner in the gulf", Ring{pointOf(10, 105), pointOf(10, 105.001), pointOf(10.001, 100)}, "abroad", 3, 0},
		{"a bow tie", Ring{pointOf(21, 106), pointOf(21.001, 106.001), pointOf(21.001, 106), pointOf(21, 106.001)}, "crossed", 1, 3},
		{"back on itself", Ring{pointOf(21, 106), pointOf(21, 106.002), pointOf(21, 106.001), pointOf(21.001, 106.001)}, "crossed", 1, 2},
		{"through a corner", Ring{pointOf(21, 106), pointOf(21.002, 106), pointOf(21.002, 106.002), pointOf(21.001, 106), pointOf(21, 106.002)}, "crossed", 1, 3},
		{"a stamp", square(21, 106, 10), "small", 0, 0},
		{"a district", square(21, 106, 100_000), "large", 0, 0},
	} {
		err := c.ring.Check()
		var f *Fault
		if c.kind == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if !errors.As(err, &f) || ledger.CodeOf(err) != ledger.Invalid || f.Kind != c.kind || f.Corner != c.corner || f.Other != c.other {
			t.Errorf("%s: %v (%+v), want %s of %d and %d", c.name, err, f, c.kind, c.corner, c.other)
		}
	}
}

func TestOverlaps(t *testing.T) {
	a := square(21, 106, 1000)
	for _, c := range []struct {
		name  string
		other Ring
		want  bool
	}{
		{"itself", a, true},
		{"apart", square(21.01, 106, 1000), false},
		{"neighbours with a common side", square(21, 106.001, 1000), false},
		{"neighbours with half a side", square(21.0005, 106.001, 1000), false},
		{"neighbours with a common corner", square(21.001, 106.001, 1000), false},
		{"over a corner", square(21.0005, 106.0005, 1000), true},
		{"within", square(21.0002, 106.0002, 100), true},
		{"around", square(20.999, 105.999, 3000), true},
		{"a cross", Ring{pointOf(20.999, 106.0004), pointOf(20.999, 106.0006), pointOf(21.002, 106.0006), pointOf(21.002, 106.0004)}, true},
		{"within, sharing sides", Ring{a[0], a[1], a[2]}, true},
	} {
		if corner, got := a.Overlaps(c.other); got != c.want || got && (corner < 1 || corner > 4) {
			t.Errorf("%s: %v at %d", c.name, got, corner)
		}
		if _, got := c.other.Overlaps(a); got != c.want {
			t.Errorf("%s, the other way round: %v", c.name, got)
		}
	}
}

func TestParseCorners(t *testing.T) {
	want := Ring{pointOf(21.374512, 106.581204), pointOf(21.375, 106.582), pointOf(21.3745, 106.583)}
	for name, text := range map[string]string{
		"as written":             FormatCorners(want),
		"with commas and spaces": "21,374512  106,581204\r\n\r\n21,375 106,582\n 21,3745 106,583 ",
		"the other order":        "106.581204, 21.374512\n106.582, 21.375\n106.583, 21.3745",
		"in one line":            "21.374512,106.581204; 21.375,106.582; 21.3745,106.583; 21.374512,106.581204",
		"with minutes":           "21°22'28.2432\"N 106°34'52.3344\"E\n21°22′30″N, 106°34′55.2″E\nB 21.3745° Đ 106.583°",
		"commas both ways":       "21,374512, 106,581204\n21,375, 106,582\n21,3745, 106,583",
		"GeoJSON":                `{"type":"Polygon","coordinates":[[[106.581204,21.374512],[106.582,21.375],[106.583,21.3745],[106.581204,21.374512]]]}`,
	} {
		if got, err := ParseCorners(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for text, corner := range map[string]int{
		"21.374512":                         1,
		"21.37, 106.58\nđầu bờ ao":          2,
		"21 106 12":                         1,
		"21.37, 106.58\n21.38, 106.59, 120": 2,
		"21°61'0\"N 106°0'0\"E":             1,
		"200, 300":                          1,
	} {
		_, err := ParseCorners(text)
		var f *Fault
		if !errors.As(err, &f) || f.Kind != "unread" || f.Corner != corner {
			t.Errorf("%q: %v", text, err)
		}
	}
	if r, err := ParseCorners(" \n "); err != nil || len(r) != 0 {
		t.Errorf("nothing: %v, %v", r, err)
	}
}

func TestGeoJSON(t *testing.T) {
	drawn := Ring{pointOf(21, 106), pointOf(21.001, 106), pointOf(21.001, 106.001)} // clockwise
	doc, err := GeoJSON([]Feature{{Outline: drawn, Name: "Vườn nhà", Properties: map[string]any{"Area": 0.5}}, {Name: "Cả vườn"}})
	if err != nil {
		t.Fatal(err)
	}
	if s := string(doc); !strings.Contains(s, "[[[106.000000,21.000000],[106.001000,21.001000],[106.000000,21.001000],[106.000000,21.000000]]]") || !strings.Contains(s, `"geometry":null`) {
		t.Errorf("written: %s", s)
	}
	back, err := ParseGeoJSON(doc)
	if err != nil || len(back) != 1 || back[0].Name != "Vườn nhà" || back[0].Outline.Area() != drawn.Area() || len(back[0].Outline) != 3 {
		t.Errorf("read back: %+v, %v", back, err)
	}
	two, err := ParseGeoJSON([]byte("\ufeff" + `{"type":"Feature","properties":{"ten":"Hai thửa"},"geometry":{"type":"MultiPolygon","coordinates":[[[[106,21,5],[106.001,21,5],[106.001,21.001,5],[106,21,5]]],[[[107,21],[107.001,21],[107.001,21.001],[107,21]]]]}}`))
	if err != nil || len(two) != 2 || two[1].Name != "Hai thửa" {
		t.Errorf("a plot of two parts: %+v, %v", two, err)
	}
	for _, bad := range []string{
		`{}`, `[]`, `nothing`, `{"type":"Point","coordinates":[106,21]}`, `{"type":"Polygon","coordinates":[[[21,106],[22,106],[22,107],[21,106]]]}`,
		`{"type":"Polygon","coordinates":[[[106,21],[107,21],[107,22],[106,21]],[[106.1,21.1],[106.2,21.1],[106.2,21.2],[106.1,21.1]]]}`,
		`{"type":"Polygon","coordinates":"all"}`, `{"type":"Polygon","coordinates":[[[106]]]}`,
	} {
		if _, err := ParseGeoJSON([]byte(bad)); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzParseCorners(f *testing.F) {
	f.Add("21,374512  106,581204\n21°22′30″N, 106°34′55.2″E")
	f.Add(`{"type":"Polygon","coordinates":[[[106.5,21.3],[106.6,21.3],[106.6,21.4]]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseCorners(text)
		if err != nil {
			return
		}
		again, err := ParseCorners(FormatCorners(r))
		if err != nil || !slices.Equal(again, r) {
			t.Errorf("%q gives %v, and that %v, %v", text, r, again, err)
		}
	})
}

func TestRegions(t *testing.T) {
	for province, want := range map[string]Region{
		"tỉnh Bắc Ninh": North, "Thành phố Hà Nội": North, "tỉnh Vĩnh Long": South, "TP. Hồ Chí Minh": South, "Đắk Lắk": Central, "tỉnh Thanh Hóa": Central, "": "",
	} {
		if got := RegionOf(province); got != want {
			t.Errorf("%s: %q", province, got)
		}
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		number, unit string
		m2           int64 // 0 where it is refused
	}{
		{"2.5", "sao_north", 900}, {"3", "sao_central", 1500}, {"1.25", "cong", 1250}, {"0.62", "ha", 6200}, {"480.4", "m2", 480}, {"1000", "ha", 10_000_000},
		{"1000.1", "ha", 0}, {"3", "m2", 0}, {"1", "mẫu", 0}, {"-1", "ha", 0},
	} {
		q, err := trace.ParseQuantity(c.number, "")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := SquareMetres(q, c.unit); got != c.m2 || (err != nil) != (c.m2 == 0) {
			t.Errorf("%s %s: %d, %v", c.number, c.unit, got, err)
		}
	}
	if Hectares(6200) != "0.62" || Hectares(1) != "0.0001" || FromHectares("0.62") != 6200 || FromHectares("nothing") != 0 {
		t.Error("hectares")
	}
	for region, want := range map[Region]string{North: "17.2", Central: "12.4", South: "6.2", "": ""} {
		if got := region.Customary(6200); got != want {
			t.Errorf("6,200 m² in %q are %s", region, got)
		}
	}
}
