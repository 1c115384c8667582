package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// plotPages are samples of the pages of plots, crops, tests and products.
func plotPages() []pageOf {
	hoa := Reader{Path: "/plots", Me: &Me{
		Name: "Nguyễn Thị Hoa", Org: trace.Text{VI: "Hợp tác xã Vải thiều", EN: "Lychee Cooperative"}, Kind: ledger.KindCoop,
		Roles: []ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder},
	}}
	commune := trace.Text{VI: "xã Lục Ngạn, tỉnh Bắc Ninh", EN: "Lục Ngạn commune, Bắc Ninh"}
	area := Area{Hectares: "1.1483", Metres: "11483", Customary: "31.9", Unit: "sao_north"}
	line := PlotLine{Name: trace.Text{VI: "Vườn sau nhà"}, Kind: trace.PlacePlot, Commune: commune, Path: "/plots/one?id=1", Area: area, Assigned: "VN-BNOR-0001", Drawn: true}
	undrawn := PlotLine{Name: trace.Text{VI: "Cả vườn"}, Kind: trace.PlacePlot, Commune: commune, Path: "/plots/one?id=2"}
	old, closed := line, undrawn
	old.Old = "TD-0001; HTX-77"
	closed.Closed = "2026-06-03"
	corner := func(lat, lon string) trace.Position { return trace.Position{Lat: lat, Lon: lon} }
	outline := []trace.Position{corner("21.374512", "106.581204"), corner("21.374512", "106.582204"), corner("21.375512", "106.582204"), corner("21.375512", "106.581204")}
	beside := []trace.Position{corner("21.374512", "106.582204"), corner("21.374512", "106.583204"), corner("21.375012", "106.583204")}
	at := ledger.TimeOf(time.Date(2026, 6, 3, 7, 0, 0, 0, time.UTC))
	test := SoilTest{Event: "urn:uuid:1", Time: at, Zone: "+07:00", Sample: "water", Readings: []SoilReading{{"salinity", "1.2", "g/l"}, {"ph", "6.4", ""}}, By: "Trung tâm Quan trắc", Note: "Nước kênh", File: "/plots/tests/file?event=1"}
	void := test
	void.Void = true
	communes := []Option{{Value: "07234", Text: "xã Lục Ngạn, tỉnh Bắc Ninh", Chosen: true}}
	sketch := Sketch{Centre: [2]float64{21.37, 106.58}, Plots: []SketchPlot{{"Vườn bên", [][2]float64{{21.374, 106.58}, {21.375, 106.58}, {21.375, 106.581}}}}}
	ground := []Choice{{Value: "/t/1", Name: line.Name, Chosen: true}, {Value: "/t/2", Name: trace.Text{VI: "Vườn bên"}}}
	crops := []Choice{{Value: "/t/3", Name: trace.Text{VI: "Vải thiều", EN: "Lychee"}, Chosen: true}}
	crossed := url.Values{"name": {"Vườn sau nhà"}, "commune": {"07234"}, "corners": {"21.3, 106.5"}, "area": {"1.250"}}
	return []pageOf{
		deskPage("plots", site.Plots, hoa, &Plots{MayChange: true, List: []PlotLine{line, undrawn}, Map: &Land{Shapes: []Shape{{Name: line.Name, Path: line.Path, Corners: outline}, {Name: trace.Text{VI: "Vườn bên"}, Path: "/plots/one?id=3", Corners: beside}}}}),
		deskPage("manyplots", site.Plots, hoa, &Plots{List: []PlotLine{old, closed}, Find: Finder{Action: "/plots", Query: "vuon", All: "/plots", Long: true, Total: 1204, From: 51, To: 100, Before: "/plots?token=a", Next: "/plots?token=b", Keep: []Kept{{"for", "1"}}, Filters: []Filter{{Name: "used", Path: "/plots?show=used", Count: 1204, Chosen: true}, {Name: "closed", Path: "/plots?show=closed", Count: 3}}}}),
		deskPage("nosuchplot", site.Plots, hoa, &Plots{Find: Finder{Action: "/plots", Query: "ao cá", All: "/plots", Long: true}}),
		deskPage("noplots", site.Plots, hoa, &Plots{MayChange: true, First: true, Whole: &PlotForm{ID: "/t/1", Commune: "07234"}}),
		deskPage("theirplots", site.Plots, hoa, &Plots{First: true, For: trace.Text{VI: "Trần Văn An"}}),
		deskPage("plot", site.Plot, hoa, &Plot{PlotLine: old, Code: "X001-PH4AD-T", ID: "/t/1", Perimeter: "429", Corners: outline, Map: &Land{Shapes: []Shape{{Name: line.Name, Corners: outline, Chosen: true}}}, Edit: "/plots/edit?id=1", Plant: "/crops/new?plot=1", Test: "/plots/tests/new?plot=1", Crops: []Crop{{ID: batch, Name: trace.Text{VI: "Cây vải"}, Path: "/record?crop=1"}}, Tests: []SoilTest{test, void}}),
		deskPage("closedplot", site.Plot, hoa, &Plot{PlotLine: closed, Code: "X001-PH4AD-T", ID: "/t/1", Edit: "/plots/edit?id=1", Plant: "/crops/new?plot=1", For: trace.Text{VI: "Trần Văn An"}}),
		deskPage("plotform", site.PlotForm, hoa, &PlotForm{New: true, Action: "/plots/new", Back: "/plots", ID: "/t/1", Kind: trace.PlacePlot, Commune: "07234", Communes: communes, Unit: "sao_north", Sketch: sketch}),
		deskPage("plotfault", site.PlotForm, hoa, &PlotForm{Form: Form{Values: crossed, Wrong: map[string]string{"corners": "invalid"}}, Action: "/plots/edit", Back: "/plots", ID: "/t/1", Fault: &PlotFault{"crossed", 1, 3}, Unit: "cong", Area: "2,5"}),
		deskPage("plotwarned", site.PlotForm, hoa, &PlotForm{Form: Form{Values: crossed, Wrong: map[string]string{}}, Action: "/plots/edit", Back: "/plots", ID: "/t/1", Warnings: []PlotWarning{{"overlap", 2, trace.Text{VI: "Vườn bên"}}, {"commune", 0, commune}}, Unit: "ha"}),
		deskPage("plotimport", site.PlotImport, hoa, &PlotImport{Form: Form{Wrong: map[string]string{"geojson": "invalid"}}, Communes: communes, Faults: []ImportFault{{2, "Vườn", PlotFault{"abroad", 3, 0}}, {3, "", PlotFault{"few", 0, 0}}, {4, "", PlotFault{"many", 0, 0}}, {5, "", PlotFault{"small", 0, 0}}, {6, "", PlotFault{"large", 0, 0}}, {7, "", PlotFault{"unread", 1, 0}}}}),
		deskPage("plotimportover", site.PlotImport, hoa, &PlotImport{Form: Form{Values: url.Values{"commune": {"07234"}}}, Communes: communes, Drawn: "{}", Warnings: []ImportWarning{{2, "Vườn", PlotWarning{"overlap", 1, trace.Text{VI: "Vườn bên"}}}, {3, "", PlotWarning{"commune", 0, commune}}}}),
		deskPage("plotimportany", site.PlotImport, hoa, &PlotImport{}),
		deskPage("products", site.Products, hoa, &Products{MayChange: true, Find: Finder{Action: "/products", Long: true, Total: 3, From: 1, To: 3, Filters: []Filter{{Name: "all", Path: "/products", Count: 3, Chosen: true}, {Name: "goods", Path: "/products?show=goods", Count: 2}, {Name: "crops", Path: "/products?show=crops", Count: 1}}}, List: []ProductLine{{Name: trace.Text{VI: "Vải thiều loại 1"}, Code: "X001-S0001-9", Path: "/products/edit?id=1", Unit: "KGM", ShelfLife: 7}, {Name: trace.Text{VI: "Cây vải"}, Code: "X001-S0002-9", Passport: "/t/2", Unit: "MTK", Crop: true}, {Code: "X001-S0003-9", Passport: "/t/3", One: trace.Text{VI: "thùng"}, Photo: true}}}),
		deskPage("noproducts", site.Products, hoa, &Products{}),
		deskPage("productform", site.ProductForm, hoa, &ProductForm{New: true, Action: "/products/new", ID: "/t/1", Prefixes: []string{"9520001"}, Unit: "KGM", Units: []string{"KGM", "TNE", "LTR", "", "MTK"}, Tolerance: "2", Cap: "10"}),
		deskPage("productwrong", site.ProductForm, hoa, &ProductForm{Form: Form{Values: url.Values{"tolerance": {"x"}}, Wrong: map[string]string{"photo": "invalid"}}, Action: "/products/edit", ID: "/t/1", Code: "X001-S0001-9", Unit: "KGM", Tolerance: "2", Cap: "10", About: "Hái trong ngày", Photo: true}),
		deskPage("measured", site.BatchForm, hoa, &BatchForm{Deed: "split", Action: "/batches/act/split", ID: "1", Event: "urn:uuid:1", At: "2026-06-03T07:00", Audience: "parties", Quantity: "480,5", Counted: true, Unit: Amount{}, Rows: []int{1, 2}, Product: "p1", Measures: []Choice{{Name: trace.Text{VI: "Như thường lệ", EN: "As usual"}}, {Value: "sọt", Name: trace.Text{VI: "sọt (20 kg)"}}}}),
		deskPage("inseason", site.Record, hoa, &Record{Plant: "/crops/new", Chosen: "/t/1/10/V1", Ending: "urn:uuid:1", Member: "1", Crops: []Crop{{ID: batch, Name: crops[0].Name, Where: line.Name, Path: "/record?crop=1", Chosen: true}}, Tasks: []Task{{"spraying", "/record/new/spraying"}}}),
		deskPage("norecord", site.Record, hoa, &Record{Plant: "/crops/new"}),
		deskPage("cropform", site.CropForm, hoa, &CropForm{Event: "urn:uuid:1", Plots: ground, Products: crops, MayName: true, ProductID: "/t/1", Counted: true, Variety: "U hồng", Year: "1998", Unit: "sao_north", Planted: "2026-06-03", Audience: "parties"}),
		deskPage("cropofmany", site.CropForm, hoa, &CropForm{Event: "urn:uuid:1", Plots: ground, PlotOffer: Offer{Name: "plot_find", Long: true, Total: 10_000, Shown: 30}, Products: crops, ProductOffer: Offer{Name: "product_find", Query: "vai", Long: true, Total: 40, Shown: 30}, Counted: true, Unit: "sao_north", Planted: "2026-06-03", Audience: "parties"}),
		deskPage("harvestofmany", site.BatchForm, hoa, &BatchForm{Deed: "harvest", Action: "/batches/new", Event: "urn:uuid:1", At: "2026-06-03T07:00", Audience: "parties", Rows: []int{1}, Crops: crops, CropOffer: Offer{Name: "crops_find", Long: true, More: true, Shown: 50}, Products: crops, ProductOffer: Offer{Name: "product_find", Query: "ao", Long: true, Missing: true, Total: 40, Shown: 30}, Places: ground, PlaceOffer: Offer{Name: "place_find", Query: "ao", Long: true, Total: 2, Shown: 2}}),
		deskPage("cropwhole", site.CropForm, hoa, &CropForm{Form: Form{Values: url.Values{"area": {"nhiều"}}, Wrong: map[string]string{"area": "invalid"}}, Event: "urn:uuid:1", Plots: ground[:1], Whole: true, WholeID: "/t/2", MayName: true, ProductID: "/t/1", Unit: "cong", Planted: "2026-06-03", Audience: "parties"}),
		deskPage("nocrop", site.CropForm, hoa, &CropForm{Plots: ground, For: trace.Text{VI: "Trần Văn An"}}),
		deskPage("noground", site.CropForm, hoa, &CropForm{MayName: true}),
		deskPage("soilform", site.SoilForm, hoa, &SoilForm{Form: Form{Values: url.Values{"lead": {"x"}}, Wrong: map[string]string{"report": "invalid"}}, Event: "urn:uuid:1", Plot: "/t/1", Name: line.Name, Back: line.Path, Sample: "soil", Usual: []SoilField{{"ph", ""}, {"salinity", "g/l"}, {"conductivity", "mS/cm"}}, Rest: []SoilField{{"organic", "%"}, {"nitrogen", "mg/kg"}, {"phosphorus", "mg/kg"}, {"potassium", "mg/kg"}, {"lead", "mg/kg"}, {"cadmium", "mg/kg"}, {"arsenic", "mg/kg"}}, Taken: "2026-06-03", Audience: "own", For: trace.Text{VI: "Trần Văn An"}, Member: "1"}),
	}
}

