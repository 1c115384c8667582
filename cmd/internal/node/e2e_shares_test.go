package node_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// TestSharesInABrowser: a seller finds who contributed to its data and gives them parts of
// the price; each sees what it is given of a sale, to the đồng, and whether it is paid.
func TestSharesInABrowser(t *testing.T) {
	s := reachable(t)
	seller, buyer := s.admit("Công ty Hạt Vàng", ledger.KindDataProvider), s.admit("Công ty Bình Minh", ledger.KindDataBuyer)
	grower, other := s.admit("Hợp tác xã Ea Tân", ledger.KindCoop), s.admit("Hợp tác xã Krông Năng", ledger.KindCoop)
	_, minh := s.member("minh", seller, ledger.RolePublisher)
	_, mai := s.member("mai", buyer, ledger.RolePublisher)
	s.member("tan", grower, ledger.RoleAdmin)
	_, nang := s.member("nang", other, ledger.RolePublisher)
	dataset := s.traded(seller)
	at := "/data/" + dataset.String()

	pictures := newShots(t)
	p := somebody(t, s, pictures)
	p.arrives("minh@example.vn", at)
	p.follow("Chào với giá và điều khoản", at+"/offer")
	p.enter("#price", "1.000.001")
	contributes := func(typed, name, part string) {
		t.Helper()
		p.enter("#share_find", typed)
		p.follow("Tìm", at+"/offer")
		p.sees(`document.readyState + (document.querySelector("[name=share_add]") ? " found" : "")`, "complete found")
		p.reads(name)
		p.looks("shares-found")
		p.follow("Thêm", at+"/offer")
		p.sees(`document.readyState + (document.querySelector("[name=share_add]") ? " found" : "")`, "complete")
		p.reads("Phần của " + name)
		p.enter(".ask:has([name=drop]):last-of-type [name=share_part]", part)
	}
	contributes("binh minh", "Công ty Bình Minh", "1")
	contributes("krong nang", "Hợp tác xã Krông Năng", "33,33")
	p.follow("Bỏ", at+"/offer") // the first
	p.sees(`document.readyState + document.querySelectorAll("[name=share_part]").length`, "complete1")
	contributes("ea tan", "Hợp tác xã Ea Tân", "33,333")
	p.press("main form .primary")
	p.reads("nhiều nhất hai số lẻ")
	p.looks("shares-wrong")
	p.sees(`document.querySelector("#price").value`, "1.000.001") // what was typed is kept
	p.enter(".ask:has([name=drop]):last-of-type [name=share_part]", "66,68%")
	p.press("main form .primary")
	p.reads("cộng lại quá 100 %")
	p.enter(".ask:has([name=drop]):last-of-type [name=share_part]", "33,33")
	p.looks("shares-form")
	p.press("main form .primary")
	p.sees(where, at)
	p.reads("Hợp tác xã Ea Tân được chia 33,33% giá tiền.", "Hợp tác xã Krông Năng được chia 33,33% giá tiền.")
	p.looks("shares-offered")

	// Three sales: one is asked for only, one paid, one paid and given back.
	d, err := s.Catalog.Known(t.Context(), dataset)
	if err != nil || len(d.Offers) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	sold := func() string {
		t.Helper()
		sent := s.must(mai.post("/trade/new?dataset="+dataset.String(), "offer", d.Offers[0].ID.String()), http.StatusSeeOther)
		deal, _, _ := strings.Cut(sent.Header.Get("Location"), "?")
		minh.decides(deal + "/agree")
		mai.decides(deal + "/verify")
		minh.decides(deal + "/finalize")
		return deal
	}
	tan := somebody(t, s, pictures)
	tan.arrives("tan@example.vn", "/org")
	tan.follow("Phần được chia", "/org/shares")
	tan.reads("Chưa có lần bán nào chia cho tổ chức bạn.")
	sold()
	for _, refund := range []bool{false, true} {
		deal := sold()
		minh.decides(deal+"/bill", "bank", "970436", "account", "0123456789")
		mai.decides(deal + "/pay")
		minh.decides(deal + "/confirm")
		if refund {
			minh.decides(deal+"/refund", "bankref", "FT1")
		}
	}
	tan.open("/org/shares")
	tan.reads("Được nhận\n333.300 ₫", "Còn chờ người mua trả\n333.300 ₫", "bên bán đã nhận tiền", "chờ người mua trả", "đã hoàn, không chia", "33,33 %", "Công ty Hạt Vàng")
	tan.looks("shares-due")
	if page := tan.says(`document.body.innerText`); strings.Contains(page, "Bình Minh") {
		t.Errorf("who bought is told to whom it is nothing: %s", page)
	}
	nang.says("/org/shares", "333.300")
	if page := mai.says("/org/shares", "Chưa có lần bán nào"); strings.Contains(page, "333.300") {
		t.Error("the buyer is shown others' parts")
	}

	// The parts and the seller's own are the price, to the đồng.
	list, due, open, _, err := s.Deals.Shared(grower.org, 0, 10)
	if err != nil || len(list) != 3 || due != 333_300 || open != 333_300 {
		t.Fatalf("%+v, %d, %d, %v", list, due, open, err)
	}
	sum := market.Dong(0)
	for _, portion := range list[1].Bill.Portions {
		sum += portion.Amount
	}
	if sum != 1_000_001 {
		t.Errorf("the parts of %d are %d", 1_000_001, sum)
	}
}
