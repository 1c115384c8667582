package odrl

import (
	"reflect"
	"testing"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

func names(id ledger.ID) string {
	return map[ledger.ID]string{{7}: "HTX Lục Ngạn", {8}: "Trạm đo"}[id]
}

func clause(enforced bool, vi, en string) Clause {
	return Clause{ledger.Text{VI: vi, EN: en}, enforced}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		terms market.Terms
		want  []Clause
	}{
		{full, []Clause{
			clause(false, "Giá 5.000.000 đồng, hai bên trả cho nhau ngoài sổ.", "The price is 5,000,000 VND, paid between the parties outside the register."),
			clause(true, "Trả trong 30 ngày sau khi ký, nếu không thì thỏa thuận hết hiệu lực.", "It is paid within 30 days of signing, or the agreement ends."),
			clause(true, "Bên cung cấp xác nhận đã nhận tiền thì khóa mở dữ liệu mới được trao.", "The key to the data is given only after the provider confirmed the payment."),
			clause(true, "Bên cung cấp giao trong 48 giờ, tính từ khi đủ điều kiện.", "The provider delivers within 48 hours of when the condition is met."),
			clause(true, "Bên mua có 10 ngày để phản đối sau khi nhận; im lặng là đã nhận đủ.", "The buyer has 10 days to object after a delivery; silence is a receipt."),
			clause(true, "Thời hạn 365 ngày, tính từ lúc ký.", "The term is 365 days from signing."),
			clause(true, "Gồm thêm 4 phiên bản mới.", "4 later versions in the price."),
			clause(true, "Mỗi tệp được tải 3 lần.", "Each file can be downloaded 3 times."),
			clause(true, "Mỗi ngày được gọi dịch vụ 1000 lần.", "The service can be called 1000 times a day."),
			clause(true, "Độc quyền: trong thời hạn không ai khác được cấp thỏa thuận.", "Exclusive: nobody else is given an agreement within the term."),
			clause(false, "Chỉ dùng cho: nghiên cứu, nhiệm vụ công.", "It is used only for: research, a public duty."),
			clause(false, "Chỉ dùng tại: Việt Nam, US-CA.", "It is used only in: Viet Nam, US-CA."),
			clause(false, "Không chuyển dữ liệu cho người khác; sản phẩm làm ra từ dữ liệu thì được, nếu từ đó không lấy lại được dữ liệu.",
				"The data is not given to others; what is made of it may be, where the data cannot be had from it."),
			clause(false, "Phải ghi nguồn dữ liệu.", "The source is named."),
			clause(false, "HTX Lục Ngạn được chia 12,5% giá tiền.", "HTX Lục Ngạn receives 12.5% of the price."),
			clause(false, "Trạm đo được chia 0,05% giá tiền.", "Trạm đo receives 0.05% of the price."),
		}},
		{free, []Clause{
			clause(true, "Miễn phí.", "Nothing is to pay."),
			clause(true, "Bên cung cấp giao trong 24 giờ, tính từ khi đủ điều kiện.", "The provider delivers within 24 hours of when the condition is met."),
			clause(true, "Bên mua có 7 ngày để phản đối sau khi nhận; im lặng là đã nhận đủ.", "The buyer has 7 days to object after a delivery; silence is a receipt."),
			clause(true, "Không có thời hạn.", "There is no end to the term."),
			clause(true, "Gồm mọi phiên bản mới trong thời hạn.", "All later versions within the term are included."),
			clause(false, "Dùng cho mục đích nào cũng được.", "It may be used for any purpose."),
			clause(false, "Được chuyển dữ liệu cho người khác.", "The data may be given to others."),
		}},
	} {
		got := Clauses(c.terms, names)
		for i := range max(len(got), len(c.want)) {
			switch {
			case i >= len(got):
				t.Errorf("missing %+v", c.want[i])
			case i >= len(c.want):
				t.Errorf("too many: %+v", got[i])
			case got[i] != c.want[i]:
				t.Errorf(" got %+v\nwant %+v", got[i], c.want[i])
			}
		}
	}
}

// TestEveryRuleIsSaid: whatever changes the policy changes the words, too, and the other
// way round.
func TestEveryRuleIsSaid(t *testing.T) {
	kind := reflect.TypeFor[market.Terms]()
	for i := range kind.NumField() {
		terms := full
		reflect.ValueOf(&terms).Elem().Field(i).SetZero()
		switch kind.Field(i).Name {
		case "Purposes":
			terms.Purposes = []market.Purpose{market.PurposeAny}
		case "Price":
			terms.PayDays, terms.Release, terms.Shares = 0, market.OnSigning, nil
		}
		a, err := EncodeAgreement(agreementOf(terms))
		if err != nil {
			t.Fatal(err)
		}
		b := must(t)(EncodeAgreement(agreementOf(full)))
		policy, words := string(a) != string(b), !reflect.DeepEqual(Clauses(terms, names), Clauses(full, names))
		if !policy || !words {
			t.Errorf("%s: the policy changes: %t, the words: %t", kind.Field(i).Name, policy, words)
		}
	}
}
