package demo

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/trace"
)

// site is a place of an organisation.
type site struct {
	org     string
	n       int // its number with the organisation, from 1
	kind    string
	name    trace.Text
	commune string
	at      *trace.Position
	area    string // hectares, for a plot
	shown   bool   // its owner shows the exact spot
}

// Places by number of their organisation.
const (
	siteMain = 1 // the house, shed, shop or first plot
	siteGate = 2 // the exporter's border gate
)

var sites = []site{
	{orgLychee, siteMain, trace.PlaceOffice, text("Văn phòng hợp tác xã (mẫu)", "Co-op office (sample)"), communeLucNgan, at("21.3712", "106.5774"), "", true},
	{orgPacking, siteMain, trace.PlacePackingHouse, text("Nhà đóng gói Chũ (mẫu)", "Chũ Packing House (sample)"), communeLucNgan, at("21.3688", "106.5701"), "", true},
	{orgTransport, siteMain, trace.PlaceWarehouse, text("Bãi xe lạnh (mẫu)", "Cold-truck yard (sample)"), communeBacGiang, at("21.2841", "106.1902"), "", true},
	{orgExporter, siteMain, trace.PlaceWarehouse, text("Kho lạnh xuất khẩu (mẫu)", "Export cold store (sample)"), communeBacGiang, at("21.2897", "106.2033"), "", true},
	{orgExporter, siteGate, trace.PlacePort, text("Bãi kiểm tra cửa khẩu (mẫu)", "Border inspection yard (sample)"), communeTanSon, at("21.4810", "106.7702"), "", true},
	{orgShop, siteMain, trace.PlaceShop, text("Cửa hàng Nông sản Kinh Bắc (mẫu)", "Kinh Bắc Farm Shop (sample)"), communeBacNinh, at("21.1861", "106.0703"), "", true},
	{orgProtection, siteMain, trace.PlaceOffice, text("Phòng kiểm nghiệm (mẫu)", "Residue laboratory (sample)"), communeBacGiang, at("21.2730", "106.1944"), "", true},
	{orgCandy, siteMain, trace.PlaceWorkshop, text("Xưởng kẹo dừa (mẫu)", "Coconut candy workshop (sample)"), communeBenTre, at("10.2414", "106.3761"), "", true},
	{orgCoconut, siteMain, trace.PlacePackingHouse, text("Điểm thu mua của hợp tác xã (mẫu)", "Co-op collection point (sample)"), communeMoCay, at("10.1342", "106.3330"), "", true},
	{orgDistributor, siteMain, trace.PlaceWarehouse, text("Kho phân phối (mẫu)", "Distribution warehouse (sample)"), communeBacNinh, at("21.1790", "106.0655"), "", true},
	{orgArtisan, siteMain, trace.PlaceWorkshop, text("Xưởng gáo dừa tại nhà (mẫu)", "Home coconut-shell workshop (sample)"), communeBenTre, at("10.2430", "106.3790"), "", false},
}

// plot is a household's orchard.
type plot struct {
	name    string // its crop's lot
	grower  string
	n       int // the place's number with the household
	commune string
	trees   int
	planted int
	area    string // hectares
	at      *trace.Position
	code    string // planting-area code
	shown   bool
}

// Planting-area codes.
const (
	areaLucNgan = "MAU-VN-BNOR-001"
	areaOthers  = "MAU-VN-BNOR-002"
	areaMoCay   = "MAU-VN-VLOR-001"
)

var lycheePlots = []plot{
	{"V1", household('l', 1), 1, communeLucNgan, 120, 1998, "0.62", at("21.374512", "106.581204"), areaLucNgan, true},
	{"V2", household('l', 1), 2, communeLucNgan, 80, 2005, "0.41", at("21.375833", "106.583110"), areaLucNgan, false},
	{"V3", household('l', 2), 1, communeLucNgan, 150, 1996, "0.78", at("21.379420", "106.574015"), areaLucNgan, false},
	{"V4", household('l', 3), 1, communeLucNgan, 110, 2001, "0.55", at("21.366247", "106.569903"), areaLucNgan, false},
	{"V5", household('l', 4), 1, communeKienLao, 140, 1999, "0.70", at("21.438120", "106.514470"), areaOthers, false},
	{"V6", household('l', 5), 1, communeBienDong, 95, 2003, "0.47", at("21.340911", "106.744208"), areaOthers, false},
	{"V7", household('l', 5), 2, communeBienDong, 90, 2006, "0.45", at("21.341870", "106.746002"), areaOthers, false},
	{"V8", household('l', 6), 1, communeNamDuong, 130, 2000, "0.66", at("21.312405", "106.562310"), areaOthers, false},
}

var coconutPlots = []plot{
	{"D1", household('d', 1), 1, communeMoCay, 160, 2004, "0.90", at("10.135102", "106.331240"), areaMoCay, false},
	{"D2", household('d', 2), 1, communeMoCay, 120, 2008, "0.70", at("10.137904", "106.335018"), areaMoCay, false},
	{"D3", household('d', 3), 1, communeMoCay, 140, 2002, "0.80", at("10.131377", "106.337741"), areaMoCay, false},
}

// describePlaces has every organisation describe its places. A plot's profile is
// sealed unless its household shows it.
func (p *province) describePlaces(ctx context.Context) error {
	list := slices.Clone(sites)
	for _, plots := range [][]plot{lycheePlots, coconutPlots} {
		for _, t := range plots {
			list = append(list, site{t.grower, t.n, trace.PlacePlot, text("Vườn mẫu "+t.name, "Sample orchard "+t.name), t.commune, t.at, t.area, t.shown})
		}
	}
	return p.byOwner(ctx, trace.ActionPlace, len(list), func(i int) (string, any, error) {
		s := list[i]
		o := p.orgs[s.org]
		private := s.kind == trace.PlacePlot || o.kind.Natural()
		profile, err := p.describe(ctx, trace.Profile{Name: s.name, Commune: s.commune, Point: s.at, Area: s.area}, private && !s.shown)
		return s.org, trace.Place{ID: o.site(s.n), Kind: s.kind, Commune: s.commune, Profile: profile, Shown: s.shown}, err
	})
}

// byOwner gathers items by the organisation that submits them, in the order in
// which organisations first come.
func (p *province) byOwner(ctx context.Context, action string, n int, item func(i int) (org string, it any, err error)) error {
	var order []string
	items := map[string][]any{}
	for i := range n {
		org, it, err := item(i)
		if err != nil {
			return err
		}
		if items[org] == nil {
			order = append(order, org)
		}
		items[org] = append(items[org], it)
	}
	for i, org := range order {
		if err := p.direct(ctx, p.orgs[org].who, action, items[org]...); err != nil {
			return err
		}
		p.progress(action, i, len(order))
	}
	return nil
}
