package demo

import "github.com/sogoc/sogoc/trace"

// pages lists what is worth opening, the best first.
func (p *province) pages() []Page {
	f := p.found
	page := func(t *product, id trace.ID, note string) Page { return Page{t.name.VI, id, note} }
	return []Page{
		page(lycheeCase, f.lycheeCase, "một thùng vải đã bán: vườn, nhật ký VietGAP, nhà đóng gói, xe lạnh, cửa hàng (a case with its full story)"),
		page(lycheeCase, f.recalledCase, "thùng vải trên kệ, đã thu hồi vì dư lượng (on the shelf, recalled for a residue)"),
		page(candyBox, f.candyBox, "hộp kẹo dừa OCOP 4 sao, có số riêng (coconut candy with 4 OCOP stars)"),
		page(pomeloBox, f.pomeloBoxes, "lô bưởi da xanh VietGAP (a lot of VietGAP pomelo)"),
		page(bowl, f.bowl, "chén gáo dừa của nghệ nhân, mã do sổ gốc cấp (an artisan's bowl under a register-issued code)"),
		page(lycheeCase, f.pallet, "pa-lét vải xuất khẩu với nhiệt độ trên đường (an export pallet with its temperatures)"),
		page(lycheeFresh, f.corrected, "lô hái ghi nhầm số cân, đã khai sai và sửa (a weight recorded wrong and corrected)"),
		page(lycheeFresh, f.discrepancy, "lô nhận thiếu so với lúc giao (less received than shipped)"),
		page(lycheeCrate, f.handedOver, "bán cho thương lái chưa có tài khoản (handed over, unconfirmed)"),
		page(lycheeFresh, f.recalledLot, "lô hái bị thu hồi: xem xuôi đến mọi thùng (the recalled harvest; trace it forward)"),
		page(lycheeCrate, f.recalledCrates, "sọt chưa giao, không xuất đi được vì lô hái đã thu hồi (crates that cannot leave: what they come from is recalled)"),
		page(lycheeFresh, f.sharedLot, "lô hái chia vào nhiều thùng (a harvest split into many cases)"),
		page(lycheeCase, p.id(lycheeCase), "trang sản phẩm (the product)"),
	}
}
