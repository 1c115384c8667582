package demo

import (
	"context"
	"fmt"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// org is an organisation of the province and the one member that acts for it.
type org struct {
	key     string // by which the scenario names it
	kind    ledger.Kind
	name    trace.Text
	about   trace.Text
	street  trace.Text
	commune string
	phone   string
	prefix  string // GS1 company prefix, or
	issuer  string // of register-issued codes; the lychee and coconut co-ops have both
	urns    bool   // its software writes EPC URNs
	also    []ledger.Role

	id  ledger.ID
	who *account.Identity
}

// party is the identifier by which events name the organisation.
func (o *org) party() trace.ID {
	if o.prefix != "" {
		return key("417", glnOf(o.prefix, 0))
	}
	return code(o.issuer, 0)
}

// site is the identifier of the organisation's place n, from 1.
func (o *org) site(n int) trace.ID {
	if o.prefix != "" {
		return key("414", glnOf(o.prefix, n))
	}
	return code(o.issuer, n)
}

// item and unit are the organisation's trade items and logistic units.
func (o *org) item(n int) trace.ID { return key("01", gtinOf(o.prefix, n)) }
func (o *org) unit(n int) trace.ID { return key("00", ssccOf(o.prefix, n)) }

// Keys of the organisations.
const (
	orgLychee      = "lychee"
	orgPacking     = "packing"
	orgTransport   = "transport"
	orgExporter    = "exporter"
	orgShop        = "shop"
	orgProtection  = "protection"
	orgCertifier   = "certifier"
	orgOCOP        = "ocop"
	orgCandy       = "candy"
	orgCoconut     = "coconut"
	orgDistributor = "distributor"
	orgArtisan     = "artisan"
	orgStatistics  = "statistics"
)

func text(vi, en string) trace.Text { return trace.Text{VI: vi, EN: en} }

var companies = []org{
	{key: orgLychee, kind: ledger.KindCoop, prefix: "9521234", issuer: "HTXN", commune: communeLucNgan, phone: "0204 000 0101",
		name:   text("Hợp tác xã Vải thiều Lục Ngạn (mẫu)", "Lục Ngạn Lychee Co-op (sample)"),
		about:  text("Sáu hộ trồng vải theo VietGAP trên đồi Lục Ngạn, cùng một mã số vùng trồng.", "Six households growing lychee under VietGAP on the hills of Lục Ngạn, under one planting-area code."),
		street: text("Thôn Mẫu", "Mẫu hamlet"), also: []ledger.Role{ledger.RoleRecaller}},
	{key: orgPacking, kind: ledger.KindPackingHouse, prefix: "9522345", commune: communeLucNgan, phone: "0204 000 0102",
		name:   text("Nhà đóng gói Chũ (mẫu)", "Chũ Packing House (sample)"),
		about:  text("Phân loại, làm lạnh sơ bộ và đóng thùng vải tươi trong ngày hái.", "Grades, pre-cools and packs fresh lychee on the day it is picked."),
		street: text("Đường Mẫu 2", "2 Mẫu Road")},
	{key: orgTransport, kind: ledger.KindTransporter, prefix: "9523456", urns: true, commune: communeBacGiang, phone: "0204 000 0103",
		name:   text("Vận tải lạnh Sông Thương (mẫu)", "Sông Thương Cold Transport (sample)"),
		street: text("Đường Mẫu 3", "3 Mẫu Road"), also: []ledger.Role{ledger.RolePublisher}},
	{key: orgExporter, kind: ledger.KindExporter, prefix: "9524567", commune: communeBacGiang, phone: "0204 000 0104",
		name:   text("Công ty Xuất khẩu Trái Vàng (mẫu)", "Trái Vàng Export Company (sample)"),
		street: text("Đường Mẫu 4", "4 Mẫu Road")},
	{key: orgShop, kind: ledger.KindRetailer, prefix: "9525678", commune: communeBacNinh, phone: "0222 000 0105",
		name:   text("Cửa hàng Nông sản Kinh Bắc (mẫu)", "Kinh Bắc Farm Shop (sample)"),
		street: text("Phố Mẫu 5", "5 Mẫu Street")},
	{key: orgProtection, kind: ledger.KindAgency, issuer: "BVTV", commune: communeBacGiang, phone: "0204 000 0106",
		name: text("Chi cục Trồng trọt, Bảo vệ thực vật và Chất lượng (mẫu)", "Plant Protection and Quality Agency (sample)"),
		also: []ledger.Role{ledger.RoleRecaller, ledger.RolePublisher}},
	{key: orgCertifier, kind: ledger.KindCertifier, issuer: "CNMA", commune: communeBacNinh, phone: "0222 000 0107",
		name: text("Trung tâm Chứng nhận Nông nghiệp (mẫu)", "Agricultural Certification Centre (sample)")},
	{key: orgOCOP, kind: ledger.KindAgency, issuer: "0C0P", commune: communeVinhLong, phone: "0270 000 0108",
		name: text("Văn phòng OCOP tỉnh (mẫu)", "Provincial OCOP Office (sample)")},
	{key: orgCandy, kind: ledger.KindProcessor, prefix: "9526789", commune: communeBenTre, phone: "0275 000 0109",
		name:   text("Công ty Kẹo dừa Xứ Dừa (mẫu)", "Xứ Dừa Coconut Candy Company (sample)"),
		about:  text("Nấu kẹo dừa bằng chảo gang, gói tay hai lớp giấy.", "Cooks coconut candy in iron pans and wraps it by hand in two papers."),
		street: text("Đường Mẫu 9", "9 Mẫu Road"), also: []ledger.Role{ledger.RoleRecaller}},
	{key: orgCoconut, kind: ledger.KindCoop, prefix: "9521357", issuer: "HTXD", commune: communeMoCay, phone: "0275 000 0110",
		name:   text("Hợp tác xã Dừa và Bưởi da xanh Mỏ Cày (mẫu)", "Mỏ Cày Coconut and Pomelo Co-op (sample)"),
		about:  text("Ba hộ trồng dừa xen bưởi da xanh bên sông Hàm Luông.", "Three households growing coconut and green-skinned pomelo along the Hàm Luông river."),
		street: text("Ấp Mẫu", "Mẫu hamlet")},
	{key: orgDistributor, kind: ledger.KindDistributor, prefix: "9522468", urns: true, commune: communeBacNinh, phone: "0222 000 0111",
		name:   text("Phân phối Ba Miền (mẫu)", "Ba Miền Distribution (sample)"),
		street: text("Đường Mẫu 11", "11 Mẫu Road")},
	{key: orgArtisan, kind: ledger.KindArtisan, issuer: "NGH1", commune: communeBenTre, phone: "0275 000 0112",
		name: text("Nghệ nhân gáo dừa mẫu", "Sample coconut-shell artisan")},
	{key: orgStatistics, kind: ledger.KindAgency, issuer: "TKMA", commune: communeBacNinh, phone: "0222 000 0113",
		name: text("Tổ Thống kê nông nghiệp (mẫu)", "Agricultural Statistics Unit (sample)"),
		also: []ledger.Role{ledger.RolePublisher}},
}

// household is the key of a grower: l1 to l6 grow lychee, d1 to d3 coconut and
// pomelo.
func household(region byte, n int) string { return fmt.Sprintf("%c%d", region, n) }

// lycheeHouseholds and coconutHouseholds are how many there are.
const (
	lycheeHouseholds  = 6
	coconutHouseholds = 3
)

func households() []org {
	var list []org
	communes := [...]string{communeLucNgan, communeLucNgan, communeLucNgan, communeKienLao, communeBienDong, communeNamDuong}
	for n := 1; n <= lycheeHouseholds; n++ {
		list = append(list, org{key: household('l', n), kind: ledger.KindHousehold, issuer: fmt.Sprintf("HV0%d", n), commune: communes[n-1],
			name: text(fmt.Sprintf("Hộ trồng vải mẫu số %d", n), fmt.Sprintf("Sample lychee household %d", n)), phone: fmt.Sprintf("0204 000 012%d", n)})
	}
	for n := 1; n <= coconutHouseholds; n++ {
		list = append(list, org{key: household('d', n), kind: ledger.KindHousehold, issuer: fmt.Sprintf("HD0%d", n), commune: communeMoCay,
			name: text(fmt.Sprintf("Hộ trồng dừa mẫu số %d", n), fmt.Sprintf("Sample coconut household %d", n)), phone: fmt.Sprintf("0275 000 013%d", n)})
	}
	return list
}

// admitAll makes every organisation's member and key, stores its profile and has
// the operator admit it.
func (p *province) admitAll(ctx context.Context) error {
	var items []any
	list := append(append([]org(nil), companies...), households()...)
	for i := range list {
		o := &list[i]
		o.id = ledger.NewID()
		member := ledger.NewID()
		private, err := account.NewKey()
		if err != nil {
			return err
		}
		if o.who, err = p.Accounts.Keep(o.name.VI, member, o.id, private); err != nil {
			return err
		}
		token, err := p.Accounts.NewToken(o.who.Address)
		if err != nil {
			return err
		}
		profile, err := p.describe(ctx, trace.Profile{
			Name: o.name, Description: o.about, Address: o.address(), Commune: o.commune, Phone: o.phone,
		}, o.kind.Natural())
		if err != nil {
			return err
		}
		party := o.party()
		items = append(items, trace.Admission{
			Org: trace.Organisation{ID: o.id, Kind: o.kind, GLN: &party, Profile: profile},
			Member: ledger.Enrolment{Member: member, Org: o.id, Key: o.who.Address,
				Roles: append([]ledger.Role{ledger.RoleAdmin, ledger.RoleRecorder}, o.also...)},
		})
		p.orgs[o.key] = o
		p.result.Tokens = append(p.result.Tokens, Token{o.name.VI, token})
		p.progress("organisations", i, len(list))
	}
	return p.direct(ctx, p.Operator, trace.ActionAdmit, items...)
}

func (o *org) address() trace.Text {
	c := communeOf(o.commune)
	if o.street.IsZero() {
		return text(c.Name.VI+", "+c.Province.VI, c.Name.EN+", "+c.Province.EN)
	}
	return text(o.street.VI+", "+c.Name.VI+", "+c.Province.VI, o.street.EN+", "+c.Name.EN+", "+c.Province.EN)
}

func (p *province) assignPrefixes(ctx context.Context) error {
	var items []any
	for _, t := range append(append([]org(nil), companies...), households()...) {
		o := p.orgs[t.key]
		if o.prefix != "" {
			items = append(items, trace.Prefix{Org: o.id, GS1: o.prefix, Evidence: "Tiền tố mẫu dưới 952 (sample prefix below 952)"})
		}
		if o.issuer != "" {
			items = append(items, trace.Prefix{Org: o.id, Issuer: o.issuer})
		}
	}
	return p.direct(ctx, p.Operator, trace.ActionPrefix, items...)
}
