package node_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// growers are a site with a product that four organisations make lots of.
type growers struct {
	*site
	coop     *party
	product  trace.ID
	list     []*party
	operator *browser
}

func newGrowers(t *testing.T) *growers {
	s := newSite(t)
	g := &growers{site: s, coop: s.admit("Hợp tác xã Vải", ledger.KindCoop)}
	g.product = s.product(g.coop, 1, trace.Text{VI: "Vải thiều"})
	_, g.operator = s.member("lan", &party{org: s.Node.Operator.Org, token: s.operator}, ledger.Roles...)
	var makers []ledger.ID
	for i := range 4 {
		one := s.admit(fmt.Sprint("Hợp tác xã ", i), ledger.KindCoop)
		g.list, makers = append(g.list, one), append(makers, one.org)
	}
	s.direct(g.coop.token, trace.ActionProduct, trace.Product{
		ID: g.product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100}, Makers: makers,
		Profile: g.describe(g.coop.token, trace.Profile{Name: trace.Text{VI: "Vải thiều"}}, false),
	})
	for i, one := range g.list {
		made := s.newEvent("TransformationEvent", "", trace.StepHarvesting)
		made["transformationID"] = fmt.Sprint("urn:example:harvest-", i)
		made["outputQuantityList"] = kilos(g.lot(i), float64(100*(i+1)))
		made["readPoint"] = map[string]any{"id": one.place.Link("https://id.gs1.org")}
		s.recordEvents(one, ledger.Parties, made)
	}
	return g
}

func (g *growers) lot(i int) trace.ID { return g.site.lot(g.product, fmt.Sprint("L", i)) }

// counted lets organisations be counted; until the last of them the operator has too few
// for a table.
func (g *growers) counted(path string, list ...*party) {
	g.Helper()
	for i, one := range list {
		_, b := g.member(fmt.Sprint("quan-tri-", i), one, ledger.Roles...)
		g.must(g.operator.post(path), http.StatusConflict)
		b.leads(b.post("/org/grants", "purpose", "public"), "/org/grants?done=grant")
		b.must(b.post("/org/grants", "purpose", "public"), http.StatusConflict)
		b.says("/org/grants", "Đang cho cộng.")
	}
}

// sells hands some of a grower's lot over to somebody, by the form, for a price.
func (g *growers) sells(i int, qty, price string) {
	g.Helper()
	g.clerk(fmt.Sprint("ban-", i), g.list[i]).does("handover", g.lot(i), "qty", qty, "price", price, "place", g.list[i].place.String(), "audience", "parties")
}

// view begins a table, and gives its draft and what is in it.
func (g *growers) view(path string) (account.Listing, string) {
	g.Helper()
	a := g.must(g.operator.post(path), http.StatusSeeOther)
	draft, _, _ := strings.Cut(a.Header.Get("Location"), "/what")
	id, err := ledger.ParseID(strings.TrimPrefix(draft, "/data/"))
	if err != nil {
		g.Fatal(a)
	}
	l, err := g.Accounts.Listing(g.Context(), g.Node.Operator.Org, id)
	if err != nil || len(l.Files) != 1 || l.Release.From[0].Kind != market.FromRegister {
		g.Fatalf("%+v, %v", l, err)
	}
	f, err := g.Uploads.Read(l.Org, l.Files[0].Upload)
	if err != nil {
		g.Fatal(err)
	}
	defer f.Close()
	table, err := io.ReadAll(f)
	if err != nil {
		g.Fatal(err)
	}
	if page := g.operator.looked(draft); !page.says("Không thấy dữ liệu cá nhân") {
		g.Errorf("%s", page)
	}
	return l, string(table)
}

// TestHarvestFromTheRegister: of four growers those are added up that let themselves be
// counted, once there are enough of them.
func TestHarvestFromTheRegister(t *testing.T) {
	t.Parallel()
	g := newGrowers(t)
	g.counted("/desk/market/harvest", g.list[:3]...)
	_, table := g.view("/desk/market/harvest")
	if !strings.Contains(table, ",600,KGM,3,3\n") || strings.Contains(table, ",1000,") {
		t.Errorf("%s", table)
	}
	_, b := g.member("quan-tri", g.list[0], ledger.Roles...)
	b.leads(b.post("/org/grants", "purpose", "public", "end", "true"), "/org/grants?done=grant_ended")
	g.must(g.operator.post("/desk/market/harvest"), http.StatusConflict)
}

