package words_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/words"
)

// BenchmarkFind searches 100,000 texts of 48 words, of 2,000 organisations: bids, or
// requests for data. Of those with the words, one half is kept.
func BenchmarkFind(b *testing.B) {
	const things, orgs = 100_000, 2_000
	r := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields(`sản lượng vải thiều dừa bưởi sầu riêng măng cụt tôm cua cá lúa gạo rau đất nước mặn mưa nắng nhiệt độ ẩm gió sông kênh đê
		xã phường tỉnh thôn ấp hợp tác hộ dân cư số liệu thống kê điều tra quan trắc giám sát môi trường không khí tiếng ồn giao thông đường bộ
		thủy xe khách bến bãi trường học sinh viên giáo dục y tế bệnh viện trạm thuốc vắc xin ngân sách thu chi thuế doanh nghiệp đầu tư dự án
		quy hoạch xây dựng nhà ở lao động việc làm du lịch di tích lễ hội văn hóa thể thao thư viện bưu chính viễn thông điện lực năng lượng`)
	phrase := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = syllables[int(float64(len(syllables))*r.Float64()*r.Float64())]
		}
		return strings.Join(list, " ")
	}
	names := map[ledger.ID]ledger.Text{}
	ids := make([]ledger.ID, orgs)
	for i := range ids {
		ids[i] = ledger.NewID()
		names[ids[i]] = ledger.Text{VI: fmt.Sprintf("Công ty %s %d", phrase(2), i)}
	}
	before := heap()
	var l words.List
	for i := range things {
		var id ledger.ID
		binary.BigEndian.PutUint64(id[:], uint64(i))
		l.Put(id, ids[r.IntN(orgs)], uint64(i+1), phrase(8), phrase(40), fmt.Sprintf("đợt %d", i))
	}
	used := heap() - before
	name := func(_ context.Context, org ledger.ID) (ledger.Text, error) { return names[org], nil }
	for what, text := range map[string]string{
		"a common word": "sản", "without marks": "san luong vai thieu", "with marks": "sản lượng vải thiều", "one of all": "đợt 77777", "an organisation": "cong ty 1234", "no words": "",
	} {
		b.Run(what, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := l.Find(b.Context(), words.Query{Text: text, Limit: 20, Name: name, Keep: func(id ledger.ID) (bool, error) { return id[7]%2 == 0, nil }}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(used>>20), "MiB")
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
