package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/odrl"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/seal"
	"github.com/sogoc/sogoc/trace"
)

// listAreas puts into the catalogue a database that nobody can download: what it is, and
// how access to it is given.
func (p *province) listAreas(ctx context.Context) error {
	agency := p.orgs[orgProtection]
	about := market.Description{
		Title: text("Cơ sở dữ liệu mã số vùng trồng (mẫu)", "Database of planting-area codes (sample)"),
		Summary: text("Mã số vùng trồng, cây, giống, diện tích, tiêu chuẩn và lần kiểm tra gần nhất của các vùng trồng trong sổ này. Dữ liệu mẫu.",
			"Planting-area codes of this register with crop, variety, area, standard and latest inspection. Sample data."),
		Themes: []string{"AGRI", "GOVE"}, Keywords: []string{"mã số vùng trồng", "vải thiều"}, Frequency: "IRREG",
		Limits: text("Ranh giới vùng trồng không nằm trong đây.", "It does not hold the outlines of the areas."),
		Right:  text("Chi cục cấp và quản lý mã số theo nhiệm vụ được giao.", "The agency issues and keeps the codes as its task."),
		Conditions: text("Cơ quan nhà nước và chủ vùng trồng gửi văn bản nêu mục đích; trả lời trong 5 ngày làm việc.",
			"Agencies and holders of an area write what they need it for; the answer comes within 5 working days."),
		Contact: &market.Contact{Name: agency.name.VI, Phone: agency.phone}, Place: "MAU-24", Sample: true,
	}
	r := market.Release{
		Dataset: ledger.NewID(), Version: 1, Access: market.Listed, Licence: "urn:sogoc:licence:internal",
		Statement: &market.Statement{Seller: market.SellerAgency, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
	}
	if err := p.publish(ctx, agency, r, about); err != nil {
		return err
	}
	return p.approve(ctx, r, "Dữ liệu mẫu: có tên và điều kiện tiếp cận, không có tệp (sample data: a name and the conditions of access, and no file)")
}

// trip is a drive of the cold truck: when it left, and what its logger saw every half
// hour, in tenths of a degree Celsius.
type trip struct {
	leaves time.Time
	tenths []int
}

// sellTemperatures publishes what the truck's logger saw as a file under a key of its
// own, and offers it at a price, once the operator approved it.
func (p *province) sellTemperatures(ctx context.Context) error {
	truck, year := p.orgs[orgTransport], p.season.year
	table, err := p.temperatureTable()
	if err != nil {
		return err
	}
	name := fmt.Sprintf("cold-truck-temperatures-%d.csv", year)
	file, err := p.seal(ctx, truck, name, table)
	if err != nil {
		return err
	}
	about := market.Description{
		Title: text(fmt.Sprintf("Nhiệt độ xe lạnh chở vải, vụ %d (mẫu)", year), fmt.Sprintf("Temperatures of a cold truck with lychee, %d (sample)", year)),
		Summary: text("Nhiệt độ từng nửa giờ của mỗi chuyến xe lạnh chở vải từ nhà đóng gói, lấy từ các sự kiện vận chuyển đã ghi sổ. Dữ liệu mẫu.",
			"The temperature every half hour of each drive of the cold truck with lychee from the packing house, from the transports on the register. Sample data."),
		Themes: []string{"TRAN", "AGRI"}, Keywords: []string{"nhiệt độ", "xe lạnh", "vải thiều"}, Frequency: "ANNUAL",
		Method:  text("Lấy mọi số đo của máy ghi nhiệt độ trên xe, theo thứ tự chuyến. Không nói chở cho ai, đi đâu.", "Every reading of the truck's logger, in the order of the drives. For whom and where to is left out."),
		Quality: text("Máy ghi sai số đến 0,5 °C, nửa giờ một lần, không thiếu lần nào.", "The logger is right to within 0.5 °C, reads every half hour and left none out."),
		Limits:  text("Một xe, một vụ, một loại quả; không dùng để kết luận về xe khác.", "One truck, one season, one fruit; nothing follows for other trucks."),
		Right:   text("Số đo của chính đơn vị vận tải, bằng máy của mình.", "The transporter's own readings, by its own logger."),
		Contact: &market.Contact{Name: truck.name.VI, Phone: truck.phone},
		From:    ledger.TimeOf(p.season.at(time.June, 1, 0, 0)), Until: ledger.TimeOf(p.season.at(time.July, 1, 0, 0)),
		Columns: []market.Column{
			{Name: "trip", Title: text("Chuyến", "Drive"), Type: "integer"},
			{Name: "left", Title: text("Giờ xe chạy", "When it left"), Type: "datetime"},
			{Name: "minutes", Title: text("Phút từ lúc chạy", "Minutes since then"), Type: "integer", Unit: "MIN"},
			{Name: "celsius", Title: text("Nhiệt độ", "Temperature"), Type: "number", Unit: "CEL"},
			{Name: "agreed_maximum", Title: text("Mức cao nhất đã thỏa thuận", "Agreed maximum"), Type: "integer", Unit: "CEL"},
		},
		Sample: true,
	}
	r := market.Release{
		Dataset: ledger.NewID(), Version: 1, Access: market.Agreed, Licence: "urn:sogoc:licence:commercial", Files: []market.File{file},
		From: []market.Source{{
			Kind: market.FromRegister, Ref: fmt.Sprintf("%s@%d", p.Register, p.size),
			How: "số đo trong các sự kiện vận chuyển / readings in the transport events",
		}},
		Statement: &market.Statement{Seller: market.SellerEnterprise, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
	}
	if r.Review, about.Score, err = p.review(ctx, name, table, about.Columns); err != nil {
		return err
	}
	if err := p.publish(ctx, truck, r, about); err != nil {
		return err
	}
	if err := p.approve(ctx, r, "Dữ liệu mẫu: đủ điều luật cần, không nói về ai (sample data: what the law asks is said, and it tells of nobody)"); err != nil {
		return err
	}
	return p.offer(ctx, truck, market.Offer{ID: ledger.NewID(), Dataset: r.Dataset, Terms: market.Terms{
		Price: 2_000_000, PayDays: 7, Days: 365, Versions: 1, Downloads: 10,
		Purposes: []market.Purpose{market.PurposeResearch, market.PurposeCommercial}, Territory: []string{"VN"}, PassOn: market.PassDerived, Attribute: true,
	}})
}

// temperatureTable is the CSV (RFC 4180, UTF-8, with a header), a reading a line.
func (p *province) temperatureTable() ([]byte, error) {
	lines := [][]string{{"trip", "left", "minutes", "celsius", "agreed_maximum"}}
	for i, t := range p.trips {
		for n, tenths := range t.tenths {
			lines = append(lines, []string{
				strconv.Itoa(i + 1), t.leaves.Format(time.RFC3339), strconv.Itoa(30 * n), fmt.Sprintf("%d.%d", tenths/10, tenths%10), strconv.Itoa(truckMaximum),
			})
		}
	}
	var b bytes.Buffer
	err := csv.NewWriter(&b).WriteAll(lines)
	return b.Bytes(), err
}

// seal stores a file as a ciphertext, whose key its owner's node keeps.
func (p *province) seal(ctx context.Context, by *org, name string, b []byte) (market.File, error) {
	key := seal.NewKey()
	var sealed bytes.Buffer
	s, err := seal.Encrypt(&sealed, bytes.NewReader(b), key)
	if err != nil {
		return market.File{}, err
	}
	cid, err := p.put(ctx, sealed.Bytes(), false)
	if err != nil {
		return market.File{}, err
	}
	return market.File{
		Name: name, Media: "text/csv", Bytes: int64(len(b)), CID: cid,
		Sealed: &market.Sealed{Plain: s.Plain, Cipher: s.Cipher, Key: s.Key, Chunk: s.Chunk},
	}, p.Accounts.KeepFileKey(ctx, by.id, cid, key)
}

// review is what a node finds in a file before it is published, with how good it is.
func (p *province) review(ctx context.Context, name string, b []byte, columns []market.Column) (*market.Review, int, error) {
	found, err := profile.Read(ctx, bytes.NewReader(b), int64(len(b)), name)
	if err != nil {
		return nil, 0, err
	}
	kept := office.Profiles(account.Listing{Files: []account.ListedFile{{Name: name, Bytes: int64(len(b)), Digest: sha256.Sum256(b), Profile: trace.Encode(found)}}})
	cid, err := p.put(ctx, kept, false)
	found.Describe(columns)
	return &market.Review{Profile: cid, Found: len(found.Tables[0].Personal)}, found.Tables[0].Quality.Score, err
}

func (p *province) publish(ctx context.Context, by *org, r market.Release, about market.Description) (err error) {
	if gaps := market.Gaps(r, about); len(gaps) > 0 {
		return fmt.Errorf("%s: %s is missing", about.Title.EN, gaps[0].Field)
	}
	if r.Description, err = p.put(ctx, trace.Encode(about), false); err != nil {
		return err
	}
	return p.submit(ctx, by.who, market.DatasetContract, market.ActionPublish, market.PublishSummary(r), r)
}

func (p *province) approve(ctx context.Context, r market.Release, why string) error {
	m := market.Moderation{Dataset: r.Dataset, Version: r.Version, Standing: market.Approved, Reason: why}
	return p.submit(ctx, p.Operator, market.DatasetContract, market.ActionModerate, market.ModerateSummary(m), m)
}

// offer makes an offer that its provider's node signs for: whoever asks under it has an
// agreement at once.
func (p *province) offer(ctx context.Context, by *org, o market.Offer) error {
	policy, err := odrl.EncodeOffer(o, by.id)
	if err != nil {
		return err
	}
	if o.Policy, err = p.put(ctx, policy, false); err != nil {
		return err
	}
	if err := p.submit(ctx, by.who, market.DatasetContract, market.ActionOffer, market.OfferSummary(o), o); err != nil {
		return err
	}
	return p.Accounts.SetReady(ctx, by.id, o.ID, by.who.Address)
}
