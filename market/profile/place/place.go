// Package place knows the names of Vietnam's provinces, those of before the mergers of 2025
// as well.
package place

import (
	"strings"

	"github.com/sogoc/sogoc/market/profile/heading"
)

var provinces = func() map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Split(`An Giang,Bà Rịa - Vũng Tàu,Bà Rịa Vũng Tàu,Bắc Giang,Bắc Kạn,Bạc Liêu,Bắc Ninh,Bến Tre,Bình Định,Bình Dương,Bình Phước,
Bình Thuận,Cà Mau,Cần Thơ,Cao Bằng,Đà Nẵng,Đắk Lắk,Đắk Nông,Điện Biên,Đồng Nai,Đồng Tháp,Gia Lai,Hà Giang,Hà Nam,
Hà Nội,Hà Tĩnh,Hải Dương,Hải Phòng,Hậu Giang,Hòa Bình,Hưng Yên,Khánh Hòa,Kiên Giang,Kon Tum,Lai Châu,Lâm Đồng,
Lạng Sơn,Lào Cai,Long An,Nam Định,Nghệ An,Ninh Bình,Ninh Thuận,Phú Thọ,Phú Yên,Quảng Bình,Quảng Nam,Quảng Ngãi,
Quảng Ninh,Quảng Trị,Sóc Trăng,Sơn La,Tây Ninh,Thái Bình,Thái Nguyên,Thanh Hóa,Thừa Thiên Huế,Thừa Thiên - Huế,Huế,
Tiền Giang,Hồ Chí Minh,Trà Vinh,Tuyên Quang,Vĩnh Long,Vĩnh Phúc,Yên Bái,HCM,Sài Gòn,Hà Tây`, ",") {
		m[heading.Plain(strings.TrimSpace(name))] = true
	}
	return m
}()

// longest is the longest name with the word for what it is, in bytes.
const longest = 60

// Province reports whether a text is the name of a province.
func Province(text string) bool {
	if len(text) > longest {
		return false
	}
	name := strings.Join(strings.Fields(heading.Plain(text)), " ")
	for _, kind := range []string{"tinh ", "thanh pho ", "tp. ", "tp ", "tp."} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			name = rest
			break
		}
	}
	return provinces[name]
}