// TestLandMap: the map shows what it is given at one scale, and nothing where nothing can
// be read.
func TestLandMap(t *testing.T) {
	square := func(lat, lon string) []trace.Position {
		return []trace.Position{{Lat: lat, Lon: lon}, {Lat: lat + "1", Lon: lon}, {Lat: lat + "1", Lon: lon + "1"}}
	}
	pic := vi.drawLand(&Land{Shapes: []Shape{{Corners: square("21.374", "106.581"), Chosen: true}, {Corners: square("21.376", "106.583")}}})
	if pic == nil || len(pic.Shapes) != 2 || len(pic.Shapes[0].Dots) != 3 || len(pic.Shapes[1].Dots) != 0 || pic.Scale.Label != "100\u00a0m" || pic.Step != "50\u00a0m" || len(pic.Lines) < 6 || !strings.HasPrefix(pic.Shapes[0].Path, "M") {
		t.Errorf("drawn: %+v", pic)
	}
	for _, s := range pic.Shapes {
		if s.X < 0 || s.X > landWidth || s.Y < 0 || s.Y > landHeight {
			t.Errorf("off the map: %+v", s)
		}
	}
	for _, l := range []*Land{nil, {}, {Shapes: []Shape{{Corners: []trace.Position{{Lat: "x", Lon: "y"}}}}}} {
		if pic := vi.drawLand(l); pic != nil {
			t.Errorf("a map of nothing: %+v", pic)
		}
	}
}
