package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content/store"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/catalog"
	"github.com/sogoc/sogoc/trace"
)

const (
	benchDatasets   = 100_000
	benchPublishers = 500
	benchCommunes   = 200
)

// order is a ledger of entries that are made as they are read.
type order struct {
	genesis ledger.Genesis
	size    int
	entry   func(i int) *ledger.Entry
}

func (o *order) Genesis() ledger.Genesis                           { return o.genesis }
func (o *order) Size() uint64                                      { return uint64(o.size) }
func (o *order) Find(context.Context, ledger.TxID) (uint64, error) { return 0, nil }

func (o *order) Wait(ctx context.Context, size uint64) error {
	if size <= o.Size() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (o *order) Entries(_ context.Context, index uint64) iter.Seq2[*ledger.Entry, error] {
	return func(yield func(*ledger.Entry, error) bool) {
		for i := int(index); i < o.size; i++ {
			if !yield(o.entry(i), nil) {
				return
			}
		}
	}
}

// Syllables of which words of a province are made; a tenth of them is in most texts.
var syllables = strings.Fields(`sản lượng vải thiều dừa bưởi sầu riêng măng cụt tôm cua cá lúa gạo rau đất nước mặn mưa nắng nhiệt độ ẩm gió sông kênh đê
	xã phường tỉnh thôn ấp hợp tác hộ dân cư số liệu thống kê điều tra quan trắc giám sát môi trường không khí tiếng ồn giao thông đường bộ
	thủy xe khách bến bãi trường học sinh viên giáo dục y tế bệnh viện trạm thuốc vắc xin ngân sách thu chi thuế doanh nghiệp đầu tư dự án
	quy hoạch xây dựng nhà ở lao động việc làm du lịch di tích lễ hội văn hóa thể thao thư viện bưu chính viễn thông điện lực năng lượng
	giá chợ siêu thị xuất khẩu nhập kiểm dịch chứng nhận mã vùng trồng cơ đóng gói phân bón bảo vệ thực vật chăn nuôi lợn gà bò vịt`)

func phrase(r *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = syllables[int(float64(len(syllables))*r.Float64()*r.Float64())]
	}
	return strings.Join(words, " ")
}

// hundredThousand are releases with their descriptions in a store.
func hundredThousand(b *testing.B) (*order, func(context.Context, string) ([]byte, error)) {
	b.Helper()
	payloads, err := store.Open(store.Config{Dir: b.TempDir(), Log: ledgertest.Quiet()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { payloads.Close() })
	r := rand.New(rand.NewPCG(1, 2))
	orgs := make([]ledger.ID, benchPublishers)
	for i := range orgs {
		orgs[i] = ledger.NewID()
	}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	start := time.Now().AddDate(-3, 0, 0)
	entries := make([]*ledger.Entry, 0, benchDatasets)
	for part := range benchDatasets / 1000 {
		abouts := make([][]byte, 1000)
		for i := range abouts {
			d := market.Description{
				Title: ledger.Text{VI: phrase(r, 8), EN: fmt.Sprintf("Table %d of the province", part*1000+i)}, Summary: ledger.Text{VI: phrase(r, 40)},
				Keywords: []string{phrase(r, 2), phrase(r, 2), phrase(r, 2)}, Themes: []string{pick("AGRI", "ENVI", "TRAN", "HEAL", "EDUC", "ECON", "SOCI", "GOVE")},
				Place: fmt.Sprint(10000 + r.IntN(benchCommunes)), Score: r.IntN(100), Frequency: "MONTHLY",
			}
			for range 8 {
				name := phrase(r, 2)
				d.Columns = append(d.Columns, market.Column{Name: strings.ReplaceAll(ledger.Fold(name), " ", "_"), Title: ledger.Text{VI: name}, Type: "number"})
			}
			abouts[i], _ = json.Marshal(d)
		}
		cids, err := payloads.PutAll(b.Context(), abouts)
		if err != nil {
			b.Fatal(err)
		}
		for i, c := range cids {
			n := part*1000 + i
			rel := market.Release{
				Dataset: ledger.NewID(), Version: 1, Licence: pick("https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/publicdomain/zero/1.0/"),
				Description: c.String(), Access: market.Access(pick("", "", "", "agreed", "listed")),
				Files: []market.File{{Name: "a.csv", Media: pick("text/csv", "application/json", "application/geo+json"), Bytes: 1000, CID: c.String()}},
			}
			entries = append(entries, &ledger.Entry{
				Index: uint64(n + 1), Time: ledger.TimeOf(start.Add(time.Duration(n) * 15 * time.Minute)), Outcome: trace.Encode(market.Outcome{Org: orgs[r.IntN(len(orgs))]}),
				Tx: ledger.Tx{Header: ledger.Header{Contract: market.DatasetContract, Action: market.ActionPublish}, Items: []ledger.Item{{Data: trace.Encode(rel)}}},
			})
		}
	}
	o := &order{genesis: ledger.Genesis{Name: "bench"}, size: benchDatasets + 1}
	o.entry = func(i int) *ledger.Entry {
		if i == 0 {
			return &ledger.Entry{}
		}
		return entries[i-1]
	}
	return o, func(ctx context.Context, id string) ([]byte, error) {
		c, err := cid.Decode(id)
		if err != nil {
			return nil, err
		}
		in, size, err := payloads.Open(ctx, c)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		out := make([]byte, size)
		_, err = in.Read(out)
		return out, err
	}
}

// BenchmarkSearch searches 100,000 datasets, and says how long it takes to build the
// catalogue and to open it again, and what it keeps in memory.
func BenchmarkSearch(b *testing.B) {
	l, payload := hundredThousand(b)
	dir := b.TempDir()
	open := func(what string) (*catalog.Catalog, func()) {
		began := time.Now()
		x, err := catalog.Open(catalog.Config{Dir: dir, Payload: payload})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- x.Run(ctx, l) }()
		if err := x.Wait(b.Context(), l.Size()); err != nil {
			b.Fatal(err)
		}
		b.Logf("%s: %v", what, time.Since(began).Round(time.Millisecond))
		return x, func() { cancel(); <-ended; x.Close() }
	}
	_, stop := open("built")
	stop()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x, stop := open("opened again")
	defer stop()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("in memory: %d MB", (after.HeapAlloc-before.HeapAlloc)>>20)
	for name, q := range map[string]catalog.Query{
		"everything":        {},
		"a common word":     {Text: "sản"},
		"three words":       {Text: "sản lượng vải"},
		"without marks":     {Text: "san luong vai thieu"},
		"rare":              {Text: "lợn gà"},
		"words and facets":  {Text: "san luong", Facets: map[catalog.Facet][]string{catalog.ByTheme: {"AGRI", "ENVI"}, catalog.ByFormat: {"csv"}, catalog.ByPrice: {"free"}}},
		"facets":            {Facets: map[catalog.Facet][]string{catalog.ByTheme: {"AGRI"}, catalog.ByFresh: {"year"}}, Sort: catalog.ByDownloads},
		"nothing":           {Text: "xyzzy"},
		"a hundred at once": {Text: "sản", Limit: 100},
		"sixteen words":     {Text: strings.Join(syllables[:16], " ")},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := x.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
