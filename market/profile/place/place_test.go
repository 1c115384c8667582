package place

import "testing"

func TestProvinces(t *testing.T) {
	for _, name := range []string{"Đồng Tháp", "tỉnh Đắk Lắk", "TP. Hồ Chí Minh", "DONG THAP", "Thành phố  Cần Thơ", "Hà Nội", "tp.hcm"} {
		if !Province(name) {
			t.Errorf("%q is no province", name)
		}
	}
	for _, name := range []string{"", "Cái Bè", "Đồng", "Hồ Chí", "Tỉnh", "Hà Nội 2"} {
		if Province(name) {
			t.Errorf("%q is a province", name)
		}
	}
}