// TestScansOfTheRegister: scans are added up of codes whose owner and whose maker both let
// themselves be counted, once there are enough makers; of who scanned there is nothing.
func TestScansOfTheRegister(t *testing.T) {
	t.Parallel()
	g := newGrowers(t)
	for i := range g.list {
		for n := range i + 2 {
			from := account.From{Address: netip.AddrFrom4([4]byte{203, 0, 113, byte(10*i + n)})}
			if _, err := g.Accounts.CountScan(t.Context(), g.lot(i), from); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				continue
			}
			if err := g.Accounts.PlaceScan(t.Context(), g.lot(i), "21.3,106.6", from); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := g.Accounts.CountNever(t.Context(), g.lot(0), account.From{Address: netip.MustParseAddr("203.0.113.99")}); err != nil {
		t.Fatal(err)
	}
	g.counted("/desk/market/scans", append([]*party{g.list[0], g.list[1], g.list[2]}, g.coop)...)
	l, table := g.view("/desk/market/scans")
	if !strings.HasPrefix(table, "month,place,product,scans,codes,makers\n") || strings.Count(table, "\n") != 3 ||
		!strings.Contains(table, `,"21.3,106.6",`+g.product.String()+",3,3,3\n") || !strings.Contains(table, ",not told,"+g.product.String()+",6,3,3\n") || strings.Contains(table, "203.0.113") {
		t.Errorf("%s", table)
	}
	if l.Release.Statement.Origin != market.OriginEntrusted || !strings.Contains(l.About.Method.VI, "không lưu ai quét") {
		t.Errorf("%+v", l)
	}
	_, b := g.member("quan-tri", g.coop, ledger.Roles...)
	b.leads(b.post("/org/grants", "purpose", "public", "end", "true"), "/org/grants?done=grant_ended")
	g.must(g.operator.post("/desk/market/scans"), http.StatusConflict) // whose codes they are
}

// TestPricesOfTheRegister: what sellers recorded as they handed goods over is summed up,
// of those alone who let themselves be counted and once there are enough of them; who takes
// that back is out at once.
func TestPricesOfTheRegister(t *testing.T) {
	t.Parallel()
	g := newGrowers(t)
	for i, sold := range [][2]string{{"50", "24.500"}, {"100", "26000"}, {"150", "31.200"}, {"400", "99.000"}} {
		g.sells(i, sold[0], sold[1])
	}
	g.counted("/desk/market/prices", g.list[:3]...)
	l, table := g.view("/desk/market/prices")
	year, n := time.Now().UTC().Add(7 * time.Hour).ISOWeek()
	want := fmt.Sprintf("week,commune,product,unit,sales,sellers,lowest,median,highest,mean\n%d-W%02d,", year, n)
	if !strings.HasPrefix(table, want) || strings.Count(table, "\n") != 2 || !strings.HasSuffix(table, ",Vải thiều,KGM,3,3,25000,26000,31000,28000\n") {
		t.Errorf("%s", table)
	}
	if l.Release.Statement.Origin != market.OriginRegister || !strings.Contains(l.About.Method.VI, "làm tròn") {
		t.Errorf("%+v", l)
	}
	_, b := g.member("quan-tri", g.list[1], ledger.Roles...)
	b.leads(b.post("/org/grants", "purpose", "public", "end", "true"), "/org/grants?done=grant_ended")
	g.must(g.operator.post("/desk/market/prices"), http.StatusConflict)
	b.leads(b.post("/org/grants", "purpose", "public"), "/org/grants?done=grant")
	g.view("/desk/market/prices")
}

// TestPriceOfASale: a price is recorded for the parties, who see it on the page of the
// lot, and told to nobody else by anything.
func TestPriceOfASale(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a, b, c := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Công ty B", ledger.KindDistributor), s.admit("Công ty C", ledger.KindDistributor)
	product := s.product(a, 1, trace.Text{VI: "Vải thiều"})
	lot := s.lot(product, "L1")
	s.recordEvents(a, ledger.Public, s.commission(lot, 100))
	hoa, mai := s.clerk("hoa", a), s.clerk("mai", b)
	page, _ := hoa.form("/batches/act/ship?" + one(lot))
	if !strings.Contains(page, `name="price"`) || !strings.Contains(page, "Giá bán (đồng/kg)") {
		t.Errorf("no price is asked for: %s", page)
	}
	sold := func(price, audience string) []string {
		return []string{"qty", "40", "to_name", "cong ty b", "price", price, "audience", audience}
	}
	hoa.refused("ship", lot, http.StatusBadRequest, `id="price-wrong"`, sold("hai mươi", "parties")...)
	hoa.refused("ship", lot, http.StatusBadRequest, `id="price-wrong"`, sold("-5", "parties")...)
	hoa.refused("ship", lot, http.StatusConflict, "Giá chỉ ghi khi", sold("24.567", "public")...)
	hoa.does("ship", lot, sold("24.567", "parties")...)
	for who, clerk := range map[string]*clerk{"the seller": hoa, "the buyer": mai} {
		if page := clerk.says("/batches/one?"+one(lot), "giá 24.567"); strings.Contains(page, "sg:price") {
			t.Errorf("%s is shown %s", who, page)
		}
	}
	if page, _ := mai.form("/batches/act/receive?" + one(lot)); strings.Contains(page, `name="price"`) {
		t.Error("who receives is asked for a price")
	}
	events, _, err := s.Index.Events(t.Context(), operatorView, index.Query{Steps: []string{trace.StepShipping}}, index.Page{Limit: 10})
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	document := "/ipfs/" + events[0].Fact.Payload
	for token, may := range map[string]bool{a.token: true, b.token: true, s.operator: true, c.token: false, "": false} {
		got := s.get(document, token)
		if told := got.StatusCode == http.StatusOK && bytes.Contains(got.body, []byte(`"sg:price":24567`)); told != may {
			t.Errorf("%s: %v", got, told)
		}
		paths := []string{
			lot.Path(), lot.Path() + "?format=json", product.Path(), "/api/v1/passport/" + escaped(lot.String()), "/api/v1/trace/" + escaped(lot.String()), "/trace?id=" + escaped(lot.String()),
			"/datasets?q=24567", "/datasets?q=vai", "/api/v1/receipts/" + itoa(events[0].Entry),
		}
		if !may {
			paths = append(paths, "/epcis/events", "/epcis/events?EQ_bizStep=shipping", "/epcis/epcs/"+escaped(lot.String())+"/events")
		}
		for _, path := range paths {
			if got := s.get(path, token); bytes.Contains(got.body, []byte("24567")) && !strings.Contains(path, "24567") || bytes.Contains(got.body, []byte("24.567")) {
				t.Errorf("%s tells of the price: %s", path, got)
			}
		}
	}
}
