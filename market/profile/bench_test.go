package profile

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// purchases is a table of about so many bytes as a co-op keeps it: names, phones, places,
// dates, amounts and notes.
func purchases(size int) []byte {
	r := rand.New(rand.NewPCG(1, 1))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var b bytes.Buffer
	b.WriteString("ma_phieu,ngay,ho_ten,dien_thoai,xa,san_pham,khoi_luong,don_gia,thanh_tien,ghi_chu\n")
	for i := 0; b.Len() < size; i++ {
		kg, price := float64(r.IntN(500_000))/100, 10_000+r.IntN(90_000)
		fmt.Fprintf(&b, "PN%07d,%02d/%02d/2025,%s %s %s,09%08d,%s,%s,%.2f,%d,%d,%s\n", i, 1+r.IntN(28), 1+r.IntN(12),
			pick("Nguyễn", "Trần", "Lê", "Phạm", "Võ"), pick("Văn", "Thị", "Minh", "Ngọc"), pick("An", "Bích", "Cường", "Dũng", "Tám", "Út"),
			r.IntN(100_000_000), pick("Xã Cái Bè", "Xã Mỹ Đức Tây", "Xã Hội Cư", "Xã An Hữu"), pick("Cam sành", "Bưởi da xanh", "Xoài cát Hòa Lộc"),
			kg, price, int(kg*float64(price)), pick("", "", "", "giao tại kho số 2", "\"trả sau, 7 ngày\"", "xe 63C-12345 chở, ký nhận"))
	}
	return b.Bytes()
}

func BenchmarkCSV(b *testing.B) {
	text := purchases(32 << 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(context.Background(), bytes.NewReader(text), int64(len(text)), "a.csv"); err != nil {
			b.Fatal(err)
		}
	}
}
