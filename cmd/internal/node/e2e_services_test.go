package node_test

import (
	"net/http"
	"testing"

	"github.com/sogoc/sogoc/market"
)

// TestServiceWalk: a buyer makes a token on a phone, sees it once, sees the call that
// was made by it, and revokes it.
func TestServiceWalk(t *testing.T) {
	x := subscribe(t, nearby(t), market.Terms{Calls: 100, Purposes: []market.Purpose{market.PurposeInternal}})
	x.set()
	x.open()
	mai := somebody(t, x.site, newShots(t))
	mai.arrives("mai@example.vn", x.at)
	mai.reads("Gọi dữ liệu", "Đang gọi được", "Chưa có lần gọi nào")
	mai.looks("service-open")
	mai.enter("[name=name]", "Máy chủ báo cáo")
	mai.press(".sheet button")
	mai.reads("Mã chỉ hiện lần này")
	token := mai.says(`document.querySelector("#secret").innerText`)
	mai.looks("service-token")
	mai.follow("Tôi đã chép xong", x.at)
	mai.reads("Máy chủ báo cáo", "Chưa dùng lần nào")
	mai.sees(`document.body.innerText.includes("sgd_") ? "shown again" : "gone"`, "gone")
	x.ask(token, "harvest", http.StatusOK)
	mai.open(x.at)
	mai.reads("1 lần", "Dùng gần nhất")
	mai.looks("service-called")
	mai.press("form[action$=revoke] button")
	mai.reads("Đã hủy mã")
	x.ask(token, "harvest", http.StatusUnauthorized)
	mai.looks("service-revoked")
}
